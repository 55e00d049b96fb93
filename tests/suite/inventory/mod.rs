//! The inventory: what is understood, what is refused and where, which hosts an expression means.

mod documented;
mod limit;
mod never_panics;
mod nodeset;
mod profile;
mod refused;
mod resolved;
mod shown;
mod ssh_config;
mod values;

use std::path::PathBuf;

use plimsoll::domain::control::ParameterKind;
use plimsoll::inventory::spec::{HostSpec, Inventory};
use plimsoll::inventory::{Environment, Problem, parse};

/// A machine and a catalogue that no test shares with the real ones, so that neither changes the expectations.
pub(crate) fn environment() -> Environment<'static> {
    Environment {
        home: Some(PathBuf::from("/home/ann")),
        user: Some("ann".to_owned()),
        base: PathBuf::from("/srv/fleet"),
        controls: &[
            "run-privileged",
            "daemon-icc",
            "swarm-quorum",
            "host-docker-group",
        ],
        parameters: &[
            ("docker_users", ParameterKind::List),
            ("trusted_registries", ParameterKind::List),
            ("patching", ParameterKind::Text),
            ("max_managers", ParameterKind::Int),
            ("allow_ipv6", ParameterKind::Bool),
        ],
        ssh: None,
        profiles: &["essential", "recommended", "hardened", "all"],
    }
}

pub(crate) fn read(text: &str) -> Result<Inventory, Vec<Problem>> {
    parse(text, "inventory.toml", &environment())
}

/// An inventory that must be right; the version line comes by itself.
pub(crate) fn good(text: &str) -> Inventory {
    match read(&format!("version = 1\n{text}")) {
        Ok(inventory) => inventory,
        Err(problems) => panic!("{}", long(&problems)),
    }
}

/// The problems of an inventory, one a line, the version line not counted.
pub(crate) fn bad(text: &str) -> String {
    match read(&format!("version = 1\n{text}")) {
        Ok(_) => "no problem".to_owned(),
        Err(problems) => problems
            .iter()
            .map(|problem| {
                let hint = problem.hint.as_deref().unwrap_or("-");
                let line = problem.line - 1;
                format!("{line}:{} {} | {hint}", problem.column, problem.message)
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

pub(crate) fn long(problems: &[Problem]) -> String {
    let long: Vec<String> = problems.iter().map(Problem::long).collect();
    long.join("\n\n")
}

pub(crate) fn host<'a>(inventory: &'a Inventory, name: &str) -> &'a HostSpec {
    inventory
        .hosts
        .iter()
        .find(|host| host.header.name == name)
        .unwrap_or_else(|| panic!("no host {name}"))
}

pub(crate) fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/inventories")
        .join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    files
}
