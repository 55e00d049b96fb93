//! The platform as a whole: support, mandatory access control, clock, overdue reboots.

use super::release::{is_image_based, release, support};
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "os-supported-platform",
        title: "Host OS release is supported by Docker and not end-of-life",
        why: "A release without security updates keeps every hole that is found from then on, in the kernel that all \
              containers share. Packages of the engine stop being built for it as well.",
        evidence: "ID and VERSION_ID of os-release, else the name that the engine gives the system; a bundled, dated \
                   table of support ends.",
        passes: "The release is in the table and its support ends after today. A system that is not in the table is \
                 not checked.",
        area: Area::Os,
        severity: Severity::Medium,
        practices: &[1, 2],
        rule: Rule::Host(supported),
        remedies: &[guide(
            RemedyClass::Manual,
            "Drain the host and upgrade it to a supported release, or replace it.",
            "Return to the snapshot or partition taken before the upgrade.",
        )],
        ..Control::BASE
    },
    Control {
        id: "os-selection-policy",
        title: "Host OS is one the organisation allows for this workload class",
        why: "A system that nobody chose is one that nobody patches.",
        evidence: "ID and VERSION_ID of os-release, else the name that the engine gives the system.",
        passes: "The system, or system:version, is in policy allowed_systems. Without that list it is for a person to look at.",
        area: Area::Os,
        severity: Severity::Low,
        set: Set::Policy,
        practices: &[2],
        parameters: &[Parameter {
            name: "allowed_systems",
            about: "Systems that hosts may run, such as debian or debian:13",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::Host(selection),
        remedies: &[guide(
            RemedyClass::Manual,
            "Move the workload to an allowed system, or allow this one.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "os-auto-update",
        title: "OS security updates are automatic and no reboot is overdue",
        why: "Between a hole and its repair lies the time until somebody thinks of it.",
        evidence: "Units that update the system by themselves. Overdue reboots have a control of their own.",
        passes: "One of them is enabled. With policy patching = \"central\" it is for a person to look at.",
        area: Area::Os,
        severity: Severity::Medium,
        practices: &[4, 7],
        parameters: &[Parameter {
            name: "patching",
            about: "\"central\" where updates are rolled out from elsewhere",
            default: Preset::Unset(ParameterKind::Text),
        }],
        rule: Rule::Host(updates),
        remedies: &[guide(
            RemedyClass::Live,
            "Enable the updater of the system: systemctl enable --now apt-daily-upgrade.timer, dnf-automatic-install.timer or \
             zincati.service. An update of the engine restarts it: pin it first where that matters.",
            "systemctl disable --now the same unit.",
        )],
        ..Control::BASE
    },
    Control {
        id: "os-container-optimized",
        title: "A container-optimised OS is used where policy does not forbid it",
        why: "Such systems ship little besides the engine, are updated as a whole and can go back. This is advice: \
              many fleets have good reasons for a general system.",
        evidence: "ID of os-release, else the name that the engine gives the system.",
        passes: "The system is one of the maintained container systems, such as Flatcar, Fedora CoreOS, Bottlerocket, \
                 MicroOS or Talos.",
        area: Area::Os,
        severity: Severity::Info,
        set: Set::Informational,
        practices: &[2, 3],
        rule: Rule::Host(container_optimized),
        remedies: &[guide(
            RemedyClass::Manual,
            "Consider a container system when the host is next replaced.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "os-mac-enabled",
        title: "AppArmor or SELinux is enforcing and Docker sees it",
        why: "Mandatory access control still holds a process that has become root in its container. Without it the \
              kernel's own checks are the last wall.",
        evidence: "AppArmor and SELinux state of the kernel; the engine's security options.",
        passes: "AppArmor is enabled, or SELinux is enforcing. Whether the daemon uses SELinux is a control of its own.",
        area: Area::Os,
        severity: Severity::High,
        practices: &[20, 21],
        rule: Rule::Host(mac),
        remedies: &[guide(
            RemedyClass::Manual,
            "Enable AppArmor or SELinux in the kernel's command line and reboot in a maintenance window.",
            "Take the argument away and reboot.",
        )],
        ..Control::BASE
    },
    Control {
        id: "os-time-sync",
        title: "Clock is synchronised",
        why: "Certificates, logs and audit records are only as good as the clock: a host that lives in another minute \
              cannot be compared with the others.",
        evidence: "The engine's clock compared with ours, half the round trip taken off.",
        passes: "The clocks differ by at most 2 seconds; up to 30 seconds is one severity lower.",
        area: Area::Os,
        severity: Severity::Medium,
        rule: Rule::Host(clock),
        remedies: &[guide(
            RemedyClass::Live,
            "Enable a time service: systemctl enable --now chronyd, or systemd-timesyncd.",
            "systemctl disable --now the same service.",
        )],
        ..Control::BASE
    },
    Control {
        id: "os-reboot-overdue",
        title: "No installed kernel or library update waits for a reboot longer than the policy allows",
        why: "A fixed kernel on disk protects nobody while the old one runs.",
        evidence: "The mark that the package system leaves when a reboot is needed, and its age.",
        passes: "No reboot is pending, or it has been for at most the allowed number of days.",
        area: Area::Os,
        severity: Severity::Medium,
        practices: &[4, 7],
        parameters: &[Parameter {
            name: "reboot_days",
            about: "Days that a needed reboot may wait",
            default: Preset::Int(7),
        }],
        rule: Rule::Host(reboot),
        places: &[Place::Fixed(REBOOT_MARK)],
        remedies: &[guide(
            RemedyClass::Manual,
            "Drain the host and reboot it in a maintenance window.",
            "",
        )],
        ..Control::BASE
    },
];

const REBOOT_MARK: &str = "/run/reboot-required";
const DAY: i64 = 86_400;

fn supported(ctx: &Context<'_>) -> Known<Verdict> {
    let release = release(ctx)?;
    if release.id == "docker-desktop" {
        return Ok(Verdict::not_applicable(
            "the virtual machine of Docker Desktop is updated with it",
        ));
    }
    let Some(row) = support(ctx, &release) else {
        return Err(Gap::no_data(format!(
            "{} is not in the table of {}",
            release.pretty, ctx.tables.dated
        )));
    };
    let moving = if row.successor.is_empty() {
        String::new()
    } else {
        format!("; move to {}", row.successor)
    };
    Ok(match row.ends_day {
        None => Verdict::pass(format!("{}: updated continuously", release.pretty)),
        Some(day) if day < ctx.now().div_euclid(DAY) => Verdict::fail(
            if row.ends.is_empty() {
                format!("{}: support has ended{moving}", release.pretty)
            } else {
                format!("{}: support ended on {}{moving}", release.pretty, row.ends)
            },
            "a release that is still supported",
        ),
        Some(_) => Verdict::pass(format!("{}: supported until {}", release.pretty, row.ends)),
    })
}

fn selection(ctx: &Context<'_>) -> Known<Verdict> {
    let release = release(ctx)?;
    let Some(allowed) = ctx.list("allowed_systems") else {
        return Ok(Verdict::manual(format!(
            "{}; no policy allowed_systems",
            release.pretty
        )));
    };
    let exact = format!("{}:{}", release.id, release.version);
    Ok(
        if allowed
            .iter()
            .any(|system| *system == release.id || *system == exact)
        {
            Verdict::pass(release.pretty)
        } else {
            Verdict::fail(release.pretty, "a system of policy allowed_systems")
        },
    )
}

/// Units that install updates by themselves.
const UPDATERS: &[&str] = &[
    "apt-daily-upgrade.timer",
    "dnf-automatic.timer",
    "dnf-automatic-install.timer",
    "dnf5-automatic.timer",
    "zincati.service",
    "update-engine.service",
    "transactional-update.timer",
    "rpm-ostreed-automatic.timer",
];

fn updates(ctx: &Context<'_>) -> Known<Verdict> {
    if ctx.text("patching").as_deref() == Some("central") {
        return Ok(Verdict::manual(
            "policy says that updates are rolled out from elsewhere: are they?",
        ));
    }
    let units = ctx.host().units.known()?;
    let enabled = |name: &str| {
        units.get(name).is_some_and(|unit| {
            matches!(
                unit.enabled.as_str(),
                "enabled" | "enabled-runtime" | "static" | "alias"
            )
        })
    };
    // Debian's timer runs with or without the package that does the work.
    let works =
        |name: &str| name != "apt-daily-upgrade.timer" || enabled("unattended-upgrades.service");
    Ok(
        match UPDATERS.iter().find(|name| enabled(name) && works(name)) {
            Some(name) => Verdict::pass(format!("{name} is enabled")),
            None => Verdict::fail("no updater is enabled", "an updater that runs by itself"),
        },
    )
}

fn container_optimized(ctx: &Context<'_>) -> Known<Verdict> {
    let release = release(ctx)?;
    Ok(if is_image_based(&release.id) {
        Verdict::pass(release.pretty)
    } else {
        Verdict::fail(
            release.pretty,
            "a container system, where nothing speaks against one",
        )
    })
}

fn mac(ctx: &Context<'_>) -> Known<Verdict> {
    let kernel = ctx
        .host()
        .mac
        .known()
        .and_then(|mac| match mac.selinux.as_deref() {
            _ if mac.apparmor => Ok(Verdict::pass("AppArmor is enabled")),
            Some("enforcing") => Ok(Verdict::pass("SELinux is enforcing")),
            Some(state) => {
                let verdict = Verdict::fail(
                    format!("SELinux is {state}"),
                    "SELinux enforcing, or AppArmor enabled",
                );
                Ok(if release(ctx)?.id == "flatcar" {
                    verdict.at(Severity::Low)
                } else {
                    verdict
                })
            }
            None => Ok(Verdict::fail(
                "neither AppArmor nor SELinux",
                "one of them active in the kernel",
            )),
        });
    // An engine that names one of them proves that the kernel has it; one that names none proves nothing, because
    // SELinux support may be switched off in the daemon alone.
    let engine = ctx.info().and_then(|info| {
        if info.security("apparmor").is_some() {
            Ok(Verdict::pass("the engine uses AppArmor"))
        } else if info.security("selinux").is_some() {
            Ok(Verdict::pass("the engine uses SELinux"))
        } else {
            Err(Gap::no_data(
                "the engine names neither AppArmor nor SELinux; the kernel was not asked",
            ))
        }
    });
    first_known([kernel, engine])
}

fn clock(ctx: &Context<'_>) -> Known<Verdict> {
    let skew = ctx
        .info()?
        .clock_skew_ms
        .ok_or_else(|| Gap::unsupported("the engine does not tell its time"))?;
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let observed = format!("{:+.1} s from ours", skew as f64 / 1000.0);
    Ok(match skew.unsigned_abs() {
        0..=2_000 => Verdict::pass(observed),
        2_001..=30_000 => Verdict::fail(observed, "at most 2 s").at(Severity::Low),
        _ => Verdict::fail(observed, "at most 2 s"),
    })
}

fn reboot(ctx: &Context<'_>) -> Known<Verdict> {
    if !*ctx.host().reboot_required.known()? {
        return Ok(Verdict::pass("no reboot is pending"));
    }
    let Some(mark) = ctx.host().file(REBOOT_MARK)? else {
        return Err(Gap::no_data("a reboot is pending, but not since when"));
    };
    let days = (ctx.now() - mark.mtime).max(0) / DAY;
    let allowed = ctx.int("reboot_days").map_or(7, |days| days);
    let observed = format!("a reboot has been pending for {days} days");
    Ok(if days > allowed {
        Verdict::fail(observed, format!("at most {allowed} days"))
    } else {
        Verdict::pass(observed)
    })
}
