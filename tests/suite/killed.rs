//! Sweeps that are killed at any moment: what was reported as saved is there, and nothing is half there.
//!
//! `PLIMSOLL_KILLS=200` kills two hundred of them, two at a time.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command
        .env_clear()
        .env("HOME", folder)
        .env("PLIMSOLL_STATE", folder.join("state"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// A sweep that tells what it does.
fn begin(folder: &Path) -> Child {
    let arguments = ["demo", "--sweep", "--hosts", "2", "--progress", "json"];
    program(folder, &arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Follows a sweep for so many of its messages and kills it; the record that it said to be saved by then.
fn killed_after(mut sweep: Child, messages: u64) -> Option<String> {
    let mut saved = None;
    let mut said = BufReader::new(sweep.stderr.take().unwrap()).lines();
    for _ in 0..messages {
        let Some(Ok(line)) = said.next() else { break };
        let Ok(event) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        if event["event"] == "saved" {
            saved = Some(event["id"].as_str().unwrap().to_owned());
        }
    }
    // It may have ended by itself.
    let _ended = sweep.kill();
    sweep.wait().unwrap();
    saved
}

fn asked(folder: &Path, arguments: &[&str]) -> Value {
    let output = program(folder, arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {said}"))
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_reported_as_saved() {
    let kills: u64 = std::env::var("PLIMSOLL_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(24);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // How many messages a sweep has, so that a kill can come at any of them, and in the saving behind the last.
    let whole = program(
        folder,
        &["demo", "--sweep", "--hosts", "2", "--progress", "json"],
    )
    .output()
    .unwrap();
    let messages = String::from_utf8(whole.stderr).unwrap().lines().count() as u64;
    let random = RandomState::new();
    let mut reported = BTreeSet::new();
    for number in 0..kills / 2 {
        // Two at once, and more often than not in the end, where it is written.
        let moment = |which: u64| {
            let random = random.hash_one((number, which));
            match random % 2 {
                0 => random / 2 % (messages + 1),
                _ => messages.saturating_sub(random / 2 % 4),
            }
        };
        let (one, other) = (begin(folder), begin(folder));
        reported.extend(killed_after(one, moment(0)));
        reported.extend(killed_after(other, moment(1)));
    }
    let check = asked(
        folder,
        &["history", "--demo", "--check", "--format", "json"],
    );
    assert_eq!(check["wrong"], serde_json::json!([]));
    let told = asked(
        folder,
        &["history", "--demo", "--last", "100000", "--format", "json"],
    );
    let listed: BTreeSet<String> = (told["sweeps"].as_array().unwrap().iter())
        .map(|sweep| sweep["id"].as_str().unwrap().to_owned())
        .collect();
    let records: BTreeSet<String> = std::fs::read_dir(folder.join("state/demo/records"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.contains(".part.") && name != "lock")
        .map(|name| name.strip_suffix(".ndjson.gz").unwrap().to_owned())
        .collect();
    let lost: Vec<_> = reported.difference(&records).collect();
    assert!(lost.is_empty(), "reported as saved, but gone: {lost:?}");
    // A record whose sweep was killed before the history heard of it was caught up with.
    let missing: Vec<_> = records.difference(&listed).collect();
    assert!(missing.is_empty(), "not in the history: {missing:?}");
    assert_eq!(listed, records, "nothing is listed that cannot be opened");
}

/// The lines of a sweep's progress that tell of hosts being read, by host.
fn hosts_read(progress: &str) -> BTreeSet<String> {
    progress
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|event| event["event"] == "stage")
        .map(|event| event["host"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_sweep_that_was_killed_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sweep = [
        "demo",
        "--sweep",
        "--hosts",
        "5",
        "--jobs",
        "1",
        "--format",
        "json",
        "--progress",
        "json",
    ];
    let nothing = program(folder, &sweep).arg("--resume").output().unwrap();
    assert_eq!(nothing.status.code(), Some(2));
    let whole = program(folder, &sweep).arg("--no-record").output().unwrap();
    let whole: Value = serde_json::from_slice(&whole.stdout).unwrap();

    let mut killed = program(folder, &sweep)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(killed.stderr.take().unwrap()).lines();
    let mut read = BTreeSet::new();
    while read.len() < 2 {
        let line = said.next().unwrap().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["event"] == "finished" && event["state"] != "failed" {
            read.insert(event["host"].as_str().unwrap().to_owned());
        }
    }
    killed.kill().unwrap();
    killed.wait().unwrap();

    let other = program(folder, &sweep)
        .args(["--resume", "--profile", "all"])
        .output()
        .unwrap();
    assert_eq!(
        other.status.code(),
        Some(2),
        "another profile asks other questions"
    );
    let resumed = program(folder, &sweep).arg("--resume").output().unwrap();
    let progress = String::from_utf8(resumed.stderr).unwrap();
    let again = hosts_read(&progress);
    assert!(
        again.is_disjoint(&read),
        "{read:?} were read again: {again:?}"
    );
    assert!(!again.is_empty());
    let resumed: Value = serde_json::from_slice(&resumed.stdout).unwrap();
    assert_eq!(resumed["summary"]["hosts"], whole["summary"]["hosts"]);
    // Hosts are compared as if all had been read at once.
    assert_eq!(resumed["fleet"], whole["fleet"]);
    let left = std::fs::read_dir(folder.join("state/demo/records"))
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().contains(".part.")
        });
    assert_eq!(left.count(), 0, "the unfinished record is gone");
    let told = asked(folder, &["history", "--demo", "--format", "json"]);
    assert_eq!(told["sweeps"].as_array().unwrap().len(), 1);
}
