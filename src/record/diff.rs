//! What changed between two saved sweeps.

use std::collections::{BTreeMap, BTreeSet};

use super::Recording;
use crate::domain::host::HostHeader;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::severity::Severity;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A finding that was none before.
    Appeared,
    /// A finding whose severity rose.
    Worse,
    /// A finding whose severity fell, or that was accepted.
    Milder,
    /// A finding that is none any more: it passes, or its subject is gone.
    Vanished,
    /// It was answered before and is not now: nobody knows whether it got better.
    Unknown,
}

impl Change {
    /// All changes, what matters most first.
    pub const ALL: [Self; 5] = [
        Self::Appeared,
        Self::Worse,
        Self::Unknown,
        Self::Milder,
        Self::Vanished,
    ];

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Worse => "worse",
            Self::Milder => "milder",
            Self::Vanished => "vanished",
            Self::Unknown => "unknown",
        }
    }
}

/// A row that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed<'a> {
    /// What became of it.
    pub change: Change,
    /// Its host; empty for a control that compares hosts.
    pub host: &'a str,
    /// The row of the earlier sweep.
    pub before: Option<&'a ControlResult>,
    /// The row of the later sweep.
    pub after: Option<&'a ControlResult>,
}

impl Changed<'_> {
    /// The row that says most: today's, else yesterday's.
    pub fn row(&self) -> Option<&ControlResult> {
        self.after.or(self.before)
    }
}

/// Two sweeps that cannot be compared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{host} was judged by the profile {before} and then by {after}")]
pub struct Incomparable {
    host: String,
    before: String,
    after: String,
}

/// Why rows of two sweeps do not compare, if they do not: another profile is another question (decisions, 14).
pub fn comparable<'a>(
    before: &[HostHeader],
    after: impl IntoIterator<Item = &'a HostHeader>,
) -> Result<(), Incomparable> {
    let profiles: BTreeMap<&str, &str> = before
        .iter()
        .map(|header| (header.name.as_str(), header.profile.as_str()))
        .collect();
    for header in after {
        if let Some(profile) = profiles.get(header.name.as_str())
            && *profile != header.profile
        {
            return Err(Incomparable {
                host: header.name.clone(),
                before: (*profile).to_owned(),
                after: header.profile.clone(),
            });
        }
    }
    Ok(())
}

/// What changed from `before` to `after`, worst first. States of the moment are no change, and rows that follow from
/// another one are left to their cause.
pub fn between<'a>(before: &'a Recording, after: &'a Recording) -> Vec<Changed<'a>> {
    let old: BTreeMap<&str, (&str, &ControlResult)> = counted(before);
    let new: BTreeMap<&str, (&str, &ControlResult)> = counted(after);
    // A host that one of the sweeps did not read tells nothing of its findings.
    let read = |recording: &'a Recording| -> BTreeSet<&'a str> {
        let read = recording
            .reports()
            .filter(|report| !report.results.is_empty());
        read.map(|report| report.header.name.as_str())
            .chain([""])
            .collect()
    };
    let (was_read, is_read) = (read(before), read(after));
    let ids: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let mut changed: Vec<Changed<'_>> = ids
        .into_iter()
        .filter_map(|id| {
            let (before, after) = (old.get(id), new.get(id));
            let host = after.or(before).map_or("", |(host, _)| *host);
            if !was_read.contains(host) || !is_read.contains(host) {
                return None;
            }
            let (before, after) = (before.map(|(_, row)| *row), after.map(|(_, row)| *row));
            let change = change(before, after)?;
            Some(Changed {
                change,
                host,
                before,
                after,
            })
        })
        .collect();
    changed.sort_by_key(|one| {
        let place = Change::ALL.iter().position(|change| *change == one.change);
        let row = one.row();
        (
            place,
            row.map_or(Severity::Info, |row| row.severity),
            row.map_or("", |row| row.control).to_owned(),
            one.host.to_owned(),
            row.map_or("", |row| row.subject.id.as_str()).to_owned(),
        )
    });
    changed
}

fn counted(recording: &Recording) -> BTreeMap<&str, (&str, &ControlResult)> {
    recording
        .rows()
        .filter(|(_, row)| !recording.setting.catalogue.is_momentary(row.control))
        .map(|(host, row)| (row.id.as_str(), (host, row)))
        .collect()
}

fn change(before: Option<&ControlResult>, after: Option<&ControlResult>) -> Option<Change> {
    let failed = |row: Option<&ControlResult>| row.is_some_and(ControlResult::is_finding);
    let outcome = after.map(|row| row.outcome);
    match (failed(before), failed(after)) {
        (false, true) => Some(Change::Appeared),
        (true, true) => {
            let (before, after) = (before?.severity, after?.severity);
            // The worst severity is the smallest.
            match after.cmp(&before) {
                std::cmp::Ordering::Less => Some(Change::Worse),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some(Change::Milder),
            }
        }
        (true, false) => Some(match outcome {
            Some(Outcome::NotChecked | Outcome::Blocked | Outcome::Manual) => Change::Unknown,
            Some(Outcome::Waived) => Change::Milder,
            _ => Change::Vanished,
        }),
        (false, false) => {
            let passed = before.is_some_and(|row| row.outcome == Outcome::Pass);
            let open = matches!(outcome, Some(Outcome::NotChecked | Outcome::Blocked));
            (passed && open).then_some(Change::Unknown)
        }
    }
}
