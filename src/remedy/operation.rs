//! What a journal says of each operation: who did what where, how it ended, and what could be taken back.

use std::collections::BTreeMap;

use super::journal::{Book, Event, How, Who};
use super::steps::Change;
use crate::domain::plan::Target;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// When it began, in UTC.
    pub began: String,
    /// Who did it.
    pub who: Who,
    /// The operation that it took back.
    pub undoes: Option<String>,
    /// Number of the change or ticket it belongs to.
    pub ticket: Option<String>,
    /// What was done on each host, in order.
    pub hosts: Vec<OnHost>,
    /// Whether it came to its end.
    pub ended: bool,
}

/// What an operation did on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnHost {
    /// The host's name.
    pub host: String,
    /// The findings that it was to put right.
    pub targets: Vec<Target>,
    /// Its steps by number.
    pub steps: BTreeMap<usize, OneStep>,
    /// How it ended; nothing where it was interrupted.
    pub how: Option<How>,
    /// Why it is not simply done.
    pub why: String,
}

/// A step that an operation meant to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneStep {
    /// What it changes.
    pub change: Change,
    /// What became of it.
    pub state: State,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was meant; nobody knows whether it was done.
    Meant,
    /// It was done and stands.
    Done,
    /// It was not done, or taken back.
    Gone,
}

impl Operation {
    /// Whether something of it may still stand: done and not taken back, or cut off in the middle.
    pub fn stands(&self) -> bool {
        self.hosts.iter().any(OnHost::stands)
    }

    /// Whether it was cut off in the middle, or left a host as it should not be.
    pub fn is_open(&self) -> bool {
        self.hosts.iter().any(OnHost::is_open)
    }
}

impl OnHost {
    /// Whether something may still stand on this host.
    pub fn stands(&self) -> bool {
        self.standing().next().is_some()
    }

    /// Whether work on this host was cut off in the middle, or left it as it should not be.
    pub fn is_open(&self) -> bool {
        let cut_off = self.standing().any(|(_, step)| step.state == State::Meant);
        self.stands() && (cut_off || matches!(self.how, None | Some(How::Open)))
    }

    /// What may still stand, by number.
    pub fn standing(&self) -> impl DoubleEndedIterator<Item = (usize, &OneStep)> {
        self.steps
            .iter()
            .filter(|(_, step)| step.state != State::Gone)
            .map(|(number, step)| (*number, step))
    }
}

/// Every operation of a journal, oldest first. What a later operation took back is gone from the earlier one.
pub fn all(book: &Book) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for entry in &book.entries {
        if let Event::Began {
            who,
            undoes,
            ticket,
            ..
        } = &entry.event
        {
            operations.push(Operation {
                id: entry.operation.clone(),
                began: entry.at.clone(),
                who: who.clone(),
                undoes: undoes.clone(),
                ticket: ticket.clone(),
                hosts: Vec::new(),
                ended: false,
            });
            continue;
        }
        let Some(at) = operations
            .iter()
            .position(|operation| operation.id == entry.operation)
        else {
            continue;
        };
        let undoes = operations.get(at).and_then(|found| found.undoes.clone());
        if let Some(undone) = undoes
            && let Some(earlier) = operations.iter_mut().find(|found| found.id == undone)
            && matches!(
                entry.event,
                Event::GoingBack { .. } | Event::Back { .. } | Event::Stays { .. }
            )
        {
            earlier.hear(&entry.event);
        }
        if let Some(operation) = operations.get_mut(at) {
            operation.hear(&entry.event);
        }
    }
    operations
}

impl Operation {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Began { .. } => {}
            Event::Host { host, targets, .. } => self.hosts.push(OnHost {
                host: host.clone(),
                targets: targets.clone(),
                steps: BTreeMap::new(),
                how: None,
                why: String::new(),
            }),
            Event::Intent { host, step, change } => {
                if let Some(on) = self.on(host) {
                    let meant = OneStep {
                        change: change.clone(),
                        state: State::Meant,
                    };
                    on.steps.insert(*step, meant);
                }
            }
            // Until it is back, nobody knows.
            Event::GoingBack { host, step } => self.set(host, *step, State::Meant),
            Event::Done { host, step, .. } | Event::Stays { host, step, .. } => {
                self.set(host, *step, State::Done);
            }
            Event::Failed { host, step, .. } | Event::Back { host, step, .. } => {
                self.set(host, *step, State::Gone);
            }
            Event::HostEnded { host, how, why } => {
                if let Some(on) = self.on(host) {
                    on.how = Some(*how);
                    on.why.clone_from(why);
                }
            }
            Event::Ended => self.ended = true,
        }
    }

    fn on(&mut self, host: &str) -> Option<&mut OnHost> {
        self.hosts.iter_mut().find(|on| on.host == host)
    }

    fn set(&mut self, host: &str, step: usize, state: State) {
        if let Some(found) = self.on(host).and_then(|on| on.steps.get_mut(&step)) {
            found.state = state;
        }
    }
}
