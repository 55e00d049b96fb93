//! `plimsoll sweep` as a program: exit codes, files, streams and signals, on hosts of the simulated fleet.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Fully assessed over TLS, with high findings but no critical one, and gaps that no access would close.
const OPEN: &str = "cache-01";
/// Only partly assessed: its account may not use the socket.
const PARTIAL: &str = "db-03";
/// Refuses the connection.
const DEAD: &str = "staging-3";
/// Answers so slowly that a test can act meanwhile.
const SLOW: &str = "queue-2";

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command
        .env_clear()
        .env("HOME", folder)
        .env("PLIMSOLL_STATE", folder.join("state"))
        .env("LANG", "C.UTF-8")
        .current_dir(folder)
        .stdin(Stdio::null())
        .args(["demo", "--sweep"]);
    command
}

fn sweep(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path()).args(arguments).output().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    let both = format!("{OPEN},{DEAD}");
    for (limit, flags, wanted) in [
        (OPEN, &[][..], 1),
        (OPEN, &["--fail-on", "critical"], 0),
        (OPEN, &["--fail-on", "none"], 0),
        (OPEN, &["--fail-on", "none", "--strict"], 3),
        (OPEN, &["--strict"], 4),
        (OPEN, &["--strict", "--allow-partial"], 1),
        (DEAD, &[], 3),
        (DEAD, &["--allow-partial"], 3),
        (DEAD, &["--max-unreachable", "1"], 0),
        (&both, &[], 4),
        (&both, &["--max-unreachable", "1"], 1),
        (
            &both,
            &["--max-unreachable", "1", "--fail-on", "critical"],
            0,
        ),
        (PARTIAL, &["--fail-on", "none"], 3),
        (PARTIAL, &["--fail-on", "none", "--allow-partial"], 0),
        (PARTIAL, &["--fail-on", "low"], 4),
        ("no-such-host", &[], 2),
    ] {
        let mut arguments = vec!["--limit", limit];
        arguments.extend(flags);
        let output = sweep(&arguments);
        assert_eq!(
            output.status.code(),
            Some(wanted),
            "{limit} {flags:?}: {}",
            err(&output)
        );
        let said = err(&output).contains("plimsoll: exit code");
        assert_eq!(
            said,
            ![0, 2].contains(&wanted),
            "{limit} {flags:?}: {}",
            err(&output)
        );
    }
}

#[test]
fn formats_go_where_they_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .args([
            "--limit",
            OPEN,
            "--format",
            "text,json=report.json,ndjson=hosts.ndjson",
        ])
        .output()
        .unwrap();
    assert!(out(&output).starts_with("plimsoll "), "{}", out(&output));
    assert!(out(&output).contains("\nsummary\n"));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let sweep: Value = serde_json::from_str(&read("report.json")).unwrap();
    let lines = read("hosts.ndjson");
    let host: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(sweep["hosts"][0]["results"], host["results"]);
    assert_eq!(lines.lines().count(), 3);
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["hosts.ndjson", "report.json", "state"],
        "nothing else is left behind"
    );
}

