//! A finished sweep on its way in.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{Broken, History, count};
use crate::controls;
use crate::domain::event::{FleetEvent, HostReport, HostState};
use crate::domain::outcome::ControlResult;
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;

/// The host to which rows belong that compare hosts.
pub(super) const FLEET: &str = "";

/// What a sweep is known by.
struct Sweep<'a> {
    id: &'a str,
    finished: i64,
}

/// A row as it is kept.
struct Kept {
    outcome: String,
    severity: String,
    first_seen: Option<i64>,
    gone: bool,
}

impl History {
    /// Adds the sweep `id`, judged by `catalogue`, from its events; false where it is known already, or has no end.
    pub fn add(
        &mut self,
        id: &str,
        catalogue: &str,
        events: &[FleetEvent],
    ) -> Result<bool, Broken> {
        let (Some(FleetEvent::Started { at: started, .. }), Some(end)) =
            (events.first(), events.last())
        else {
            return Ok(false);
        };
        let FleetEvent::Ended { at, fleet, .. } = end else {
            return Ok(false);
        };
        let reports = || {
            events.iter().filter_map(|event| match event {
                FleetEvent::Finished { report, .. } => Some(report.as_ref()),
                _ => None,
            })
        };
        let adding = (self.db).transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known = adding
            .query_row("SELECT 1 FROM sweep WHERE id = ?1", [id], |_| Ok(()))
            .optional()?;
        if known.is_some() {
            return Ok(false);
        }
        let sweep = Sweep { id, finished: *at };
        totals(&adding, &sweep, *started, catalogue, reports())?;
        for report in reports() {
            visit(&adding, &sweep, report)?;
            if report.state != HostState::Failed {
                let header = &report.header;
                rows(
                    &adding,
                    &sweep,
                    (&header.name, &header.profile),
                    &report.results,
                )?;
            }
        }
        rows(&adding, &sweep, (FLEET, ""), fleet)?;
        adding.commit()?;
        Ok(true)
    }
}

fn totals<'a>(
    adding: &Transaction<'_>,
    sweep: &Sweep<'_>,
    started: i64,
    catalogue: &str,
    reports: impl Iterator<Item = &'a HostReport>,
) -> rusqlite::Result<()> {
    let mut posture = Posture::default();
    let mut states = BTreeMap::from([
        (HostState::Assessed, 0),
        (HostState::Partial, 0),
        (HostState::Failed, 0),
    ]);
    for report in reports {
        *states.entry(report.state).or_default() += 1;
        if report.state != HostState::Failed {
            posture.add(&report.posture);
        }
    }
    let state = |state| states.get(&state).copied().unwrap_or_default();
    let [critical, high, medium, low, info] = Severity::ALL.map(|severity| posture.count(severity));
    adding
        .prepare_cached(
            "INSERT INTO sweep VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            sweep.id,
            started,
            sweep.finished,
            catalogue,
            states.values().sum::<i64>(),
            state(HostState::Assessed),
            state(HostState::Partial),
            state(HostState::Failed),
            critical,
            high,
            medium,
            low,
            info,
            posture.score,
            posture.answered,
            posture.applicable,
        ])?;
    Ok(())
}

fn visit(adding: &Transaction<'_>, sweep: &Sweep<'_>, report: &HostReport) -> rusqlite::Result<()> {
    let nothing = Posture::default();
    let posture = match report.state {
        HostState::Failed => &nothing,
        _ => &report.posture,
    };
    let error = (report.error.as_ref())
        .map(|error| format!("{} at {}", error.class.word(), error.stage.word()));
    let [critical, high, medium, low, info] = Severity::ALL.map(|severity| posture.count(severity));
    adding
        .prepare_cached(
            "INSERT OR REPLACE INTO visit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            report.header.name,
            sweep.id,
            sweep.finished,
            report.state.word(),
            error,
            report.header.profile,
            critical,
            high,
            medium,
            low,
            info,
            posture.score,
            posture.answered,
            posture.applicable,
        ])?;
    Ok(())
}

