//! Hosts as the text of an inventory: what all of them share stands once, and names that count up are folded.

use std::collections::BTreeSet;

use super::entry::{Entry, Line, list, quoted};
use crate::domain::nodeset;

/// The inventory of `hosts`; `from` says where they come from.
pub fn text(hosts: &[Entry], from: &str) -> String {
    let shared = shared(hosts);
    let mut out = format!("# From {}.\nversion = 1\n", one_line(from));
    if !shared.is_empty() {
        out.push_str("\n[defaults]\n");
        out.push_str(&joined(&shared));
    }
    out.push_str(&groups(hosts));
    for (names, host) in folded(hosts) {
        out.push('\n');
        out.push_str(&entry(&names, host, &shared));
    }
    out
}

/// An inventory of nothing but `host`, for a look whether it can stand in one.
pub fn alone(host: &Entry) -> String {
    let hosts = std::slice::from_ref(host);
    format!(
        "version = 1\n{}{}",
        groups(hosts),
        entry(&host.name, host, &[])
    )
}

/// No more than one line, so that a comment stays one.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn groups(hosts: &[Entry]) -> String {
    let names: BTreeSet<&str> = hosts
        .iter()
        .flat_map(|host| &host.groups)
        .map(String::as_str)
        .collect();
    let tables = names.into_iter().map(|name| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if !name.is_empty() && name.chars().all(plain) {
            format!("\n[groups.{name}]\n")
        } else {
            format!("\n[groups.{}]\n", quoted(name))
        }
    });
    tables.collect()
}

fn entry(names: &str, host: &Entry, shared: &[Line]) -> String {
    let mut lines: Vec<Line> = vec![("name", quoted(names))];
    if !host.groups.is_empty() {
        lines.push(("groups", list(&host.groups)));
    }
    if let Some(endpoint) = &host.settings.endpoint {
        lines.push(("endpoint", quoted(endpoint)));
    }
    let own = host.settings.lines();
    lines.extend(own.into_iter().filter(|line| !shared.contains(line)));
    format!("[[hosts]]\n{}", joined(&lines))
}

fn joined(lines: &[Line]) -> String {
    let lines = lines
        .iter()
        .map(|(key, value)| format!("{key} = {value}\n"));
    lines.collect()
}

/// What every host says in the same words. Nothing where a jump is used: defaults would hold for jumps too, whose
/// login is another one.
fn shared(hosts: &[Entry]) -> Vec<Line> {
    let [first, _, ..] = hosts else {
        return Vec::new();
    };
    if hosts.iter().any(|host| !host.settings.jump.is_empty()) {
        return Vec::new();
    }
    let mut shared = first.settings.lines();
    // How an engine is secured is said beside its endpoint.
    shared.retain(|(key, _)| !matches!(*key, "tls" | "insecure"));
    for host in hosts {
        let lines = host.settings.lines();
        shared.retain(|line| lines.contains(line));
    }
    shared
}

/// Hosts that differ in nothing but their names, as one entry with a node set, where they follow one another.
fn folded(hosts: &[Entry]) -> Vec<(String, &Entry)> {
    let alike = |a: &Entry, b: &Entry| a.groups == b.groups && a.settings == b.settings;
    let mut entries: Vec<(String, &Entry)> = Vec::new();
    for run in hosts.chunk_by(alike) {
        let names: Vec<&str> = run.iter().map(|host| host.name.as_str()).collect();
        let set = nodeset::fold(&names);
        // Equal endpoints are one engine, but for those that say the host's own name.
        let endpoint = run.first().and_then(|host| host.settings.endpoint.as_ref());
        let one = endpoint.is_some_and(|endpoint| !endpoint.contains("{name}"));
        // Names of different kinds stay entries of their own: a set of sets is hard to read.
        let single = !top_level_comma(&set);
        match run {
            [first, _, ..] if single && !one => entries.push((set, first)),
            _ => entries.extend(run.iter().map(|host| (host.name.clone(), host))),
        }
    }
    entries
}

fn top_level_comma(set: &str) -> bool {
    let mut depth = 0_u32;
    set.chars().any(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}
