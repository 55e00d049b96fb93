//! The real script under dash, bash and busybox: what it tells, and what it must not do.

use std::fs;

use plimsoll::domain::evidence::host::{FileStat, HostFacts, Setting};
use plimsoll::domain::gap::{AsKnown as _, GapClass};
use plimsoll::domain::place::Place;
use plimsoll::probe::{Leads, Needs, SCRIPT};

use super::fake_root::{Root, Tools};
use super::fed::{broken_off, raw};
use super::talk::{talk, talk_with};

/// Names that would do harm if a shell, `printf`, `stat`, `xargs` or a terminal took them for anything but a name.
const ODD_NAMES: &[&[u8]] = &[
    b"with space",
    b"new\nline",
    b"esc\x1b[31m",
    b"$(touch hacked)",
    b"`touch hacked`",
    b";touch hacked;",
    b"quote'\"",
    b"back\\slash%s%b\\0101",
    b"-rf",
    b"--help",
    b"non-utf8 \xff\xfe",
    b"[glob]*?",
    b"..dots",
    b"tab\there",
    b"trailing newline\n",
    b"\x1eend 1\n",
    b"\xe4\xb8\xad\xe6\x96\x87",
    b"~root",
    b"#no comment",
    b"&& true",
    b"<in >out",
    b"x\n81a4:0:0:1:1:1:root:root:",
];

fn needs(places: &[Place]) -> Needs {
    Needs {
        places: places.to_vec(),
        deep: false,
        sockets: Vec::new(),
    }
}

