//! `plimsoll waive`: what it writes, what it keeps, and what it does where it cannot write.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use plimsoll::inventory::EXAMPLE;
use plimsoll::inventory::addition::{Draft, insertion};
use proptest::prelude::*;

const PLAIN: &str = "# ours\nversion = 1\n\n[[hosts]]\nname = \"ci-1\"   # the first\n";

/// The arguments of a waiver with these words behind them.
fn waive(folder: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .env_clear()
        .env("HOME", folder)
        .env("PLIMSOLL_STATE", folder.join("state"))
        .current_dir(folder)
        .args([
            "waive",
            "--owner",
            "platform \"team\"",
            "--reason",
            "nested\\builds",
        ])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// A folder whose inventory is `text`, readable by its owner only.
fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    folder
}

fn text(folder: &Path) -> String {
    fs::read_to_string(folder.join("inventory.toml")).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const GOOD: [&str; 5] = [
    "run-privileged",
    "--hosts",
    "ci-*",
    "--expires",
    "2999-01-31",
];

#[test]
fn only_the_new_lines_are_new() {
    let windows = PLAIN.replace('\n', "\r\n");
    let unfinished = PLAIN.trim_end();
    for old in [PLAIN, EXAMPLE, &windows, unfinished] {
        let folder = folder(old);
        let output = waive(folder.path(), &GOOD);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let new = text(folder.path());
        let start = new.rfind("[[waivers]]").unwrap();
        let block = &new[start..];
        for line in [
            "control = \"run-privileged\"",
            "hosts = \"ci-*\"",
            "owner = 'platform \"team\"'",
            "reason = 'nested\\builds'",
            "expires = 2999-01-31",
        ] {
            assert!(block.contains(line), "{line} in {block}");
        }
        assert!(new.starts_with(old), "bytes of the file were moved");
        let mode = fs::metadata(folder.path().join("inventory.toml"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o600);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "something is left over"
        );
        // A second one goes behind the first.
        assert_eq!(waive(folder.path(), &GOOD).status.code(), Some(0));
        assert!(text(folder.path()).starts_with(&new));
    }
}

#[test]
fn it_goes_behind_the_last_waiver_and_a_link_stays_one() {
    let old = format!(
        "{PLAIN}\n[[waivers]]\ncontrol = \"daemon-icc\"\nowner = \"a\"\nreason = \"b\"\nexpires = 2999-01-01 # last\n# behind\n[policy]\ndocker_users = [\"x\"]\n"
    );
    let folder = folder(&old);
    let real = folder.path().join("real.toml");
    fs::rename(folder.path().join("inventory.toml"), &real).unwrap();
    symlink("real.toml", folder.path().join("inventory.toml")).unwrap();
    assert_eq!(waive(folder.path(), &GOOD).status.code(), Some(0));
    let new = fs::read_to_string(&real).unwrap();
    let (before, rest) = new.split_once(" # last\n").unwrap();
    assert!(old.starts_with(before));
    assert!(
        rest.starts_with("\n[[waivers]]\ncontrol = \"run-privileged\""),
        "{rest}"
    );
    assert!(
        rest.ends_with("# behind\n[policy]\ndocker_users = [\"x\"]\n"),
        "{rest}"
    );
    let link = fs::symlink_metadata(folder.path().join("inventory.toml")).unwrap();
    assert!(link.is_symlink());
}

#[test]
fn a_patch_is_what_patch_understands() {
    for old in [
        PLAIN.to_owned(),
        EXAMPLE.to_owned(),
        PLAIN.trim_end().to_owned(),
    ] {
        let folder = folder(&old);
        let shown = waive(folder.path(), &[&GOOD[..], &["--dry-run"]].concat());
        assert_eq!((shown.status.code(), text(folder.path())), (Some(0), old));
        fs::write(folder.path().join("waiver.patch"), &shown.stdout).unwrap();
        let applied = Command::new("patch")
            .args(["-p0", "-s", "-i", "waiver.patch"])
            .current_dir(folder.path())
            .status();
        // Not every machine has the tool; where it is, its answer counts.
        let Ok(applied) = applied else { continue };
        assert!(
            applied.success(),
            "{}",
            String::from_utf8_lossy(&shown.stdout)
        );
        let patched = text(folder.path());
        fs::write(folder.path().join("inventory.toml"), EXAMPLE).unwrap();
        assert!(patched.contains("reason = 'nested\\builds'") && patched.contains("[[hosts]]"));
    }
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_written() {
    let inline = PLAIN.replace("version = 1\n", "version = 1\nwaivers = []\n");
    for (old, arguments, part) in [
        (
            PLAIN,
            [
                "run-privilegd",
                "--hosts",
                "ci-1",
                "--expires",
                "2999-01-31",
            ],
            "`run-privileged`",
        ),
        (
            PLAIN,
            [
                "run-privileged",
                "--hosts",
                "c1-1",
                "--expires",
                "2999-01-31",
            ],
            "c1-1",
        ),
        (
            PLAIN,
            [
                "run-privileged",
                "--hosts",
                "ci-1",
                "--expires",
                "2001-01-31",
            ],
            "expired",
        ),
        (
            PLAIN,
            ["run-privileged", "--hosts", "ci-1", "--expires", "soon"],
            "inventory.toml with",
        ),
        (
            PLAIN,
            [
                "run-privileged",
                "--label",
                "team",
                "--expires",
                "2999-01-31",
            ],
            "key=value",
        ),
        (&inline, GOOD, "waivers = [ … ]"),
        ("version = 1\nhosts = 3\n", GOOD, "inventory.toml:2"),
    ] {
        let folder = folder(old);
        let output = waive(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains(part), "{part} in {}", said(&output));
        assert_eq!(text(folder.path()), old);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

proptest! {
    #[test]
    fn no_byte_is_lost_whatever_stands_in_the_file(file in "[\\[\\]a-z=\"' 0-9\n\r#.]{0,80}", reason in ".*") {
        let draft = Draft { control: "x".into(), reason, expires: "2999-01-01".into(), ..Draft::default() };
        if let Some(added) = insertion(&file, &draft) {
            let new = added.applied(&file);
            prop_assert_eq!(new.len(), file.len() + added.text.len());
            prop_assert!(new.starts_with(&file[..added.at]) && new.ends_with(&file[added.at..]));
        }
    }
}
