//! The explanation of a control: the same words as `plimsoll explain`.

use std::collections::BTreeMap;

use crate::domain::control::{Preset, RemedyKind, Rule};
use crate::domain::event::HostIndex;
use crate::domain::outcome::Outcome;
use crate::domain::severity::Severity;

use super::super::line::{LABEL, Line, labelled, paragraph};
use super::super::model::{Explained, Model};
use super::super::screen::across::node_set;
use super::super::screen::items::badness;
use super::super::theme::Role;
use super::super::words;

/// Everything the catalogue says of the control.
pub fn lines(model: &Model, explained: &Explained, columns: usize) -> Vec<Line> {
    let Some(control) = explained.control else {
        return paragraph(
            Role::Muted,
            &format!(
                "The catalogue of this program has no control {}.",
                explained.id
            ),
            columns,
            0,
        );
    };
    let mut lines = paragraph(Role::Strong, control.title, columns, 0);
    lines.push(Line::default());
    let mut say = |label: &str, text: &str| {
        if !text.is_empty() {
            lines.extend(labelled(label, Role::Text, text, columns));
        }
    };
    say("Control", control.id);
    say(
        "Rated",
        &format!(
            "{}, area {}, set {}{}",
            control.severity.word(),
            control.area.word(),
            control.set.word(),
            if control.momentary {
                "; momentary: shown, never scored"
            } else {
                ""
            }
        ),
    );
    say("Why", control.why);
    say("Reads", control.evidence);
    say("Passes", control.passes);
    say("Judges", judges(&control.rule));
    if !control.needs.is_empty() {
        say("Needs", &control.needs.join(", "));
    }
    for parameter in control.parameters {
        let default = match parameter.default {
            Preset::Bool(on) => on.to_string(),
            Preset::Int(number) => number.to_string(),
            Preset::Text(text) => text.to_owned(),
            Preset::List(list) => list.join(", "),
            Preset::Unset(kind) => format!("not set; {}", kind.word()),
        };
        say(
            "Parameter",
            &format!(
                "{}: {} (default: {default})",
                parameter.name, parameter.about
            ),
        );
    }
    for (index, remedy) in control.remedies.iter().enumerate() {
        let kind = match remedy.kind {
            RemedyKind::Auto => "repair",
            RemedyKind::Guide => "by hand",
        };
        say(
            if index == 0 { "Remedy" } else { "Or" },
            &format!("{} ({kind}, {})", remedy.action, remedy.class.word()),
        );
        say("  back", remedy.undo);
    }
    for (index, reference) in words::references(control).iter().enumerate() {
        say(if index == 0 { "Source" } else { "" }, reference);
    }
    lines.push(Line::default());
    lines.extend(here(model, explained.id, columns));
    lines
}

/// Where it stands in this fleet: hosts by the worst that is said of them, as node sets.
fn here(model: &Model, id: &str, columns: usize) -> Vec<Line> {
    let mut by_outcome: BTreeMap<Outcome, (Severity, Vec<HostIndex>)> = BTreeMap::new();
    for (index, host) in model.fleet.hosts.iter().enumerate() {
        let rows = host.result.iter().flat_map(|result| &result.rows);
        let worst = rows
            .map(|row| &row.result)
            .filter(|row| row.control == id)
            .min_by_key(|row| badness(row));
        if let Some(row) = worst {
            let (severity, hosts) = by_outcome
                .entry(row.outcome)
                .or_insert((row.severity, Vec::new()));
            *severity = (*severity).min(row.severity);
            hosts.push(index);
        }
    }
    if by_outcome.is_empty() {
        let text = "passes, does not apply or is not enabled on every host that was assessed";
        return labelled("Here", Role::Muted, text, columns);
    }
    let mut lines = Vec::new();
    for (outcome, (severity, hosts)) in by_outcome {
        let badge = model.setup.glyphs.outcome(outcome, severity);
        let label = if lines.is_empty() { "Here" } else { "" };
        let count = words::count(hosts.len(), "host");
        lines.push(
            Line::of(Role::Head, format!("{label:LABEL$}"))
                .and(badge.role, badge.word)
                .and(Role::Text, format!("  on {count}")),
        );
        let set = node_set(&model.fleet, &hosts);
        lines.extend(labelled("", Role::Strong, &set, columns));
    }
    lines
}

fn judges(rule: &Rule) -> &'static str {
    match rule {
        Rule::Host(_) => "the host",
        Rule::Daemon(_) => "the daemon",
        Rule::EachContainer(_) => "each container",
        Rule::EachImage(_) => "each image in use",
        Rule::EachNetwork(_) => "each network",
        Rule::FileOwner(..) => "the owner of each file at its place",
        Rule::FileMode { .. } => "the mode of each file at its place",
        Rule::AuditWatch(..) => "the audit rules for each file at its place",
        Rule::Many(_) => "several things of the host",
        Rule::Rows(_) => "what all other controls say of the host",
        Rule::Fleet(_) => "hosts compared with each other",
    }
}
