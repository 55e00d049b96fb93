//! What a container takes over from other containers.

use super::recreate;
use crate::controls::facts::project;
use crate::controls::prelude::*;

/// What all controls of this topic share.
const SHARED: Control = Control {
    area: Area::Runtime,
    severity: Severity::Low,
    set: Set::Hardened,
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-legacy-links",
        title: "Legacy links are not used",
        why: "Links copy the environment of one container, passwords included, into the other, and the engine is about to \
              drop them.",
        evidence: "The container's links and its network.",
        passes: "It has no link on the default bridge. On other networks a link is only a second name.",
        severity: Severity::Info,
        set: Set::Informational,
        rule: Rule::EachContainer(links),
        remedies: &[recreate(
            "Put both containers on a network of their own and use names or aliases there.",
        )],
        ..SHARED
    },
    Control {
        id: "run-volumes-from",
        title: "Volumes are not inherited from an unknown container",
        why: "All mounts of the other container come along, its sockets and host paths included, and nobody reads them in \
              the definition of this one.",
        evidence: "The containers whose volumes it takes over, and the project of each.",
        passes: "There is none, or all belong to the same project.",
        practices: &[25],
        rule: Rule::EachContainer(volumes),
        remedies: &[recreate(
            "Recreate the container with the volumes that it needs, by name.",
        )],
        ..SHARED
    },
    Control {
        id: "run-shared-namespaces",
        title: "Namespaces of other containers are shared only within a project",
        why: "Containers that share a namespace are one: they see each other's ports on loopback, processes or memory.",
        evidence: "Network, PID and IPC mode of the container, and the project of the container that it joins.",
        passes: "It joins none, one of its own project, or one in policy shared_namespaces.",
        parameters: &[Parameter {
            name: "shared_namespaces",
            about: "Containers that any other may join, such as a VPN client",
            default: Preset::List(&[]),
        }],
        rule: Rule::EachContainer(namespaces),
        remedies: &[recreate(
            "Recreate the container with namespaces of its own, or in one project with the other.",
        )],
        ..SHARED
    },
];

fn links(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    if detail.links.is_empty() {
        return Ok(Verdict::pass("none"));
    }
    let shown = format!("linked to {}", facts::joined(&detail.links));
    Ok(
        if matches!(detail.network_mode.as_str(), "default" | "bridge" | "") {
            Verdict::fail(shown, "a network of their own")
        } else {
            Verdict::pass(format!("{shown} by name only"))
        },
    )
}

/// Judges the containers that this one leans on; each must be in its project or pass `allowed`.
fn within_project(
    ctx: &Context<'_>,
    container: &Container,
    others: &[&str],
    allowed: impl Fn(&Container) -> bool,
) -> Known<Verdict> {
    let mut parts = Vec::new();
    for other in others {
        let target = facts::named(ctx, other)?;
        parts.push(match target {
            None => Err(Gap::no_data(format!("the container {other} is not there"))),
            Some(target) if allowed(target) => {
                Ok(Verdict::pass(format!("{} by policy", target.name)))
            }
            Some(target) => Ok(match (project(container), project(target)) {
                (Some(one), Some(two)) if one == two => {
                    Verdict::pass(format!("{} of the same project", target.name))
                }
                (_, Some(two)) => Verdict::fail(
                    format!("{} of {two}", target.name),
                    "a container of the same project",
                ),
                (_, None) => Verdict::fail(
                    format!("{}, which belongs to no project", target.name),
                    "a container of the same project",
                ),
            }),
        });
    }
    all(parts)
}

fn volumes(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let others: Vec<&str> = detail
        .volumes_from
        .iter()
        .filter_map(|from| from.split(':').next())
        .collect();
    if others.is_empty() {
        return Ok(Verdict::pass("none"));
    }
    within_project(ctx, container, &others, |_| false)
}

fn namespaces(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let mut others: Vec<&str> = [&detail.network_mode, &detail.pid_mode, &detail.ipc_mode]
        .into_iter()
        .filter_map(|mode| mode.strip_prefix("container:"))
        .collect();
    others.sort_unstable();
    others.dedup();
    if others.is_empty() {
        return Ok(Verdict::pass("joins no other container"));
    }
    let allowed = ctx.list("shared_namespaces");
    within_project(ctx, container, &others, |target| {
        allowed
            .as_ref()
            .is_some_and(|names| names.contains(&target.name))
    })
}
