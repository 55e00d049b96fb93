//! A sweep as Markdown, for tickets, wikis and comments on changes: findings by control, equal ones folded.
//!
//! Whatever came from a host stands in a code span, where neither HTML, links nor emphasis mean anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

use super::asked::Questions;
use super::order::InOrder;
use super::summary::Summary;
use super::text::{count, counts};
use super::{Audience, Setting, figures, first_page};
use crate::domain::event::{FleetEvent, HostReport, HostState};
use crate::domain::gap::GapClass;
use crate::domain::nodeset;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;
use crate::domain::text;

/// The name under which rows of controls that compare hosts are listed.
const FLEET: &str = "(fleet)";

/// What rows must share to stand on one line: severity, control, subject, what is there, what is wanted.
type Told = (Severity, &'static str, String, String, String);

/// Hosts by what is told of them.
type Places = BTreeMap<Told, BTreeSet<String>>;

/// Writes the report when the sweep has ended. Until then only what needs attention is kept, equal rows once.
#[derive(Debug)]
pub struct Markdown<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    hosts: InOrder,
    summary: Summary,
    started: i64,
    questions: Questions,
    table: String,
    told: BTreeMap<Outcome, Places>,
    gaps: BTreeMap<(GapClass, String), (usize, BTreeSet<String>)>,
    unread: BTreeMap<(String, String), BTreeSet<String>>,
}

