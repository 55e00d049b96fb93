//! Inventories of Ansible: INI, YAML, and the JSON that `ansible-inventory --list` prints.
//!
//! `ini` and `yaml` read files into one `Tree` of groups and hosts; `tree` decides which value of a variable counts,
//! in the order that Ansible documents; `connection` turns what is meant for connecting into settings.

mod arguments;
mod connection;
mod ini;
mod range;
mod tree;
mod yaml;

use self::tree::{Layer, Tree};
use super::Found;
use super::entry::Entry;

/// A file with its name for notes.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// Where it is.
    pub place: String,
    /// What stands in it.
    pub text: String,
}

/// Everything that belongs to an inventory.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The inventory itself: one file, or those of a folder in the order of their names.
    pub inventories: Vec<File>,
    /// Files of `group_vars`, each with its group.
    pub groups: Vec<(String, File)>,
    /// Files of `host_vars`, each with its host.
    pub hosts: Vec<(String, File)>,
}

/// Reads `files`. `known` tells whether a name can be a jump as it is: an alias of `ssh_config`.
pub fn read(files: &Files, known: &dyn Fn(&str) -> bool) -> Found {
    let mut found = Found::default();
    let mut tree = Tree::default();
    for file in &files.inventories {
        if is_yaml(file) {
            yaml::inventory(file, &mut tree, &mut found);
        } else {
            ini::inventory(file, &mut tree, &mut found);
        }
    }
    for (group, file) in &files.groups {
        let variables = yaml::variables(file, &mut found);
        if tree.knows_group(group) {
            tree.group_variables(group, Layer::Beside, variables);
        }
    }
    for (host, file) in &files.hosts {
        let variables = yaml::variables(file, &mut found);
        tree.host_variables(host, Layer::Beside, variables);
    }
    let resolved = tree.resolve(&mut found);
    let names: Vec<String> = resolved.iter().map(|host| host.name.clone()).collect();
    let as_it_is = |name: &str| known(name) || names.iter().any(|host| host == name);
    for host in resolved {
        if let Some(settings) = connection::settings(&host, &as_it_is, &mut found) {
            found.add(Entry {
                name: host.name,
                groups: host.groups,
                settings,
            });
        }
    }
    found
}

/// Whether a file is YAML (or JSON, which YAML contains), by its name or else by its first line.
fn is_yaml(file: &File) -> bool {
    let ending = file
        .place
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'));
    match ending.map(|(_, ending)| ending) {
        Some("yml" | "yaml" | "json") => true,
        Some("ini" | "cfg") => false,
        _ => {
            let lines = file.text.lines().map(str::trim_end);
            let mut telling =
                lines.filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
            telling.next().is_some_and(|line| {
                line.starts_with('{') || line.starts_with("---") || line.ends_with(':')
            })
        }
    }
}
