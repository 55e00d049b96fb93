//! A small fleet told as events, by hand and with a fixed clock: one host of every kind that an audience must show.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll::domain::event::{
    Asked, AskedKind, EngineLine, FleetEvent, HostReport, HostState, Requests,
};
use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::domain::gap::Gap;
use plimsoll::domain::host::{HostHeader, Mode, Transport};
use plimsoll::domain::outcome::{ControlResult, Outcome, Subject, SubjectKind};
use plimsoll::domain::posture::Posture;
use plimsoll::domain::severity::Severity;
use plimsoll::domain::waiver::WaiverNote;

use super::controls::CONTROLS;

/// 2026-11-23T16:40:00.123Z.
pub(crate) const START: i64 = 1_795_452_000_123;

pub(crate) fn severity(id: &str) -> Severity {
    CONTROLS
        .iter()
        .find(|control| control.id == id)
        .map_or(Severity::Info, |control| control.severity)
}

pub(crate) fn header(name: &str, group: &str, transport: Transport) -> HostHeader {
    HostHeader {
        name: name.into(),
        groups: vec![group.into()],
        labels: BTreeMap::from([("owner".to_owned(), "shop".to_owned())]),
        mode: if group == "prod" {
            Mode::Audit
        } else {
            Mode::Operator
        },
        profile: "recommended".into(),
        endpoint: match transport {
            Transport::Ssh => format!("ssh://ops@{name}:22"),
            Transport::Tls => format!("tcp://{name}:2376"),
            Transport::Local => "unix:///run/docker.sock".into(),
        },
        transport,
        jumps: Vec::new(),
    }
}

pub(crate) fn row(
    control: &'static str,
    subject: Subject,
    outcome: Outcome,
    observed: &str,
) -> ControlResult {
    ControlResult {
        id: format!("{:016x}", control.len() * 1000 + subject.id.len()),
        control,
        subject,
        outcome,
        severity: severity(control),
        observed: observed.into(),
        expected: String::new(),
        gap: None,
        waiver: None,
        caused_by: None,
        scored: true,
    }
}

pub(crate) fn fail(
    control: &'static str,
    subject: Subject,
    observed: &str,
    expected: &str,
) -> ControlResult {
    ControlResult {
        expected: expected.into(),
        ..row(control, subject, Outcome::Fail, observed)
    }
}

pub(crate) fn unknown(control: &'static str, subject: Subject, gap: Gap) -> ControlResult {
    ControlResult {
        gap: Some(gap),
        ..row(control, subject, Outcome::NotChecked, "")
    }
}

pub(crate) fn container(name: &str) -> Subject {
    Subject::new(SubjectKind::Container, name)
}

/// What a host with seven containers was asked.
fn asked() -> Vec<Asked> {
    let (command, request) = (AskedKind::Command, AskedKind::Request);
    [
        (command, "sudo -n sh -s", 1),
        (request, "GET /containers/json?all=1", 1),
        (request, "GET /containers/{id}/json", 7),
        (request, "GET /info", 1),
    ]
    .into_iter()
    .map(|(kind, what, count)| Asked {
        kind,
        what: what.into(),
        count,
    })
    .collect()
}

/// A host that was read; its posture follows from its rows.
pub(crate) fn read(
    header: &HostHeader,
    state: HostState,
    results: Vec<ControlResult>,
) -> HostReport {
    let posture = Posture::of(&results, severity);
    HostReport {
        header: header.clone(),
        state,
        error: None,
        machine_id: Some("keyed:52ab91".into()),
        key: Some("SHA256:Uw3zGdO6".into()),
        engine: Some(EngineLine {
            name: "docker".into(),
            version: "27.5.1".into(),
            api: "1.47".into(),
            rootless: false,
        }),
        os: Some("Debian GNU/Linux 12 (bookworm)".into()),
        kernel: Some("6.1.0".into()),
        read_at: START + 40,
        duration_ms: 412,
        requests: Requests {
            engine: 44,
            exec: 1,
            waves: 3,
            channels: 5,
        },
        asked: asked(),
        results,
        posture,
        compared: None,
        evidence: None,
    }
}

/// A host that could not be read.
pub(crate) fn dead(header: &HostHeader, error: Failure) -> HostReport {
    HostReport {
        error: Some(error),
        machine_id: None,
        key: None,
        engine: None,
        os: None,
        kernel: None,
        requests: Requests::default(),
        asked: Vec::new(),
        duration_ms: 10_004,
        ..read(header, HostState::Failed, Vec::new())
    }
}

fn privileged(name: &str) -> ControlResult {
    let (observed, expected) = ("privileged=true", "privileged=false");
    fail("run-privileged", container(name), observed, expected)
}

fn talking() -> ControlResult {
    let (observed, expected) = ("icc=true (default)", "icc=false");
    fail("daemon-icc", Subject::daemon(), observed, expected)
}

fn modern() -> ControlResult {
    let host = Subject::host();
    row("os-cgroup-v2", host, Outcome::Pass, "cgroup version 2")
}

/// Rows that do not count: one that follows from another, one of the moment, one that was waived.
fn uncounted() -> [ControlResult; 3] {
    let (observed, expected) = ("all capabilities", "none added");
    let mut caused = fail("run-caps-added", container("jenkins"), observed, expected);
    caused.caused_by = Some("run-privileged");
    caused.scored = false;
    let (observed, expected) = ("unhealthy since 3 checks", "healthy");
    let mut now = fail("ops-unhealthy", container("cron"), observed, expected);
    now.scored = false;
    let jenkins = container("jenkins");
    let mut waived = row("image-nonroot-user", jenkins, Outcome::Waived, "root");
    waived.waiver = Some(WaiverNote {
        owner: "platform team".into(),
        reason: "nested builds; moves to rootless in Q1".into(),
        expires: "2027-01-31".into(),
    });
    [caused, now, waived]
}

