//! The waivers of the inventory and what each covers; of a saved sweep, those that its rows name.

use std::collections::BTreeMap;

use crate::domain::event::{HostIndex, HostState};
use crate::domain::outcome::Outcome;
use crate::domain::severity::Severity;
use crate::domain::waiver::Waiver;

use super::super::super::fleet::Fleet;
use super::super::super::model::{Filtering, Model};
use super::{Folded, note, passes};

/// Days before the end from which a waiver asks for attention.
const SOON: i64 = 30;

/// Control, owner, reason and last day: what a row tells of its waiver.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// What one waiver covers.
#[derive(Default)]
struct Covered {
    rows: usize,
    hosts: Vec<HostIndex>,
}

/// The lines: what is over first, then what ends soon.
pub(super) fn fold(model: &Model, filter: &Filtering) -> Vec<Folded> {
    let today = model.now.div_euclid(86_400_000);
    let mut covered = covered(&model.fleet, filter);
    let mut lines: Vec<(i64, Folded)> = Vec::new();
    for waiver in &model.setup.waivers {
        let key = (
            waiver.control.as_str(),
            waiver.owner.as_str(),
            waiver.reason.as_str(),
            waiver.expires.as_str(),
        );
        let found = covered.remove(&key).unwrap_or_default();
        if found.rows == 0 && !named(model, waiver, filter) {
            continue;
        }
        let left = waiver.expires_day - today;
        lines.push((left, declared(model, waiver, found, left)));
    }
    for ((control, owner, reason, expires), found) in covered {
        let line = Folded {
            worst: Some((Outcome::Waived, Severity::Info)),
            what: control.to_owned(),
            said: format!("until {expires}"),
            count: found.rows,
            hosts: found.hosts,
            details: vec![("Owner", owner.to_owned()), ("Reason", reason.to_owned())],
        };
        lines.push((i64::MAX, line));
    }
    lines.sort_by_cached_key(|(left, line)| (*left, line.what.clone()));
    lines.into_iter().map(|(_, line)| line).collect()
}

fn covered<'a>(fleet: &'a Fleet, filter: &Filtering) -> BTreeMap<Key<'a>, Covered> {
    let mut covered: BTreeMap<Key<'a>, Covered> = BTreeMap::new();
    for (index, host) in fleet.hosts.iter().enumerate() {
        for row in host.result.iter().flat_map(|result| &result.rows) {
            let Some(note_of) = &row.result.waiver else {
                continue;
            };
            let shown = filter.filter.is_empty()
                || host.candidate(|one| filter.filter.row(one, &row.facts()));
            if !shown {
                continue;
            }
            let key = (
                row.result.control,
                note_of.owner.as_str(),
                note_of.reason.as_str(),
                note_of.expires.as_str(),
            );
            let found = covered.entry(key).or_default();
            found.rows += 1;
            note(&mut found.hosts, index);
        }
    }
    covered
}

/// Whether a waiver that covers nothing passes the filter on a host that it is for.
fn named(model: &Model, waiver: &Waiver, filter: &Filtering) -> bool {
    let hosts = || model.fleet.hosts.iter();
    filter.filter.is_empty()
        || hosts()
            .filter(|host| waiver.matched_hosts.contains(&host.header.name))
            .any(|host| passes(filter, host, &waiver.control, &waiver.control))
}

fn declared(model: &Model, waiver: &Waiver, found: Covered, left: i64) -> Folded {
    let when = match left {
        ..0 => format!("ended {} days ago", -left),
        0 => "ends today".to_owned(),
        1 => "ends tomorrow".to_owned(),
        left => format!("{left} days left"),
    };
    let idle = found.rows == 0 && left >= 0 && judged_everywhere(model, waiver);
    let note = if idle { ", accepts nothing" } else { "" };
    let attention = left < SOON || idle;
    let outcome = if attention {
        Outcome::Manual
    } else {
        Outcome::Waived
    };
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let details = [
        ("Until", waiver.expires.clone()),
        ("Owner", waiver.owner.clone()),
        ("Reason", waiver.reason.clone()),
        (
            "For hosts",
            waiver.hosts.clone().unwrap_or_else(|| "every host".into()),
        ),
        ("Objects", optional(&waiver.subject)),
        ("Image", optional(&waiver.image)),
        ("Label", optional(&waiver.label)),
        ("Approved", optional(&waiver.approved_by)),
        ("Granted", optional(&waiver.granted)),
        ("Ticket", optional(&waiver.ticket)),
    ];
    Folded {
        worst: Some((outcome, Severity::Info)),
        what: waiver.control.clone(),
        said: format!("{when}{note}"),
        count: found.rows,
        hosts: found.hosts,
        details: details
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .collect(),
    }
}

/// Whether every host that a waiver is for was fully assessed, so that covering nothing means something.
fn judged_everywhere(model: &Model, waiver: &Waiver) -> bool {
    model
        .fleet
        .hosts
        .iter()
        .filter(|host| waiver.matched_hosts.contains(&host.header.name))
        .all(|host| {
            let assessed = |state| state == HostState::Assessed;
            host.failure.is_none() && host.result.as_ref().is_some_and(|one| assessed(one.state))
        })
}
