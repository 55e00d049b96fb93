//! Inventories in YAML, the JSON that `ansible-inventory --list` prints, and files of variables.

use serde_norway::{Mapping, Value as Yaml};

use super::tree::{Layer, Tree, Value, Variables};
use super::{File, range};
use crate::import::Found;

/// What a file that `ansible-vault` encrypted begins with.
const VAULT: &str = "$ANSIBLE_VAULT";

/// Groups deep that may contain each other.
const DEEPEST: usize = 64;

/// Reads a whole inventory into `tree`.
pub(super) fn inventory(file: &File, tree: &mut Tree, found: &mut Found) {
    let Some(groups) = mapping(file, found) else {
        return;
    };
    for (name, body) in entries(&groups) {
        if name == "_meta" {
            continue;
        }
        group(&name, body, file, 0, tree, found);
    }
    let hosts = groups.get("_meta").and_then(|meta| meta.get("hostvars"));
    if let Some(Yaml::Mapping(hosts)) = hosts {
        for (name, body) in entries(hosts) {
            if let Yaml::Mapping(values) = body {
                tree.host_variables(&name, Layer::Inside, values_of(values));
            }
        }
    }
}

/// Reads a file of `group_vars` or `host_vars`.
pub(super) fn variables(file: &File, found: &mut Found) -> Variables {
    if file.text.starts_with(VAULT) {
        found.note(&file.place, "left out: encrypted by ansible-vault");
        return Variables::new();
    }
    mapping(file, found).map_or_else(Variables::new, |values| values_of(&values))
}

fn mapping(file: &File, found: &mut Found) -> Option<Mapping> {
    match serde_norway::from_str(&file.text) {
        Ok(Yaml::Mapping(mut mapping)) => {
            let mut whole = Yaml::Mapping(std::mem::take(&mut mapping));
            // `<<: *name`
            if let Err(e) = whole.apply_merge() {
                found.note(&file.place, format!("a merge is left out: {e}"));
            }
            match whole {
                Yaml::Mapping(mapping) => Some(mapping),
                _ => None,
            }
        }
        Ok(Yaml::Null) => None,
        Ok(_) => {
            found.note(&file.place, "left out: no table of names");
            None
        }
        Err(e) => {
            found.note(&file.place, format!("left out: no YAML: {e}"));
            None
        }
    }
}

fn group(name: &str, body: &Yaml, file: &File, depth: usize, tree: &mut Tree, found: &mut Found) {
    tree.group(name);
    let at = || format!("{}: {name}", file.place);
    let body = match body {
        Yaml::Null => return,
        Yaml::Mapping(body) if depth < DEEPEST => body,
        _ => return found.note(&at(), "left out: no group"),
    };
    for (key, value) in entries(body) {
        match (key.as_str(), value) {
            (_, Yaml::Null) => {}
            ("vars", Yaml::Mapping(values)) => {
                tree.group_variables(name, Layer::Inside, values_of(values));
            }
            ("children", Yaml::Mapping(children)) => {
                for (child, body) in entries(children) {
                    tree.child(name, &child);
                    group(&child, body, file, depth + 1, tree, found);
                }
            }
            ("children", Yaml::Sequence(children)) => {
                for child in children.iter().filter_map(scalar) {
                    tree.child(name, &child);
                }
            }
            ("hosts", Yaml::Mapping(hosts)) => {
                for (pattern, body) in entries(hosts) {
                    let values = match body {
                        Yaml::Mapping(values) => values_of(values),
                        _ => Variables::new(),
                    };
                    self::hosts(&pattern, &values, name, &at(), tree, found);
                }
            }
            ("hosts", Yaml::Sequence(hosts)) => {
                for pattern in hosts.iter().filter_map(scalar) {
                    self::hosts(&pattern, &Variables::new(), name, &at(), tree, found);
                }
            }
            (key, _) => found.note(&at(), format!("left out: `{key}` is nothing of a group")),
        }
    }
}

fn hosts(
    pattern: &str,
    values: &Variables,
    group: &str,
    at: &str,
    tree: &mut Tree,
    found: &mut Found,
) {
    match range::expand(pattern) {
        Ok(names) => {
            for name in names {
                tree.host(&name, group);
                tree.host_variables(&name, Layer::Inside, values.clone());
            }
        }
        Err(why) => found.note(at, format!("left out: {why}")),
    }
}

/// Keys that are texts (or numbers), with their values.
fn entries(mapping: &Mapping) -> impl Iterator<Item = (String, &Yaml)> {
    mapping
        .iter()
        .filter_map(|(key, value)| Some((scalar(key)?, value)))
}

fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(flag) => Some(flag.to_string()),
        Yaml::Null | Yaml::Sequence(_) | Yaml::Mapping(_) | Yaml::Tagged(_) => None,
    }
}

fn values_of(mapping: &Mapping) -> Variables {
    let value = |value: &Yaml| match value {
        Yaml::Tagged(tagged) if tagged.tag == "vault" => Value::Vault,
        // How `ansible-inventory` writes it.
        Yaml::Mapping(inner) if inner.contains_key("__ansible_vault") => Value::Vault,
        // `!unsafe` only says that a text is no template.
        Yaml::Tagged(tagged) => scalar(&tagged.value).map_or(Value::Other, Value::Text),
        other => match scalar(other) {
            Some(text) if text.starts_with(VAULT) => Value::Vault,
            Some(text) => Value::Text(text),
            None => Value::Other,
        },
    };
    entries(mapping)
        .filter(|(_, given)| !given.is_null())
        .map(|(key, given)| (key, value(given)))
        .collect()
}
