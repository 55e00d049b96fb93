//! Fix once, clears N: the findings of the whole fleet by the control that fails, the most worthwhile first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::event::HostIndex;
use crate::domain::outcome::Outcome;
use crate::domain::severity::Severity;

use super::super::action::Action;
use super::super::cursor::{Cursor, Step};
use super::super::effect::Effect;
use super::super::fleet::{Fleet, Row};
use super::super::model::{Filtering, Model, Screen};
use super::super::trail;
use super::across::{self, About};

/// A control that fails somewhere in the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its id.
    pub control: &'static str,
    /// The worst of its findings.
    pub severity: Severity,
    /// Findings that are gone once it is put right everywhere.
    pub findings: usize,
    /// Rows that only follow from them.
    pub follow: usize,
    /// The hosts that have them, in the order of the inventory.
    pub hosts: Vec<HostIndex>,
}

/// The list of causes.
#[derive(Debug, Default)]
pub struct CausesScreen {
    /// The causes shown, in order.
    pub items: Vec<Cause>,
    /// All there are.
    pub total: usize,
    /// Where the person is.
    pub cursor: Cursor,
    /// Whether the person has moved; until then the cursor stays on top.
    pub moved: bool,
    /// What is shown: rows that fit, on hosts that fit.
    pub filter: Filtering,
}

impl CausesScreen {
    /// The cause under the cursor.
    pub fn selected(&self) -> Option<&Cause> {
        self.items.get(self.cursor.at)
    }
}

/// Opens the list; the filter of the hosts goes with it.
pub fn open(model: &mut Model) {
    let screen = CausesScreen {
        filter: model.list.filter.clone(),
        ..CausesScreen::default()
    };
    trail::enter(model, Screen::Causes(Box::new(screen)));
    arrange(model);
}

/// Counts and sorts anew. The selected cause stays selected, and on its line where that is possible.
pub fn arrange(model: &mut Model) {
    if let Screen::Causes(screen) = &mut model.screen {
        let selected = screen.selected().map(|cause| cause.control);
        let all = causes(&model.fleet, &Filtering::default());
        screen.total = all.len();
        screen.items = if screen.filter.filter.is_empty() {
            all
        } else {
            causes(&model.fleet, &screen.filter)
        };
        let kept = selected
            .filter(|_| screen.moved)
            .and_then(|id| screen.items.iter().position(|cause| cause.control == id));
        match kept {
            Some(position) => screen.cursor.follow(position),
            None if screen.moved => {}
            None => screen.cursor = Cursor::default(),
        }
    }
    fit(model);
}

/// Keeps the cursor inside the list and the window.
pub fn fit(model: &mut Model) {
    let seen = usize::from(model.layout().rows.height);
    if let Screen::Causes(screen) = &mut model.screen {
        screen.cursor.fit(screen.items.len(), seen);
    }
}

/// Moves the cursor.
pub fn travel(model: &mut Model, step: Step) {
    let seen = usize::from(model.layout().rows.height);
    if let Screen::Causes(screen) = &mut model.screen {
        screen.moved = true;
        screen.cursor.step(step, screen.items.len(), seen);
    }
}

/// Does `action` on the list of causes.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Enter => {
            if let Some(id) = model.control() {
                across::open(model, About::Control(id), None);
            }
        }
        Action::Pivot => return trail::out(model),
        _ => {}
    }
    Vec::new()
}

/// The rows of `cause` that pass `filter`, with their hosts.
pub fn rows<'a>(
    fleet: &'a Fleet,
    cause: &'a Cause,
    filter: &'a Filtering,
) -> impl Iterator<Item = (HostIndex, &'a Row)> {
    cause.hosts.iter().flat_map(move |index| {
        fleet
            .hosts
            .get(*index)
            .into_iter()
            .flat_map(move |host| {
                host.result
                    .iter()
                    .flat_map(|result| &result.rows)
                    .filter(move |row| row.result.control == cause.control)
                    .filter(move |row| row.result.is_finding())
                    .filter(move |row| {
                        filter.filter.is_empty()
                            || host.candidate(|one| filter.filter.row(one, &row.facts()))
                    })
            })
            .map(move |row| (*index, row))
    })
}

fn causes(fleet: &Fleet, filter: &Filtering) -> Vec<Cause> {
    let mut found: BTreeMap<&'static str, Cause> = BTreeMap::new();
    for (index, host) in fleet.hosts.iter().enumerate() {
        let rows = || host.result.iter().flat_map(|result| &result.rows);
        for row in rows().filter(|row| row.result.is_finding()) {
            let passes = filter.filter.is_empty()
                || host.candidate(|one| filter.filter.row(one, &row.facts()));
            if !passes || row.result.severity == Severity::Info {
                continue;
            }
            let cause = found.entry(row.result.control).or_insert_with(|| Cause {
                control: row.result.control,
                severity: row.result.severity,
                findings: 0,
                follow: 0,
                hosts: Vec::new(),
            });
            cause.severity = cause.severity.min(row.result.severity);
            cause.findings += 1;
            if cause.hosts.last() != Some(&index) {
                cause.hosts.push(index);
            }
        }
        let effects = rows().filter(|row| row.result.outcome == Outcome::Fail);
        for cause in effects.filter_map(|row| row.result.caused_by) {
            if let Some(cause) = found.get_mut(cause)
                && cause.hosts.last() == Some(&index)
            {
                cause.follow += 1;
            }
        }
    }
    let mut causes: Vec<Cause> = found.into_values().collect();
    causes.sort_by_key(|cause| (Reverse(worth(cause)), cause.severity, cause.control));
    causes
}

/// What putting it right everywhere is worth: how bad it is, on how many hosts.
fn worth(cause: &Cause) -> usize {
    let weight = usize::try_from(cause.severity.weight()).unwrap_or(usize::MAX);
    weight.saturating_mul(cause.hosts.len())
}
