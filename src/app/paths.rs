//! `paths.json` of the state folder: the way that led to each host's engine, tried first the next time.
//!
//! It is a memory aid and no more: a file that is missing, foreign or damaged is as good as an empty one, and what it says
//! is found out anew where it no longer holds. Several processes may share it; each adds what it learnt.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use super::environment;
use crate::domain::host::HostHeader;
use crate::transport::{Memory, Route};

const FILE: &str = "paths.json";
/// One lock for everything in the state folder that is rewritten.
const LOCK: &str = "lock";
const SCHEMA: &str = "plimsoll.paths/1";
/// Largest file that is read, and most hosts that are kept, the youngest first.
const LARGEST: u64 = 16 << 20;
const MOST_HOSTS: usize = 20_000;
/// How long a detour is believed in: a server may have been opened since.
const DETOUR_MS: i64 = 7 * 24 * 3600 * 1000;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Document {
    schema: String,
    hosts: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// The endpoint that it was learnt of, with the jumps in front of it.
    endpoint: String,
    route: String,
    /// When it worked last, milliseconds since 1970-01-01 UTC.
    at: i64,
}

/// The ways that are known, and those learnt in this run.
pub struct Paths {
    folder: Option<PathBuf>,
    known: OnceLock<BTreeMap<String, Entry>>,
    learnt: Mutex<BTreeMap<String, Entry>>,
}

impl Paths {
    /// Those of the state folder; without one nothing is remembered beyond this run.
    pub fn of(folder: Option<&Path>) -> Self {
        Self {
            folder: folder.map(Path::to_owned),
            known: OnceLock::new(),
            learnt: Mutex::default(),
        }
    }

    fn known(&self) -> &BTreeMap<String, Entry> {
        self.known.get_or_init(|| {
            let folder = self.folder.as_deref();
            folder.map_or_else(BTreeMap::new, |folder| read(&folder.join(FILE)))
        })
    }

    /// Adds what was learnt to the file.
    fn save(&self) -> io::Result<()> {
        let learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(folder), false) = (&self.folder, learnt.is_empty()) else {
            return Ok(());
        };
        let private = || OpenOptions::new().mode(0o600).write(true).to_owned();
        let lock = private()
            .create(true)
            .truncate(false)
            .open(folder.join(LOCK))?;
        lock.lock()?;
        let path = folder.join(FILE);
        let mut hosts = read(&path);
        hosts.extend(learnt.clone());
        let mut oldest: Vec<_> = hosts
            .iter()
            .map(|(name, entry)| (entry.at, name.clone()))
            .collect();
        oldest.sort();
        for (_, name) in oldest.iter().take(hosts.len().saturating_sub(MOST_HOSTS)) {
            hosts.remove(name);
        }
        let document = Document {
            schema: SCHEMA.to_owned(),
            hosts,
        };
        let new = folder.join(format!("{FILE}.{}", std::process::id()));
        let mut file = private().create(true).truncate(true).open(&new)?;
        let written = serde_json::to_writer(&file, &document)
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&new, &path));
        if written.is_err() {
            let _gone = fs::remove_file(&new);
        }
        written
    }
}

impl Drop for Paths {
    fn drop(&mut self) {
        // Nothing but time is lost where it cannot be kept.
        let _unkept = self.save();
    }
}

/// What the file holds; nothing where it is none of ours.
fn read(path: &Path) -> BTreeMap<String, Entry> {
    let mut text = String::new();
    let reading = File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
    match reading
        .ok()
        .and_then(|_| serde_json::from_str::<Document>(&text).ok())
    {
        Some(document) if document.schema == SCHEMA => document.hosts,
        _ => BTreeMap::new(),
    }
}

fn endpoint(host: &HostHeader) -> String {
    let mut hops = host.jumps.clone();
    hops.push(host.endpoint.clone());
    hops.join(" ")
}

impl Memory for Paths {
    fn recall(&self, host: &HostHeader) -> Option<Route> {
        let learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = learnt
            .get(&host.name)
            .or_else(|| self.known().get(&host.name))?;
        let route = Route::parse(&entry.route).filter(|_| entry.endpoint == endpoint(host))?;
        let fresh = environment::now().saturating_sub(entry.at) < DETOUR_MS;
        (fresh || matches!(route, Route::Socket(_))).then_some(route)
    }

    fn remember(&self, host: &HostHeader, route: &Route) {
        let entry = Entry {
            endpoint: endpoint(host),
            route: route.to_string(),
            at: environment::now(),
        };
        let old = self.known().get(&host.name);
        let age = old
            .filter(|old| (&old.endpoint, &old.route) == (&entry.endpoint, &entry.route))
            .map(|old| entry.at.saturating_sub(old.at));
        // A way that is known is not noted again until its time is over; so every detour is questioned some day.
        if age.is_none_or(|age| age >= DETOUR_MS) {
            self.learnt
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(host.name.clone(), entry);
        }
    }
}
