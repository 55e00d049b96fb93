//! The catalogue that the screens are tested with: few controls, one of each kind.

use plimsoll::domain::control::{Area, Cis, Control, Owner, Remedy, RemedyClass, RemedyKind, Rule};
use plimsoll::domain::place::Place;
use plimsoll::domain::severity::Severity;

const NUMBERS: &[Cis] = &[Cis::moved("2.2", "2.1", 1)];

const REMEDY: Remedy = Remedy {
    kind: RemedyKind::Auto,
    class: RemedyClass::Live,
    action: "Set owner root:root.",
    undo: "Set the owner back.",
    plan: None,
};

const fn control(
    id: &'static str,
    title: &'static str,
    area: Area,
    severity: Severity,
    rule: Rule,
    remedies: &'static [Remedy],
) -> Control {
    Control {
        id,
        title,
        why: "Whoever reaches it controls the host: containers can be started with the host's files inside.",
        evidence: "The engine's answers and the files that configure it.",
        passes: "as wanted",
        area,
        severity,
        cis: NUMBERS,
        practices: &[28],
        rule,
        remedies,
        ..Control::BASE
    }
}

const fn remedy(kind: RemedyKind, class: RemedyClass, action: &'static str) -> Remedy {
    Remedy {
        kind,
        class,
        action,
        undo: "Restore the backup and restart.",
        plan: None,
    }
}

static CONTROLS: [Control; 12] = [
    control(
        "daemon-tls-verify",
        "Every TCP listener requires client certificates",
        Area::Daemon,
        Severity::Critical,
        Control::BASE.rule,
        &[remedy(
            RemedyKind::Auto,
            RemedyClass::RestartDaemon,
            "Remove the listener, or give it certificates.",
        )],
    ),
    control(
        "daemon-icc",
        "Traffic between containers on the default bridge is off",
        Area::Daemon,
        Severity::Medium,
        Control::BASE.rule,
        &[remedy(
            RemedyKind::Auto,
            RemedyClass::RestartDaemon,
            "Set \"icc\": false in daemon.json.",
        )],
    ),
    control(
        "daemon-live-restore",
        "Containers survive a stop of the daemon",
        Area::Daemon,
        Severity::Medium,
        Control::BASE.rule,
        &[remedy(
            RemedyKind::Auto,
            RemedyClass::Reload,
            "Set \"live-restore\": true in daemon.json.",
        )],
    ),
    control(
        "daemon-log-level",
        "The log level is info",
        Area::Daemon,
        Severity::Low,
        Control::BASE.rule,
        &[],
    ),
    control(
        "host-api-listener",
        "The engine listens on no open TCP port",
        Area::Host,
        Severity::Critical,
        Control::BASE.rule,
        &[],
    ),
    control(
        "run-privileged",
        "No container is privileged",
        Area::Runtime,
        Severity::Critical,
        Control::BASE.rule,
        &[remedy(
            RemedyKind::Guide,
            RemedyClass::RecreateContainer,
            "Recreate it without --privileged; add the single capability it needs.",
        )],
    ),
    control(
        "run-socket-mount",
        "The engine's socket is not mounted into a container",
        Area::Runtime,
        Severity::High,
        Control::BASE.rule,
        &[remedy(
            RemedyKind::Guide,
            RemedyClass::RecreateContainer,
            "Put a filtering proxy in front of the socket.",
        )],
    ),
    control(
        "run-memory-limit",
        "Every container has a memory limit",
        Area::Runtime,
        Severity::Medium,
        Control::BASE.rule,
        &[remedy(
            RemedyKind::Auto,
            RemedyClass::Live,
            "docker update --memory.",
        )],
    ),
    control(
        "perm-docker-sock-mode",
        "The engine's socket is closed to others",
        Area::Permissions,
        Severity::High,
        Rule::FileMode {
            place: Place::EngineSocket,
            at_most: 0o660,
        },
        &[REMEDY],
    ),
    control(
        "perm-etc-docker-owner",
        "/etc/docker belongs to root",
        Area::Permissions,
        Severity::High,
        Rule::FileOwner(Place::Fixed("/etc/docker"), Owner::Root),
        &[REMEDY],
    ),
    control(
        "perm-docker-group",
        "The docker group holds reviewed people only",
        Area::Permissions,
        Severity::High,
        Control::BASE.rule,
        &[],
    ),
    control(
        "os-supported-platform",
        "The system still gets security updates",
        Area::Os,
        Severity::Medium,
        Control::BASE.rule,
        &[],
    ),
];

/// The catalogue of the tests.
pub(super) fn lookup(id: &str) -> Option<&'static Control> {
    CONTROLS.iter().find(|control| control.id == id)
}

/// All controls of the pictures.
pub(crate) fn catalogue() -> Vec<&'static Control> {
    CONTROLS.iter().collect()
}
