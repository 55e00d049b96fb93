//! The line being typed: a filter for the list, or a word to look for in a text.

use crate::domain::filter::MAX_FILTER;

use super::cursor::Step;
use super::key::Key;
use super::model::{Filtering, Input, Model, Overlay, Screen};
use super::screen::{across, causes, fleet, host, overlay};
use super::update;

/// Opens the line on what is in force now.
pub fn open(model: &mut Model) {
    let text = match &model.overlay {
        Some(Overlay::Help(text)) => text.filter.clone(),
        _ => model.filtering().text.clone(),
    };
    model.input = Some(Input::on(&text));
}

/// Takes a key in while the line is open.
pub fn key(model: &mut Model, key: Key) {
    let Some(input) = &mut model.input else {
        return;
    };
    match key {
        // An unfinished filter is left as it was understood last.
        Key::Enter => model.input = None,
        Key::Esc => {
            model.input = None;
            apply(model, "");
        }
        Key::Up => update::travel(model, Step::By(-1)),
        Key::Down => update::travel(model, Step::By(1)),
        Key::PageUp => update::travel(model, Step::Page(-1)),
        Key::PageDown => update::travel(model, Step::Page(1)),
        key => {
            if input.press(key) {
                let text = input.text();
                apply(model, &text);
            }
        }
    }
}

impl Input {
    /// An empty line with `text` in it and the cursor behind.
    pub fn on(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        Self {
            at: chars.len(),
            chars,
            error: None,
        }
    }

    /// Edits the line; whether its text is another one now.
    pub fn press(&mut self, key: Key) -> bool {
        let before = self.chars.clone();
        match key {
            Key::Left => self.at = self.at.saturating_sub(1),
            Key::Right => self.at = (self.at + 1).min(self.chars.len()),
            Key::Home => self.at = 0,
            Key::End => self.at = self.chars.len(),
            Key::Backspace if self.at > 0 => {
                self.at -= 1;
                self.chars.remove(self.at);
            }
            Key::Delete if self.at < self.chars.len() => {
                self.chars.remove(self.at);
            }
            Key::Ctrl('u') => {
                self.chars.drain(..self.at);
                self.at = 0;
            }
            Key::Ctrl('w') => {
                let end = self.at;
                while self.at > 0 && self.before().is_some_and(|c| c == ' ') {
                    self.at -= 1;
                }
                while self.at > 0 && self.before().is_some_and(|c| c != ' ') {
                    self.at -= 1;
                }
                self.chars.drain(self.at..end);
            }
            Key::Char(c) => self.insert(c),
            _ => {}
        }
        self.chars != before
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

    /// Types a character; control characters and what goes beyond the longest filter are left out.
    pub fn insert(&mut self, c: char) {
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
        Screen::Across(screen) => {
            screen.filter = filter;
            across::arrange(model);
        }
        Screen::Host(screen) => {
            screen.filter = filter;
            host::arrange(model);
        }
    }
}
