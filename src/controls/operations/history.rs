//! What only earlier sweeps can tell, and how complete this one is.

use std::collections::BTreeMap;

use crate::controls::prelude::*;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::past::{Past, PastState};

/// What all controls of this topic share.
const HISTORY: Control = Control {
    area: Area::Operations,
    severity: Severity::Low,
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ops-regular-audit",
        title: "The host is swept on schedule",
        why: "What is looked at once a year is wrong for most of it.",
        evidence: "Earlier sweeps of this host.",
        passes: "The last one that was answered in full is at most policy sweep_max_days old. Without an earlier sweep it is not \
                 checked.",
        parameters: &[Parameter {
            name: "sweep_max_days",
            about: "Days that may lie between two complete sweeps of a host",
            default: Preset::Int(7),
        }],
        rule: Rule::Host(regular),
        remedies: &[guide(
            RemedyClass::Manual,
            "Run `plimsoll sweep` on a schedule, and give it the access that it asks for.",
            "Take the schedule away.",
        )],
        ..HISTORY
    },
    Control {
        id: "ops-unreachable",
        title: "Host answers in time",
        why: "A host that answers late or only sometimes cannot be looked after when it matters.",
        evidence: "How long the engine took to give its first answer; earlier sweeps of this host.",
        passes: "The first answer came within policy answer_max_ms, and at most policy missed_sweeps of the last ten sweeps did \
                 not reach the host. A host that is not reached now has no rows but an error that names the stage.",
        severity: Severity::High,
        parameters: &[
            Parameter {
                name: "answer_max_ms",
                about: "Milliseconds within which the engine must give its first answer",
                default: Preset::Int(5000),
            },
            Parameter {
                name: "missed_sweeps",
                about: "Of the last ten sweeps, how many may have missed the host",
                default: Preset::Int(2),
            },
        ],
        rule: Rule::Host(|ctx| all([in_time(ctx), often(ctx)])),
        remedies: &[guide(
            RemedyClass::Manual,
            "Look at the stage at which the failed sweeps stopped: name, network, SSH, engine.",
            "",
        )],
        ..HISTORY
    },
    Control {
        id: "ops-posture-drift",
        title: "Nothing got worse since the baseline",
        why: "What was right once and is wrong now was changed by somebody, and that is worth more attention than what was \
              always wrong.",
        evidence: "The rows of this sweep and of the last one that read this host by the same profile.",
        passes: "No control that passed on a subject then fails on it now. Momentary states and stopped containers do not \
                 count. Without an earlier sweep it is not checked.",
        severity: Severity::Medium,
        rule: Rule::Rows(drift),
        remedies: &[guide(
            RemedyClass::Manual,
            "Each control that is named says how it is put right; ask who changed it.",
            "",
        )],
        ..HISTORY
    },
    Control {
        id: "ops-evidence-complete",
        title: "Every enabled control was answered",
        why: "What could not be looked at is not safe, only unknown.",
        evidence: "The rows of this sweep that were not checked, by reason.",
        passes: "At most policy unanswered_max rows lack an answer that access to the host would give. What no access can give, \
                 such as host files over TLS, is counted in the coverage.",
        parameters: &[Parameter {
            name: "unanswered_max",
            about: "Rows of a host that may lack an answer which access would give",
            default: Preset::Int(0),
        }],
        rule: Rule::Rows(complete),
        remedies: &[guide(
            RemedyClass::Manual,
            "Give the account the access that the rows name: the engine's socket, or sudo for the probe.",
            "Take it away.",
        )],
        ..HISTORY
    },
];

fn past<'a>(ctx: &Context<'a>) -> Known<&'a Past> {
    ctx.past
        .filter(|past| !past.sweeps.is_empty())
        .ok_or_else(|| Gap::no_data("no earlier sweep of this host is known"))
}

fn regular(ctx: &Context<'_>) -> Known<Verdict> {
    let most = ctx.int("sweep_max_days").map_or(7, |days| days);
    let expected = format!("a complete sweep within {most} days");
    let last = past(ctx)?
        .sweeps
        .iter()
        .filter(|sweep| sweep.state == PastState::Assessed)
        .map(|sweep| sweep.finished)
        .max();
    Ok(match last {
        None => Verdict::fail("no earlier sweep was complete", expected),
        Some(at) => {
            let days = (ctx.now() - at).max(0) / 86_400;
            let observed = format!("the last complete sweep was {days} days ago");
            if days > most {
                Verdict::fail(observed, expected)
            } else {
                Verdict::pass(observed)
            }
        }
    })
}

