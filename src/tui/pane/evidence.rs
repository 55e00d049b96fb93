//! The evidence of one row: what was found, what is wanted, why it matters, how it is put right.

use crate::domain::control::{Control, RemedyKind};
use crate::domain::gap::{Gap, GapClass};
use crate::domain::host::HostHeader;
use crate::domain::outcome::{ControlResult, Outcome, SubjectKind};

use super::super::fleet::{Host, Row};
use super::super::glyph::Glyphs;
use super::super::line::{Line, labelled, paragraph};
use super::super::model::Model;
use super::super::screen::host::HostScreen;
use super::super::theme::Role;
use super::super::words;

/// The evidence of the selected line of the host's list.
pub fn selected(model: &Model, screen: &HostScreen, columns: usize) -> Vec<Line> {
    let (Some(host), Some(row)) = (model.fleet.hosts.get(screen.host), screen.selected_row())
    else {
        return Vec::new();
    };
    let folded: Vec<&Row> = screen
        .selected()
        .into_iter()
        .flat_map(|item| &item.folded)
        .filter_map(|index| screen.rows.get(*index))
        .collect();
    let mut lines = row_lines(model, &row.result, hint(host), columns);
    lines.extend(consequences(model.setup.glyphs, &folded, columns));
    lines.extend(footing(model, host, &row.result, columns));
    lines
}

/// What would give access to what a partial host keeps closed.
pub fn hint(host: &Host) -> Option<&str> {
    host.error().map(|failure| failure.hint.as_str())
}

/// The first lines of the evidence of `row`: verdict, object, values, reasons and remedy; `hint` says how a gap closes.
pub fn row_lines(
    model: &Model,
    row: &ControlResult,
    hint: Option<&str>,
    columns: usize,
) -> Vec<Line> {
    let control = (model.setup.lookup)(row.control);
    let badge = model.setup.glyphs.outcome(row.outcome, row.severity);
    let mut lines = vec![
        Line::of(badge.role, badge.word)
            .and(Role::Text, "  ")
            .and(Role::Strong, row.control),
    ];
    if let Some(control) = control {
        lines.extend(labelled("Wanted", Role::Text, control.title, columns));
    }
    lines.extend(labelled("Object", Role::Text, &object(row), columns));
    let observed = match row.outcome {
        Outcome::Fail | Outcome::Pass | Outcome::Waived => "Observed",
        Outcome::Manual => "Look at",
        Outcome::NotApplicable | Outcome::NotChecked | Outcome::Blocked => "Because",
    };
    if !row.observed.is_empty() {
        lines.extend(labelled(observed, Role::Strong, &row.observed, columns));
    }
    if !row.expected.is_empty() {
        lines.extend(labelled("Expected", Role::Text, &row.expected, columns));
    }
    lines.extend(missing(row, hint, columns));
    if let Some(cause) = row.caused_by {
        let text = format!("{cause}; put that right and this follows");
        lines.extend(labelled("Caused by", Role::Text, &text, columns));
    }
    if let Some(control) = control {
        lines.extend(severity(row, control, columns));
        lines.extend(about(row, control, columns));
    }
    lines
}

fn object(row: &ControlResult) -> String {
    let subject = &row.subject;
    if subject.name == subject.kind.word() {
        return subject.name.clone();
    }
    let kind = subject.kind.word();
    let plain = format!("{kind}:{}", subject.name);
    if subject.id == plain || subject.kind == SubjectKind::File {
        format!("{kind} {}", subject.name)
    } else {
        format!("{kind} {} ({})", subject.name, subject.id)
    }
}

/// Why the answer is missing, or who accepted the finding.
fn missing(row: &ControlResult, hint: Option<&str>, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(missing) = &row.gap {
        lines.extend(gap(missing, hint, columns));
    }
    if let Some(waiver) = &row.waiver {
        let text = format!(
            "by {} until {}: {}",
            waiver.owner, waiver.expires, waiver.reason
        );
        lines.extend(labelled("Accepted", Role::Waived, &text, columns));
    }
    lines
}

