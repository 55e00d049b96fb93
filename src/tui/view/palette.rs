//! The command palette: the line being typed and what it finds.

use crate::domain::text::{fit, pad};

use super::super::layout;
use super::super::line::Line;
use super::super::model::Model;
use super::super::screen::palette::{self, Palette};
use super::super::theme::Role;
use super::super::words;

/// Columns of the word that says what a line is.
const KIND: usize = 11;

/// Widest palette.
const WIDEST: u16 = 90;

/// The lines of the box, and the one under the cursor.
pub fn lines(model: &Model, palette: &Palette) -> (Vec<Line>, Option<usize>) {
    let room = usize::from(layout::overlay(model.size).width.min(WIDEST)).saturating_sub(6);
    let input = &palette.input;
    let part = |chars: Option<&[char]>| -> String { chars.unwrap_or_default().iter().collect() };
    let from = (input.at + 2).saturating_sub(room);
    let under = input.chars.get(input.at).map_or(' ', |c| *c);
    let mut typed = Line::of(Role::Key, ":")
        .and(Role::Strong, part(input.chars.get(from..input.at)))
        .and(Role::Selected, under.to_string())
        .and(Role::Strong, part(input.chars.get(input.at + 1..)));
    typed.add(Role::Text, pad("", room.saturating_sub(typed.width())));
    let mut lines = vec![typed];
    if palette.found.is_empty() {
        lines.push(Line::of(Role::Muted, "nothing is called so"));
        return (lines, None);
    }
    let shown = palette.found.iter().skip(palette.cursor.top);
    for index in shown.take(palette::seen(model)) {
        let Some(entry) = palette.entries.get(*index) else {
            continue;
        };
        let kind = pad(entry.target.word(), KIND);
        let text = fit(&entry.text, room.saturating_sub(KIND));
        lines.push(Line::of(Role::Muted, kind).and(Role::Text, text));
    }
    let count = match palette.found.len() {
        count if count < palette.entries.len() => words::count(count, "line"),
        count => format!("{} in all", words::count(count, "line")),
    };
    lines.push(Line::of(Role::Muted, count));
    let selected = palette.cursor.at.checked_sub(palette.cursor.top);
    (lines, selected.map(|line| line + 1))
}
