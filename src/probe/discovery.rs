//! What round one found, put together: which engine runs, which files it uses, where its sockets and data are.

use std::collections::BTreeMap;

use crate::domain::evidence::host::{DaemonProcess, Discovery, Setting, Settings};
use crate::domain::gap::Gap;
use crate::domain::text::clean;
use crate::redact::Redactor;

use super::engines::Engines;
use super::flags::{self, value_of, word};
use super::frame::{Answer, Section, needs_root};
use super::host::HostSection;
use super::path;
use super::settings;
use super::units::Units;

const DEFAULT_CONFIG: &str = "/etc/docker/daemon.json";
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
const CONTAINERD_SOCKET: &str = "/run/containerd/containerd.sock";
const MANAGED_CONTAINERD_SOCKET: &str = "/run/docker/containerd/containerd.sock";

/// Discovery, and the bytes of those of its paths that are not UTF-8.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) discovery: Discovery,
    raw: BTreeMap<String, Vec<u8>>,
}

impl Found {
    /// The bytes of a path by its text.
    pub(super) fn bytes<'a>(&'a self, text: &'a str) -> &'a [u8] {
        self.raw.get(text).map_or(text.as_bytes(), Vec::as_slice)
    }

    /// Keeps the bytes of a path, and gives its text.
    pub(super) fn keep(&mut self, raw: &[u8]) -> String {
        let text = path::text(raw);
        if text.as_bytes() != raw {
            self.raw.insert(text.clone(), raw.to_vec());
        }
        text
    }
}

/// Puts round one together.
pub(super) fn discover(
    answer: &Answer,
    host: &HostSection,
    units: &Units,
    engines: &Engines,
    redactor: &Redactor,
) -> Found {
    let mut found = Found::default();
    let command_line = flags::parse(&engines.words, redactor);
    let config = config(
        answer,
        engines.daemon.as_ref(),
        command_line.config_file.as_deref(),
        redactor,
    );
    for (unit, file) in &units.files {
        let file = found.keep(file);
        found.discovery.units.insert(unit.clone(), file);
    }
    for (unit, files) in &units.drop_ins {
        let mut texts: Vec<_> = files.iter().map(|file| found.keep(file)).collect();
        texts.sort();
        texts.dedup();
        found.discovery.drop_ins.insert(unit.clone(), texts);
    }
    let discovery = &mut found.discovery;
    discovery.config_path = config.path;
    discovery.config = config.settings;
    discovery.config_gap = config.gap;
    discovery.flags = command_line.settings;
    discovery.programs = host.programs().clone();
    if let Some(exe) = engines
        .daemon
        .as_ref()
        .and_then(|daemon| daemon.exe.clone())
    {
        discovery.programs.insert("dockerd".to_owned(), exe);
    }
    discovery.daemon.clone_from(&engines.daemon);
    let user = engines
        .daemon
        .as_ref()
        .map(|daemon| daemon.uid)
        .filter(|uid| *uid != 0);
    discovery.data_root =
        effective(discovery, &["data-root", "graph"]).unwrap_or_else(|| match user {
            // Where a rootless engine keeps its data depends on its user's home, which the configuration's path tells.
            Some(_) => discovery
                .config_path
                .strip_suffix("/.config/docker/daemon.json")
                .map_or_else(String::new, |home| format!("{home}/.local/share/docker")),
            None => "/var/lib/docker".to_owned(),
        });
    discovery.engine_sockets = engine_sockets(discovery, units, user);
    discovery.containerd_socket = containerd_socket(discovery, host, &engines.containerd);
    found
}

/// The first of `keys` that the command line or the file sets to a word.
fn effective(discovery: &Discovery, keys: &[&str]) -> Option<String> {
    let of = |settings: &Settings| {
        keys.iter()
            .find_map(|key| word(settings, key).map(str::to_owned))
    };
    of(&discovery.flags).or_else(|| of(discovery.config.as_ref()?))
}

/// What is known of the configuration file.
#[derive(Debug, Default)]
struct Config {
    path: String,
    settings: Option<Settings>,
    gap: Option<Gap>,
}

