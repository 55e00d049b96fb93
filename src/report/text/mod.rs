//! A sweep for people: by host or owner, worst first, by control with equal findings folded, or by requirement.

mod by_control;
mod by_host;
mod by_owner;
mod by_requirement;
mod page;
mod rows;
mod totals;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::style::Style;
use super::summary::Summary;
use super::{Audience, Setting};
use crate::domain::event::{FleetEvent, HostIndex, HostReport, HostState};
use crate::domain::filter::Filter;
use crate::domain::outcome::ControlResult;
use crate::domain::severity::Severity;
pub(super) use by_control::counts;
use page::Page;
pub(super) use page::count;

/// What the findings are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupBy {
    /// Host by host.
    #[default]
    Host,
    /// Control by control, hosts with equal findings folded.
    Control,
    /// Practice by practice: what is met, what is not.
    Practice,
    /// The same by the numbers of published frameworks.
    Framework,
    /// Owner by owner, each one's hosts worst first.
    Owner,
}

/// How a text report is laid out and what of it is shown.
#[derive(Debug, Default)]
pub struct Layout {
    /// Width, character set, colours.
    pub style: Style,
    /// Grouping.
    pub group_by: GroupBy,
    /// Hosts and rows to show; totals always count everything.
    pub filter: Filter,
    /// How much is told: 0 findings and what is open; 1 also causes of failures and all gaps; 2 also passes.
    pub detail: u8,
}

/// Writes the report when the sweep has ended.
#[derive(Debug)]
pub struct Text<W: Write> {
    sink: W,
    setting: Arc<Setting>,
    layout: Layout,
    summary: Summary,
    started: i64,
    reports: BTreeMap<HostIndex, Arc<HostReport>>,
}

impl<W: Write> Text<W> {
    /// A report written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>, layout: Layout) -> Self {
        Self {
            sink,
            setting,
            layout,
            summary: Summary::default(),
            started: 0,
            reports: BTreeMap::new(),
        }
    }

    fn write(&mut self, at: i64, fleet: &[ControlResult]) -> io::Result<()> {
        let fleet: Vec<ControlResult> = (fleet.iter())
            .filter(|row| !self.setting.hides(row))
            .cloned()
            .collect();
        let ended = Ended {
            setting: &self.setting,
            layout: &self.layout,
            summary: &self.summary,
            started: self.started,
            finished: at,
            hosts: self.reports.values().map(AsRef::as_ref).collect(),
            fleet: &fleet,
        };
        self.sink.write_all(ended.page().as_bytes())?;
        self.sink.flush()
    }
}

impl<W: Write> Audience for Text<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        self.summary.hear(&self.setting, event);
        match event {
            FleetEvent::Started { at, .. } => {
                self.started = *at;
                Ok(())
            }
            FleetEvent::Entered { .. } => Ok(()),
            FleetEvent::Finished { host, report } => {
                self.reports.insert(*host, Arc::clone(report));
                Ok(())
            }
            FleetEvent::Ended { at, fleet, .. } => self.write(*at, fleet),
        }
    }
}

/// A sweep that has ended, ready to be laid out.
struct Ended<'a> {
    setting: &'a Setting,
    layout: &'a Layout,
    summary: &'a Summary,
    started: i64,
    finished: i64,
    /// In the order of the inventory.
    hosts: Vec<&'a HostReport>,
    fleet: &'a [ControlResult],
}

/// Subjects of one kind that a line names where nobody asked for more.
const NAMES: usize = 12;

impl<'a> Ended<'a> {
    /// How many subjects of one kind a line names.
    fn names(&self) -> usize {
        if self.layout.detail == 0 {
            NAMES
        } else {
            usize::MAX
        }
    }

    fn page(&self) -> String {
        let mut page = Page::new(&self.layout.style);
        self.header(&mut page);
        match self.layout.group_by {
            GroupBy::Host => self.by_host(&mut page),
            GroupBy::Control => self.by_control(&mut page),
            GroupBy::Practice => self.by_practice(&mut page),
            GroupBy::Framework => self.by_framework(&mut page),
            GroupBy::Owner => self.by_owner(&mut page),
        }
        self.failed(&mut page);
        self.hidden(&mut page);
        self.totals(&mut page);
        self.asked(&mut page);
        page.finish()
    }

    /// The rows of a host that the filter lets through; none where it hides the host itself.
    fn shown(&self, host: &'a HostReport) -> Option<Vec<&'a ControlResult>> {
        rows::shown(host, self.setting, &self.layout.filter)
    }

    /// Hosts that were read, worst first; equal ones in the order of the inventory.
    fn worst_first(&self) -> Vec<&'a HostReport> {
        let mut hosts: Vec<_> = (self.hosts.iter().copied())
            .filter(|host| host.state != HostState::Failed)
            .collect();
        hosts.sort_by_key(|host| {
            Severity::ALL.map(|severity| std::cmp::Reverse(host.posture.count(severity)))
        });
        hosts
    }
}
