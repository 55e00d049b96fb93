//! The journal: every change that was meant, what became of it, and the way back. Append-only JSON lines, each holding
//! the hash of the line before, in a file that only its owner reads.
//!
//! An intent is on disk before its step begins, so that a run that was killed can be found and taken back. Several
//! processes may write at once: each line is written under a lock, after the newest one was read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::script::hex;
use super::steps::Change;
use crate::domain::plan::{Risk, Target};

/// The schema that every line names.
pub const SCHEMA: &str = "plimsoll.journal/1";
/// Its name in the state folder.
const FILE: &str = "journal.jsonl";
/// Folder of the locks that running operations hold.
const RUNNING: &str = "running";
/// What the first line holds in place of the hash of a line before it.
const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Largest journal that is read.
const LARGEST: u64 = 256 * 1024 * 1024;
/// Longest line that is usual: the last one is looked for in so many bytes at the end.
const LONGEST: u64 = 1024 * 1024;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// [`SCHEMA`].
    pub schema: String,
    /// SHA-256 of the line before, in hex.
    pub prev: String,
    /// When, in UTC.
    pub at: String,
    /// Id of the operation.
    pub operation: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// An operation began.
    Began {
        /// Who does it.
        who: Who,
        /// Which hosts it is meant for.
        hosts: Vec<String>,
        /// The operation that it takes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undoes: Option<String>,
        /// Number of the change or ticket it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
    },
    /// Work on a host began.
    Host {
        /// Which host.
        host: String,
        /// The findings to be put right.
        targets: Vec<Target>,
        /// The risk that was agreed to.
        risk: Risk,
    },
    /// A step is about to be done.
    Intent {
        /// On which host.
        host: String,
        /// Number of the step, from 1.
        step: usize,
        /// What is changed from what to what: the way back as well.
        change: Change,
    },
    /// A step was done.
    Done {
        /// On which host.
        host: String,
        /// Number of the step.
        step: usize,
        /// The commands as they ran.
        commands: Vec<String>,
    },
    /// A step was not done, and nothing of it is left.
    Failed {
        /// On which host.
        host: String,
        /// Number of the step.
        step: usize,
        /// Why.
        why: String,
    },
    /// A step is about to be taken back.
    GoingBack {
        /// On which host.
        host: String,
        /// Number of the step.
        step: usize,
    },
    /// A step was taken back, by its own operation or by one that undoes it.
    Back {
        /// On which host.
        host: String,
        /// Number of the step.
        step: usize,
        /// The commands as they ran.
        commands: Vec<String>,
    },
    /// A step was not taken back, and stands as it did.
    Stays {
        /// On which host.
        host: String,
        /// Number of the step.
        step: usize,
        /// Why.
        why: String,
    },
    /// Work on a host ended.
    HostEnded {
        /// Which host.
        host: String,
        /// How.
        how: How,
        /// Why it is not simply done; empty where it is.
        why: String,
    },
    /// The operation ended.
    Ended,
}

/// How the work on a host ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// As planned, and confirmed by the controls.
    Applied,
    /// Everything that an earlier operation did was taken back.
    Undone,
    /// Nothing was changed.
    Untouched,
    /// What was changed was taken back.
    RolledBack,
    /// Something is left as it should not be, or nobody knows.
    Open,
}

impl How {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Undone => "undone",
            Self::Untouched => "untouched",
            Self::RolledBack => "rolled back",
            Self::Open => "open",
        }
    }
}

/// Who changes something, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The user's name on the operator's machine.
    pub user: String,
    /// The name of that machine.
    pub from: String,
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}", self.user, self.from)
    }
}

/// A journal that can be written to.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    file: File,
}

/// An operation that is under way in this process; while this value lives, others see that it is.
#[derive(Debug)]
pub struct Running {
    path: PathBuf,
    _locked: File,
}

impl Drop for Running {
    fn drop(&mut self) {
        if fs::remove_file(&self.path).is_err() {
            // An empty file that nobody holds is harmless; it says that the operation is over.
        }
    }
}

