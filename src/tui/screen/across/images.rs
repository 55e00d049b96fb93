//! The images of the fleet: one line for each name and build, with the hosts that hold it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::outcome::SubjectKind;
use crate::domain::text::clean;

use super::super::super::fleet::{Fleet, Host};
use super::super::super::model::Filtering;
use super::super::super::words;
use super::super::items::{badness, is_problem};
use super::{Folded, note, passes};

/// The lines, the worst first, among those the ones on most hosts. One tag may mean several builds: each has a line.
pub(super) fn fold(fleet: &Fleet, filter: &Filtering) -> Vec<Folded> {
    let mut lines: Vec<Folded> = Vec::new();
    let mut place: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, host) in fleet.hosts.iter().enumerate() {
        let Some(result) = &host.result else {
            continue;
        };
        for image in &result.images {
            if !passes(filter, host, "", &image.name) {
                continue;
            }
            let at = *place.entry((&image.name, &image.id)).or_insert_with(|| {
                lines.push(Folded {
                    worst: None,
                    what: clean(&image.name),
                    said: image.id.to_string(),
                    count: 0,
                    hosts: Vec::new(),
                    details: vec![("Size", words::size(image.size))],
                });
                lines.len() - 1
            });
            if let Some(line) = lines.get_mut(at) {
                line.count += image.containers;
                note(&mut line.hosts, index);
                judged(line, host, &image.name);
            }
        }
    }
    let place = |line: &Folded| {
        line.worst.map_or(
            (u8::MAX, crate::domain::severity::Severity::Info),
            |(outcome, severity)| super::super::items::place(outcome, severity),
        )
    };
    lines.sort_by_cached_key(|line| {
        let spread = (
            Reverse(line.hosts.len()),
            line.what.clone(),
            line.said.clone(),
        );
        (place(line), spread)
    });
    lines
}

/// Adds what controls say of the image called `name` on `host`.
fn judged(line: &mut Folded, host: &Host, name: &str) {
    let rows = host.result.iter().flat_map(|result| &result.rows);
    let about = rows
        .map(|row| &row.result)
        .filter(|row| row.subject.kind == SubjectKind::Image && row.subject.name == name)
        .filter(|row| is_problem(row));
    for row in about {
        let better = line.worst.is_none_or(|(outcome, severity)| {
            badness(row) < super::super::items::place(outcome, severity)
        });
        if better {
            line.worst = Some((row.outcome, row.severity));
        }
        if !line.details.iter().any(|(_, text)| text == row.control) {
            line.details.push(("Control", row.control.to_owned()));
        }
    }
}
