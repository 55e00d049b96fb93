//! What people ask the history.

use rusqlite::{Row, ToSql};
use serde::Serialize;

use super::{Broken, History};

/// A sweep in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// The name of its record.
    pub id: String,
    /// When it began, milliseconds since 1970-01-01 UTC.
    pub started: i64,
    /// When it ended.
    pub finished: i64,
    /// Hosts that were selected.
    pub hosts: u32,
    /// Hosts that were fully assessed.
    pub assessed: u32,
    /// Hosts with gaps that access would close.
    pub partial: u32,
    /// Hosts that were not read.
    pub failed: u32,
    /// Counting findings, worst severity first.
    pub findings: [u32; 5],
    /// The score.
    pub score: Option<u8>,
    /// Answered controls.
    pub answered: u32,
    /// Applicable controls.
    pub applicable: u32,
}

/// A host in one sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Visit {
    /// The host.
    pub host: String,
    /// The sweep's id.
    pub sweep: String,
    /// When the sweep ended.
    pub finished: i64,
    /// How far the host was assessed.
    pub state: String,
    /// Why it was not, in a word, and at which stage.
    pub error: Option<String>,
    /// The profile that judged it.
    pub profile: String,
    /// Counting findings, worst severity first.
    pub findings: [u32; 5],
    /// The score.
    pub score: Option<u8>,
    /// Answered controls.
    pub answered: u32,
    /// Applicable controls.
    pub applicable: u32,
}

/// A finding that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The host; empty for a control that compares hosts.
    pub host: String,
    /// The row's id.
    pub id: String,
    /// The control.
    pub control: String,
    /// The subject's id.
    pub subject: String,
    /// Its severity.
    pub severity: String,
    /// What was seen when it changed last.
    pub observed: String,
    /// When it was a finding for the first time.
    pub first_seen: i64,
    /// When its outcome or severity changed last.
    pub changed: i64,
}

/// Something that changed between two sweeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The host; empty for a control that compares hosts.
    pub host: String,
    /// When the sweep ended that saw it.
    pub finished: i64,
    /// That sweep's id.
    pub sweep: String,
    /// The row's id.
    pub id: String,
    /// The control.
    pub control: String,
    /// The subject's id.
    pub subject: String,
    /// The outcome before; none where the subject was not there.
    pub before: Option<String>,
    /// The outcome since; none where the subject is gone.
    pub after: Option<String>,
    /// Its severity.
    pub severity: String,
}

impl History {
    /// The newest sweeps, newest first.
    pub fn sweeps(&self, most: u32) -> Result<Vec<Swept>, Broken> {
        let query = "SELECT id, started, finished, hosts, assessed, partial, failed, critical, high, medium, low, info,
                         score, answered, applicable
                     FROM sweep ORDER BY finished DESC, id DESC LIMIT ?1";
        self.all(query, &[&most], |row| {
            Ok(Swept {
                id: row.get(0)?,
                started: row.get(1)?,
                finished: row.get(2)?,
                hosts: row.get(3)?,
                assessed: row.get(4)?,
                partial: row.get(5)?,
                failed: row.get(6)?,
                findings: findings(row, 7)?,
                score: row.get(12)?,
                answered: row.get(13)?,
                applicable: row.get(14)?,
            })
        })
    }

    /// The newest sweeps of the hosts that fit the glob `hosts`, newest first.
    pub fn visits(&self, hosts: &str, most: u32) -> Result<Vec<Visit>, Broken> {
        let query = "SELECT host, sweep, finished, state, error, profile, critical, high, medium, low, info, score,
                         answered, applicable
                     FROM visit WHERE host GLOB ?1 ORDER BY finished DESC, sweep DESC, host LIMIT ?2";
        self.all(query, &[&hosts, &most], |row| {
            Ok(Visit {
                host: row.get(0)?,
                sweep: row.get(1)?,
                finished: row.get(2)?,
                state: row.get(3)?,
                error: row.get(4)?,
                profile: row.get(5)?,
                findings: findings(row, 6)?,
                score: row.get(11)?,
                answered: row.get(12)?,
                applicable: row.get(13)?,
            })
        })
    }

    /// The open findings of the hosts that fit the glob `hosts`, the oldest first.
    pub fn findings(&self, hosts: &str, most: u32) -> Result<Vec<Finding>, Broken> {
        let query = "SELECT host, id, control, subject, severity, observed, first_seen, changed FROM row
                     WHERE finding = 1 AND host GLOB ?1 ORDER BY first_seen, host, control, subject LIMIT ?2";
        self.all(query, &[&hosts, &most], |row| {
            Ok(Finding {
                host: row.get(0)?,
                id: row.get(1)?,
                control: row.get(2)?,
                subject: row.get(3)?,
                severity: row.get(4)?,
                observed: row.get(5)?,
                first_seen: row.get(6)?,
                changed: row.get(7)?,
            })
        })
    }

    /// The newest changes on the hosts that fit the glob `hosts`, newest first.
    pub fn changes(&self, hosts: &str, most: u32) -> Result<Vec<Moved>, Broken> {
        let query = "SELECT host, finished, sweep, id, control, subject, before, after, severity FROM change
                     WHERE host GLOB ?1 ORDER BY finished DESC, host, control, subject LIMIT ?2";
        self.all(query, &[&hosts, &most], |row| {
            Ok(Moved {
                host: row.get(0)?,
                finished: row.get(1)?,
                sweep: row.get(2)?,
                id: row.get(3)?,
                control: row.get(4)?,
                subject: row.get(5)?,
                before: row.get(6)?,
                after: row.get(7)?,
                severity: row.get(8)?,
            })
        })
    }

    fn all<T>(
        &self,
        query: &str,
        values: &[&dyn ToSql],
        shape: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Broken> {
        let mut reading = self.db.prepare_cached(query)?;
        let found = reading.query_map(values, shape)?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}

/// Five counts from the column `first` on.
fn findings(row: &Row<'_>, first: usize) -> rusqlite::Result<[u32; 5]> {
    Ok([
        row.get(first)?,
        row.get(first + 1)?,
        row.get(first + 2)?,
        row.get(first + 3)?,
        row.get(first + 4)?,
    ])
}
