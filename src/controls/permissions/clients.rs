//! What Docker's clients keep on the host, and what containerd keeps.

use super::{OWN_AND_CLOSE, give_back_by};
use crate::controls::files::{Real, closed, each, narrow, owned};
use crate::controls::give_back;
use crate::controls::prelude::*;

const CLIENT: &[Place] = &[
    Place::Fixed("/root/.docker"),
    Place::Fixed("/root/.docker/config.json"),
];
const KEYS: &[Place] = &[Place::Below("/root/.docker", "key.pem")];
const CONTAINERD: &[Place] = &[
    Place::Fixed("/var/lib/containerd"),
    Place::Fixed("/run/containerd"),
    Place::Fixed("/run/containerd/io.containerd.grpc.v1.cri"),
    Place::Fixed("/run/containerd/io.containerd.sandbox.controller.v1.shim"),
];

/// What all controls of this topic share.
const FILE: Control = Control {
    evidence: "Numeric owner, group and mode; links are followed.",
    area: Area::Permissions,
    remedies: &[OWN_AND_CLOSE],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-containerd-root",
        title: "containerd's directories are closed",
        why: "Images, layers and the state of running containers lie here; older releases made the folders open to every \
              local user.",
        passes: "They belong to 0:0; /var/lib/containerd and the two inner folders have no permission bit beyond 0700, \
                 /run/containerd none beyond 0711.",
        severity: Severity::High,
        practices: &[38],
        rule: Rule::Many(|ctx| {
            Ok(each(ctx, CONTAINERD, |place, real| {
                containerd(ctx, place, real)
            }))
        }),
        places: CONTAINERD,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::containerd(ctx, subject)
        })],
        ..FILE
    },
    Control {
        id: "perm-client-config-root",
        title: "Root's Docker client configuration is private",
        why: "Passwords of registries lie in it, encoded but not encrypted.",
        passes: "The folder belongs to 0:0 and has no permission bit beyond 0700, the file none beyond 0600.",
        severity: Severity::Medium,
        practices: &[38],
        rule: Rule::Many(|ctx| Ok(closed(ctx, CLIENT, 0o600, 0o700))),
        places: CLIENT,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::close(ctx, subject, 0o600, 0o700)
        })],
        ..FILE
    },
    Control {
        id: "perm-client-certs",
        title: "Client TLS keys are private",
        why: "Whoever has a client's key is root on every engine that trusts it.",
        passes: "Each key below /root/.docker belongs to 0:0 and has no permission bit beyond 0600.",
        severity: Severity::High,
        practices: &[38],
        cis: &[Cis::same("3.14", 1)],
        rule: Rule::Many(|ctx| Ok(closed(ctx, KEYS, 0o600, 0o700))),
        places: KEYS,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::close(ctx, subject, 0o600, 0o700)
        })],
        ..FILE
    },
];

fn containerd(ctx: &Context<'_>, place: Place, real: &Real<'_>) -> Known<Verdict> {
    let at_most = if place == Place::Fixed("/run/containerd") {
        0o711
    } else {
        0o700
    };
    all([
        owned(ctx, place, Owner::Root, real),
        Ok(narrow(real, at_most)),
    ])
}
