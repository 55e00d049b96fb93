//! A sweep as SARIF 2.1.0, which code scanners and their dashboards read.
//!
//! Only findings are results, because readers take every result for an alert: waived ones carry their suppression. What
//! could not be read is a notification of the run. Results stream; the rules that they name follow behind them, for
//! members of a JSON object may come in any order.

mod view;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::json;
use super::order::InOrder;
use super::{Audience, Setting, time};
use crate::domain::event::{FleetEvent, HostReport};
use crate::domain::gap::GapClass;
use crate::domain::nodeset;
use crate::domain::outcome::{ControlResult, Outcome};
use view::{Automation, Driver, Invocation, Notification, ResultView, Rule, Tool};

/// Where the format is described.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes one run; results in the order of the inventory.
#[derive(Debug)]
pub struct Sarif<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    hosts: InOrder,
    started: i64,
    first: bool,
    /// Places of the controls that results name, in the order in which they were first named.
    rules: BTreeMap<&'static str, usize>,
    unread: Vec<Notification>,
    gaps: BTreeMap<(GapClass, String), Vec<String>>,
}

impl<W: Write> Sarif<W> {
    /// A log written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self {
            sink,
            setting,
            hosts: InOrder::default(),
            started: 0,
            first: true,
            rules: BTreeMap::new(),
            unread: Vec::new(),
            gaps: BTreeMap::new(),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        writeln!(
            self.sink,
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\","
        )?;
        self.sink.write_all(b"\"runs\":[{\"results\":[")
    }

    fn host(&mut self, report: &HostReport) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        let name = &report.header.name;
        if let Some(error) = &report.error {
            self.unread.push(Notification::unread(name, error));
        }
        for row in setting.rows(report) {
            if let (Outcome::NotChecked, Some(gap)) = (row.outcome, &row.gap) {
                let hosts = self
                    .gaps
                    .entry((gap.class, gap.message.clone()))
                    .or_default();
                if hosts.last() != Some(name) {
                    hosts.push(name.clone());
                }
            }
        }
        self.results(name, setting.rows(report))
    }

    fn results(&mut self, host: &str, rows: &[ControlResult]) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        for row in rows {
            let told = match row.outcome {
                Outcome::Fail => setting.aside(row).is_none(),
                Outcome::Waived => true,
                _ => false,
            };
            if !told {
                continue;
            }
            let next = self.rules.len();
            let index = *self.rules.entry(row.control).or_insert(next);
            let comma: &[u8] = if self.first { b"\n" } else { b",\n" };
            self.first = false;
            self.sink.write_all(comma)?;
            json::write(&mut self.sink, &ResultView::of(host, row, index, &setting))?;
        }
        Ok(())
    }

    fn end(&mut self, at: i64, cancelled: bool) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        let mut named: Vec<_> = self.rules.iter().map(|(id, index)| (*index, *id)).collect();
        named.sort_unstable();
        let rules = named
            .into_iter()
            .map(|(_, id)| Rule::of(id, &setting))
            .collect();
        self.sink.write_all(b"\n],\n")?;
        self.member(
            "tool",
            &Tool {
                driver: Driver::of(rules, &setting),
            },
        )?;
        let mut notifications = std::mem::take(&mut self.unread);
        for ((class, message), hosts) in std::mem::take(&mut self.gaps) {
            let hosts = nodeset::fold(&hosts);
            notifications.push(Notification::gap(class, &message, &hosts));
        }
        let invocation = Invocation {
            execution_successful: !cancelled,
            start_time_utc: time::stamp(self.started),
            end_time_utc: time::stamp(at),
            tool_execution_notifications: notifications,
        };
        self.member("invocations", &[invocation])?;
        self.member("automationDetails", &Automation::of(&setting))?;
        self.sink
            .write_all(b"\"columnKind\":\"unicodeCodePoints\"}]}\n")
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        write!(self.sink, "\"{name}\":")?;
        json::write(&mut self.sink, value)?;
        self.sink.write_all(b",\n")
    }
}

impl<W: Write> Audience for Sarif<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        match event {
            FleetEvent::Started { at, .. } => {
                self.started = *at;
                self.begin()?;
            }
            FleetEvent::Entered { .. } => return Ok(()),
            FleetEvent::Finished { host, report } => {
                self.hosts.insert(*host, report);
                while let Some(report) = self.hosts.next() {
                    self.host(&report)?;
                }
            }
            FleetEvent::Ended {
                at,
                fleet,
                cancelled,
            } => {
                self.results("fleet", fleet)?;
                self.end(*at, *cancelled)?;
            }
        }
        self.sink.flush()
    }
}