/// Why something is missing, and what would close the gap.
pub fn gap(gap: &Gap, hint: Option<&str>, columns: usize) -> Vec<Line> {
    let text = format!("{}: {}", gap.class.word(), gap.message);
    let mut lines = labelled("Gap", Role::Unknown, &text, columns);
    let (label, role, text) = match (gap.class.makes_partial(), hint) {
        (true, Some(hint)) => ("Next", Role::Strong, hint),
        _ => ("", Role::Muted, closes(gap.class)),
    };
    lines.extend(labelled(label, role, text, columns));
    lines
}

/// What would close a gap of `class`; none of them ever counts as a pass.
fn closes(class: GapClass) -> &'static str {
    match class {
        GapClass::Transport => "this way to the host can never answer; SSH could",
        GapClass::Authority => "the inventory or read-only mode does not allow to look",
        GapClass::Permission => "access on the host would answer it",
        GapClass::Unsupported => "the host has no way to tell",
        GapClass::NoData => "nothing that was read or bundled tells",
        GapClass::Tier => "a deep sweep would answer it",
        GapClass::Timeout | GapClass::Protocol | GapClass::Cancelled => {
            "reading the host again may answer it"
        }
    }
}

/// Says so where the effective severity is not the control's own.
fn severity(row: &ControlResult, control: &Control, columns: usize) -> Vec<Line> {
    let mut notes = Vec::new();
    if row.severity != control.severity {
        let turn = if row.severity < control.severity {
            "raised"
        } else {
            "lowered"
        };
        notes.push(format!(
            "{} here, {turn} from {}",
            row.severity.word(),
            control.severity.word()
        ));
    }
    if !row.scored && matches!(row.outcome, Outcome::Fail | Outcome::Pass) {
        notes.push("not scored".to_owned());
    }
    if notes.is_empty() {
        return Vec::new();
    }
    labelled("Severity", Role::Text, &notes.join("; "), columns)
}

fn about(row: &ControlResult, control: &Control, columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    lines.extend(labelled("Why", Role::Text, control.why, columns));
    if row.outcome != Outcome::NotApplicable {
        for remedy in control.remedies.iter().take(2) {
            let kind = match remedy.kind {
                RemedyKind::Auto => "repair",
                RemedyKind::Guide => "by hand",
            };
            let text = format!("{} ({kind}, {})", remedy.action, remedy.class.word());
            lines.extend(labelled("Remedy", Role::Text, &text, columns));
        }
    }
    let references = words::references(control).join("; ");
    if !references.is_empty() {
        lines.extend(labelled("Source", Role::Muted, &references, columns));
    }
    lines
}

/// The findings that follow from this one.
fn consequences(glyphs: Glyphs, folded: &[&Row], columns: usize) -> Vec<Line> {
    if folded.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        Line::default(),
        Line::of(
            Role::Head,
            format!(
                "{} from it, not counted:",
                if folded.len() == 1 {
                    "1 finding follows".to_owned()
                } else {
                    format!("{} findings follow", folded.len())
                }
            ),
        ),
    ];
    for row in folded.iter().take(12) {
        let badge = glyphs.outcome(row.result.outcome, row.result.severity);
        let line = badge
            .line(" ")
            .and(Role::Text, row.result.control)
            .and(Role::Muted, format!("  {}", row.result.subject.name));
        lines.push(line);
    }
    if folded.len() > 12 {
        lines.extend(paragraph(
            Role::Muted,
            &format!("and {} more", folded.len() - 12),
            columns,
            1,
        ));
    }
    lines
}

fn footing(model: &Model, host: &Host, row: &ControlResult, columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    if let Some(result) = &host.result {
        let text = format!(
            "{}, {} ago",
            words::clock(result.read_at, model.setup.utc_offset_s),
            words::age(model.now - result.read_at)
        );
        lines.extend(labelled("Read", Role::Muted, &text, columns));
    }
    lines.extend(labelled("Id", Role::Muted, &row.id, columns));
    lines.extend(labelled(
        "Policy",
        Role::Muted,
        &policy(&host.header),
        columns,
    ));
    lines
}

fn policy(header: &HostHeader) -> String {
    format!("profile {}, mode {}", header.profile, header.mode.word())
}
