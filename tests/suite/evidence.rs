//! Evidence: written by a sweep, judged again with the same result, signed, and whatever was changed is noticed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .env_clear()
        .env("HOME", folder)
        .env("PLIMSOLL_STATE", folder.join("state"))
        .env("SSH_AUTH_SOCK", folder.join("agent.sock"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn gathered(folder: &Path, more: &[&str]) -> Output {
    let mut arguments = vec![
        "demo",
        "--sweep",
        "--evidence",
        "evidence",
        "--format",
        "json",
        "--progress",
        "none",
    ];
    arguments.extend(more);
    run(folder, &arguments)
}

/// A key of `ssh-keygen`, without a passphrase.
fn key(folder: &Path, name: &str, kind: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-t", kind, "-C", name, "-f"])
        .arg(folder.join(name))
        .status()
        .unwrap();
    assert!(made.success());
}

/// Whether plain `ssh-keygen` finds the manifest signed by `name`.
fn verified_by_ssh_keygen(folder: &Path, name: &str) -> bool {
    let public = fs::read_to_string(folder.join(format!("{name}.pub"))).unwrap();
    fs::write(folder.join("allowed"), format!("{name} {public}")).unwrap();
    let evidence = folder.join("evidence");
    let status = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-f"])
        .arg(folder.join("allowed"))
        .args(["-I", name, "-n", "plimsoll-evidence", "-s"])
        .arg(evidence.join("manifest.ndjson.sig"))
        .stdin(fs::File::open(evidence.join("manifest.ndjson")).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.unwrap().success()
}

#[test]
fn evidence_is_judged_again_with_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A folder that was there already is closed to others too.
    fs::create_dir(folder.join("evidence")).unwrap();
    let first = gathered(folder, &[]);
    for (path, mode) in [("evidence", 0o700), ("evidence/hosts/00001.json", 0o600)] {
        let found = fs::metadata(folder.join(path))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(found & 0o777, mode, "{path}");
    }
    let again = run(folder, &["assess", "evidence", "--format", "json"]);
    assert_eq!(
        again.status.code(),
        first.status.code(),
        "{}",
        errors(&again)
    );
    let [before, after] =
        [&first, &again].map(|output| serde_json::from_slice::<Value>(&output.stdout).unwrap());
    // In pieces, so that a difference can be found.
    let hosts = |sweep: &Value| sweep["hosts"].as_array().unwrap().clone();
    for (one, other) in hosts(&before).iter().zip(hosts(&after)) {
        assert_eq!(one, &other, "{}", one["name"]);
    }
    assert!(before == after, "the rest of the document");
    // Other controls say something else of the same evidence.
    let other = run(
        folder,
        &["assess", "evidence", "--profile", "all", "--format", "json"],
    );
    let other: Value = serde_json::from_slice(&other.stdout).unwrap();
    assert_eq!(other["hosts"][0]["profile"], "all");
    assert_ne!(other["summary"]["outcomes"], before["summary"]["outcomes"]);
}

#[test]
fn a_folder_that_holds_something_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    gathered(folder, &["--hosts", "1"]);
    let again = gathered(folder, &["--hosts", "1"]);
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
    assert!(said(&again).contains("is not empty"), "{}", said(&again));
}

#[test]
fn whatever_was_changed_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    gathered(folder, &["--hosts", "2"]);
    let evidence = folder.join("evidence");
    let whole = run(folder, &["report", "verify", "evidence"]);
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    assert!(said(&whole).contains("not signed"), "{}", said(&whole));
    let manifest = fs::read_to_string(evidence.join("manifest.ndjson")).unwrap();
    let lines: Vec<&str> = manifest.lines().collect();
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != left_out);
        let kept: Vec<&str> = kept.map(|(_, line)| *line).collect();
        kept.join("\n") + "\n"
    };
    let mut changes: Vec<(&str, String)> = (0..lines.len())
        .map(|line| ("manifest.ndjson", without(line)))
        .collect();
    changes.push((
        "manifest.ndjson",
        manifest
            .replacen("plimsoll-evidence", "", 1)
            .replacen("ssh", "tls", 1),
    ));
    changes.push((
        "manifest.ndjson",
        manifest.replace("hosts/00001.json", "hosts/../../x"),
    ));
    changes.push(("manifest.ndjson", format!("{manifest}{}\n", lines[1])));
    for name in ["hosts/00001.json", "judging.json", "sweep.ndjson"] {
        let text = fs::read_to_string(evidence.join(name)).unwrap();
        changes.push((name, format!("{text} ")));
    }
    for (name, changed) in changes {
        let path = evidence.join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &changed).unwrap();
        for arguments in [
            ["report", "verify", "evidence"].as_slice(),
            &["assess", "evidence"],
        ] {
            let output = run(folder, arguments);
            assert_eq!(output.status.code(), Some(2), "{name}: {}", said(&output));
        }
        fs::write(&path, whole).unwrap();
    }
    fs::write(evidence.join("hosts/00009.json"), "{}").unwrap();
    let more = run(folder, &["report", "verify", "evidence"]);
    assert!(
        said(&more).contains("hosts/00009.json is not in its manifest"),
        "{}",
        said(&more)
    );
}

