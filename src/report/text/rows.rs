//! Rows gathered for people: equal ones once, with everything they are about.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::event::{HostReport, HostState};
use crate::domain::filter::{Candidate, Filter, RowFacts};
use crate::domain::gap::GapClass;
use crate::domain::outcome::{ControlResult, Outcome, SubjectKind};
use crate::domain::severity::Severity;
use crate::report::Setting;

/// Bytes of a digest that are shown: the algorithm and twelve digits.
const DIGEST: usize = "sha256:".len() + 12;

/// What rows must share to be told as one, in the order in which they are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told<'a> {
    pub(super) severity: Severity,
    pub(super) control: &'static str,
    pub(super) observed: &'a str,
    pub(super) expected: &'a str,
}

impl<'a> Told<'a> {
    pub(super) fn of(row: &'a ControlResult) -> Self {
        Self {
            severity: row.severity,
            control: row.control,
            observed: &row.observed,
            expected: &row.expected,
        }
    }
}

/// The rows with `outcome` that do not follow from another row, equal ones gathered.
pub(super) fn gathered<'a>(
    rows: &[&'a ControlResult],
    outcome: Outcome,
) -> BTreeMap<Told<'a>, Vec<&'a ControlResult>> {
    let mut told: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows {
        if row.outcome == outcome && row.caused_by.is_none() {
            told.entry(Told::of(row)).or_default().push(*row);
        }
    }
    told
}

/// Rows of a failing control that follow from another one: how many, and of which controls, by cause.
pub(super) fn consequences(
    rows: &[&ControlResult],
) -> BTreeMap<&'static str, (usize, Vec<&'static str>)> {
    let mut causes: BTreeMap<_, (usize, Vec<_>)> = BTreeMap::new();
    for row in rows {
        if let (Outcome::Fail, Some(cause)) = (row.outcome, row.caused_by) {
            let (count, controls) = causes.entry(cause).or_default();
            *count += 1;
            if !controls.contains(&row.control) {
                controls.push(row.control);
            }
        }
    }
    causes
}

/// Gaps by class and message: how many rows each leaves open. The commonest first.
pub(super) fn gaps<'a>(rows: &[&'a ControlResult]) -> Vec<((GapClass, &'a str), usize)> {
    let mut gaps: BTreeMap<(GapClass, &str), usize> = BTreeMap::new();
    for row in rows {
        if let (Outcome::NotChecked, Some(gap)) = (row.outcome, &row.gap) {
            *gaps.entry((gap.class, gap.message.as_str())).or_default() += 1;
        }
    }
    let mut gaps: Vec<_> = gaps.into_iter().collect();
    gaps.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    gaps
}

/// What a row is about, for people: the word for its kind, and its name. Some names speak for themselves.
pub(super) fn subject(row: &ControlResult) -> (&'static str, &str) {
    let subject = &row.subject;
    let word = match subject.kind {
        SubjectKind::Host | SubjectKind::Daemon | SubjectKind::File => "",
        kind => kind.word(),
    };
    // Nobody reads sixty-four digits, and twelve are what the engine's own tools take.
    let name = match subject.name.get(..DIGEST) {
        Some(short) if short.starts_with("sha256:") => short,
        _ => &subject.name,
    };
    (word, name)
}

/// Subjects in a sentence, those of one kind together: `containers db, web, network shop`; at most `most` of a kind.
pub(super) fn named(subjects: &BTreeSet<(&'static str, &str)>, most: usize) -> String {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (kind, name) in subjects {
        kinds.entry(kind).or_default().push(name);
    }
    let kinds: Vec<String> = (kinds.into_iter())
        .map(|(kind, names)| {
            let shown: Vec<&str> = names.iter().take(most).copied().collect();
            let mut said = shown.join(", ");
            if names.len() > shown.len() {
                said = format!("{said} and {} more", names.len() - shown.len());
            }
            match (kind, names.len()) {
                ("", _) => said,
                (_, 1) => format!("{kind} {said}"),
                _ => format!("{kind}s {said}"),
            }
        })
        .collect();
    kinds.join(", ")
}

/// The rows of `report` that `filter` lets through; none where it hides the host itself.
pub(super) fn shown<'a>(
    report: &'a HostReport,
    setting: &Setting,
    filter: &Filter,
) -> Option<Vec<&'a ControlResult>> {
    if filter.is_empty() {
        let rows = report.results.iter().filter(|row| !setting.hides(row));
        return Some(rows.collect());
    }
    let state = setting.state(report);
    let clean = report.posture.worst().is_none() && state != HostState::Failed;
    let states: Vec<&str> = std::iter::once(state.word())
        .chain(clean.then_some("clean"))
        .collect();
    let candidate = Candidate {
        host: &report.header.name,
        groups: &report.header.groups,
        states: &states,
        error: report.error.as_ref().map(|error| error.class.word()),
        via: report.header.transport.word(),
    };
    let texts: Vec<String> = (report.results.iter())
        .map(|row| searched(row, setting))
        .collect();
    let facts: Vec<RowFacts<'_>> = (report.results.iter())
        .zip(&texts)
        .map(|(row, text)| RowFacts {
            control: row.control,
            area: setting.catalogue.get(row.control).map(|c| c.area),
            severity: row.severity,
            container: (row.subject.kind == SubjectKind::Container)
                .then_some(row.subject.name.as_str()),
            text,
        })
        .collect();
    // Only what needs attention can select a host: a pass of a critical control is no critical row.
    let open: Vec<RowFacts<'_>> = (report.results.iter())
        .zip(&facts)
        .filter(|(row, _)| !matches!(row.outcome, Outcome::Pass | Outcome::NotApplicable))
        .map(|(_, facts)| *facts)
        .collect();
    filter.host(&candidate, &open).then(|| {
        (report.results.iter())
            .zip(&facts)
            .filter(|(row, facts)| !setting.hides(row) && filter.row(&candidate, facts))
            .map(|(row, _)| row)
            .collect()
    })
}

fn searched(row: &ControlResult, setting: &Setting) -> String {
    let title = setting
        .catalogue
        .get(row.control)
        .map_or("", |control| control.title);
    format!(
        "{} {title} {} {}",
        row.control, row.subject.name, row.observed
    )
    .to_lowercase()
}
