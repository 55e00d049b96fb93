//! The sockets through which root is handed out.

use crate::controls::prelude::*;
use crate::controls::{auto, give_back};

/// What all controls of this topic share.
const FILE: Control = Control {
    why: "Whoever may open this socket starts what they like as root. Its mode is the whole wall.",
    evidence: "Numeric owner, group, mode and access list of the sockets that the engine really listens on; links are \
               followed.",
    passes: "It belongs to root and the configured group, and has no permission bit beyond 0660 and no further entry in \
             its access list.",
    area: Area::Permissions,
    remedies: &[auto(
        RemedyClass::Live,
        "chown and chmod the socket, where no unit brings the old mode back; else SocketUser, SocketGroup and SocketMode of \
         the socket unit are corrected by a drop-in.",
        "Put the recorded numeric owner, group and mode back.",
        give_back::by_rule,
    )],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-docker-sock-owner",
        title: "Docker socket belongs to root and the docker group",
        severity: Severity::High,
        practices: &[38],
        cis: &[Cis::same("3.15", 1)],
        rule: Rule::FileOwner(Place::EngineSocket, Owner::RootAndEngineGroup),
        ..FILE
    },
    Control {
        id: "perm-docker-sock-mode",
        title: "Docker socket is closed to others",
        severity: Severity::Critical,
        practices: &[38],
        cis: &[Cis::same("3.16", 1)],
        rule: Rule::FileMode {
            place: Place::EngineSocket,
            at_most: 0o660,
        },
        ..FILE
    },
    Control {
        id: "perm-containerd-sock-owner",
        title: "containerd socket belongs to root",
        severity: Severity::High,
        practices: &[38],
        cis: &[Cis::same("3.23", 1)],
        rule: Rule::FileOwner(Place::ContainerdSocket, Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-containerd-sock-mode",
        title: "containerd socket is closed to others",
        severity: Severity::Critical,
        practices: &[38],
        cis: &[Cis::same("3.24", 1)],
        rule: Rule::FileMode {
            place: Place::ContainerdSocket,
            at_most: 0o660,
        },
        ..FILE
    },
];
