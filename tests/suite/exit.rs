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
use plimsoll::report::exit::{Terms, exit_code};
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

#[test]
fn every_combination() {
    let mut tried = 0;
    for finding_at in Severity::ALL.map(Some).into_iter().chain([None]) {
        for (partial, open) in [(false, false), (true, true), (false, true)] {
            for failed in 0..=2_u32 {
                for fail_on in THRESHOLDS {
                    for strict in [false, true] {
                        for allow_partial in [false, true] {
                            for max_unreachable in 0..=2 {
                                // What the contract says, sentence by sentence.
                                let findings = finding_at.is_some_and(|at| {
                                    at != Severity::Info && fail_on.is_some_and(|least| at <= least)
                                });
                                let counted_partial = partial || (strict && open);
                                let incomplete =
                                    (counted_partial && !allow_partial) || failed > max_unreachable;
                                let wanted = u8::from(findings) + 3 * u8::from(incomplete);

                                let mut rows: Vec<_> =
                                    finding_at.map(finding).into_iter().collect();
                                if open {
                                    let class = if partial {
                                        GapClass::Permission
                                    } else {
                                        GapClass::Transport
                                    };
                                    let gap = Gap::new(class, "not read");
                                    rows.push(fleet::unknown("daemon-icc", Subject::daemon(), gap));
                                }
                                let state = if partial {
                                    HostState::Partial
                                } else {
                                    HostState::Assessed
                                };
                                let mut reports = vec![host(state, rows)];
                                reports.extend((0..failed).map(|_| dead()));
                                let terms = Terms {
                                    fail_on,
                                    strict,
                                    allow_partial,
                                    max_unreachable,
                                };
                                let got = exit_code(&summary(strict, reports, Vec::new()), terms);
                                assert_eq!(
                                    got, wanted,
                                    "finding {finding_at:?}, partial {partial}, open {open}, {failed} failed, {terms:?}"
                                );
                                tried += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(tried, 6 * 3 * 3 * 5 * 2 * 2 * 3);
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
