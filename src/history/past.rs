//! What the controls want to know of the past.

use rusqlite::params;

use super::{Broken, History};
use crate::domain::host::HostHeader;
use crate::domain::outcome::Outcome;
use crate::domain::past::{Past, PastRow, PastState, PastSweep};
use crate::domain::severity::Severity;

/// Sweeps of a host that are told, besides the last complete one.
const SWEEPS: u32 = 50;

impl History {
    /// The earlier sweeps of a host, and the rows of the newest that read it.
    pub fn past(&self, header: &HostHeader) -> Result<Past, Broken> {
        let mut reading = (self.db).prepare_cached(
            "SELECT finished, state, profile FROM
                 (SELECT * FROM visit WHERE host = ?1 ORDER BY finished DESC LIMIT ?2)
             UNION
             SELECT finished, state, profile FROM
                 (SELECT * FROM visit WHERE host = ?1 AND state = 'assessed' ORDER BY finished DESC LIMIT 1)
             ORDER BY finished DESC",
        )?;
        let found = reading.query_map(params![header.name, SWEEPS], |row| {
            let (finished, state, profile): (i64, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(PastSweep {
                finished: finished.div_euclid(1000),
                state: match state.as_str() {
                    "assessed" => PastState::Assessed,
                    "partial" => PastState::Partial,
                    _ => PastState::Failed,
                },
                same_profile: profile == header.profile,
            })
        })?;
        let sweeps = found.collect::<rusqlite::Result<Vec<_>>>()?;
        let rows = self.past_rows(&header.name)?;
        let containers = (rows.iter())
            .map(|row| &row.subject)
            .filter(|subject| subject.starts_with("container:"))
            .cloned()
            .collect::<std::collections::BTreeSet<_>>();
        Ok(Past {
            sweeps,
            rows,
            containers: containers.into_iter().collect(),
        })
    }

    fn past_rows(&self, host: &str) -> Result<Vec<PastRow>, Broken> {
        let mut reading = (self.db).prepare_cached(
            "SELECT control, subject, outcome, severity FROM row WHERE host = ?1 AND gone IS NULL",
        )?;
        let found = reading.query_map([host], |row| {
            let (outcome, severity): (String, String) = (row.get(2)?, row.get(3)?);
            let outcome = Outcome::ALL.into_iter().find(|one| one.word() == outcome);
            let severity = Severity::ALL.into_iter().find(|one| one.word() == severity);
            let (control, subject) = (row.get(0)?, row.get(1)?);
            Ok(outcome.zip(severity).map(|(outcome, severity)| PastRow {
                control,
                subject,
                outcome,
                severity,
            }))
        })?;
        // A word that this program does not know is a newer program's; nothing is compared with it.
        let rows = found.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(rows.into_iter().flatten().collect())
    }
}
