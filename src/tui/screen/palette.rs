//! The command palette: one line to go to any host, control or container, or to do anything that can be done here.

use std::collections::BTreeSet;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::domain::event::HostIndex;
use crate::domain::outcome::SubjectKind;

use super::super::action::Action;
use super::super::cursor::{Cursor, Step};
use super::super::effect::Effect;
use super::super::key::Key;
use super::super::keymap::Context;
use super::super::layout;
use super::super::model::{Input, Model, Overlay};
use super::super::update;
use super::across::{self, About};
use super::tab::Tab;
use super::{host, overlay};

/// Lines that are found at most; nobody reads more.
const FOUND: usize = 500;

/// Where a line leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To doing something.
    Do(Action),
    /// To a theme.
    Theme(usize),
    /// To a host.
    Host(HostIndex),
    /// To a control across the fleet.
    Control(&'static str),
    /// To a container of a host.
    Container(HostIndex),
}

impl Target {
    /// What kind of line it is.
    pub fn word(self) -> &'static str {
        match self {
            Self::Do(_) => "do",
            Self::Theme(_) => "theme",
            Self::Host(_) => "host",
            Self::Control(_) => "control",
            Self::Container(_) => "container",
        }
    }
}

/// One line that can be gone to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is searched in and shown.
    pub text: String,
    /// Where it leads.
    pub target: Target,
}

/// The palette while it is open.
#[derive(Debug)]
pub struct Palette {
    /// The line being typed.
    pub input: Input,
    /// Everything that can be gone to.
    pub entries: Vec<Entry>,
    /// Positions of what was found, the best first.
    pub found: Vec<usize>,
    /// Where the person is.
    pub cursor: Cursor,
}

impl Palette {
    /// The line under the cursor.
    pub fn selected(&self) -> Option<&Entry> {
        self.entries.get(*self.found.get(self.cursor.at)?)
    }

    /// Looks for what is typed.
    fn search(&mut self) {
        self.cursor = Cursor::default();
        let typed = self.input.text();
        if typed.trim().is_empty() {
            self.found = (0..self.entries.len().min(FOUND)).collect();
            return;
        }
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(&typed, CaseMatching::Ignore, Normalization::Smart);
        let mut letters = Vec::new();
        let mut found: Vec<(u32, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                let text = Utf32Str::new(&entry.text, &mut letters);
                Some((pattern.score(text, &mut matcher)?, index))
            })
            .collect();
        // Entries stand in an order that means something; equally good ones keep it.
        found.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
        self.found = found
            .into_iter()
            .take(FOUND)
            .map(|(_, index)| index)
            .collect();
    }
}

/// Opens the palette.
pub fn open(model: &mut Model) {
    let mut palette = Palette {
        input: Input::on(""),
        entries: entries(model),
        found: Vec::new(),
        cursor: Cursor::default(),
    };
    palette.search();
    model.overlay = Some(Overlay::Palette(palette));
}

/// Lines of the palette that are seen.
pub fn seen(model: &Model) -> usize {
    usize::from(layout::overlay(model.size).height)
        .saturating_sub(3)
        .clamp(1, 16)
}

/// Everything that can be done here, then controls, hosts and containers.
fn entries(model: &Model) -> Vec<Entry> {
    let context = Context::of(model);
    let bound: BTreeSet<Action> = model
        .setup
        .keymap
        .bindings(context)
        .map(|(_, action)| action)
        .collect();
    let moves = |action: Action| update::step(action).is_some() || action == Action::Palette;
    let mut entries: Vec<Entry> = Action::ALL
        .iter()
        .copied()
        .filter(|action| bound.contains(action) && !moves(*action))
        .filter(|action| update::available(model, *action))
        .map(|action| Entry {
            text: format!("{}: {}", action.name(), action.about()),
            target: Target::Do(action),
        })
        .collect();
    let themes = model.setup.themes.iter().enumerate();
    entries.extend(themes.map(|(index, name)| Entry {
        text: format!("theme {name}"),
        target: Target::Theme(index),
    }));
    let controls = (model.setup.catalogue)();
    entries.extend(controls.into_iter().map(|control| Entry {
        text: format!("{} {}", control.id, control.title),
        target: Target::Control(control.id),
    }));
    for (index, host) in model.fleet.hosts.iter().enumerate() {
        let name = &host.header.name;
        entries.push(Entry {
            text: name.clone(),
            target: Target::Host(index),
        });
        let rows = host.result.iter().flat_map(|result| &result.rows);
        let containers: BTreeSet<&str> = rows
            .map(|row| &row.result.subject)
            .filter(|subject| subject.kind == SubjectKind::Container)
            .map(|subject| subject.name.as_str())
            .collect();
        entries.extend(containers.into_iter().map(|container| Entry {
            text: format!("{container} on {name}"),
            target: Target::Container(index),
        }));
    }
    entries
}

/// Takes a key in that is typed into the palette; hands back one that is not.
pub fn typed(model: &mut Model, key: Key) -> Option<Key> {
    let Some(Overlay::Palette(palette)) = &mut model.overlay else {
        return Some(key);
    };
    let step = match key {
        Key::Enter | Key::Esc => return Some(key),
        Key::Up => Step::By(-1),
        Key::Down | Key::Tab => Step::By(1),
        Key::PageUp => Step::Page(-1),
        Key::PageDown => Step::Page(1),
        key => {
            if palette.input.press(key) {
                palette.search();
            } else if matches!(key, Key::Ctrl(_)) {
                return Some(key);
            }
            return None;
        }
    };
    overlay::travel(model, step);
    None
}

/// Takes pasted text into the palette; whether it is open.
pub fn paste(model: &mut Model, text: &str) -> bool {
    let Some(Overlay::Palette(palette)) = &mut model.overlay else {
        return false;
    };
    for c in text.lines().next().unwrap_or_default().chars() {
        palette.input.insert(c);
    }
    palette.search();
    true
}

/// Goes to the selected line.
pub fn go(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Palette(palette)) = &model.overlay else {
        return Vec::new();
    };
    let Some(entry) = palette.selected().cloned() else {
        return Vec::new();
    };
    model.overlay = None;
    match entry.target {
        Target::Do(action) if update::available(model, action) => update::act(model, action),
        Target::Do(_) => Vec::new(),
        Target::Theme(index) => {
            model.theme = index;
            model.theme_chosen = true;
            Vec::new()
        }
        Target::Host(index) => host::open(model, index),
        Target::Control(id) => {
            across::open(model, About::Control(id), None);
            Vec::new()
        }
        Target::Container(index) => {
            let effects = host::open(model, index);
            host::show(model, Tab::Containers);
            let name = entry.text.rsplit_once(" on ").map(|(name, _)| name);
            host::select(model, name.unwrap_or_default());
            effects
        }
    }
}
