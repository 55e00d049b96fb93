//! Where the engine keeps its data.

use crate::controls::os::release::{is_image_based, release};
use crate::controls::prelude::*;
use crate::domain::evidence::engine::Info;
use crate::domain::evidence::host::FileSystem;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "host-data-root-partition",
        title: "Docker data root is on its own filesystem",
        why: "Images, layers and logs grow without asking. On the system's own file system they fill it, and then \
              nothing on the host works any more.",
        evidence: "The file systems that the data root and / are on, by device number.",
        passes: "The data root is on another file system than /. It is low while there is space; systems that are \
                 replaced as a whole keep their data apart by design.",
        area: Area::Host,
        severity: Severity::Medium,
        practices: &[6],
        cis: &[Cis::same("1.1.1", 1)],
        rule: Rule::Host(partition),
        remedies: &[guide(
            RemedyClass::Manual,
            "Make a file system for it, stop the engine, copy the data root with attributes and hard links, mount and \
             start.",
            "Unmount and start on the old folder, which stays untouched until the move is confirmed.",
        )],
        ..Control::BASE
    },
    Control {
        id: "host-containerd-root-partition",
        title: "With the containerd image store, containerd's root is also on its own filesystem",
        why: "With that store images and layers grow below containerd's folder, and the data root's own file system does not \
              help.",
        evidence: "The engine's image store; the file systems that containerd's root and / are on, by device number.",
        passes: "containerd's root is on another file system than /. With a graph driver the question does not arise.",
        area: Area::Host,
        severity: Severity::Medium,
        practices: &[6],
        cis: &[Cis::same("1.1.1", 1)],
        rule: Rule::Host(containerd_partition),
        remedies: &[guide(
            RemedyClass::Manual,
            "Make a file system for /var/lib/containerd, stop both services, copy it with attributes, mount and start.",
            "Unmount and start on the old folder, which stays untouched until the move is confirmed.",
        )],
        ..Control::BASE
    },
    Control {
        id: "host-fs-space",
        title: "File systems that the engine, its logs and bind sources live on have free space and inodes",
        why: "A full /var or / stops logins, logs and updates, and the engine with them.",
        evidence: "Bytes and inodes used on the file systems that were looked at.",
        passes: "At most 90 percent of both are used on each; above 80 percent is one severity lower. The data root's own file \
                 system has a control of its own.",
        area: Area::Host,
        severity: Severity::High,
        practices: &[6],
        rule: Rule::Many(all_space),
        remedies: &[guide(
            RemedyClass::Manual,
            "Find what grows (logs first) and bound it, or enlarge the file system.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "host-data-root-external",
        title: "Data root lies on a supported backing filesystem",
        why: "On network, memory or stacked file systems locks and links do not behave as the storage driver needs: \
              data is lost or the engine does not start.",
        evidence: "The backing file system that the engine names, else the type of the file system below the data root.",
        passes: "It is ext4, xfs, btrfs or zfs. External block storage is fine.",
        area: Area::Host,
        severity: Severity::Medium,
        practices: &[6, 32],
        rule: Rule::Host(backing),
        remedies: &[guide(
            RemedyClass::Manual,
            "Move the data root to local or block storage.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "host-data-root-space",
        title: "Data root has free space and inodes",
        why: "A full data root stops containers, pulls and logs at once, and often at night.",
        evidence: "Bytes and inodes used on the file system of the data root.",
        passes: "At most 90 percent of both are used; above 80 percent is one severity lower.",
        area: Area::Host,
        severity: Severity::High,
        practices: &[6],
        rule: Rule::Host(space),
        remedies: &[guide(
            RemedyClass::Live,
            "Remove what nothing uses, by name: build cache first, then untagged images.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "host-data-root-mount-options",
        title: "Mount options of the data root are workable and not harmful",
        why: "Volumes take over the options of the file system that they lie on, and so do the containers of storage drivers that \
              are not overlays. What hardens other file systems breaks them: programs do not start, or lose setuid silently.",
        evidence: "The mount options of the file system that the data root is on; with the containerd image store also of the one \
                   that containerd's root is on.",
        passes: "Neither noexec nor nosuid is among them.",
        area: Area::Host,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[6],
        rule: Rule::Host(mount_options),
        remedies: &[guide(
            RemedyClass::Manual,
            "Take the option away in fstab and mount the file system again in a maintenance window.",
            "Mount it with the old options.",
        )],
        ..Control::BASE
    },
];

/// The file system below the data root.
fn below_data_root<'a>(ctx: &Context<'a>) -> Known<&'a FileSystem> {
    let found = ctx.found()?;
    let root = if found.data_root.is_empty() {
        &ctx.info()?.root_dir
    } else {
        &found.data_root
    };
    below(ctx, root)
}

fn below<'a>(ctx: &Context<'a>, path: &str) -> Known<&'a FileSystem> {
    ctx.host()
        .filesystems
        .known()?
        .iter()
        .find(|system| system.path == path)
        .ok_or_else(|| Gap::no_data(format!("the file system of {path} was not read")))
}

fn partition(ctx: &Context<'_>) -> Known<Verdict> {
    own_file_system(ctx, below_data_root(ctx)?)
}

fn containerd_partition(ctx: &Context<'_>) -> Known<Verdict> {
    if !is_snapshotter(ctx.info()?) {
        return Ok(Verdict::not_applicable("images are kept in the data root"));
    }
    own_file_system(ctx, below(ctx, "/var/lib/containerd")?)
}

fn mount_options(ctx: &Context<'_>) -> Known<Verdict> {
    let mut parts = vec![below_data_root(ctx).map(workable)];
    match ctx.info() {
        Ok(info) if is_snapshotter(info) => {
            parts.push(below(ctx, "/var/lib/containerd").map(workable));
        }
        Ok(_) => {}
        Err(gap) => parts.push(Err(gap)),
    }
    all(parts)
}

fn workable(system: &FileSystem) -> Verdict {
    let harmful: Vec<_> = system
        .options
        .iter()
        .filter(|option| matches!(option.as_str(), "noexec" | "nosuid"))
        .collect();
    let observed = format!("{}: {}", system.mount, facts::joined(&system.options));
    if harmful.is_empty() {
        Verdict::pass(observed)
    } else {
        Verdict::fail(observed, "neither noexec nor nosuid")
    }
}

fn is_snapshotter(info: &Info) -> bool {
    info.driver_pair("driver-type") == Some("io.containerd.snapshotter.v1")
}

fn own_file_system(ctx: &Context<'_>, data: &FileSystem) -> Known<Verdict> {
    let root = below(ctx, "/")?;
    if data.device != root.device {
        return Ok(Verdict::pass(format!("{} on {}", data.kind, data.mount)));
    }
    if let Ok(release) = release(ctx)
        && is_image_based(&release.id)
    {
        return Ok(Verdict::not_applicable(format!(
            "{} keeps its data apart by design",
            release.pretty
        )));
    }
    let verdict = Verdict::fail(
        format!("{} shares the file system of /", data.path),
        "a file system of its own",
    );
    Ok(match data.used_percent {
        Some(used) if used <= 80 => verdict.at(Severity::Low),
        _ => verdict,
    })
}

fn backing(ctx: &Context<'_>) -> Known<Verdict> {
    let told = ctx.info().and_then(|info| {
        info.driver_pair("Backing Filesystem")
            .filter(|kind| !kind.is_empty() && *kind != "<unknown>")
            .map(str::to_owned)
            .ok_or_else(|| Gap::no_data("the engine does not name the backing file system"))
    });
    let kind = first_known([told, below_data_root(ctx).map(|system| system.kind.clone())])?;
    Ok(match kind.as_str() {
        "extfs" | "ext4" | "ext3" | "ext2/ext3" | "xfs" | "btrfs" | "zfs" => Verdict::pass(kind),
        _ => Verdict::fail(kind, "ext4, xfs, btrfs or zfs"),
    })
}

fn space(ctx: &Context<'_>) -> Known<Verdict> {
    fullness(below_data_root(ctx)?)
}

fn fullness(system: &FileSystem) -> Known<Verdict> {
    let bytes = system
        .used_percent
        .ok_or_else(|| Gap::no_data(format!("the free space of {} was not read", system.mount)))?;
    // File systems such as btrfs have no fixed number of inodes and tell none.
    let inodes = system.inodes_percent.map_or(0, |percent| percent);
    let observed = format!(
        "{bytes} % of bytes and {inodes} % of inodes used on {}",
        system.mount
    );
    Ok(match bytes.max(inodes) {
        0..=80 => Verdict::pass(observed),
        81..=90 => Verdict::fail(observed, "at most 80 %").at(Severity::Medium),
        _ => Verdict::fail(observed, "at most 90 %"),
    })
}

fn all_space(ctx: &Context<'_>) -> Known<Judged> {
    let systems = ctx.host().filesystems.known()?;
    let data = below_data_root(ctx)?;
    let mut seen = vec![data.mount.as_str()];
    let mut rows: Judged = Vec::new();
    for system in systems {
        if !seen.contains(&system.mount.as_str()) {
            seen.push(&system.mount);
            rows.push((Subject::file(&system.mount), fullness(system)));
        }
    }
    if rows.is_empty() {
        rows.push((
            Subject::host(),
            Ok(Verdict::not_applicable(
                "all is on the data root's file system",
            )),
        ));
    }
    Ok(rows)
}