impl<W: Write> Markdown<W> {
    /// A report written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self {
            sink,
            setting,
            hosts: InOrder::default(),
            summary: Summary::default(),
            started: 0,
            questions: Questions::default(),
            table: String::new(),
            told: BTreeMap::new(),
            gaps: BTreeMap::new(),
            unread: BTreeMap::new(),
        }
    }

    fn host(&mut self, report: &HostReport) {
        let setting = Arc::clone(&self.setting);
        self.questions.hear(report);
        let state = setting.state(report);
        if let (Some(error), HostState::Failed | HostState::Partial) = (&report.error, state) {
            let said = format!(
                "{} at {}: {}",
                error.class.word(),
                error.stage.word(),
                error.message
            );
            let hosts = self.unread.entry((said, error.hint.clone())).or_default();
            hosts.insert(report.header.name.clone());
        }
        let nothing = Posture::default();
        let posture = match state {
            HostState::Failed => &nothing,
            _ => &report.posture,
        };
        let engine = (report.engine.as_ref()).map_or_else(String::new, |engine| {
            format!("{} {}", engine.name, engine.version)
        });
        // Writing to a string cannot fail.
        let _infallible = writeln!(
            self.table,
            "| {} | {} | {} | {} | {} | {} | {} |",
            code(&report.header.name),
            state.word(),
            figures::score(posture),
            figures::percent(posture),
            if state == HostState::Failed {
                "-".to_owned()
            } else {
                counts(posture)
            },
            code(&engine),
            code(report.os.as_deref().unwrap_or_default()),
        );
        self.rows(&report.header.name, setting.rows(report));
    }

    fn rows(&mut self, host: &str, rows: &[ControlResult]) {
        for row in rows {
            match row.outcome {
                Outcome::Pass | Outcome::NotApplicable | Outcome::Blocked => {}
                Outcome::NotChecked => {
                    if let Some(gap) = &row.gap {
                        let key = (gap.class, gap.message.clone());
                        let (rows, hosts) = self.gaps.entry(key).or_default();
                        *rows += 1;
                        hosts.insert(host.to_owned());
                    }
                }
                Outcome::Fail if row.caused_by.is_some() || self.setting.hides(row) => {}
                Outcome::Fail | Outcome::Manual | Outcome::Waived => {
                    let wanted = row.waiver.as_ref().map_or_else(
                        || row.expected.clone(),
                        |waiver| {
                            format!(
                                "{} until {}: {}",
                                waiver.owner, waiver.expires, waiver.reason
                            )
                        },
                    );
                    let told = (
                        row.severity,
                        row.control,
                        row.subject.id.clone(),
                        row.observed.clone(),
                        wanted,
                    );
                    let places = self.told.entry(row.outcome).or_default();
                    places.entry(told).or_default().insert(host.to_owned());
                }
            }
        }
    }

    fn page(&self) -> String {
        let mut page = String::new();
        let hosts = self.summary.hosts;
        let total = usize::try_from(hosts.total).unwrap_or(usize::MAX);
        let _infallible = writeln!(page, "# Sweep of {}\n", count(total, "host"));
        let stopped = if self.summary.cancelled {
            " (stopped before its end)"
        } else {
            ""
        };
        let posture = &self.summary.posture;
        let _infallible = writeln!(
            page,
            "{} assessed, {} partial, {} failed{stopped}. {}. Score {} with {} of the applicable controls answered.\n",
            hosts.assessed,
            hosts.partial,
            hosts.failed,
            sentence(&counts(posture)),
            figures::score(posture),
            figures::percent(posture),
        );
        page.push_str("## Scope\n\n| | |\n|---|---|\n");
        for (about, said) in first_page::facts(&self.setting, self.started) {
            let _infallible = writeln!(page, "| {about} | {} |", code(&said));
        }
        page.push_str(
            "\n## Hosts\n\n| host | state | score | coverage | findings | engine | system |\n",
        );
        page.push_str("|---|---|---|---|---|---|---|\n");
        page.push_str(&self.table);
        self.section(&mut page, Outcome::Fail, "Findings", "wanted");
        self.section(&mut page, Outcome::Manual, "To look at", "wanted");
        self.section(&mut page, Outcome::Waived, "Accepted", "waiver");
        if !self.gaps.is_empty() {
            page.push_str("\n## Not checked\n\n| hosts | rows | why | |\n|---|---|---|---|\n");
        }
        for ((class, message), (rows, hosts)) in &self.gaps {
            let hosts = folded(hosts);
            let class = class.word();
            let _infallible = writeln!(page, "| {hosts} | {rows} | {class} | {} |", code(message));
        }
        if !self.unread.is_empty() {
            page.push_str("\n## Not read, or not fully\n\n| hosts | why | next |\n|---|---|---|\n");
        }
        for ((said, hint), hosts) in &self.unread {
            let hosts = folded(hosts);
            let _infallible = writeln!(page, "| {hosts} | {} | {} |", code(said), code(hint));
        }
        let _infallible = writeln!(
            page,
            "\n## Asked\n\n{}.\n\n| hosts | commands | requests to the engine |\n|---|---|---|",
            self.questions.total(&self.setting)
        );
        for (hosts, commands, requests) in self.questions.lines() {
            let cells = [&hosts, &commands, &requests].map(|cell| code(cell));
            let _infallible = writeln!(page, "| {} |", cells.join(" | "));
        }
        page
    }

    fn section(&self, page: &mut String, outcome: Outcome, heading: &str, last: &str) {
        let Some(places) = self.told.get(&outcome) else {
            return;
        };
        let _infallible = writeln!(page, "\n## {heading}");
        let mut before = None;
        for ((severity, control, subject, observed, wanted), hosts) in places {
            if before.replace((severity, control)) != Some((severity, control)) {
                let known = self.setting.catalogue.get(control);
                let title = known.map_or("", |control| control.title);
                let now = if known.is_some_and(|control| control.momentary) {
                    " (now)"
                } else {
                    ""
                };
                let _infallible = writeln!(
                    page,
                    "\n### {}: {control}{now}\n\n{title}\n\n| hosts | subject | observed | {last} |\n|---|---|---|---|",
                    severity.word(),
                );
            }
            let _infallible = writeln!(
                page,
                "| {} | {} | {} | {} |",
                folded(hosts),
                code(subject),
                code(observed),
                code(wanted)
            );
        }
    }
}

impl<W: Write> Audience for Markdown<W> {
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
            FleetEvent::Ended { fleet, .. } => {
                self.rows(FLEET, fleet);
                self.sink.write_all(self.page().as_bytes())?;
                self.sink.flush()?;
            }
        }
        Ok(())
    }
}

/// Text in a code span inside a table: nothing in it is markup, and nothing ends it early.
fn code(raw: &str) -> String {
    let clean = text::clean_whole(raw);
    let clean = clean.trim();
    if clean.is_empty() {
        return String::new();
    }
    // In a table a bar ends the cell even inside a span, but for one behind a backslash; a backslash before it would
    // undo that, so the bar is written as its broken sister.
    format!("`{}`", clean.replace('`', "'").replace('|', "\u{a6}"))
}

fn folded(hosts: &BTreeSet<String>) -> String {
    let hosts: Vec<&String> = hosts.iter().collect();
    code(&nodeset::fold(&hosts))
}

/// With a capital at its start.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
