//! What earlier sweeps knew of a host, for controls that compare with the past.
//!
//! Filled by whoever keeps records; without it those controls are not checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::severity::Severity;

/// What is remembered of a fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// Earlier sweeps by the host's name.
    pub past: BTreeMap<String, Past>,
    /// What people stated, with the names of the hosts that it holds for.
    pub attestations: BTreeMap<String, Vec<Attestation>>,
}

impl Memory {
    /// Earlier sweeps of the host called `name`.
    pub fn past_of(&self, name: &str) -> Option<&Past> {
        self.past.get(name)
    }

    /// What people stated of the host called `name`.
    pub fn stated_of(&self, name: &str) -> &[Attestation] {
        self.attestations.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Earlier sweeps of one host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Sweeps that were to read the host, newest first.
    pub sweeps: Vec<PastSweep>,
    /// Rows of the newest of them in which the host was read.
    pub rows: Vec<PastRow>,
    /// Ids of the container subjects in that sweep.
    pub containers: Vec<String>,
}

/// One earlier sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastSweep {
    /// When it ended, seconds since 1970-01-01 UTC.
    pub finished: i64,
    /// How it ended for this host.
    pub state: PastState,
    /// Whether it judged the host by the profile of this sweep: else its rows cannot be compared.
    pub same_profile: bool,
}

/// How an earlier sweep ended for a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PastState {
    /// Everything that access allows was answered.
    Assessed,
    /// Some answers were missing that access would give.
    Partial,
    /// It was not reached.
    Failed,
}

/// One row of an earlier sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRow {
    /// Id of the control.
    pub control: String,
    /// Id of the subject.
    pub subject: String,
    /// What came out.
    pub outcome: Outcome,
    /// The severity it had.
    pub severity: Severity,
}

/// What a person stated of a host, because no program can see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Id of the control that it answers.
    pub control: String,
    /// Who stated it.
    pub by: String,
    /// The day of what is attested, as days since 1970-01-01.
    pub day: i64,
    /// The same day, `YYYY-MM-DD`.
    pub date: String,
    /// What was stated, in words.
    pub note: String,
}
