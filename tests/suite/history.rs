//! The history: what it is told, what it tells, what it forgets, and files that are damaged, foreign or newer.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use plimsoll::domain::event::{FleetEvent, HostReport, HostState};
use plimsoll::domain::host::Transport;
use plimsoll::domain::outcome::{ControlResult, Outcome, Subject};
use plimsoll::domain::past::PastState;
use plimsoll::history::{Broken, History};
use serde_json::Value;

use crate::support::fleet::{self, container, fail, header, read, row};

const MINUTE: i64 = 60_000;

fn open(folder: &Path) -> History {
    History::open(&folder.join("history.sqlite")).unwrap()
}

fn finding(name: &str) -> ControlResult {
    let mut row = fail("run-privileged", container(name), "privileged=true", "");
    row.id = format!("id-of-{name}");
    row
}

fn passing(name: &str) -> ControlResult {
    ControlResult {
        outcome: Outcome::Pass,
        ..finding(name)
    }
}

fn host(results: Vec<ControlResult>) -> HostReport {
    let header = header("web-01", "prod", Transport::Ssh);
    read(&header, HostState::Assessed, results)
}

/// The sweep of minute `at` that read one host.
fn sweep(at: i64, report: HostReport) -> Vec<FleetEvent> {
    vec![
        FleetEvent::Started {
            at: at * MINUTE,
            hosts: Arc::new(vec![report.header.clone()]),
        },
        FleetEvent::Finished {
            host: 0,
            report: Arc::new(report),
        },
        FleetEvent::Ended {
            at: at * MINUTE,
            fleet: Arc::default(),
            cancelled: false,
        },
    ]
}

fn add(history: &mut History, at: i64, report: HostReport) {
    let id = format!("sweep-{at}");
    assert!(history.add(&id, "sha256:c", &sweep(at, report)).unwrap());
}

fn changes(history: &History) -> Vec<String> {
    let found = history.changes("*", 100).unwrap();
    let said = found.iter().rev().map(|one| {
        let word = |outcome: &Option<String>| outcome.clone().unwrap_or_else(|| "-".to_owned());
        let minute = one.finished / MINUTE;
        let (before, after) = (word(&one.before), word(&one.after));
        format!("{minute} {} {before} {after}", one.subject)
    });
    said.collect()
}

#[test]
fn a_mixed_fleet_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    assert!(history.add("one", "sha256:c", &fleet::events()).unwrap());
    assert!(!history.add("one", "sha256:c", &fleet::events()).unwrap());
    let sweeps = history.sweeps(10).unwrap();
    assert_eq!(sweeps.len(), 1);
    let one = &sweeps[0];
    assert_eq!(
        (one.hosts, one.assessed, one.partial, one.failed),
        (7, 3, 1, 3)
    );
    assert!(one.findings[0] > 0 && one.score.is_some());
    assert_eq!(history.visits("*", 100).unwrap().len(), 7);
    assert_eq!(history.visits("web-*", 100).unwrap().len(), 3);
    let open = history.findings("*", 100).unwrap();
    assert!(open.iter().all(|one| one.first_seen == one.changed));
    assert!(
        open.iter().any(|one| one.host.is_empty()),
        "fleet-wide rows too"
    );
    // Nothing is known of what was before the first sweep, so nothing changed.
    assert_eq!(changes(&history), Vec::<String>::new());
    assert_eq!(history.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_sweep_without_an_end_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    let mut events = fleet::events();
    events.pop();
    assert!(!history.add("cut", "sha256:c", &events).unwrap());
    assert_eq!(history.sweeps(10).unwrap(), []);
}

#[test]
fn a_finding_knows_since_when_and_when_it_changed_last() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    add(&mut history, 1, host(vec![passing("a"), finding("b")]));
    add(&mut history, 2, host(vec![finding("a"), finding("b")]));
    add(&mut history, 3, host(vec![passing("a"), finding("b")]));
    add(&mut history, 4, host(vec![finding("a")]));
    let open = history.findings("web-01", 100).unwrap();
    let times = open.iter().map(|one| {
        (
            one.subject.as_str(),
            one.first_seen / MINUTE,
            one.changed / MINUTE,
        )
    });
    assert_eq!(times.collect::<Vec<_>>(), [("container:a", 2, 4)]);
    assert_eq!(
        changes(&history),
        [
            "2 container:a pass fail",
            "3 container:a fail pass",
            "4 container:b fail -",
            "4 container:a pass fail",
        ]
    );
    // What comes back is known by the day on which it was seen first.
    add(&mut history, 5, host(vec![finding("a"), finding("b")]));
    let open = history.findings("*", 100).unwrap();
    let again = open
        .iter()
        .find(|one| one.subject == "container:b")
        .unwrap();
    assert_eq!((again.first_seen / MINUTE, again.changed / MINUTE), (1, 5));
}

#[test]
fn older_sweeps_other_profiles_and_unread_hosts_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    add(&mut history, 5, host(vec![finding("a")]));
    // Another process was faster.
    add(&mut history, 4, host(vec![passing("a")]));
    let mut dead = host(Vec::new());
    dead.state = HostState::Failed;
    add(&mut history, 6, dead);
    let mut other = host(vec![finding("a"), finding("b")]);
    other.header.profile = "all".into();
    add(&mut history, 7, other);
    assert_eq!(changes(&history), Vec::<String>::new());
    assert_eq!(history.findings("*", 9).unwrap().len(), 2);
    assert_eq!(history.visits("*", 9).unwrap().len(), 4);
}

