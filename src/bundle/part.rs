//! The files of a bundle.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::event::{Asked, Requests};
use crate::domain::evidence::HostEvidence;
use crate::domain::failure::Failure;
use crate::domain::host::HostHeader;
use crate::domain::past::{Attestation, Past};
use crate::domain::policy::Policy;
use crate::domain::waiver::Waiver;

/// What was read from one host, and everything else that its judgement rests on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostPart {
    /// `plimsoll.evidence/1`.
    pub schema: String,
    /// The host as declared.
    pub header: HostHeader,
    /// When it was read, milliseconds since 1970-01-01 UTC.
    pub read_at: i64,
    /// How long that took.
    pub duration_ms: u64,
    /// Fingerprint of the key or certificate that it proved itself with.
    pub key: Option<String>,
    /// Why it was not read, or not fully.
    pub error: Option<Failure>,
    /// What it cost.
    #[serde(default)]
    pub requests: Requests,
    /// Every request and command, equal ones counted.
    #[serde(default)]
    pub asked: Vec<Asked>,
    /// Parameters that the inventory set for it.
    pub policy: Policy,
    /// Whether its TCP endpoint was used without TLS.
    pub insecure_endpoint: bool,
    /// What was known of its past then.
    pub past: Option<Past>,
    /// What people had stated of it.
    #[serde(default)]
    pub attestations: Vec<Attestation>,
    /// What was read, secrets reduced to fingerprints; none of a host that was not read.
    pub evidence: Option<Arc<HostEvidence>>,
}

/// What all hosts were judged by.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Judging {
    /// The waivers of the inventory, their hosts resolved.
    pub waivers: Vec<Waiver>,
}
