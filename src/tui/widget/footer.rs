//! The lines at the bottom: what keys do, the line being typed, where the list is.

use super::super::action::Action;
use super::super::canvas::{Canvas, rows};
use super::super::key::Key;
use super::super::keymap::{self, Context};
use super::super::layout::{Layout, Rung};
use super::super::line::Line;
use super::super::model::{Input, Model, Screen};
use super::super::screen::across::About;
use super::super::theme::Role;
use super::super::update;

/// Draws status and footer; below a text that covers the screen there is no status.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, layout: &Layout, covered: bool) {
    if let Some(input) = &model.input {
        typed(canvas, input, layout, covered);
        return;
    }
    let notice = model
        .notice
        .as_ref()
        .map(|(text, _)| Line::of(Role::Notice, format!(" {text}")));
    let one_line = layout.status.height == 0 || covered;
    let room = usize::from(layout.footer.width);
    match (&notice, one_line) {
        (Some(notice), true) => canvas.line(layout.footer, 0, notice),
        _ => canvas.line(layout.footer, 0, &keys(model, room)),
    }
    if !covered {
        canvas.line(layout.status, 0, &notice.unwrap_or_else(|| status(model)));
    }
}

/// The action that the footer names at column `x`, if it names one there.
pub fn action_at(model: &Model, x: usize) -> Option<Action> {
    let mut from = 0;
    let room = usize::from(model.size.0);
    for (action, key, word) in named(model, room) {
        let until = from + key.chars().count() + word.len() + 3;
        if x < until {
            return Some(action);
        }
        from = until;
    }
    None
}

/// The keys that would do something now, as many as fit: help and quit always, of the others the most useful.
pub fn keys(model: &Model, room: usize) -> Line {
    let mut line = Line::default();
    for (_, key, word) in named(model, room) {
        let gap = if line.pieces.is_empty() { " " } else { "  " };
        line.add(Role::Key, format!("{gap}{key}"));
        line.add(Role::Muted, format!(" {word}"));
    }
    line
}

/// Action, key and word of what the footer offers.
fn named(model: &Model, room: usize) -> Vec<(Action, String, &'static str)> {
    let context = Context::of(model);
    let words: Vec<(Action, String, &'static str)> = keymap::offered(context)
        .iter()
        .filter(|action| !(action.changes() && model.is_auditor()))
        .filter(|action| update::available(model, **action))
        .filter_map(|action| {
            let name = match model.setup.keymap.keys(context, *action).first()? {
                Key::Enter => "Enter".to_owned(),
                Key::Esc => "Esc".to_owned(),
                key => key.to_string(),
            };
            Some((*action, name, action.short()))
        })
        .collect();
    let size =
        |(_, name, word): &(Action, String, &'static str)| name.chars().count() + word.len() + 3;
    let always = |action: Action| matches!(action, Action::Help | Action::Quit);
    let kept = words.iter().filter(|(action, ..)| always(*action));
    let mut left = (room + 1).saturating_sub(kept.map(size).sum::<usize>());
    let mut shown = Vec::new();
    for word in words {
        let needed = size(&word);
        if !always(word.0) {
            if needed > left {
                left = 0;
                continue;
            }
            left -= needed;
        }
        shown.push(word);
    }
    shown
}

fn status(model: &Model) -> Line {
    let (at, shown, total, sort, reverse, marks) = match &model.screen {
        Screen::Fleet => {
            let list = &model.list;
            (
                list.cursor.at,
                list.order.len(),
                model.fleet.hosts.len(),
                list.sort.word(),
                list.reverse,
                list.marks.len(),
            )
        }
        Screen::Causes(screen) => (
            screen.cursor.at,
            screen.items.len(),
            screen.total,
            "worth most first",
            false,
            0,
        ),
        Screen::Across(screen) => (
            screen.cursor.at,
            screen.lines.len(),
            screen.total,
            match screen.about {
                About::Waivers => "first to end",
                About::Control(_) | About::Images => "worst first",
            },
            false,
            0,
        ),
        Screen::Host(screen) if screen.has_lists(model) => {
            let list = screen.list();
            (
                list.cursor.at,
                list.items.len(),
                list.total,
                screen.sort.word(),
                screen.reverse,
                0,
            )
        }
        Screen::Host(_) => return Line::default(),
    };
    let position = if shown == 0 { 0 } else { at + 1 };
    let mut line = Line::of(Role::Muted, format!(" {position}/{shown}"));
    if shown < total {
        line.add(Role::Muted, format!(" of {total}"));
    }
    line.add(Role::Muted, format!("   sort {sort}"));
    if reverse {
        line.add(Role::Muted, ", reversed");
    }
    let filter = &model.filtering().text;
    line.add(Role::Muted, "   filter ");
    if filter.is_empty() {
        line.add(Role::Muted, "none");
    } else {
        line.add(Role::Strong, filter);
    }
    let problems = match &model.screen {
        Screen::Fleet => model.list.problems,
        Screen::Causes(_) | Screen::Across(_) => false,
        Screen::Host(screen) => screen.list().problems,
    };
    if problems {
        line.add(Role::Muted, "   problems only");
    }
    if marks > 0 {
        line.add(Role::Key, format!("   {marks} marked"));
    }
    line
}

/// The line being typed with its cursor, and beside it what is wrong with it or what could be typed.
fn typed(canvas: &mut Canvas<'_>, input: &Input, layout: &Layout, covered: bool) {
    let room = usize::from(layout.footer.width).saturating_sub(3);
    let from = (input.at + 1).saturating_sub(room.max(1));
    let part = |chars: Option<&[char]>| -> String { chars.unwrap_or_default().iter().collect() };
    let before = part(input.chars.get(from..input.at));
    let under = input.chars.get(input.at).map_or(' ', |c| *c);
    let after = part(input.chars.get(input.at + 1..));
    let line = Line::of(Role::Key, " /")
        .and(Role::Strong, before)
        .and(Role::Selected, under.to_string())
        .and(Role::Strong, after);
    let two = layout.rung >= Rung::Normal;
    let (input_row, other_row) = if two {
        (layout.status, layout.footer)
    } else {
        (layout.footer, rows(layout.header, 0, 1))
    };
    canvas.clear(input_row);
    canvas.line(input_row, 0, &line);
    let Some(error) = &input.error else {
        if two {
            let what = if covered {
                "only lines with this text are shown"
            } else {
                "web  !web  sev>=high  state:failed  rule:run-*  group:prod"
            };
            let hint =
                Line::of(Role::Muted, " Enter keeps it  Esc clears it   ").and(Role::Muted, what);
            canvas.clear(other_row);
            canvas.line(other_row, 0, &hint);
        }
        return;
    };
    let mut text = Line::default();
    if two {
        let column = (error.column + 2).saturating_sub(from);
        text.add(Role::Error, format!("{:>column$}", "^"));
    }
    text.add(
        Role::Error,
        format!(" column {}: {}", error.column, error.message),
    );
    canvas.clear(other_row);
    canvas.line(other_row, 0, &text);
}
