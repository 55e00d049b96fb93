//! Fleets that other tools wrote down, as an inventory: opens their files, and lets through only what loads again.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobSetBuilder};

use super::environment::{self, Environment};
use super::error::Error;
use super::fleet::{folder_of, listed, readable, words};
use super::profiles::Shelf;
use super::ssh::{SshConfig, facts};
use crate::import::{self, Entry, Found, ansible, docker, list, ssh};
use crate::inventory::{self, Problem};
use crate::sshconfig::Config;

/// Largest file that is read.
const LARGEST: u64 = 64 << 20;

/// Most files beside an inventory, and most contexts.
const MOST_FILES: usize = 20_000;

/// Endings of files in a folder of inventories that Ansible passes over.
const PASSED_OVER: [&str; 12] = [
    "pyc", "pyo", "swp", "bak", "rpm", "md", "txt", "rst", "orig", "ini", "cfg", "retry",
];

/// Where hosts are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// An inventory of Ansible.
    Ansible,
    /// Contexts of the docker command.
    DockerContext,
    /// `ssh_config`.
    SshConfig,
    /// A plain list.
    List,
}

/// An inventory made from something else.
#[derive(Debug)]
pub struct Imported {
    /// Its text; it loads.
    pub text: String,
    /// Hosts in it.
    pub hosts: usize,
    /// What was left out and why, a line each.
    pub notes: Vec<String>,
}

/// Takes hosts from `from`. `what` are files, folders or `-` (for `input`), or globs over names where the place is known.
pub fn import(
    from: From,
    what: &[String],
    ssh_config: Option<&Path>,
    environment: &Environment,
    input: &mut dyn Read,
) -> Result<Imported, Error> {
    let config = SshConfig::read(ssh_config, environment)?;
    let (mut found, place) = match from {
        From::Ansible => {
            let mut files = ansible::Files::default();
            for path in some(what, "plimsoll hosts import --from ansible inventory.yml")? {
                ansible_files(path, &mut files, input)?;
            }
            let known = |name: &str| config.config().knows(name);
            (
                ansible::read(&files, &known),
                format!("Ansible: {}", what.join(" ")),
            )
        }
        From::DockerContext => {
            let wanted = globs(what)?;
            let contexts = contexts(environment)?;
            (
                docker::read(&contexts, &|name| wanted.is_match(name)),
                "Docker contexts".to_owned(),
            )
        }
        From::SshConfig => {
            let wanted = globs(what)?;
            let read = |name: &str| wanted.is_match(name);
            (
                ssh::read(config.config(), &facts(environment), &read),
                "ssh_config, which is still read when they are reached".to_owned(),
            )
        }
        From::List => {
            let mut found = Found::default();
            for path in some(what, "plimsoll hosts import --from list hosts.txt")? {
                let file = file(path, input)?;
                let more = list::read(&file.text, &file.place);
                found.hosts.extend(more.hosts);
                found.notes.extend(more.notes);
            }
            (found, format!("a list: {}", what.join(" ")))
        }
    };
    let sieve = Sieve::of(environment, config.config())?;
    sieve.sift(&mut found);
    let text = import::text(&found.hosts, &place);
    if !found.hosts.is_empty() {
        sieve
            .parse(&text)
            .map_err(|problems| listed(&problems, "inventory that would be printed"))?;
    }
    Ok(Imported {
        text,
        hosts: found.hosts.len(),
        notes: import::told(&found.notes),
    })
}

fn some<'w>(what: &'w [String], example: &str) -> Result<&'w [String], Error> {
    if what.is_empty() {
        return Err(Error::usage("which file? `-` is standard input").hint(example));
    }
    Ok(what)
}

/// Globs of which one must match; none mean everything.
fn globs(what: &[String]) -> Result<globset::GlobSet, Error> {
    let mut set = GlobSetBuilder::new();
    let all = ["*".to_owned()];
    for word in if what.is_empty() { &all } else { what } {
        let glob = Glob::new(word)
            .map_err(|e| Error::usage(format!("bad glob `{word}`: {}", e.kind())))?;
        set.add(glob);
    }
    set.build()
        .map_err(|e| Error::usage("these globs are too much together").source(e))
}