fn stat<'a>(facts: &'a HostFacts, path: &str) -> &'a FileStat {
    match facts.file(path) {
        Ok(Some(stat)) => stat,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn odd_names_come_back_as_names() {
    Root::each(|root| {
        for (at, name) in ODD_NAMES.iter().enumerate() {
            let mode = [0o4755, 0o606, 0o640][at % 3];
            root.file(
                &[b"etc/docker/certs.d/host/", *name].concat(),
                b"x",
                mode,
                1000,
            );
            root.folder_at(&[b"etc/docker/certs.d/", *name].concat(), 0o1777, 0);
        }
        let told = talk(
            &mut root.shell(),
            needs(&[
                Place::Below("/etc/docker/certs.d", ""),
                Place::Folders("/etc/docker/certs.d"),
            ]),
        );
        let facts = told.facts();
        let files = facts
            .paths(Place::Below("/etc/docker/certs.d", ""))
            .unwrap();
        assert_eq!(files.len(), ODD_NAMES.len(), "{files:#?}");
        let folders = facts.paths(Place::Folders("/etc/docker/certs.d")).unwrap();
        assert_eq!(folders.len(), ODD_NAMES.len() + 2, "{folders:#?}");
        for (at, name) in ODD_NAMES.iter().enumerate() {
            let text = match std::str::from_utf8(name) {
                Ok(text) => text.to_owned(),
                Err(_) => "non-utf8 \\xff\\xfe".to_owned(),
            };
            let file = stat(facts, &format!("/etc/docker/certs.d/host/{text}"));
            assert_eq!(
                (file.mode, file.uid, file.kind.as_str()),
                ([0o4755, 0o606, 0o640][at % 3], 1000, "file"),
                "{text:?}"
            );
            let folder = stat(facts, &format!("/etc/docker/certs.d/{text}"));
            assert_eq!(
                (folder.mode, folder.kind.as_str()),
                (0o1777, "dir"),
                "{text:?}"
            );
        }
        assert!(!root.path(b"tmp/hacked").exists() && !root.path(b"hacked").exists());
    });
}

#[test]
fn requests_are_data_and_nothing_else() {
    Root::each(|root| {
        for request in [
            "look $(touch /tmp/hacked)\\0000`touch /tmp/hacked`\\0000;touch /tmp/hacked\\0000\ngo\n",
            "tree /etc;touch /tmp/hacked\\0000\nspace /$(touch /tmp/hacked)\\0000\ngo\n",
            "pids 1 2;touch /tmp/hacked\ngo\n",
            "pids $(touch /tmp/hacked)\ngo\n",
            "touch /tmp/hacked\ngo\n",
            "look /\\0044\\0050touch /tmp/hacked\\0051\\0000\ngo\n",
            "look -rf\\0000--help\\0000\ngo\n",
            "go",
            "",
        ] {
            let output = raw(&mut root.shell(), request.as_bytes());
            assert!(!root.path(b"tmp/hacked").exists(), "{request:?}");
            let ends = String::from_utf8_lossy(&output).matches("\x1eend ").count();
            let is_taken = request.starts_with("look") || request.starts_with("tree");
            assert_eq!(ends, if is_taken { 2 } else { 1 }, "{request:?}");
        }
    });
}

#[test]
fn links_are_told_with_where_they_lead() {
    Root::each(|root| {
        root.link(b"var/run", "/run");
        root.file(b"run/docker.sock", b"", 0o660, 998);
        root.folder_at(b"srv", 0o777, 0);
        root.file(
            b"srv/settings/daemon.json",
            b"{\"icc\": false}",
            0o604,
            1000,
        );
        root.link(b"etc/docker/daemon.json", "../../srv/settings/daemon.json");
        root.link(b"etc/docker/dangling", "/nowhere/at-all");
        root.link(b"etc/docker/loop", "loop");
        root.folder_at(b"srv/certs/host", 0o755, 0);
        root.file(b"srv/certs/host/ca.crt", b"", 0o644, 0);
        root.link(b"etc/docker/certs.d", "/srv/certs");
        let told = talk(
            &mut root.shell(),
            needs(&[
                Place::DaemonConfig,
                Place::Fixed("/etc/docker/dangling"),
                Place::Fixed("/etc/docker/loop"),
                Place::Below("/etc/docker/certs.d", ".crt"),
            ]),
        );
        let facts = told.facts();
        let found = facts.found.known().unwrap();
        assert_eq!(
            found.engine_sockets,
            ["/run/docker.sock"],
            "named by its real path"
        );
        assert_eq!(
            stat(facts, "/var/run/docker.sock").target.as_deref(),
            Some("/run/docker.sock")
        );
        let config = stat(facts, "/etc/docker/daemon.json");
        assert_eq!(
            (config.kind.as_str(), config.target.as_deref()),
            ("link", Some("/srv/settings/daemon.json"))
        );
        assert_eq!(
            (
                stat(facts, "/srv/settings/daemon.json").mode,
                stat(facts, "/srv").mode
            ),
            (0o604, 0o777)
        );
        assert_eq!(found.setting("icc"), Some(&Setting::Bool(false)));
        assert_eq!(stat(facts, "/etc/docker/dangling").kind, "link");
        assert_eq!(stat(facts, "/etc/docker/loop").kind, "link");
        assert!(!matches!(facts.file("/nowhere/at-all"), Ok(Some(_))));
        assert_eq!(
            facts
                .paths(Place::Below("/etc/docker/certs.d", ".crt"))
                .unwrap(),
            ["/etc/docker/certs.d/host/ca.crt"]
        );
        assert_eq!(
            stat(facts, "/etc/docker/certs.d/host/ca.crt")
                .target
                .as_deref(),
            Some("/srv/certs/host/ca.crt")
        );
    });
}

#[test]
fn what_may_not_be_read_is_a_gap_and_what_is_absent_is_not() {
    Root::each(|root| {
        root.file(b"etc/docker/daemon.json", b"{\"debug\": true}", 0o600, 0);
        root.file(b"root/.docker/config.json", b"{}", 0o600, 0);
        root.folder_at(b"root", 0o700, 0);
        root.folder_at(b"etc/docker/certs.d/closed", 0o700, 0);
        root.as_nobody();
        let told = talk(
            &mut root.shell(),
            needs(&[
                Place::DaemonConfig,
                Place::Fixed("/root/.docker/config.json"),
                Place::Fixed("/etc/default/docker"),
                Place::Below("/etc/docker/certs.d", ".key"),
            ]),
        );
        let facts = told.facts();
        let found = facts.found.known().unwrap();
        assert_eq!(facts.reader.known().unwrap().uid, 65534);
        assert_eq!(found.config, None);
        let gap = found.config_gap.as_ref().unwrap();
        assert_eq!(gap.class, GapClass::Permission);
        assert!(
            gap.message.contains("/etc/docker/daemon.json") && gap.message.contains("sudo -n"),
            "{}",
            gap.message
        );
        assert_eq!(stat(facts, "/etc/docker/daemon.json").mode, 0o600);
        assert_eq!(
            facts.file("/root/.docker/config.json").unwrap_err().class,
            GapClass::Permission
        );
        assert_eq!(facts.file("/etc/default/docker"), Ok(None));
        assert_eq!(
            facts
                .paths(Place::Below("/etc/docker/certs.d", ".key"))
                .unwrap_err()
                .class,
            GapClass::Permission
        );
        let rules = facts.audit.known().unwrap().rules.known().unwrap_err();
        assert!(
            matches!(rules.class, GapClass::Permission | GapClass::Unsupported),
            "{rules:?}"
        );
    });
}

#[test]
fn the_running_engine_is_found_with_what_it_really_uses() {
    Root::each(|root| {
        root.file(b"etc/docker/daemon.json", b"{\"debug\": true}", 0o644, 0);
        root.file(
            b"srv/engine.json",
            b"{\"data-root\": \"/srv/data\", \"log-opts\": {\"splunk-token\": \"hunter2\"}}",
            0o644,
            0,
        );
        let words = [
            "-H",
            "unix:///run/engine.sock",
            "--config-file",
            "/srv/engine.json",
            "--label",
            "password=hunter2",
            "--icc=false",
        ];
        if !root.run_engine(&words) {
            return;
        }
        let told = talk(
            &mut root.shell(),
            needs(&[Place::DaemonConfig, Place::DataRoot, Place::EngineSocket]),
        );
        let facts = told.facts();
        let found = facts.found.known().unwrap();
        let daemon = found.daemon.as_ref().unwrap();
        assert_eq!(
            (daemon.uid, daemon.exe.as_deref()),
            (0, Some("/opt/dockerd"))
        );
        assert!(
            daemon
                .started
                .is_some_and(|started| started > 1_600_000_000),
            "{daemon:?}"
        );
        assert_eq!(
            (found.config_path.as_str(), found.data_root.as_str()),
            ("/srv/engine.json", "/srv/data")
        );
        assert_eq!(found.engine_sockets, ["/run/engine.sock"]);
        assert_eq!(found.setting("icc"), Some(&Setting::Bool(false)));
        assert_eq!(
            found.setting("debug"),
            None,
            "that is in a file which this engine does not read"
        );
        assert!(!format!("{facts:?}").contains("hunter2"));
        let docker = &facts.accounts.known().unwrap().groups[0];
        assert_eq!(docker.members, ["alice", "bob", "ci"]);
    });
}

#[test]
fn a_rootless_engine_is_read_where_its_user_keeps_it() {
    Root::each(|root| {
        root.file(
            b"home/ci/.config/docker/daemon.json",
            b"{\"icc\": false}",
            0o644,
            1001,
        );
        if !root.run_engine(&["--rootless"]) {
            return;
        }
        root.engine_of("1001");
        let told = talk(
            &mut root.shell(),
            needs(&[Place::DaemonConfig, Place::DataRoot]),
        );
        let found = told.facts().found.known().unwrap();
        assert_eq!(found.daemon.as_ref().unwrap().uid, 1001);
        assert_eq!(found.config_path, "/home/ci/.config/docker/daemon.json");
        assert_eq!(found.setting("icc"), Some(&Setting::Bool(false)));
        assert_eq!(found.data_root, "/home/ci/.local/share/docker");
        assert_eq!(found.engine_sockets, ["/run/user/1001/docker.sock"]);
    });
}

#[test]
fn a_user_cannot_have_a_file_read_by_naming_it() {
    Root::each(|root| {
        root.file(b"srv/others.json", b"{\"hunter2\": true}", 0o600, 0);
        if !root.run_engine(&["--config-file", "/srv/others.json"]) {
            return;
        }
        root.engine_of("1001");
        let told = talk(&mut root.shell(), Needs::default());
        let found = told.facts().found.known().unwrap();
        assert_eq!(found.config, None);
        assert_eq!(
            found.config_gap.as_ref().unwrap().class,
            GapClass::Unsupported
        );
        assert!(!format!("{found:?}").contains("hunter2"));
    });
}

#[test]
fn hidden_processes_are_a_gap_not_an_absent_engine() {
    Root::each(|root| {
        if !root.run_engine(&["--icc=false"]) {
            return;
        }
        root.hide_processes();
        root.as_nobody();
        let told = talk(&mut root.shell(), Needs::default());
        let facts = told.facts();
        let found = facts.found.known().unwrap();
        assert_eq!(found.daemon, None);
        assert_eq!(
            found.daemon_gap.as_ref().unwrap().class,
            GapClass::Permission
        );
        assert_eq!(facts.audit.known().unwrap_err().class, GapClass::Permission);
    });
}

#[test]
fn noise_of_a_login_is_no_part_of_the_answer() {
    Root::each(|root| {
        let told = talk_with(
            &mut root.shell(),
            needs(&[Place::Fixed("/etc/docker")]),
            &Leads::default(),
            |talk| {
                let noise = "printf 'Welcome\\036!\\n\\036plimsoll is here\\n\\037\\377'; printf 'mail for you\\n' >&2\n";
                [noise.as_bytes(), &talk.initial_input()].concat()
            },
        );
        assert_eq!(stat(told.facts(), "/etc/docker").mode, 0o755);
        assert!(
            told.complaints.contains("mail for you"),
            "standard error stays apart"
        );
    });
}

#[test]
fn a_script_that_broke_off_does_nothing() {
    Root::each(|root| {
        let script = SCRIPT.trim_end();
        let cuts = (0..12)
            .map(|at| script.len() * at / 12)
            .chain(script.len() - 30..script.len());
        for cut in cuts {
            let output = broken_off(&mut root.shell(), &script.as_bytes()[..cut]);
            assert!(
                output.is_empty(),
                "cut at {cut}: {}",
                String::from_utf8_lossy(&output)
            );
        }
    });
}

#[test]
fn nothing_is_written_on_the_host() {
    Root::each(|root| {
        root.file(b"etc/docker/daemon.json", b"{}", 0o644, 0);
        let before = root.snapshot();
        let told = talk(
            &mut root.shell(),
            needs(&[Place::DaemonConfig, Place::Below("/etc/docker/certs.d", "")]),
        );
        told.facts();
        assert_eq!(root.snapshot(), before);
    });
}

#[test]
fn a_host_without_comforts_is_read_too() {
    let Some(root) = Root::make(Tools::Bare) else {
        return;
    };
    root.file(b"etc/docker/key.json", b"", 0o606, 0);
    let told = talk(
        &mut root.shell(),
        needs(&[Place::Fixed("/etc/docker/key.json")]),
    );
    let facts = told.facts();
    assert!(told.output.windows(3).any(|window| window == b"hex"));
    assert_eq!(stat(facts, "/etc/docker/key.json").mode, 0o606);
    assert_eq!(facts.os.known().unwrap().id, "debian");
    assert_eq!(facts.reader.known().unwrap_err().class, GapClass::Protocol);
    assert_eq!(
        facts.accounts.known().unwrap().groups[0].members,
        ["alice", "bob", "ci"]
    );
}

#[test]
fn the_script_holds_no_command_that_changes_anything() {
    let harmful = [
        "eval", "rm", "mv", "cp", "tee", "touch", "chmod", "chown", "kill", "mkdir", "ln", "dd",
        "mktemp", "curl", "wget", "nc", "exec", "install", "mount", "source", ".", "apt", "sysctl",
        "reboot", "setfacl",
    ];
    // `exec 4>&1` only gives the answer a descriptor.
    let allowed = ["exec 4>&1"];
    for (at, line) in SCRIPT.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') || allowed.contains(&line) {
            continue;
        }
        for command in line.split(['|', ';', '&', '(', '{']).map(str::trim) {
            let first = command.split_whitespace().next().unwrap_or_default();
            assert!(!harmful.contains(&first), "line {}: {line}", at + 1);
        }
        for (at, _) in line.match_indices('>') {
            let target = line[at + 1..].trim_start_matches('>');
            assert!(
                target.starts_with('&') || target.starts_with("/dev/null"),
                "writes a file: {line}"
            );
        }
    }
    assert!(
        fs::metadata(concat!(env!("CARGO_MANIFEST_DIR"), "/src/probe/probe.sh"))
            .unwrap()
            .len()
            < 32 * 1024
    );
}
