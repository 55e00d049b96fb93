//! Findings rolled up: tallies, score and coverage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::{ControlResult, Outcome};
use super::severity::Severity;

/// Counts of rows, findings and the score of one host or of a fleet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Posture {
    /// Rows by outcome.
    pub outcomes: BTreeMap<Outcome, u32>,
    /// Counting findings by effective severity; rows that follow from another are not counted.
    pub findings: BTreeMap<Severity, u32>,
    /// 0 to 100, rounded down; `None` where nothing was rated.
    pub score: Option<u8>,
    /// Answered over enabled and applicable controls, 0 to 1; `None` where none applied.
    pub coverage: Option<f64>,
    /// Weight of passed controls, for adding hosts up.
    pub passed_weight: u64,
    /// Weight of rated controls, for adding hosts up.
    pub rated_weight: u64,
    /// Answered controls, for adding hosts up.
    pub answered: u32,
    /// Applicable controls, for adding hosts up.
    pub applicable: u32,
}

impl Posture {
    /// Rolls up the rows of one host (decisions, 13): a control's host result is its worst subject.
    pub fn of(results: &[ControlResult], weight: impl Fn(&str) -> Severity) -> Self {
        let mut posture = Self::default();
        let mut worst: BTreeMap<&str, Standing> = BTreeMap::new();
        for row in results {
            *posture.outcomes.entry(row.outcome).or_default() += 1;
            if row.is_finding() {
                *posture.findings.entry(row.severity).or_default() += 1;
            }
            let standing = Standing::of(row);
            let entry = worst.entry(row.control).or_insert(standing);
            *entry = (*entry).min(standing);
        }
        for (control, standing) in worst {
            let weight = u64::from(weight(control).weight());
            match standing {
                Standing::Failed => posture.rated_weight += weight,
                Standing::Passed => {
                    posture.rated_weight += weight;
                    posture.passed_weight += weight;
                }
                _ => {}
            }
            posture.applicable += u32::from(standing != Standing::NotApplicable);
            posture.answered += u32::from(matches!(
                standing,
                Standing::Failed | Standing::Passed | Standing::Waived
            ));
        }
        posture.finish();
        posture
    }

    /// Adds another host's posture to this one.
    pub fn add(&mut self, other: &Self) {
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_default() += count;
        }
        for (severity, count) in &other.findings {
            *self.findings.entry(*severity).or_default() += count;
        }
        self.passed_weight += other.passed_weight;
        self.rated_weight += other.rated_weight;
        self.answered += other.answered;
        self.applicable += other.applicable;
        self.finish();
    }

    /// Findings of `severity`.
    pub fn count(&self, severity: Severity) -> u32 {
        self.findings.get(&severity).copied().unwrap_or_default()
    }

    /// Rows with `outcome`.
    pub fn rows(&self, outcome: Outcome) -> u32 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// The worst severity that has a finding.
    pub fn worst(&self) -> Option<Severity> {
        Severity::ALL.into_iter().find(|s| self.count(*s) > 0)
    }

    fn finish(&mut self) {
        self.score = (self.passed_weight * 100)
            .checked_div(self.rated_weight)
            .and_then(|score| u8::try_from(score).ok());
        self.coverage =
            (self.applicable > 0).then(|| f64::from(self.answered) / f64::from(self.applicable));
    }
}

/// A control's standing on one host, the one that decides first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Failed,
    /// Something of it is open: unknown, blocked, manual.
    Open,
    Waived,
    Passed,
    /// Follows from another control, momentary or of a stopped container: neither rated nor missing.
    Aside,
    NotApplicable,
}

impl Standing {
    fn of(row: &ControlResult) -> Self {
        match row.outcome {
            Outcome::NotApplicable => Self::NotApplicable,
            Outcome::NotChecked | Outcome::Blocked | Outcome::Manual => Self::Open,
            Outcome::Waived => Self::Waived,
            Outcome::Fail | Outcome::Pass if !row.scored || row.caused_by.is_some() => Self::Aside,
            Outcome::Fail => Self::Failed,
            Outcome::Pass => Self::Passed,
        }
    }
}
