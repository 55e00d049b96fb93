//! What Ansible's variables say about connecting, as settings of an inventory.

use super::arguments;
use super::tree::{Resolved, Value, Variables};
use crate::import::{Found, Settings};

/// The engine's socket on this machine.
const LOCAL: &str = "unix:///var/run/docker.sock";

/// Stands for the host's own name in an endpoint.
const SAME: &str = "{name}";

/// Names of variables, the one that counts most first.
const HOST: &[&str] = &["ansible_ssh_host", "ansible_host"];
const PORT: &[&str] = &["ansible_ssh_port", "ansible_port"];
const USER: &[&str] = &["ansible_ssh_user", "ansible_user"];
const KEY: &[&str] = &["ansible_ssh_private_key_file", "ansible_private_key_file"];
const ARGUMENTS: &[&str] = &[
    "ansible_ssh_args",
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
];
/// Secrets, which an inventory never holds.
const SECRETS: &[&str] = &[
    "ansible_password",
    "ansible_ssh_pass",
    "ansible_ssh_password",
    "ansible_ssh_private_key_passphrase",
    "ansible_become_password",
    "ansible_become_pass",
    "ansible_sudo_pass",
];
/// Variables that say nothing about how a host is reached by us.
const BESIDE: &[&str] = &[
    "ansible_become",
    "ansible_become_method",
    "ansible_become_user",
    "ansible_connection",
    "ansible_group_priority",
    "ansible_python_interpreter",
    "ansible_shell_type",
    "ansible_ssh_pipelining",
    "ansible_ssh_transfer_method",
];

/// The settings of `host`; nothing where it cannot be taken over. `known` tells which names can be jumps as they are.
pub(super) fn settings(
    host: &Resolved,
    known: &dyn Fn(&str) -> bool,
    found: &mut Found,
) -> Option<Settings> {
    let variables = &host.variables;
    let name = host.name.as_str();
    beside(name, variables, found);
    match text(variables, &["ansible_connection"]) {
        None => {}
        Some("local") => {
            found.note(
                name,
                format!("ansible_connection=local: the engine at {LOCAL}"),
            );
            return Some(Settings {
                endpoint: Some(LOCAL.to_owned()),
                ..Settings::default()
            });
        }
        Some(way) => {
            let plain = way.rsplit('.').next().unwrap_or(way);
            if !matches!(
                plain,
                "ssh" | "smart" | "paramiko" | "paramiko_ssh" | "libssh"
            ) {
                found.note(
                    name,
                    format!("left out: ansible_connection={way}, and hosts are reached by SSH"),
                );
                return None;
            }
        }
    }
    // Without knowing where it is, there is nothing to reach.
    for keys in [HOST, PORT] {
        if let Some(key) = unknown(variables, keys) {
            found.note(name, format!("left out: {key} is only known to Ansible"));
            return None;
        }
    }
    let mut settings = Settings {
        user: known_text(name, variables, USER, found),
        identity_file: known_text(name, variables, KEY, found)
            .into_iter()
            .collect(),
        ..Settings::default()
    };
    let mut port = text(variables, PORT).map(ToOwned::to_owned);
    for key in ARGUMENTS {
        let Some(line) = known_text(name, variables, &[key], found) else {
            continue;
        };
        let taken = arguments::take(&line, known, &mut settings);
        for what in taken.notes {
            found.note(name, format!("{key}: {what}"));
        }
        if let Some(why) = taken.refused {
            found.note(name, format!("left out: {key}: {why}"));
            return None;
        }
        port = port.or(taken.port);
    }
    let place = text(variables, HOST).unwrap_or(name);
    if place != name || port.is_some() {
        let place = if place == name && !name.contains(':') {
            SAME.to_owned()
        } else if place.contains(':') && !place.starts_with('[') {
            format!("[{place}]")
        } else {
            place.to_owned()
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        settings.endpoint = Some(format!("ssh://{place}{port}"));
    }
    Some(settings)
}

/// Says what else there is for connecting, and is not taken over.
fn beside(name: &str, variables: &Variables, found: &mut Found) {
    let taken = [HOST, PORT, USER, KEY, ARGUMENTS, BESIDE].concat();
    let mut others = 0;
    for key in variables.keys() {
        if SECRETS.contains(&key.as_str()) {
            found.note(
                name,
                format!("{key}: left out; secrets are asked for when they are needed, never kept"),
            );
        } else if !key.starts_with("ansible_") {
            others += 1;
        } else if !taken.contains(&key.as_str()) {
            found.note(name, format!("{key}: left out; it has no counterpart"));
        }
    }
    if others > 0 {
        found.note(name, "variables that are not about connecting are left out");
    }
}

fn text<'v>(variables: &'v Variables, keys: &[&str]) -> Option<&'v str> {
    keys.iter().find_map(|key| match variables.get(*key) {
        Some(Value::Text(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    })
}

/// The first variable of `keys` that has a value which only Ansible can tell.
fn unknown<'k>(variables: &Variables, keys: &[&'k str]) -> Option<&'k str> {
    let set = keys.iter().find(|key| variables.contains_key(**key))?;
    match variables.get(*set) {
        Some(Value::Text(text)) if !is_template(text) => None,
        _ => Some(*set),
    }
}

fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// The value of the first of `keys` that is set; one that only Ansible can tell is noted and left out.
fn known_text(
    name: &str,
    variables: &Variables,
    keys: &[&str],
    found: &mut Found,
) -> Option<String> {
    if let Some(key) = unknown(variables, keys) {
        found.note(
            name,
            format!(
                "{key}: left out; its value is only known to Ansible (a template or encrypted)"
            ),
        );
        return None;
    }
    text(variables, keys).map(ToOwned::to_owned)
}
