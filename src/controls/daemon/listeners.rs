//! TCP listeners of the API. Where one is open, `host-api-listener` is the finding and the rows here follow from it.

use super::restart;
use crate::controls::host::{Listeners, listeners};
use crate::controls::prelude::*;
use crate::domain::host::Transport;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-tls-verify",
        title: "Every TCP listener requires client certificates",
        why: "TLS alone proves the server to the client and lets everybody in.",
        evidence: "The effective settings hosts, tlsverify, tlscacert, tlscert and tlskey; the engine's own warnings; how we \
                   came in.",
        passes: "There is no TCP listener (then it does not apply), or tlsverify is on with CA, certificate and key.",
        area: Area::Daemon,
        severity: Severity::Critical,
        practices: &[33],
        cis: &[Cis::moved("2.8", "2.7", 1)],
        rule: Rule::Daemon(verify),
        remedies: &[restart(
            "Set tlsverify, tlscacert, tlscert and tlskey together in daemon.json and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-tcp-bind",
        title: "TCP listener is bound to a management address and the standard port",
        why: "A listener on every address is one forgotten firewall rule away from everybody.",
        evidence: "Addresses of the effective setting hosts and of sockets on which dockerd listens.",
        passes: "No listener is on 0.0.0.0 or [::]; a port other than 2376 is one severity lower.",
        area: Area::Daemon,
        severity: Severity::High,
        practices: &[33],
        cis: &[Cis::moved("2.8", "2.7", 1)],
        rule: Rule::Daemon(bind),
        remedies: &[restart(
            "Name the management address in hosts; where the unit has -H, change it there by a drop-in.",
        )],
        ..Control::BASE
    },
];

fn verify(ctx: &Context<'_>) -> Known<Verdict> {
    let known = listeners(ctx)?;
    let expected = "tlsverify with CA, certificate and key";
    if let Some(proof) = known.open() {
        return Ok(Verdict::fail(proof, expected).because_of("host-api-listener"));
    }
    if !known.any() {
        return Ok(if known.verified.is_some() {
            Verdict::not_applicable("there is no TCP listener")
        } else {
            Verdict::pass("the engine warns of no listener without client verification")
        });
    }
    if known.verified == Some(true) {
        let mut missing = Vec::new();
        for key in ["tlscacert", "tlscert", "tlskey"] {
            if facts::word(ctx, key)?.is_none() {
                missing.push(key);
            }
        }
        // Without these keys the daemon falls back on files in root's own .docker folder.
        if !missing.is_empty() {
            let observed = format!("tlsverify is on, but not set: {}", missing.join(", "));
            return Ok(Verdict::fail(observed, expected).at(Severity::Low));
        }
    }
    Ok(Verdict::pass(shown(&known)))
}

fn shown(known: &Listeners) -> String {
    if known.addresses.is_empty() {
        "client certificates are demanded".to_owned()
    } else {
        format!(
            "{} with client certificates",
            facts::joined(&known.addresses)
        )
    }
}

fn bind(ctx: &Context<'_>) -> Known<Verdict> {
    let known = listeners(ctx)?;
    if known.addresses.is_empty() {
        if known.verified.is_some() && ctx.header.transport != Transport::Tls {
            return Ok(Verdict::not_applicable("there is no TCP listener"));
        }
        // The engine tells of open listeners alone, so the addresses of the others are the host's to say.
        return match (known.warnings.first(), facts::list(ctx, "hosts")) {
            (Some(warning), _) if warning.contains("://0.0.0.0") || warning.contains("://[::]") => {
                Ok(Verdict::fail(warning, "a management address").because_of("host-api-listener"))
            }
            (_, Err(gap)) => Err(gap),
            (..) => Err(Gap::no_data(
                "the address of the TCP listener is not in the settings",
            )),
        };
    }
    let mut verdicts = Vec::new();
    for address in &known.addresses {
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) => (host, port),
            None => (address.as_str(), ""),
        };
        verdicts.push(Ok(if facts::is_wildcard(host) {
            Verdict::fail(address, "a management address")
        } else if port != "2376" && !facts::is_loopback(host) {
            Verdict::fail(format!("{address}, not the standard port"), "port 2376")
                .at(Severity::Medium)
        } else {
            Verdict::pass(address)
        }));
    }
    let verdict = all(verdicts)?;
    Ok(if known.open().is_some() {
        verdict.because_of("host-api-listener")
    } else {
        verdict
    })
}
