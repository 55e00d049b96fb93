use std::fs;
use std::process::{Command, Stdio};

/// An inventory whose one host nobody can reach: what answers without it was decided before anything was contacted.
const INVENTORY: &str = "version = 1\n[[hosts]]\nname = \"gone\"\nendpoint = \"ssh://root@192.0.2.1\"\nconnect_timeout = \"1s\"\n";

fn code(arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("inventory.toml"), INVENTORY).unwrap();
    fs::write(
        folder.path().join("other.json"),
        "{\"schema\": \"other/1\"}",
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .env_clear()
        .env("HOME", folder.path())
        .env("PLIMSOLL_STATE", folder.path().join("state"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .args(arguments)
        .output()
        .unwrap();
    let journal = folder.path().join("state/journal.jsonl");
    assert_eq!(fs::read(journal).unwrap_or_default(), b"", "{arguments:?}");
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn read_only_mode_refuses_every_command_that_could_change_something() {
    for arguments in [
        &["plan", "--control", "perm-etc-docker-mode"][..],
        &["apply", "--control", "perm-etc-docker-mode", "--yes"],
        &["apply", "other.json", "--yes"],
        &["undo", "--yes"],
    ] {
        let mut arguments = arguments.to_vec();
        arguments.push("--read-only");
        let (code, err) = code(&arguments);
        assert_eq!(code, 6, "{arguments:?}: {err}");
        assert!(err.contains("nothing was contacted"), "{err}");
    }
}

#[test]
fn what_cannot_be_meant_is_an_error_of_usage() {
    for (arguments, why) in [
        (&["apply"][..], "--control"),
        (&["apply", "other.json"], "its schema is other/1"),
        (&["apply", "nothing.json"], "cannot read the plan"),
        (
            &["apply", "other.json", "--control", "perm-etc-docker-mode"],
            "cannot be used with",
        ),
        (&["plan"], "--control"),
        (&["plan", "--control", "no-such-control"], "no-such-control"),
        (
            &["plan", "--control", "perm-etc-docker-mod"],
            "did you mean perm-etc-docker-mode",
        ),
        (&["undo", "op-00000000"], "knows no operation"),
    ] {
        let (code, err) = code(arguments);
        assert_eq!(code, 2, "{arguments:?}: {err}");
        assert!(err.contains(why), "{arguments:?}: {err}");
        assert!(err.len() < 1000, "a page of ids helps nobody: {err}");
    }
}

#[test]
fn where_nothing_was_done_there_is_nothing_to_take_back() {
    let (code, err) = code(&["undo", "--yes"]);
    assert_eq!(
        (code, err.trim_end()),
        (0, "plimsoll: nothing to take back")
    );
}
