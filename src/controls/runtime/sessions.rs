//! Who goes into containers by hand.

use crate::controls::prelude::*;
use crate::domain::evidence::container::Exec;
use crate::domain::evidence::engine::{Session, Sessions};

const MANUAL: &[crate::domain::control::Remedy] = &[guide(
    RemedyClass::Manual,
    "End the session, find out who started it, and forbid it by an authorization plugin.",
    "",
)];

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-exec-privileged",
        title: "No privileged exec",
        why: "A privileged session has every capability and device of the host, however well the container itself is \
              confined.",
        evidence: "Commands that run in the container now; sessions that the engine remembers of the last day, health checks \
                   left out.",
        passes: "None that runs now is privileged, and no other was started within the day. Of one that has ended nobody can \
                 say which rights it had: that is for a person to look at.",
        area: Area::Runtime,
        severity: Severity::High,
        set: Set::Hardened,
        practices: &[26],
        cis: &[Cis::same("5.23", 2)],
        rule: Rule::EachContainer(privileged),
        remedies: MANUAL,
        ..Control::BASE
    },
    Control {
        id: "run-exec-root",
        title: "No root exec into non-root containers",
        why: "A session as root undoes what running as another user gave: it may change everything in the container.",
        evidence: "Commands that run in the container now and their users; sessions that the engine remembers of the last \
                   day, health checks left out.",
        passes: "None that runs now is root's, and no other was started within the day. Of one that has ended nobody can say \
                 whose it was: that is for a person to look at. In containers that run as root it does not apply.",
        area: Area::Runtime,
        severity: Severity::Medium,
        set: Set::Hardened,
        practices: &[26],
        cis: &[Cis::same("5.24", 2)],
        rule: Rule::EachContainer(as_root),
        remedies: MANUAL,
        ..Control::BASE
    },
];

fn privileged(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    container.detail()?;
    judged(ctx, container, "no privileged session", |exec| {
        exec.privileged
    })
}

fn as_root(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    if crate::controls::image::is_root(&container.detail()?.user) {
        return Ok(Verdict::not_applicable("the container runs as root itself"));
    }
    judged(ctx, container, "no session of root", |exec| {
        !exec.user.is_empty() && crate::controls::image::is_root(&exec.user)
    })
}

/// What runs now, then what the engine remembers.
fn judged(
    ctx: &Context<'_>,
    container: &Container,
    expected: &str,
    wrong: impl Fn(&Exec) -> bool,
) -> Known<Verdict> {
    let running: Vec<&Exec> = container
        .execs()?
        .iter()
        .filter(|exec| !exec.probe)
        .collect();
    let bad: Vec<&str> = running
        .iter()
        .filter(|exec| wrong(exec))
        .map(|exec| exec.program.as_str())
        .collect();
    if !bad.is_empty() {
        return Ok(Verdict::fail(
            format!("{} runs now", facts::joined(&bad)),
            expected,
        ));
    }
    let seen: Vec<&Session> = remembered(ctx)?
        .seen
        .iter()
        .filter(|session| session.kind == "exec" && session.container == container.id)
        .collect();
    // As many as run now, and none of these is wrong: what was started is what is looked at.
    Ok(if seen.len() <= running.len() {
        Verdict::pass(format!("{} sessions within the day", seen.len()))
    } else {
        let programs: Vec<&str> = seen
            .iter()
            .map(|session| session.program.as_str())
            .collect();
        Verdict::manual(format!(
            "{} sessions within the day, whose rights can no longer be read: {}",
            seen.len(),
            facts::joined(&programs)
        ))
    })
}

/// What the engine remembers of sessions, if it reaches back as far as was asked: what it forgot nobody knows.
pub(in crate::controls) fn remembered<'a>(ctx: &Context<'a>) -> Known<&'a Sessions> {
    let sessions = ctx.evidence.engine.sessions.known()?;
    let started = facts::daemon(ctx.found()?)?
        .started
        .ok_or_else(|| Gap::no_data("when the daemon started was not read"))?;
    let asked = sessions.until - DAY;
    let since = sessions.since.max(started);
    // A daemon tells when it started by the second, and its own start makes no event that matters.
    if since > asked + SLACK {
        let hours = (sessions.until - since).max(0) / 3600;
        return Err(Gap::no_data(format!(
            "the engine remembers only {hours} of the last 24 hours"
        )));
    }
    Ok(sessions)
}

const DAY: i64 = 86_400;
const SLACK: i64 = 60;
