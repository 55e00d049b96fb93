use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use plimsoll::remedy::script::{self, SCRIPT};

const SHELLS: &[&[&str]] = &[&["dash", "-s"], &["bash", "-s"], &["busybox", "sh", "-s"]];

/// The statuses that a shell answers to operations, and the opening line.
fn answers(shell: &[&str], operations: &[&str]) -> (String, Vec<String>) {
    let (opening, parts) = bodies(shell, operations);
    let statuses = parts
        .iter()
        .map(|part| part.rsplit(' ').next().unwrap().to_owned())
        .collect();
    (opening, statuses)
}

/// The opening line, and the answers to operations as they came.
pub(super) fn bodies(shell: &[&str], operations: &[&str]) -> (String, Vec<String>) {
    let mut child = Command::new(shell[0])
        .args(&shell[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    input.write_all(SCRIPT.as_bytes()).unwrap();
    // Shells read ahead: what comes before the script says that it runs may be lost.
    let mut opening = String::new();
    output.read_line(&mut opening).unwrap();
    for operation in operations {
        writeln!(input, "{operation}").unwrap();
    }
    writeln!(input, "end").unwrap();
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    let parts = text.split('\u{1e}').skip(1).map(str::trim_end);
    let mut parts: Vec<_> = parts.map(str::to_owned).collect();
    assert_eq!(parts.pop().as_deref(), Some("bye"), "{shell:?}");
    (opening, parts)
}

#[test]
fn every_shell_refuses_what_is_no_operation_and_what_nobody_locked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "as it was").unwrap();
    let file = file.display();
    let change = format!("access narrow {file} 1:1 0:0 644 0:0 600");
    let operations = [
        ("reboot", "3"),
        ("eval echo", "3"),
        ("access narrow /etc", "3"),
        ("look", "3"),
        ("look relative/path", "3"),
        ("look /proc/../etc/passwd", "3"),
        ("look /", "3"),
        ("look /nowhere/at/all", "2"),
        // Everybody may write to the folder above it.
        ("look /tmp/anything", "3"),
        ("look $(reboot)", "3"),
        ("look *", "3"),
        (change.as_str(), "6"),
        ("note hello", "6"),
        ("look /etc/passwd", "0"),
    ];
    for shell in SHELLS {
        let asked: Vec<_> = operations.iter().map(|(operation, _)| *operation).collect();
        let wanted: Vec<_> = operations.iter().map(|(_, status)| *status).collect();
        let (opening, statuses) = answers(shell, &asked);
        assert!(opening.starts_with("\u{1e}plimsoll-apply 1 "), "{opening}");
        assert_eq!(statuses, wanted, "{shell:?}");
    }
}

#[test]
fn an_upload_that_breaks_off_does_nothing() {
    for shell in SHELLS {
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let last_line = SCRIPT.trim_end().rfind('\n').unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(&SCRIPT.as_bytes()[..last_line])
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{shell:?}");
    }
}

#[test]
fn what_is_printed_is_what_is_sent_and_its_hash_is_right() {
    let shown = script::describe();
    let (first, rest) = shown.split_once('\n').unwrap();
    assert_eq!(rest, SCRIPT);
    assert!(first.contains(&script::sha256()), "{first}");
}
