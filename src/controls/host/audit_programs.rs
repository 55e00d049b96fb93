//! Whether the kernel audits executions of the engine's programs.

use crate::controls::files;
use crate::controls::prelude::*;

/// The programs that make up the engine.
const PROGRAMS: &[Place] = &[
    Place::Program("dockerd"),
    Place::Program("docker"),
    Place::Program("containerd"),
    Place::Program("containerd-shim-runc-v2"),
    Place::Program("runc"),
];

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
    Control {
        id: "host-audit-usr-bin",
        title: "Writes to the directory holding the Docker binaries are audited",
        why: "Whoever replaces a program of the engine has the host, and a package's files show no trace of it.",
        passes: "Loaded rules with permissions w and a cover each program of the engine that is installed, by name or by a watched \
                 folder above it.",
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[11],
        rule: Rule::Host(written),
        places: PROGRAMS,
        remedies: &[guide(
            RemedyClass::Live,
            "Add a rule for the folder (-F dir=, -F perm=wa) to a rules file of its own that is read last, and load it with \
             augenrules --load. Never with x: that logs every command on the host.",
            "Delete the line and load again.",
        )],
        ..WATCH
    },
];

/// One verdict on all programs together: they usually lie in one folder.
fn written(ctx: &Context<'_>) -> Known<Verdict> {
    let rows = files::watched(ctx, PROGRAMS, "wa");
    let count = rows.len();
    let judged = all(rows.into_iter().map(|(subject, verdict)| {
        Ok(match verdict? {
            Verdict::Fail(_) => Verdict::fail(
                subject.name,
                "loaded rules with wa on each program or a folder above it",
            ),
            verdict => verdict,
        })
    }))?;
    Ok(match judged {
        Verdict::Pass(_) => Verdict::pass(format!("{count} programs are covered")),
        Verdict::Fail(mut fault) => {
            fault.observed = format!("not covered: {}", fault.observed.replace("; ", ", "));
            Verdict::Fail(fault)
        }
        verdict => verdict,
    })
}
