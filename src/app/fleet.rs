//! Which hosts are meant: finds and reads the inventory and selects from it. Contacts nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::Environment;
use super::error::Error;
use super::profiles::Shelf;
use super::ssh::SshConfig;
use crate::assess::profile::Profiles;
use crate::controls;
use crate::domain::control::ParameterKind;
use crate::domain::host::Mode;
use crate::inventory::spec::{HostSpec, Inventory};
use crate::inventory::{self, Problem, Readable};
use crate::sshconfig::Config;

/// The engine's socket where nobody says otherwise.
const SOCKET: &str = "/var/run/docker.sock";

/// Largest inventory file that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What a person asked for on the command line.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// `--inventory`.
    pub inventory: Option<PathBuf>,
    /// `--limit`.
    pub limit: Option<String>,
    /// `--read-only`.
    pub read_only: bool,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--jobs`.
    pub jobs: Option<usize>,
    /// `--timeout`: for everything on one host.
    pub timeout: Option<Duration>,
    /// `--ssh-config`: read instead of the usual files; `none` for none.
    pub ssh_config: Option<PathBuf>,
}

/// The hosts that are meant.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// The whole inventory.
    pub inventory: Inventory,
    /// Positions of the selected hosts.
    pub selected: Vec<usize>,
    /// Where the inventory came from.
    pub source: Source,
    /// The profiles that judge them.
    pub profiles: Profiles,
}

/// Where an inventory came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// There is none: the local engine is the fleet.
    Local(PathBuf),
    /// The demo's own.
    Demo,
}

impl Fleet {
    /// The selected hosts.
    pub fn hosts(&self) -> Vec<&HostSpec> {
        self.selected
            .iter()
            .filter_map(|&index| self.inventory.hosts.get(index))
            .collect()
    }
}

/// Finds, reads and checks the inventory (contract, section 2), and selects the hosts that are meant.
pub fn load(choice: &Choice, environment: &Environment) -> Result<Fleet, Error> {
    let Some(path) = find(choice, environment) else {
        let socket = environment
            .docker_socket
            .clone()
            .unwrap_or_else(|| PathBuf::from(SOCKET));
        if !socket.exists() {
            return Err(Error::usage("there is no inventory, and no engine on this machine").hint(
                "plimsoll demo shows a simulated fleet; plimsoll init writes an inventory to fill in",
            ));
        }
        let inventory = inventory::local(&socket);
        return select(inventory, choice, Source::Local(socket), environment);
    };
    let text = read(&path)?;
    let folder = folder_of(&path);
    let ssh = SshConfig::read(choice.ssh_config.as_deref(), environment)?;
    let name = path.display().to_string();
    let inventory = parse_with(&text, &name, &folder, environment, Some(ssh.config()))?;
    let mut fleet = select(inventory, choice, Source::File(path), environment)?;
    let meant: BTreeSet<usize> = fleet.selected.iter().copied().collect();
    let mut hosts: Vec<&mut HostSpec> = (fleet.inventory.hosts.iter_mut().enumerate())
        .filter(|(index, _)| meant.contains(index))
        .map(|(_, host)| host)
        .collect();
    ssh.fill(&mut hosts, environment)?;
    let problems = inventory::check_files(&fleet.hosts(), &readable);
    if problems.is_empty() {
        Ok(fleet)
    } else {
        Err(listed(&problems, "inventory"))
    }
}

/// The same for somebody who contacts nobody: what an inventory declares, whether or not keys and certificates are here.
pub fn declared(choice: &Choice, environment: &Environment) -> Result<Fleet, Error> {
    let Some(path) = find(choice, environment) else {
        return Err(Error::usage("there is no inventory").hint("name one with --inventory"));
    };
    let inventory = parse(
        &read(&path)?,
        &path.display().to_string(),
        &folder_of(&path),
        environment,
    )?;
    select(inventory, choice, Source::File(path), environment)
}

/// Reads the inventory `text`, called `name` in messages, whose relative paths start at `folder`.
pub fn parse(
    text: &str,
    name: &str,
    folder: &Path,
    environment: &Environment,
) -> Result<Inventory, Error> {
    parse_with(text, name, folder, environment, None)
}

/// The same with the aliases of `ssh` as jumps.
pub(super) fn parse_with(
    text: &str,
    name: &str,
    folder: &Path,
    environment: &Environment,
    ssh: Option<&Config>,
) -> Result<Inventory, Error> {
    let shelf = Shelf::of(environment);
    words(environment, folder, &shelf.names(), |words| {
        let words = inventory::Environment {
            ssh,
            ..words.clone()
        };
        inventory::parse(text, name, &words)
    })
    .map_err(|problems| listed(&problems, "inventory"))
}

/// Calls `then` with all words that a file may use, and with the places where its paths start.
pub(super) fn words<T>(
    environment: &Environment,
    folder: &Path,
    profiles: &[&str],
    then: impl FnOnce(&inventory::Environment<'_>) -> T,
) -> T {
    let controls: Vec<&str> = controls::all().map(|control| control.id).collect();
    let parameters: Vec<(&str, ParameterKind)> = controls::all()
        .flat_map(|control| control.parameters)
        .map(|parameter| (parameter.name, parameter.default.kind()))
        .collect();
    then(&inventory::Environment {
        home: environment.home.clone(),
        user: environment.user.clone(),
        base: folder.to_path_buf(),
        controls: &controls,
        parameters: &parameters,
        profiles,
        ssh: None,
    })
}

/// Applies what the command line says over what the inventory says, and selects.
pub fn select(
    mut inventory: Inventory,
    choice: &Choice,
    source: Source,
    environment: &Environment,
) -> Result<Fleet, Error> {
    let mut shelf = Shelf::of(environment);
    let written = choice.profile.as_deref();
    let profile = written.map(|written| shelf.chosen(written)).transpose()?;
    for host in &mut inventory.hosts {
        if choice.read_only {
            host.header.mode = Mode::Audit;
        }
        if let Some(profile) = &profile {
            host.header.profile.clone_from(profile);
        }
        if let Some(timeout) = choice.timeout {
            host.host_timeout = timeout;
            host.connect_timeout = host.connect_timeout.min(timeout);
        }
    }
    let selected = match &choice.limit {
        Some(expression) => inventory::select(&inventory, expression).map_err(|error| {
            Error::usage(format!("--limit: {error}"))
                .hint("plimsoll hosts lists what the inventory declares")
        })?,
        None => (0..inventory.hosts.len()).collect(),
    };
    if selected.is_empty() {
        return Err(Error::usage("the inventory declares no host")
            .hint("add [[hosts]] with a name; plimsoll init writes an example"));
    }
    let used = selected
        .iter()
        .filter_map(|index| inventory.hosts.get(*index))
        .map(|host| host.header.profile.as_str())
        .collect();
    let profiles = shelf.load(&used, environment)?;
    Ok(Fleet {
        inventory,
        selected,
        source,
        profiles,
    })
}

/// The inventory that is meant, if there is one.
pub(super) fn find(choice: &Choice, environment: &Environment) -> Option<PathBuf> {
    let named = choice
        .inventory
        .clone()
        .or_else(|| environment.inventory.clone());
    named.or_else(|| {
        let usual = [
            Some(PathBuf::from("inventory.toml")),
            environment
                .config
                .as_ref()
                .map(|config| config.join("inventory.toml")),
        ];
        usual.into_iter().flatten().find(|path| path.exists())
    })
}

/// The folder where the paths of an inventory start.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    fs::canonicalize(folder).unwrap_or_else(|_gone| folder.to_path_buf())
}

/// The text of the inventory at `path`.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    let broken = |e: std::io::Error| {
        Error::usage(format!("cannot read the inventory {}", path.display()))
            .hint("name another one with --inventory, or write one with plimsoll init")
            .source(e)
    };
    let size = fs::metadata(path).map_err(broken)?.len();
    if size > LARGEST {
        return Err(Error::usage(format!(
            "the inventory {} has {size} bytes; at most {LARGEST} are read",
            path.display()
        )));
    }
    fs::read_to_string(path).map_err(broken)
}

pub(super) fn readable(path: &Path) -> Readable {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Readable::NotAFile,
        Ok(_) => match fs::File::open(path) {
            Ok(_) => Readable::Yes,
            Err(_) => Readable::Denied,
        },
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Readable::Denied,
        Err(_) => Readable::Missing,
    }
}

/// All mistakes of a file, the kind of which is `what`.
pub(super) fn listed(problems: &[Problem], what: &str) -> Error {
    let mut lines: Vec<String> = problems.iter().take(50).map(Problem::long).collect();
    if problems.len() > lines.len() {
        lines.push(format!("and {} more", problems.len() - lines.len()));
    }
    let count = match problems.len() {
        1 => format!("1 mistake in the {what}; nothing was contacted"),
        n => format!("{n} mistakes in the {what}; nothing was contacted"),
    };
    lines.push(count);
    Error::usage(lines.join("\n"))
}
