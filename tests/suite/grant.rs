//! The least-privilege set-up: what is printed, and what the relay lets pass. `tests/lab` installs it and reads through it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use plimsoll::app::relay::pass;
use plimsoll::probe;
use sha2::{Digest as _, Sha256};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvh8pDUAMrVyUDUGOqBrcSVhbnUlCtCN6mUzOaxbIBj";

fn plimsoll(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// The script for a key file with this text.
fn printed(key: &str, more: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pub");
    fs::write(&path, key).unwrap();
    let mut command = plimsoll(&["grant"]);
    command.arg(path).args(more).output().unwrap()
}

#[test]
fn the_set_up_is_a_script_that_holds_the_key_and_the_probe() {
    let output = printed(&format!("{KEY} eve's\"; rm -rf /\n"), &["--user", "reader"]);
    let script = String::from_utf8(output.stdout).unwrap();
    assert!(script.contains(&format!(
        "restrict,command=\"/usr/local/lib/plimsoll/dispatch\" {KEY}\n"
    )));
    assert!(!script.contains("eve's"), "a comment may hold anything");
    assert!(script.contains("user=reader\n"));
    assert!(!script.contains("@USER@") && !script.contains("@KEY@") && !script.contains("@PROBE@"));
    let marks = script.split_once("<<'PLIMSOLL_PROBE'\n").unwrap().1;
    let probe = marks.split_once("PLIMSOLL_PROBE\n}").unwrap().0;
    assert_eq!(probe, probe::SCRIPT);
    let hash = plimsoll::domain::text::hex(&Sha256::digest(probe));
    assert!(script.contains(&format!("{hash}  $folder/probe.new")));
    let mut shell = Command::new("sh")
        .arg("-n")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    assert!(shell.wait().unwrap().success());
}

#[test]
fn what_is_no_key_and_no_account_is_refused() {
    for key in [
        "",
        "not a key\n",
        &format!("{KEY}\n{KEY}\n"),
        "command=\"x\" ssh-ed25519 AAAA\n",
    ] {
        let output = printed(key, &[]);
        assert_eq!(output.status.code(), Some(2), "{key}");
        assert!(output.stdout.is_empty());
    }
    for user in ["", "-x", "root;", "a b", "Größe", "$(id)"] {
        assert_eq!(
            printed(KEY, &["--user", user]).status.code(),
            Some(2),
            "{user}"
        );
    }
}

#[tokio::test]
async fn only_whole_heads_of_listed_requests_pass() {
    let good = "GET /v1.45/info HTTP/1.1\r\nHost: docker\r\n\r\n";
    let cases = [
        (good.to_owned(), good.to_owned(), true),
        (good.repeat(3), good.repeat(3), true),
        (good[..20].to_owned(), String::new(), true),
        (
            format!("{good}POST /containers/x/stop HTTP/1.1\r\n\r\n"),
            good.to_owned(),
            false,
        ),
        (
            format!("{good}GET /containers/x/export HTTP/1.1\r\n\r\n"),
            good.to_owned(),
            false,
        ),
        (
            "GET /info HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
            String::new(),
            false,
        ),
        (
            "GET /info HTTP/1.1\r\nUpgrade: tcp\r\n\r\n".to_owned(),
            String::new(),
            false,
        ),
        ("x".repeat(40_000), String::new(), false),
    ];
    for (sent, passed, good) in cases {
        let mut out = Vec::new();
        let ended = pass(&mut sent.as_bytes(), &mut out).await;
        assert_eq!(String::from_utf8(out).unwrap(), passed);
        assert_eq!(ended.is_ok(), good, "{ended:?}");
    }
}

#[test]
fn the_relay_answers_what_may_be_asked_and_ends_with_6_where_it_may_not() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("engine.sock");
    let engine = UnixListener::bind(&socket).unwrap();
    let answering = std::thread::spawn(move || {
        let mut heard = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = engine.accept().unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 1024];
            loop {
                let read = stream.read(&mut buffer).unwrap();
                if read == 0 {
                    break;
                }
                request.extend_from_slice(&buffer[..read]);
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
                    .unwrap();
            }
            heard.push(String::from_utf8(request).unwrap());
        }
        heard
    });
    let relayed = |request: &str| {
        let mut relay = plimsoll(&["relay", "--socket"]);
        let mut relay = relay
            .arg(&socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = relay.stdin.take().unwrap();
        input.write_all(request.as_bytes()).unwrap();
        // Whoever is refused need not have said everything.
        let held = request.starts_with("DELETE").then_some(input);
        let output = relay.wait_with_output().unwrap();
        drop(held);
        output
    };
    let ping = "GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n";
    let good = relayed(ping);
    assert_eq!(
        good.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&good.stderr)
    );
    assert!(good.stdout.ends_with(b"OK"));
    let bad = relayed("DELETE /containers/x HTTP/1.1\r\nHost: docker\r\n\r\n");
    assert_eq!(
        bad.status.code(),
        Some(6),
        "{}",
        String::from_utf8_lossy(&bad.stderr)
    );
    assert_eq!(answering.join().unwrap(), [ping, ""]);
}
