//! The lists of a host: rows grouped into what each tab shows a line for.

use std::collections::BTreeMap;

use crate::domain::control::Area;
use crate::domain::evidence::HostEvidence;
use crate::domain::evidence::container::Container;
use crate::domain::evidence::image::Image;
use crate::domain::filter::{Filter, RowFacts};
use crate::domain::outcome::{ControlResult, Outcome, Subject, SubjectKind};
use crate::domain::severity::Severity;
use crate::domain::text::clean;

use super::super::fleet::{Host, Row};
use super::facts::{self, Fact};
use super::host::HostSort;
use super::tab::Tab;

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// Positions of its rows, the worst first.
    pub rows: Vec<usize>,
    /// Its name, where it has one of its own.
    pub name: String,
    /// Whether it follows from the line above.
    pub under: bool,
    /// Positions of rows that follow from it and are folded.
    pub folded: Vec<usize>,
    /// Position of its container or image in the evidence.
    pub position: Option<usize>,
    /// What was read, where the line is about that.
    pub fact: Option<Fact>,
}

/// How the rows of a host are to be listed.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// The rows.
    pub rows: &'a [Row],
    /// Whether each row passes the filter.
    pub passing: &'a [bool],
    /// The filter, for lines without rows.
    pub filter: &'a Filter,
    /// The host.
    pub host: &'a Host,
    /// What was read, once it is loaded.
    pub evidence: Option<&'a HostEvidence>,
    /// Whether only problems are listed.
    pub problems: bool,
    /// The order.
    pub sort: HostSort,
    /// Whether the order is turned round.
    pub reverse: bool,
}

/// How bad a row is, the worst first: findings by severity, then what is open, then the rest.
pub fn badness(row: &ControlResult) -> (u8, Severity) {
    place(row.outcome, row.severity)
}

/// The same of an outcome by itself.
pub fn place(outcome: Outcome, severity: Severity) -> (u8, Severity) {
    let place = match outcome {
        Outcome::Fail if severity == Severity::Info => 4,
        Outcome::Fail => 0,
        Outcome::Manual => 1,
        Outcome::Blocked => 2,
        Outcome::NotChecked => 3,
        Outcome::Waived => 5,
        Outcome::Pass => 6,
        Outcome::NotApplicable => 7,
    };
    (place, severity)
}

/// Whether a row asks for attention.
pub fn is_problem(row: &ControlResult) -> bool {
    !matches!(row.outcome, Outcome::Pass | Outcome::NotApplicable)
}

/// The lines of `tab`.
pub fn list(tab: Tab, listing: &Listing<'_>) -> Vec<Item> {
    match tab {
        Tab::Findings => findings(listing),
        Tab::Containers => containers(listing),
        Tab::Images => images(listing),
        Tab::Daemon => single(listing, |row| {
            row.area == Some(Area::Daemon) && row.result.subject.kind == SubjectKind::Daemon
        }),
        Tab::Permissions => permissions(listing),
        Tab::Host => with_facts(listing, facts::host::facts, |row| {
            matches!(row.area, Some(Area::Os | Area::Host))
                && row.result.subject.kind != SubjectKind::Account
        }),
        Tab::Swarm => with_facts(listing, facts::swarm::facts, |row| {
            row.area == Some(Area::Swarm)
        }),
    }
}

impl<'a> Listing<'a> {
    fn shown(&self) -> impl Iterator<Item = (usize, &'a Row)> {
        let problems = self.problems;
        self.rows
            .iter()
            .zip(self.passing)
            .enumerate()
            .filter(move |(_, (row, passing))| **passing && (!problems || is_problem(&row.result)))
            .map(|(index, (row, _))| (index, row))
    }

    /// Whether a line that no control judges passes the filter by its name.
    fn names(&self, name: &str) -> bool {
        let text = name.to_lowercase();
        let facts = RowFacts {
            control: "",
            area: None,
            severity: Severity::Info,
            container: None,
            text: &text,
        };
        self.host.candidate(|host| self.filter.row(host, &facts))
    }

