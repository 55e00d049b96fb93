//! The controls of the hand-made fleet.
//!
//! They carry ids of the catalogue but texts of their own, so that a better title there changes no golden file here.

use plimsoll::domain::control::{
    Area, Cis, Control, Parameter, ParameterKind, Preset, Remedy, RemedyClass, RemedyKind, Set,
};
use plimsoll::domain::severity::Severity;

pub(crate) static CONTROLS: &[Control] = &[
    Control {
        id: "os-cgroup-v2",
        title: "cgroup v2 is in use",
        why: "Limits of version 1 are incomplete.",
        evidence: "what the engine says of its cgroup version",
        passes: "when it is 2",
        area: Area::Os,
        severity: Severity::Low,
        practices: &[7, 35],
        ..Control::BASE
    },
    Control {
        id: "host-docker-group-trusted",
        title: "Only trusted accounts are in the docker group",
        why: "Membership equals root.",
        evidence: "the group's members",
        passes: "when each is listed in docker_users",
        area: Area::Host,
        severity: Severity::High,
        set: Set::Policy,
        practices: &[9],
        cis: &[Cis::same("1.1.2", 1)],
        parameters: &[Parameter {
            name: "docker_users",
            about: "accounts that may control the engine",
            default: Preset::Unset(ParameterKind::List),
        }],
        ..Control::BASE
    },
    Control {
        id: "image-nonroot-user",
        title: "Images set a user other than root",
        area: Area::Image,
        severity: Severity::Medium,
        practices: &[17],
        cis: &[Cis::same("4.1", 1)],
        remedies: &[Remedy {
            kind: RemedyKind::Guide,
            class: RemedyClass::RebuildImage,
            action: "add a user and switch to it",
            undo: "rebuild without",
            plan: None,
        }],
        ..Control::BASE
    },
    Control {
        id: "run-privileged",
        title: "No container is privileged",
        why: "A privileged container owns the host: every device, every capability.\nOne exploit inside is enough.",
        evidence: "HostConfig.Privileged of each container",
        passes: "when it is false",
        area: Area::Runtime,
        severity: Severity::Critical,
        practices: &[22],
        cis: &[Cis::moved("5.5", "5.4", 1)],
        remedies: &[
            Remedy {
                kind: RemedyKind::Auto,
                class: RemedyClass::RecreateContainer,
                action: "create the container again without the flag",
                undo: "create it again with the flag",
                plan: None,
            },
            Remedy {
                kind: RemedyKind::Guide,
                class: RemedyClass::Manual,
                action: "move the container to a host of its own",
                undo: "",
                plan: None,
            },
        ],
        ..Control::BASE
    },
    Control {
        id: "run-caps-added",
        title: "Containers get no capability that nobody listed",
        area: Area::Runtime,
        severity: Severity::High,
        practices: &[22],
        cis: &[Cis::same("5.4", 1)],
        parameters: &[Parameter {
            name: "allowed_capabilities",
            about: "capabilities that containers may have",
            default: Preset::List(&["NET_BIND_SERVICE"]),
        }],
        needs: &["run-privileged"],
        ..Control::BASE
    },
    Control {
        id: "daemon-icc",
        title: "Containers of the default network cannot talk to each other",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[28],
        cis: &[Cis::same("2.2", 1)],
        ..Control::BASE
    },
    Control {
        id: "perm-docker-sock-mode",
        title: "The engine's socket is closed to others",
        area: Area::Permissions,
        severity: Severity::High,
        practices: &[38],
        cis: &[Cis::same("3.16", 1)],
        ..Control::BASE
    },
    Control {
        id: "swarm-unneeded",
        title: "Swarm mode is on only where it is used",
        area: Area::Swarm,
        severity: Severity::Medium,
        cis: &[Cis::new_in_18("5.1", 1)],
        ..Control::BASE
    },
    Control {
        id: "ops-unhealthy",
        title: "No container reports itself as unhealthy",
        area: Area::Operations,
        severity: Severity::High,
        momentary: true,
        ..Control::BASE
    },
    Control {
        id: "ops-version-skew",
        title: "Engines of one group have one version",
        area: Area::Operations,
        severity: Severity::Low,
        practices: &[8],
        ..Control::BASE
    },
];
