//! Bridge, packet filter and registries.

use super::{reload, restart};
use crate::controls::prelude::*;
use crate::controls::runtime::uses_default_bridge;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-icc",
        title: "Inter-container traffic on the default bridge is off",
        why: "On the default bridge every container reaches every port of every other one, whatever was published.",
        evidence: "The option enable_icc of the network bridge; containers attached to it.",
        passes: "The option is false. It is low while no container uses the default bridge; without that network the \
                 question does not arise.",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[28],
        cis: &[Cis::same("2.2", 1)],
        rule: Rule::Daemon(icc),
        remedies: &[restart(
            "Set icc to false in daemon.json and restart; networks of projects are not affected.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-iptables",
        title: "Docker may manage the packet filter",
        why: "When the engine may not write rules, published ports and the separation of networks depend on rules that \
              somebody keeps by hand.",
        evidence: "The effective setting iptables. Whether other tools have removed the rules since is not looked at.",
        passes: "It is not set, or true.",
        area: Area::Daemon,
        severity: Severity::High,
        practices: &[30],
        cis: &[Cis::same("2.4", 1)],
        rule: Rule::Daemon(|ctx| is_set(ctx, "iptables", true, true)),
        remedies: &[restart("Take iptables=false away and restart.")],
        ..Control::BASE
    },
    Control {
        id: "daemon-ip6tables",
        title: "IPv6 packet filter is managed too",
        why: "Without it containers with IPv6 addresses are open on every port, whatever was published.",
        evidence: "The effective setting ip6tables, the engine's version, and whether a network has IPv6.",
        passes: "It is true (the default since 27.0), or no network has IPv6.",
        area: Area::Daemon,
        severity: Severity::Medium,
        set: Set::Hardened,
        practices: &[30],
        cis: &[Cis::same("2.4", 1)],
        rule: Rule::Daemon(ip6tables),
        remedies: &[restart("Set ip6tables to true and restart.")],
        ..Control::BASE
    },
    Control {
        id: "daemon-default-bind-address",
        title: "Default publish address is not all interfaces",
        why: "A port that is published without an address opens on every interface, past the rules of most host firewalls.",
        evidence: "The option host_binding_ipv4 of the network bridge.",
        passes: "It is set, and not 0.0.0.0. Without that network the question does not arise.",
        area: Area::Daemon,
        severity: Severity::Low,
        set: Set::Hardened,
        cis: &[Cis::same("5.14", 1)],
        rule: Rule::Daemon(bind_address),
        remedies: &[restart(
            "Set ip to a loopback or management address and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-no-iptables-raw",
        title: "Raw-table protection is not switched off",
        why: "Without these rules, machines on the same network segment reach container addresses past the published ports.",
        evidence: "The engine's own warning about DOCKER_INSECURE_NO_IPTABLES_RAW.",
        passes: "There is no such warning. Engines before 28 do not know the switch.",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[30],
        rule: Rule::Daemon(raw),
        remedies: &[restart(
            "Take the variable away from the unit's drop-in and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-insecure-registries",
        title: "No insecure registry is configured",
        why: "From such a registry images come without encryption or without a checked certificate: whoever sits between \
              decides what runs.",
        evidence: "Networks and registries that the engine treats as insecure.",
        passes: "Nothing but loopback addresses.",
        area: Area::Daemon,
        severity: Severity::High,
        practices: &[31],
        cis: &[Cis::same("2.5", 1)],
        rule: Rule::Daemon(insecure),
        remedies: &[reload(
            "Give the registry a certificate, then write insecure-registries without the entry and reload.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-registry-mirrors",
        title: "Mirrors use https",
        why: "A mirror answers for the registry: over plain HTTP anybody in between can.",
        evidence: "Mirrors that the engine uses.",
        passes: "Each has https, or is a loopback address.",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[31],
        cis: &[Cis::same("2.5", 1)],
        rule: Rule::Daemon(mirrors),
        remedies: &[reload(
            "Write registry-mirrors with https addresses and reload.",
        )],
        ..Control::BASE
    },
];

/// The verdict on a switch that should have the value `wanted`; `default` is its value where nobody sets it.
pub(super) fn is_set(ctx: &Context<'_>, key: &str, wanted: bool, default: bool) -> Known<Verdict> {
    let (value, note) = match facts::switch(ctx, key)? {
        Some(value) => (value, ""),
        None => (default, " (default)"),
    };
    let observed = format!("{key}={value}{note}");
    Ok(if value == wanted {
        Verdict::pass(observed)
    } else {
        Verdict::fail(observed, format!("{key}={wanted}"))
    })
}

fn icc(ctx: &Context<'_>) -> Known<Verdict> {
    let networks = ctx.evidence.engine.networks.known()?;
    let Some(bridge) = networks
        .iter()
        .find(|network| network.name == "bridge" && network.driver == "bridge")
    else {
        return Ok(Verdict::not_applicable("there is no default bridge"));
    };
    Ok(
        match bridge.option("com.docker.network.bridge.enable_icc") {
            Some("false") => Verdict::pass("icc=false"),
            option => {
                let verdict = Verdict::fail(
                    if option.is_some() {
                        "icc=true"
                    } else {
                        "icc=true (default)"
                    },
                    "icc=false",
                );
                if is_unused(ctx) {
                    verdict.at(Severity::Low)
                } else {
                    verdict
                }
            }
        },
    )
}

/// Whether it is certain that no container is attached to the default bridge.
fn is_unused(ctx: &Context<'_>) -> bool {
    matches!(facts::containers(ctx), Ok(containers) if containers
        .iter()
        .all(|container| matches!(container.detail(), Ok(detail) if !uses_default_bridge(detail))))
}

fn ip6tables(ctx: &Context<'_>) -> Known<Verdict> {
    if !ctx
        .evidence
        .engine
        .networks
        .known()?
        .iter()
        .any(|network| network.ipv6)
    {
        return Ok(Verdict::not_applicable("no network has IPv6"));
    }
    let default = facts::engine_version(ctx)?.at_least("27.0");
    is_set(ctx, "ip6tables", true, default)
}

fn bind_address(ctx: &Context<'_>) -> Known<Verdict> {
    let networks = ctx.evidence.engine.networks.known()?;
    let Some(bridge) = networks
        .iter()
        .find(|network| network.name == "bridge" && network.driver == "bridge")
    else {
        return Ok(Verdict::not_applicable("there is no default bridge"));
    };
    let address = bridge.option("com.docker.network.bridge.host_binding_ipv4");
    Ok(match address {
        Some(address) if !facts::is_wildcard(address) => Verdict::pass(address),
        Some(address) => Verdict::fail(address, "a chosen address"),
        None => Verdict::fail("every address (default)", "a chosen address"),
    })
}

fn raw(ctx: &Context<'_>) -> Known<Verdict> {
    if !facts::engine_version(ctx)?.at_least("28.0") {
        return Ok(Verdict::not_applicable(
            "this engine does not know the switch",
        ));
    }
    Ok(
        match ctx
            .info()?
            .warnings
            .iter()
            .find(|warning| warning.contains("DOCKER_INSECURE_NO_IPTABLES_RAW"))
        {
            Some(_) => Verdict::fail("DOCKER_INSECURE_NO_IPTABLES_RAW is set", "not set"),
            None => Verdict::pass("not switched off"),
        },
    )
}

fn insecure(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    let bad: Vec<_> = info
        .insecure_registries
        .iter()
        .filter(|network| !is_loopback_network(network))
        .chain(
            info.insecure_indexes
                .iter()
                .filter(|name| !facts::is_loopback(host_of(name))),
        )
        .map(String::as_str)
        .collect();
    Ok(if bad.is_empty() {
        Verdict::pass("loopback alone")
    } else {
        Verdict::fail(facts::joined(&bad), "no insecure registry but loopback")
    })
}

fn is_loopback_network(network: &str) -> bool {
    let Some((address, length)) = network.split_once('/') else {
        return facts::is_loopback(host_of(network));
    };
    // A network wider than the loopback block contains other machines.
    let widest = if address.contains(':') { 128 } else { 8 };
    facts::is_loopback(address) && matches!(length.parse::<u8>(), Ok(length) if length >= widest)
}

/// The host part of `host:port`, with or without brackets.
fn host_of(name: &str) -> &str {
    if let Some((host, _)) = name.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host;
    }
    match name.rsplit_once(':') {
        Some((host, port))
            if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            host
        }
        _ => name,
    }
}

fn mirrors(ctx: &Context<'_>) -> Known<Verdict> {
    let mirrors = &ctx.info()?.mirrors;
    if mirrors.is_empty() {
        return Ok(Verdict::pass("no mirror"));
    }
    let bad: Vec<_> = mirrors
        .iter()
        .filter(|mirror| !mirror.starts_with("https://"))
        .filter(|mirror| {
            let rest = mirror
                .split_once("://")
                .map_or(mirror.as_str(), |(_, rest)| rest);
            let host = rest.split('/').next().map_or(rest, |host| host);
            !facts::is_loopback(host_of(host))
        })
        .collect();
    Ok(if bad.is_empty() {
        Verdict::pass(facts::joined(mirrors))
    } else {
        Verdict::fail(facts::joined(&bad), "https")
    })
}

#[cfg(test)]
mod tests {
    use super::{host_of, is_loopback_network};

    #[test]
    fn loopback_networks_hold_loopback_alone() {
        assert!(
            is_loopback_network("127.0.0.0/8")
                && is_loopback_network("::1/128")
                && is_loopback_network("127.0.0.1/32")
        );
        assert!(
            !is_loopback_network("127.0.0.0/4")
                && !is_loopback_network("10.0.0.0/8")
                && !is_loopback_network("0.0.0.0/0")
        );
        assert_eq!(host_of("[::1]:5000"), "::1");
        assert_eq!(host_of("r.example.net:5000"), "r.example.net");
        assert_eq!(host_of("::1"), "::1");
    }
}
