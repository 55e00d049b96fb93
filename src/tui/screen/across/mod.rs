//! One thing across the fleet, with equal lines folded into node sets: a control, the images, the waivers.

mod control;
mod images;
mod waivers;

use crate::domain::event::HostIndex;
use crate::domain::filter::RowFacts;
use crate::domain::nodeset;
use crate::domain::outcome::Outcome;
use crate::domain::severity::Severity;

use super::super::action::Action;
use super::super::cursor::{Cursor, Step};
use super::super::effect::Effect;
use super::super::fleet::{Fleet, Host};
use super::super::model::{Filtering, Model, Screen};
use super::super::trail;
use super::tab::Tab;

/// What is looked at across the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// What a control says of every host.
    Control(&'static str),
    /// The images that hosts hold.
    Images,
    /// The findings that were accepted.
    Waivers,
}

impl About {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Control(id) => id,
            Self::Images => "images",
            Self::Waivers => "waivers",
        }
    }
}

/// One line: equal on all its hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The worst that is said of it, if anything is.
    pub worst: Option<(Outcome, Severity)>,
    /// What it is about.
    pub what: String,
    /// What is said of it.
    pub said: String,
    /// How many rows, containers or findings it stands for.
    pub count: usize,
    /// Where it is, in the order of the inventory.
    pub hosts: Vec<HostIndex>,
    /// What more there is to say: label and text.
    pub details: Vec<(&'static str, String)>,
}

/// The list.
#[derive(Debug)]
pub struct AcrossScreen {
    /// What is looked at.
    pub about: About,
    /// The lines shown, in order.
    pub lines: Vec<Folded>,
    /// All there are.
    pub total: usize,
    /// Where the person is.
    pub cursor: Cursor,
    /// Whether the person has moved; until then the cursor stays on top.
    pub moved: bool,
    /// What is shown.
    pub filter: Filtering,
}

impl AcrossScreen {
    /// The line under the cursor.
    pub fn selected(&self) -> Option<&Folded> {
        self.lines.get(self.cursor.at)
    }
}

/// Opens the list; with `on`, at the line about that.
pub fn open(model: &mut Model, about: About, on: Option<&str>) {
    let screen = AcrossScreen {
        about,
        lines: Vec::new(),
        total: 0,
        cursor: Cursor::default(),
        moved: false,
        filter: Filtering::default(),
    };
    trail::enter(model, Screen::Across(Box::new(screen)));
    arrange(model);
    if let Screen::Across(screen) = &mut model.screen
        && let Some(at) = on.and_then(|on| screen.lines.iter().position(|line| line.what == on))
    {
        screen.cursor.at = at;
        screen.moved = true;
    }
    fit(model);
}

/// Folds anew. The selected line stays selected, and in its place where that is possible.
pub fn arrange(model: &mut Model) {
    let Screen::Across(screen) = &model.screen else {
        return;
    };
    let all = folded(model, screen.about, &Filtering::default());
    let total = all.len();
    let shown = if screen.filter.filter.is_empty() {
        all
    } else {
        folded(model, screen.about, &screen.filter)
    };
    if let Screen::Across(screen) = &mut model.screen {
        let selected = screen
            .selected()
            .filter(|_| screen.moved)
            .map(|line| (line.what.clone(), line.said.clone()));
        screen.lines = shown;
        screen.total = total;
        let kept = selected.and_then(|(what, said)| {
            let same = |line: &Folded| line.what == what && line.said == said;
            screen.lines.iter().position(same)
        });
        match kept {
            Some(position) => screen.cursor.follow(position),
            None if screen.moved => {}
            None => screen.cursor = Cursor::default(),
        }
    }
    fit(model);
}

fn folded(model: &Model, about: About, filter: &Filtering) -> Vec<Folded> {
    match about {
        About::Control(id) => control::fold(&model.fleet, id, filter),
        About::Images => images::fold(&model.fleet, filter),
        About::Waivers => waivers::fold(model, filter),
    }
}

/// Keeps the cursor inside the list and the window.
pub fn fit(model: &mut Model) {
    let seen = usize::from(model.layout().rows.height);
    if let Screen::Across(screen) = &mut model.screen {
        screen.cursor.fit(screen.lines.len(), seen);
    }
}

/// Moves the cursor.
pub fn travel(model: &mut Model, step: Step) {
    let seen = usize::from(model.layout().rows.height);
    if let Screen::Across(screen) = &mut model.screen {
        screen.moved = true;
        screen.cursor.step(step, screen.lines.len(), seen);
    }
}

/// Does `action` on the list.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if action == Action::Enter {
        return hosts_of_selected(model);
    }
    Vec::new()
}

/// Opens the only host that has the selected line, or lists those that have it.
fn hosts_of_selected(model: &mut Model) -> Vec<Effect> {
    let Screen::Across(screen) = &model.screen else {
        return Vec::new();
    };
    let about = screen.about;
    let Some(line) = screen.selected() else {
        return Vec::new();
    };
    if let [only] = line.hosts.as_slice() {
        let tab = match about {
            About::Images => Tab::Images,
            About::Control(_) | About::Waivers => Tab::Findings,
        };
        let effects = super::host::open(model, *only);
        super::host::show(model, tab);
        return effects;
    }
    let text = format!("host:{}", node_set(&model.fleet, &line.hosts));
    match Filtering::parse(&text) {
        Ok(filter) => {
            trail::enter(model, Screen::Fleet);
            model.list.filter = filter;
            model.list.moved = false;
            super::fleet::arrange(model);
        }
        Err(_) => model.tell("too many hosts to name in a filter"),
    }
    Vec::new()
}

/// The names of `hosts` as a node set.
pub fn node_set(fleet: &Fleet, hosts: &[HostIndex]) -> String {
    let names: Vec<&str> = hosts
        .iter()
        .filter_map(|index| fleet.hosts.get(*index))
        .map(|host| host.header.name.as_str())
        .collect();
    nodeset::fold(&names)
}

/// Whether something that is no row passes `filter` on `host`.
fn passes(filter: &Filtering, host: &Host, control: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let facts = RowFacts {
        control,
        area: None,
        severity: Severity::Info,
        container: None,
        text: &text,
    };
    filter.filter.is_empty() || host.candidate(|one| filter.filter.row(one, &facts))
}

/// Puts `index` at the end of `hosts` if it is not there.
fn note(hosts: &mut Vec<HostIndex>, index: HostIndex) {
    if hosts.last() != Some(&index) {
        hosts.push(index);
    }
}
