//! Inventories in Ansible's INI.

use std::net::Ipv6Addr;

use super::tree::{Layer, Tree, Value, Variables};
use super::{File, range};
use crate::import::{Found, words};

/// What the lines of a section are.
enum Section {
    Hosts(String),
    Children(String),
    Variables(String),
    Unknown,
}

/// Reads a whole file into `tree`.
pub(super) fn inventory(file: &File, tree: &mut Tree, found: &mut Found) {
    let mut section = Section::Hosts("ungrouped".to_owned());
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let at = format!("{}:{}", file.place, index + 1);
        // A name may start with a range too.
        let heading = line
            .strip_prefix('[')
            .map(|rest| rest.split(['#', ';']).next().unwrap_or_default().trim())
            .and_then(|rest| rest.strip_suffix(']'))
            .filter(|name| !name.contains([']', '[']));
        if let Some(name) = heading {
            section = self::section(name, tree);
            if matches!(section, Section::Unknown) {
                found.note(
                    &at,
                    format!("left out: `[{name}]` is no section of an inventory"),
                );
            }
            continue;
        }
        match &section {
            Section::Hosts(group) => {
                if let Err(why) = hosts(line, group, tree) {
                    found.note(&at, format!("left out: {why}"));
                }
            }
            Section::Children(group) => {
                let child = line.split(['#', ' ', '\t']).next().unwrap_or_default();
                tree.child(group, child);
            }
            Section::Variables(group) => match line.split_once('=') {
                Some((key, value)) => {
                    let value = Value::Text(unquoted(value.trim()).to_owned());
                    let variables = Variables::from([(key.trim().to_owned(), value)]);
                    tree.group_variables(group, Layer::Inside, variables);
                }
                None => found.note(&at, "left out: a variable without `=`"),
            },
            Section::Unknown => {}
        }
    }
}

fn section(name: &str, tree: &mut Tree) -> Section {
    let (group, kind) = name.split_once(':').unwrap_or((name, ""));
    let group = group.trim().to_owned();
    match kind.trim() {
        "" => {
            tree.group(&group);
            Section::Hosts(group)
        }
        "children" => {
            tree.group(&group);
            Section::Children(group)
        }
        "vars" => Section::Variables(group),
        _ => Section::Unknown,
    }
}

/// A line of hosts: a name with ranges and perhaps a port, and variables.
fn hosts(line: &str, group: &str, tree: &mut Tree) -> Result<(), String> {
    let words = words::split(line, true).ok_or("a quote is not closed")?;
    let Some((pattern, rest)) = words.split_first() else {
        return Ok(());
    };
    let mut variables = Variables::new();
    let (pattern, port) = ported(pattern);
    if let Some(port) = port {
        variables.insert("ansible_port".to_owned(), Value::Text(port.to_owned()));
    }
    for word in rest {
        let (key, value) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` is no variable"))?;
        variables.insert(key.to_owned(), Value::Text(unquoted(value).to_owned()));
    }
    let names = if pattern.parse::<Ipv6Addr>().is_ok() {
        vec![pattern.to_owned()]
    } else {
        range::expand(pattern)?
    };
    for name in names {
        tree.host(&name, group);
        tree.host_variables(&name, Layer::Inside, variables.clone());
    }
    Ok(())
}

/// A name and the port behind it; an IPv6 address with a port stands in brackets.
fn ported(pattern: &str) -> (&str, Option<&str>) {
    if let Some((address, after)) = pattern
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        && address.parse::<Ipv6Addr>().is_ok()
    {
        return (address, after.strip_prefix(':'));
    }
    if pattern.parse::<Ipv6Addr>().is_ok() {
        return (pattern, None);
    }
    match pattern.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            (name, Some(port))
        }
        _ => (pattern, None),
    }
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        let inside = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inside) = inside.filter(|inside| !inside.contains(quote)) {
            return inside;
        }
    }
    value
}
