//! One cause across the fleet: how it is put right, and where it is, with equal findings folded into node sets.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::control::RemedyKind;
use crate::domain::event::HostIndex;

use super::super::line::{Line, labelled, paragraph};
use super::super::model::{Model, Screen};
use super::super::screen::across::node_set;
use super::super::screen::causes::{self, Cause};
use super::super::theme::Role;
use super::super::words;

/// Lines from which a pane has room for the remedy.
const ROOMY: usize = 12;

/// What the pane says of the selected cause, in at most `room` lines.
pub fn lines(model: &Model, columns: usize, room: usize) -> Vec<Line> {
    let Screen::Causes(screen) = &model.screen else {
        return Vec::new();
    };
    let Some(cause) = screen.selected() else {
        return Vec::new();
    };
    let badge = model.setup.glyphs.severity(cause.severity);
    let mut lines =
        vec![Line::of(badge.role, badge.word).and(Role::Strong, format!("  {}", cause.control))];
    let control = (model.setup.lookup)(cause.control);
    let mut say = |label: &str, text: &str| {
        lines.extend(labelled(label, Role::Text, text, columns));
    };
    say("Clears", &clears(cause));
    // In a small pane where it is counts for more than how it is put right, which `x` tells too.
    if room >= ROOMY {
        if let Some(control) = control {
            say("Wanted", control.title);
        }
        if let Some(remedy) = control.and_then(|control| control.remedies.first()) {
            let kind = match remedy.kind {
                RemedyKind::Auto => "repair",
                RemedyKind::Guide => "by hand",
            };
            let text = format!("{} ({kind}, {})", remedy.action, remedy.class.word());
            say("Remedy", &text);
        }
        lines.push(Line::default());
    }
    let groups = groups(model, cause);
    let mut left = groups.len();
    for (hosts, subject, observed) in groups {
        let set = node_set(&model.fleet, &hosts);
        let text = if observed.is_empty() || observed == subject {
            subject
        } else {
            format!("{subject}: {observed}")
        };
        let mut group = paragraph(Role::Strong, &set, columns, 0);
        group.extend(paragraph(Role::Text, &text, columns, 2));
        // The last line is kept for what does not fit.
        if lines.len() + group.len() + usize::from(left > 1) > room {
            let more = format!("and {left} more: Enter lists them");
            lines.push(Line::of(Role::Muted, more));
            break;
        }
        lines.extend(group);
        left -= 1;
    }
    lines
}

/// How much goes away with it.
fn clears(cause: &Cause) -> String {
    let findings = words::count(cause.findings, "finding");
    let hosts = words::count(cause.hosts.len(), "host");
    match cause.follow {
        0 => format!("{findings} on {hosts}"),
        n => format!("{findings} on {hosts}, and {n} that follow from them"),
    }
}

/// Hosts, subject and observed value of equal findings; those of the most hosts first.
fn groups(model: &Model, cause: &Cause) -> Vec<(Vec<HostIndex>, String, String)> {
    let filter = model.filtering();
    let mut found: BTreeMap<(&str, &str), Vec<HostIndex>> = BTreeMap::new();
    for (index, row) in causes::rows(&model.fleet, cause, filter) {
        let key = (
            row.result.subject.name.as_str(),
            row.result.observed.as_str(),
        );
        let hosts = found.entry(key).or_default();
        if hosts.last() != Some(&index) {
            hosts.push(index);
        }
    }
    let mut groups: Vec<_> = found
        .into_iter()
        .map(|((subject, observed), hosts)| (hosts, subject.to_owned(), observed.to_owned()))
        .collect();
    groups.sort_by_key(|(hosts, ..)| Reverse(hosts.len()));
    groups
}