/// What the inventory would say of each host, looked at before it is printed.
struct Sieve<'e> {
    environment: &'e Environment,
    shelf: Shelf,
    config: &'e Config,
    folder: PathBuf,
}

impl<'e> Sieve<'e> {
    fn of(environment: &'e Environment, config: &'e Config) -> Result<Self, Error> {
        let folder = std::path::absolute(folder_of(Path::new("inventory.toml")))
            .map_err(|e| Error::internal("the current folder cannot be used").source(e))?;
        Ok(Self {
            environment,
            shelf: Shelf::of(environment),
            config,
            folder,
        })
    }

    fn parse(&self, text: &str) -> Result<inventory::spec::Inventory, Vec<Problem>> {
        words(
            self.environment,
            &self.folder,
            &self.shelf.names(),
            |words| {
                let words = inventory::Environment {
                    ssh: Some(self.config),
                    ..words.clone()
                };
                inventory::parse(text, "the printed inventory", &words)
            },
        )
    }

    /// Leaves out what an inventory cannot say, and files that are not there.
    fn sift(&self, found: &mut Found) {
        let hosts = std::mem::take(&mut found.hosts);
        let names: Vec<String> = hosts.iter().map(|host| host.name.clone()).collect();
        for host in hosts {
            if found.hosts.iter().any(|known| known.name == host.name) {
                found.note(&host.name, "left out: the name stands there twice");
            } else if let Some(host) = self.one(host, &names, found) {
                found.hosts.push(host);
            }
        }
        // Its jump may have been left out since.
        let left: Vec<String> = found.hosts.iter().map(|host| host.name.clone()).collect();
        let lost = |host: &Entry| {
            let gone = |word: &String| names.contains(word) && !left.contains(word);
            host.settings.jump.iter().any(gone)
        };
        let (without, hosts) = std::mem::take(&mut found.hosts).into_iter().partition(lost);
        found.hosts = hosts;
        let without: Vec<Entry> = without;
        for host in without {
            found.note(&host.name, "left out: so is its jump");
        }
    }

    fn one(&self, mut host: Entry, names: &[String], found: &mut Found) -> Option<Entry> {
        for path in host
            .settings
            .identity_file
            .iter_mut()
            .chain(&mut host.settings.known_hosts)
        {
            // An inventory's paths start where it lies, which is not known yet.
            if !path.starts_with(['~', '/', '{']) {
                *path = self.folder.join(&path).display().to_string();
            }
        }
        let mut alone = host.clone();
        alone.settings.jump.retain(|word| !names.contains(word));
        let parsed = match self.parse(&import::alone(&alone)) {
            Ok(parsed) => parsed,
            Err(problems) => {
                let first = problems.first().map(|problem| problem.message.as_str());
                found.note(
                    &host.name,
                    format!("left out: {}", first.unwrap_or_default()),
                );
                return None;
            }
        };
        let specs: Vec<_> = parsed.hosts.iter().collect();
        let missing = inventory::check_files(&specs, &readable);
        for problem in &missing {
            found.note(&host.name, format!("left out: {}", problem.message));
        }
        if missing.is_empty() {
            return Some(host);
        }
        if host.settings.tls.is_some() {
            return None;
        }
        host.settings.identity_file.clear();
        host.settings.known_hosts.clear();
        Some(host)
    }
}

/// The file at `path`, or standard input.
fn file(path: &str, input: &mut dyn Read) -> Result<ansible::File, Error> {
    let (place, text) = if path == "-" {
        ("standard input".to_owned(), bounded(input))
    } else {
        let opened = fs::File::open(path).and_then(|mut file| bounded(&mut file));
        (path.to_owned(), opened)
    };
    let text = text.map_err(|e| Error::usage(format!("cannot read {place}")).source(e))?;
    Ok(ansible::File { place, text })
}

