//! Earlier sweeps of the host of a case.

use plimsoll::domain::outcome::Outcome;
use plimsoll::domain::past::{Past, PastRow, PastState, PastSweep};
use plimsoll::domain::severity::Severity;
use serde::Deserialize;

use super::case::NOW;

/// Earlier sweeps of the host.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Earlier {
    /// Whether there is a history at all.
    pub(super) kept: bool,
    /// Each `DAYS STATE`, the newest first.
    pub(super) sweeps: Vec<String>,
    pub(super) other_profile: bool,
    /// Each `CONTROL SUBJECT OUTCOME`.
    pub(super) rows: Vec<String>,
    pub(super) containers: Vec<String>,
}

impl Default for Earlier {
    fn default() -> Self {
        Self {
            kept: true,
            sweeps: vec!["1 assessed".into(), "2 assessed".into()],
            other_profile: false,
            rows: Vec::new(),
            containers: vec!["container:compose:shop/web".into()],
        }
    }
}

impl Earlier {
    pub(super) fn told(&self) -> Option<Past> {
        let sweeps = self.sweeps.iter().map(|text| {
            let (days, state) = text.split_once(' ').unwrap();
            PastSweep {
                finished: NOW / 1000 - days.parse::<i64>().unwrap() * 86_400,
                state: match state {
                    "assessed" => PastState::Assessed,
                    "partial" => PastState::Partial,
                    "failed" => PastState::Failed,
                    other => panic!("no state {other}"),
                },
                same_profile: !self.other_profile,
            }
        });
        let rows = self.rows.iter().map(|text| {
            let parts: Vec<_> = text.split(' ').collect();
            let outcome = Outcome::ALL
                .into_iter()
                .find(|known| known.word() == parts[2]);
            PastRow {
                control: parts[0].into(),
                subject: parts[1].into(),
                outcome: outcome.unwrap(),
                severity: Severity::Info,
            }
        });
        self.kept.then(|| Past {
            sweeps: sweeps.collect(),
            rows: rows.collect(),
            containers: self.containers.clone(),
        })
    }
}
