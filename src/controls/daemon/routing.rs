//! How packets get past the published ports.

use super::restart;
use crate::controls::prelude::*;
use crate::domain::evidence::network::Network;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "daemon-allow-direct-routing",
    title: "Direct routing to container addresses is blocked",
    why: "Whoever shares a network segment with the host can send packets straight to a container's address. Where they are \
          let through, ports are open that nobody published.",
    evidence: "The engine's version; gateway modes and trusted interfaces of its networks; the effective setting \
               allow-direct-routing.",
    passes: "The engine is 28.0 or newer, the setting is not true, and no network is routed or unprotected but those of policy \
             routed_networks.",
    area: Area::Daemon,
    severity: Severity::Medium,
    set: Set::Hardened,
    practices: &[30],
    parameters: &[Parameter {
        name: "routed_networks",
        about: "Networks whose containers are meant to be reached by their own addresses",
        default: Preset::List(&[]),
    }],
    rule: Rule::Daemon(direct),
    remedies: &[restart(
        "Take allow-direct-routing away, make the network anew with gateway mode nat, and restart. Engines before 28.0 have no \
         such wall: upgrade them, or filter forwarded packets in the chain DOCKER-USER.",
    )],
    ..Control::BASE
}];

fn direct(ctx: &Context<'_>) -> Known<Verdict> {
    let version = facts::engine_version(ctx)?;
    if !version.at_least("28.0") {
        return Ok(Verdict::fail(
            format!(
                "{} lets packets to container addresses through",
                ctx.version()?.engine
            ),
            "an engine that blocks them (28.0 or newer)",
        ));
    }
    let setting = facts::switch(ctx, "allow-direct-routing").map(|set| match set {
        Some(true) => Verdict::fail("allow-direct-routing=true", "allow-direct-routing=false"),
        _ => Verdict::pass("blocked"),
    });
    let routed = ctx.list("routed_networks").map_or(Vec::new(), |list| list);
    let networks = ctx.evidence.engine.networks.known().map(|networks| {
        let open: Vec<_> = networks
            .iter()
            .filter(|network| !routed.contains(&network.name))
            .filter_map(|network| Some(format!("{}: {}", network.name, opening(network)?)))
            .collect();
        if open.is_empty() {
            Verdict::pass("no network is routed or unprotected")
        } else {
            Verdict::fail(
                facts::joined(&open),
                "networks with gateway mode nat or isolated",
            )
        }
    });
    all([setting, networks])
}

/// What makes a network's containers reachable by their own addresses.
fn opening(network: &Network) -> Option<String> {
    let trusted = "com.docker.network.bridge.trusted_host_interfaces";
    if let Some(interfaces) = network.option(trusted)
        && !interfaces.is_empty()
    {
        return Some(format!("trusts {interfaces}"));
    }
    [
        "com.docker.network.bridge.gateway_mode_ipv4",
        "com.docker.network.bridge.gateway_mode_ipv6",
    ]
    .iter()
    .filter_map(|name| network.option(name))
    .find(|mode| matches!(*mode, "routed" | "nat-unprotected"))
    .map(|mode| format!("gateway mode {mode}"))
}