    fn row(&self, index: usize) -> Option<&'a Row> {
        self.rows.get(index)
    }

    fn worst(&self, item: &Item) -> (u8, Severity) {
        item.rows
            .iter()
            .filter_map(|index| self.row(*index))
            .map(|row| badness(&row.result))
            .min()
            // What was read stands between what asks for attention and what passed.
            .unwrap_or(if item.fact.is_some() {
                (5, Severity::Info)
            } else {
                (8, Severity::Info)
            })
    }

    fn arrange(&self, items: &mut [Item]) {
        let first = |item: &Item| item.rows.first().and_then(|index| self.row(*index));
        items.sort_by_cached_key(|item| {
            let row = first(item);
            let control = row.map_or("", |row| row.result.control);
            let subject = row.map_or("", |row| row.result.subject.id.as_str());
            let name = if item.name.is_empty() {
                subject
            } else {
                item.name.as_str()
            };
            let worst = self.worst(item);
            match self.sort {
                HostSort::Severity => (worst, control, name.to_owned(), worst),
                HostSort::Control => ((0, Severity::Info), control, name.to_owned(), worst),
                HostSort::Subject => ((0, Severity::Info), "", name.to_owned(), worst),
            }
        });
        if self.reverse {
            items.reverse();
        }
    }
}

/// One line per row; rows that follow from another are folded into it, or listed below it when everything is shown.
fn findings(listing: &Listing<'_>) -> Vec<Item> {
    let cause_of = |row: &Row| {
        let cause = row.result.caused_by?;
        let causes = || {
            listing
                .rows
                .iter()
                .enumerate()
                .filter(|(_, other)| other.result.control == cause && other.result.is_finding())
        };
        causes()
            .find(|(_, other)| other.result.subject == row.result.subject)
            .or_else(|| causes().next())
            .map(|(index, _)| index)
    };
    let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut items = Vec::new();
    for (index, row) in listing.shown() {
        match cause_of(row) {
            Some(cause) => followers.entry(cause).or_default().push(index),
            None => items.push(Item {
                rows: vec![index],
                ..Item::default()
            }),
        }
    }
    // A cause that the filter hides does not hide what follows from it.
    for (cause, rows) in &followers {
        if !items.iter().any(|item| item.rows.contains(cause)) {
            items.extend(rows.iter().map(|index| Item {
                rows: vec![*index],
                ..Item::default()
            }));
        }
    }
    listing.arrange(&mut items);
    let mut all = Vec::new();
    for mut item in items {
        let below: Vec<usize> = item
            .rows
            .iter()
            .filter_map(|index| followers.get(index))
            .flatten()
            .copied()
            .collect();
        let open = !listing.problems;
        item.folded.clone_from(&below);
        all.push(item);
        if open {
            all.extend(below.into_iter().map(|index| Item {
                rows: vec![index],
                under: true,
                ..Item::default()
            }));
        }
    }
    all
}

fn single(listing: &Listing<'_>, belongs: impl Fn(&Row) -> bool) -> Vec<Item> {
    let mut items: Vec<Item> = listing
        .shown()
        .filter(|(_, row)| belongs(row))
        .map(|(index, _)| Item {
            rows: vec![index],
            ..Item::default()
        })
        .collect();
    listing.arrange(&mut items);
    items
}

/// One line per container: those the engine listed, and those that only rows name.
fn containers(listing: &Listing<'_>) -> Vec<Item> {
    let listed = listing
        .evidence
        .and_then(|evidence| evidence.engine.containers.as_ref().ok());
    let subjects = listed.into_iter().flatten().map(Container::subject);
    listed_or_judged(listing, subjects, SubjectKind::Container)
}

/// One line per image: those the engine listed, and those that only rows name.
fn images(listing: &Listing<'_>) -> Vec<Item> {
    let listed = listing
        .evidence
        .and_then(|evidence| evidence.engine.images.as_ref().ok());
    let subjects = listed.into_iter().flatten().map(Image::subject);
    listed_or_judged(listing, subjects, SubjectKind::Image)
}

