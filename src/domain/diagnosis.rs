//! What came of trying a host stage by stage.

use serde::Serialize;

use super::failure::Failure;

/// How far a host could be reached, and what stood in the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The host's name.
    pub host: String,
    /// Where its engine is.
    pub endpoint: String,
    /// What is passed on the way, outermost first.
    pub jumps: Vec<String>,
    /// Every stage in its order, those too that were not come to.
    pub checks: Vec<Check>,
    /// The command that goes the same way by hand.
    pub by_hand: String,
}

impl Diagnosis {
    /// Whether nothing failed.
    pub fn is_well(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.verdict != Verdict::Failed)
    }
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Its name: `name`, `tcp`, `kex`, `hostkey`, `authentication`, `forward`, `exec`, `sudo`, `engine`, `api` …
    pub name: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took, in milliseconds; nothing where it was not come to.
    pub ms: Option<f64>,
    /// What happened, a line each.
    pub details: Vec<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What to change on this side.
    pub here: Option<String>,
    /// What to change on the host.
    pub there: Option<String>,
}

impl Check {
    /// A stage of which nothing is known yet.
    pub fn skipped(name: &'static str) -> Self {
        Self {
            name,
            verdict: Verdict::Skipped,
            ms: None,
            details: Vec::new(),
            failure: None,
            here: None,
            there: None,
        }
    }
}

/// What came of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It went well.
    Ok,
    /// It works, but not as well as it could, or with less to see.
    Limited,
    /// It stops here.
    Failed,
    /// It was not come to, or there is no such stage on this way.
    Skipped,
}

impl Verdict {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Limited => "limited",
            Self::Failed => "failed",
            Self::Skipped => "-",
        }
    }
}