fn bounded(reader: &mut dyn Read) -> std::io::Result<String> {
    let mut text = String::new();
    reader.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(std::io::Error::other("larger than 64 MiB"));
    }
    Ok(text)
}

/// The inventory at `path`, a file or a folder of them, with the variables that lie beside it.
fn ansible_files(
    path: &str,
    files: &mut ansible::Files,
    input: &mut dyn Read,
) -> Result<(), Error> {
    let folder = Path::new(path);
    if path == "-" || !folder.is_dir() {
        files.inventories.push(file(path, input)?);
        let beside = Path::new(path).parent().filter(|_| path != "-");
        return beside.map_or(Ok(()), |beside| variables(beside, files));
    }
    for entry in entries(folder)? {
        let name = entry
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let ending = entry.extension().unwrap_or_default().to_string_lossy();
        let hidden = name.starts_with('.') || name.ends_with('~');
        if hidden || PASSED_OVER.contains(&&*ending) || !entry.is_file() {
            continue;
        }
        let place = entry.display().to_string();
        let read = file(&place, input)?;
        if read.text.starts_with("#!") {
            return Err(
                Error::usage(format!("{place} is a program, which is not run"))
                    .hint("ansible-inventory -i … --list | plimsoll hosts import --from ansible -"),
            );
        }
        files.inventories.push(read);
    }
    variables(folder, files)
}

/// `group_vars` and `host_vars` in `folder`.
fn variables(folder: &Path, files: &mut ansible::Files) -> Result<(), Error> {
    for (kind, into) in [
        ("group_vars", &mut files.groups),
        ("host_vars", &mut files.hosts),
    ] {
        let folder = folder.join(kind);
        if !folder.is_dir() {
            continue;
        }
        for entry in entries(&folder)? {
            let name = entry
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if entry.is_dir() {
                for inner in entries(&entry)? {
                    if inner.is_file() {
                        let place = inner.display().to_string();
                        into.push((name.clone(), file(&place, &mut std::io::empty())?));
                    }
                }
            } else {
                let bare = ["yml", "yaml", "json"].iter().find_map(|ending| {
                    name.strip_suffix(ending)
                        .and_then(|bare| bare.strip_suffix('.'))
                });
                let bare = bare.unwrap_or(&name).to_owned();
                let place = entry.display().to_string();
                into.push((bare, file(&place, &mut std::io::empty())?));
            }
        }
    }
    Ok(())
}

/// What `folder` holds, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let broken =
        |e: std::io::Error| Error::usage(format!("cannot read {}", folder.display())).source(e);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(broken)? {
        paths.push(entry.map_err(broken)?.path());
        if paths.len() > MOST_FILES {
            let message = format!("{} holds more than {MOST_FILES} files", folder.display());
            return Err(Error::usage(message));
        }
    }
    paths.sort();
    Ok(paths)
}

/// All contexts of the docker command.
fn contexts(environment: &Environment) -> Result<Vec<docker::Context>, Error> {
    let folder = environment::var("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|| Some(environment.home.as_ref()?.join(".docker")));
    let folder = folder
        .ok_or_else(|| Error::usage("the home folder is not known").hint("set DOCKER_CONFIG"))?
        .join("contexts");
    let meta = folder.join("meta");
    if !meta.is_dir() {
        return Err(
            Error::usage(format!("there are no contexts in {}", folder.display()))
                .hint("docker context ls lists them; DOCKER_CONFIG names another folder"),
        );
    }
    let mut contexts = Vec::new();
    for entry in entries(&meta)? {
        let place = entry.join("meta.json");
        let Some(id) = entry.file_name().filter(|_| place.is_file()) else {
            continue;
        };
        let tls = folder.join("tls").join(id).join("docker");
        let pem = |name: &str| {
            let path = tls.join(name);
            path.is_file().then(|| path.display().to_string())
        };
        let read = file(&place.display().to_string(), &mut std::io::empty())?;
        contexts.push(docker::Context {
            place: read.place,
            meta: read.text,
            ca: pem("ca.pem"),
            cert: pem("cert.pem"),
            key: pem("key.pem"),
        });
    }
    Ok(contexts)
}
