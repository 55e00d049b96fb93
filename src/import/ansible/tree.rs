//! Groups, hosts and variables, and which value of a variable counts for a host.

use std::collections::{BTreeMap, BTreeSet};

use crate::import::Found;

/// The group of all hosts, and the one of those in no other.
const ALL: &str = "all";
const UNGROUPED: &str = "ungrouped";

/// Steps from `all` that are followed; a longer way is a circle.
const DEEPEST: usize = 64;

/// The value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text, a number or a flag, as text.
    Text(String),
    /// Encrypted by `ansible-vault`.
    Vault,
    /// A list or a table.
    Other,
}

pub(super) type Variables = BTreeMap<String, Value>;

/// Where variables stand; later ones count more for the same group or host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// In the inventory.
    Inside,
    /// In `group_vars` and `host_vars`.
    Beside,
}

#[derive(Debug, Default)]
struct Group {
    children: BTreeSet<String>,
    inside: Variables,
    beside: Variables,
}

#[derive(Debug, Default)]
struct Host {
    groups: BTreeSet<String>,
    inside: Variables,
    beside: Variables,
}

/// A whole inventory.
#[derive(Debug, Default)]
pub(super) struct Tree {
    groups: BTreeMap<String, Group>,
    hosts: BTreeMap<String, Host>,
    /// Names of hosts in the order in which they first stood somewhere.
    order: Vec<String>,
}

/// A host with the variables that count for it.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) name: String,
    /// Its groups and theirs, the one that counts most first, without those that every inventory has.
    pub(super) groups: Vec<String>,
    pub(super) variables: Variables,
}

impl Tree {
    /// Notes that there is a group.
    pub(super) fn group(&mut self, name: &str) {
        self.groups.entry(name.to_owned()).or_default();
    }

    pub(super) fn knows_group(&self, name: &str) -> bool {
        matches!(name, ALL | UNGROUPED) || self.groups.contains_key(name)
    }

    pub(super) fn child(&mut self, group: &str, child: &str) {
        self.group(child);
        let group = self.groups.entry(group.to_owned()).or_default();
        group.children.insert(child.to_owned());
    }

    pub(super) fn group_variables(&mut self, group: &str, layer: Layer, variables: Variables) {
        let group = self.groups.entry(group.to_owned()).or_default();
        match layer {
            Layer::Inside => group.inside.extend(variables),
            Layer::Beside => group.beside.extend(variables),
        }
    }

    pub(super) fn host(&mut self, name: &str, group: &str) {
        let host = self.hosts.entry(name.to_owned()).or_insert_with(|| {
            self.order.push(name.to_owned());
            Host::default()
        });
        host.groups.insert(group.to_owned());
    }

    /// Variables of a host; of one that stands nowhere they count for nobody.
    pub(super) fn host_variables(&mut self, name: &str, layer: Layer, variables: Variables) {
        if let Some(host) = self.hosts.get_mut(name) {
            match layer {
                Layer::Inside => host.inside.extend(variables),
                Layer::Beside => host.beside.extend(variables),
            }
        }
    }

    /// Every host with its variables, in the order of the file.
    pub(super) fn resolve(&self, found: &mut Found) -> Vec<Resolved> {
        let depths = self.depths(found);
        let parents = self.parents();
        let resolved = self.order.iter().filter_map(|name| {
            let host = self.hosts.get(name)?;
            Some(self.one(name, host, &depths, &parents))
        });
        resolved.collect()
    }

    fn one(
        &self,
        name: &str,
        host: &Host,
        depths: &BTreeMap<&str, usize>,
        parents: &BTreeMap<&str, Vec<&str>>,
    ) -> Resolved {
        let mut member: BTreeSet<&str> = BTreeSet::new();
        let mut waiting: Vec<&str> = host.groups.iter().map(String::as_str).collect();
        while let Some(group) = waiting.pop() {
            if member.insert(group) {
                waiting.extend(parents.get(group).into_iter().flatten());
            }
        }
        member.retain(|group| !matches!(*group, ALL | UNGROUPED));
        // Farthest first: what comes later counts more.
        let mut groups: Vec<&str> = member.into_iter().collect();
        groups.sort_by_key(|name| (depths.get(name).copied(), self.priority(name), *name));
        let mut variables = Variables::new();
        // The inventory's own values of groups count less than those beside it, whichever group they are of.
        let chain = || [ALL].into_iter().chain(groups.iter().copied());
        for group in chain().filter_map(|name| self.groups.get(name)) {
            variables.extend(group.inside.clone());
        }
        for group in chain().filter_map(|name| self.groups.get(name)) {
            variables.extend(group.beside.clone());
        }
        variables.extend(host.inside.clone());
        variables.extend(host.beside.clone());
        Resolved {
            name: name.to_owned(),
            groups: groups.iter().rev().map(|name| (*name).to_owned()).collect(),
            variables,
        }
    }

    fn priority(&self, group: &str) -> i64 {
        let value = self.groups.get(group).and_then(|group| {
            let key = "ansible_group_priority";
            group.beside.get(key).or_else(|| group.inside.get(key))
        });
        match value {
            Some(Value::Text(text)) => text.parse().unwrap_or(1),
            _ => 1,
        }
    }

    fn parents(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut parents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, group) in &self.groups {
            for child in &group.children {
                parents.entry(child).or_default().push(name);
            }
        }
        parents
    }

    /// How far each group is from `all`, by the longest way.
    fn depths(&self, found: &mut Found) -> BTreeMap<&str, usize> {
        let mut depths: BTreeMap<&str, usize> =
            self.groups.keys().map(|name| (name.as_str(), 1)).collect();
        for _ in 0..DEEPEST {
            let mut changed = false;
            for (name, group) in self.groups.iter().filter(|(name, _)| *name != ALL) {
                let below = depths.get(name.as_str()).copied().unwrap_or(1) + 1;
                for child in &group.children {
                    let depth = depths.entry(child).or_insert(1);
                    if *depth < below {
                        *depth = below;
                        changed = true;
                    }
                }
            }
            if !changed {
                return depths;
            }
        }
        found.note(
            "groups",
            "some contain each other, so which of their values count is a guess",
        );
        depths
    }
}
