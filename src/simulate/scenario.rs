//! What plays behind which host: a recording, a distance, and what is wrong with it.

use std::collections::BTreeMap;
use std::time::Duration;

use globset::{Glob, GlobMatcher};
use serde::Deserialize;

use crate::domain::failure::Failure;

/// One simulated fleet: rows in order, the first whose glob matches a host's name decides.
#[derive(Debug)]
pub struct Scenario {
    rows: Vec<Row>,
}

/// How one host behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of its recording.
    pub recording: String,
    /// Globs of the container names that it has; empty: all of the recording.
    pub keep: Vec<String>,
    /// One round trip.
    pub latency: Duration,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

/// What is wrong with a simulated host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing answers at its address.
    Dead,
    /// Its port is closed.
    Refused,
    /// It shows another host key than the one on file.
    HostkeyChanged,
    /// It accepts none of our keys.
    Auth,
    /// Our account may not open the engine's socket.
    SocketDenied,
    /// Its certificate has expired.
    TlsExpired,
    /// `sudo` asks for a password.
    NoSudo,
    /// A proxy answers in HTML.
    Html,
    /// Long answers break off.
    Truncated,
    /// The engine takes requests and never answers.
    Silent,
}

impl Fault {
    /// The word of a scenario, and the key of its recorded failure.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Refused => "refused",
            Self::HostkeyChanged => "hostkey-changed",
            Self::Auth => "auth",
            Self::SocketDenied => "socket-denied",
            Self::TlsExpired => "tls-expired",
            Self::NoSudo => "no-sudo",
            Self::Html => "html",
            Self::Truncated => "truncated",
            Self::Silent => "silent",
        }
    }
}

/// The failures of real hosts by fault, as recorded in the lab; `{host}` stands for the host's name.
pub type Failures = BTreeMap<String, Failure>;

#[derive(Debug)]
struct Row {
    names: GlobMatcher,
    part: Part,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hosts: Vec<FileRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    name: String,
    recording: String,
    #[serde(default)]
    keep: Vec<String>,
    latency_ms: u64,
    fault: Option<Fault>,
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It is not the TOML expected.
    #[error("scenario: {0}")]
    Toml(#[from] toml::de::Error),
    /// A glob is malformed.
    #[error("scenario: {0}")]
    Glob(#[from] globset::Error),
}

impl Scenario {
    /// Reads a scenario from its TOML.
    pub fn parse(text: &str) -> Result<Self, Broken> {
        let file: File = toml::from_str(text)?;
        let rows = file
            .hosts
            .into_iter()
            .map(|row| {
                Ok(Row {
                    names: Glob::new(&row.name)?.compile_matcher(),
                    part: Part {
                        recording: row.recording,
                        keep: row.keep,
                        latency: Duration::from_millis(row.latency_ms),
                        fault: row.fault,
                    },
                })
            })
            .collect::<Result<_, Broken>>()?;
        Ok(Self { rows })
    }

    /// The part that the host called `name` plays.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.rows
            .iter()
            .find(|row| row.names.is_match(name))
            .map(|row| &row.part)
    }
}
