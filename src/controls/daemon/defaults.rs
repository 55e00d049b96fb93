//! Further settings of the daemon.

use super::network::is_set;
use super::{reload, restart};
use crate::controls::prelude::*;
use crate::domain::evidence::host::Setting;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-default-ulimits",
        title: "Default ulimits are set and sane",
        why: "Without a default, containers get the daemon's own limits, which are often without bound.",
        evidence: "The effective setting default-ulimits.",
        passes: "nofile and nproc are set, and not to a negative number.",
        area: Area::Daemon,
        severity: Severity::Low,
        set: Set::Hardened,
        cis: &[Cis::moved("2.9", "2.8", 1)],
        rule: Rule::Daemon(ulimits),
        remedies: &[restart(
            "Set default-ulimits for nofile and nproc and restart; containers that exist keep theirs.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-userland-proxy",
        title: "Userland proxy is off",
        why: "A process for each published port, as root, that the packet filter makes unnecessary on most hosts.",
        evidence: "The effective setting userland-proxy.",
        passes: "It is false.",
        area: Area::Daemon,
        severity: Severity::Low,
        set: Set::Hardened,
        cis: &[Cis::moved("2.17", "2.16", 1)],
        rule: Rule::Daemon(|ctx| is_set(ctx, "userland-proxy", false, true)),
        remedies: &[restart(
            "Try it with clients on the host itself and on IPv6, then set userland-proxy to false and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-cgroup-parent",
        title: "Daemon-wide cgroup parent is deliberate and valid",
        why: "With the systemd driver a parent that is no slice keeps containers from starting; any other parent takes \
              containers out of the limits that hold for the rest.",
        evidence: "The effective setting cgroup-parent; the engine's cgroup driver.",
        passes: "It is not set, or with the systemd driver a slice. Where policy cgroup_parent_mode is \"set\" it must be set.",
        area: Area::Daemon,
        severity: Severity::Low,
        practices: &[35],
        cis: &[Cis::moved("2.11", "2.10", 2)],
        parameters: &[Parameter {
            name: "cgroup_parent_mode",
            about: "\"default\" accepts no parent or a slice, \"set\" wants one",
            default: Preset::Text("default"),
        }],
        rule: Rule::Daemon(cgroup_parent),
        remedies: &[restart(
            "Make a slice with limits, name it in cgroup-parent and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-metrics-addr",
        title: "Metrics endpoint is local or protected",
        why: "The endpoint asks for no password and tells what runs.",
        evidence: "The effective setting metrics-addr.",
        passes: "It is not set, or a loopback address. A chosen address is one severity lower.",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[33],
        rule: Rule::Daemon(metrics),
        remedies: &[restart(
            "Set metrics-addr to a loopback address, behind a proxy that asks who is there, and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-network-diagnostic",
        title: "Network diagnostic port is closed",
        why: "The diagnostic server changes networks for whoever asks.",
        evidence: "The effective setting network-diagnostic-port.",
        passes: "It is not set, or 0.",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[33],
        rule: Rule::Daemon(diagnostic),
        remedies: &[reload(
            "Take network-diagnostic-port away and reload: this key does fall back.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-cors",
        title: "No CORS header is configured",
        why: "With it any web page that an operator opens may speak to the API in their name.",
        evidence: "The effective setting api-cors-header.",
        passes: "It is not set. Engines from 28.0 on do not start with it.",
        area: Area::Daemon,
        severity: Severity::High,
        practices: &[33],
        rule: Rule::Daemon(cors),
        remedies: &[restart("Take api-cors-header away and restart.")],
        ..Control::BASE
    },
    Control {
        id: "daemon-proxy-credentials",
        title: "No credentials in proxy settings",
        why: "They are shown to everybody who may ask the engine, and lie in unit files that everybody may read.",
        evidence: "Proxies of the engine that carry user name and password, without their values.",
        passes: "None does.",
        area: Area::Daemon,
        severity: Severity::Medium,
        rule: Rule::Daemon(proxies),
        remedies: &[guide(
            RemedyClass::Manual,
            "Move them into an environment file that only root reads, or use a proxy that knows hosts by address.",
            "Put the old setting back.",
        )],
        ..Control::BASE
    },
];

fn ulimits(ctx: &Context<'_>) -> Known<Verdict> {
    let expected = "nofile and nproc set";
    let Some(setting) = facts::setting(ctx, "default-ulimits")? else {
        return Ok(Verdict::fail("not set", expected));
    };
    let names: Vec<(String, String)> = match setting {
        Setting::Map(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        Setting::List(list) => list
            .iter()
            .filter_map(|item| item.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        _ => {
            return Err(Gap::no_data(
                "the daemon setting default-ulimits has an unexpected kind",
            ));
        }
    };
    let sane = |wanted: &str| {
        names
            .iter()
            .any(|(name, value)| name == wanted && !value.contains('-') && !value.is_empty())
    };
    let missing: Vec<_> = ["nofile", "nproc"]
        .into_iter()
        .filter(|name| !sane(name))
        .collect();
    Ok(if missing.is_empty() {
        Verdict::pass("nofile and nproc are set")
    } else {
        Verdict::fail(
            format!("not set or without bound: {}", missing.join(", ")),
            expected,
        )
    })
}

fn cgroup_parent(ctx: &Context<'_>) -> Known<Verdict> {
    let parent = facts::word(ctx, "cgroup-parent")?;
    let must_be_set = ctx.text("cgroup_parent_mode").as_deref() == Some("set");
    let Some(parent) = parent else {
        return Ok(if must_be_set {
            Verdict::fail("not set", "a parent whose limits hold for all containers")
        } else {
            Verdict::pass("the default")
        });
    };
    let driver = ctx.info()?.cgroup_driver.as_deref();
    let slice = std::path::Path::new(&parent)
        .extension()
        .is_some_and(|ending| ending == "slice");
    Ok(match driver {
        Some("systemd") if !slice => {
            Verdict::fail(format!("{parent}, which is no slice"), "a slice")
        }
        _ if slice || must_be_set => Verdict::pass(parent),
        _ => Verdict::fail(parent, "the default, or a slice"),
    })
}

fn metrics(ctx: &Context<'_>) -> Known<Verdict> {
    let Some(address) = facts::word(ctx, "metrics-addr")? else {
        return Ok(Verdict::pass("not set"));
    };
    let host = address
        .rsplit_once(':')
        .map_or(address.as_str(), |(host, _)| host);
    Ok(if facts::is_loopback(host) {
        Verdict::pass(address)
    } else if facts::is_wildcard(host) {
        Verdict::fail(address, "a loopback address")
    } else {
        Verdict::fail(address, "a loopback address").at(Severity::Low)
    })
}

fn diagnostic(ctx: &Context<'_>) -> Known<Verdict> {
    Ok(
        match facts::word(ctx, "network-diagnostic-port")?.as_deref() {
            None => Verdict::pass("not set"),
            Some("0") => Verdict::pass("0"),
            Some(port) => Verdict::fail(format!("port {port}"), "closed"),
        },
    )
}

fn cors(ctx: &Context<'_>) -> Known<Verdict> {
    Ok(match facts::word(ctx, "api-cors-header")? {
        None => Verdict::pass("not set"),
        Some(header) => Verdict::fail(header, "not set"),
    })
}

fn proxies(ctx: &Context<'_>) -> Known<Verdict> {
    let proxies = &ctx.info()?.proxies_with_credentials;
    Ok(if proxies.is_empty() {
        Verdict::pass("none")
    } else {
        Verdict::fail(
            facts::joined(proxies),
            "no proxy with user name and password",
        )
    })
}
