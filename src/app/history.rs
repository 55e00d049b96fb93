//! The history of the state folder: opened, caught up with the records, written after each sweep.
//!
//! A record is the truth. A history that is missing, damaged or behind is made again from records, so that nothing is
//! lost but the time it takes; only what is older than the records is gone with a damaged file.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::Error;
use super::records::Records;
use super::state;
use crate::domain::event::FleetEvent;
use crate::domain::host::HostHeader;
use crate::domain::past::Past;
use crate::history::{Broken, History};
use crate::record::Recording;

const FILE: &str = "history.sqlite";
/// Records that may be missing without being looked for: more than processes that run at once and are killed.
const CATCH_UP: usize = 20;
/// Bytes that the history may take; the oldest goes first.
const MOST: u64 = 1 << 30;

/// The history beside the records of a state folder.
#[derive(Debug, Clone)]
pub struct Chronicle {
    state: PathBuf,
    records: Records,
}

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
pub enum Unkept {
    /// The file or its folder.
    #[error("{FILE} cannot be used")]
    Io(#[from] io::Error),
    /// What the database says.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<Unkept> for Error {
    fn from(e: Unkept) -> Self {
        Self::usage("the history cannot be read")
            .hint("plimsoll history --rebuild makes it again from the records")
            .source(e)
    }
}

impl From<Broken> for Error {
    fn from(e: Broken) -> Self {
        Unkept::from(e).into()
    }
}

impl Chronicle {
    /// The history of the state folder `state`; nothing is opened or made yet.
    pub fn of(state: &Path) -> Self {
        Self {
            state: state.to_path_buf(),
            records: Records::of(state),
        }
    }

    /// The database, with every newer record in it. A damaged file is moved aside and made again.
    pub fn open(&self) -> Result<History, Unkept> {
        self.opened(CATCH_UP, "")
    }

    /// The same from every record there is; a file that is there already is moved aside. Gives its new name too.
    pub fn rebuild(&self) -> Result<(History, Option<PathBuf>), Unkept> {
        let aside = {
            let _held = self.held()?;
            self.move_aside()?
        };
        Ok((self.opened(usize::MAX, "")?, aside))
    }

    /// Opens the database and adds what is missing of the newest `catch_up` records, but for the one that is at hand.
    fn opened(&self, catch_up: usize, at_hand: &str) -> Result<History, Unkept> {
        let mut history = {
            let _held = self.held()?;
            let path = self.state.join(FILE);
            // Made by us, so that nobody else may read it; the database gives its helpers the same mode.
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)?;
            match History::open(&path) {
                Err(Broken::Damaged(_)) => {
                    self.move_aside()?;
                    History::open(&path)?
                }
                opened => opened?,
            }
        };
        let ids: Vec<String> = self.records.ids().into_iter().take(catch_up).collect();
        let missing = history.missing(&ids)?;
        for id in missing.iter().rev().filter(|id| *id != at_hand) {
            // A record that cannot be read tells so when somebody names it.
            if let Ok(recording) = self.records.read(id) {
                add(&mut history, id, &recording)?;
            }
        }
        Ok(history)
    }

    fn held(&self) -> io::Result<fs::File> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.state)?;
        state::locked(&self.state)
    }

    /// Gives the file, its log among it, a name of its own.
    fn move_aside(&self) -> io::Result<Option<PathBuf>> {
        let path = self.state.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let name =
            |number: u32, ending: &str| self.state.join(format!("{FILE}.{number}.damaged{ending}"));
        let mut number = 1;
        while name(number, "").exists() {
            number += 1;
        }
        for ending in ["", "-wal", "-shm"] {
            let old = self.state.join(format!("{FILE}{ending}"));
            if old.exists() {
                fs::rename(old, name(number, ending))?;
            }
        }
        Ok(Some(name(number, "")))
    }

    /// Adds the sweep whose record is `id`, and forgets what is older than `keep` by `now`.
    pub fn remember(
        &self,
        id: &str,
        recorded: (&str, &[FleetEvent]),
        now: i64,
        keep: Duration,
    ) -> Result<(), Unkept> {
        let (catalogue, events) = recorded;
        let mut history = self.opened(CATCH_UP, id)?;
        history.add(id, catalogue, events)?;
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        history.prune(now.saturating_sub(keep), MOST)?;
        Ok(())
    }

    /// What is known of the earlier sweeps of these hosts; nothing where none was ever kept.
    pub fn past<'a>(
        &self,
        headers: impl Iterator<Item = &'a HostHeader>,
    ) -> Result<BTreeMap<String, Past>, Unkept> {
        if !self.state.join(FILE).exists() && self.records.ids().is_empty() {
            return Ok(BTreeMap::new());
        }
        let history = self.open()?;
        let mut known = BTreeMap::new();
        for header in headers {
            known.insert(header.name.clone(), history.past(header)?);
        }
        Ok(known)
    }
}

fn add(history: &mut History, id: &str, recording: &Recording) -> Result<(), Broken> {
    history.add(id, &recording.catalogue, &recording.events)?;
    Ok(())
}
