//! How images and layers are stored.

use super::restart;
use crate::controls::prelude::*;

/// What all controls of this topic share.
const STORAGE: Control = Control {
    evidence: "The storage driver and what the engine says of it.",
    area: Area::Daemon,
    severity: Severity::High,
    practices: &[32],
    remedies: &[guide(
        RemedyClass::Manual,
        "Push or save the images, change to overlay2 in a maintenance window and load them again.",
        "Set the old driver's name again: its layers are still on disk.",
    )],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-storage-driver",
        title: "Storage driver is a supported one (overlay2 or containerd snapshotter)",
        why: "Drivers that were removed keep the next engine from starting; vfs copies every layer in full.",
        passes: "It is overlay2, btrfs, zfs, for rootless engines fuse-overlayfs, or a containerd snapshotter; vfs is medium.",
        cis: &[Cis::same("2.6", 1), Cis::new_in_18("2.7", 1)],
        rule: Rule::Daemon(driver),
        ..STORAGE
    },
    Control {
        id: "daemon-storage-aufs",
        title: "aufs is not in use",
        why: "aufs was never part of the kernel and engines from 24.0 on do not start with it.",
        passes: "The driver is another one.",
        cis: &[Cis::same("2.6", 1)],
        rule: Rule::Daemon(|ctx| without(ctx, "aufs")),
        ..STORAGE
    },
    Control {
        id: "daemon-storage-devicemapper",
        title: "devicemapper is not in use",
        why: "Engines from 25.0 on do not start with it, and on loop files it loses data.",
        passes: "The driver is another one. On loop files it is critical.",
        cis: &[Cis::new_in_18("2.7", 1)],
        rule: Rule::Daemon(devicemapper),
        ..STORAGE
    },
    Control {
        id: "daemon-storage-dtype",
        title: "Backing filesystem supports d_type",
        why: "Without it overlay file systems show files that were deleted, and images break in ways nobody understands.",
        passes: "The driver says so. Drivers that do not need it do not apply.",
        rule: Rule::Daemon(d_type),
        remedies: &[guide(
            RemedyClass::Manual,
            "Make the file system anew with ftype=1 and move the data root to it.",
            "",
        )],
        ..STORAGE
    },
    Control {
        id: "daemon-dm-basesize",
        title: "devicemapper base size is unchanged",
        why: "Another base size makes containers fail in ways that point elsewhere.",
        evidence: "The storage driver; the effective setting storage-opts.",
        passes: "dm.basesize is not set. With other drivers the question does not arise.",
        severity: Severity::Info,
        set: Set::Informational,
        practices: &[],
        cis: &[Cis::moved("2.12", "2.11", 2)],
        rule: Rule::Daemon(base_size),
        remedies: &[restart(
            "Take dm.basesize away and restart, when devicemapper is given up.",
        )],
        ..STORAGE
    },
    Control {
        id: "daemon-live-restore",
        title: "Containers survive a daemon stop",
        why: "Without it every restart of the daemon, and so every update and most repairs, stops all containers.",
        evidence: "Whether the engine says that live restore is on, and its swarm state.",
        passes: "It is on. Members of a swarm cannot have it.",
        severity: Severity::Medium,
        practices: &[],
        cis: &[Cis::moved("2.16", "2.15", 1)],
        rule: Rule::Daemon(live_restore),
        remedies: &[super::reload(
            "Write live-restore=true in daemon.json and reload; do this before anything that restarts.",
        )],
        ..STORAGE
    },
    Control {
        id: "daemon-experimental",
        title: "Experimental features are off",
        why: "Experimental features change or go without notice and are tested less.",
        evidence: "Whether the engine says that they are on.",
        passes: "They are off.",
        severity: Severity::Low,
        practices: &[],
        cis: &[Cis::moved("2.19", "2.18", 1)],
        rule: Rule::Daemon(experimental),
        remedies: &[restart("Take experimental away and restart.")],
        ..STORAGE
    },
    Control {
        id: "daemon-image-store",
        title: "Image store type is known and its side effects understood",
        why: "With containerd's image store images and layers lie below /var/lib/containerd, where space, permissions and backups \
              have to be looked after too, and remapped users are not supported.",
        passes: "The store is not combined with remapped users. What is in use is shown either way.",
        severity: Severity::Info,
        set: Set::Informational,
        practices: &[32, 34],
        rule: Rule::Daemon(image_store),
        remedies: &[guide(
            RemedyClass::Manual,
            "Choose one of the two: the containerd image store, or remapped users. Each change of the store hides the images of \
             the other one until it is changed back.",
            "Change it back: the old store is still on disk.",
        )],
        ..STORAGE
    },
];

