//! Answers that no honest host gives: noise, other protocols, cuts, floods and garbage. Each ends in facts with gaps or
//! in one gap, never in a panic, and never in a default that could pass for a fact.

use std::fmt::Write as _;

use proptest::prelude::*;

use plimsoll::domain::gap::GapClass;
use plimsoll::domain::place::Place;
use plimsoll::probe::{
    Conversation, Leads, Needs, PROTOCOL, RoundOne, SCRIPT, Step, describe, finish, request, sha256,
};

use plimsoll::redact::Redactor;

/// The key of every test.
fn redactor() -> Redactor {
    Redactor::new([7; 32])
}

const OPENING: &str = "\x1eplimsoll-probe 2 hex\n";

fn conversation() -> Conversation {
    Conversation::new(needs(), redactor())
}

fn needs() -> Needs {
    Needs {
        places: vec![
            Place::Fixed("/etc/docker"),
            Place::Below("/etc/docker/certs.d", ".key"),
            Place::EngineSocket,
            Place::Setting("tlskey"),
        ],
        deep: false,
        sockets: Vec::new(),
    }
}

fn leads() -> Leads {
    Leads {
        paths: ["/srv/data".to_owned()].into(),
        layers: ["/var/lib/docker/overlay2/a/diff".to_owned()].into(),
    }
}

fn section(name: &str, status: u32, body: &[u8]) -> Vec<u8> {
    let mut raw = format!("\x1e{name} 999999 ");
    for byte in body {
        write!(raw, "{byte:02x}").unwrap();
    }
    writeln!(raw, " \x1f{status}").unwrap();
    raw.into_bytes()
}

#[test]
fn what_is_printed_is_what_runs() {
    let text = describe();
    let (comment, script) = text.split_once('\n').unwrap();
    assert_eq!(script, SCRIPT);
    assert!(
        comment.starts_with("# SHA-256") && comment.contains(&sha256()),
        "{comment}"
    );
    assert_eq!(sha256().len(), 64);
    assert!(SCRIPT.contains(&format!("plimsoll-probe {PROTOCOL} ")));
    assert!(SCRIPT.lines().count() <= 600);
    assert!(
        SCRIPT.is_ascii()
            || SCRIPT
                .lines()
                .filter(|line| !line.is_ascii())
                .all(|line| line.contains('#'))
    );
}

#[test]
fn noise_is_bounded() {
    let mut talk = conversation();
    let noise = vec![b'x'; 64 * 1024];
    for _ in 0..3 {
        assert!(matches!(talk.feed(&noise), Step::More));
    }
    let mut steps = (0..9).map(|_| talk.feed(&noise));
    let gap = steps.find_map(|step| match step {
        Step::Failed(gap) => Some(gap),
        _ => None,
    });
    assert_eq!(gap.unwrap().class, GapClass::Protocol);
    assert!(!talk.has_begun());
}

#[test]
fn an_endless_answer_is_stopped() {
    let mut talk = conversation();
    assert!(matches!(talk.feed(OPENING.as_bytes()), Step::More));
    let flood = vec![b'0'; 1024 * 1024];
    let gap = (0..64).find_map(|_| match talk.feed(&flood) {
        Step::Failed(gap) => Some(gap),
        Step::More => None,
        other => panic!("{other:?}"),
    });
    assert_eq!(gap.unwrap().class, GapClass::Protocol);
    assert!(
        matches!(talk.feed(&flood), Step::More),
        "it takes in no more"
    );
}

#[test]
fn another_protocol_is_unsupported() {
    for (opening, class) in [
        ("\x1eplimsoll-probe 0 base64\n", GapClass::Unsupported),
        ("\x1eplimsoll-probe 99 base64\n", GapClass::Unsupported),
        ("\x1eplimsoll-probe one base64\n", GapClass::Protocol),
        ("\x1eplimsoll-probe 2 rot13\n", GapClass::Protocol),
    ] {
        match conversation().feed(opening.as_bytes()) {
            Step::Failed(gap) => assert_eq!(gap.class, class, "{opening:?}"),
            other => panic!("{opening:?}: {other:?}"),
        }
    }
}

#[test]
fn an_empty_answer_is_all_gaps() {
    let one = RoundOne::parse(OPENING.as_bytes(), &redactor()).unwrap();
    assert_eq!(request(&one, &needs(), &leads()), b"go\n");
    let facts = finish(one, &needs(), &leads(), b"");
    assert!(
        facts.os.is_err() && facts.kernel.is_err() && facts.reader.is_err() && facts.found.is_err()
    );
    assert!(
        facts.accounts.is_err()
            && facts.audit.is_err()
            && facts.listeners.is_err()
            && facts.units.is_err()
    );
    assert!(facts.packages.is_err() && facts.mac.is_err() && facts.reboot_required.is_err());
    assert!(facts.filesystems.is_err() && facts.sysctls.is_err() && facts.machine_id.is_err());
    assert!(facts.file("/etc/docker").is_err());
}

#[test]
fn each_status_has_its_gap() {
    for (status, class) in [
        (4, GapClass::Permission),
        (5, GapClass::Unsupported),
        (124, GapClass::Timeout),
        (143, GapClass::Timeout),
        (127, GapClass::Unsupported),
    ] {
        let mut raw = OPENING.as_bytes().to_vec();
        raw.extend(section("units", status, b""));
        raw.extend(section("packages", status, b""));
        raw.extend(section("processes", 0, b""));
        raw.extend(section("audit", status, b""));
        let facts = finish(
            RoundOne::parse(&raw, &redactor()).unwrap(),
            &needs(),
            &leads(),
            b"",
        );
        assert_eq!(facts.units.unwrap_err().class, class, "units, {status}");
        assert_eq!(
            facts.packages.unwrap_err().class,
            class,
            "packages, {status}"
        );
        assert_eq!(
            facts.audit.unwrap().rules.unwrap_err().class,
            class,
            "audit, {status}"
        );
    }
}

