//! The exit code of a sweep: every combination, against the contract's sentences written as they stand there.

use std::sync::Arc;

use plimsoll::domain::event::{FleetEvent, HostReport, HostState};
use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::domain::gap::{Gap, GapClass};
use plimsoll::domain::host::Transport;
use plimsoll::domain::outcome::{ControlResult, Outcome, Subject};
use plimsoll::domain::severity::Severity;
use plimsoll::report::Setting;
use plimsoll::report::catalogue::Catalogue;
use plimsoll::report::exit::{Terms, exit_code, reason};
use plimsoll::report::scope::Scope;
use plimsoll::report::summary::Summary;

use crate::support::controls::CONTROLS;
use crate::support::fleet::{self, START};

const THRESHOLDS: [Option<Severity>; 5] = [
    Some(Severity::Critical),
    Some(Severity::High),
    Some(Severity::Medium),
    Some(Severity::Low),
    None,
];

fn summary(strict: bool, reports: Vec<HostReport>, fleet: Vec<ControlResult>) -> Summary {
    let setting = Setting {
        version: "0.1.0",
        catalogue: Catalogue::new(CONTROLS),
        scope: Scope::default(),
        strict,
        baseline: None,
    };
    let mut summary = Summary::default();
    summary.hear(
        &setting,
        &FleetEvent::Started {
            at: START,
            hosts: Arc::new(reports.iter().map(|report| report.header.clone()).collect()),
        },
    );
    for (host, report) in reports.into_iter().enumerate() {
        let report = Arc::new(report);
        summary.hear(&setting, &FleetEvent::Finished { host, report });
    }
    summary.hear(
        &setting,
        &FleetEvent::Ended {
            at: START,
            fleet: Arc::new(fleet),
            cancelled: false,
        },
    );
    summary
}

fn finding(severity: Severity) -> ControlResult {
    let mut row = fleet::fail("run-privileged", Subject::daemon(), "is", "should");
    row.severity = severity;
    row
}

/// A host with `rows`, and one row that passes.
fn host(state: HostState, rows: Vec<ControlResult>) -> HostReport {
    let pass = fleet::row("os-cgroup-v2", Subject::host(), Outcome::Pass, "2");
    let rows = rows.into_iter().chain([pass]).collect();
    fleet::read(
        &fleet::header("web-01", "prod", Transport::Ssh),
        state,
        rows,
    )
}

fn dead() -> HostReport {
    let error = Failure::new(FailureClass::Timeout, Stage::Tcp, "no answer", "look");
    fleet::dead(&fleet::header("dead", "prod", Transport::Ssh), error)
}

/// A fleet with at most one finding, one gap and some dead hosts.
#[derive(Debug, Clone, Copy)]
struct Shape {
    finding: Option<Severity>,
    gap: Option<GapClass>,
    failed: u32,
}

impl Shape {
    fn all() -> Vec<Self> {
        let mut shapes = Vec::new();
        for finding in Severity::ALL.map(Some).into_iter().chain([None]) {
            for gap in [None, Some(GapClass::Permission), Some(GapClass::Transport)] {
                shapes.extend((0..=2).map(|failed| Self {
                    finding,
                    gap,
                    failed,
                }));
            }
        }
        shapes
    }

    fn summary(self, strict: bool) -> Summary {
        let gap = self.gap.map(|class| {
            let gap = Gap::new(class, "not read");
            fleet::unknown("daemon-icc", Subject::daemon(), gap)
        });
        let rows = self.finding.map(finding).into_iter().chain(gap).collect();
        let state = match self.gap {
            Some(class) if class.makes_partial() => HostState::Partial,
            _ => HostState::Assessed,
        };
        let mut reports = vec![host(state, rows)];
        reports.extend((0..self.failed).map(|_| dead()));
        summary(strict, reports, Vec::new())
    }

    /// What the contract says, sentence by sentence.
    fn wanted(self, terms: Terms) -> u8 {
        let findings = match (self.finding, terms.fail_on) {
            (Some(Severity::Info) | None, _) | (_, None) => false,
            (Some(is), Some(least)) => is <= least,
        };
        let partial = match self.gap {
            None => false,
            Some(GapClass::Permission) => true,
            Some(_) => terms.strict,
        };
        let incomplete = (partial && !terms.allow_partial) || self.failed > terms.max_unreachable;
        match (findings, incomplete) {
            (false, false) => 0,
            (true, false) => 1,
            (false, true) => 3,
            (true, true) => 4,
        }
    }
}

