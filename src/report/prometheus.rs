//! A sweep as metrics, for the textfile collector of Prometheus' node exporter.
//!
//! All lines of one metric must stand together, so a line for each host is kept until the end. Counts are written where
//! they are 0 too: a series that comes and goes cannot be alerted on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

use super::order::InOrder;
use super::summary::Summary;
use super::{Audience, Setting};
use crate::domain::control::Area;
use crate::domain::event::{FleetEvent, HostReport, HostState};
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::severity::Severity;
use crate::domain::text;

/// Writes the metrics when the sweep has ended.
#[derive(Debug)]
pub struct Prometheus<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    hosts: InOrder,
    summary: Summary,
    started: i64,
    by_area: BTreeMap<(Area, Severity), u32>,
    families: Families,
}

impl<W: Write> Prometheus<W> {
    /// Metrics written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self {
            sink,
            setting,
            hosts: InOrder::default(),
            summary: Summary::default(),
            started: 0,
            by_area: BTreeMap::new(),
            families: Families::default(),
        }
    }

    fn count(&mut self, rows: &[ControlResult]) {
        for row in rows.iter().filter(|row| row.is_finding()) {
            if let Some(control) = self.setting.catalogue.get(row.control) {
                *self
                    .by_area
                    .entry((control.area, row.severity))
                    .or_default() += 1;
            }
        }
    }

    fn host(&mut self, report: &HostReport) {
        let setting = Arc::clone(&self.setting);
        let name = report.header.name.as_str();
        let state = setting.state(report);
        let families = &mut self.families;
        for known in [HostState::Assessed, HostState::Partial, HostState::Failed] {
            let is = f64::from(u8::from(known == state));
            families.add(HOST_STATE, &[("host", name), ("state", known.word())], is);
        }
        families.add(HOST_READ, &[("host", name)], seconds(report.read_at));
        families.add(
            HOST_DURATION,
            &[("host", name)],
            seconds(i64::try_from(report.duration_ms).unwrap_or(i64::MAX)),
        );
        if state == HostState::Failed {
            return;
        }
        let posture = &report.posture;
        if let Some(score) = posture.score {
            families.add(HOST_SCORE, &[("host", name)], score.into());
        }
        if let Some(coverage) = posture.coverage {
            families.add(HOST_COVERAGE, &[("host", name)], coverage);
        }
        for severity in Severity::ALL {
            let labels = [("host", name), ("severity", severity.word())];
            families.add(HOST_FINDINGS, &labels, posture.count(severity).into());
        }
        for outcome in Outcome::ALL {
            let labels = [("host", name), ("outcome", outcome.word())];
            families.add(HOST_ROWS, &labels, posture.rows(outcome).into());
        }
        self.count(&report.results);
    }

    fn totals(&mut self, at: i64) {
        let summary = &self.summary;
        let families = &mut self.families;
        let catalogue = self.setting.catalogue.digest();
        let info = [("version", self.setting.version), ("catalogue", &catalogue)];
        families.add(INFO, &info, 1.0);
        families.add(STARTED, &[], seconds(self.started));
        families.add(ENDED, &[], seconds(at));
        families.add(COMPLETE, &[], f64::from(u8::from(!summary.cancelled)));
        for (state, count) in [
            (HostState::Assessed, summary.hosts.assessed),
            (HostState::Partial, summary.hosts.partial),
            (HostState::Failed, summary.hosts.failed),
        ] {
            families.add(HOSTS, &[("state", state.word())], count.into());
        }
        if let Some(score) = summary.posture.score {
            families.add(SCORE, &[], score.into());
        }
        if let Some(coverage) = summary.posture.coverage {
            families.add(COVERAGE, &[], coverage);
        }
        for area in Area::ALL {
            for severity in Severity::ALL {
                let count = self.by_area.get(&(area, severity)).copied();
                let labels = [("area", area.word()), ("severity", severity.word())];
                families.add(FINDINGS, &labels, count.unwrap_or_default().into());
            }
        }
    }
}