#[test]
fn what_came_before_a_break_is_kept() {
    let mut raw = OPENING.as_bytes().to_vec();
    raw.extend(section("host", 0, b"reader uid=0(root) gid=0(root) groups=0(root)\n/proc/sys/kernel/osrelease:6.1.0-13-amd64\n"));
    raw.extend_from_slice(b"\x1eunits 99999 6f64");
    let mut talk = conversation();
    assert!(matches!(talk.feed(&raw), Step::More));
    let facts = talk.give_up(&plimsoll::domain::gap::Gap::timeout("the host went quiet"));
    assert_eq!(facts.kernel.unwrap(), "6.1.0-13-amd64");
    assert_eq!(facts.units.unwrap_err().class, GapClass::Timeout);
    assert_eq!(facts.packages.unwrap_err().class, GapClass::Timeout);
    assert!(matches!(
        facts.files.get("/etc/docker"),
        None | Some(Err(_))
    ));
}

#[test]
fn a_secret_in_a_broken_configuration_is_not_repeated() {
    let mut raw = OPENING.as_bytes().to_vec();
    raw.extend(section(
        "host",
        0,
        b"reader uid=0(root) gid=0(root) groups=0(root)\n",
    ));
    raw.extend(section("processes", 0, b""));
    raw.extend(section(
        "config.0",
        0,
        b"/etc/docker/daemon.json\0{\"log-opts\": {\"splunk-token\": hunter2}}",
    ));
    let facts = finish(
        RoundOne::parse(&raw, &redactor()).unwrap(),
        &needs(),
        &leads(),
        b"",
    );
    let found = facts.found.unwrap();
    let invalid = found.config.unwrap().invalid.unwrap();
    assert!(
        invalid.contains("line 1") && !invalid.contains("hunter2"),
        "{invalid}"
    );
}

/// Words of the protocol and its sections, so that garbage comes near to what is real.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "reader uid=0(root) gid=0(root) groups=0(root)\n",
        "/proc/1/status:Uid:\t0\t0\t0\t0\n",
        "/proc/9/comm:dockerd\n",
        "/proc/9/stat:9 (dockerd) S 1 9 9 0 -1 0 0 0 0 0 0 0 0 0 0 0 1 0 55 1\n",
        "Id=docker.service\n",
        "DropInPaths=$'/a\\x1b",
        "root:x:0:0::/:/bin/sh\n",
        "\0",
        "docker:x:9:a,b\n",
        "{\"icc\":",
        "[[[[",
        "-w /etc/docker -p wa\n",
        "enabled 1\n",
        "l/a",
        "e/b",
        "S//",
        "//81a4:0:0:1:1:1:root:root:/b\n",
        "//",
        "A# file: /b\n",
        "22 27 0:21 / /proc rw - proc proc rw\n",
        "\\",
        "LISTEN 0 1 [::]:1 *:*\n",
        "dockerd\0-H\0",
        "--log-opt",
        "/etc/docker/daemon.json\0",
    ]);
    let piece = prop_oneof![
        known.prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn sections() -> impl Strategy<Value = Vec<u8>> {
    let names = prop::sample::select(vec![
        "host",
        "units",
        "unit-files",
        "accounts",
        "mounts",
        "sockets",
        "packages",
        "audit",
        "processes",
        "engine.9",
        "config.9",
        "config.0",
        "containers",
        "files",
        "space",
        "pids",
        "unheard-of",
    ]);
    let one =
        (names, 0_u32..7, pieces()).prop_map(|(name, status, body)| section(name, status, &body));
    prop::collection::vec(one, 0..10).prop_map(|sections| sections.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_answer_makes_the_reader_panic(first in sections(), second in sections(), cut in 0_usize..4000) {
        let mut raw = OPENING.as_bytes().to_vec();
        raw.extend_from_slice(&first);
        raw.truncate(raw.len().min(OPENING.len() + cut * 2));
        let one = RoundOne::parse(&raw, &redactor()).unwrap();
        prop_assert!(request(&one, &needs(), &leads()).len() < 512 * 1024);
        let facts = finish(one, &needs(), &leads(), &second);
        prop_assert!(facts.file("/never/asked").is_err());
    }

    #[test]
    fn bytes_may_come_in_any_portions(first in sections(), second in sections(), portion in 1_usize..200) {
        let whole = [OPENING.as_bytes(), &first, b"\x1eend 1\n"].concat();
        let two = [&second[..], b"\x1eend 2\n"].concat();
        let mut talk = conversation();
        let mut sent = None;
        for bytes in whole.chunks(portion) {
            if let Step::Ask = talk.feed(bytes) {
                sent = Some(talk.ask(leads()));
            }
        }
        let one = RoundOne::parse(&whole, &redactor()).unwrap();
        prop_assert_eq!(sent, Some(request(&one, &needs(), &leads())));
        let mut done = None;
        for bytes in two.chunks(portion) {
            if let Step::Done(facts) = talk.feed(bytes) {
                done = Some(*facts);
            }
        }
        prop_assert_eq!(done, Some(finish(one, &needs(), &leads(), &second)));
    }

    #[test]
    fn any_bytes_at_all_are_taken_in(raw in prop::collection::vec(any::<u8>(), 0..600), opened in any::<bool>()) {
        let mut talk = conversation();
        if opened {
            let _step = talk.feed(OPENING.as_bytes());
        }
        let _step = talk.feed(&raw);
        let _facts = talk.give_up(&plimsoll::domain::gap::Gap::timeout("quiet"));
    }
}
