//! From evidence to a host's report: the same for a host that was just read and for evidence that was saved.

use crate::assess::{Assessor, HostInput};
use crate::domain::context::FleetFacts;
use crate::domain::event::{Asked, EngineLine, HostReport, HostState, Requests};
use crate::domain::failure::Failure;
use crate::domain::gap::AsKnown as _;
use crate::domain::host::HostHeader;
use crate::domain::posture::Posture;

/// What is known of the reading of a host besides the evidence.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Why it was not read, or not fully.
    pub error: Option<Failure>,
    /// Fingerprint of the key that the host proved itself with.
    pub key: Option<String>,
    /// What it cost.
    pub requests: Requests,
    /// What was asked.
    pub asked: Vec<Asked>,
    /// When it was read, milliseconds since 1970-01-01 UTC.
    pub read_at: i64,
    /// How long that took.
    pub duration_ms: u64,
}

/// Judges what was read and rolls it up.
pub fn judged(
    assessor: &Assessor,
    input: &HostInput<'_>,
    reading: Reading,
) -> (HostReport, FleetFacts) {
    let (header, evidence) = (input.header, input.evidence);
    let results = assessor.host(input);
    let facts = assessor.facts(header, evidence, &results);
    let posture = Posture::of(&results, |control| assessor.severity(header, control));
    let info = evidence.engine.info.known();
    let version = evidence.engine.version.known();
    let report = HostReport {
        header: header.clone(),
        state: assessor.state(&results),
        error: reading.error,
        machine_id: evidence.host.machine_id.clone().ok(),
        key: reading.key,
        engine: version.ok().map(|version| EngineLine {
            name: version.product.clone(),
            version: version.engine.clone(),
            api: version.api.clone(),
            rootless: info.as_ref().is_ok_and(|info| info.rootless()),
        }),
        os: match (&evidence.host.os, &info) {
            (Ok(os), _) => Some(os.pretty.clone()),
            (Err(_), Ok(info)) => Some(info.operating_system.clone()),
            (Err(_), Err(_)) => None,
        },
        kernel: match (&evidence.host.kernel, &info) {
            (Ok(kernel), _) => Some(kernel.clone()),
            (Err(_), Ok(info)) => Some(info.kernel.clone()),
            (Err(_), Err(_)) => None,
        },
        read_at: reading.read_at,
        duration_ms: reading.duration_ms,
        requests: reading.requests,
        asked: reading.asked,
        results,
        posture,
        compared: None,
        evidence: None,
    };
    (report, facts)
}

/// The report of a host of which nothing was read.
pub fn unread(header: &HostHeader, reading: Reading) -> HostReport {
    HostReport {
        header: header.clone(),
        state: HostState::Failed,
        error: reading.error,
        machine_id: None,
        key: reading.key,
        engine: None,
        os: None,
        kernel: None,
        read_at: reading.read_at,
        duration_ms: reading.duration_ms,
        requests: reading.requests,
        asked: reading.asked,
        results: Vec::new(),
        posture: Posture::default(),
        compared: None,
        evidence: None,
    }
}