impl<W: Write> Audience for Prometheus<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        self.summary.hear(&self.setting, event);
        match event {
            FleetEvent::Started { at, .. } => self.started = *at,
            FleetEvent::Entered { .. } => {}
            FleetEvent::Finished { host, report } => {
                self.hosts.insert(*host, report);
                while let Some(report) = self.hosts.next() {
                    self.host(&report);
                }
            }
            FleetEvent::Ended { at, fleet, .. } => {
                self.count(fleet);
                self.totals(*at);
                self.sink.write_all(self.families.text().as_bytes())?;
                self.sink.flush()?;
            }
        }
        Ok(())
    }
}

/// A metric's name without the program's, and what it means.
type Family = (&'static str, &'static str);

const INFO: Family = ("build_info", "Version and catalogue; always 1.");
const STARTED: Family = ("sweep_start_timestamp_seconds", "When the sweep began.");
const ENDED: Family = ("sweep_end_timestamp_seconds", "When the sweep ended.");
const COMPLETE: Family = (
    "sweep_complete",
    "0 where the sweep was stopped before its end.",
);
const HOSTS: Family = ("hosts", "Selected hosts by how far they were assessed.");
const SCORE: Family = (
    "score",
    "Score of the fleet, 0 to 100; read it beside the coverage.",
);
const COVERAGE: Family = (
    "coverage_ratio",
    "Answered over applicable controls of the fleet.",
);
const FINDINGS: Family = ("findings", "Findings of the fleet by area and severity.");
const HOST_STATE: Family = ("host_state", "1 for the state that the host is in.");
const HOST_READ: Family = ("host_read_timestamp_seconds", "When the host was read.");
const HOST_DURATION: Family = ("host_duration_seconds", "How long reading the host took.");
const HOST_SCORE: Family = ("host_score", "Score of the host, 0 to 100.");
const HOST_COVERAGE: Family = (
    "host_coverage_ratio",
    "Answered over applicable controls of the host.",
);
const HOST_FINDINGS: Family = ("host_findings", "Findings of the host by severity.");
const HOST_ROWS: Family = ("host_rows", "Rows of the host by outcome.");

/// The order in which metrics are written.
const ORDER: [Family; 15] = [
    INFO,
    STARTED,
    ENDED,
    COMPLETE,
    HOSTS,
    SCORE,
    COVERAGE,
    FINDINGS,
    HOST_STATE,
    HOST_READ,
    HOST_DURATION,
    HOST_SCORE,
    HOST_COVERAGE,
    HOST_FINDINGS,
    HOST_ROWS,
];

/// Lines of metrics, kept together by metric.
#[derive(Debug, Default)]
struct Families {
    lines: BTreeMap<&'static str, String>,
}

impl Families {
    fn add(&mut self, family: Family, labels: &[(&str, &str)], value: f64) {
        let lines = self.lines.entry(family.0).or_default();
        let labels: Vec<String> = (labels.iter())
            .map(|(key, value)| format!("{key}=\"{}\"", label(value)))
            .collect();
        let labels = match labels.as_slice() {
            [] => String::new(),
            labels => format!("{{{}}}", labels.join(",")),
        };
        // Writing to a string cannot fail.
        let _infallible = writeln!(lines, "plimsoll_{}{labels} {value}", family.0);
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (name, help) in ORDER {
            if let Some(lines) = self.lines.get(name) {
                let _infallible = write!(
                    out,
                    "# HELP plimsoll_{name} {help}\n# TYPE plimsoll_{name} gauge\n{lines}"
                );
            }
        }
        out
    }
}

/// The value of a label as the format quotes it.
fn label(raw: &str) -> String {
    text::clean_whole(raw)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
}

/// Milliseconds since 1970 as seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of this millennium fit a double exactly"
)]
fn seconds(at: i64) -> f64 {
    at as f64 / 1000.0
}
