//! Saved sweeps through the real program: saved, found, reported, compared; two at once; stopped ones.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command
        .env_clear()
        .env("HOME", folder)
        .env("PLIMSOLL_STATE", folder.join("state"))
        .env("LANG", "C.UTF-8")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().unwrap()
}

fn swept(folder: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["demo", "--sweep", "--hosts", "3"];
    arguments.extend(more);
    run(folder, &arguments)
}

/// The saved sweeps of the demo, oldest first, as paths relative to `folder`.
fn records(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("state/demo/records"));
    let mut found: Vec<String> = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "lock")
        .map(|name| format!("state/demo/records/{name}"))
        .collect();
    found.sort();
    found
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_sweep_is_saved_and_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = swept(folder, &["--format", "json"]);
    let saved = records(folder);
    assert_eq!(saved.len(), 1, "{}", text(&first.stderr));
    for (path, mode) in [("state/demo/records", 0o700), (saved[0].as_str(), 0o600)] {
        let found = fs::metadata(folder.join(path))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(found & 0o777, mode, "{path}");
    }
    let again = run(folder, &["report", &saved[0], "--format", "json"]);
    assert_eq!(text(&again.stdout), text(&first.stdout));
    assert_eq!(again.status.code(), first.status.code());
    // A report of a report is the same too.
    fs::write(folder.join("sweep.json"), &first.stdout).unwrap();
    let again = run(folder, &["report", "sweep.json", "--format", "json"]);
    assert_eq!(text(&again.stdout), text(&first.stdout));
    assert_eq!(records(folder).len(), 1, "a report saves nothing");
    assert_eq!(
        swept(folder, &["--no-record"]).status.code(),
        first.status.code()
    );
    assert_eq!(records(folder).len(), 1);
}

#[test]
fn two_sweeps_compare() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swept(folder, &[]);
    swept(folder, &["--limit", "*"]);
    let saved = records(folder);
    let same = run(folder, &["diff", &saved[0], &saved[1]]);
    // How far apart the clocks are is true of one moment: on a slow machine the recordings fall behind ours.
    let said = text(&same.stdout);
    let changed: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains("os-time-sync") && !line.ends_with(" vanished"))
        .filter(|line| *line != "nothing changed")
        .collect();
    assert!(changed.is_empty(), "{said}");
    assert_eq!(
        same.status.code(),
        Some(i32::from(said.contains("os-time-sync")))
    );
    let only_new = swept(folder, &["--only-new", "--progress", "none"]);
    assert_eq!(
        only_new.status.code(),
        Some(0),
        "{}",
        text(&only_new.stdout)
    );
    let first = swept(folder, &["--format", "json"]);
    let mut sweep: Value = serde_json::from_slice(&first.stdout).unwrap();
    let rows = sweep["hosts"][0]["results"].as_array_mut().unwrap();
    let fails = |row: &&mut Value| {
        row["outcome"] == "fail" && row["momentary"] == false && row["caused_by"].is_null()
    };
    let row = rows.iter_mut().find(fails).unwrap();
    row["outcome"] = "pass".into();
    let control = row["control"].as_str().unwrap().to_owned();
    fs::write(folder.join("better.json"), sweep.to_string()).unwrap();
    let diff = run(
        folder,
        &["diff", "better.json", &saved[0], "--format", "json"],
    );
    assert_eq!(diff.status.code(), Some(1));
    let diff: Value = serde_json::from_slice(&diff.stdout).unwrap();
    assert_eq!(diff["changes"].as_array().unwrap().len(), 1, "{diff}");
    assert_eq!(diff["changes"][0]["change"], "appeared");
    assert_eq!(diff["changes"][0]["control"], control);
    let other = swept(folder, &["--profile", "all", "--baseline", &saved[0]]);
    assert_eq!(
        other.status.code(),
        Some(2),
        "another profile is another question"
    );
    assert!(
        text(&other.stderr).contains("profile"),
        "{}",
        text(&other.stderr)
    );
}

#[test]
fn a_name_that_means_nothing_is_told_what_could_be_meant() {
    let folder = tempfile::tempdir().unwrap();
    let none = run(folder.path(), &["report", "last"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("plimsoll sweep saves each sweep"));
    fs::write(folder.path().join("notes.txt"), "hello\n").unwrap();
    let broken = run(folder.path(), &["report", "notes.txt"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(
        text(&broken.stderr).contains("neither a record nor"),
        "{}",
        text(&broken.stderr)
    );
}

#[test]
fn sweeps_at_once_are_all_saved() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let running: Vec<_> = (0..4)
        .map(|_| {
            program(folder)
                .args(["demo", "--sweep", "--hosts", "2"])
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(
            !text(&output.stderr).contains("not saved"),
            "{}",
            text(&output.stderr)
        );
    }
    let saved = records(folder);
    assert_eq!(saved.len(), 4);
    for record in &saved {
        assert!(!record.contains(".part."), "{record}");
        let diff = run(folder, &["diff", &saved[0], record, "--format", "json"]);
        let diff: Value = serde_json::from_slice(&diff.stdout).unwrap();
        // How far a clock is off depends on how busy this machine is: nothing else may differ.
        let changes = diff["changes"].as_array().unwrap().iter();
        let other: Vec<_> = changes
            .filter(|change| change["control"] != "os-time-sync")
            .collect();
        assert!(other.is_empty(), "{other:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_ends_no_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swept(folder, &[]);
    let records = folder.join("state/demo/records");
    fs::remove_dir_all(&records).unwrap();
    fs::write(&records, "a file").unwrap();
    let output = swept(folder, &["--format", "json"]);
    assert!(
        text(&output.stderr).contains("this sweep is not saved"),
        "{}",
        text(&output.stderr)
    );
    assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok());
}
