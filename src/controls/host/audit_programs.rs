//! Whether the kernel audits executions of the engine's programs.

use crate::controls::prelude::*;

/// What all controls about executions share.
const WATCH: Control = Control {
    why: "A program of the engine that is started by hand, or replaced and started, leaves no other trace. Expect an \
          event for each container start where runc or a shim is watched.",
    evidence: "The audit rules that the kernel has loaded, and where the program really is.",
    passes: "A loaded rule with permission x names the program, or a watched folder above it. A rule for a longer name \
             does not count; a program that is not installed does not apply.",
    area: Area::Host,
    needs: &["host-auditd-active"],
    remedies: &[guide(
        RemedyClass::Live,
        "Add a rule for the program (-F path=, -F perm=x) to a rules file of its own that is read last, and load it with \
         augenrules --load.",
        "Delete the line and load again.",
    )],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "host-audit-dockerd",
        title: "Executions of dockerd are audited",
        severity: Severity::Medium,
        practices: &[10],
        cis: &[Cis::same("1.1.3", 1)],
        rule: Rule::AuditWatch(Place::Program("dockerd"), "x"),
        ..WATCH
    },
    Control {
        id: "host-audit-docker-cli",
        title: "Executions of the docker client are audited",
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[10],
        rule: Rule::AuditWatch(Place::Program("docker"), "x"),
        ..WATCH
    },
    Control {
        id: "host-audit-bin-containerd",
        title: "Executions of containerd are audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.14", 2)],
        rule: Rule::AuditWatch(Place::Program("containerd"), "x"),
        ..WATCH
    },
    Control {
        id: "host-audit-bin-shim",
        title: "Executions of containerd-shim are audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.15", 2)],
        rule: Rule::AuditWatch(Place::Program("containerd-shim"), "x"),
        ..WATCH
    },
    Control {
        id: "host-audit-bin-shim-v1",
        title: "Executions of containerd-shim-runc-v1 are audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.16", 2)],
        rule: Rule::AuditWatch(Place::Program("containerd-shim-runc-v1"), "x"),
        ..WATCH
    },
    Control {
        id: "host-audit-bin-shim-v2",
        title: "Executions of containerd-shim-runc-v2 are audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.17", 2)],
        rule: Rule::AuditWatch(Place::Program("containerd-shim-runc-v2"), "x"),
        ..WATCH
    },
    Control {
        id: "host-audit-bin-runc",
        title: "Executions of runc are audited",
        severity: Severity::Low,
        cis: &[Cis::same("1.1.18", 2)],
        rule: Rule::AuditWatch(Place::Program("runc"), "x"),
        ..WATCH
    },
];
