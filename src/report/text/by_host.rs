//! The report host by host, worst first.

use std::collections::BTreeSet;

use super::page::{Page, count, join};
use super::rows::{consequences, gaps, gathered, named, subject};
use super::{Ended, HostReport, HostState};
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::severity::Severity;
use crate::report::style;

/// Columns of the mark and the severity's word in front of a finding.
pub(super) const HEAD: usize = 10;
/// Gaps told in full where nobody asked for more.
const GAPS: usize = 4;

impl Ended<'_> {
    pub(super) fn by_host(&self, page: &mut Page<'_>) {
        for host in self.worst_first() {
            if let Some(rows) = self.shown(host) {
                self.host(page, host, &rows);
            }
        }
        self.between_hosts(page);
    }

    /// What only several hosts together show.
    pub(super) fn between_hosts(&self, page: &mut Page<'_>) {
        let fleet: Vec<&ControlResult> = self.fleet.iter().collect();
        if fleet.iter().any(|row| told(row)) {
            page.gap();
            page.heading("fleet", "what only several hosts together show");
            self.findings(page, &fleet);
        }
    }

    /// One host: its line, then everything of `rows` that a person should see.
    pub(super) fn host(&self, page: &mut Page<'_>, host: &HostReport, rows: &[&ControlResult]) {
        page.gap();
        page.heading(&host.header.name, &self.host_line(host));
        if let (HostState::Partial, Some(error)) = (self.setting.state(host), &host.error) {
            page.beside(
                "  ?  partly  ",
                13,
                &format!(
                    "{} at {}: {}",
                    error.class.word(),
                    error.stage.word(),
                    error.message
                ),
                page.style.palette.unknown,
            );
            page.text(13, &error.hint);
        }
        self.findings(page, rows);
        if !rows.iter().any(|row| told(row)) {
            let (mark, text) = emptiness(rows);
            page.beside(mark, 5, &text, page.style.palette.good);
        }
    }

    /// Score, coverage, engine, system and way in one line.
    pub(super) fn host_line(&self, host: &HostReport) -> String {
        let state = match self.setting.state(host) {
            HostState::Assessed => String::new(),
            state => state.word().to_owned(),
        };
        let engine = (host.engine.as_ref()).map_or_else(String::new, |engine| {
            let rootless = if engine.rootless { " rootless" } else { "" };
            format!("{} {}{rootless}", engine.name, engine.version)
        });
        let found = match host.posture.worst() {
            Some(_) => super::counts(&host.posture),
            None => String::new(),
        };
        join(
            &[
                state,
                found,
                score(host.posture.score, host.posture.coverage),
                engine,
                host.os.clone().unwrap_or_default(),
                host.header.endpoint.clone(),
            ],
            ", ",
        )
    }

    /// Everything of `rows` that a person should see.
    pub(super) fn findings(&self, page: &mut Page<'_>, rows: &[&ControlResult]) {
        let told: Vec<_> = gathered(rows, Outcome::Fail).into_iter().collect();
        for one in
            told.chunk_by(|(a, _), (b, _)| (a.severity, a.control) == (b.severity, b.control))
        {
            let Some((first, _)) = one.first() else {
                continue;
            };
            self.finding_head(page, first.severity, first.control, "");
            // What is wanted is mostly the same for all subjects, and then said once.
            let alike = one.iter().all(|(told, _)| told.expected == first.expected);
            let once = alike && one.len() > 1;
            for (told, same) in one {
                let expected = if once { "" } else { told.expected };
                page.text(
                    HEAD,
                    &sentence(&self.subjects(same), told.observed, expected),
                );
            }
            if once && !first.expected.is_empty() {
                page.text(HEAD, &format!("wanted: {}", first.expected));
            }
        }
        for (cause, (rows, controls)) in consequences(rows) {
            let rows = count(rows, "row");
            let text = format!("following from {cause}: {} ({rows})", controls.join(", "));
            page.faint(HEAD, &text);
        }
        self.open_rows(page, rows);
        if self.layout.detail >= 2 {
            for row in rows.iter().filter(|row| row.outcome == Outcome::Pass) {
                let text = format!(
                    "{}: {}: {}",
                    row.control,
                    self.subjects(&[row]),
                    row.observed
                );
                page.beside("  +  PASS  ", 11, &text, page.style.palette.good);
            }
        }
    }

    /// The subjects of equal rows, each once, those of one kind together: `containers web, db`.
    fn subjects(&self, rows: &[&ControlResult]) -> String {
        let subjects: BTreeSet<_> = rows.iter().map(|row| subject(row)).collect();
        named(&subjects, self.names())
    }

    /// The line that names a control: mark, severity, id, title.
    pub(super) fn finding_head(
        &self,
        page: &mut Page<'_>,
        severity: Severity,
        control: &'static str,
        extra: &str,
    ) {
        let known = self.setting.catalogue.get(control);
        let title = known.map_or("", |control| control.title);
        let momentary = known.is_some_and(|control| control.momentary);
        let note = if momentary { " (now)" } else { "" };
        let word = format!(
            "  {:<2} {:<4} ",
            style::mark(severity),
            style::word(severity)
        );
        let palette = page.style.palette;
        let head = palette.paint(palette.severity(severity), &word);
        page.beside(
            &head,
            HEAD,
            &format!("{control}{note}: {title}{extra}"),
            palette.strong,
        );
    }

    /// Manual, blocked, waived and unchecked rows.
    fn open_rows(&self, page: &mut Page<'_>, rows: &[&ControlResult]) {
        let palette = page.style.palette;
        for (told, same) in gathered(rows, Outcome::Manual) {
            let text = format!(
                "{}: {}: {}",
                told.control,
                self.subjects(&same),
                told.observed
            );
            page.beside("  m  MAN  ", HEAD, &text, "");
        }
        for (told, same) in gathered(rows, Outcome::Blocked) {
            let text = format!("{}: {}", told.control, told.observed);
            let text = if same.len() > 1 {
                format!("{text} ({})", count(same.len(), "row"))
            } else {
                text
            };
            page.beside("  b  BLKD ", HEAD, &text, palette.faint);
        }
        for row in rows.iter().filter(|row| row.outcome == Outcome::Waived) {
            let by = (row.waiver.as_ref()).map_or_else(String::new, |waiver| {
                format!(
                    ", {} until {}: {}",
                    waiver.owner, waiver.expires, waiver.reason
                )
            });
            let text = format!("{}: {}{by}", row.control, self.subjects(&[row]));
            page.beside("  w  WAIV ", HEAD, &text, palette.faint);
        }
        let gaps = gaps(rows);
        let most = if self.layout.detail == 0 {
            GAPS
        } else {
            usize::MAX
        };
        for ((class, message), rows) in gaps.iter().take(most) {
            let text = format!(
                "{} not checked, {}: {message}",
                count(*rows, "row"),
                class.word()
            );
            page.beside("  ?  UNK  ", HEAD, &text, palette.unknown);
        }
        if gaps.len() > most {
            let rest: usize = gaps.iter().skip(most).map(|(_, rows)| rows).sum();
            let text = format!("{} more not checked, told with -v", count(rest, "row"));
            page.beside("  ?  UNK  ", HEAD, &text, palette.unknown);
        }
    }
}

