//! The whole file as written: every table read and checked on its own, nothing put together yet.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use toml::de::DeTable;

use super::Environment;
use super::guard;
use super::keys;
use super::layer::{self, Layer, checked};
use super::read::{self, At, Log, Table};
use super::spec::Store;
use super::values::{Wrong, check_name};
use super::waiver::{self, Written};
use super::words::did_you_mean;
use crate::domain::nodeset;

/// Most hosts of an inventory.
pub(super) const MOST_HOSTS: usize = 100_000;

/// The version of the format that this program reads.
const VERSION: i64 = 1;

/// Shortest and longest time that history may be kept.
const KEEP: (Duration, Duration) = (
    Duration::from_hours(24),
    Duration::from_hours(100 * 366 * 24),
);

/// The file as written.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) defaults: Layer,
    pub(super) groups: BTreeMap<String, Layer>,
    pub(super) entries: Vec<Entry>,
    pub(super) store: Store,
    pub(super) waivers: Vec<Written>,
}

/// One `[[hosts]]`: one host or a node set of them.
#[derive(Debug)]
pub(super) struct Entry {
    /// The names, none of them twice within the entry.
    pub(super) names: Vec<String>,
    /// Where they are written.
    pub(super) at: Range<usize>,
    pub(super) groups: Vec<At<String>>,
    pub(super) layer: Layer,
}

/// Reads everything below `root`; `None` where the version says that this program cannot.
pub(super) fn whole<'t>(
    log: &mut Log<'_>,
    root: &'t DeTable<'t>,
    environment: &Environment<'_>,
) -> Option<Document> {
    let root = Table::new(root, 0..0, "the inventory");
    if !readable(log, &root) {
        return None;
    }
    root.check_keys(log, &[keys::ROOT]);
    let defaults = defaults(log, &root, environment);
    let groups = groups(log, &root, environment);
    let entries = root
        .tables(log, "hosts", "[[hosts]]")
        .into_iter()
        .filter_map(|table| entry(log, table, environment))
        .collect();
    Some(Document {
        defaults,
        groups,
        entries,
        store: store(log, &root),
        waivers: root
            .tables(log, "waivers", "[[waivers]]")
            .into_iter()
            .map(|table| waiver::read(log, &table, environment))
            .collect(),
    })
}

/// Whether the file says that it is of the version that this program reads.
pub(super) fn readable(log: &mut Log<'_>, root: &Table<'_>) -> bool {
    if root.get("version").is_none() {
        log.add_missing(
            &root.span,
            "`version` is missing",
            Some(format!("write `version = {VERSION}` at the top")),
        );
        return true;
    }
    let Some(version) = root.number(log, "version") else {
        return true;
    };
    if version.value == VERSION {
        return true;
    }
    log.add(
        &version.span,
        format!("unknown version {}", version.value),
        Some(format!("this program reads version {VERSION}")),
    );
    false
}

fn defaults(log: &mut Log<'_>, root: &Table<'_>, environment: &Environment<'_>) -> Layer {
    let mut layer = match root.table(log, "defaults", "[defaults]") {
        Some(table) => {
            table.check_keys(log, &[keys::DEFAULTS]);
            Layer::read(log, &table, environment)
        }
        None => Layer::default(),
    };
    if let Some(table) = root.table(log, "policy", "[policy]") {
        layer.policy = layer::policy(log, &table, environment);
    }
    if let Some(table) = root.table(log, "guardrails", "[guardrails]") {
        layer.guardrails = guard::read(log, &table, environment);
    }
    layer
}

fn groups(
    log: &mut Log<'_>,
    root: &Table<'_>,
    environment: &Environment<'_>,
) -> BTreeMap<String, Layer> {
    let mut groups = BTreeMap::new();
    let Some(all) = root.table(log, "groups", "[groups]") else {
        return groups;
    };
    for (name, value) in all.entries() {
        if let Err(Wrong { message, hint }) = check_name(&name.value) {
            log.add(&name.span, message, hint);
        }
        let title = format!("group `{}`", name.value);
        let layer = match read::table(log, &name.value, value, title) {
            Some(table) => {
                table.check_keys(log, &[keys::DEFAULTS, keys::GROUP]);
                Layer::read(log, &table, environment)
            }
            None => Layer::default(),
        };
        groups.insert(name.value, layer);
    }
    groups
}

fn entry(log: &mut Log<'_>, mut table: Table<'_>, environment: &Environment<'_>) -> Option<Entry> {
    let name = table.required(log, "name");
    if let Some(name) = &name {
        table.name = format!("host `{}`", name.value);
    }
    table.check_keys(log, &[keys::HOST, keys::DEFAULTS, keys::GROUP]);
    let layer = Layer::read(log, &table, environment);
    let groups = table.texts(log, "groups").unwrap_or_default();
    for (index, group) in groups.iter().enumerate() {
        let earlier = groups.get(..index).unwrap_or_default();
        if earlier.iter().any(|other| other.value == group.value) {
            log.add(
                &group.span,
                format!("group `{}` is listed twice", group.value),
                None,
            );
        }
    }
    let names = name.as_ref().and_then(|name| names(log, name));
    log.hosts_lost |= names.is_none();
    Some(Entry {
        names: names?,
        at: name?.span,
        groups,
        layer,
    })
}

/// The hosts that a name stands for.
fn names(log: &mut Log<'_>, name: &At<String>) -> Option<Vec<String>> {
    let names = match nodeset::expand(&name.value, MOST_HOSTS) {
        Ok(names) => names,
        Err(error) => {
            let span = log.inside(name, error.offset);
            log.add(&span, format!("bad node set: {}", error.message), None);
            return None;
        }
    };
    if let Some(Wrong { message, hint }) = names.iter().find_map(|name| check_name(name).err()) {
        log.add(&name.span, message, hint);
        return None;
    }
    let mut once = std::collections::BTreeSet::new();
    let twice: Vec<&String> = names.iter().filter(|name| !once.insert(*name)).collect();
    if !twice.is_empty() {
        log.add(
            &name.span,
            format!("`{}` names {} twice", name.value, nodeset::fold(&twice)),
            None,
        );
        return None;
    }
    Some(names)
}

fn store(log: &mut Log<'_>, root: &Table<'_>) -> Store {
    let Some(table) = root.table(log, "store", "[store]") else {
        return Store::default();
    };
    table.check_keys(log, &[keys::STORE]);
    Store {
        url: checked(log, &table, "url", check_store).map(|url| url.value),
        keep: layer::duration(log, &table, "keep", KEEP.0, KEEP.1),
    }
}

/// Accepts the stores that there are, without repeating what may hold a password.
fn check_store(url: &str) -> Result<(), Wrong> {
    let scheme = url.split_once("://").map_or(url, |(scheme, _)| scheme);
    match scheme {
        "sqlite" if scheme == url => Ok(()),
        "postgres" | "postgresql" if scheme != url => Ok(()),
        other => {
            let near = did_you_mean(other, ["sqlite", "postgres", "postgresql"]);
            Err(Wrong {
                message: "unknown kind of store".to_owned(),
                hint: near.or_else(|| Some("`sqlite` or `postgres://host/database`".to_owned())),
            })
        }
    }
}