fn driver(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    let driver = info.driver.as_str();
    let expected = "overlay2 or a containerd snapshotter";
    let snapshotter = info.driver_pair("driver-type") == Some("io.containerd.snapshotter.v1");
    Ok(match driver {
        "native" if snapshotter => {
            Verdict::fail("native snapshotter: every layer is a copy", expected)
                .at(Severity::Medium)
        }
        _ if snapshotter => Verdict::pass(format!("{driver} (containerd snapshotter)")),
        "overlay2" | "btrfs" | "zfs" => Verdict::pass(driver),
        "fuse-overlayfs" if info.rootless() => Verdict::pass(driver),
        "vfs" => Verdict::fail("vfs: every layer is a copy", expected).at(Severity::Medium),
        "aufs" => Verdict::fail(driver, expected).because_of("daemon-storage-aufs"),
        "devicemapper" => Verdict::fail(driver, expected).because_of("daemon-storage-devicemapper"),
        _ => Verdict::fail(driver, expected),
    })
}

fn without(ctx: &Context<'_>, name: &str) -> Known<Verdict> {
    let driver = ctx.info()?.driver.as_str();
    Ok(if driver == name {
        Verdict::fail(driver, "another driver")
    } else {
        Verdict::pass(driver)
    })
}

fn devicemapper(ctx: &Context<'_>) -> Known<Verdict> {
    let verdict = without(ctx, "devicemapper")?;
    Ok(if ctx.info()?.driver_pair("Data loop file").is_some() {
        verdict.at(Severity::Critical)
    } else {
        verdict
    })
}

fn base_size(ctx: &Context<'_>) -> Known<Verdict> {
    let driver = ctx.info()?.driver.as_str();
    if driver != "devicemapper" {
        return Ok(Verdict::not_applicable(format!("{driver} has none")));
    }
    let mut options = facts::list(ctx, "storage-opts")?;
    options.extend(facts::list(ctx, "storage-opt")?);
    Ok(
        match options
            .iter()
            .find(|option| option.starts_with("dm.basesize"))
        {
            Some(option) => Verdict::fail(option, "not set"),
            None => Verdict::pass("not set"),
        },
    )
}

fn d_type(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    Ok(match info.driver_pair("Supports d_type") {
        Some("true") => Verdict::pass("true"),
        Some(other) => Verdict::fail(other, "true"),
        None if matches!(info.driver.as_str(), "overlay2" | "overlay")
            && info.driver_pair("driver-type").is_none() =>
        {
            return Err(Gap::unsupported(
                "the engine does not tell whether d_type is supported",
            ));
        }
        None => Verdict::not_applicable(format!("{} does not need it", info.driver)),
    })
}

fn live_restore(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    Ok(
        if matches!(info.swarm_state.as_str(), "active" | "locked" | "pending") {
            Verdict::not_applicable("a member of a swarm cannot have it")
        } else if info.live_restore {
            Verdict::pass("on")
        } else {
            Verdict::fail("off", "on")
        },
    )
}

fn experimental(ctx: &Context<'_>) -> Known<Verdict> {
    Ok(if ctx.info()?.experimental {
        Verdict::fail("on", "off")
    } else {
        Verdict::pass("off")
    })
}

fn image_store(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    let driver = &info.driver;
    Ok(match info.driver_pair("driver-type") {
        None => Verdict::pass(format!("graph driver {driver} below {}", info.root_dir)),
        Some(_) if info.security("userns").is_some() => Verdict::fail(
            format!("containerd image store ({driver}) with remapped users"),
            "one of the two",
        ),
        Some(_) => Verdict::pass(format!(
            "containerd image store ({driver}) below containerd's root"
        )),
    })
}