#[test]
fn several_formats_share_an_output_one_behind_the_other() {
    for to_file in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program(folder.path());
        command.args(["--limit", OPEN, "--format", "text,ndjson"]);
        if to_file {
            command.args(["--output", "all"]);
        }
        let output = command.output().unwrap();
        let all = if to_file {
            assert_eq!(out(&output), "");
            fs::read_to_string(folder.path().join("all")).unwrap()
        } else {
            out(&output).to_owned()
        };
        let (text, lines) = all.split_once("\n{").unwrap();
        assert!(text.contains("\nsummary\n"), "{text}");
        let kinds: Vec<String> = format!("{{{lines}")
            .lines()
            .map(|line| {
                let line: Value = serde_json::from_str(line).unwrap();
                line["type"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(kinds, ["host", "fleet", "summary"]);
    }
}

#[test]
fn a_report_replaces_what_a_link_points_to_and_leaves_devices_alone() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.json");
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink("real.json", folder.path().join("link.json")).unwrap();
    let output = program(folder.path())
        .args(["--limit", OPEN, "--format", "json=link.json,text=/dev/null"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(folder.path().join("link.json").is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with('{'));
    assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
}

#[test]
fn an_output_that_cannot_be_written_is_said_before_anything_is_contacted() {
    for (arguments, said) in [
        (
            &["--format", "json=no/such/folder/x"][..],
            "no/such/folder/x",
        ),
        (&["--output", "/"], "cannot write /"),
        (&["--log-file", "no/such/folder/x"], "no/such/folder/x"),
        (
            &["--format", "json=a,ndjson=a"],
            "two reports would be written to a",
        ),
        (
            &["--format", "json=a,text", "--output", "a"],
            "two reports would be written to a",
        ),
        (&["--format", "text="], "needs the name of a file"),
        (&["--format", "xml"], "text, json, ndjson"),
        (&["--fail-on", "worst"], "critical"),
        (&["--max-unreachable", "few"], "--max-unreachable"),
    ] {
        let mut all = vec!["--limit", OPEN];
        all.extend(arguments);
        let output = sweep(&all);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            err(&output)
        );
        assert!(
            err(&output).contains(said),
            "{arguments:?}: {}",
            err(&output)
        );
        assert!(
            !err(&output).contains("reading"),
            "{arguments:?}: {}",
            err(&output)
        );
    }
}

#[test]
fn progress_is_on_standard_error_and_can_be_silent() {
    let plain = sweep(&["--limit", OPEN, "--format", "json"]);
    assert!(
        err(&plain).starts_with("reading 1 host\n[1/1] cache-01"),
        "{}",
        err(&plain)
    );
    let json = sweep(&["--limit", OPEN, "--progress", "json"]);
    let events: Vec<String> = err(&json)
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(events.first().map(String::as_str), Some("started"));
    // The report is out and the sweep is saved: nothing comes behind that.
    let last = events.len().saturating_sub(2);
    assert_eq!(events[last..], ["ended", "saved"]);
    assert!(events.iter().any(|event| event == "stage"));
    let none = sweep(&["--limit", OPEN, "--progress", "none"]);
    assert_eq!(err(&none), "");
    assert!(out(&none).contains("\nsummary\n"));
}

#[test]
fn the_log_file_holds_every_event() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .args([
            "--limit",
            OPEN,
            "--log-file",
            "log.jsonl",
            "--progress",
            "none",
        ])
        .output()
        .unwrap();
    assert_eq!(err(&output), "");
    let log = fs::read_to_string(folder.path().join("log.jsonl")).unwrap();
    for line in log.lines() {
        let _event: Value = serde_json::from_str(line).unwrap();
    }
    assert!(
        log.contains("\"stage\"") && log.contains("\"ended\""),
        "{log}"
    );
}

#[test]
fn hosts_limits_the_demo_and_report_flags_need_a_sweep() {
    let output = sweep(&[
        "--hosts",
        "2",
        "--format",
        "json",
        "--fail-on",
        "none",
        "--allow-partial",
    ]);
    let report: Value = serde_json::from_str(out(&output)).unwrap();
    assert_eq!(report["hosts"].as_array().unwrap().len(), 2);
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command
        .env_clear()
        .env("HOME", folder.path())
        .current_dir(folder.path());
    let output = command.args(["demo", "--fail-on", "low"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("demo --sweep --fail-on"),
        "{}",
        err(&output)
    );
    let output = sweep(&["--hosts", "4000"]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
}

#[test]
fn the_dashboard_needs_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command
        .env_clear()
        .env("HOME", folder.path())
        .current_dir(folder.path());
    let output = command.arg("demo").stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("plimsoll sweep needs none"),
        "{}",
        err(&output)
    );
    assert_eq!(out(&output), "");
}

#[test]
fn a_reader_that_goes_away_changes_no_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path())
        .args([
            "--limit",
            &format!("{OPEN},{DEAD}"),
            "--format",
            "ndjson",
            "--progress",
            "none",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(4), ""));
}

#[test]
fn a_signal_ends_the_sweep_and_keeps_what_was_read() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = program(folder.path())
            .args([
                "--limit",
                &format!("{OPEN},{SLOW}"),
                "--format",
                "json",
                "--progress",
                "json",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Once the quick host is done, only the slow one is under way.
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("\"finished\"") {
            line.clear();
            assert!(
                told.read_line(&mut line).unwrap() > 0,
                "ended before a host was done"
            );
        }
        assert!(line.contains(OPEN), "{line}");
        let pid = child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", signal, &pid])
            .status()
            .unwrap();
        assert!(sent.success());
        let mut text = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        let mut rest = String::new();
        told.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{rest}");
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["cancelled"], true);
        let hosts = report["hosts"].as_array().unwrap();
        let host = |name: &str| hosts.iter().find(|host| host["name"] == name).unwrap();
        assert_eq!(host(OPEN)["state"], "assessed");
        assert_eq!(
            host(SLOW)["error"]["class"],
            "cancelled",
            "{}",
            host(SLOW)["error"]
        );
    }
}
