//! The real program: help, exit codes, what goes to which stream.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use plimsoll::inventory::EXAMPLE;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The program with nothing of the caller's environment and a folder of its own.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command
        .env_clear()
        .env("HOME", folder)
        .env("PLIMSOLL_STATE", folder.join("state"))
        .env("LANG", "C.UTF-8")
        .env("COLUMNS", "80")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path()).args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// Help that was asked for: on standard output, exit code 0, no line wider than the terminal.
fn help(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(err(&output), "");
    for line in out(&output).lines() {
        let examples = line.starts_with("  plimsoll ");
        assert!(
            examples || line.chars().count() <= 80,
            "wider than 80: {line}"
        );
    }
    out(&output).to_owned()
}

#[test]
fn help_texts() {
    insta::assert_snapshot!("help", help(&["--help"]));
    for command in COMMANDS {
        insta::assert_snapshot!(format!("help_{command}"), help(&[command, "--help"]));
    }
}

const COMMANDS: &[&str] = &[
    "demo",
    "sweep",
    "assess",
    "report",
    "diff",
    "replay",
    "history",
    "plan",
    "apply",
    "undo",
    "journal",
    "controls",
    "explain",
    "doctor",
    "hosts",
    "init",
    "grant",
    "relay",
    "waive",
    "probe",
    "completions",
    "man",
];

#[test]
fn every_command_is_in_the_overview_and_has_an_example() {
    let overview = help(&["--help"]);
    for command in COMMANDS {
        assert!(overview.contains(&format!("\n  {command} ")), "{command}");
        assert!(help(&[command, "--help"]).contains("Example"), "{command}");
    }
}

#[test]
fn version() {
    let output = run(&["--version"]);
    assert_eq!(code(&output), 0);
    assert_eq!(
        out(&output),
        format!("plimsoll {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn usage_errors_end_with_2_and_say_what_is_wrong() {
    for (arguments, said) in [
        (&["--no-such-flag"][..], "--no-such-flag"),
        (&["frobnicate"], "frobnicate"),
        (&["controls", "--format", "xml"], "markdown"),
        (&["explain"], "ID|S24|CIS:5.15"),
        (&["--timeout", "10", "controls"], "bad duration"),
        (&["--timeout", "400d", "controls"], "not between"),
        (&["--filter", "sev>=", "controls"], "column 6"),
        (&["--jobs", "0", "controls"], "--jobs"),
        (&["--color", "maybe", "controls"], "never"),
        (
            &["demo", "--sweep", "--profile", "reccomended"],
            "recommended",
        ),
        (&["completions", "dos"], "fish"),
        (&["man", "sweap"], "did you mean `sweep`?"),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert_eq!(out(&output), "", "{arguments:?}");
        assert!(
            err(&output).contains(said),
            "{arguments:?}: {}",
            err(&output)
        );
    }
}

#[test]
fn init_writes_the_example_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.toml");
    let output = program(folder.path()).arg("init").output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(out(&output), "");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), EXAMPLE);

    std::fs::write(&path, "mine").unwrap();
    let output = program(folder.path()).arg("init").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("exists already"), "{}", err(&output));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");

    let output = program(folder.path()).args(["init", "-"]).output().unwrap();
    assert_eq!((code(&output), out(&output)), (0, EXAMPLE));

    let output = program(folder.path())
        .args(["init", "no/such/folder/i.toml"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("because:"), "{}", err(&output));
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(code(&output), 0, "{shell}");
        for command in COMMANDS {
            assert!(
                out(&output).contains(command),
                "{shell} does not know {command}"
            );
        }
    }
}

#[test]
fn the_manual_has_a_page_for_the_program_and_each_command() {
    let whole = run(&["man"]);
    assert_eq!(code(&whole), 0, "{}", err(&whole));
    for command in COMMANDS {
        let named = format!("plimsoll\\-{command}(1)");
        assert!(out(&whole).contains(&named), "{command} is not named");
        let page = run(&["man", command]);
        assert_eq!(code(&page), 0, "{}", err(&page));
        let text = out(&page);
        assert!(
            text.contains(".SH OPTIONS") && text.contains("read\\-only"),
            "{command}"
        );
        assert!(text.contains("Example"), "{command}");
    }
}

const FLEET: &str = "version = 1
[defaults]
user = \"ops\"
[groups.prod]
mode = \"audit\"
[[hosts]]
name = \"web-[01-03]\"
groups = [\"prod\"]
[[hosts]]
name = \"db-01\"
endpoint = \"ssh://10.0.3.7:2222\"
";

/// The program in a folder whose `inventory.toml` holds `inventory`.
fn with_inventory(inventory: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("inventory.toml"), inventory).unwrap();
    program(folder.path()).args(arguments).output().unwrap()
}

