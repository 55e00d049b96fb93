//! What one control says of the fleet: its rows that are no passes, equal ones folded.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::outcome::ControlResult;
use crate::domain::text::clean;

use super::super::super::fleet::Fleet;
use super::super::super::model::Filtering;
use super::super::items::badness;
use super::{Folded, note};

/// The lines of the control `id`, the worst first, among those the ones on most hosts.
pub(super) fn fold(fleet: &Fleet, id: &str, filter: &Filtering) -> Vec<Folded> {
    let mut lines: Vec<Folded> = Vec::new();
    let mut place: BTreeMap<(&str, String, u8), usize> = BTreeMap::new();
    for (index, host) in fleet.hosts.iter().enumerate() {
        let rows = host.result.iter().flat_map(|result| &result.rows);
        for row in rows.filter(|row| row.result.control == id) {
            let passes = filter.filter.is_empty()
                || host.candidate(|one| filter.filter.row(one, &row.facts()));
            if !passes {
                continue;
            }
            let row = &row.result;
            let said = said(row);
            let key = (row.subject.name.as_str(), said.clone(), badness(row).0);
            let at = *place.entry(key).or_insert_with(|| {
                lines.push(Folded {
                    worst: Some((row.outcome, row.severity)),
                    what: clean(&row.subject.name),
                    said,
                    count: 0,
                    hosts: Vec::new(),
                    details: Vec::new(),
                });
                lines.len() - 1
            });
            if let Some(line) = lines.get_mut(at) {
                line.count += 1;
                note(&mut line.hosts, index);
            }
        }
    }
    let place = |line: &Folded| {
        line.worst
            .map(|(outcome, severity)| super::super::items::place(outcome, severity))
    };
    lines.sort_by_cached_key(|line| (place(line), Reverse(line.hosts.len()), line.what.clone()));
    lines
}

/// What a row says in a line: the value, or why there is none.
fn said(row: &ControlResult) -> String {
    match (&row.gap, &row.waiver) {
        (Some(gap), _) => format!("{}: {}", gap.class.word(), gap.message),
        (None, Some(waiver)) => format!("{} (until {})", row.observed, waiver.expires),
        (None, None) => row.observed.clone(),
    }
}
