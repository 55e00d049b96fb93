//! What a sweep was asked to look at, so that its result can be read without guessing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::nodeset;
use crate::domain::policy::{Policy, PolicyValue};
use crate::domain::severity::Severity;

/// The scope of a sweep (contract, section 5).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// SHA-256 of the inventory's text in hex; empty where there was no file.
    pub inventory: String,
    /// SHA-256 in hex of what the hosts are judged by: profiles, parameters, waivers.
    pub policy: String,
    /// SHA-256 in hex of the program's own file; empty where it could not be read.
    pub program: String,
    /// SHA-256 in hex of the script that runs on hosts.
    pub script: String,
    /// The `--limit` expression.
    pub limit: Option<String>,
    /// Controls of the profiles that were left out on purpose.
    pub excluded_controls: Vec<String>,
    /// Severities that policy changed, by control.
    pub severity_overrides: BTreeMap<String, Severity>,
    /// Parameter values that policy set.
    pub parameters: Parameters,
    /// How many waivers the inventory holds.
    pub waivers: usize,
}

/// A hash as reports write it; none where there is none.
pub(super) fn hash(hex: &str) -> Option<String> {
    (!hex.is_empty()).then(|| format!("sha256:{hex}"))
}

/// Parameter values set by the inventory for the selected hosts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters {
    /// Those that have one value on every selected host.
    pub everywhere: BTreeMap<String, PolicyValue>,
    /// Those that differ, or that are set on some hosts only.
    pub by_host: BTreeMap<String, Vec<Setting>>,
}

/// A parameter's value on some hosts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The value.
    pub value: PolicyValue,
    /// The hosts as a node set.
    pub hosts: String,
}

impl Parameters {
    /// Gathers the values set on `hosts`, given as pairs of name and policy.
    pub fn of<'a>(hosts: impl IntoIterator<Item = (&'a str, &'a Policy)>) -> Self {
        let hosts: Vec<_> = hosts.into_iter().collect();
        let names: BTreeSet<&str> = hosts
            .iter()
            .flat_map(|(_, policy)| policy.values.keys().map(String::as_str))
            .collect();
        let mut parameters = Self::default();
        for name in names {
            let mut values: Vec<(&PolicyValue, Vec<&str>)> = Vec::new();
            let mut unset = false;
            for (host, policy) in &hosts {
                let Some(value) = policy.values.get(name) else {
                    unset = true;
                    continue;
                };
                match values.iter_mut().find(|(known, _)| *known == value) {
                    Some((_, names)) => names.push(host),
                    None => values.push((value, vec![host])),
                }
            }
            if let ([(value, _)], false) = (values.as_slice(), unset) {
                let value = (*value).clone();
                parameters.everywhere.insert(name.to_owned(), value);
                continue;
            }
            let settings = values.into_iter().map(|(value, hosts)| Setting {
                value: value.clone(),
                hosts: nodeset::fold(&hosts),
            });
            parameters
                .by_host
                .insert(name.to_owned(), settings.collect());
        }
        parameters
    }

    /// How many parameters are set anywhere.
    pub fn count(&self) -> usize {
        self.everywhere.len() + self.by_host.len()
    }
}
