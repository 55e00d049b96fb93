//! `docs/sweep-json.md` names every member of the document, and none that does not exist.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json_of;
use crate::support::fleet;

/// Objects whose keys are data.
const OPEN: [&str; 4] = [
    "hosts[].labels",
    "scope.severity_overrides",
    "scope.parameters",
    "scope.parameters_by_host",
];

/// The paths of all leaves of `value`; rows are left out where `row` says so.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = if OPEN.contains(&path) { "…" } else { name };
                let dot = if path.is_empty() { "" } else { "." };
                paths(value, &format!("{path}{dot}{name}"), found);
            }
        }
        // Values of parameters may be lists themselves.
        Value::Array(items) if !path.ends_with("value") => {
            let below = format!("{path}[]");
            if path.ends_with("results") {
                found.insert(below);
                return;
            }
            if path.ends_with("excluded_controls") {
                found.insert(path.to_owned());
                return;
            }
            for item in items {
                paths(item, &below, found);
            }
        }
        Value::Null => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// The members named in the first column of each table of the page.
fn documented() -> (BTreeSet<String>, BTreeSet<String>) {
    let page = include_str!("../../../docs/sweep-json.md");
    let (whole, row) = page.split_once("A row of `results`").unwrap();
    (named(whole), named(row))
}

fn named(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .flat_map(|line| {
            let column = line.split_once(" | ").unwrap().0;
            column
                .split(", ")
                .map(|name| name.trim_matches('`').to_owned())
        })
        .collect()
}

#[test]
fn the_page_names_every_member_and_no_other() {
    let sweep: Value = serde_json::from_str(&json_of(&fleet::events(), false)).unwrap();
    let (mut whole, mut rows) = (BTreeSet::new(), BTreeSet::new());
    paths(&sweep, "", &mut whole);
    // The hand-made fleet has no jump hosts.
    whole.insert("hosts[].jumps[]".into());
    let hosts = sweep["hosts"].as_array().unwrap();
    for host in hosts.iter().chain([&sweep["fleet"]]) {
        for row in host["results"].as_array().unwrap() {
            paths(row, "", &mut rows);
        }
    }
    // Told only where there is a baseline.
    rows.insert("new".into());
    assert_eq!(documented(), (whole, rows));
}
