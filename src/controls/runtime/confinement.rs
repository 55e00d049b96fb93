//! The filters around a container: AppArmor, SELinux, seccomp, masked paths.

use super::{options, recreate};
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-apparmor",
        title: "A loaded AppArmor profile confines the container",
        why: "The default profile already forbids mounting and writing to kernel files. Switching it off leaves a process \
              that breaks out with nothing in its way.",
        evidence: "The container's profile and security options; whether the engine uses AppArmor.",
        passes: "A profile is named and it is not unconfined. On hosts without AppArmor it does not apply.",
        area: Area::Runtime,
        severity: Severity::High,
        practices: &[20],
        cis: &[Cis::same("5.2", 1)],
        rule: Rule::EachContainer(apparmor),
        remedies: &[recreate(
            "Recreate the container without apparmor=unconfined, or name a profile that is loaded.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-apparmor-enforce",
        title: "The profile is in enforce mode and custom profiles are loaded",
        why: "A profile in complain mode writes down what it would have stopped, and stops nothing.",
        evidence: "The container's profile, and the profiles that the kernel has loaded with their modes.",
        passes: "The profile is loaded in enforce mode. Where none confines the container, or the engine uses no AppArmor, it \
                 does not apply.",
        area: Area::Runtime,
        severity: Severity::Medium,
        set: Set::Hardened,
        practices: &[20],
        cis: &[Cis::same("5.2", 1)],
        rule: Rule::EachContainer(enforced),
        remedies: &[guide(
            RemedyClass::Live,
            "aa-enforce the profile, after reading what it complained about.",
            "aa-complain the profile.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-selinux",
        title: "SELinux labels confine the container",
        why: "The label keeps a process that breaks out away from the host's files and from other containers.",
        evidence: "The container's process label and security options; whether the engine uses SELinux.",
        passes: "It has a label of type container_t, and neither labels are disabled nor level or type overridden. On \
                 hosts without SELinux it does not apply.",
        area: Area::Runtime,
        severity: Severity::High,
        practices: &[21],
        cis: &[Cis::same("5.3", 2)],
        rule: Rule::EachContainer(selinux),
        remedies: &[recreate(
            "Recreate the container without label options; mount with :z or :Z where files need it.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-seccomp",
        title: "A seccomp filter is active",
        why: "The filter keeps the rarely used system calls away in which most holes of the kernel were found.",
        evidence: "Seccomp mode of the main process; else the container's options, privileged mode and the daemon's \
                   default profile.",
        passes: "The kernel says that a filter is active; else no option switches it off, the container is not \
                 privileged and the daemon's default is not unconfined.",
        area: Area::Runtime,
        severity: Severity::High,
        cis: &[Cis::same("5.22", 1)],
        rule: Rule::EachContainer(seccomp),
        remedies: &[recreate(
            "Recreate the container without seccomp=unconfined; give it a profile of its own if it needs more.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-masked-paths",
        title: "Masked and read-only kernel paths are kept",
        why: "Unmasked, /proc and /sys show and change the host's kernel: keys, memory, interrupts.",
        evidence: "The paths that the engine masks for the container, and its security options.",
        passes: "The engine masks paths and no option unmasks them.",
        area: Area::Runtime,
        severity: Severity::High,
        practices: &[25],
        rule: Rule::EachContainer(masked),
        remedies: &[recreate(
            "Recreate the container without systempaths=unconfined.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-writable-cgroups",
        title: "cgroup filesystem is not writable inside",
        why: "Whoever writes the cgroup files lifts the limits of the container, and on old hierarchies gets out of it.",
        evidence: "Mounts below /sys/fs/cgroup and the option writable-cgroups.",
        passes: "Neither gives write access.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[25],
        rule: Rule::EachContainer(cgroups),
        remedies: &[recreate(
            "Recreate the container without that mount or option.",
        )],
        ..Control::BASE
    },
];

fn after_privileged(detail: &Detail, verdict: Verdict) -> Verdict {
    if detail.privileged {
        verdict.because_of("run-privileged")
    } else {
        verdict
    }
}

fn apparmor(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    if ctx.info()?.security("apparmor").is_none() {
        return Ok(Verdict::not_applicable(
            "the engine uses no AppArmor on this host",
        ));
    }
    let detail = container.detail()?;
    let profile = match options::value(detail, "apparmor") {
        Some(profile) if detail.apparmor_profile.is_empty() => profile,
        _ => detail.apparmor_profile.as_str(),
    };
    Ok(
        if detail.privileged && matches!(profile, "" | "unconfined") {
            after_privileged(
                detail,
                Verdict::fail("unconfined, because it is privileged", "a profile"),
            )
        } else if profile == "unconfined" {
            Verdict::fail("unconfined", "a profile")
        } else if profile.is_empty() && container.is_running() {
            Verdict::fail("no profile", "a profile")
        } else if profile.is_empty() {
            // An engine fills the profile in when it starts the container.
            Verdict::pass("the engine's default when it starts")
        } else {
            Verdict::pass(profile)
        },
    )
}

fn enforced(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    if ctx.info()?.security("apparmor").is_none() {
        return Ok(Verdict::not_applicable(
            "the engine uses no AppArmor on this host",
        ));
    }
    let profile = container.detail()?.apparmor_profile.as_str();
    if matches!(profile, "" | "unconfined") {
        return Ok(Verdict::not_applicable("no profile confines it"));
    }
    Ok(match ctx.host().profiles.known()?.get(profile) {
        Some(mode) if mode == "enforce" => Verdict::pass(format!("{profile} enforces")),
        Some(mode) => Verdict::fail(format!("{profile} is in mode {mode}"), "mode enforce"),
        None => Verdict::fail(format!("{profile} is not loaded"), "a loaded profile"),
    })
}

fn selinux(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    if ctx.info()?.security("selinux").is_none() {
        return Ok(Verdict::not_applicable(
            "the engine uses no SELinux on this host",
        ));
    }
    let detail = container.detail()?;
    let labels = options::values(detail, "label");
    let expected = "a label of type container_t, nothing overridden";
    if labels.contains(&"disable") {
        return Ok(after_privileged(
            detail,
            Verdict::fail("labels are disabled", expected),
        ));
    }
    if let Some(overridden) = labels.iter().find(|label| {
        label.starts_with("level:") || (label.starts_with("type:") && **label != "type:container_t")
    }) {
        return Ok(Verdict::fail(format!("label={overridden}"), expected));
    }
    let kind = detail.process_label.split(':').nth(2);
    Ok(match kind {
        Some("container_t") => Verdict::pass(&*detail.process_label),
        Some(_) => after_privileged(detail, Verdict::fail(&*detail.process_label, expected)),
        None => after_privileged(detail, Verdict::fail("no label", expected)),
    })
}

fn seccomp(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let expected = "a filter";
    let kernel = facts::process(ctx, detail).and_then(|status| match status.seccomp {
        Some(2) => Ok(Verdict::pass("the kernel filters")),
        Some(1) => Ok(Verdict::pass("the kernel filters strictly")),
        Some(_) => Ok(Verdict::fail("the kernel filters nothing", expected)),
        None => Err(Gap::unsupported(
            "the kernel does not tell its seccomp mode",
        )),
    });
    let setting = || match options::value(detail, "seccomp") {
        Some("unconfined") => Ok(Verdict::fail("seccomp=unconfined", expected)),
        Some(_) => Ok(Verdict::pass("a profile of its own")),
        None if detail.privileged => Ok(Verdict::fail("none, because it is privileged", expected)),
        None => Ok(match ctx.info()?.security("seccomp") {
            None => Verdict::fail("the engine has no seccomp", expected)
                .because_of("daemon-seccomp-profile"),
            Some(option)
                if option
                    .pairs
                    .iter()
                    .any(|(key, value)| key == "profile" && value == "unconfined") =>
            {
                Verdict::fail("the daemon's default is unconfined", expected)
                    .because_of("daemon-seccomp-profile")
            }
            Some(_) => Verdict::pass("the daemon's default profile"),
        }),
    };
    Ok(after_privileged(detail, first_known([kernel, setting()])?))
}

fn masked(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let expected = "the engine's masks";
    let unmasked = options::value(detail, "systempaths") == Some("unconfined");
    match &detail.masked_paths {
        _ if detail.privileged => Ok(after_privileged(
            detail,
            Verdict::fail("nothing is masked, because it is privileged", expected),
        )),
        _ if unmasked => Ok(Verdict::fail("systempaths=unconfined", expected)),
        Some(paths) if paths.is_empty() => Ok(Verdict::fail("nothing is masked", expected)),
        Some(paths) => Ok(Verdict::pass(format!("{} paths masked", paths.len()))),
        None => Err(Gap::unsupported("the engine does not tell what it masks")),
    }
}

fn cgroups(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let expected = "no write access to cgroups";
    let mounted = detail.mounts.iter().any(|mount| {
        mount.writable && facts::is_within(&facts::tidy_path(&mount.source), "/sys/fs/cgroup")
    });
    let option = options::value(detail, "writable-cgroups") == Some("true");
    Ok(if mounted {
        Verdict::fail("/sys/fs/cgroup is mounted writable", expected)
    } else if option {
        Verdict::fail("writable-cgroups=true", expected)
    } else if detail.privileged {
        after_privileged(
            detail,
            Verdict::fail("writable, because it is privileged", expected),
        )
    } else {
        Verdict::pass("read-only")
    })
}