/// Brings the rows of `host` up to date and notes what changed. A sweep that is older than what is known of the host
/// (another process was faster, or an old record is added) changes nothing.
fn rows(
    adding: &Transaction<'_>,
    sweep: &Sweep<'_>,
    (host, profile): (&str, &str),
    rows: &[ControlResult],
) -> rusqlite::Result<()> {
    let newest: Option<(i64, String)> = adding
        .prepare_cached("SELECT finished, profile FROM host WHERE name = ?1")?
        .query_row([host], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if newest
        .as_ref()
        .is_some_and(|(finished, _)| *finished > sweep.finished)
    {
        return Ok(());
    }
    // Another profile asks other questions: what it adds and leaves out is no change of the host.
    let compares = newest.is_some_and(|(_, before)| before == profile);
    adding
        .prepare_cached("INSERT OR REPLACE INTO host VALUES (?1, ?2, ?3)")?
        .execute(params![host, sweep.finished, profile])?;
    let mut known = kept(adding, host)?;
    for row in rows {
        let before = known.remove(&row.id);
        let same = before.as_ref().is_some_and(|before| {
            !before.gone
                && before.outcome == row.outcome.word()
                && before.severity == row.severity.word()
        });
        if same {
            continue;
        }
        let finding = row.is_finding();
        let first = before.as_ref().and_then(|before| before.first_seen);
        adding
            .prepare_cached(
                "INSERT OR REPLACE INTO row VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL)",
            )?
            .execute(params![
                host,
                row.id,
                row.control,
                row.subject.id,
                row.outcome.word(),
                row.severity.word(),
                if finding { row.observed.as_str() } else { "" },
                finding,
                first.or(finding.then_some(sweep.finished)),
                sweep.finished,
            ])?;
        let was = before
            .as_ref()
            .filter(|before| !before.gone)
            .map(|before| before.outcome.as_str());
        let momentary = controls::by_id(row.control).is_some_and(|control| control.momentary);
        if compares && !momentary && row.caused_by.is_none() {
            let after = Some(row.outcome.word());
            let place = (
                row.id.as_str(),
                row.control,
                row.subject.id.as_str(),
                row.severity.word(),
            );
            change(adding, sweep, host, place, (was, after))?;
        }
    }
    vanished(adding, sweep, host, compares, &known)
}

/// Marks what is no longer there.
fn vanished(
    adding: &Transaction<'_>,
    sweep: &Sweep<'_>,
    host: &str,
    compares: bool,
    left: &BTreeMap<String, Kept>,
) -> rusqlite::Result<()> {
    for (id, before) in left.iter().filter(|(_, before)| !before.gone) {
        let (control, subject): (String, String) = adding
            .prepare_cached("UPDATE row SET gone = ?3, finding = 0 WHERE host = ?1 AND id = ?2 RETURNING control, subject")?
            .query_row(params![host, id, sweep.finished], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        if compares {
            let place = (
                id.as_str(),
                control.as_str(),
                subject.as_str(),
                before.severity.as_str(),
            );
            change(
                adding,
                sweep,
                host,
                place,
                (Some(before.outcome.as_str()), None),
            )?;
        }
    }
    Ok(())
}

fn change(
    adding: &Transaction<'_>,
    sweep: &Sweep<'_>,
    host: &str,
    (id, control, subject, severity): (&str, &str, &str, &str),
    (before, after): (Option<&str>, Option<&str>),
) -> rusqlite::Result<()> {
    adding
        .prepare_cached("INSERT INTO change VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            host,
            sweep.finished,
            sweep.id,
            id,
            control,
            subject,
            before,
            after,
            severity
        ])?;
    Ok(())
}

fn kept(adding: &Transaction<'_>, host: &str) -> rusqlite::Result<BTreeMap<String, Kept>> {
    let mut reading = adding.prepare_cached(
        "SELECT id, outcome, severity, first_seen, gone IS NOT NULL FROM row WHERE host = ?1",
    )?;
    let found = reading.query_map([host], |row| {
        let kept = Kept {
            outcome: row.get(1)?,
            severity: row.get(2)?,
            first_seen: row.get(3)?,
            gone: row.get(4)?,
        };
        Ok((row.get(0)?, kept))
    })?;
    found.collect()
}

impl History {
    /// Which of `ids` are not here yet.
    pub fn missing(&self, ids: &[String]) -> Result<Vec<String>, Broken> {
        let mut asking = (self.db).prepare_cached("SELECT count(*) FROM sweep WHERE id = ?1")?;
        let mut missing = Vec::new();
        for id in ids {
            let found: i64 = asking.query_row([id], |row| row.get(0))?;
            if found == count(0) {
                missing.push(id.clone());
            }
        }
        Ok(missing)
    }
}