#[test]
fn controls_learn_of_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    let rows = vec![
        finding("a"),
        row("os-cgroup-v2", Subject::host(), Outcome::Pass, ""),
    ];
    add(&mut history, 1, host(rows));
    for at in 2..70 {
        let mut dead = host(Vec::new());
        dead.state = HostState::Failed;
        add(&mut history, at, dead);
    }
    let mut header = header("web-01", "prod", Transport::Ssh);
    let past = history.past(&header).unwrap();
    assert_eq!(past.sweeps[0].state, PastState::Failed);
    assert_eq!(past.sweeps[0].finished, 69 * 60);
    // However long ago it was: the last complete sweep is always told.
    let last = past.sweeps.last().unwrap();
    assert_eq!((last.state, last.finished), (PastState::Assessed, 60));
    assert_eq!(past.rows.len(), 2, "rows of the newest sweep that read it");
    assert_eq!(past.containers, ["container:a"]);
    assert!(past.sweeps.iter().all(|sweep| sweep.same_profile));
    header.profile = "all".into();
    let past = history.past(&header).unwrap();
    assert!(past.sweeps.iter().all(|sweep| !sweep.same_profile));
    header.name = "elsewhere".into();
    assert_eq!(history.past(&header).unwrap().sweeps, []);
}

#[test]
fn what_is_old_is_forgotten_and_what_is_too_much() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    for at in 1..=40 {
        let many = (0..50).map(|n| match at % 2 {
            0 => passing(&format!("c{n}")),
            _ => finding(&format!("c{n}")),
        });
        add(&mut history, at, host(many.collect()));
    }
    history.prune(11 * MINUTE, u64::MAX).unwrap();
    let left = history.sweeps(100).unwrap();
    assert_eq!(
        (left.len(), left.last().unwrap().finished),
        (30, 11 * MINUTE)
    );
    let oldest = history.changes("*", u32::MAX).unwrap();
    assert!(oldest.iter().all(|one| one.finished >= 11 * MINUTE));
    let before = history.bytes().unwrap();
    history.prune(0, before - 4096).unwrap();
    assert!(history.bytes().unwrap() <= before - 4096);
    let left = history.sweeps(100).unwrap();
    assert!(!left.is_empty() && left.len() < 30, "{}", left.len());
    assert_eq!(left[0].finished, 40 * MINUTE, "the newest stay");
    assert_eq!(
        history
            .past(&header("web-01", "prod", Transport::Ssh))
            .unwrap()
            .rows
            .len(),
        50
    );
    assert_eq!(history.check().unwrap(), Vec::<String>::new());
}

#[test]
fn tables_of_a_newer_program_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let path = folder.path().join("history.sqlite");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    assert!(matches!(History::open(&path), Err(Broken::Newer(99))));
    fs::write(
        &path,
        "no database at all, and longer than a header would be".repeat(40),
    )
    .unwrap();
    assert!(matches!(History::open(&path), Err(Broken::Damaged(_))));
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .env_clear()
        .env("HOME", folder)
        .env("PLIMSOLL_STATE", folder.join("state"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .args(arguments)
        .output()
        .unwrap()
}

fn history(folder: &Path, more: &[&str]) -> Value {
    let mut arguments = vec!["history", "--demo", "--format", "json"];
    arguments.extend(more);
    let output = run(folder, &arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {said}"))
}

#[test]
fn a_damaged_history_is_made_again_from_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sweep = ["demo", "--sweep", "--hosts", "1", "--progress", "json"];
    let first = run(folder, &sweep);
    let said = String::from_utf8(first.stderr).unwrap();
    let saved: Value =
        serde_json::from_str(said.lines().rfind(|line| line.starts_with('{')).unwrap()).unwrap();
    assert_eq!(saved["event"], "saved", "{said}");
    let path = folder.join("state/demo/history.sqlite");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let told = history(folder, &[]);
    assert_eq!(told["schema"], "plimsoll.history/1");
    assert_eq!(told["sweeps"][0]["id"], saved["id"]);
    fs::write(&path, "this was a database once; now it is not".repeat(60)).unwrap();
    run(folder, &sweep);
    assert_eq!(history(folder, &[])["sweeps"].as_array().unwrap().len(), 2);
    assert!(folder.join("state/demo/history.sqlite.1.damaged").exists());
    run(folder, &["history", "--demo", "--rebuild"]);
    assert_eq!(history(folder, &[])["sweeps"].as_array().unwrap().len(), 2);
    assert!(folder.join("state/demo/history.sqlite.2.damaged").exists());
    assert_eq!(
        history(folder, &["--check"])["wrong"],
        serde_json::json!([])
    );
    let findings = history(folder, &["--findings"]);
    assert!(!findings["findings"].as_array().unwrap().is_empty());
    let text = run(folder, &["history", "--demo", "*"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn a_record_that_cannot_be_read_is_told_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(folder, &["demo", "--sweep", "--hosts", "1"]);
    let records = folder.join("state/demo/records");
    fs::write(records.join("20200101T000000Z-abcd.ndjson.gz"), "broken").unwrap();
    let output = run(folder, &["history", "--demo", "--check"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("20200101T000000Z-abcd"), "{said}");
}

#[test]
fn where_there_is_nothing_to_tell_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (more, said) in [
        (&[][..], "no sweep of this was saved yet"),
        (&["--findings"], "no sweep of this was saved yet"),
        (&["--changes"], "nothing has changed"),
        (&["--check"], "the history is whole"),
    ] {
        let output = run(folder.path(), &[&["history", "--demo"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{more:?}");
        assert!(output.stdout.is_empty(), "{more:?}");
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains(said), "{more:?}: {err}");
    }
}
