//! The one stream: everything that happens in a sweep, for every audience.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::context::FleetFacts;
use super::evidence::HostEvidence;
use super::failure::{Failure, Stage};
use super::host::HostHeader;
use super::outcome::ControlResult;
use super::posture::Posture;

/// A position in the sweep's list of hosts.
pub type HostIndex = usize;

/// Something that happened in a sweep.
#[derive(Debug, Clone)]
pub enum FleetEvent {
    /// A sweep of these hosts began; indexes of later events point into `hosts`.
    Started {
        /// Milliseconds since 1970-01-01 UTC.
        at: i64,
        /// The selected hosts in the order of the inventory.
        hosts: Arc<Vec<HostHeader>>,
    },
    /// A host entered a stage.
    Entered {
        /// Which host.
        host: HostIndex,
        /// Which stage.
        stage: Stage,
        /// Objects read so far.
        done: u32,
        /// Objects known so far; 0 where unknown.
        total: u32,
    },
    /// A host is finished: assessed, partial or failed.
    Finished {
        /// Which host.
        host: HostIndex,
        /// What came out.
        report: Arc<HostReport>,
    },
    /// All hosts are finished.
    Ended {
        /// Milliseconds since 1970-01-01 UTC.
        at: i64,
        /// Rows of controls that compare hosts.
        fleet: Arc<Vec<ControlResult>>,
        /// Whether the sweep was stopped before all hosts were read.
        cancelled: bool,
    },
}

/// How far a host was assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostState {
    /// Fully.
    Assessed,
    /// With gaps that access would close.
    Partial,
    /// Not at all; the error says why.
    Failed,
}

impl HostState {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Assessed => "assessed",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// What came out of one host.
#[derive(Debug, Clone)]
pub struct HostReport {
    /// The host as declared.
    pub header: HostHeader,
    /// How far it was assessed.
    pub state: HostState,
    /// Why it failed, or, on a partial host, the failure that made it partial.
    pub error: Option<Failure>,
    /// Keyed hash of the machine id.
    pub machine_id: Option<String>,
    /// Fingerprint of the SSH host key or of the TLS server's certificate.
    pub key: Option<String>,
    /// The engine.
    pub engine: Option<EngineLine>,
    /// Name of the operating system.
    pub os: Option<String>,
    /// Kernel release.
    pub kernel: Option<String>,
    /// When it was read, milliseconds since 1970-01-01 UTC.
    pub read_at: i64,
    /// Milliseconds from the start of its work to its end.
    pub duration_ms: u64,
    /// What it cost.
    pub requests: Requests,
    /// Every request and command, equal ones counted.
    pub asked: Vec<Asked>,
    /// Every outcome in a stable order.
    pub results: Vec<ControlResult>,
    /// The roll-up.
    pub posture: Posture,
    /// What is kept of it for the controls that compare hosts.
    pub compared: Option<Arc<FleetFacts>>,
    /// What was read; kept for the open host only.
    pub evidence: Option<Arc<HostEvidence>>,
}

/// The engine in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineLine {
    /// `docker` or `podman`.
    pub name: String,
    /// Version.
    pub version: String,
    /// Highest API version.
    pub api: String,
    /// Whether it runs without root.
    pub rootless: bool,
}

/// Something that was asked of a host, and how often.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Asked {
    /// `request` (to the engine) or `command` (started on the host).
    pub kind: AskedKind,
    /// The request by its line on the list of those that may leave, or the words of the command.
    pub what: String,
    /// How often.
    pub count: u32,
}

/// The two kinds of questions to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AskedKind {
    /// A command started on the host.
    Command,
    /// A request to the engine.
    Request,
}

/// What reading a host cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// Requests to the engine.
    pub engine: u32,
    /// Commands started on the host.
    pub exec: u32,
    /// Dependent waves of requests.
    pub waves: u32,
    /// Channels or connections opened.
    pub channels: u32,
}
