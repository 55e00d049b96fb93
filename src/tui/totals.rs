//! The fleet in numbers, for its header and summary.

use std::collections::BTreeMap;

use crate::domain::event::HostState;
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;

use super::fleet::{Fleet, Work};

/// Counts over all hosts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// Assessed hosts without findings or unknowns.
    pub clean: usize,
    /// Hosts with findings.
    pub with_findings: usize,
    /// Partially assessed hosts.
    pub partial: usize,
    /// Hosts that could not be assessed.
    pub failed: usize,
    /// Hosts being read now.
    pub in_flight: usize,
    /// Hosts that wait.
    pub queued: usize,
    /// All postures added up.
    pub posture: Posture,
    /// Rows whose answer is missing.
    pub unknown: u32,
    /// Controls by what fixing them everywhere is worth, most first: id, worst severity, hosts that fail them.
    pub common: Vec<(&'static str, Severity, usize)>,
    /// Slowest hosts, slowest first: position and milliseconds.
    pub slowest: Vec<(usize, u64)>,
}

impl Totals {
    /// Counts `fleet`.
    pub fn of(fleet: &Fleet) -> Self {
        let mut totals = Self::default();
        let mut common: BTreeMap<&'static str, (Severity, usize)> = BTreeMap::new();
        for (index, host) in fleet.hosts.iter().enumerate() {
            match host.work {
                Work::Idle => {}
                Work::Queued => totals.queued += 1,
                Work::At(..) => totals.in_flight += 1,
            }
            totals.failed += usize::from(host.is_failed());
            let Some(result) = &host.result else {
                continue;
            };
            totals.clean += usize::from(result.is_clean() && !host.is_failed());
            totals.partial += usize::from(result.state == HostState::Partial && !host.is_failed());
            totals.posture.add(&result.posture);
            totals.unknown += result.unknown();
            totals.slowest.push((index, result.duration_ms));
            let mut seen = BTreeMap::new();
            for row in result.rows.iter().filter(|row| row.result.is_finding()) {
                let worst = seen
                    .entry(row.result.control)
                    .or_insert(row.result.severity);
                *worst = row.result.severity.min(*worst);
            }
            totals.with_findings += usize::from(!seen.is_empty());
            for (control, severity) in seen {
                let entry = common.entry(control).or_insert((severity, 0));
                entry.0 = entry.0.min(severity);
                entry.1 += 1;
            }
        }
        totals.common = common
            .into_iter()
            .map(|(control, (severity, hosts))| (control, severity, hosts))
            .filter(|(_, severity, _)| *severity != Severity::Info)
            .collect();
        totals.common.sort_by_key(|(control, severity, hosts)| {
            let worth = usize::try_from(severity.weight()).unwrap_or(usize::MAX) * hosts;
            (std::cmp::Reverse(worth), *severity, *control)
        });
        totals.slowest.sort_by_key(|(_, ms)| std::cmp::Reverse(*ms));
        totals.slowest.truncate(5);
        totals
    }
}
