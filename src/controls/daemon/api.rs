//! What the engine speaks, and how its socket comes to be.

use super::restart;
use crate::controls::prelude::*;
use crate::domain::evidence::host::UnitState;
use crate::domain::version::Version;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-min-api",
        title: "Minimum API version is not lowered",
        why: "Old versions of the API are kept for clients that get no fixes any more, and each version that is still spoken is \
              code that still has to be right.",
        evidence: "The lowest API version that the engine accepts, and its own version.",
        passes: "It is not below what such an engine accepts by default. Engines before 25.0 have no such setting.",
        area: Area::Daemon,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[8],
        rule: Rule::Daemon(least_api),
        remedies: &[restart(
            "Update the clients that need the old version, then take min-api-version, or DOCKER_MIN_API_VERSION of the unit, \
             away and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-socket-activation",
        title: "Socket unit and listener agree",
        why: "systemd makes the socket anew at each start of its unit: what the unit says comes back, and what was changed on \
              the file by hand is lost.",
        evidence: "Listen, SocketMode and SocketGroup of docker.socket; the effective settings hosts and group; the socket's own \
                   mode.",
        passes: "The unit makes one socket file with no mode bit beyond 0660 and the engine's group, the daemon takes it over \
                 (fd://), and the file is as the unit says. Without an active unit the question does not arise.",
        area: Area::Daemon,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[33],
        rule: Rule::Daemon(activation),
        places: &[Place::EngineSocket],
        remedies: &[guide(
            RemedyClass::Live,
            "Put SocketMode=0660 and SocketGroup=docker into a drop-in of docker.socket, run systemctl daemon-reload, and set the \
             file's mode by hand: both are needed.",
            "Remove the drop-in and run systemctl daemon-reload.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-swarm-default-addr",
        title: "Experimental raft and heartbeat keys are default",
        why: "Managers that tick differently elect leaders without need, and an address set for all swarms is forgotten when the \
              host moves.",
        evidence: "The effective settings swarm-default-advertise-addr, swarm-raft-heartbeat-tick and swarm-raft-election-tick.",
        passes: "None of them is set.",
        area: Area::Daemon,
        severity: Severity::Info,
        set: Set::Informational,
        rule: Rule::Daemon(swarm_keys),
        remedies: &[restart(
            "Take the keys away and restart one manager after the other.",
        )],
        ..Control::BASE
    },
];

/// The lowest API version that engines accept where nobody lowers it: from this engine version on.
const LEAST: &[(&str, &str)] = &[("29.0", "1.40"), ("25.0", "1.24")];

fn least_api(ctx: &Context<'_>) -> Known<Verdict> {
    let version = facts::engine_version(ctx)?;
    let told = ctx.version()?;
    let Some((_, least)) = LEAST.iter().find(|(since, _)| version.at_least(since)) else {
        return Ok(Verdict::not_applicable(format!(
            "{} has no such setting",
            told.engine
        )));
    };
    if told.min_api.is_empty() {
        return Err(Gap::unsupported(
            "the engine does not tell the lowest API version that it accepts",
        ));
    }
    let accepts = Version::parse(&told.min_api).ok_or_else(|| {
        Gap::no_data(format!(
            "the API version {:?} cannot be compared",
            told.min_api
        ))
    })?;
    Ok(if accepts.at_least(least) {
        Verdict::pass(format!("from {} on", told.min_api))
    } else {
        Verdict::fail(
            format!("from {} on", told.min_api),
            format!("from {least} on, the default of this engine"),
        )
    })
}

fn activation(ctx: &Context<'_>) -> Known<Verdict> {
    let units = ctx.host().units.known()?;
    let unit = units
        .get("docker.socket")
        .ok_or_else(|| Gap::no_data("docker.socket was not asked for"))?;
    if unit.properties.get("LoadState").map(String::as_str) == Some("not-found") {
        return Ok(Verdict::not_applicable("systemd knows no docker.socket"));
    }
    if unit.active != "active" {
        return Ok(Verdict::not_applicable("docker.socket is not active"));
    }
    let mode = property(unit, "SocketMode")?;
    let bits = u32::from_str_radix(mode, 8)
        .map_err(|_odd| Gap::no_data(format!("SocketMode is {mode:?}, which is no mode")))?;
    let expected = "a socket file with 0660 and the engine's group, taken over by fd://";
    let check = |holds: bool, observed: String| {
        Ok(if holds {
            Verdict::pass(observed)
        } else {
            Verdict::fail(observed, expected)
        })
    };
    let listen = property(unit, "Listen")?;
    let group = property(unit, "SocketGroup")?;
    let wanted =
        facts::word(ctx, "group").map(|group| group.map_or("docker".into(), |group| group));
    let hosts = facts::list(ctx, "hosts");
    all([
        check(
            listen.starts_with('/') && listen.split(") ").count() == 1,
            format!("Listen={listen}"),
        ),
        check(bits & !0o660 == 0, format!("SocketMode={mode}")),
        wanted.and_then(|wanted| {
            check(
                group == wanted || group.is_empty(),
                format!("SocketGroup={group}"),
            )
        }),
        hosts.and_then(|hosts| {
            check(
                hosts.iter().any(|host| host.starts_with("fd://")),
                format!("hosts: {}", facts::joined(&hosts)),
            )
        }),
        same_on_disk(ctx, listen, bits),
    ])
}

/// Whether the socket file has the mode that its unit gives it.
fn same_on_disk(ctx: &Context<'_>, listen: &str, bits: u32) -> Known<Verdict> {
    let path = listen.split(' ').next().map_or(listen, |path| path);
    let path = facts::tidy_path(path);
    let Some(stat) = ctx.host().file(&path)? else {
        return Ok(Verdict::fail(
            format!("{path} is not there"),
            "the unit's socket",
        ));
    };
    let mode = stat.mode & 0o777;
    Ok(if mode == bits {
        Verdict::pass(format!("{path} has {mode:04o}"))
    } else {
        Verdict::fail(
            format!("{path} has {mode:04o}, and after the next start {bits:04o}"),
            "the mode that the unit gives",
        )
    })
}

fn property<'a>(unit: &'a UnitState, name: &str) -> Known<&'a str> {
    unit.properties
        .get(name)
        .map(String::as_str)
        .ok_or_else(|| Gap::no_data(format!("{name} of docker.socket was not read")))
}

fn swarm_keys(ctx: &Context<'_>) -> Known<Verdict> {
    let mut set = Vec::new();
    for key in [
        "swarm-default-advertise-addr",
        "swarm-raft-heartbeat-tick",
        "swarm-raft-election-tick",
    ] {
        if let Some(value) = facts::word(ctx, key)? {
            set.push(format!("{key}={value}"));
        }
    }
    Ok(if set.is_empty() {
        Verdict::pass("none is set")
    } else {
        Verdict::fail(facts::joined(&set), "none of them set")
    })
}