fn all_terms() -> Vec<Terms> {
    let mut all = Vec::new();
    for fail_on in THRESHOLDS {
        for strict in [false, true] {
            for allow_partial in [false, true] {
                all.extend((0..=2).map(|max_unreachable| Terms {
                    fail_on,
                    strict,
                    allow_partial,
                    max_unreachable,
                }));
            }
        }
    }
    all
}

#[test]
fn every_combination() {
    let (shapes, terms) = (Shape::all(), all_terms());
    assert_eq!((shapes.len(), terms.len()), (6 * 3 * 3, 5 * 2 * 2 * 3));
    for shape in shapes {
        for &terms in &terms {
            let summary = shape.summary(terms.strict);
            let code = exit_code(&summary, terms);
            assert_eq!(code, shape.wanted(terms), "{shape:?}, {terms:?}");
            let said = reason(&summary, terms).unwrap_or_default();
            let named = said.starts_with(&format!("exit code {code}: "));
            assert_eq!((named, said.is_empty()), (code != 0, code == 0), "{said}");
        }
    }
}

#[test]
fn the_reason_names_findings_and_hosts() {
    let said = |finding, failed, fail_on| {
        let gap = None;
        let shape = Shape {
            finding,
            gap,
            failed,
        };
        let terms = Terms {
            fail_on,
            ..Terms::default()
        };
        reason(&shape.summary(false), terms).unwrap()
    };
    assert_eq!(
        said(Some(Severity::High), 0, Some(Severity::Medium)),
        "exit code 1: 1 finding of severity medium or worse"
    );
    assert_eq!(
        said(Some(Severity::Critical), 2, Some(Severity::Critical)),
        "exit code 4: 1 finding of severity critical; 2 of 3 hosts not fully assessed"
    );
    assert_eq!(
        said(Some(Severity::High), 1, None),
        "exit code 3: 1 of 2 hosts not fully assessed"
    );
}

/// The code for one fully assessed host with `row`, failing on anything at all.
fn code_of(row: ControlResult) -> u8 {
    let terms = Terms {
        fail_on: Some(Severity::Low),
        ..Terms::default()
    };
    exit_code(
        &summary(
            false,
            vec![host(HostState::Assessed, vec![row])],
            Vec::new(),
        ),
        terms,
    )
}

#[test]
fn only_findings_that_count_fail_a_sweep() {
    assert_eq!(code_of(finding(Severity::Critical)), 1);

    let mut caused = finding(Severity::Critical);
    caused.caused_by = Some("daemon-icc");
    assert_eq!(code_of(caused), 0, "what follows from another row");

    let mut momentary = finding(Severity::Critical);
    momentary.control = "ops-unhealthy";
    momentary.scored = false;
    assert_eq!(code_of(momentary), 0, "a momentary state");

    let mut stopped = finding(Severity::Low);
    stopped.scored = false;
    assert_eq!(
        code_of(stopped),
        1,
        "a stopped container is judged, only not scored"
    );

    for outcome in Outcome::ALL {
        let mut row = finding(Severity::Critical);
        row.outcome = outcome;
        let wanted = u8::from(outcome == Outcome::Fail);
        assert_eq!(code_of(row), wanted, "{outcome:?}");
    }
}

#[test]
fn controls_that_compare_hosts_count_too() {
    let reports = || vec![host(HostState::Assessed, Vec::new())];
    let failing = summary(false, reports(), vec![finding(Severity::High)]);
    assert_eq!(exit_code(&failing, Terms::default()), 1);
    let gap = || {
        fleet::unknown(
            "ops-version-skew",
            Subject::host(),
            Gap::no_data("one host only"),
        )
    };
    let open = summary(false, reports(), vec![gap()]);
    assert_eq!(exit_code(&open, Terms::default()), 0);
    let strict = Terms {
        strict: true,
        ..Terms::default()
    };
    assert_eq!(exit_code(&summary(true, reports(), vec![gap()]), strict), 3);
}
