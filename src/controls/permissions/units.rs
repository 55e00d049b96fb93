//! Unit files of the engine.

use super::{OWN_AND_CLOSE, give_back_by};
use crate::controls::files;
use crate::controls::give_back;
use crate::controls::prelude::*;

const CONTAINERD: &[Place] = &[
    Place::Unit("containerd.service"),
    Place::DropIns("containerd.service"),
];

/// What all controls of this topic share.
const FILE: Control = Control {
    why: "Whoever can write the unit decides what runs as root at the next start of the engine.",
    evidence: "Numeric owner, group and mode of the unit file that systemd really uses, and of its drop-ins; links are followed.",
    passes: "It belongs to 0:0 and has no permission bit beyond 0644 (folders 0755), compared bitwise.",
    area: Area::Permissions,
    remedies: &[OWN_AND_CLOSE],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-docker-service-owner",
        title: "docker.service unit belongs to root",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.1", 1)],
        rule: Rule::FileOwner(Place::Unit("docker.service"), Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-docker-service-mode",
        title: "docker.service unit is not writable by others",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.2", 1)],
        rule: Rule::FileMode {
            place: Place::Unit("docker.service"),
            at_most: 0o644,
        },
        ..FILE
    },
    Control {
        id: "perm-docker-dropin",
        title: "Drop-ins of docker.service and their directories are root's",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.1", 1), Cis::same("3.2", 1)],
        rule: Rule::Many(drop_ins),
        places: &[Place::DropIns("docker.service")],
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::close(ctx, subject, 0o644, 0o755)
        })],
        ..FILE
    },
    Control {
        id: "perm-docker-socket-unit-owner",
        title: "docker.socket unit belongs to root",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.3", 1)],
        rule: Rule::FileOwner(Place::Unit("docker.socket"), Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-docker-socket-unit-mode",
        title: "docker.socket unit is not writable by others",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.4", 1)],
        rule: Rule::FileMode {
            place: Place::Unit("docker.socket"),
            at_most: 0o644,
        },
        ..FILE
    },
    Control {
        id: "perm-containerd-unit",
        title: "containerd.service and drop-ins are root's",
        severity: Severity::Medium,
        practices: &[38],
        rule: Rule::Many(|ctx| Ok(files::closed(ctx, CONTAINERD, 0o644, 0o755))),
        places: CONTAINERD,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::close(ctx, subject, 0o644, 0o755)
        })],
        ..FILE
    },
];

/// The drop-ins and the folders that hold them: who may write the folder can add a drop-in.
fn drop_ins(ctx: &Context<'_>) -> Known<Judged> {
    let mut rows = files::closed(ctx, &[Place::DropIns("docker.service")], 0o644, 0o755);
    let mut folders: Vec<String> = Vec::new();
    for path in ctx.host().paths(Place::DropIns("docker.service"))? {
        if let Some((folder, _)) = path.rsplit_once('/')
            && !folders.iter().any(|known| known == folder)
        {
            folders.push(folder.to_owned());
        }
    }
    for folder in folders {
        let verdict = match files::real(ctx, &folder) {
            Ok(Some(real)) => all([
                files::owned(ctx, Place::DropIns("docker.service"), Owner::Root, &real),
                Ok(files::narrow(&real, 0o755)),
            ]),
            Ok(None) => Ok(Verdict::not_applicable(format!("{folder} is not there"))),
            Err(gap) => Err(gap),
        };
        rows.push((Subject::file(&folder), verdict));
    }
    Ok(rows)
}
