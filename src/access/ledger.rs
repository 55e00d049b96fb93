//! What was asked of an engine and what came back: for the count of requests and for the record of an audit.

use std::collections::BTreeMap;
use std::time::Duration;

use super::gate;

/// One request that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its target, version prefix and query included.
    pub target: String,
    /// The wave it belonged to, from 1.
    pub wave: u32,
    /// Status of the answer; none where no answer came.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// From the moment it left to the end of its answer. Requests that wait in line behind others include the wait.
    pub took: Duration,
}

/// Every request made on a link. All of them were GETs, or they would not have left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    requests: Vec<Request>,
    waves: u32,
}

impl Ledger {
    /// Begins a wave: requests that wait for nothing but the wave before.
    pub(super) fn begin_wave(&mut self) -> u32 {
        self.waves += 1;
        self.waves
    }

    /// Notes a request that leaves; gives its place.
    pub(super) fn note(&mut self, request: Request) -> usize {
        self.requests.push(request);
        self.requests.len() - 1
    }

    /// Notes the answer to the request at `place`.
    pub(super) fn answered(&mut self, place: usize, status: u16, bytes: usize, took: Duration) {
        if let Some(request) = self.requests.get_mut(place) {
            request.status = Some(status);
            request.bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            request.took = took;
        }
    }

    /// Every request in the order in which it left.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// How many requests were made.
    pub fn count(&self) -> u32 {
        u32::try_from(self.requests.len()).unwrap_or(u32::MAX)
    }

    /// What was asked and how often, by the lines of the list of requests that may leave.
    pub fn counted(&self) -> BTreeMap<String, u32> {
        let mut counted = BTreeMap::new();
        for request in &self.requests {
            let line = gate::line(&request.target).unwrap_or_else(|| request.target.clone());
            *counted.entry(format!("GET {line}")).or_default() += 1;
        }
        counted
    }

    /// How many waves there were, each waiting for the one before.
    pub fn waves(&self) -> u32 {
        self.waves
    }
}
