//! A few lines about the host under the cursor: its worst findings, or why there are none.

use crate::domain::event::HostState;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::text::{fit_middle, pad, width};

use super::super::fleet::{Host, Summary, Work};
use super::super::line::{Line, labelled, paragraph};
use super::super::model::Model;
use super::super::theme::Role;
use super::super::words;

/// At most `room` lines about the host under the cursor.
pub fn lines(model: &Model, columns: usize, room: usize) -> Vec<Line> {
    let Some(host) = model.host() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if let Some(failure) = &host.failure {
        let text = format!(
            "{} at stage {}: {}",
            failure.class.word().to_uppercase(),
            failure.stage.word(),
            failure.message
        );
        lines.extend(
            paragraph(Role::Error, &text, columns, 0)
                .into_iter()
                .take(2),
        );
        lines.extend(labelled("Next", Role::Strong, &failure.hint, columns));
    }
    if let Some(Summary {
        state: HostState::Partial,
        error: Some(failure),
        ..
    }) = host.result.as_ref().filter(|_| host.failure.is_none())
    {
        let text = format!("partial: {}", failure.message);
        lines.extend(
            paragraph(Role::Unknown, &text, columns, 0)
                .into_iter()
                .take(1),
        );
        lines.extend(labelled("Next", Role::Strong, &failure.hint, columns));
    }
    match (&host.result, host.work) {
        (Some(result), _) => lines.extend(worst(model, result, columns, room, lines.len())),
        (None, Work::At(stage, done, total)) => {
            lines.push(Line::of(Role::Running, phase(stage, done, total)));
        }
        (None, Work::Queued) => lines.push(Line::of(
            Role::Muted,
            "Waits for its turn; nothing is known of it yet.",
        )),
        (None, Work::Idle) if host.failure.is_none() => {
            lines.push(Line::of(
                Role::Muted,
                "Nothing assessed yet: press r to read it.",
            ));
        }
        (None, Work::Idle) => {}
    }
    lines.truncate(room);
    lines
}

/// What a host is doing, with its letter: `[Q] reading objects 31 of 44`.
pub fn phase(stage: crate::domain::failure::Stage, done: u32, total: u32) -> String {
    let count = if total > 0 {
        format!(" {done} of {total}")
    } else {
        String::new()
    };
    format!("[{}] {}{count}", stage.letter(), words::stage(stage))
}

fn worst(model: &Model, result: &Summary, columns: usize, room: usize, used: usize) -> Vec<Line> {
    let findings = result.findings();
    if findings.is_empty() {
        return none(result, columns);
    }
    let left = room.saturating_sub(used);
    let shown = if findings.len() > left {
        left.saturating_sub(1)
    } else {
        findings.len()
    };
    let widest = |of: &dyn Fn(&ControlResult) -> usize| {
        let rows = findings.iter().take(shown);
        rows.map(|row| of(&row.result)).max().unwrap_or_default()
    };
    // Where there is no room for the value, control and object alone say what it is about.
    let valued = columns >= 60;
    let most = if valued { columns / 3 } else { columns / 2 };
    let control = widest(&|row| width(row.control)).min(most);
    let subject = widest(&|row| width(&row.subject.name)).min((columns / 4).min(22));
    let mut lines: Vec<Line> = findings
        .iter()
        .take(shown)
        .map(|row| {
            let row = &row.result;
            let badge = model.setup.glyphs.outcome(row.outcome, row.severity);
            let name = fit_middle(&row.subject.name, subject);
            let mut line = badge
                .line("")
                .and(Role::Text, pad(&fit_middle(row.control, control), control))
                .and(Role::Muted, format!("  {}  ", pad(&name, subject)));
            if valued {
                line.add(Role::Text, &row.observed);
            }
            line
        })
        .collect();
    if findings.len() > shown && left > 0 {
        lines.push(Line::of(
            Role::Muted,
            format!(
                "   and {} more: Enter opens the host",
                findings.len() - shown
            ),
        ));
    }
    lines
}

/// Says why no finding is listed: all passed, or not all was answered.
pub fn none(result: &Summary, columns: usize) -> Vec<Line> {
    let passed = result.posture.rows(Outcome::Pass);
    let unknown = result.unknown();
    let mut lines = paragraph(
        if unknown == 0 { Role::Pass } else { Role::Text },
        &if unknown == 0 {
            format!("No findings: all {passed} answered rows passed.")
        } else {
            format!("No findings among {passed} answered rows; {unknown} could not be answered.")
        },
        columns,
        0,
    );
    let gap = result.rows.iter().find_map(|row| row.result.gap.as_ref());
    if let Some(gap) = gap {
        let text = format!("{}: {}", gap.class.word(), gap.message);
        lines.extend(labelled("Unknown", Role::Unknown, &text, columns));
    }
    lines
}

/// Says why no host is listed, and what to press.
pub fn nobody(model: &Model, columns: usize) -> Vec<Line> {
    let text = if model.fleet.hosts.is_empty() {
        "No sweep has begun yet."
    } else if !model.list.filter.text.is_empty() {
        "The filter hides every host: Esc clears it."
    } else {
        "Every host is clean: press ! to list them."
    };
    paragraph(Role::Muted, text, columns, 0)
}

/// The name of the host under the cursor with its state in a word, for the title of a pane.
pub fn title(host: &Host) -> Line {
    let mut line = Line::of(Role::Title, &host.header.name);
    if host.is_stale() {
        line.add(Role::Stale, "  from an earlier sweep");
    }
    line
}
