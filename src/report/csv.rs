//! A sweep as a table for spreadsheets: a line for each outcome, in the order of the inventory.
//!
//! A spreadsheet calculates what looks like a formula, also one that a host made up. Every cell is therefore written
//! so that none can: `cell` is the only way into the table.

use std::io::{self, Write};
use std::sync::Arc;

use super::order::InOrder;
use super::{Audience, Setting, catalogue, time};
use crate::domain::event::{FleetEvent, HostReport};
use crate::domain::outcome::ControlResult;
use crate::domain::text;

/// The columns, in order; new ones are added at the end.
pub const COLUMNS: [&str; 30] = [
    "host",
    "groups",
    "owner",
    "mode",
    "profile",
    "endpoint",
    "host_state",
    "host_score",
    "read",
    "error_class",
    "error_stage",
    "error",
    "id",
    "area",
    "control",
    "title",
    "severity",
    "outcome",
    "subject_kind",
    "subject",
    "observed",
    "expected",
    "gap_class",
    "gap",
    "waiver_owner",
    "waiver_reason",
    "waiver_expires",
    "caused_by",
    "references",
    "remedy",
];

/// The name under which rows of controls that compare hosts are listed.
const FLEET: &str = "(fleet)";

/// Writes one line for each outcome; a host that could not be read has one line with its error.
#[derive(Debug)]
pub struct Csv<W: Write> {
    table: csv::Writer<W>,
    setting: Arc<Setting>,
    hosts: InOrder,
}

impl<W: Write> Csv<W> {
    /// A table written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        let table = csv::WriterBuilder::new()
            // A cell in quotes stays one cell whatever it holds.
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(sink);
        Self {
            table,
            setting,
            hosts: InOrder::default(),
        }
    }

    fn host(&mut self, report: &HostReport) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        let columns = host_columns(report, &setting);
        let rows = setting.rows(report);
        if rows.is_empty() {
            self.line(&columns, None, &setting)?;
        }
        for row in rows {
            self.line(&columns, Some(row), &setting)?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        host: &[String; HOST],
        row: Option<&ControlResult>,
        setting: &Setting,
    ) -> io::Result<()> {
        let rest = row.map_or_else(Default::default, |row| row_columns(row, setting));
        let cells = host.iter().chain(&rest).map(|text| cell(text));
        self.table.write_record(cells).map_err(io::Error::from)
    }
}

impl<W: Write> Audience for Csv<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        match event {
            FleetEvent::Started { .. } => self.table.write_record(COLUMNS)?,
            FleetEvent::Entered { .. } => return Ok(()),
            FleetEvent::Finished { host, report } => {
                self.hosts.insert(*host, report);
                while let Some(report) = self.hosts.next() {
                    self.host(&report)?;
                }
            }
            FleetEvent::Ended { fleet, .. } => {
                let setting = Arc::clone(&self.setting);
                let mut host: [String; HOST] = Default::default();
                FLEET.clone_into(&mut host[0]);
                for row in fleet.iter() {
                    self.line(&host, Some(row), &setting)?;
                }
            }
        }
        self.table.flush()
    }
}

/// How many columns say something of the host.
const HOST: usize = 12;
/// How many columns say something of the row.
const ROW: usize = COLUMNS.len() - HOST;

fn host_columns(report: &HostReport, setting: &Setting) -> [String; HOST] {
    let header = &report.header;
    let error = report.error.as_ref();
    [
        header.name.clone(),
        header.groups.join(" "),
        header.labels.get("owner").cloned().unwrap_or_default(),
        header.mode.word().to_owned(),
        header.profile.clone(),
        header.endpoint.clone(),
        setting.state(report).word().to_owned(),
        (report.posture.score).map_or_else(String::new, |score| score.to_string()),
        time::stamp(report.read_at),
        error.map_or_else(String::new, |error| error.class.word().to_owned()),
        error.map_or_else(String::new, |error| error.stage.word().to_owned()),
        error.map_or_else(String::new, |error| error.message.clone()),
    ]
}

fn row_columns(row: &ControlResult, setting: &Setting) -> [String; ROW] {
    let control = setting.catalogue.get(row.control);
    let (kind, class) = catalogue::remedy_words(control);
    let gap = row.gap.as_ref();
    let waiver = row.waiver.as_ref();
    [
        row.id.clone(),
        control.map_or_else(String::new, |control| control.area.word().to_owned()),
        row.control.to_owned(),
        control.map_or_else(String::new, |control| control.title.to_owned()),
        row.severity.word().to_owned(),
        row.outcome.word().to_owned(),
        row.subject.kind.word().to_owned(),
        row.subject.id.clone(),
        row.observed.clone(),
        row.expected.clone(),
        gap.map_or_else(String::new, |gap| gap.class.word().to_owned()),
        gap.map_or_else(String::new, |gap| gap.message.clone()),
        waiver.map_or_else(String::new, |waiver| waiver.owner.clone()),
        waiver.map_or_else(String::new, |waiver| waiver.reason.clone()),
        waiver.map_or_else(String::new, |waiver| waiver.expires.clone()),
        row.caused_by.unwrap_or_default().to_owned(),
        (control.map(catalogue::references))
            .unwrap_or_default()
            .join("; "),
        format!("{kind} {class}"),
    ]
}

/// Text as a cell that no spreadsheet takes for a formula.
///
/// What a formula may start with gets an apostrophe in front, at the start of the cell and behind each semicolon: where
/// a comma is the decimal sign, spreadsheets split at semicolons and do not heed the quotes around the whole.
fn cell(raw: &str) -> String {
    let clean = text::clean_whole(raw);
    let mut out = String::with_capacity(clean.len() + 1);
    for (position, part) in clean.split(';').enumerate() {
        if position > 0 {
            out.push(';');
        }
        if part
            .trim_start_matches([' ', '"', '\''])
            .starts_with(STARTS)
        {
            out.push('\'');
        }
        out.push_str(part);
    }
    out
}

/// What a formula may start with, the full-width forms included.
const STARTS: [char; 8] = [
    '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn nothing_that_looks_like_a_formula_stays_one() {
        for (raw, written) in [
            ("plain", "plain"),
            ("a=b", "a=b"),
            ("=1+1", "'=1+1"),
            ("  =1+1", "'  =1+1"),
            ("\"=1+1", "'\"=1+1"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("a;=1+1;b", "a;'=1+1;b"),
            ("\t=1", "' =1"),
            ("", ""),
        ] {
            assert_eq!(cell(raw), written, "{raw:?}");
        }
    }
}
