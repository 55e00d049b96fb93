//! A sweep for programs: one JSON document (schema `plimsoll.sweep/1`) or one line a host.

mod safe;
mod view;

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::order::InOrder;
use super::summary::Summary;
use super::{Audience, Setting};
use crate::domain::event::FleetEvent;
use crate::domain::host::HostHeader;
use crate::domain::outcome::ControlResult;
pub(super) use safe::{line, write};
use view::{FleetView, HostView, RowView, ScopeView, SummaryView, ToolView};

/// The name of the document's shape; a new minor version only adds members.
pub const SCHEMA: &str = "plimsoll.sweep/1";

/// The name of a record's shape.
pub const RECORD: &str = "plimsoll.record/1";

/// Writes one JSON document. Hosts are written in the order of the inventory, each as soon as those before it are.
#[derive(Debug)]
pub struct Json<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    summary: Summary,
    hosts: InOrder,
    first: bool,
}

impl<W: Write> Json<W> {
    /// A document written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self {
            sink,
            setting,
            summary: Summary::default(),
            hosts: InOrder::default(),
            first: true,
        }
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        write!(self.sink, "\"{name}\":")?;
        write(&mut self.sink, value)?;
        self.sink.write_all(b",\n")
    }

    fn begin(&mut self, at: i64) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        self.sink.write_all(b"{\n")?;
        self.member("schema", &SCHEMA)?;
        self.member("tool", &ToolView::of(&setting))?;
        self.member("started", &super::time::stamp(at))?;
        self.member("scope", &ScopeView::of(&setting.scope))?;
        self.sink.write_all(b"\"hosts\":[")
    }

    /// Writes the hosts whose turn has come.
    fn catch_up(&mut self) -> io::Result<()> {
        while let Some(report) = self.hosts.next() {
            let comma: &[u8] = if self.first { b"\n" } else { b",\n" };
            self.first = false;
            self.sink.write_all(comma)?;
            write(&mut self.sink, &HostView::of(&report, &self.setting, None))?;
        }
        self.sink.flush()
    }

    fn end(&mut self, at: i64, fleet: &[ControlResult], cancelled: bool) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        self.sink.write_all(b"\n],\n")?;
        self.member("fleet", &FleetView::of(fleet, &setting, None))?;
        self.member("finished", &super::time::stamp(at))?;
        self.member("cancelled", &cancelled)?;
        self.sink.write_all(b"\"summary\":")?;
        write(&mut self.sink, &SummaryView::of(&self.summary))?;
        self.sink.write_all(b"\n}\n")?;
        self.sink.flush()
    }
}

impl<W: Write> Audience for Json<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        self.summary.hear(&self.setting, event);
        match event {
            FleetEvent::Started { at, .. } => self.begin(*at),
            FleetEvent::Entered { .. } => Ok(()),
            FleetEvent::Finished { host, report } => {
                self.hosts.insert(*host, report);
                self.catch_up()
            }
            FleetEvent::Ended {
                at,
                fleet,
                cancelled,
            } => self.end(*at, fleet, *cancelled),
        }
    }
}

/// Writes one line a host as it finishes, then the fleet, then the summary.
#[derive(Debug)]
pub struct Ndjson<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    summary: Summary,
    started: i64,
    /// The name of the record that the lines are.
    record: Option<String>,
}

impl<W: Write> Ndjson<W> {
    /// The lines of a record: what NDJSON holds, behind a line that names the hosts. Whatever the report counts, a
    /// record holds each host's own state.
    pub fn record(sink: W, setting: &Setting, id: String) -> Self {
        let setting = Setting {
            strict: false,
            ..setting.clone()
        };
        Self {
            record: Some(id),
            ..Self::new(sink, Arc::new(setting))
        }
    }

    /// Lines written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self {
            sink,
            setting,
            summary: Summary::default(),
            started: 0,
            record: None,
        }
    }
}

/// The first line of a record.
#[derive(Debug, Serialize)]
struct FirstLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'static str,
    id: &'a str,
    tool: ToolView<'a>,
    started: String,
    scope: ScopeView<'a>,
    hosts: &'a [HostHeader],
}

/// The last line: the summary with what the document says of the whole sweep.
#[derive(Debug, Serialize)]
struct LastLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'static str,
    tool: ToolView<'a>,
    started: String,
    finished: String,
    scope: ScopeView<'a>,
    cancelled: bool,
    #[serde(flatten)]
    summary: SummaryView,
}

impl<W: Write> Audience for Ndjson<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        self.summary.hear(&self.setting, event);
        match event {
            FleetEvent::Started { at, hosts } => {
                self.started = *at;
                let Some(id) = &self.record else {
                    return Ok(());
                };
                let line = FirstLine {
                    kind: "record",
                    schema: RECORD,
                    id,
                    tool: ToolView::of(&self.setting),
                    started: super::time::stamp(*at),
                    scope: ScopeView::of(&self.setting.scope),
                    hosts,
                };
                safe::line(&mut self.sink, &line)
            }
            FleetEvent::Entered { .. } => Ok(()),
            FleetEvent::Finished { host, report } => {
                let mut line = HostView::of(report, &self.setting, Some("host"));
                if self.record.is_some() {
                    line = line.at(*host, report.compared.as_deref());
                }
                safe::line(&mut self.sink, &line)
            }
            FleetEvent::Ended {
                at,
                fleet,
                cancelled,
            } => {
                let line = FleetView::of(fleet, &self.setting, Some("fleet"));
                safe::line(&mut self.sink, &line)?;
                let line = LastLine {
                    kind: "summary",
                    schema: SCHEMA,
                    tool: ToolView::of(&self.setting),
                    started: super::time::stamp(self.started),
                    finished: super::time::stamp(*at),
                    scope: ScopeView::of(&self.setting.scope),
                    cancelled: *cancelled,
                    summary: SummaryView::of(&self.summary),
                };
                safe::line(&mut self.sink, &line)
            }
        }
    }
}

/// Any value as JSON that is harmless even when somebody prints it raw; what is read back is the same.
pub fn harmless(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    write(&mut out, value)?;
    Ok(out)
}

/// One row as JSON, as a report shows it.
pub fn row(row: &ControlResult, setting: &Setting) -> String {
    let mut out = Vec::new();
    // Writing to memory cannot fail, and the shape has nothing that JSON cannot say.
    let _infallible = write(&mut out, &RowView::of(row, setting));
    String::from_utf8(out).unwrap_or_default()
}