fn config(
    answer: &Answer,
    daemon: Option<&DaemonProcess>,
    flag: Option<&str>,
    redactor: &Redactor,
) -> Config {
    let sections = answer.numbered("config.");
    // Engines of one user that share a file are told of once, so it may come under the number of another engine.
    let by_path = |wanted: &str| {
        let of_path = || {
            sections
                .iter()
                .filter(|(_, section)| path_and_body(section).0 == wanted)
        };
        let own = |(pid, _): &&(i64, &Section)| daemon.is_some_and(|daemon| daemon.pid == *pid);
        of_path()
            .find(own)
            .or_else(|| of_path().find(|(_, section)| section.status != Some(6)))
    };
    let wanted = match (flag, daemon) {
        (Some(path), _) => path.to_owned(),
        (None, Some(daemon)) => sections
            .iter()
            .find(|(pid, _)| *pid == daemon.pid)
            .map_or_else(
                || DEFAULT_CONFIG.to_owned(),
                |(_, section)| path_and_body(section).0,
            ),
        (None, None) => DEFAULT_CONFIG.to_owned(),
    };
    let Some((_, section)) = by_path(&wanted) else {
        return Config {
            gap: Some(
                answer
                    .section(&format!("config of {wanted}"))
                    .err()
                    .unwrap_or_else(|| Gap::protocol(format!("{} was not read", clean(&wanted)))),
            ),
            path: wanted,
            settings: None,
        };
    };
    let (path, body) = path_and_body(section);
    let shown = clean(&path);
    let (settings, gap) = match section.status {
        Some(3) => (None, None),
        Some(4) => (None, Some(needs_root(&shown))),
        Some(6) => {
            let gap = Gap::unsupported(format!(
                "{shown} is not read: it does not belong to the user who runs the engine"
            ));
            (None, Some(gap))
        }
        Some(0) if !section.full => (Some(settings::from_file(body, redactor)), None),
        _ => {
            let gap = section
                .whole(&shown)
                .err()
                .unwrap_or_else(|| Gap::protocol(format!("{shown} could not be read")));
            (None, Some(gap))
        }
    };
    Config {
        path,
        settings,
        gap,
    }
}

fn path_and_body(section: &Section) -> (String, &[u8]) {
    let mut parts = section.body.splitn(2, |byte| *byte == 0);
    let path = parts.next().map(path::text).unwrap_or_default();
    (path, parts.next().unwrap_or_default())
}

/// The socket files on which the engine listens.
fn engine_sockets(discovery: &Discovery, units: &Units, user: Option<u32>) -> Vec<String> {
    let default = || match user {
        Some(uid) => format!("/run/user/{uid}/docker.sock"),
        None => DEFAULT_SOCKET.to_owned(),
    };
    let hosts = match discovery.setting("hosts") {
        Some(Setting::List(hosts)) => hosts.clone(),
        _ => Vec::new(),
    };
    if hosts.is_empty() {
        return vec![default()];
    }
    let mut found = Vec::new();
    for host in &hosts {
        if let Some(path) = host.strip_prefix("unix://") {
            found.push(if path.is_empty() {
                default()
            } else {
                path.to_owned()
            });
        } else if host.starts_with("fd://") {
            // systemd opened the socket; its unit says where.
            if units.listens.is_empty() {
                found.push(default());
            }
            found.extend(units.listens.iter().cloned());
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The socket of the containerd that the engine uses.
fn containerd_socket(discovery: &Discovery, host: &HostSection, containerd: &[String]) -> String {
    if let Some(path) = effective(discovery, &["containerd"]) {
        return path.strip_prefix("unix://").unwrap_or(&path).to_owned();
    }
    if let Some(path) = value_of(containerd, &["--address", "-a"]) {
        return path.to_owned();
    }
    if host.is_there(CONTAINERD_SOCKET) {
        return CONTAINERD_SOCKET.to_owned();
    }
    let is_root = host.reader().is_ok_and(|reader| reader.uid == 0);
    // Only root can see whether an engine's own containerd has its socket.
    if host.is_there(MANAGED_CONTAINERD_SOCKET) || (!is_root && discovery.daemon.is_some()) {
        return MANAGED_CONTAINERD_SOCKET.to_owned();
    }
    String::new()
}
