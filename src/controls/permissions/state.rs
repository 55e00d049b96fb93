//! Data, state and programs of the engine, and the folders above everything that is checked.

use std::collections::BTreeMap;

use super::{OWN_AND_CLOSE, give_back_by};
use crate::controls::files::{closed, each, narrow, owned, paths, real};
use crate::controls::give_back;
use crate::controls::prelude::*;

const EXEC_ROOT: &[Place] = &[Place::Fixed("/run/docker")];
const PROGRAMS: &[Place] = &[
    Place::Program("dockerd"),
    Place::Program("docker"),
    Place::Program("docker-proxy"),
    Place::Program("docker-init"),
    Place::Program("containerd"),
    Place::Program("containerd-shim-runc-v2"),
    Place::Program("runc"),
    Place::Program("ctr"),
];

/// What all controls of this topic share.
const FILE: Control = Control {
    why: "Layers, volumes and key material of all containers lie here, with the owners that they have inside: a local \
          user who gets in reads and changes them past every container's wall.",
    evidence: "Numeric owner, group and mode; links are followed.",
    passes: "It belongs to 0:0 and has no permission bit beyond the allowed ones, compared bitwise.",
    area: Area::Permissions,
    remedies: &[OWN_AND_CLOSE],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-data-root",
        title: "Data root is closed",
        severity: Severity::High,
        practices: &[38],
        passes: "It belongs to root (with user namespaces to the remapped group) and has no permission bit beyond 0711.",
        rule: Rule::Many(|ctx| Ok(data_root(ctx))),
        places: &[Place::DataRoot],
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::data_root(ctx, subject)
        })],
        ..FILE
    },
    Control {
        id: "perm-exec-root",
        title: "Exec root is closed",
        severity: Severity::Medium,
        practices: &[38],
        passes: "/run/docker belongs to 0:0 and has no permission bit beyond 0711; the engine makes it 0700.",
        rule: Rule::Many(|ctx| Ok(closed(ctx, EXEC_ROOT, 0o711, 0o711))),
        places: EXEC_ROOT,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::close(ctx, subject, 0o711, 0o711)
        })],
        ..FILE
    },
    Control {
        id: "perm-binaries",
        title: "Docker binaries are root's and not writable",
        severity: Severity::High,
        practices: &[11, 38],
        why: "Whoever can replace one of these programs is root when it next starts.",
        passes: "Each belongs to 0:0, has no permission bit beyond 0755 and is neither setuid nor setgid.",
        rule: Rule::Many(|ctx| Ok(closed(ctx, PROGRAMS, 0o755, 0o755))),
        places: PROGRAMS,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::close(ctx, subject, 0o755, 0o755)
        })],
        ..FILE
    },
    Control {
        id: "perm-path-parents",
        title: "No checked file has a writable or symlinked parent",
        severity: Severity::High,
        practices: &[38],
        why: "The mode of a file means little when somebody else may rename the folder that it is in and put another in \
              its place.",
        evidence: "Numeric owner and mode of every folder above every file that another control checks.",
        passes: "Each belongs to root or to the file's own owner, and neither group nor others may write it unless it is \
                 sticky. Debian's /usr/local, which group staff may write, is known.",
        rule: Rule::Many(|ctx| Ok(parents(ctx))),
        remedies: &[guide(
            RemedyClass::Manual,
            "Take the write bit of group and others from the folder, after finding out who relies on it.",
            "Put the recorded mode back.",
        )],
        ..FILE
    },
];

fn data_root(ctx: &Context<'_>) -> Judged {
    // With remapped users the engine gives the root to the group that containers' root is mapped to.
    let remapped = ctx.info().map(|info| info.security("userns").is_some());
    each(ctx, &[Place::DataRoot], |place, real| {
        let owner = match &remapped {
            Ok(true) if real.stat.uid == 0 => Ok(Verdict::pass(format!(
                "0:{} (user namespaces)",
                real.stat.gid
            ))),
            _ => owned(ctx, place, Owner::Root, real),
        };
        all([owner, Ok(narrow(real, 0o711))])
    })
}

/// Debian lets group staff write below /usr/local.
const STAFF: u32 = 50;

fn parents(ctx: &Context<'_>) -> Judged {
    let mut folders: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut open = None;
    for place in crate::controls::places() {
        let paths = match paths(ctx, place) {
            Ok(paths) => paths,
            Err(gap) => {
                open = open.or(Some(gap));
                continue;
            }
        };
        for path in paths {
            let real = match real(ctx, &path) {
                Ok(Some(real)) => real,
                Ok(None) => continue,
                Err(gap) => {
                    open = open.or(Some(gap));
                    continue;
                }
            };
            let mut above = real.canonical;
            while let Some((parent, _)) = above.rsplit_once('/') {
                if parent.is_empty() {
                    break;
                }
                folders
                    .entry(parent.to_owned())
                    .or_default()
                    .push(real.stat.uid);
                above = parent;
            }
        }
    }
    let mut rows: Judged = folders
        .iter()
        .map(|(folder, owners)| (Subject::file(folder), parent(ctx, folder, owners)))
        .collect();
    if let Some(gap) = open {
        rows.push((Subject::host(), Err(gap)));
    } else if rows.is_empty() {
        rows.push((
            Subject::host(),
            Ok(Verdict::not_applicable("no checked file is there")),
        ));
    }
    rows
}

fn parent(ctx: &Context<'_>, folder: &str, owners: &[u32]) -> Known<Verdict> {
    let Some(stat) = ctx.host().file(folder)? else {
        return Err(Gap::no_data(format!("{folder} was not read")));
    };
    let observed = format!("{}:{} {:04o}", stat.uid, stat.gid, stat.mode & 0o7777);
    let expected = "root's, and not writable by group or others";
    if stat.uid != 0 && !owners.iter().all(|owner| *owner == stat.uid) {
        return Ok(Verdict::fail(observed, expected));
    }
    let staff =
        stat.gid == STAFF && facts::is_within(folder, "/usr/local") && stat.mode & 0o002 == 0;
    let sticky = stat.mode & 0o1000 != 0;
    Ok(if stat.mode & 0o022 == 0 || sticky || staff {
        Verdict::pass(observed)
    } else {
        Verdict::fail(observed, expected)
    })
}
