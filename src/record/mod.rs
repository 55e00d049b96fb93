//! Saved sweeps, read back as the events that they were made of.
//!
//! Accepts a record (`plimsoll.record/1`, lines, compressed or not), and the JSON and NDJSON of a report
//! (`plimsoll.sweep/1`). Files may come from anybody: their size is bounded, and what they hold is as foreign as what a
//! host says. Reading never touches the network or the host.

pub mod diff;
mod shape;

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;

use crate::controls;
use crate::domain::event::{FleetEvent, HostReport};
use crate::domain::host::HostHeader;
use crate::domain::outcome::ControlResult;
use crate::report::catalogue::Catalogue;
use crate::report::{Baseline, Setting};
use shape::{Line, Start, SweepDoc};

/// Most bytes that are read of one record, uncompressed.
const LARGEST: u64 = 4 << 30;
/// Most bytes of one line.
const LONGEST: u64 = 256 << 20;
/// Most controls that a record may name which this program does not know.
const UNKNOWN: usize = 1024;

/// A saved sweep.
#[derive(Debug)]
pub struct Recording {
    /// Its name in the store; none in a report that was not a record.
    pub id: Option<String>,
    /// What its audiences need to know.
    pub setting: Setting,
    /// The catalogue that judged it.
    pub catalogue: String,
    /// Everything that happened, in order.
    pub events: Vec<FleetEvent>,
    /// Whether its end is missing: the program that wrote it was stopped.
    pub cut: bool,
}

/// Why a file is not a saved sweep.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The file cannot be read.
    #[error("reading failed")]
    Io(#[from] io::Error),
    /// It is something else, or broken.
    #[error("it is neither a record nor a sweep's JSON: {0}")]
    Shape(String),
    /// It is of a version that this program does not know.
    #[error("it has the schema {0}; this program reads plimsoll.record/1 and plimsoll.sweep/1")]
    Version(String),
}

impl Recording {
    /// Its findings, for another sweep to compare with.
    pub fn baseline(&self, only_new: bool) -> Baseline {
        let findings = self.rows().filter(|(_, row)| row.is_finding());
        Baseline {
            findings: findings.map(|(_, row)| row.id.clone()).collect(),
            only_new,
        }
    }

    /// The hosts that it was to read.
    pub fn headers(&self) -> &[HostHeader] {
        match self.events.first() {
            Some(FleetEvent::Started { hosts, .. }) => hosts,
            _ => &[],
        }
    }

    /// Reads a saved sweep.
    pub fn read(source: impl Read) -> Result<Self, Unreadable> {
        let mut source = BufReader::new(source);
        if source.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            plain(BufReader::new(MultiGzDecoder::new(source).take(LARGEST)))
        } else {
            plain(source.take(LARGEST))
        }
    }

    /// The report of each host that was finished, in the order in which they were.
    pub fn reports(&self) -> impl Iterator<Item = &Arc<HostReport>> {
        self.events.iter().filter_map(|event| match event {
            FleetEvent::Finished { report, .. } => Some(report),
            _ => None,
        })
    }

    /// Every row with the name of its host; rows that compare hosts have none.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &ControlResult)> {
        self.events.iter().flat_map(|event| {
            let (host, rows): (&str, &[ControlResult]) = match event {
                FleetEvent::Finished { report, .. } => (&report.header.name, &report.results),
                FleetEvent::Ended { fleet, .. } => ("", fleet),
                _ => ("", &[]),
            };
            rows.iter().map(move |row| (host, row))
        })
    }
}

fn plain(mut source: impl BufRead) -> Result<Recording, Unreadable> {
    let mut first = String::new();
    (&mut source).take(LONGEST).read_line(&mut first)?;
    if let Ok(Tag {
        schema: Some(schema),
    }) = serde_json::from_str(&first)
    {
        known(&schema)?;
    }
    if let Ok(line) = serde_json::from_str::<Line>(&first) {
        return lines(line, source);
    }
    // A document begins with a brace on a line of its own, or is one line without a type.
    let mut whole = first;
    source.read_to_string(&mut whole)?;
    let shape = |e: serde_json::Error| Unreadable::Shape(e.to_string());
    let Tag { schema } = serde_json::from_str(&whole).map_err(shape)?;
    known(&schema.unwrap_or_default())?;
    serde_json::from_str::<SweepDoc>(&whole)
        .map_err(shape)?
        .recording()
}

/// What every saved sweep says of itself.
#[derive(Debug, Deserialize)]
struct Tag {
    schema: Option<String>,
}

fn lines(first: Line, mut source: impl BufRead) -> Result<Recording, Unreadable> {
    let mut start: Option<Start> = None;
    let (mut hosts, mut fleet, mut end) = (Vec::new(), Vec::new(), None);
    let mut next = Some(first);
    let mut buffer = String::new();
    while let Some(line) = next {
        match line {
            Line::Record(found) => start = Some(found),
            Line::Host(host) => hosts.push(*host),
            Line::Fleet(found) => fleet = found.results,
            Line::Summary(found) => {
                known(&found.schema)?;
                end = Some(found);
            }
            Line::Other => {}
        }
        buffer.clear();
        next = match (&mut source).take(LONGEST).read_line(&mut buffer) {
            Ok(0) => None,
            // A line without its end was being written when the writer was stopped.
            Ok(_) if !buffer.ends_with('\n') => None,
            Ok(_) => {
                Some(serde_json::from_str(&buffer).map_err(|e| Unreadable::Shape(e.to_string()))?)
            }
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(e) => return Err(e.into()),
        };
    }
    shape::gathered(start, hosts, fleet, end)
}

/// Refuses what another major version wrote; a newer minor one only adds members.
fn known(schema: &str) -> Result<(), Unreadable> {
    let (family, version) = schema.split_once('/').unwrap_or((schema, ""));
    let ours = ["plimsoll.record", "plimsoll.sweep"].contains(&family);
    match version.split('.').next() {
        Some("1") if ours => Ok(()),
        _ => Err(Unreadable::Version(crate::domain::text::clean(schema))),
    }
}

/// The setting of a saved sweep: its own scope, and the controls of this program.
fn setting(scope: crate::report::scope::Scope) -> Setting {
    Setting {
        version: env!("CARGO_PKG_VERSION"),
        catalogue: Catalogue::new(controls::all()),
        scope,
        strict: false,
        baseline: None,
    }
}

/// The id of a control as rows hold it. Ids that this program does not know are kept for its life: a record of a newer
/// program may name some, and there are never many.
fn control_id(id: &str) -> Result<&'static str, Unreadable> {
    static STRANGE: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    if let Some(control) = controls::by_id(id) {
        return Ok(control.id);
    }
    let proper = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(proper) {
        return Err(Unreadable::Shape("a row names no control".to_owned()));
    }
    let mut strange = STRANGE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = strange.get(id) {
        return Ok(known);
    }
    if strange.len() >= UNKNOWN {
        return Err(Unreadable::Shape(
            "it names too many unknown controls".to_owned(),
        ));
    }
    let kept: &'static str = Box::leak(id.to_owned().into_boxed_str());
    strange.insert(kept);
    Ok(kept)
}

/// The hosts of a stream that has no first line: those that it holds, in their order.
fn headers(reports: &[Arc<HostReport>]) -> Vec<HostHeader> {
    reports.iter().map(|report| report.header.clone()).collect()
}
