//! The head and the foot of a text report: what was asked, who could not be read, and the totals.

use std::collections::BTreeMap;

use super::Ended;
use super::by_control::counts;
use super::by_host::score;
use super::page::{Page, count, join};
use crate::domain::event::HostState;
use crate::domain::nodeset;
use crate::domain::outcome::Outcome;
use crate::report::asked::Questions;
use crate::report::explain::shown;
use crate::report::time;

/// Slow hosts named in the totals.
const SLOWEST: usize = 5;
/// Digits of a hash that are shown.
const HASH: usize = 12;

impl Ended<'_> {
    pub(super) fn header(&self, page: &mut Page<'_>) {
        let took = u64::try_from(self.finished.saturating_sub(self.started)).unwrap_or_default();
        let hosts = usize::try_from(self.summary.hosts.total).unwrap_or(usize::MAX);
        page.heading(
            &format!("plimsoll {}", self.setting.version),
            &format!(
                "{}, {} in {}",
                time::readable(self.started),
                count(hosts, "host"),
                time::span(took)
            ),
        );
        let scope = &self.setting.scope;
        let profiles: std::collections::BTreeSet<&str> = self
            .hosts
            .iter()
            .map(|host| host.header.profile.as_str())
            .collect();
        let parts = [
            (scope.limit.as_ref()).map_or_else(String::new, |limit| format!("limit {limit}")),
            joined("profile", profiles.into_iter()),
            match scope.waivers {
                0 => String::new(),
                waivers => count(waivers, "waiver"),
            },
            match scope.parameters.count() {
                0 => String::new(),
                set => format!("{} set", count(set, "parameter")),
            },
            joined(
                "without",
                scope.excluded_controls.iter().map(String::as_str),
            ),
            joined(
                "severity changed of",
                scope.severity_overrides.keys().map(String::as_str),
            ),
        ];
        page.entry("scope", &join(&parts, "; "));
        page.entry("hashes", &self.hashes());
        if self.layout.detail > 0 {
            for (name, value) in &scope.parameters.everywhere {
                page.entry("", &format!("{name} = {}", shown(value)));
            }
            for (name, settings) in &scope.parameters.by_host {
                for setting in settings {
                    let value = shown(&setting.value);
                    page.entry("", &format!("{name} = {value} on {}", setting.hosts));
                }
            }
        }
    }

    /// The hashes of what the figures rest on; in full where somebody asked for more.
    fn hashes(&self) -> String {
        let scope = &self.setting.scope;
        let digits = if self.layout.detail == 0 {
            HASH
        } else {
            usize::MAX
        };
        let parts = [
            ("inventory", &scope.inventory),
            ("policy", &scope.policy),
            ("program", &scope.program),
            ("script", &scope.script),
        ]
        .map(|(name, hash)| {
            let shown: String = hash.chars().take(digits).collect();
            match shown.as_str() {
                "" => format!("{name} none"),
                shown => format!("{name} {shown}"),
            }
        });
        join(&parts, ", ")
    }

    /// Hosts that could not be read at all; those with one and the same trouble together.
    pub(super) fn failed(&self, page: &mut Page<'_>) {
        let mut troubles: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        let mut failed = 0;
        for host in self.hosts.iter().filter(|host| self.shown(host).is_some()) {
            if let (HostState::Failed, Some(error)) = (host.state, &host.error) {
                let trouble = (
                    error.class,
                    error.stage,
                    &error.message,
                    &error.hint,
                    &error.causes,
                );
                troubles.entry(trouble).or_default().push(&host.header.name);
                failed += 1;
            }
        }
        if troubles.is_empty() {
            return;
        }
        page.gap();
        page.heading("not read", &count(failed, "host"));
        for ((class, stage, message, hint, causes), hosts) in troubles {
            let unknown = page.style.palette.unknown;
            page.beside("  ?  ", 5, &nodeset::fold(&hosts), unknown);
            page.text(
                5,
                &format!("{} at {}: {message}", class.word(), stage.word()),
            );
            if self.layout.detail > 0 {
                for cause in causes {
                    page.faint(7, &format!("because {cause}"));
                }
            }
            if !hint.is_empty() {
                page.text(5, &format!("next: {hint}"));
            }
        }
    }

    /// How many hosts the filter hides; without a filter nothing is said.
    pub(super) fn hidden(&self, page: &mut Page<'_>) {
        let hidden = self.hosts.iter().filter(|host| self.shown(host).is_none());
        match hidden.count() {
            0 => {}
            hidden => {
                page.gap();
                let hidden = count(hidden, "host");
                page.faint(0, &format!("{hidden} hidden by the filter"));
            }
        }
    }

    pub(super) fn totals(&self, page: &mut Page<'_>) {
        let summary = self.summary;
        let hosts = summary.hosts;
        page.gap();
        page.heading(
            "summary",
            if summary.cancelled {
                "stopped before the end"
            } else {
                ""
            },
        );
        page.entry(
            "hosts",
            &format!(
                "{}: {} assessed, {} partial, {} failed",
                hosts.total, hosts.assessed, hosts.partial, hosts.failed
            ),
        );
        page.entry("findings", &counts(&summary.posture));
        let hides = self
            .setting
            .baseline
            .as_ref()
            .is_some_and(|baseline| baseline.only_new);
        if hides {
            let new: u32 = summary.failing.values().sum();
            let new = count(usize::try_from(new).unwrap_or(usize::MAX), "finding");
            page.entry(
                "new",
                &format!("{new} that the baseline does not have; only these are listed"),
            );
        }
        let outcomes: Vec<String> = (Outcome::ALL.iter())
            .map(|outcome| {
                let word = outcome.word().replace('_', " ");
                format!("{} {word}", summary.posture.rows(*outcome))
            })
            .collect();
        page.entry("rows", &outcomes.join(", "));
        page.entry(
            "score",
            score(summary.posture.score, summary.posture.coverage).trim_start_matches("score "),
        );
        let mut slow: Vec<_> = (self.hosts.iter())
            .filter(|host| host.state != HostState::Failed)
            .map(|host| {
                (
                    std::cmp::Reverse(host.duration_ms),
                    host.header.name.as_str(),
                )
            })
            .collect();
        if slow.len() > SLOWEST {
            slow.sort_unstable();
            let slow: Vec<String> = (slow.iter().take(SLOWEST))
                .map(|(ms, name)| format!("{name} {}", time::span(ms.0)))
                .collect();
            page.entry("slowest", &slow.join(", "));
        }
    }
}

impl Ended<'_> {
    /// Every command and request: how many, and where somebody asked for more, which ones host by host.
    pub(super) fn asked(&self, page: &mut Page<'_>) {
        let mut questions = Questions::default();
        for host in &self.hosts {
            questions.hear(host);
        }
        page.entry("asked", &questions.total(self.setting));
        if self.layout.detail == 0 {
            return;
        }
        for (hosts, commands, requests) in questions.lines() {
            page.gap();
            page.text(0, &format!("asked of {hosts}"));
            page.entry("commands", &commands);
            page.entry("requests", &requests);
        }
    }
}

fn joined<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("{word} {}", names.join(" "))
    }
}
