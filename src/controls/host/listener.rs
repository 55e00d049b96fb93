//! The API on the network: what listens, and whether it asks for certificates.

use crate::controls::prelude::*;
use crate::domain::evidence::host::Listener;
use crate::domain::host::Transport;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "host-api-listener",
    title: "No unexpected Docker API listener on the network",
    why: "The API gives root to whoever can speak to it. A TCP port that does not ask for a certificate is an open \
          door, and scanners find it within hours.",
    evidence: "The engine's own warnings, its effective listeners, sockets on which dockerd listens, and how we came in.",
    passes: "There is no TCP listener, or every one demands client certificates.",
    area: Area::Host,
    severity: Severity::Critical,
    practices: &[33],
    cis: &[Cis::moved("2.8", "2.7", 1)],
    rule: Rule::Host(exposed),
    remedies: &[guide(
        RemedyClass::RestartDaemon,
        "Remove the tcp:// entry from hosts (or the -H of the unit) and reach the engine over SSH; where TCP must stay, \
         set tlsverify with CA, certificate and key. Never over the connection that is being closed.",
        "Put the old entry back and restart.",
    )],
    ..Control::BASE
}];

/// What is known of TCP listeners of the engine.
pub(in crate::controls) struct Listeners {
    /// Addresses from the configuration or the listening sockets, such as `0.0.0.0:2375`.
    pub addresses: Vec<String>,
    /// Whether client certificates are demanded; `None` where the settings were not read.
    pub verified: Option<bool>,
    /// The engine's warnings about listeners that do not demand them.
    pub warnings: Vec<String>,
    /// Whether we came in over TCP ourselves, and without TLS.
    pub ours: Option<bool>,
}

impl Listeners {
    /// Whether there is a TCP listener at all.
    pub(in crate::controls) fn any(&self) -> bool {
        !self.addresses.is_empty() || !self.warnings.is_empty() || self.ours.is_some()
    }

    /// What proves that a listener serves without asking for a client certificate.
    pub(in crate::controls) fn open(&self) -> Option<String> {
        if let Some(warning) = self.warnings.first() {
            // The engine goes on to explain at length what the control itself explains.
            let first = warning
                .split(". ")
                .next()
                .map_or(warning.as_str(), |first| first);
            return Some(
                first
                    .trim_start_matches("[DEPRECATION NOTICE]: ")
                    .to_owned(),
            );
        }
        if self.ours == Some(true) {
            return Some("we came in over plain HTTP".to_owned());
        }
        (!self.addresses.is_empty() && self.verified == Some(false)).then(|| {
            format!(
                "{} without client verification",
                facts::joined(&self.addresses)
            )
        })
    }
}

/// Whether a warning of the engine is about a listener.
pub(in crate::controls) fn is_about_listeners(warning: &str) -> bool {
    warning.contains("API is accessible on")
}

/// Everything known of TCP listeners: the engine's warnings, the settings, our own way in. A gap only where neither
/// the engine nor the host answered.
pub(in crate::controls) fn listeners(ctx: &Context<'_>) -> Known<Listeners> {
    let ours = (ctx.header.transport == Transport::Tls).then_some(ctx.insecure_endpoint);
    let mut known = Listeners {
        addresses: Vec::new(),
        verified: None,
        warnings: Vec::new(),
        ours,
    };
    let engine = ctx.info().and_then(|info| {
        if facts::engine_version(ctx)?.at_least("20.10") {
            Ok(info)
        } else {
            Err(Gap::unsupported(
                "this engine does not warn of open listeners (needs 20.10)",
            ))
        }
    });
    let settings = settings(ctx);
    if let Ok(info) = &engine {
        known.warnings = info
            .warnings
            .iter()
            .filter(|text| is_about_listeners(text))
            .cloned()
            .collect();
    }
    match (settings, engine) {
        (Ok((addresses, verified)), _) => {
            known.addresses = addresses;
            known.verified = Some(verified);
            Ok(known)
        }
        (Err(gap), Err(_)) if known.open().is_none() => Err(gap),
        (Err(_), _) => Ok(known),
    }
}

/// The TCP addresses of the effective settings and of sockets held by dockerd, and whether certificates are demanded.
fn settings(ctx: &Context<'_>) -> Known<(Vec<String>, bool)> {
    let mut addresses: Vec<String> = facts::list(ctx, "hosts")?
        .iter()
        .filter_map(|host| host.strip_prefix("tcp://"))
        .map(|address| address.trim_end_matches('/').to_owned())
        .collect();
    let verified = facts::switch(ctx, "tlsverify")? == Some(true);
    for socket in own_sockets(ctx)? {
        let by_port = format!(":{}", socket.port);
        if !addresses.iter().any(|address| address.ends_with(&by_port)) {
            addresses.push(format!("{}:{}", socket.address, socket.port));
        }
    }
    Ok((addresses, verified))
}

/// Sockets on which dockerd listens for requests that no setting names, such as those that systemd opened for it.
///
/// It holds others too: for metrics, diagnostics and the swarm, and without the userland proxy one for each published
/// port. Where those cannot be told apart, the settings alone speak. So they do without root, which names processes.
fn own_sockets<'a>(ctx: &Context<'a>) -> Known<Vec<&'a Listener>> {
    let Ok(sockets) = &ctx.host().listeners else {
        return Ok(Vec::new());
    };
    let (Ok(info), Ok(containers)) = (ctx.info(), facts::containers(ctx)) else {
        return Ok(Vec::new());
    };
    if !matches!(info.swarm_state.as_str(), "inactive" | "") {
        return Ok(Vec::new());
    }
    let mut other: Vec<u16> = Vec::new();
    for container in containers {
        match container.detail() {
            Ok(detail) => other.extend(detail.ports.iter().map(|port| port.port)),
            Err(_) => return Ok(Vec::new()),
        }
    }
    let metrics = facts::word(ctx, "metrics-addr")?;
    let diagnostics = facts::word(ctx, "network-diagnostic-port")?;
    Ok(sockets
        .iter()
        .filter(|socket| {
            socket.process.as_deref() == Some("dockerd") && !other.contains(&socket.port)
        })
        .filter(|socket| {
            let by_port = format!(":{}", socket.port);
            !metrics
                .as_ref()
                .is_some_and(|address| address.ends_with(&by_port))
                && diagnostics != Some(socket.port.to_string())
        })
        .collect())
}

fn exposed(ctx: &Context<'_>) -> Known<Verdict> {
    let known = listeners(ctx)?;
    let expected = "no TCP listener, or client certificates demanded on each";
    Ok(match known.open() {
        Some(proof) => Verdict::fail(proof, expected),
        None if known.addresses.is_empty() && known.ours.is_none() => {
            Verdict::pass("no TCP listener is known")
        }
        None if known.addresses.is_empty() => Verdict::pass("the engine warns of no open listener"),
        None => Verdict::pass(format!(
            "{} with client verification",
            facts::joined(&known.addresses)
        )),
    })
}
