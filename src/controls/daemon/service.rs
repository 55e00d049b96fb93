//! The daemon as a service of the host: its unit, its cgroup driver, and whether it runs as it is configured.

use super::{reload, restart};
use crate::controls::prelude::*;
use crate::domain::evidence::host::Setting;
use crate::domain::gap::GapClass;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-unit-hardening",
        title: "Unit keeps KillMode=process, Delegate=yes and no limits that kill containers",
        why: "With another KillMode a stop of the unit kills every container, whatever live restore says; without Delegate \
              systemd takes their cgroups back.",
        evidence: "KillMode, Delegate and Restart of docker.service.",
        passes: "KillMode is process, Delegate is yes and Restart is not no.",
        area: Area::Daemon,
        severity: Severity::Medium,
        rule: Rule::Daemon(unit),
        remedies: &[restart(
            "Put the values into a drop-in of the unit, never into the unit itself, and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-cgroup-driver",
        title: "cgroup driver matches the init system",
        why: "Two masters of one cgroup tree undo each other's limits.",
        evidence: "The engine's cgroup driver and version; whether systemd runs.",
        passes: "With cgroup v2 and systemd it is systemd. Elsewhere the question does not arise.",
        area: Area::Daemon,
        severity: Severity::Low,
        practices: &[35],
        rule: Rule::Daemon(cgroup_driver),
        remedies: &[restart(
            "Set exec-opts native.cgroupdriver=systemd and restart with no container running; they must be made anew.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-config-drift",
        title: "Running configuration equals the file",
        why: "A change that was never loaded waits for the next restart; a key that was taken away stays in force after a \
              reload. Either way the file does not say what runs.",
        evidence: "Settings that the engine tells, against the file and the command line, by content.",
        passes: "Each setting that both tell is the same: debug, experimental, live-restore, log-driver, storage-driver, \
                 data-root, default-runtime, registry-mirrors.",
        area: Area::Daemon,
        severity: Severity::Medium,
        rule: Rule::Daemon(drift),
        remedies: &[reload(
            "Reload where every differing key can be reloaded, else restart at the next window.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-authz-plugin",
        title: "An authorization plugin guards the API",
        why: "Without one whoever may speak to the API may do everything.",
        evidence: "Authorization plugins that the engine names.",
        passes: "There is at least one.",
        area: Area::Daemon,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[9],
        cis: &[Cis::moved("2.13", "2.12", 2)],
        rule: Rule::Daemon(authorization),
        remedies: &[guide(
            RemedyClass::Manual,
            "Install a plugin, name it in authorization-plugins and restart; a wrong name ends the daemon even on reload.",
            "Take the name away and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-features-unknown",
        title: "Feature switches are known",
        why: "Feature switches change how images are stored and built; one that nobody knows was set by somebody.",
        evidence: "The effective setting features.",
        passes: "Every switch is on the bundled list.",
        area: Area::Daemon,
        severity: Severity::Info,
        set: Set::Informational,
        cis: &[Cis::moved("2.19", "2.18", 1)],
        rule: Rule::Daemon(features),
        remedies: &[reload(
            "Take the switch away and reload: this key does fall back.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-default-namespaces",
        title: "Default IPC and cgroup namespaces are private",
        why: "A shareable default lets containers join each other's memory without saying so.",
        evidence: "The effective settings default-ipc-mode and default-cgroupns-mode.",
        passes: "Neither is set to anything but private.",
        area: Area::Daemon,
        severity: Severity::Low,
        set: Set::Hardened,
        cis: &[Cis::same("5.17", 1)],
        rule: Rule::Daemon(namespaces),
        remedies: &[reload(
            "Write both as private in daemon.json and reload; new containers alone get it.",
        )],
        ..Control::BASE
    },
];

fn unit(ctx: &Context<'_>) -> Known<Verdict> {
    let units = ctx.host().units.known()?;
    let unit = units
        .get("docker.service")
        .ok_or_else(|| Gap::no_data("docker.service was not asked for"))?;
    let property = |name: &str| unit.properties.get(name).map(String::as_str);
    if property("LoadState") == Some("not-found") {
        return Ok(Verdict::not_applicable("systemd knows no docker.service"));
    }
    let mut wrong = Vec::new();
    for (name, fits) in [
        ("KillMode", (|value| value == "process") as fn(&str) -> bool),
        ("Delegate", |value| value == "yes"),
        ("Restart", |value| value != "no"),
    ] {
        let value = property(name)
            .ok_or_else(|| Gap::no_data(format!("{name} of docker.service was not read")))?;
        if !fits(value) {
            wrong.push(format!("{name}={value}"));
        }
    }
    Ok(if wrong.is_empty() {
        Verdict::pass("KillMode=process, Delegate=yes")
    } else {
        Verdict::fail(
            facts::joined(&wrong),
            "KillMode=process, Delegate=yes, Restart other than no",
        )
    })
}

fn cgroup_driver(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    match (
        info.cgroup_version.as_deref(),
        info.cgroup_driver.as_deref(),
    ) {
        (Some("1"), _) => Ok(Verdict::not_applicable("cgroup v1")),
        (None, _) => Err(Gap::unsupported(
            "this engine does not tell the cgroup version (needs 20.10)",
        )),
        (_, Some("systemd")) => Ok(Verdict::pass("systemd")),
        (_, Some("none") | None) => Ok(Verdict::not_applicable("the engine manages no cgroups")),
        (_, Some(driver)) => match ctx.host().units.known() {
            Ok(_) => Ok(Verdict::fail(format!("{driver} beside systemd"), "systemd")),
            Err(gap) if gap.class == GapClass::Unsupported => {
                Ok(Verdict::not_applicable("systemd does not run"))
            }
            Err(gap) => Err(gap),
        },
    }
}

fn drift(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    let mut wrong = Vec::new();
    let mut differs = |key: &str, file: &str, engine: &str| {
        if file != engine {
            wrong.push(format!("{key} is {engine}, configured is {file}"));
        }
    };
    // A switch that is set nowhere is off, unless a reload kept the old value after somebody took the key away.
    for (key, runs) in [
        ("debug", info.debug),
        ("live-restore", info.live_restore),
        ("experimental", info.experimental),
    ] {
        let set = facts::switch(ctx, key)?.is_some_and(|on| on);
        differs(key, &set.to_string(), &runs.to_string());
    }
    let snapshotter = info.driver_pair("driver-type").is_some();
    for (key, runs) in [
        ("log-driver", info.logging_driver.as_str()),
        ("default-runtime", info.default_runtime.as_str()),
        (
            "storage-driver",
            if snapshotter {
                ""
            } else {
                info.driver.as_str()
            },
        ),
    ] {
        if let Some(set) = facts::word(ctx, key)?
            && !runs.is_empty()
        {
            differs(key, &set, runs);
        }
    }
    if let Some(root) = facts::word(ctx, "data-root")? {
        // With remapped users the engine works in a folder below it.
        let (root, runs) = (facts::tidy_path(&root), facts::tidy_path(&info.root_dir));
        if !facts::is_within(&runs, &root) {
            differs("data-root", &root, &runs);
        }
    }
    let plain = |list: &[String]| {
        let mut list: Vec<_> = list
            .iter()
            .map(|url| url.trim_end_matches('/').to_owned())
            .collect();
        list.sort();
        facts::joined(&list)
    };
    let set = facts::list(ctx, "registry-mirrors")?;
    differs("registry-mirrors", &plain(&set), &plain(&info.mirrors));
    Ok(if wrong.is_empty() {
        Verdict::pass("what both tell is the same")
    } else {
        Verdict::fail(facts::joined(&wrong), "the same in both")
    })
}

fn authorization(ctx: &Context<'_>) -> Known<Verdict> {
    let plugins = &ctx.info()?.authorization_plugins;
    Ok(if plugins.is_empty() {
        Verdict::fail("none", "a plugin")
    } else {
        Verdict::pass(facts::joined(plugins))
    })
}

fn features(ctx: &Context<'_>) -> Known<Verdict> {
    const KNOWN: &[&str] = &[
        "containerd-snapshotter",
        "buildkit",
        "cdi",
        "containerd-migration",
        "time-namespaces",
        "bridge-nf-call",
    ];
    let names: Vec<&str> = match facts::setting(ctx, "features")? {
        None => return Ok(Verdict::pass("none set")),
        Some(Setting::Map(map)) => map.keys().map(String::as_str).collect(),
        Some(Setting::List(list)) => list
            .iter()
            .map(|item| item.split('=').next().map_or("", |name| name))
            .collect(),
        Some(_) => {
            return Err(Gap::no_data(
                "the daemon setting features has an unexpected kind",
            ));
        }
    };
    let unknown: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !KNOWN.contains(name))
        .collect();
    Ok(if unknown.is_empty() {
        Verdict::pass(facts::joined(&names))
    } else {
        Verdict::fail(facts::joined(&unknown), "switches of the bundled list")
    })
}

fn namespaces(ctx: &Context<'_>) -> Known<Verdict> {
    let mut wrong = Vec::new();
    for key in ["default-ipc-mode", "default-cgroupns-mode"] {
        if let Some(mode) = facts::word(ctx, key)?
            && mode != "private"
        {
            wrong.push(format!("{key}={mode}"));
        }
    }
    Ok(if wrong.is_empty() {
        Verdict::pass("private")
    } else {
        Verdict::fail(facts::joined(&wrong), "private")
    })
}
