//! Draws the questions to the person.

use crate::domain::question::{NewKey, QuestionId};
use crate::domain::text::{fit_middle, pad, width};

use super::super::layout;
use super::super::line::{Line, paragraph};
use super::super::model::Model;
use super::super::screen::question::{self, Keys, Typing};
use super::super::theme::Role;

/// Columns of a fingerprint.
const FINGERPRINT: usize = 50;

/// Widest text of a box.
const WIDEST: usize = 96;

/// The list of unknown keys: its title, its lines, and which of them is selected.
pub fn keys(model: &Model, keys: &Keys) -> (String, Vec<Line>, Option<usize>) {
    let unknown = question::unknown(model);
    let title = match unknown.len() {
        1 => "An SSH server's key is not on file".to_owned(),
        n => format!("The keys of {n} SSH servers are not on file"),
    };
    let room = room(model);
    let names = room.saturating_sub(FINGERPRINT + 6).clamp(8, 32);
    let names = unknown
        .iter()
        .map(|(_, key)| width(&key.server))
        .max()
        .map_or(names, |longest| longest.min(names));
    let seen = question::seen(model);
    let mut lines: Vec<Line> = unknown
        .iter()
        .skip(keys.cursor.top)
        .take(seen)
        .map(|(id, key)| row(*id, key, keys, names))
        .collect();
    lines.push(Line::default());
    if let Some((_, key)) = unknown.get(keys.cursor.at) {
        lines.extend(details(key, room));
    }
    let selected = keys.cursor.at.checked_sub(keys.cursor.top);
    (title, lines, selected)
}

fn row(id: QuestionId, key: &NewKey, keys: &Keys, names: usize) -> Line {
    let tick = if keys.ticked.contains(&id) {
        "[x] "
    } else {
        "[ ] "
    };
    Line::of(Role::Key, tick)
        .and(Role::Strong, pad(&fit_middle(&key.server, names), names))
        .and(Role::Text, format!("  {}", key.fingerprint))
}

fn details(key: &NewKey, room: usize) -> Vec<Line> {
    let mut lines = paragraph(
        Role::Text,
        &format!("{} {} {}", key.server, key.kind, key.fingerprint),
        room,
        0,
    );
    lines.extend(paragraph(
        Role::Muted,
        &format!("Compare on the host, reached another way: {}", key.compare),
        room,
        0,
    ));
    lines.extend(paragraph(
        Role::Muted,
        &format!("Trusted, it is kept in {}", key.file),
        room,
        0,
    ));
    lines
}

/// A secret that is typed: its title and its lines.
pub fn secret(model: &Model, typing: &Typing) -> (String, Vec<Line>) {
    let Some(wanted) = question::wanted(model, typing.id) else {
        return (String::new(), Vec::new());
    };
    let room = room(model);
    let mut lines: Vec<Line> = wanted
        .lines
        .iter()
        .flat_map(|line| paragraph(Role::Text, line, room, 0))
        .collect();
    for (prompt, secret) in wanted.prompts.iter().zip(&typing.typed) {
        let label = prompt.label.trim_end_matches([':', ' ']);
        let shown = match secret.count() {
            0 => " ",
            _ if prompt.echo => secret.expose(),
            // How long it is, is nobody's business either.
            _ => "(hidden)",
        };
        let line = Line::of(Role::Key, format!("{label}: ")).and(Role::Strong, shown);
        lines.push(line.and(Role::Selected, " "));
    }
    // The box keeps its size while something is typed into it.
    lines.push(Line::of(Role::Text, pad("", room.min(48))));
    (wanted.title(), lines)
}

fn room(model: &Model) -> usize {
    usize::from(layout::overlay(model.size).width)
        .saturating_sub(2)
        .min(WIDEST)
}
