//! The explanation of a control: the same words as `plimsoll explain`.

use crate::domain::control::{Preset, RemedyKind, Rule};

use super::super::line::{Line, labelled, paragraph};
use super::super::model::Explained;
use super::super::theme::Role;
use super::super::words;

/// Everything the catalogue says of the control.
pub fn lines(explained: &Explained, columns: usize) -> Vec<Line> {
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