impl Journal {
    /// Opens the journal of a state folder; makes both where they are not there.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let make = |path: &Path| {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
        };
        make(folder)?;
        make(&folder.join(RUNNING))?;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(folder.join(FILE))?;
        File::open(folder)?.sync_all()?;
        Ok(Self {
            folder: folder.to_owned(),
            file,
        })
    }

    /// Takes the journal of a state folder away: for hosts that are only simulated.
    pub fn forget(folder: &Path) -> io::Result<()> {
        fs::remove_file(folder.join(FILE))
    }

    /// Says that this process works on `operation`.
    pub fn running(&self, operation: &str) -> io::Result<Running> {
        let path = self.folder.join(RUNNING).join(operation);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)?;
        file.lock()?;
        Ok(Running {
            path,
            _locked: file,
        })
    }

    /// Whether some process works on `operation` now.
    pub fn is_running(&self, operation: &str) -> bool {
        File::open(self.folder.join(RUNNING).join(operation))
            .is_ok_and(|file| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)))
    }

    /// Adds a line and waits until it is on disk.
    pub fn add(&mut self, at: &str, operation: &str, event: Event) -> io::Result<()> {
        self.file.lock()?;
        let added = self.add_locked(at, operation, event);
        self.file.unlock()?;
        added
    }

    fn add_locked(&mut self, at: &str, operation: &str, event: Event) -> io::Result<()> {
        let end = tail(&mut self.file)?;
        // A line that was cut off by a crash stays as it is; it only gets its end.
        let torn = !end.is_empty() && !end.ends_with(b"\n");
        let last = end.strip_suffix(b"\n").unwrap_or(&end);
        let last = last.rsplit(|byte| *byte == b'\n').next();
        let entry = Entry {
            schema: SCHEMA.to_owned(),
            prev: last
                .filter(|_| !end.is_empty())
                .map_or_else(|| FIRST.to_owned(), hash),
            at: at.to_owned(),
            operation: operation.to_owned(),
            event,
        };
        let line = serde_json::to_string(&entry).map_err(io::Error::from)?;
        let line = format!("{}{line}\n", if torn { "\n" } else { "" });
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()
    }

    /// Everything that was written.
    pub fn read(&mut self) -> io::Result<Book> {
        self.file.lock_shared()?;
        let text = read(&mut self.file);
        self.file.unlock()?;
        Ok(Book::parse(&text?))
    }
}

/// All of it.
fn read(file: &mut File) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(LARGEST + 1).read_to_end(&mut raw)?;
    if raw.len() as u64 > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("the journal is larger than {LARGEST} bytes: move it away"),
        ));
    }
    Ok(raw)
}

/// The end of it, with all of the last line.
fn tail(file: &mut File) -> io::Result<Vec<u8>> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
    let mut raw = Vec::new();
    file.take(LONGEST).read_to_end(&mut raw)?;
    let whole = length <= LONGEST || raw.iter().rev().skip(1).any(|byte| *byte == b'\n');
    if whole { Ok(raw) } else { read(file) }
}

fn hash(line: &[u8]) -> String {
    hex(&Sha256::digest(line))
}

/// A journal as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    /// Every line that can be understood, in order.
    pub entries: Vec<Entry>,
    /// Numbers, from 1, of lines that do not follow from the line before: somebody changed what is above.
    pub broken: Vec<usize>,
    /// Numbers, from 1, of lines that cannot be understood, such as one that a crash cut off.
    pub unread: Vec<usize>,
}

impl Book {
    /// Reads the bytes of a journal.
    pub fn parse(raw: &[u8]) -> Self {
        let mut book = Self::default();
        let mut prev = FIRST.to_owned();
        let lines = raw.strip_suffix(b"\n").unwrap_or(raw);
        if raw.is_empty() {
            return book;
        }
        for (at, line) in lines.split(|byte| *byte == b'\n').enumerate() {
            match serde_json::from_slice::<Entry>(line) {
                Ok(entry) if is_ours(&entry.schema) => {
                    if entry.prev != prev {
                        book.broken.push(at + 1);
                    }
                    book.entries.push(entry);
                }
                _ => book.unread.push(at + 1),
            }
            prev = hash(line);
        }
        book
    }
}

/// A newer minor version is read, another major one is not.
fn is_ours(schema: &str) -> bool {
    schema == SCHEMA
        || schema
            .strip_prefix(SCHEMA)
            .is_some_and(|minor| minor.starts_with('.'))
}
