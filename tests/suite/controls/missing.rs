//! Missing evidence: it never passes, whatever else is known.

use std::collections::BTreeMap;

use plimsoll::assess::state_of;
use plimsoll::controls;
use plimsoll::domain::control::Rule;
use plimsoll::domain::event::HostState;
use plimsoll::domain::evidence::HostEvidence;
use plimsoll::domain::evidence::host::HostFacts;
use plimsoll::domain::gap::Gap;
use plimsoll::domain::outcome::Outcome;

use super::case::Case;
use super::cases::files;
use super::judging::{assert_complete, on};

#[test]
fn nothing_read_is_nothing_passed() {
    let nothing = Case {
        missing: vec!["engine".into(), "host".into(), "past".into()],
        ..Case::default()
    };
    let rows = nothing.judge();
    assert_complete(&rows);
    for row in rows {
        let excused = [
            // An operator's account needs these rights, whatever it is.
            "host-auditor-account",
            // Obsolete, whatever the host says.
            "image-content-trust-legacy",
            // Says how much is missing, which is all of it.
            "ops-evidence-complete",
        ];
        assert!(
            row.outcome == Outcome::NotChecked || excused.contains(&row.control),
            "{} says {} of nothing: {}",
            row.control,
            row.outcome.word(),
            row.observed
        );
    }
}

/// Cases whose failing evidence is taken away piece by piece.
fn bad() -> impl Iterator<Item = (String, Case)> {
    files()
        .into_iter()
        .flat_map(|(id, file)| file.case.into_iter().map(move |case| (id.clone(), case)))
        .filter(|(id, case)| {
            let compares =
                controls::by_id(id).is_none_or(|control| matches!(control.rule, Rule::Fleet(_)));
            matches!(case.outcome.as_str(), "fail" | "manual") && !compares
        })
}

/// Controls whose question two sources answer, the better one first: cases in which they contradict each other fall
/// back on the other one, as they should.
const WITNESSES: &[&str] = &[
    "daemon-log-rotation",
    "daemon-no-new-privileges",
    "daemon-tls-verify",
    "host-api-listener",
    "host-data-root-external",
    "host-docker-cve",
    "host-kernel-feature-floor",
    "host-kernel-supported",
    "os-mac-enabled",
    "os-supported-platform",
    "run-caps-critical",
    "run-docker-socket-mounted",
    "run-no-new-privileges",
    "run-nonroot-effective",
    "run-seccomp",
];

/// Takes one piece of evidence away.
type Take = fn(&mut HostEvidence, Gap);

const PIECES: &[(&str, Take)] = &[
    ("version", |e, gap| e.engine.version = Err(gap)),
    ("info", |e, gap| e.engine.info = Err(gap)),
    ("containers", |e, gap| e.engine.containers = Err(gap)),
    ("inspects", |e, gap| {
        for container in e.engine.containers.iter_mut().flatten() {
            container.detail = Err(gap.clone());
        }
    }),
    ("processes listed", |e, gap| {
        for container in e.engine.containers.iter_mut().flatten() {
            container.processes = Err(gap.clone());
        }
    }),
    ("images", |e, gap| e.engine.images = Err(gap)),
    ("image inspects", |e, gap| {
        for image in e.engine.images.iter_mut().flatten() {
            image.detail = Err(gap.clone());
        }
    }),
    ("histories", |e, gap| {
        for image in e.engine.images.iter_mut().flatten() {
            image.history = Err(gap.clone());
        }
    }),
    ("networks", |e, gap| e.engine.networks = Err(gap)),
    ("volumes", |e, gap| e.engine.volumes = Err(gap)),
    ("plugins", |e, gap| e.engine.plugins = Err(gap)),
    ("swarm", |e, gap| e.engine.swarm = Err(gap)),
    ("nodes", |e, gap| e.engine.nodes = Err(gap)),
    ("services", |e, gap| e.engine.services = Err(gap)),
    ("configs", |e, gap| e.engine.configs = Err(gap)),
    ("host", |e, gap| e.host = HostFacts::missing(&gap)),
    ("os", |e, gap| e.host.os = Err(gap)),
    ("kernel", |e, gap| e.host.kernel = Err(gap)),
    ("reader", |e, gap| e.host.reader = Err(gap)),
    ("discovery", |e, gap| e.host.found = Err(gap)),
    ("daemon.json", |e, gap| {
        if let Ok(found) = &mut e.host.found {
            found.config = None;
            found.config_gap = Some(gap.clone());
        }
    }),
    ("files", |e, gap| {
        for file in e.host.files.values_mut() {
            *file = Err(gap.clone());
        }
    }),
    ("accounts", |e, gap| e.host.accounts = Err(gap)),
    ("audit", |e, gap| e.host.audit = Err(gap)),
    ("audit rules", |e, gap| {
        if let Ok(audit) = &mut e.host.audit {
            audit.rules = Err(gap.clone());
        }
    }),
    ("file systems", |e, gap| e.host.filesystems = Err(gap)),
    ("sysctls", |e, gap| e.host.sysctls = Err(gap)),
    ("listeners", |e, gap| e.host.listeners = Err(gap)),
    ("processes", |e, _| e.host.processes.clear()),
    ("mac", |e, gap| e.host.mac = Err(gap)),
    ("units", |e, gap| e.host.units = Err(gap)),
    ("reboot", |e, gap| e.host.reboot_required = Err(gap)),
];

#[test]
fn taking_evidence_away_never_makes_a_finding_pass() {
    let mut wrong = Vec::new();
    for (id, case) in bad() {
        if WITNESSES.contains(&id.as_str()) {
            continue;
        }
        let control = controls::by_id(&id).unwrap();
        let passing = |evidence: &HostEvidence| -> BTreeMap<String, String> {
            case.judge_one(control, evidence)
                .into_iter()
                .filter(|row| row.outcome == Outcome::Pass)
                .map(|row| (row.id, format!("{} {}", row.subject.id, row.observed)))
                .collect()
        };
        let whole = case.evidence();
        let before = passing(&whole);
        for (piece, take) in PIECES {
            let mut less = whole.clone();
            take(&mut less, Gap::permission("taken away"));
            let mut passes = passing(&less);
            passes.retain(|id, _| !before.contains_key(id));
            for row in passes.into_values() {
                wrong.push(format!("{id}, {}, without {piece}: {row}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn host_rows_are_not_checked_over_tls_and_do_not_make_the_host_partial() {
    let rows = on("tls").judge();
    assert_eq!(state_of(&rows), HostState::Assessed);
    for id in [
        "perm-etc-docker-mode",
        "perm-docker-sock-mode",
        "host-auditd-active",
        "daemon-config-valid",
    ] {
        let row = rows.iter().find(|row| row.control == id).unwrap();
        assert_eq!(row.gap.as_ref().unwrap().class.word(), "transport", "{id}");
    }
    let refused = Case {
        missing: vec!["host.audit".into()],
        ..Case::default()
    };
    assert_eq!(state_of(&refused.judge()), HostState::Partial);
}
