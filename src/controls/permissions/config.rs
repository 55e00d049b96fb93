//! Configuration files and folders of the engine.

use super::{OWN_AND_CLOSE, give_back_by};
use crate::controls::files;
use crate::controls::give_back;
use crate::controls::prelude::*;

const CONTAINERD: &[Place] = &[
    Place::Fixed("/etc/containerd"),
    Place::Fixed("/etc/containerd/config.toml"),
    Place::Folders("/etc/containerd/certs.d"),
];
const KEY: &[Place] = &[Place::Fixed("/etc/docker/key.json")];

/// What all controls of this topic share.
const FILE: Control = Control {
    why: "These files decide how the engine starts, which registries it trusts and which keys it uses. Whoever can write them \
          becomes root at its next start.",
    evidence: "Numeric owner, group and mode of the file that the daemon really uses; links are followed.",
    passes: "It belongs to 0:0 and has no permission bit beyond the allowed ones, compared bitwise. A file that is not there does \
             not apply.",
    area: Area::Permissions,
    remedies: &[OWN_AND_CLOSE],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-etc-docker-owner",
        title: "/etc/docker belongs to root",
        severity: Severity::High,
        practices: &[39],
        cis: &[Cis::same("3.5", 1)],
        rule: Rule::FileOwner(Place::Fixed("/etc/docker"), Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-etc-docker-mode",
        title: "/etc/docker is not writable by others",
        severity: Severity::High,
        practices: &[39],
        cis: &[Cis::same("3.6", 1)],
        rule: Rule::FileMode {
            place: Place::Fixed("/etc/docker"),
            at_most: 0o755,
        },
        ..FILE
    },
    Control {
        id: "perm-daemon-json-owner",
        title: "daemon.json belongs to root",
        severity: Severity::High,
        practices: &[38],
        cis: &[Cis::same("3.17", 2)],
        rule: Rule::FileOwner(Place::DaemonConfig, Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-daemon-json-mode",
        title: "daemon.json is not writable by others",
        severity: Severity::High,
        practices: &[38],
        cis: &[Cis::same("3.18", 2)],
        rule: Rule::FileMode {
            place: Place::DaemonConfig,
            at_most: 0o644,
        },
        ..FILE
    },
    Control {
        id: "perm-default-docker-owner",
        title: "/etc/default/docker belongs to root",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.19", 2)],
        rule: Rule::FileOwner(Place::Fixed("/etc/default/docker"), Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-default-docker-mode",
        title: "/etc/default/docker is not writable by others",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.20", 2)],
        rule: Rule::FileMode {
            place: Place::Fixed("/etc/default/docker"),
            at_most: 0o644,
        },
        ..FILE
    },
    Control {
        id: "perm-sysconfig-docker-mode",
        title: "/etc/sysconfig/docker is not writable by others",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.21", 2)],
        rule: Rule::FileMode {
            place: Place::Fixed("/etc/sysconfig/docker"),
            at_most: 0o644,
        },
        ..FILE
    },
    Control {
        id: "perm-sysconfig-docker-owner",
        title: "/etc/sysconfig/docker belongs to root",
        severity: Severity::Medium,
        practices: &[38],
        cis: &[Cis::same("3.22", 2)],
        rule: Rule::FileOwner(Place::Fixed("/etc/sysconfig/docker"), Owner::Root),
        ..FILE
    },
    Control {
        id: "perm-containerd-config",
        title: "containerd configuration is root's",
        severity: Severity::Medium,
        practices: &[38],
        rule: Rule::Many(|ctx| Ok(files::closed(ctx, CONTAINERD, 0o644, 0o755))),
        places: CONTAINERD,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::close(ctx, subject, 0o644, 0o755)
        })],
        ..FILE
    },
    Control {
        id: "perm-key-json",
        title: "Engine identity key is private",
        severity: Severity::Medium,
        practices: &[39],
        rule: Rule::Many(|ctx| Ok(files::closed(ctx, KEY, 0o600, 0o700))),
        places: KEY,
        remedies: &[give_back_by(|ctx, _, subject| {
            give_back::close(ctx, subject, 0o600, 0o700)
        })],
        ..FILE
    },
];
