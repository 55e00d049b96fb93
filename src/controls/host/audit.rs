//! Whether the kernel audits changes of the engine's files.

use crate::controls::files;
use crate::controls::prelude::*;

const SERVICE: &[Place] = &[
    Place::Unit("docker.service"),
    Place::DropIns("docker.service"),
];

/// What all controls about watched files share.
const WATCH: Control = Control {
    why: "Without a record nobody can say afterwards who changed it. The engine's own log does not tell.",
    evidence: "The audit rules that the kernel has loaded, and where the path really is.",
    passes: "A loaded rule with permissions w and a names it, or a watched folder above it. A rule for a longer name \
             does not count.",
    area: Area::Host,
    needs: &["host-auditd-active"],
    remedies: &[guide(
        RemedyClass::Live,
        "Add a rule for the path (-F path= or -F dir=, -F perm=wa) to a rules file of its own that is read last, and \
         load it with augenrules --load. The path must exist, or every later rule is lost.",
        "Delete the line and load again.",
    )],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "host-auditd-active",
        title: "Kernel auditing is on and auditd runs",
        why: "Audit rules do nothing while auditing is off, and what no daemon writes down is gone after a reboot.",
        evidence: "The kernel's audit state and whether auditd runs.",
        passes: "Auditing is enabled (1, or 2 for locked) and auditd runs.",
        area: Area::Host,
        severity: Severity::Medium,
        practices: &[10, 11],
        cis: &[Cis::same("1.1.3", 1)],
        rule: Rule::Host(active),
        remedies: &[guide(
            RemedyClass::Live,
            "Install the package auditd and enable its unit: systemctl enable --now auditd.",
            "systemctl disable --now auditd, where the unit does not refuse it.",
        )],
        ..Control::BASE
    },
    Control {
        id: "host-audit-run-containerd",
        title: "Changes under /run/containerd are audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.4", 1)],
        rule: Rule::AuditWatch(Place::Fixed("/run/containerd"), "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-data-root",
        title: "Changes under the data root are audited, without layer contents",
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[11],
        cis: &[Cis::same("1.1.5", 2)],
        rule: Rule::AuditWatch(Place::DataRoot, "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-etc-docker",
        title: "Changes under /etc/docker are audited",
        severity: Severity::Medium,
        practices: &[11],
        cis: &[Cis::same("1.1.6", 1)],
        rule: Rule::AuditWatch(Place::Fixed("/etc/docker"), "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-docker-service",
        title: "The docker.service unit is audited",
        severity: Severity::Medium,
        practices: &[10],
        cis: &[Cis::same("1.1.7", 2)],
        rule: Rule::Many(|ctx| Ok(files::watched(ctx, SERVICE, "wa"))),
        places: SERVICE,
        ..WATCH
    },
    Control {
        id: "host-audit-containerd-sock",
        title: "containerd.sock is audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.8", 2)],
        rule: Rule::AuditWatch(Place::ContainerdSocket, "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-docker-sock",
        title: "docker.sock is audited",
        severity: Severity::Medium,
        practices: &[10],
        cis: &[Cis::same("1.1.9", 2)],
        rule: Rule::AuditWatch(Place::EngineSocket, "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-docker-socket-unit",
        title: "The docker.socket unit is audited",
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[10],
        cis: &[Cis::same("1.1.9", 2)],
        rule: Rule::AuditWatch(Place::Unit("docker.socket"), "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-default-docker",
        title: "/etc/default/docker is audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.10", 2)],
        rule: Rule::AuditWatch(Place::Fixed("/etc/default/docker"), "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-daemon-json",
        title: "daemon.json is audited",
        severity: Severity::Medium,
        practices: &[10],
        cis: &[Cis::same("1.1.11", 2)],
        rule: Rule::AuditWatch(Place::DaemonConfig, "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-containerd-config",
        title: "containerd's config is audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.12", 2)],
        rule: Rule::AuditWatch(Place::Fixed("/etc/containerd/config.toml"), "wa"),
        ..WATCH
    },
    Control {
        id: "host-audit-sysconfig-docker",
        title: "/etc/sysconfig/docker is audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.13", 2)],
        rule: Rule::AuditWatch(Place::Fixed("/etc/sysconfig/docker"), "wa"),
        ..WATCH
    },
];

fn active(ctx: &Context<'_>) -> Known<Verdict> {
    let audit = ctx.host().audit.known()?;
    let expected = "auditing on and auditd running";
    let kernel = audit.enabled.known().map(|enabled| match enabled {
        0 => Verdict::fail("auditing is off", expected),
        1 => Verdict::pass("auditing is on"),
        _ => Verdict::pass("auditing is on and locked"),
    });
    let daemon = if audit.daemon {
        Verdict::pass("auditd runs")
    } else {
        Verdict::fail("auditd does not run", expected)
    };
    all([kernel, Ok(daemon)])
}
