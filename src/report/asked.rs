//! The last part of a report: every command and request that was made, host by host, so that an auditor sees that
//! nothing else was. Hosts that were asked the same stand together.

use std::collections::{BTreeMap, BTreeSet};

use super::text::count;
use super::{Setting, scope};
use crate::domain::event::{Asked, AskedKind, HostReport};
use crate::domain::nodeset;

/// What hosts were asked, gathered as they finish.
#[derive(Debug, Clone, Default)]
pub(super) struct Questions {
    hosts: BTreeMap<Vec<Asked>, BTreeSet<String>>,
}

/// One line: hosts, the commands started on each, the requests made to each.
pub(super) type Line = (String, String, String);

impl Questions {
    /// Takes in what one host was asked.
    pub(super) fn hear(&mut self, report: &HostReport) {
        let hosts = self.hosts.entry(report.asked.clone()).or_default();
        hosts.insert(report.header.name.clone());
    }

    /// A line for all hosts that were asked the same.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = (self.hosts.iter())
            .map(|(asked, hosts)| {
                let hosts: Vec<&String> = hosts.iter().collect();
                let hosts = nodeset::fold(&hosts);
                (
                    hosts,
                    said(asked, AskedKind::Command),
                    said(asked, AskedKind::Request),
                )
            })
            .collect();
        lines.sort();
        lines
    }

    /// All of it in one sentence.
    pub(super) fn total(&self, setting: &Setting) -> String {
        let mut totals = [0_u64; 2];
        for (asked, hosts) in &self.hosts {
            for one in asked {
                let times = u64::from(one.count) * u64::try_from(hosts.len()).unwrap_or(u64::MAX);
                let [commands, requests] = &mut totals;
                match one.kind {
                    AskedKind::Command => *commands += times,
                    AskedKind::Request => *requests += times,
                }
            }
        }
        let [commands, requests] = totals.map(|total| usize::try_from(total).unwrap_or(usize::MAX));
        let script = scope::hash(&setting.scope.script).unwrap_or_else(|| "unknown".to_owned());
        format!(
            "{}, none of them other than GET; {}; script on hosts {script}",
            count(requests, "request"),
            count(commands, "command")
        )
    }
}

fn said(asked: &[Asked], kind: AskedKind) -> String {
    let parts: Vec<String> = (asked.iter())
        .filter(|one| one.kind == kind)
        .map(|one| match one.count {
            1 => one.what.clone(),
            times => format!("{} ({times})", one.what),
        })
        .collect();
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(", ")
    }
}
