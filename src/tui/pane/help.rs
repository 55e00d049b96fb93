//! Help: the keys of this screen from the key tables, the legend and the words.

use crate::domain::failure::Stage;
use crate::domain::outcome::Outcome;
use crate::domain::severity::Severity;

use super::super::action::Action;
use super::super::glyph::Badge;
use super::super::key::Key;
use super::super::keymap::Context;
use super::super::line::{Line, labelled};
use super::super::model::{Model, Overlay, Screen};
use super::super::theme::Role;
use super::super::update;
use super::super::words;

const WORDS: [(&str, &str); 14] = [
    (
        "control",
        "one desired state, with the rule that judges it and the remedy that restores it",
    ),
    ("evidence", "what was read from a host, and how and when"),
    (
        "gap",
        "why a piece of evidence is missing; never turns into a pass",
    ),
    (
        "outcome",
        "pass, fail, not applicable, not checked (its gap says why), blocked (a prerequisite failed), waived, manual (a person must look)",
    ),
    (
        "finding",
        "a fail, with the observed and the expected value",
    ),
    (
        "severity",
        "critical, high, medium, low; info is shown, never scored",
    ),
    (
        "score",
        "passes over passes and fails, weighted by severity",
    ),
    (
        "coverage",
        "answered over enabled controls; a score without it says little",
    ),
    ("posture", "findings rolled up: object, host, group, fleet"),
    ("partial", "a host with gaps that access would close"),
    ("remedy", "how a control is put right"),
    ("sweep", "one pass over the selected hosts"),
    ("waiver", "an accepted finding: owner, reason, expiry"),
    ("auditor", "may only read; an operator may also repair"),
];

const FILTER: [(&str, &str); 11] = [
    (
        "web",
        "text of host, object, control or title; letters may be left out of a host's name",
    ),
    ("!web", "not"),
    (
        "a b",
        "both; a|b either; a b | c d either pair; \"a b\" with its space",
    ),
    ("sev>=high", "findings at least this severe; also > < <= ="),
    (
        "state:failed",
        "assessed, partial, failed, clean, running, stale",
    ),
    ("rule:daemon-*", "findings of these controls"),
    (
        "area:runtime",
        "os, host, image, runtime, daemon, permissions, swarm, operations",
    ),
    ("ctr:jenkins*", "findings of these containers"),
    ("host:web-[01-20]", "these hosts"),
    (
        "group:prod&!edge",
        "hosts of these groups; via:tls hosts reached this way",
    ),
    ("err:hostkey", "hosts with a failure of this class"),
];

/// The help text, without the lines that its filter hides.
pub fn lines(model: &Model, columns: usize) -> Vec<Line> {
    let filter = match &model.overlay {
        Some(Overlay::Help(text)) => text.filter.to_lowercase(),
        _ => String::new(),
    };
    all(model, columns)
        .into_iter()
        .filter(|line| filter.is_empty() || line.text().to_lowercase().contains(&filter))
        .collect()
}

/// The first line of the legend.
pub fn legend_at(model: &Model, columns: usize) -> usize {
    lines(model, columns)
        .iter()
        .position(|line| line.text() == LEGEND)
        .unwrap_or_default()
}

const LEGEND: &str = "Legend: sign and word carry the meaning, colour repeats it";

fn all(model: &Model, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let context = under(model);
    lines.push(Line::of(
        Role::Title,
        format!("Keys here: {}", context.title()),
    ));
    for (keys, action) in model.setup.keymap.bindings(context) {
        if !keys.is_empty() && update::available(model, action) {
            lines.extend(key(keys, action, columns));
        }
    }
    lines.push(Line::default());
    lines.push(Line::of(Role::Title, "Filter: press / and type"));
    for (text, meaning) in FILTER {
        lines.extend(entry(text, Role::Key, meaning, columns));
    }
    lines.push(Line::default());
    lines.push(Line::of(Role::Title, LEGEND));
    lines.extend(legend(model));
    lines.push(Line::default());
    lines.push(Line::of(
        Role::Title,
        "Stages of a host, with their letters",
    ));
    for stage in STAGES {
        lines.push(
            Line::of(Role::Key, format!("  {}  ", stage.letter()))
                .and(Role::Text, words::stage(stage)),
        );
    }
    lines.push(Line::default());
    lines.push(Line::of(Role::Title, "Words"));
    for (word, meaning) in WORDS {
        lines.extend(entry(word, Role::Strong, meaning, columns));
    }
    lines
}

/// The context below the overlay.
fn under(model: &Model) -> Context {
    match &model.screen {
        Screen::Fleet => Context::Fleet,
        Screen::Causes(_) => Context::Causes,
        Screen::Across(_) => Context::Across,
        Screen::Host(host) if host.in_pane(model) => Context::Pane,
        Screen::Host(_) => Context::Host,
    }
}

const STAGES: [Stage; 8] = [
    Stage::Name,
    Stage::Tcp,
    Stage::Kex,
    Stage::Authentication,
    Stage::Channel,
    Stage::Probe,
    Stage::Collect,
    Stage::Judge,
];

fn key(keys: &[Key], action: Action, columns: usize) -> Vec<Line> {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    entry(&keys.join(" "), Role::Key, action.about(), columns)
}

fn entry(name: &str, role: Role, text: &str, columns: usize) -> Vec<Line> {
    const NAME: usize = 18;
    if columns < NAME * 3 {
        let mut lines = vec![Line::of(role, format!("  {name}"))];
        lines.extend(super::super::line::paragraph(Role::Text, text, columns, 6));
        return lines;
    }
    labelled(
        "",
        Role::Text,
        text,
        columns.saturating_sub(NAME - super::super::line::LABEL),
    )
    .into_iter()
    .enumerate()
    .map(|(index, line)| {
        let name = if index == 0 { name } else { "" };
        let said = line.pieces.last().map_or("", |piece| piece.text.as_str());
        Line::of(role, format!("  {name:NAME$}")).and(Role::Text, said)
    })
    .collect()
}

fn legend(model: &Model) -> Vec<Line> {
    let glyphs = model.setup.glyphs;
    let mut badges: Vec<_> = Severity::ALL
        .into_iter()
        .map(|severity| (glyphs.severity(severity), severity.word()))
        .collect();
    badges.extend(
        [
            (Outcome::Pass, "as wanted"),
            (Outcome::NotChecked, "not assessed: the evidence is missing"),
            (
                Outcome::Blocked,
                "not assessed: a prerequisite control failed",
            ),
            (Outcome::Manual, "a person must look"),
            (Outcome::Waived, "accepted by its owner, until a date"),
            (Outcome::NotApplicable, "does not apply here"),
        ]
        .map(|(outcome, meaning)| (glyphs.outcome(outcome, Severity::Info), meaning)),
    );
    badges.push((glyphs.running(0), "being read"));
    badges.push((glyphs.stale(), "from an earlier sweep"));
    badges.push((
        Badge {
            sign: "*",
            word: "",
            role: Role::Key,
        },
        "marked; in the lists of a host: new since it was read before",
    ));
    badges
        .into_iter()
        .map(|(badge, meaning)| badge.line("  ").and(Role::Text, meaning))
        .collect()
}
