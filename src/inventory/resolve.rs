//! Puts a document together: defaults, groups and hosts become hosts with every setting settled.
//!
//! Nearest wins (host, its groups in the order listed, defaults), but mode and guardrails are the strictest of all.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Environment;
use super::document::{Document, Entry, MOST_HOSTS};
use super::jump;
use super::layer::Layer;
use super::limit::Fleet;
use super::read::Log;
use super::settle::{Login, Settled};
use super::spec::Inventory;
use super::values::Wrong;
use super::waiver;
use super::words::did_you_mean;
use crate::domain::nodeset;

/// Puts `document` together; what is wrong goes to `log`.
pub(super) fn resolve(
    log: &mut Log<'_>,
    document: Document,
    environment: &Environment<'_>,
) -> Inventory {
    check_names(log, &document);
    let mut hosts = Vec::new();
    let mut wishes = Vec::new();
    for entry in &document.entries {
        let levels = levels(log, &document, entry);
        let settled = Settled::of(log, &levels, entry, environment);
        let mut told: Vec<Range<usize>> = Vec::new();
        for name in &entry.names {
            if hosts.len() == MOST_HOSTS {
                break;
            }
            // A mistake is the same for each of the names; the hosts stay, so that others may name them.
            let (host, wish) = settled.host(name, environment, &mut |span, wrong: Wrong| {
                if !told.contains(span) {
                    told.push(span.clone());
                    log.add(span, wrong.message, wrong.hint);
                }
            });
            hosts.push(host);
            wishes.push(wish);
        }
    }
    let login = Login::of(log, &[&document.defaults], environment);
    jump::connect(log, &mut hosts, &wishes, &login, environment);
    let mut inventory = Inventory {
        hosts,
        groups: document.groups.keys().cloned().collect(),
        waivers: Vec::new(),
        store: document.store,
        sha256: String::new(),
    };
    inventory.waivers = waiver::resolve(log, document.waivers, &Fleet::new(&inventory));
    inventory
}

/// Complains of names that mean two things, and of more hosts than anybody has.
fn check_names(log: &mut Log<'_>, document: &Document) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, entry) in document.entries.iter().enumerate() {
        let mut again: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for name in &entry.names {
            let earlier = *first.entry(name).or_insert(index);
            if earlier != index {
                again.entry(earlier).or_default().push(name);
            }
            if document.groups.contains_key(name) {
                log.add(
                    &entry.at,
                    format!("`{name}` is a host and a group"),
                    Some("give one of them another name".to_owned()),
                );
            }
        }
        for (earlier, names) in again {
            let line = document.entries.get(earlier).map(|entry| {
                let spot = log.source.spot(&entry.at);
                format!("first on line {}", spot.line)
            });
            let message = format!("`{}` is declared twice", nodeset::fold(&names));
            log.add(&entry.at, message, line);
        }
    }
    let mut total = 0_usize;
    for entry in &document.entries {
        let before = total;
        total += entry.names.len();
        if before <= MOST_HOSTS && total > MOST_HOSTS {
            log.add(&entry.at, format!("more than {MOST_HOSTS} hosts"), None);
        }
    }
}

/// The layers that speak for an entry, nearest first.
fn levels<'d>(log: &mut Log<'_>, document: &'d Document, entry: &'d Entry) -> Vec<&'d Layer> {
    let mut levels = vec![&entry.layer];
    for group in &entry.groups {
        if let Some(layer) = document.groups.get(&group.value) {
            levels.push(layer);
            continue;
        }
        let hint = did_you_mean(&group.value, document.groups.keys().map(String::as_str))
            .unwrap_or_else(|| format!("declare it with `[groups.{}]`", group.value));
        log.add_missing(
            &group.span,
            format!("undefined group `{}`", group.value),
            Some(hint),
        );
    }
    levels.push(&document.defaults);
    levels
}
