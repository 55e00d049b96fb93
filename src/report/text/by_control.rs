//! The report control by control: equal findings on many hosts are one line with a node set.

use std::collections::{BTreeMap, BTreeSet};

use super::Ended;
use super::by_host::{HEAD, score, sentence};
use super::page::{Page, count};
use super::rows::{Told, named, subject};
use crate::domain::nodeset;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;
use crate::report::style;

/// The name under which rows of controls that compare hosts are listed.
pub(super) const FLEET: &str = "(fleet)";

/// Hosts by subject for rows that say the same.
type Places<'a> = BTreeMap<(&'static str, &'a str), BTreeSet<&'a str>>;

/// All rows with one outcome: by severity and control, then by what is told, then by subject.
type Controls<'a> = BTreeMap<(Severity, &'static str), BTreeMap<Told<'a>, Places<'a>>>;

/// A row and the host that it is of.
pub(super) type Row<'a> = (&'a str, &'a ControlResult);

impl<'a> Ended<'a> {
    /// The rows of all hosts that the filter lets through, and those of the fleet.
    pub(super) fn rows(&self) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        for host in self.worst_first() {
            if let Some(shown) = self.shown(host) {
                let name = host.header.name.as_str();
                rows.extend(shown.into_iter().map(|row| (name, row)));
            }
        }
        rows.extend(self.fleet.iter().map(|row| (FLEET, row)));
        rows
    }

    pub(super) fn by_control(&self, page: &mut Page<'_>) {
        let rows = self.rows();
        for ((severity, control), told) in controls(&rows, Outcome::Fail) {
            page.gap();
            self.finding_head(page, severity, control, &tally(&told));
            places(page, &told, self.names());
        }
        let manual = controls(&rows, Outcome::Manual);
        if !manual.is_empty() {
            page.gap();
            page.heading("to look at", "what only a person can judge");
            for ((_, control), told) in manual {
                page.beside(
                    "  m  MAN  ",
                    HEAD,
                    &format!("{control}{}", tally(&told)),
                    "",
                );
                places(page, &told, self.names());
            }
        }
        gaps_by_host(page, &rows);
        self.host_table(page);
    }

    /// One line a host: what the grouping by control does not show.
    pub(super) fn host_table(&self, page: &mut Page<'_>) {
        let mut hosts = self.worst_first();
        hosts.retain(|host| self.shown(host).is_some());
        if hosts.is_empty() {
            return;
        }
        page.gap();
        page.heading("hosts", "worst first");
        for host in hosts {
            let worst = host.posture.worst();
            let mark = worst.map_or("+", style::mark);
            let word = worst.map_or("PASS", style::word);
            let palette = page.style.palette;
            let sequence = worst.map_or(palette.good, |severity| palette.severity(severity));
            let head = palette.paint(sequence, &format!("  {mark:<2} {word:<4} "));
            let text = format!(
                "{}: {}; {}, {}",
                host.header.name,
                counts(&host.posture),
                score(host.posture.score, host.posture.coverage),
                self.setting.state(host).word(),
            );
            page.beside(&head, HEAD, &text, "");
        }
    }
}

fn places(page: &mut Page<'_>, told: &BTreeMap<Told<'_>, Places<'_>>, most: usize) {
    let expected: BTreeSet<&str> = told.keys().map(|told| told.expected).collect();
    let mut lines = Vec::new();
    for (told, places) in told {
        // Subjects that are wrong on the same hosts share a line.
        let mut by_hosts: BTreeMap<&BTreeSet<&str>, BTreeSet<_>> = BTreeMap::new();
        for (subject, hosts) in places {
            by_hosts.entry(hosts).or_default().insert(*subject);
        }
        for (hosts, subjects) in by_hosts {
            let hosts: Vec<&str> = hosts.iter().copied().collect();
            lines.push((nodeset::fold(&hosts), named(&subjects, most), told));
        }
    }
    // What is wanted is mostly the same everywhere, and then said once.
    let once = lines.len() > 1 && expected.len() == 1;
    for (hosts, subjects, told) in lines {
        let wanted = if once { "" } else { told.expected };
        let said = sentence(&subjects, told.observed, wanted);
        page.text(HEAD, &format!("{hosts}: {said}"));
    }
    for wanted in expected
        .into_iter()
        .filter(|wanted| once && !wanted.is_empty())
    {
        page.text(HEAD, &format!("wanted: {wanted}"));
    }
}

fn gaps_by_host(page: &mut Page<'_>, rows: &[Row<'_>]) {
    let mut gaps: BTreeMap<(&str, &str), (usize, BTreeSet<&str>)> = BTreeMap::new();
    for (host, row) in rows {
        if let (Outcome::NotChecked, Some(gap)) = (row.outcome, &row.gap) {
            let (count, hosts) = gaps.entry((gap.class.word(), &gap.message)).or_default();
            *count += 1;
            hosts.insert(host);
        }
    }
    if gaps.is_empty() {
        return;
    }
    page.gap();
    page.heading("not checked", "evidence that could not be had");
    for ((class, message), (rows, hosts)) in gaps {
        let hosts: Vec<&str> = hosts.into_iter().collect();
        let text = format!(
            "{}: {}, {class}: {message}",
            nodeset::fold(&hosts),
            count(rows, "row")
        );
        page.beside("  ?  UNK  ", HEAD, &text, page.style.palette.unknown);
    }
}

fn controls<'a>(rows: &[Row<'a>], outcome: Outcome) -> Controls<'a> {
    let mut controls = Controls::new();
    for (host, row) in rows {
        if row.outcome == outcome && row.caused_by.is_none() {
            controls
                .entry((row.severity, row.control))
                .or_default()
                .entry(Told::of(row))
                .or_default()
                .entry(subject(row))
                .or_default()
                .insert(host);
        }
    }
    controls
}

/// ` (3 hosts, 7 rows)`.
fn tally(told: &BTreeMap<Told<'_>, Places<'_>>) -> String {
    let places = || told.values().flat_map(BTreeMap::values);
    let hosts: BTreeSet<&str> = places()
        .flatten()
        .copied()
        .filter(|h| *h != FLEET)
        .collect();
    let rows: usize = places().map(BTreeSet::len).sum();
    if hosts.is_empty() {
        format!(" ({})", count(rows, "row"))
    } else {
        format!(" ({}, {})", count(hosts.len(), "host"), count(rows, "row"))
    }
}

/// `1 critical, 2 high`, or `no findings`.
pub(in crate::report) fn counts(posture: &Posture) -> String {
    let counts: Vec<String> = (Severity::ALL.iter())
        .filter(|severity| posture.count(**severity) > 0)
        .map(|severity| format!("{} {}", posture.count(*severity), severity.word()))
        .collect();
    if counts.is_empty() {
        "no findings".to_owned()
    } else {
        counts.join(", ")
    }
}
