//! The totals of a sweep.

use std::collections::BTreeMap;

use super::Setting;
use crate::domain::event::{FleetEvent, HostState};
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;

/// Hosts by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hosts {
    /// All selected hosts.
    pub total: u32,
    /// Fully assessed.
    pub assessed: u32,
    /// With gaps that count.
    pub partial: u32,
    /// Not read at all.
    pub failed: u32,
}

/// The totals of a sweep, added up event by event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Hosts by state.
    pub hosts: Hosts,
    /// Rows, findings, score and coverage of all hosts and of the controls that compare hosts.
    pub posture: Posture,
    /// Findings that may fail a sweep, by severity: no row that follows from another, no momentary state, no `info`.
    pub failing: BTreeMap<Severity, u32>,
    /// Rows of controls that compare hosts which lack evidence; they belong to no host, so only `--strict` counts them.
    pub fleet_gaps: u32,
    /// Whether the sweep was stopped before its end.
    pub cancelled: bool,
}

impl Summary {
    /// Takes in one event.
    pub fn hear(&mut self, setting: &Setting, event: &FleetEvent) {
        match event {
            FleetEvent::Started { hosts, .. } => {
                self.hosts.total = u32::try_from(hosts.len()).unwrap_or(u32::MAX);
            }
            FleetEvent::Entered { .. } => {}
            FleetEvent::Finished { report, .. } => match setting.state(report) {
                HostState::Failed => self.hosts.failed += 1,
                state => {
                    if state == HostState::Partial {
                        self.hosts.partial += 1;
                    } else {
                        self.hosts.assessed += 1;
                    }
                    self.posture.add(&report.posture);
                    self.add_failing(setting, &report.results);
                }
            },
            FleetEvent::Ended {
                fleet, cancelled, ..
            } => {
                self.cancelled = *cancelled;
                self.posture
                    .add(&Posture::of(fleet, |id| setting.catalogue.severity(id)));
                self.add_failing(setting, fleet);
                let gaps = fleet.iter().filter(|r| r.outcome == Outcome::NotChecked);
                self.fleet_gaps = u32::try_from(gaps.count()).unwrap_or(u32::MAX);
            }
        }
    }

    fn add_failing(&mut self, setting: &Setting, rows: &[ControlResult]) {
        for row in rows {
            if row.outcome == Outcome::Fail && setting.aside(row).is_none() {
                *self.failing.entry(row.severity).or_default() += 1;
            }
        }
    }

    /// Whether any finding is at or above `least`; none where `least` is none.
    pub fn fails(&self, least: Option<Severity>) -> bool {
        // The worst severity is the smallest.
        least.is_some_and(|least| {
            self.failing
                .iter()
                .any(|(severity, count)| *severity <= least && *count > 0)
        })
    }
}
