//! What a person or a program is told while a sweep runs, on standard error or in a log file.

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::json;

use super::style::Style;
use super::summary::Summary;
use super::{Audience, Setting};
use crate::domain::event::{FleetEvent, HostIndex, HostReport, HostState};
use crate::domain::host::HostHeader;
use crate::domain::text;

/// Columns of the bar on a terminal.
const BAR: usize = 24;

/// How progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// One line a finished host.
    Plain,
    /// One line that is written over and over, for a terminal.
    Line,
    /// One JSON object for each event.
    Json,
}

/// Tells progress.
#[derive(Debug)]
pub struct Progress<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    manner: Manner,
    style: Style,
    hosts: Arc<Vec<HostHeader>>,
    summary: Summary,
    clean: u32,
    done: u32,
}

impl<W: Write> Progress<W> {
    /// Progress told to `sink`; `style.width` is that of the terminal.
    pub fn new(sink: W, setting: Arc<Setting>, manner: Manner, style: Style) -> Self {
        Self {
            sink,
            setting,
            manner,
            style,
            hosts: Arc::default(),
            summary: Summary::default(),
            clean: 0,
            done: 0,
        }
    }

    fn name(&self, host: HostIndex) -> String {
        let name = self.hosts.get(host).map_or("?", |header| &header.name);
        self.style.clean(name)
    }

    fn plain(&mut self, event: &FleetEvent) -> io::Result<()> {
        match event {
            FleetEvent::Started { hosts, .. } => {
                writeln!(
                    self.sink,
                    "reading {}",
                    super::text::count(hosts.len(), "host")
                )
            }
            FleetEvent::Entered { .. } => Ok(()),
            FleetEvent::Finished { host, report } => {
                let total = self.hosts.len();
                let places = total.to_string().len();
                let name = self.name(*host);
                let said = self.style.clean(&said(report, &self.setting));
                writeln!(self.sink, "[{:>places$}/{total}] {name}  {said}", self.done)
            }
            FleetEvent::Ended { .. } => {
                let hosts = self.summary.hosts;
                writeln!(
                    self.sink,
                    "hosts: {} assessed, {} partial, {} failed",
                    hosts.assessed, hosts.partial, hosts.failed,
                )
            }
        }
    }

    fn line(&mut self, event: &FleetEvent) -> io::Result<()> {
        let now = match event {
            FleetEvent::Started { .. } => String::new(),
            FleetEvent::Entered { host, stage, .. } => {
                format!("{}: {}", self.name(*host), stage.word())
            }
            FleetEvent::Finished { host, .. } => format!("{}: done", self.name(*host)),
            // The report follows; the line must not stay in front of it.
            FleetEvent::Ended { .. } => {
                self.sink.write_all(b"\r\x1b[K")?;
                return self.sink.flush();
            }
        };
        let total = self.hosts.len().max(1);
        let done = usize::try_from(self.done).unwrap_or(total).min(total);
        let full = BAR * done / total;
        let line = format!(
            "[{}{}] {done}/{}  clean {}  failed {}  {now}",
            "#".repeat(full),
            "-".repeat(BAR - full),
            self.hosts.len(),
            self.clean,
            self.summary.hosts.failed,
        );
        // The last column stays free: a full line would wrap and stay.
        let line = text::fit(&line, self.style.width.saturating_sub(1));
        write!(self.sink, "\r{line}\x1b[K")?;
        self.sink.flush()
    }

    fn json(&mut self, event: &FleetEvent) -> io::Result<()> {
        let line = match event {
            FleetEvent::Started { at, hosts } => json!({
                "event": "started", "at": super::time::stamp(*at), "hosts": hosts.len(),
            }),
            FleetEvent::Entered {
                host,
                stage,
                done,
                total,
            } => json!({
                "event": "stage", "host": self.name(*host), "stage": stage.word(), "done": done, "total": total,
            }),
            FleetEvent::Finished { host, report } => {
                let error = report.error.as_ref().map(|error| {
                    json!({
                        "class": error.class.word(), "stage": error.stage.word(),
                        "message": text::clean_whole(&error.message), "hint": text::clean_whole(&error.hint),
                        "causes": error.causes.iter().map(|c| text::clean_whole(c)).collect::<Vec<_>>(),
                    })
                });
                json!({
                    "event": "finished", "at": super::time::stamp(report.read_at), "host": self.name(*host),
                    "state": self.setting.state(report).word(), "error": error, "score": report.posture.score,
                    "duration_ms": report.duration_ms,
                    "requests": {
                        "engine": report.requests.engine, "exec": report.requests.exec,
                        "waves": report.requests.waves, "channels": report.requests.channels,
                    },
                    "number": self.done, "hosts": self.hosts.len(),
                })
            }
            FleetEvent::Ended { at, cancelled, .. } => json!({
                "event": "ended", "at": super::time::stamp(*at), "cancelled": cancelled,
                "assessed": self.summary.hosts.assessed, "partial": self.summary.hosts.partial,
                "failed": self.summary.hosts.failed,
            }),
        };
        super::json::line(&mut self.sink, &line)
    }
}

impl<W: Write> Audience for Progress<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        self.summary.hear(&self.setting, event);
        match event {
            FleetEvent::Started { hosts, .. } => self.hosts = Arc::clone(hosts),
            FleetEvent::Finished { report, .. } => {
                self.done += 1;
                let clean = report.state == HostState::Assessed && report.posture.worst().is_none();
                self.clean += u32::from(clean);
            }
            FleetEvent::Entered { .. } | FleetEvent::Ended { .. } => {}
        }
        match self.manner {
            Manner::Plain => self.plain(event),
            Manner::Line => self.line(event),
            Manner::Json => self.json(event),
        }
    }
}

/// What became of a host, in a line.
fn said(report: &HostReport, setting: &Setting) -> String {
    let state = setting.state(report);
    match (&report.error, state) {
        (Some(error), HostState::Failed | HostState::Partial) => format!(
            "{}: {} at {}: {}",
            state.word(),
            error.class.word(),
            error.stage.word(),
            error.message
        ),
        _ => format!(
            "{}: {}, {}",
            state.word(),
            super::text::counts(&report.posture),
            super::time::span(report.duration_ms)
        ),
    }
}