fn listed_or_judged(
    listing: &Listing<'_>,
    listed: impl Iterator<Item = Subject>,
    kind: SubjectKind,
) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut place: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (position, subject) in listed.enumerate() {
        let name = clean(&subject.name);
        place.insert((subject.id, subject.name), items.len());
        items.push(Item {
            name,
            position: Some(position),
            ..Item::default()
        });
    }
    for (index, row) in listing.rows.iter().enumerate() {
        let subject = &row.result.subject;
        if subject.kind != kind {
            continue;
        }
        let key = (subject.id.clone(), subject.name.clone());
        let position = *place.entry(key).or_insert_with(|| {
            items.push(Item {
                name: subject.name.clone(),
                ..Item::default()
            });
            items.len() - 1
        });
        if let Some(item) = items.get_mut(position) {
            item.rows.push(index);
        }
    }
    finish(listing, items)
}

/// One line per fact with the rows that judge it, and one for each other row that belongs here.
fn with_facts(
    listing: &Listing<'_>,
    facts: impl Fn(&HostEvidence) -> Vec<Fact>,
    belongs: impl Fn(&Row) -> bool,
) -> Vec<Item> {
    let mut items: Vec<Item> = listing
        .evidence
        .map(facts)
        .unwrap_or_default()
        .into_iter()
        .map(|fact| Item {
            name: fact.name.clone(),
            fact: Some(fact),
            ..Item::default()
        })
        .collect();
    for (index, row) in listing.rows.iter().enumerate() {
        if !belongs(row) {
            continue;
        }
        let about = |item: &&mut Item| {
            let subject = item.fact.as_ref().and_then(|fact| fact.subject.as_ref());
            subject == Some(&row.result.subject.id)
        };
        match items.iter_mut().find(about) {
            Some(item) => item.rows.push(index),
            None => items.push(Item {
                rows: vec![index],
                ..Item::default()
            }),
        }
    }
    finish(listing, items)
}

/// One line per path, and one per account or group, whatever area looks at it: a group may open a socket.
fn permissions(listing: &Listing<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, row) in listing.rows.iter().enumerate() {
        let belongs =
            row.area == Some(Area::Permissions) || row.result.subject.kind == SubjectKind::Account;
        if !belongs {
            continue;
        }
        let subject = &row.result.subject;
        // A row that found no file at all has the host as its subject: each such control keeps its own line.
        let (key, name) = match subject.kind {
            SubjectKind::Host => (row.result.control, row.result.control.to_owned()),
            SubjectKind::File => (subject.id.as_str(), subject.name.clone()),
            kind => (
                subject.id.as_str(),
                format!("{} {}", kind.word(), subject.name),
            ),
        };
        let position = *place.entry(key).or_insert_with(|| {
            items.push(Item {
                name,
                ..Item::default()
            });
            items.len() - 1
        });
        if let Some(item) = items.get_mut(position) {
            item.rows.push(index);
        }
    }
    finish(listing, items)
}

/// Orders the rows of each item, drops items that are not to be shown, and sorts the rest.
fn finish(listing: &Listing<'_>, mut items: Vec<Item>) -> Vec<Item> {
    for item in &mut items {
        item.rows
            .sort_by_key(|index| listing.row(*index).map(|row| badness(&row.result)));
    }
    items.retain(|item| {
        let passing = |index: &usize| listing.passing.get(*index) == Some(&true);
        let problem = |index: &usize| {
            listing
                .row(*index)
                .is_some_and(|row| is_problem(&row.result))
        };
        let passes = if item.rows.is_empty() {
            listing.names(&item.name)
        } else {
            item.rows.iter().any(passing)
        };
        passes && (!listing.problems || item.rows.iter().any(problem))
    });
    listing.arrange(&mut items);
    items
}
