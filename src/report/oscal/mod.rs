//! A sweep as assessment results of OSCAL 1.1, which compliance offices exchange: a result for each host, with an
//! observation for each outcome and a finding for each control.
//!
//! Results stream in the order of the inventory. What was not seen is never a satisfied finding.

mod view;

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::json;
use super::order::InOrder;
use super::{Audience, Setting, time};
use crate::domain::event::FleetEvent;
use view::{BackMatter, HostResult, Metadata, Names};

/// Writes one document.
#[derive(Debug)]
pub struct Oscal<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    hosts: InOrder,
    names: Names,
    started: i64,
    first: bool,
}

impl<W: Write> Oscal<W> {
    /// A document written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self {
            sink,
            setting,
            hosts: InOrder::default(),
            names: Names::default(),
            started: 0,
            first: true,
        }
    }

    fn begin(&mut self, at: i64) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        self.started = at;
        self.names = Names::of(at, &setting);
        self.sink.write_all(b"{\"assessment-results\":{\n")?;
        self.member("uuid", &self.names.uuid("document", ""))?;
        self.member("metadata", &Metadata::of(at, &setting))?;
        let plan = format!("#{}", self.names.uuid("plan", ""));
        self.member("import-ap", &serde_json::json!({ "href": plan }))?;
        self.sink.write_all(b"\"results\":[")
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        write!(self.sink, "\"{name}\":")?;
        json::write(&mut self.sink, value)?;
        self.sink.write_all(b",\n")
    }

    fn result(&mut self, result: &HostResult) -> io::Result<()> {
        let comma: &[u8] = if self.first { b"\n" } else { b",\n" };
        self.first = false;
        self.sink.write_all(comma)?;
        json::write(&mut self.sink, result)
    }
}

impl<W: Write> Audience for Oscal<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        match event {
            FleetEvent::Started { at, .. } => self.begin(*at)?,
            FleetEvent::Entered { .. } => return Ok(()),
            FleetEvent::Finished { host, report } => {
                self.hosts.insert(*host, report);
                while let Some(report) = self.hosts.next() {
                    let result = HostResult::of(&report, &self.names, &setting);
                    self.result(&result)?;
                }
            }
            FleetEvent::Ended { at, fleet, .. } => {
                // The format wants at least one result, also of a sweep that read nothing.
                if self.first || !fleet.is_empty() {
                    let span = (self.started, *at);
                    let result = HostResult::fleet(fleet, span, &self.names, &setting);
                    self.result(&result)?;
                }
                self.sink.write_all(b"\n],\n\"back-matter\":")?;
                let matter = BackMatter::of(&self.names, &time::stamp(*at), &setting);
                json::write(&mut self.sink, &matter)?;
                self.sink.write_all(b"}}\n")?;
            }
        }
        self.sink.flush()
    }
}
