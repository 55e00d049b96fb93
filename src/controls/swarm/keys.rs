//! Rotation of keys, and where a swarm's traffic goes.

use crate::controls::facts::on_manager;
use crate::controls::prelude::*;

/// What all controls of this topic share.
const SWARM: Control = Control {
    area: Area::Swarm,
    severity: Severity::Low,
    set: Set::Hardened,
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "swarm-autolock-rotation",
        title: "Unlock key is rotated",
        why: "The key opens the store of every manager; whoever left with it still has it.",
        evidence: "An attestation with the day of the last rotation. The key itself is never asked for.",
        passes: "It was attested within policy autolock_max_days. Without autolock there is no key.",
        cis: &[Cis::same("7.6", 1)],
        parameters: &[Parameter {
            name: "autolock_max_days",
            about: "Days within which the unlock key must have been rotated",
            default: Preset::Int(180),
        }],
        rule: Rule::Host(|ctx| on_manager(ctx, || autolock(ctx))),
        remedies: &[guide(
            RemedyClass::Live,
            "docker swarm unlock-key --rotate, keep the new key where it is found after a power cut, and attest it. Managers \
             that miss the new key cannot restart.",
            "",
        )],
        ..SWARM
    },
    Control {
        id: "swarm-data-plane",
        title: "Data and management traffic are separated",
        why: "On one network, whoever floods the services takes the managers away from each other.",
        evidence: "The addresses with which this node joined the swarm, as the engine noted them.",
        passes: "Where policy swarm_data_plane is \"separate\", the data path has an address of its own. Without that policy it \
                 does not apply.",
        cis: &[Cis::same("7.9", 1)],
        parameters: &[Parameter {
            name: "swarm_data_plane",
            about: "\"separate\" where services and managers must use different networks",
            default: Preset::Unset(ParameterKind::Text),
        }],
        rule: Rule::Host(data_plane),
        remedies: &[guide(
            RemedyClass::Manual,
            "Leave and join again with --data-path-addr, node by node.",
            "Join again without it.",
        )],
        ..SWARM
    },
];

fn autolock(ctx: &Context<'_>) -> Known<Verdict> {
    let swarm = ctx.evidence.engine.swarm.known()?;
    if swarm.as_ref().is_some_and(|swarm| !swarm.autolock) {
        return Ok(Verdict::not_applicable("managers are not locked"));
    }
    let most = ctx.int("autolock_max_days").map_or(180, |days| days);
    facts::attested(ctx, "swarm-autolock-rotation", most)
}

fn data_plane(ctx: &Context<'_>) -> Known<Verdict> {
    if !matches!(ctx.info()?.swarm_state.as_str(), "active" | "locked") {
        return Ok(Verdict::not_applicable("swarm mode is off"));
    }
    if ctx.text("swarm_data_plane").as_deref() != Some("separate") {
        return Ok(Verdict::not_applicable(
            "policy swarm_data_plane does not ask for it",
        ));
    }
    let noted = ctx.host().swarm_state.known()?;
    if noted.is_empty() {
        return Err(Gap::no_data("the engine noted nothing of the swarm"));
    }
    let of = |key: &str| {
        noted
            .get(key)
            .map(|address| {
                address
                    .rsplit_once(':')
                    .map_or(address.as_str(), |(host, _)| host)
            })
            .filter(|address| !address.is_empty())
    };
    let management = of("AdvertiseAddr").or(of("LocalAddr"));
    Ok(match (of("DataPathAddr"), management) {
        (Some(data), Some(other)) if data != other => {
            Verdict::pass(format!("data on {data}, management on {other}"))
        }
        (Some(data), Some(_)) => Verdict::fail(format!("both on {data}"), "a data path of its own"),
        (None, _) => Verdict::fail("no data path of its own", "a data path of its own"),
        (Some(_), None) => return Err(Gap::no_data("the engine noted no address to compare with")),
    })
}
