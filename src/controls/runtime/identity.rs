//! As whom a container's processes run.

use super::{options, recreate};
use crate::controls::image::{is_root, starts_sshd};
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-nonroot-effective",
        title: "The container's main process does not run as host root",
        why: "A process that is root inside is root on the host as soon as one wall gives way: a mount, a capability, a \
              hole in the kernel.",
        evidence: "The main process's user as the kernel or the engine's list of processes has it; else the final user \
                   setting and whether users are remapped.",
        passes: "The host's user id of the process is not 0; a master that runs as root with workers that do not is \
                 medium. Where only the engine answers: the user setting names \
                 somebody else, or users are remapped.",
        area: Area::Runtime,
        severity: Severity::High,
        practices: &[17],
        cis: &[Cis::same("4.1", 1)],
        rule: Rule::EachContainer(nonroot),
        remedies: &[recreate(
            "Recreate the container with a user (--user UID:GID) that owns what it must write.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-no-new-privileges",
        title: "Privilege gain through setuid is blocked",
        why: "With it a setuid program in the image cannot make a user root again, however it is abused.",
        evidence: "NoNewPrivs of the main process; else the container's security options.",
        passes: "The kernel says so, or the option is set and true. The daemon's default counts only through the \
                 kernel's word: it does not reach containers made before it.",
        area: Area::Runtime,
        severity: Severity::Medium,
        cis: &[Cis::same("5.26", 1)],
        rule: Rule::EachContainer(no_new_privileges),
        remedies: &[recreate(
            "Recreate the container with --security-opt no-new-privileges:true.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-no-sshd",
        title: "No SSH server runs in the container",
        why: "A second way in with its own keys and passwords, which nobody patches or audits; exec does the same with the \
              engine's own access control.",
        evidence: "Processes of the container as the engine lists them, without starting anything in it; its command.",
        passes: "None of them is an SSH server, and its command starts none.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[26],
        cis: &[Cis::same("5.7", 1)],
        rule: Rule::EachContainer(sshd),
        remedies: &[guide(
            RemedyClass::RebuildImage,
            "Build the image without the SSH server and enter by docker exec.",
            "Go back to the previous tag.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-group-add",
        title: "No privileged supplementary group",
        why: "Groups such as docker, disk or shadow open the socket, raw disks or password hashes of the host.",
        evidence: "Supplementary groups given to the container; numbers of the host's engine groups.",
        passes: "None of them is root, docker, disk, kmem or shadow, by name or by number.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[9],
        rule: Rule::EachContainer(groups),
        remedies: &[recreate("Recreate the container without that --group-add.")],
        ..Control::BASE
    },
];

fn nonroot(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let expected = "a user other than root";
    let kernel = main_user(ctx, container, detail).map(|uid| match uid {
        0 if has_workers(container, detail) => {
            Verdict::fail("runs as uid 0 on the host, its workers as others", expected)
                .at(Severity::Medium)
        }
        0 => Verdict::fail("runs as uid 0 on the host", expected),
        uid => Verdict::pass(format!("runs as uid {uid} on the host")),
    });
    let setting = if is_root(&detail.user) {
        ctx.info().map(|info| {
            let remapped = info.security("userns").is_some() && detail.userns_mode != "host";
            if info.rootless() {
                Verdict::pass("root inside, an ordinary user outside: the engine is rootless")
            } else if remapped {
                Verdict::pass("root inside, an ordinary user outside: users are remapped")
            } else {
                Verdict::fail(format!("user {:?}", detail.user), expected)
            }
        })
    } else {
        Ok(Verdict::pass(format!("user {:?}", detail.user)))
    };
    let verdict = first_known([kernel, setting])?;
    // Only whose fault it is depends on the image; without it the finding stands on its own.
    let from_image = matches!(facts::image_of(ctx, container), Ok(Some(image))
        if matches!(&image.detail, Ok(image) if is_root(&image.user) && image.user == detail.user));
    Ok(if from_image {
        verdict.because_of("image-nonroot-user")
    } else {
        verdict
    })
}

/// The host's user id of the main process: what the kernel says, else what the engine lists.
fn main_user(ctx: &Context<'_>, container: &Container, detail: &Detail) -> Known<u32> {
    let listed = container.processes().and_then(|processes| {
        processes
            .iter()
            .find(|process| process.pid == detail.pid)
            .map(|process| process.uid)
            .ok_or_else(|| Gap::no_data("the main process is not among those listed"))
    });
    first_known([facts::process(ctx, detail).map(|status| status.uid), listed])
}

/// Whether other processes of the container run as somebody else: a master that starts as root and lets others work.
fn has_workers(container: &Container, detail: &Detail) -> bool {
    matches!(container.processes(), Ok(processes)
        if processes.iter().any(|process| process.pid != detail.pid && process.uid != 0))
}

fn no_new_privileges(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let expected = "no-new-privileges:true";
    let kernel = facts::process(ctx, detail).and_then(|status| match status.no_new_privileges {
        Some(true) => Ok(Verdict::pass("the kernel blocks it")),
        Some(false) => Ok(Verdict::fail("the kernel does not block it", expected)),
        None => Err(Gap::unsupported(
            "the kernel does not tell NoNewPrivs (needs 4.10)",
        )),
    });
    let option = || match options::value(detail, "no-new-privileges") {
        Some("true") => Ok(Verdict::pass("option set")),
        Some(other) => Ok(Verdict::fail(
            format!("no-new-privileges:{other}"),
            expected,
        )),
        None => match ctx.info()?.security("no-new-privileges") {
            None => Ok(Verdict::fail("not set", expected)),
            Some(_) => Err(Gap::no_data(
                "the daemon's default sets it for containers made after it was set; the kernel was not asked",
            )),
        },
    };
    let verdict = first_known([kernel, option()])?;
    // The daemon's default would block it, had the container been made under it.
    let default = ctx.info().map(|info| info.security("no-new-privileges"));
    Ok(match default {
        Ok(Some(_)) if options::value(detail, "no-new-privileges").is_none() => {
            verdict.because_of("run-stale-config")
        }
        _ => verdict,
    })
}

fn sshd(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let expected = "no SSH server";
    let command = container.detail().map(|detail| {
        if starts_sshd(&detail.command) {
            Verdict::fail("its command starts an SSH server", expected)
        } else {
            Verdict::pass("its command starts none")
        }
    });
    let processes = container.processes().map(|processes| {
        let found = processes
            .iter()
            .find(|process| matches!(process.program.as_str(), "sshd" | "dropbear"));
        match found {
            Some(process) => Verdict::fail(
                format!("{} runs as process {}", process.program, process.pid),
                expected,
            ),
            None => Verdict::pass(format!("none among {} processes", processes.len())),
        }
    });
    all([command, processes])
}

fn groups(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    // Numbers of root, disk, kmem and shadow are the same on the common distributions; docker's is not.
    const NAMES: &[(&str, &str)] = &[
        ("root", "0"),
        ("disk", "6"),
        ("kmem", "15"),
        ("shadow", "42"),
        ("docker", "docker"),
    ];
    let detail = container.detail()?;
    if detail.group_add.is_empty() {
        return Ok(Verdict::pass("none"));
    }
    let mut bad = Vec::new();
    let mut unknown = None;
    for group in &detail.group_add {
        let named = NAMES
            .iter()
            .any(|(name, number)| group == name || group == number);
        let engines = match &ctx.host().accounts {
            Ok(accounts) => accounts
                .groups
                .iter()
                .any(|known| known.gid.to_string() == *group),
            Err(gap) if !named => {
                unknown = Some(gap.clone());
                false
            }
            Err(_) => false,
        };
        if named || engines {
            bad.push(group.as_str());
        }
    }
    match unknown {
        _ if !bad.is_empty() => Ok(Verdict::fail(
            facts::joined(&bad),
            "no group that opens the host",
        )),
        Some(gap) => Err(gap),
        None => Ok(Verdict::pass(facts::joined(&detail.group_add))),
    }
}