/// Whether a row is told at all.
fn told(row: &ControlResult) -> bool {
    !matches!(row.outcome, Outcome::Pass | Outcome::NotApplicable)
}

/// Why nothing is told of a host: an absence of findings is not the same as one of judgements.
fn emptiness(rows: &[&ControlResult]) -> (&'static str, String) {
    let passes = (rows.iter()).filter(|row| row.outcome == Outcome::Pass);
    match passes.count() {
        0 => ("  -  ", "nothing was judged".to_owned()),
        passes => (
            "  +  ",
            format!("no findings: {} passed", count(passes, "row")),
        ),
    }
}

/// `score 71, coverage 94%`: never one without the other.
pub(super) fn score(score: Option<u8>, coverage: Option<f64>) -> String {
    let score = score.map_or_else(|| "-".to_owned(), |score| score.to_string());
    let coverage = coverage.map_or_else(
        || "-".to_owned(),
        // Rounded down: less than all never reads as all.
        |coverage| format!("{}%", (coverage * 100.0 + 1e-9).floor()),
    );
    format!("score {score}, coverage {coverage}")
}

/// `web: user=root; wanted: not root`.
pub(super) fn sentence(subjects: &str, observed: &str, expected: &str) -> String {
    if expected.is_empty() {
        format!("{subjects}: {observed}")
    } else {
        format!("{subjects}: {observed}; wanted: {expected}")
    }
}
