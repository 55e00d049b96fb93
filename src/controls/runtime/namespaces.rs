//! Which namespaces a container shares with its host.

use super::recreate;
use crate::controls::prelude::*;

/// What all controls of this topic share.
const SHARED: Control = Control {
    why: "A shared namespace takes a whole wall away: what happens there happens on the host.",
    evidence: "The container's own setting; a container that joins another one is followed to it.",
    passes: "It is not the host's.",
    area: Area::Runtime,
    remedies: &[recreate(
        "Recreate the container without sharing the host's namespace.",
    )],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-host-network",
        title: "Host network namespace is not shared",
        why: "The container sees and opens every port of the host, local services without a password included, and \
              bypasses the engine's packet filter.",
        severity: Severity::High,
        cis: &[Cis::same("5.10", 1)],
        rule: Rule::EachContainer(|ctx, container| {
            joined(ctx, container, |detail| &detail.network_mode)
        }),
        ..SHARED
    },
    Control {
        id: "run-host-pid",
        title: "Host PID namespace is not shared",
        why: "The container sees every process of the host, with its arguments, and may signal or trace some of them.",
        severity: Severity::High,
        cis: &[Cis::same("5.16", 1)],
        rule: Rule::EachContainer(|ctx, container| {
            joined(ctx, container, |detail| &detail.pid_mode)
        }),
        ..SHARED
    },
    Control {
        id: "run-host-ipc",
        title: "Host IPC namespace is not shared",
        why: "Shared memory of the host's processes can be read and changed from inside.",
        severity: Severity::High,
        cis: &[Cis::same("5.17", 1)],
        rule: Rule::EachContainer(|ctx, container| {
            joined(ctx, container, |detail| &detail.ipc_mode)
        }),
        ..SHARED
    },
    Control {
        id: "run-host-uts",
        title: "Host UTS namespace is not shared",
        why: "A container that may change the host's name changes what logs and certificates say about it.",
        severity: Severity::Medium,
        cis: &[Cis::same("5.21", 1)],
        rule: Rule::EachContainer(|_, container| Ok(plain(&container.detail()?.uts_mode))),
        ..SHARED
    },
    Control {
        id: "run-host-userns",
        title: "User-namespace remapping is not switched off",
        why: "On a host with remapped users such a container is the one whose root is the host's root.",
        severity: Severity::Medium,
        practices: &[34],
        cis: &[Cis::same("5.31", 1)],
        passes: "It is not the host's. On hosts without remapped users the question does not arise.",
        rule: Rule::EachContainer(userns),
        ..SHARED
    },
    Control {
        id: "run-host-cgroupns",
        title: "Host cgroup namespace is not shared",
        why: "The container sees the names and limits of everything else that runs on the host.",
        severity: Severity::Low,
        passes: "It is not the host's. With cgroup v1 sharing is the default and the question does not arise.",
        rule: Rule::EachContainer(cgroupns),
        ..SHARED
    },
];

fn plain(mode: &str) -> Verdict {
    match mode {
        "host" => Verdict::fail("host", "a namespace of its own"),
        "" => Verdict::pass("its own"),
        other => Verdict::pass(other),
    }
}

/// The verdict on a mode that may be `container:<id>`: then the other container's mode counts.
fn joined(
    ctx: &Context<'_>,
    container: &Container,
    mode: fn(&Detail) -> &String,
) -> Known<Verdict> {
    let own = mode(container.detail()?);
    let Some(other) = own.strip_prefix("container:") else {
        return Ok(plain(own));
    };
    let Some(target) = facts::named(ctx, other)? else {
        return Err(Gap::no_data(format!(
            "the container {other} that it joins is not there"
        )));
    };
    Ok(match mode(target.detail()?).as_str() {
        "host" => Verdict::fail(
            format!("host, through {}", target.name),
            "a namespace of its own",
        ),
        _ => Verdict::pass(format!("that of {}", target.name)),
    })
}

fn userns(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    if ctx.info()?.security("userns").is_none() {
        return Ok(Verdict::not_applicable(
            "users are not remapped on this host",
        ));
    }
    Ok(plain(&container.detail()?.userns_mode))
}

fn cgroupns(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    match ctx.info()?.cgroup_version.as_deref() {
        Some("2") => Ok(plain(&container.detail()?.cgroupns_mode)),
        Some(_) => Ok(Verdict::not_applicable("cgroup v1")),
        None => Err(Gap::unsupported(
            "this engine does not tell the cgroup version (needs 20.10)",
        )),
    }
}
