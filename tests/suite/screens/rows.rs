//! Rows, hosts and reports in a few words.

use std::collections::BTreeMap;

use plimsoll::domain::event::{EngineLine, HostReport, HostState, Requests};
use plimsoll::domain::gap::{Gap, GapClass};
use plimsoll::domain::host::{HostHeader, Mode, Transport};
use plimsoll::domain::outcome::{ControlResult, Outcome, Subject, SubjectKind};
use plimsoll::domain::posture::Posture;
use plimsoll::domain::severity::Severity;

use super::catalogue::lookup;

/// The time at which the dashboard is looked at: 2026-11-23 12:04:31 UTC.
pub(super) const NOW: i64 = 1_795_435_471_000;

/// One row.
pub(super) fn row(
    control: &'static str,
    subject: Subject,
    outcome: Outcome,
    said: &str,
) -> ControlResult {
    ControlResult {
        id: format!("{:0>16}", control.len() * 7919 + subject.id.len()),
        control,
        severity: lookup(control).map_or(Severity::Low, |control| control.severity),
        subject,
        outcome,
        observed: said.to_owned(),
        expected: String::new(),
        gap: None,
        waiver: None,
        caused_by: None,
        scored: true,
    }
}

/// A finding.
pub(super) fn fail(
    control: &'static str,
    subject: Subject,
    said: &str,
    wanted: &str,
) -> ControlResult {
    ControlResult {
        expected: wanted.to_owned(),
        ..row(control, subject, Outcome::Fail, said)
    }
}

/// A row without an answer.
pub(super) fn unknown(
    control: &'static str,
    subject: Subject,
    class: GapClass,
    why: &str,
) -> ControlResult {
    ControlResult {
        gap: Some(Gap::new(class, why)),
        ..row(control, subject, Outcome::NotChecked, "")
    }
}

/// A container as a subject.
pub(super) fn container(name: &str) -> Subject {
    Subject::new(SubjectKind::Container, name)
}

/// So many rows that passed.
pub(super) fn passes(count: usize) -> Vec<ControlResult> {
    (0..count)
        .map(|index| {
            row(
                "daemon-log-level",
                Subject::file(&format!("/passed/{index:02}")),
                Outcome::Pass,
                "info",
            )
        })
        .collect()
}

/// A host as declared.
pub(super) fn header(name: &str, groups: &[&str], transport: Transport) -> HostHeader {
    let address = match transport {
        Transport::Ssh => format!("ssh://ops@{name}:22"),
        Transport::Tls => format!("tcp://{name}:2376"),
        Transport::Local => "unix:///var/run/docker.sock".into(),
    };
    HostHeader {
        name: name.into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        labels: BTreeMap::new(),
        mode: Mode::Operator,
        profile: "recommended".into(),
        endpoint: address,
        transport,
        jumps: Vec::new(),
    }
}

/// What came out of a host that was read.
pub(super) fn report(
    header: &HostHeader,
    state: HostState,
    results: Vec<ControlResult>,
) -> HostReport {
    let weight = |id: &str| lookup(id).map_or(Severity::Low, |control| control.severity);
    HostReport {
        posture: Posture::of(&results, weight),
        header: header.clone(),
        state,
        error: None,
        machine_id: None,
        key: Some("SHA256:9fQkT3l0pYw7ZrV1cN8uXb2eHs5gAd6iJm4oKx0vLtE".into()),
        engine: Some(EngineLine {
            name: "docker".into(),
            version: "27.5.1".into(),
            api: "1.47".into(),
            rootless: false,
        }),
        os: Some("Debian GNU/Linux 12 (bookworm)".into()),
        kernel: Some("6.1.0-28-amd64".into()),
        read_at: NOW - 2_000,
        duration_ms: 412,
        requests: Requests {
            engine: 44,
            exec: 1,
            waves: 3,
            channels: 5,
        },
        asked: Vec::new(),
        results,
        compared: None,
        evidence: None,
    }
}