fn neglected(header: &HostHeader) -> HostReport {
    let mut rows = vec![
        modern(),
        row(
            "host-docker-group-trusted",
            Subject::host(),
            Outcome::Manual,
            "members: alice, bob; policy names nobody (docker_users)",
        ),
        privileged("jenkins"),
        privileged("runner"),
        row(
            "run-privileged",
            container("shop"),
            Outcome::Pass,
            "privileged=false",
        ),
        talking(),
        fail(
            "perm-docker-sock-mode",
            Subject::file("/run/docker.sock"),
            "0666",
            "0660 or narrower",
        ),
        row(
            "swarm-unneeded",
            Subject::daemon(),
            Outcome::NotApplicable,
            "swarm is not active",
        ),
    ];
    rows.extend(uncounted());
    read(header, HostState::Assessed, rows)
}

fn clean(header: &HostHeader) -> HostReport {
    read(
        header,
        HostState::Assessed,
        vec![
            modern(),
            row("daemon-icc", Subject::daemon(), Outcome::Pass, "icc=false"),
            row(
                "perm-docker-sock-mode",
                Subject::file("/run/docker.sock"),
                Outcome::Pass,
                "0660",
            ),
        ],
    )
}

fn partial(header: &HostHeader) -> HostReport {
    let refused = || {
        Gap::permission(
            "sudo -n was refused, and /run/docker.sock is in a folder that ops may not enter",
        )
    };
    HostReport {
        error: Some(Failure::new(
            FailureClass::SudoDenied,
            Stage::Probe,
            "sudo -n asks for a password",
            "allow ops to run the probe: plimsoll grant",
        )),
        duration_ms: 1_733,
        ..read(
            header,
            HostState::Partial,
            vec![
                modern(),
                privileged("jenkins"),
                talking(),
                unknown(
                    "perm-docker-sock-mode",
                    Subject::file("/run/docker.sock"),
                    refused(),
                ),
                unknown("host-docker-group-trusted", Subject::host(), refused()),
            ],
        )
    }
}

fn over_tls(header: &HostHeader) -> HostReport {
    let gap = || Gap::transport("files of the host cannot be read over TLS");
    let mut blocked = row(
        "run-caps-added",
        container("cache"),
        Outcome::Blocked,
        "run-privileged must be answered first",
    );
    blocked.scored = false;
    HostReport {
        machine_id: None,
        ..read(
            header,
            HostState::Assessed,
            vec![
                blocked,
                talking(),
                unknown(
                    "perm-docker-sock-mode",
                    Subject::file("/run/docker.sock"),
                    gap(),
                ),
                unknown("host-docker-group-trusted", Subject::host(), gap()),
            ],
        )
    }
}

/// The hosts: neglected, clean, partial, two that fail alike, one whose key changed, one over TLS.
pub(crate) fn headers() -> Vec<HostHeader> {
    vec![
        header("web-01", "prod", Transport::Ssh),
        header("web-02", "prod", Transport::Ssh),
        header("web-03", "prod", Transport::Ssh),
        header("edge-01", "edge", Transport::Ssh),
        header("edge-02", "edge", Transport::Ssh),
        header("db-01", "prod", Transport::Ssh),
        header("cache-01", "prod", Transport::Tls),
    ]
}

/// A whole sweep; hosts finish in another order than they are listed in.
pub(crate) fn events() -> Vec<FleetEvent> {
    let hosts = headers();
    let unreachable = || {
        let mut failure = Failure::new(
            FailureClass::Timeout,
            Stage::Tcp,
            "no answer within 10 s",
            "check the address and the firewall between",
        );
        failure.causes = vec!["connect: timed out".into()];
        failure
    };
    let changed = Failure::new(
        FailureClass::HostkeyChanged,
        Stage::Hostkey,
        "the host key is not the one in ~/.ssh/known_hosts:3",
        "find out why it changed; then remove that line",
    );
    let reports = [
        (1, clean(&hosts[1])),
        (0, neglected(&hosts[0])),
        (6, over_tls(&hosts[6])),
        (2, partial(&hosts[2])),
        (5, dead(&hosts[5], changed)),
        (3, dead(&hosts[3], unreachable())),
        (4, dead(&hosts[4], unreachable())),
    ];
    let mut events = vec![FleetEvent::Started {
        at: START,
        hosts: Arc::new(hosts),
    }];
    for host in 0..7 {
        events.push(FleetEvent::Entered {
            host,
            stage: Stage::Tcp,
            done: 0,
            total: 0,
        });
    }
    events.push(FleetEvent::Entered {
        host: 0,
        stage: Stage::Collect,
        done: 12,
        total: 44,
    });
    events.extend(reports.map(|(host, report)| FleetEvent::Finished {
        host,
        report: Arc::new(report),
    }));
    events.push(FleetEvent::Ended {
        at: START + 10_020,
        fleet: Arc::new(vec![fail(
            "ops-version-skew",
            Subject {
                kind: SubjectKind::Fleet,
                id: "fleet:prod".into(),
                name: "prod".into(),
            },
            "24.0.9 on 1 host, 27.5.1 on 3",
            "one version",
        )]),
        cancelled: false,
    });
    events
}
