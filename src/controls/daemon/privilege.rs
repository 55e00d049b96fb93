//! What the daemon gives to containers by default, and as whom it runs.

use super::restart;
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-rootless",
        title: "Engine runs rootless where the workload allows",
        why: "Whoever breaks out of a rootless engine is an ordinary user. Not every workload can run there, so this is \
              advice.",
        evidence: "The engine's security options.",
        passes: "They name rootless.",
        area: Area::Daemon,
        severity: Severity::Info,
        set: Set::Hardened,
        practices: &[9, 34],
        cis: &[Cis::same("2.1", 1)],
        rule: Rule::Daemon(rootless),
        remedies: &[guide(
            RemedyClass::Manual,
            "Install a rootless engine beside this one and move what can run there.",
            "Stop it.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-userns-remap",
        title: "User-namespace remapping is on",
        why: "Root in a container is then nobody on the host. Turning it on hides all images and containers that exist, so \
              it is for new or drained hosts.",
        evidence: "The engine's security options.",
        passes: "They name userns. On a rootless engine the question does not arise.",
        area: Area::Daemon,
        severity: Severity::Medium,
        set: Set::Hardened,
        practices: &[34],
        cis: &[Cis::moved("2.10", "2.9", 2)],
        rule: Rule::Daemon(userns),
        remedies: &[guide(
            RemedyClass::RestartDaemon,
            "On an empty or drained host: prepare sub-ids, set userns-remap and restart. Not together with the containerd \
             image store.",
            "Take the key away and restart: the old data root comes back.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-no-new-privileges",
        title: "Daemon default blocks privilege gain",
        why: "The default reaches the containers whose owners did not think of it.",
        evidence: "The engine's security options (from 24.0 on); the effective setting no-new-privileges.",
        passes: "It is true. Containers made before keep what they had.",
        area: Area::Daemon,
        severity: Severity::Medium,
        cis: &[Cis::moved("2.15", "2.14", 1)],
        rule: Rule::Daemon(no_new_privileges),
        remedies: &[restart(
            "Set no-new-privileges to true in daemon.json and restart.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-seccomp-profile",
        title: "Daemon-wide seccomp profile is the default or a reviewed custom one",
        why: "The default profile filters the system calls of every container that does not say otherwise.",
        evidence: "The engine's security options.",
        passes: "They name the built-in profile, or a file in policy seccomp_profiles. Another file is for a person to look at.",
        area: Area::Daemon,
        severity: Severity::High,
        cis: &[Cis::moved("2.18", "2.17", 2)],
        parameters: &[Parameter {
            name: "seccomp_profiles",
            about: "Paths of daemon-wide seccomp profiles that were reviewed",
            default: Preset::List(&[]),
        }],
        rule: Rule::Daemon(seccomp),
        remedies: &[restart("Take seccomp-profile away and restart.")],
        ..Control::BASE
    },
    Control {
        id: "daemon-selinux-enabled",
        title: "SELinux support is switched on where SELinux enforces",
        why: "On such hosts containers without labels run beside the policy instead of under it.",
        evidence: "SELinux state of the kernel; the engine's security options.",
        passes: "Where SELinux enforces, the engine uses it. Elsewhere the question does not arise.",
        area: Area::Daemon,
        severity: Severity::High,
        practices: &[21],
        cis: &[Cis::same("5.3", 2)],
        rule: Rule::Daemon(selinux),
        remedies: &[restart(
            "Set selinux-enabled to true and restart; bind mounts then need :z or :Z.",
        )],
        ..Control::BASE
    },
];

fn rootless(ctx: &Context<'_>) -> Known<Verdict> {
    Ok(if ctx.info()?.rootless() {
        Verdict::pass("rootless")
    } else {
        Verdict::fail("runs as root", "rootless, where the workload allows")
    })
}

fn userns(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    Ok(if info.rootless() {
        Verdict::not_applicable("a rootless engine remaps users by itself")
    } else if info.security("userns").is_some() {
        Verdict::pass("users are remapped")
    } else {
        Verdict::fail("users are not remapped", "users remapped")
    })
}

fn no_new_privileges(ctx: &Context<'_>) -> Known<Verdict> {
    let expected = "no-new-privileges=true";
    let engine = ctx.info().and_then(|info| {
        if info.security("no-new-privileges").is_some() {
            Ok(Verdict::pass("the engine blocks it by default"))
        } else if facts::engine_version(ctx)?.at_least("24.0") {
            Ok(Verdict::fail("not set", expected))
        } else {
            Err(Gap::unsupported(
                "this engine does not tell its default (needs 24.0)",
            ))
        }
    });
    first_known([
        engine,
        super::network::is_set(ctx, "no-new-privileges", true, false),
    ])
}

fn seccomp(ctx: &Context<'_>) -> Known<Verdict> {
    let expected = "the default profile, or one of policy seccomp_profiles";
    let Some(option) = ctx.info()?.security("seccomp") else {
        return Ok(Verdict::fail("the engine has no seccomp", expected));
    };
    let profile = option
        .pairs
        .iter()
        .find(|(key, _)| key == "profile")
        .map(|(_, value)| value.as_str());
    Ok(match profile {
        None => Verdict::pass("the default"),
        Some(name @ ("builtin" | "default")) => Verdict::pass(name),
        Some("unconfined") => Verdict::fail("unconfined", expected),
        Some(path)
            if ctx
                .list("seccomp_profiles")
                .is_some_and(|known| known.iter().any(|name| name == path)) =>
        {
            Verdict::pass(path)
        }
        Some(path) => Verdict::manual(format!("a profile of its own: {path}")),
    })
}

fn selinux(ctx: &Context<'_>) -> Known<Verdict> {
    let used = ctx.info()?.security("selinux").is_some();
    if used {
        return Ok(Verdict::pass("the engine uses SELinux"));
    }
    Ok(match ctx.host().mac.known()?.selinux.as_deref() {
        Some("enforcing") => Verdict::fail(
            "SELinux enforces, the engine does not use it",
            "selinux-enabled=true",
        ),
        Some(state) => Verdict::not_applicable(format!("SELinux is {state}")),
        None => Verdict::not_applicable("the kernel has no SELinux"),
    })
}