fn in_time(ctx: &Context<'_>) -> Known<Verdict> {
    let most = ctx.int("answer_max_ms").map_or(5000, |most| most);
    let first = ctx
        .evidence
        .sources
        .iter()
        .filter(|source| source.gap.is_none() && source.what.starts_with("GET "))
        .map(|source| source.at)
        .min()
        .ok_or_else(|| Gap::no_data("when the engine answered was not recorded"))?;
    let took = (first - ctx.evidence.collected_at).max(0);
    Ok(if took > most {
        Verdict::fail(
            format!("first answer after {took} ms"),
            format!("at most {most} ms"),
        )
    } else {
        Verdict::pass(format!("first answer within {most} ms"))
    })
}

/// Sweeps that are looked back on.
const LOOK_BACK: usize = 10;

fn often(ctx: &Context<'_>) -> Known<Verdict> {
    let most = ctx.int("missed_sweeps").map_or(2, |most| most);
    let recent = past(ctx)?.sweeps.iter().take(LOOK_BACK);
    let total = recent.clone().count();
    let missed = recent
        .filter(|sweep| sweep.state == PastState::Failed)
        .count();
    let observed = format!("not reached in {missed} of {total} sweeps");
    let count = i64::try_from(missed).map_or(i64::MAX, |count| count);
    Ok(if count > most {
        Verdict::fail(observed, format!("at most {most}"))
    } else {
        Verdict::pass(observed)
    })
}

/// Names that are quoted in full.
const QUOTED: usize = 5;

fn quoted(names: &[String]) -> String {
    let shown = facts::joined(names.get(..QUOTED).map_or(names, |few| few));
    match names.len().checked_sub(QUOTED) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

fn drift(ctx: &Context<'_>, rows: &[ControlResult]) -> Judged {
    vec![(Subject::host(), drifted(ctx, rows))]
}

fn drifted(ctx: &Context<'_>, rows: &[ControlResult]) -> Known<Verdict> {
    let past = past(ctx)?;
    let read = past
        .sweeps
        .iter()
        .find(|sweep| sweep.state != PastState::Failed)
        .ok_or_else(|| Gap::no_data("no earlier sweep reached this host"))?;
    if !read.same_profile {
        return Err(Gap::no_data(
            "the last sweep judged this host by another profile",
        ));
    }
    let before: BTreeMap<(&str, &str), Outcome> = past
        .rows
        .iter()
        .map(|row| ((row.control.as_str(), row.subject.as_str()), row.outcome))
        .collect();
    let worse: Vec<String> = rows
        .iter()
        .filter(|row| row.is_finding() && row.scored)
        .filter(|row| before.get(&(row.control, row.subject.id.as_str())) == Some(&Outcome::Pass))
        .map(|row| format!("{} on {}", row.control, row.subject.id))
        .collect();
    let arrived = facts::containers(ctx).map(|containers| {
        let new: Vec<String> = containers
            .iter()
            .map(|container| container.subject().id)
            .filter(|id| !past.containers.contains(id))
            .collect();
        if new.is_empty() {
            String::new()
        } else {
            format!("; new: {}", quoted(&new))
        }
    });
    // What got worse is certain, whatever else is not known.
    if !worse.is_empty() {
        let worse = format!("{} got worse: {}", worse.len(), quoted(&worse));
        return Ok(Verdict::fail(
            match arrived {
                Ok(arrived) => worse + &arrived,
                Err(_) => worse,
            },
            "nothing worse than in the last sweep",
        ));
    }
    let arrived = arrived?;
    let passed = |row: &&ControlResult| {
        before.get(&(row.control, row.subject.id.as_str())) == Some(&Outcome::Pass)
    };
    let open = rows
        .iter()
        .filter(|row| row.outcome == Outcome::NotChecked)
        .filter(passed)
        .count();
    if open > 0 {
        return Err(Gap::no_data(format!(
            "{open} rows that passed then were not checked now"
        )));
    }
    Ok(Verdict::pass(format!("nothing got worse{arrived}")))
}

fn complete(ctx: &Context<'_>, rows: &[ControlResult]) -> Judged {
    let most = ctx.int("unanswered_max").map_or(0, |most| most);
    let gaps: Vec<_> = rows.iter().filter_map(|row| row.gap.as_ref()).collect();
    let open = gaps.iter().filter(|gap| gap.class.makes_partial()).count();
    let observed = format!(
        "{open} rows lack an answer that access would give, {} lack one for other reasons",
        gaps.len() - open
    );
    let count = i64::try_from(open).map_or(i64::MAX, |count| count);
    let verdict = if count > most {
        Verdict::fail(observed, format!("at most {most}"))
    } else {
        Verdict::pass(observed)
    };
    vec![(Subject::host(), Ok(verdict))]
}
