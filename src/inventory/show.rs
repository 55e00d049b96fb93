//! The resolved inventory for `plimsoll hosts`: a table for people, JSON for programs. Nothing here is secret: keys are
//! named by their paths, the store's address is left out.

use std::path::PathBuf;

use serde::Serialize;

use super::spec::{
    Confirm, Endpoint, Guardrails, HostKeyPolicy, HostSpec, Inventory, SshTarget, Sudo, Window,
};
use crate::domain::host::HostHeader;
use crate::domain::policy::Policy;
use crate::domain::text::{clean, pad, width};

/// Name and version of the JSON.
const SCHEMA: &str = "plimsoll.hosts/1";
/// Columns between two fields of the table.
const GAP: usize = 2;
/// A field is never made narrower than this.
const NARROWEST: usize = 8;

/// The table of `hosts`, fitted to `columns`; `None` cuts nothing. Ends with a line end.
pub fn table(hosts: &[&HostSpec], columns: Option<usize>) -> String {
    let head = ["HOST", "ENDPOINT", "GROUPS", "MODE", "PROFILE", "VIA"];
    let mut rows = vec![head.map(ToOwned::to_owned)];
    rows.extend(hosts.iter().map(|host| {
        let header = &host.header;
        [
            clean(&header.name),
            clean(&header.endpoint),
            dash(&header.groups, ","),
            header.mode.word().to_owned(),
            clean(&header.profile),
            dash(&header.jumps, " > "),
        ]
    }));
    let widths = widths(&rows, columns);
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&pad(cell, *width));
            line.push_str(&" ".repeat(GAP));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn dash(items: &[String], between: &str) -> String {
    if items.is_empty() {
        "-".to_owned()
    } else {
        clean(&items.join(between))
    }
}

/// As wide as the widest cell; where that is too much, the widest fields give first.
fn widths<const N: usize>(rows: &[[String; N]], columns: Option<usize>) -> Vec<usize> {
    let mut widths = vec![0; N];
    for row in rows {
        for (most, cell) in widths.iter_mut().zip(row) {
            *most = (*most).max(width(cell));
        }
    }
    let Some(columns) = columns else {
        return widths;
    };
    let room = columns.saturating_sub(GAP * (N - 1));
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// The JSON of `hosts`, indented, with a line end at the end.
pub fn json(inventory: &Inventory, hosts: &[&HostSpec]) -> serde_json::Result<String> {
    let listing = Listing {
        schema: SCHEMA,
        inventory: (!inventory.sha256.is_empty()).then(|| format!("sha256:{}", inventory.sha256)),
        hosts: hosts.iter().map(|host| Row::of(host)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&listing)?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct Listing<'a> {
    schema: &'static str,
    inventory: Option<String>,
    hosts: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    header: &'a HostHeader,
    mode_reason: Option<&'a str>,
    ssh: Option<Login<'a>>,
    tls: Option<Tls<'a>>,
    /// The servers behind `jumps`, in the same order.
    through: Vec<Login<'a>>,
    sudo: &'static str,
    connect_timeout_ms: u64,
    host_timeout_ms: u64,
    policy: &'a Policy,
    guardrails: Rails<'a>,
}

#[derive(Serialize)]
struct Login<'a> {
    server: String,
    identity_files: Vec<String>,
    known_hosts: Vec<String>,
    host_key: &'a str,
}

#[derive(Serialize)]
struct Tls<'a> {
    ca: Option<String>,
    system_roots: bool,
    cert: Option<String>,
    key: Option<String>,
    server_name: Option<&'a str>,
}

#[derive(Serialize)]
struct Rails<'a> {
    deny: &'a [String],
    confirm: Option<&'static str>,
    max_batch: Option<u32>,
    windows: Vec<&'a str>,
    reason: Option<&'a str>,
}

fn shown(path: Option<&PathBuf>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

impl<'a> Row<'a> {
    fn of(host: &'a HostSpec) -> Self {
        let ssh = match &host.endpoint {
            Endpoint::Ssh { target, .. } => Some(Login::of(target)),
            Endpoint::Tcp { .. } | Endpoint::Unix { .. } => None,
        };
        Self {
            header: &host.header,
            mode_reason: host.mode_reason.as_deref(),
            ssh,
            tls: host.tls.as_ref().map(|tls| Tls {
                ca: shown(tls.ca.as_ref()),
                system_roots: tls.system_roots,
                cert: shown(tls.cert.as_ref()),
                key: shown(tls.key.as_ref()),
                server_name: tls.server_name.as_deref(),
            }),
            through: host.jumps.iter().map(Login::of).collect(),
            sudo: match host.sudo {
                Sudo::Never => "never",
                Sudo::Auto => "auto",
                Sudo::Ask => "ask",
            },
            connect_timeout_ms: milliseconds(host.connect_timeout),
            host_timeout_ms: milliseconds(host.host_timeout),
            policy: &host.policy,
            guardrails: Rails::of(&host.guardrails),
        }
    }
}

impl Login<'_> {
    fn of(target: &SshTarget) -> Self {
        let shown = |paths: &[PathBuf]| {
            paths
                .iter()
                .map(|path| path.display().to_string())
                .collect()
        };
        Self {
            server: target.to_string(),
            identity_files: shown(&target.identity_files),
            known_hosts: shown(&target.known_hosts),
            host_key: match target.host_key {
                HostKeyPolicy::Strict => "strict",
                HostKeyPolicy::Ask => "ask",
                HostKeyPolicy::AcceptNew => "accept-new",
            },
        }
    }
}

impl<'a> Rails<'a> {
    fn of(rails: &'a Guardrails) -> Self {
        Self {
            deny: &rails.deny,
            confirm: rails.confirm.map(|confirm| match confirm {
                Confirm::Ask => "ask",
                Confirm::TypeHost => "type-host",
            }),
            max_batch: rails.max_batch,
            windows: rails
                .windows
                .iter()
                .map(|Window { text, .. }| text.as_str())
                .collect(),
            reason: rails.reason.as_deref(),
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
