//! The line being typed: a filter for the list, or a word to look for in a text.

use crate::domain::filter::MAX_FILTER;

use super::cursor::Step;
use super::key::Key;
use super::model::{Filtering, Input, Model, Overlay, Screen};
use super::screen::{causes, fleet, host, overlay};
use super::update;

/// Opens the line on what is in force now.
pub fn open(model: &mut Model) {
    let text = match &model.overlay {
        Some(Overlay::Help(text)) => text.filter.clone(),
        _ => model.filtering().text.clone(),
    };
    let chars: Vec<char> = text.chars().collect();
    model.input = Some(Input {
        at: chars.len(),
        chars,
        error: None,
    });
}

/// Takes a key in while the line is open.
pub fn key(model: &mut Model, key: Key) {
    let Some(input) = &mut model.input else {
        return;
    };
    let before = input.chars.clone();
    match key {
        Key::Enter => {
            // An unfinished filter is left as it was understood last.
            model.input = None;
            return;
        }
        Key::Esc => {
            model.input = None;
            apply(model, "");
            return;
        }
        Key::Up => return update::travel(model, Step::By(-1)),
        Key::Down => return update::travel(model, Step::By(1)),
        Key::PageUp => return update::travel(model, Step::Page(-1)),
        Key::PageDown => return update::travel(model, Step::Page(1)),
        Key::Left => input.at = input.at.saturating_sub(1),
        Key::Right => input.at = (input.at + 1).min(input.chars.len()),
        Key::Home => input.at = 0,
        Key::End => input.at = input.chars.len(),
        Key::Backspace if input.at > 0 => {
            input.at -= 1;
            input.chars.remove(input.at);
        }
        Key::Delete if input.at < input.chars.len() => {
            input.chars.remove(input.at);
        }
        Key::Ctrl('u') => {
            input.chars.drain(..input.at);
            input.at = 0;
        }
        Key::Ctrl('w') => {
            let end = input.at;
            while input.at > 0 && input.before().is_some_and(|c| c == ' ') {
                input.at -= 1;
            }
            while input.at > 0 && input.before().is_some_and(|c| c != ' ') {
                input.at -= 1;
            }
            input.chars.drain(input.at..end);
        }
        Key::Char(c) => input.insert(c),
        _ => {}
    }
    if input.chars != before {
        let text = input.text();
        apply(model, &text);
    }
}

/// Takes pasted text in; outside of a line it means nothing, so that a paste can never press keys.
pub fn paste(model: &mut Model, text: &str) {
    let Some(input) = &mut model.input else {
        return;
    };
    for c in text.lines().next().unwrap_or_default().chars() {
        input.insert(c);
    }
    let text = input.text();
    apply(model, &text);
}

impl Input {
    /// What was typed.
    pub fn text(&self) -> String {
        self.chars.iter().collect()
    }

    fn before(&self) -> Option<char> {
        self.chars.get(self.at.checked_sub(1)?).copied()
    }

    fn insert(&mut self, c: char) {
        if !c.is_control() && self.chars.len() < MAX_FILTER {
            self.chars.insert(self.at.min(self.chars.len()), c);
            self.at += 1;
        }
    }
}

/// Applies `text`; one that cannot be understood leaves the list as it was.
fn apply(model: &mut Model, text: &str) {
    if let Some(Overlay::Help(help)) = &mut model.overlay {
        text.clone_into(&mut help.filter);
        overlay::fit(model);
        return;
    }
    let parsed = Filtering::parse(text);
    if let Some(input) = &mut model.input {
        input.error = parsed.as_ref().err().cloned();
    }
    let Ok(filter) = parsed else {
        return;
    };
    match &mut model.screen {
        Screen::Fleet => {
            model.list.filter = filter;
            fleet::arrange(model);
        }
        Screen::Causes(screen) => {
            screen.filter = filter;
            causes::arrange(model);
        }
        Screen::Host(screen) => {
            screen.filter = filter;
            host::arrange(model);
        }
    }
}