#[test]
fn signatures_are_those_of_ssh_keygen() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        key(folder, "auditor", kind);
        key(folder, "other", "ed25519");
        let made = gathered(folder, &["--hosts", "1", "--sign", "auditor"]);
        assert_eq!(made.status.code(), Some(1), "{kind}: {}", errors(&made));
        assert!(verified_by_ssh_keygen(folder, "auditor"), "{kind}");
        assert!(!verified_by_ssh_keygen(folder, "other"), "{kind}");
        let own = run(
            folder,
            &["report", "verify", "evidence", "--signers", "auditor.pub"],
        );
        assert_eq!(own.status.code(), Some(0), "{kind}: {}", said(&own));
        let other = run(
            folder,
            &["report", "verify", "evidence", "--signers", "other.pub"],
        );
        assert_eq!(other.status.code(), Some(1), "{kind}: {}", said(&other));
        // A signature of something else does not do, and neither does one for something else.
        let evidence = folder.join("evidence");
        fs::remove_file(evidence.join("manifest.ndjson.sig")).unwrap();
        let signed = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", "file", "-f"])
            .arg(folder.join("auditor"))
            .arg(evidence.join("manifest.ndjson"))
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(signed.success());
        let wrong = run(folder, &["report", "verify", "evidence"]);
        assert_eq!(wrong.status.code(), Some(2), "{kind}: {}", said(&wrong));
    }
}

/// An agent that ends with the test.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

#[test]
fn a_key_that_only_the_agent_holds_signs_too() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    key(folder, "auditor", "ed25519");
    let socket = folder.join("agent.sock");
    let alone = gathered(folder, &["--hosts", "1", "--sign", "auditor.pub"]);
    assert_eq!(alone.status.code(), Some(2), "{}", errors(&alone));
    assert!(
        !folder.join("evidence").exists(),
        "found out before anything was read"
    );
    let mut agent = Command::new("ssh-agent");
    agent.args(["-D", "-a"]).arg(&socket).stdout(Stdio::piped());
    let mut agent = Agent(agent.spawn().unwrap());
    // It says its address when it listens.
    let mut line = String::new();
    let out = agent.0.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
    let added = Command::new("ssh-add")
        .env("SSH_AUTH_SOCK", &socket)
        .arg("-q")
        .arg(folder.join("auditor"))
        .status()
        .unwrap();
    assert!(added.success());
    fs::remove_file(folder.join("auditor")).unwrap();
    let made = gathered(folder, &["--hosts", "1", "--sign", "auditor.pub"]);
    assert_eq!(made.status.code(), Some(1), "{}", errors(&made));
    assert!(verified_by_ssh_keygen(folder, "auditor"));
}
