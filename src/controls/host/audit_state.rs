//! The audit system itself: whether its rules can be changed, last, and lose nothing.

use crate::controls::prelude::*;

/// What all controls of this topic share.
const AUDIT: Control = Control {
    area: Area::Host,
    severity: Severity::Low,
    set: Set::Hardened,
    needs: &["host-auditd-active"],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "host-audit-not-immutable",
    title: "Audit configuration state allows (or forbids) rule changes",
    why: "Locked rules cannot be switched off by an intruder, and cannot be mended by anybody else either: every change waits for \
          a reboot. It is good to know before one plans to add a rule.",
    evidence: "The kernel's audit state: 1 is open, 2 is locked until the next boot.",
    passes: "It is open. Locked is no fault: it says that each change of rules needs a reboot.",
    severity: Severity::Info,
    set: Set::Informational,
    practices: &[10],
    rule: Rule::Host(immutable),
    remedies: &[guide(
        RemedyClass::Manual,
        "Change rules on disk and reboot in a maintenance window; keep -e 2 as the last line where the rules are final.",
        "",
    )],
    ..AUDIT
}];

fn immutable(ctx: &Context<'_>) -> Known<Verdict> {
    Ok(match ctx.host().audit.known()?.enabled.known()? {
        0 => Verdict::not_applicable("auditing is off"),
        1 => Verdict::pass("rules can be changed"),
        _ => Verdict::fail(
            "rules are locked until the next boot",
            "open, where rules are still to be changed",
        ),
    })
}
