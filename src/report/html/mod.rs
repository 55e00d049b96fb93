//! A sweep as one HTML page for people who keep it: nothing is loaded from outside, and nothing that a host sent can
//! act, for the templates escape it and the page's own policy names the one style and the one script that may run.

mod parts;

use std::io::{self, Write};
use std::sync::Arc;

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::asked::Questions;
use super::order::InOrder;
use super::summary::Summary;
use super::{Audience, Setting, first_page, time};
use crate::domain::event::{FleetEvent, HostReport};
use parts::{Head, HostLine, Row, Tail};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page. Rows stream in the order of the inventory; only a line for each host is kept until the end.
#[derive(Debug)]
pub struct Html<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    hosts: InOrder,
    summary: Summary,
    lines: String,
    questions: Questions,
}

impl<W: Write> Html<W> {
    /// A page written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self {
            sink,
            setting,
            hosts: InOrder::default(),
            summary: Summary::default(),
            lines: String::new(),
            questions: Questions::default(),
        }
    }

    fn begin(&mut self, at: i64, hosts: usize) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        let head = Head {
            policy: &policy(),
            style: STYLE,
            version: setting.version,
            hosts: parts::hosts(hosts),
            started: time::readable(at),
            facts: first_page::facts(&setting, at),
        };
        self.part(&head)
    }

    fn host(&mut self, report: &HostReport) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        self.questions.hear(report);
        let line = HostLine::of(report, &setting);
        self.lines
            .push_str(&line.render().map_err(io::Error::other)?);
        for row in setting.rows(report) {
            self.part(&Row::of(&report.header.name, row, &setting))?;
        }
        Ok(())
    }

    fn part(&mut self, part: &impl Template) -> io::Result<()> {
        Template::write_into(part, &mut self.sink)
    }
}

impl<W: Write> Audience for Html<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        self.summary.hear(&self.setting, event);
        match event {
            FleetEvent::Started { at, hosts } => self.begin(*at, hosts.len())?,
            FleetEvent::Entered { .. } => return Ok(()),
            FleetEvent::Finished { host, report } => {
                self.hosts.insert(*host, report);
                while let Some(report) = self.hosts.next() {
                    self.host(&report)?;
                }
            }
            FleetEvent::Ended { at, fleet, .. } => {
                let setting = Arc::clone(&self.setting);
                for row in fleet.iter() {
                    self.part(&Row::of("(fleet)", row, &setting))?;
                }
                let lines = std::mem::take(&mut self.lines);
                let tail = Tail {
                    asked: self.questions.total(&setting),
                    questions: self.questions.lines(),
                    ..Tail::of(&self.summary, *at, &lines, SCRIPT)
                };
                self.part(&tail)?;
            }
        }
        self.sink.flush()
    }
}

/// What the page may do: run the one script, use the one style, and nothing else.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}
