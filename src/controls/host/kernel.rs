//! The kernel that all containers share.

use crate::controls::os::release;
use crate::controls::prelude::*;
use crate::domain::version::Version;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "host-kernel-supported",
        title: "Kernel is recent and still maintained",
        why: "Below 3.10 the engine does not work properly, and a kernel that nobody maintains keeps its holes.",
        evidence: "The kernel's release; the support end of the system that ships it.",
        passes: "It is at least 3.10 and comes with a system that is still supported. A kernel of an unknown system is \
                 not checked.",
        area: Area::Host,
        severity: Severity::Medium,
        practices: &[7],
        rule: Rule::Host(kernel),
        remedies: &[guide(
            RemedyClass::Manual,
            "Install the current kernel of a supported release and reboot after draining the host.",
            "Boot the previous kernel.",
        )],
        ..Control::BASE
    },
    Control {
        id: "host-kernel-feature-floor",
        title: "Kernel meets the floor of every Docker feature in use",
        why: "Below the floor a feature half works: it loses data, or a wall that should be there is not.",
        evidence: "The kernel's release; storage driver, user namespaces, network drivers and limits of processes in use.",
        passes: "It is at least 3.8 for user namespaces, 3.9 for macvlan, 4.0 for overlay2 (on RHEL 7 its own 3.10.0-514), 4.2 \
                 for ipvlan, 4.3 for limits of processes, 5.11 for overlay2 without root.",
        area: Area::Host,
        severity: Severity::Medium,
        practices: &[7],
        rule: Rule::Host(floor),
        remedies: &[guide(
            RemedyClass::Manual,
            "Install a newer kernel, or give the feature up.",
            "Boot the previous kernel.",
        )],
        ..Control::BASE
    },
];

fn kernel(ctx: &Context<'_>) -> Known<Verdict> {
    let text = first_known([
        ctx.host().kernel.clone(),
        ctx.info().map(|info| info.kernel.clone()),
    ])?;
    let number = Version::parse(&text)
        .ok_or_else(|| Gap::no_data(format!("the kernel's release {text:?} cannot be compared")))?;
    if !number.at_least("3.10") {
        return Ok(Verdict::fail(text, "at least 3.10"));
    }
    let release = release::release(ctx)?;
    let Some(row) = release::support(ctx, &release) else {
        return Err(Gap::no_data(format!(
            "{} is not in the table of {}",
            release.pretty, ctx.tables.dated
        )));
    };
    Ok(match row.ends_day {
        Some(day) if day < ctx.now().div_euclid(86_400) => Verdict::fail(
            format!("{text}, of a system whose support ended on {}", row.ends),
            "a kernel that is maintained",
        )
        .because_of("os-supported-platform"),
        _ => Verdict::pass(text),
    })
}

/// The kernel's limits of processes.
const PIDS: (&str, &str) = ("limits of processes", "4.3");

fn floor(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    let text = first_known([ctx.host().kernel.clone(), Ok(info.kernel.clone())])?;
    let number = Version::parse(&text)
        .ok_or_else(|| Gap::no_data(format!("the kernel's release {text:?} cannot be compared")))?;
    // Red Hat took overlay2 back into the kernel of its release 7.
    let backported = text.contains(".el7") && text.split('-').nth(1).is_some_and(|build| {
        matches!(build.split('.').next().map(str::parse::<u64>), Some(Ok(build)) if build >= 514)
    });
    let mut features: Vec<(&str, &str)> = Vec::new();
    if info.driver == "overlay2" && !backported {
        features.push(if info.rootless() {
            ("overlay2 without root", "5.11")
        } else {
            ("overlay2", "4.0")
        });
    }
    if info.security("userns").is_some() {
        features.push(("user namespaces", "3.8"));
    }
    let mut open = None;
    match ctx.evidence.engine.networks.known() {
        Ok(networks) => {
            features.extend(
                networks
                    .iter()
                    .filter_map(|network| match network.driver.as_str() {
                        "macvlan" => Some(("macvlan", "3.9")),
                        "ipvlan" => Some(("ipvlan", "4.2")),
                        _ => None,
                    }),
            );
        }
        Err(gap) => open = open.or(Some(gap)),
    }
    match facts::containers(ctx) {
        Ok(containers) => {
            for container in containers {
                match container.detail() {
                    Ok(detail) if detail.pids_limit.is_some_and(|limit| limit > 0) => {
                        if !text.contains(".el7") && !features.contains(&PIDS) {
                            features.push(PIDS);
                        }
                    }
                    Ok(_) => {}
                    Err(gap) => open = open.or(Some(gap)),
                }
            }
        }
        Err(gap) => open = open.or(Some(gap)),
    }
    let low: Vec<_> = features
        .iter()
        .filter(|(_, least)| !number.at_least(least))
        .map(|(name, least)| format!("{name} needs {least}"))
        .collect();
    match open {
        _ if !low.is_empty() => Ok(Verdict::fail(
            format!("{text}: {}", facts::joined(&low)),
            "a newer kernel",
        )),
        Some(gap) => Err(gap),
        None => Ok(Verdict::pass(format!(
            "{text} for {} features",
            features.len()
        ))),
    }
}
