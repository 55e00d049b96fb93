//! What was read from a host, typed: each piece is a value or a gap with its reason.
//!
//! Evidence never holds a secret: values of environment variables, labels and options that may be secret are
//! reduced to name, length and a keyed fingerprint before an evidence value exists.

pub mod container;
pub mod engine;
pub mod host;
pub mod image;
pub mod network;
pub mod secret;
pub mod sockets;
pub mod swarm;

use serde::{Deserialize, Serialize};

use super::host::Transport;

/// Everything that one sweep read from one host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostEvidence {
    /// When the first answer came, in milliseconds since 1970-01-01 UTC, by our clock.
    pub collected_at: i64,
    /// How it was reached.
    pub transport: Transport,
    /// One entry for each answer: a request to the engine or a section of the probe.
    pub sources: Vec<Source>,
    /// What the engine answered.
    pub engine: engine::Engine,
    /// What the host's files and processes say.
    pub host: host::HostFacts,
}

/// One answer and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The request (`GET /info`) or probe section (`probe files`).
    pub what: String,
    /// When the answer was complete, in milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Bytes read.
    pub bytes: u64,
    /// SHA-256 of the redacted evidence, in hex; empty for a gap.
    pub sha256: String,
    /// Why there is nothing, if so.
    pub gap: Option<super::gap::Gap>,
}