#[test]
fn hosts_lists_what_is_selected() {
    let output = with_inventory(FLEET, &["hosts", "--limit", "prod&!web-02"]);
    assert_eq!((code(&output), err(&output)), (0, ""));
    insta::assert_snapshot!("hosts", out(&output));
    let output = with_inventory(FLEET, &["--read-only", "hosts", "--json"]);
    let listing: Value = serde_json::from_str(out(&output)).unwrap();
    let hosts = listing["hosts"].as_array().unwrap();
    assert_eq!(hosts.len(), 4);
    assert!(hosts.iter().all(|host| host["mode"] == "audit"));
}

#[test]
fn an_inventory_with_mistakes_ends_with_2_and_names_each() {
    let output = with_inventory(
        "version = 1\n[defalts]\n[[hosts]]\nnam = \"x\"\n",
        &["hosts"],
    );
    assert_eq!(code(&output), 2);
    assert_eq!(out(&output), "");
    for said in ["inventory.toml:2:", "inventory.toml:4:", "defaults"] {
        assert!(err(&output).contains(said), "{said}: {}", err(&output));
    }
    let output = with_inventory(FLEET, &["hosts", "--limit", "nowhere"]);
    assert_eq!(code(&output), 2);
    let output = run(&["hosts", "-i", "no-such-file"]);
    assert_eq!(code(&output), 2);
}

#[test]
fn the_probe_is_printed_with_its_hash() {
    let output = run(&["probe"]);
    assert_eq!(code(&output), 0);
    let (head, script) = out(&output).split_once('\n').unwrap();
    let mut hash = String::new();
    for byte in Sha256::digest(script.as_bytes()) {
        write!(hash, "{byte:02x}").unwrap();
    }
    assert!(head.contains(&hash), "{head}");
}

#[test]
fn controls_for_people_and_programs() {
    let json = run(&["controls", "--format", "json"]);
    assert_eq!((code(&json), err(&json)), (0, ""));
    let all: Value = serde_json::from_str(out(&json)).unwrap();
    let text = run(&["controls"]);
    let markdown = run(&["controls", "--format", "markdown"]);
    assert!(all.as_array().unwrap().len() >= 24);
    for control in all.as_array().unwrap() {
        let id = control["id"].as_str().unwrap();
        assert!(out(&text).contains(id), "{id}");
        assert!(
            out(&markdown).contains(&format!("| [`{id}`](#{id}) |")),
            "{id}"
        );
        assert!(out(&markdown).contains(&format!("\n### {id}\n")), "{id}");
    }
    for line in out(&text).lines() {
        assert!(line.chars().count() <= 80, "wider than 80: {line}");
    }
}

#[test]
fn every_control_can_be_explained() {
    let json = run(&["controls", "--format", "json"]);
    let all: Value = serde_json::from_str(out(&json)).unwrap();
    let ids: Vec<&str> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].as_str().unwrap())
        .collect();
    let mut arguments = vec!["explain"];
    arguments.extend(&ids);
    let output = run(&arguments);
    assert_eq!((code(&output), err(&output)), (0, ""));
    for line in out(&output).lines() {
        assert!(line.chars().count() <= 80, "wider than 80: {line}");
    }
    for id in ids {
        assert!(out(&output).lines().any(|line| line == id), "{id}");
    }
}

#[test]
fn explain_knows_practices_and_numbers_and_offers_the_nearest_word() {
    let output = run(&["explain", "S28"]);
    assert!(out(&output).contains("daemon-icc\n"), "{}", err(&output));
    let output = run(&["explain", "CIS:5.5"]);
    assert!(
        out(&output).contains("CIS Docker 1.8.0 5.5"),
        "{}",
        err(&output)
    );
    let output = run(&["explain", "run-privileg"]);
    assert_eq!(code(&output), 2);
    assert!(
        err(&output).contains("did you mean run-privileged"),
        "{}",
        err(&output)
    );
    let output = run(&["explain", "\u{1b}[31mred"]);
    assert_eq!(code(&output), 2);
    assert!(!err(&output).contains('\u{1b}'), "{:?}", err(&output));
}

#[test]
fn colour_only_where_asked_for() {
    let piped = run(&["controls"]);
    assert!(!out(&piped).contains('\u{1b}'));
    let asked = run(&["controls", "--color", "always"]);
    assert!(out(&asked).contains("\u{1b}["));
    let never = run(&["--color", "never", "controls"]);
    assert_eq!(out(&never), out(&piped));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path())
        .args(["controls", "--format", "json"])
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
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}
