//! What has piled up, and what comes back after a reboot.

use crate::controls::prelude::*;
use crate::domain::evidence::container::Owner as Manager;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ops-image-sprawl",
        title: "Few unused and dangling images",
        why: "Images that nobody uses take space and get started one day with the holes they had.",
        evidence: "Images that no container uses, with their sizes.",
        passes: "At most policy unused_images of them.",
        area: Area::Operations,
        severity: Severity::Low,
        cis: &[Cis::same("6.1", 1)],
        parameters: &[Parameter {
            name: "unused_images",
            about: "Most images that no container uses",
            default: Preset::Int(20),
        }],
        rule: Rule::Host(images),
        remedies: &[guide(
            RemedyClass::Live,
            "Remove the listed images by id, untagged ones first.",
            "Pull them again by the recorded digests.",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-container-sprawl",
        title: "Few stopped or forgotten containers",
        why: "A container that stopped long ago still holds its data, its secrets and its settings, and can be started.",
        evidence: "Containers that do not run, and when they last ended or were made.",
        passes: "At most policy stopped_containers of them are older than policy stopped_days.",
        area: Area::Operations,
        severity: Severity::Low,
        cis: &[Cis::same("6.2", 1)],
        parameters: &[
            Parameter {
                name: "stopped_containers",
                about: "Most containers that stopped longer ago than stopped_days",
                default: Preset::Int(0),
            },
            Parameter {
                name: "stopped_days",
                about: "Days after which a stopped container counts as forgotten",
                default: Preset::Int(30),
            },
        ],
        rule: Rule::Host(containers),
        remedies: &[guide(
            RemedyClass::Live,
            "Look at their volumes and changed files, then remove the listed containers.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-volume-sprawl",
        title: "Few orphan volumes",
        why: "Nobody knows any more whose data is in a volume that no container has, and whether it may go.",
        evidence: "Volumes that no container mounts.",
        passes: "At most policy unused_volumes of them.",
        area: Area::Operations,
        severity: Severity::Low,
        set: Set::Hardened,
        cis: &[Cis::same("6.1", 1)],
        parameters: &[Parameter {
            name: "unused_volumes",
            about: "Most volumes that no container mounts",
            default: Preset::Int(10),
        }],
        rule: Rule::Host(volumes),
        remedies: &[guide(
            RemedyClass::Manual,
            "Find the owner of each, keep a copy, and remove them by name.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-network-sprawl",
        title: "Few unused networks",
        why: "Each network holds a range of addresses and rules of the packet filter.",
        evidence: "Networks of projects that no container is attached to.",
        passes: "At most policy unused_networks of them.",
        area: Area::Operations,
        severity: Severity::Info,
        set: Set::Informational,
        cis: &[Cis::same("6.1", 1)],
        parameters: &[Parameter {
            name: "unused_networks",
            about: "Most networks that no container is attached to",
            default: Preset::Int(5),
        }],
        rule: Rule::Host(networks),
        remedies: &[guide(
            RemedyClass::Live,
            "Remove them by name.",
            "Make them again with the recorded settings.",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-reboot-survival",
        title: "What runs now comes back after a reboot: restart policies, enabled engine unit, no autolock",
        why: "A host that reboots at night comes back with whatever was meant to return, and that is often less than what ran.",
        evidence: "Restart policies of running containers, whether docker.service or its socket is enabled, the swarm's \
                   autolock.",
        passes: "Every running container has a policy that brings it back, the engine starts by itself, and no manager waits \
                 for a key. on-failure brings a container back only if it had failed.",
        area: Area::Operations,
        severity: Severity::Medium,
        practices: &[24],
        rule: Rule::Host(reboot),
        remedies: &[guide(
            RemedyClass::Live,
            "systemctl enable docker.service; docker update --restart unless-stopped for what must return.",
            "Set the recorded policies and state again.",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-daemon-warnings",
        title: "The engine reports no warnings",
        why: "The engine says itself what it cannot do safely, where nobody looks.",
        evidence: "The engine's warnings.",
        passes: "There is none, apart from those that another control answers for.",
        area: Area::Operations,
        severity: Severity::Medium,
        rule: Rule::Daemon(warnings),
        remedies: &[guide(
            RemedyClass::Manual,
            "Each warning names what is missing.",
            "",
        )],
        ..Control::BASE
    },
];

fn images(ctx: &Context<'_>) -> Known<Verdict> {
    // Images are counted as unused only if the list of containers is known as well.
    facts::containers(ctx)?;
    let unused: Vec<_> = facts::images(ctx)?
        .iter()
        .filter(|image| image.used_by.is_empty())
        .collect();
    let bytes: i64 = unused
        .iter()
        .map(|image| image.size.max(0))
        .fold(0, i64::saturating_add);
    let most = ctx.int("unused_images").map_or(20, |most| most);
    let observed = format!("{} unused images, {} MiB", unused.len(), bytes >> 20);
    let count = i64::try_from(unused.len()).map_or(i64::MAX, |count| count);
    Ok(if count > most {
        Verdict::fail(observed, format!("at most {most}"))
    } else {
        Verdict::pass(observed)
    })
}

/// Every container's inspect; one that is missing leaves open what is in use.
fn details<'a>(ctx: &Context<'a>) -> Known<Vec<&'a Detail>> {
    facts::containers(ctx)?
        .iter()
        .map(Container::detail)
        .collect()
}

fn few(unused: &[&str], most: i64) -> Verdict {
    let count = i64::try_from(unused.len()).map_or(i64::MAX, |count| count);
    if count > most {
        Verdict::fail(
            format!("{count} unused: {}", facts::joined(unused)),
            format!("at most {most}"),
        )
    } else {
        Verdict::pass(format!("{count} unused"))
    }
}

fn volumes(ctx: &Context<'_>) -> Known<Verdict> {
    let details = details(ctx)?;
    let used = |name: &str| {
        details
            .iter()
            .any(|detail| detail.mounts.iter().any(|mount| mount.source == name))
    };
    let unused: Vec<&str> = ctx
        .evidence
        .engine
        .volumes
        .known()?
        .iter()
        .map(|volume| volume.name.as_str())
        .filter(|name| !used(name))
        .collect();
    Ok(few(
        &unused,
        ctx.int("unused_volumes").map_or(10, |most| most),
    ))
}

fn networks(ctx: &Context<'_>) -> Known<Verdict> {
    let details = details(ctx)?;
    let used = |name: &str| {
        details
            .iter()
            .any(|detail| detail.networks.iter().any(|network| network == name))
    };
    let unused: Vec<&str> = ctx
        .evidence
        .engine
        .networks
        .known()?
        .iter()
        .filter(|network| {
            network.scope == "local"
                && !matches!(
                    network.name.as_str(),
                    "bridge" | "host" | "none" | "docker_gwbridge"
                )
        })
        .map(|network| network.name.as_str())
        .filter(|name| !used(name))
        .collect();
    Ok(few(
        &unused,
        ctx.int("unused_networks").map_or(5, |most| most),
    ))
}

/// When a container last ended; when it was made, where it never ran.
fn ended(container: &Container) -> Known<i64> {
    let text = &container.detail()?.finished_at;
    let at = match text.parse::<jiff::Timestamp>() {
        Ok(at) if at.as_second() > 0 => at.as_second(),
        _ => container.created,
    };
    Ok(at.max(container.created))
}

fn containers(ctx: &Context<'_>) -> Known<Verdict> {
    let days = ctx.int("stopped_days").map_or(30, |days| days);
    let most = ctx.int("stopped_containers").map_or(0, |most| most);
    let mut forgotten = Vec::new();
    for container in facts::containers(ctx)? {
        if !container.is_running() && ctx.now() - ended(container)? > days.saturating_mul(86_400) {
            forgotten.push(container.name.as_str());
        }
    }
    let count = i64::try_from(forgotten.len()).map_or(i64::MAX, |count| count);
    Ok(if count > most {
        Verdict::fail(
            format!(
                "stopped more than {days} days ago: {}",
                facts::joined(&forgotten)
            ),
            format!("at most {most}"),
        )
    } else {
        Verdict::pass(format!("{count} stopped more than {days} days ago"))
    })
}

fn reboot(ctx: &Context<'_>) -> Known<Verdict> {
    all([policies(ctx), unit(ctx), lock(ctx)])
}

fn policies(ctx: &Context<'_>) -> Known<Verdict> {
    let mut lost = Vec::new();
    let mut open = None;
    for container in facts::containers(ctx)?
        .iter()
        .filter(|container| container.is_running())
    {
        if matches!(container.owner, Manager::Swarm { .. }) {
            continue;
        }
        match container.detail() {
            Ok(detail) if detail.auto_remove => {}
            Ok(detail) if matches!(detail.restart_policy.as_str(), "always" | "unless-stopped") => {
            }
            Ok(_) => lost.push(container.name.as_str()),
            Err(gap) => open = open.or(Some(gap)),
        }
    }
    match open {
        _ if !lost.is_empty() => Ok(Verdict::fail(
            format!("stay away: {}", facts::joined(&lost)),
            "restart policy always or unless-stopped",
        )),
        Some(gap) => Err(gap),
        None => Ok(Verdict::pass("containers come back")),
    }
}

fn unit(ctx: &Context<'_>) -> Known<Verdict> {
    let units = ctx.host().units.known()?;
    let state = |name: &str| units.get(name).map(|unit| unit.enabled.as_str());
    match (state("docker.service"), state("docker.socket")) {
        (Some("enabled" | "enabled-runtime" | "static" | "generated"), _) => {
            Ok(Verdict::pass("docker.service is enabled"))
        }
        // A socket unit starts the engine at the first request, which no container makes.
        (Some("disabled"), Some("enabled")) => Ok(Verdict::fail(
            "only docker.socket is enabled: the engine starts at the first request",
            "docker.service enabled",
        )),
        (Some(state @ ("disabled" | "masked")), _) => Ok(Verdict::fail(
            format!("docker.service is {state}"),
            "docker.service enabled",
        )),
        _ => Err(Gap::no_data(
            "whether docker.service is enabled was not read",
        )),
    }
}

fn lock(ctx: &Context<'_>) -> Known<Verdict> {
    facts::on_manager(ctx, || {
        Ok(match ctx.evidence.engine.swarm.known()? {
            Some(swarm) if swarm.autolock => Verdict::manual(
                "the manager waits for its key after a restart: is it within reach?",
            ),
            _ => Verdict::pass("no key is waited for"),
        })
    })
}

fn warnings(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    let answered = |warning: &str| {
        crate::controls::host::is_about_listeners(warning)
            || crate::controls::os::is_about_limits(warning)
            || warning.contains("DOCKER_INSECURE_NO_IPTABLES_RAW")
    };
    let left: Vec<_> = info
        .warnings
        .iter()
        .filter(|warning| !answered(warning))
        .collect();
    Ok(if !left.is_empty() {
        Verdict::fail(facts::joined(&left), "no warning")
    } else if info.warnings.is_empty() {
        Verdict::pass("none")
    } else {
        Verdict::pass(format!(
            "{} that other controls answer for",
            info.warnings.len()
        ))
    })
}
