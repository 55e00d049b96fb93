//! What lies over a screen.

use ratatui::layout::Rect;

use crate::domain::text::{pad, width};

use super::super::canvas::{Canvas, cells, rows};
use super::super::cursor::Cursor;
use super::super::layout::{self, Layout};
use super::super::line::Line;
use super::super::model::{Model, Overlay};
use super::super::pane;
use super::super::screen::overlay::sort_words;
use super::super::theme::Role;
use super::{palette, question};

/// Whether it takes the whole screen.
pub fn covers(overlay: &Overlay) -> bool {
    matches!(
        overlay,
        Overlay::Help(_) | Overlay::Explain(_) | Overlay::Repair
    )
}

/// Draws what lies over the screen, if anything does.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, layout: &Layout) {
    match &model.overlay {
        None => {}
        Some(Overlay::Help(text)) => {
            let area = layout::overlay(model.size);
            let lines = pane::help::lines(model, usize::from(area.width));
            let title = if text.filter.is_empty() {
                "Help".to_owned()
            } else {
                format!("Help: lines with {}", text.filter)
            };
            read(canvas, model, &title, &lines, text.top);
        }
        Some(Overlay::Explain(explained)) => {
            let area = layout::overlay(model.size);
            let lines = pane::explain::lines(model, explained, usize::from(area.width));
            read(canvas, model, explained.id, &lines, explained.text.top);
        }
        Some(Overlay::Repair) => {
            repair(canvas, model);
        }
        Some(Overlay::Sort(cursor)) => {
            let lines = choice(sort_words(model).into_iter(), *cursor);
            boxed(
                canvas,
                layout,
                "Sort by",
                &lines,
                cursor.at.checked_sub(cursor.top),
            );
        }
        Some(Overlay::Themes(cursor, _)) => {
            let themes = model.setup.themes.iter().map(String::as_str);
            let lines = choice(themes, *cursor);
            let selected = cursor.at.checked_sub(cursor.top);
            boxed(canvas, layout, "Theme", &lines, selected);
        }
        Some(Overlay::Export) => {
            let lines = keyed(&[
                ("c", "comma-separated values"),
                ("j", "JSON"),
                ("m", "a table in Markdown"),
            ]);
            boxed(canvas, layout, "Export what is shown", &lines, None);
        }
        Some(Overlay::Copy) => {
            let lines = keyed(&[
                ("y", "the row as text"),
                ("i", "its id"),
                ("j", "one line of JSON"),
                ("c", "a command that reaches the host"),
                ("h", "the host's name"),
            ]);
            boxed(canvas, layout, "Copy", &lines, None);
        }
        Some(Overlay::Keys(keys)) => {
            let (title, lines, selected) = question::keys(model, keys);
            boxed(canvas, layout, &title, &lines, selected);
        }
        Some(Overlay::Secret(typing)) => {
            let (title, lines) = question::secret(model, typing);
            boxed(canvas, layout, &title, &lines, None);
        }
        Some(Overlay::Palette(palette)) => {
            let (lines, selected) = palette::lines(model, palette);
            boxed(canvas, layout, "Go to", &lines, selected);
        }
        Some(Overlay::Quit) => {
            let lines = [
                Line::of(Role::Text, "A sweep is running."),
                Line::of(Role::Key, "q").and(Role::Text, "    stop it and quit"),
                Line::of(Role::Key, "Esc").and(Role::Text, "  stay"),
            ];
            boxed(canvas, layout, "Quit?", &lines, None);
        }
    }
}

/// Keys and what they do, a line each.
fn keyed(keys: &[(&str, &str)]) -> Vec<Line> {
    keys.iter()
        .map(|(key, what)| Line::of(Role::Key, *key).and(Role::Text, format!("  {what}")))
        .collect()
}

/// The lines of a choice from the first one shown on.
fn choice<'a>(words: impl Iterator<Item = &'a str>, cursor: Cursor) -> Vec<Line> {
    words
        .enumerate()
        .skip(cursor.top)
        .map(|(at, word)| {
            let here = at == cursor.at;
            Line::of(
                if here { Role::Strong } else { Role::Text },
                format!("{} {word}", if here { ">" } else { " " }),
            )
        })
        .collect()
}

/// The repair that the model holds.
fn repair(canvas: &mut Canvas<'_>, model: &Model) {
    let Some(repair) = &model.repair else { return };
    let area = layout::overlay(model.size);
    let lines = pane::repair::lines(repair, usize::from(area.width));
    let title = pane::repair::title(repair);
    read(canvas, model, &title, &lines, repair.text.top);
}

/// A text over the whole screen.
fn read(canvas: &mut Canvas<'_>, model: &Model, title: &str, lines: &[Line], top: usize) {
    let area = layout::overlay(model.size);
    let whole = canvas.area();
    let seen = usize::from(area.height);
    canvas.line(
        rows(whole, 0, 1),
        0,
        &Line::of(Role::Title, format!(" plimsoll > {title}")),
    );
    let last = (top + seen).min(lines.len());
    if lines.len() > seen {
        let place = Line::of(
            Role::Muted,
            format!("{}-{last} of {} ", top + 1, lines.len()),
        );
        let used = cells(width(title)).saturating_add(14);
        canvas.right(rows(whole, 0, 1), 0, &place, used);
    }
    canvas.lay(rows(whole, 0, 1), Role::Bar);
    if lines.is_empty() {
        canvas.line(area, 0, &Line::of(Role::Muted, "No line has this text."));
    }
    canvas.lines(area, lines, top);
}

/// A small box in the middle of the screen.
fn boxed(
    canvas: &mut Canvas<'_>,
    layout: &Layout,
    title: &str,
    lines: &[Line],
    selected: Option<usize>,
) {
    let whole = canvas.area();
    let inner = lines
        .iter()
        .map(Line::width)
        .chain([width(title) + 2])
        .max()
        .unwrap_or_default();
    let wide = cells(inner + 4).min(whole.width);
    let high = cells(lines.len() + 2).min(whole.height.saturating_sub(layout.footer.height));
    let area = Rect::new(
        (whole.width - wide) / 2,
        (whole.height.saturating_sub(high)) / 3,
        wide,
        high,
    );
    canvas.clear(area);
    let glyphs = canvas.glyphs();
    canvas.rule(area, 0, &Line::of(Role::Title, title));
    canvas.rule(area, high.saturating_sub(1), &Line::default());
    let (right, bottom) = (
        area.right().saturating_sub(1),
        area.bottom().saturating_sub(1),
    );
    let places = [
        (area.x, area.y),
        (right, area.y),
        (right, bottom),
        (area.x, bottom),
    ];
    for ((x, y), corner) in places.into_iter().zip(glyphs.corners()) {
        canvas.put(x, y, 1, Role::Line, corner);
    }
    for (row, line) in (1..high.saturating_sub(1)).zip(lines) {
        let mut full = Line::of(Role::Line, format!("{} ", glyphs.down()));
        full.pieces.extend(line.pieces.iter().cloned());
        let blank = usize::from(wide).saturating_sub(full.width() + 1);
        full.add(Role::Text, pad("", blank));
        full.add(Role::Line, glyphs.down());
        canvas.line(area, row, &full);
        if selected == Some(usize::from(row - 1)) {
            let bar = super::super::canvas::columns(rows(area, row, 1), 1, wide.saturating_sub(2));
            canvas.lay(bar, Role::Selected);
        }
    }
}
