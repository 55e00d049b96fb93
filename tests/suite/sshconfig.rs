//! The reader of ssh_config against OpenSSH: each file of `tests/sshconfig`, each name it is asked about.
//!
//! `NAME.expected` holds what `ssh -G` printed. Where the program is installed its answer of today is compared as well;
//! `PLIMSOLL_UPDATE=1` writes the files anew from it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll::sshconfig::{Config, Facts, Settings, Source, VariableOf, resolve};

const HOME: &str = "/home/test";

/// What is compared, of all that `ssh -G` prints.
const KEPT: [&str; 14] = [
    "hostname",
    "user",
    "port",
    "identityfile",
    "certificatefile",
    "identitiesonly",
    "identityagent",
    "proxyjump",
    "proxycommand",
    "userknownhostsfile",
    "globalknownhostsfile",
    "hostkeyalias",
    "stricthostkeychecking",
    "connecttimeout",
];

#[derive(Debug)]
struct Variables;

impl VariableOf for Variables {
    fn get(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| HOME.to_owned())
    }
}

struct Files;

impl Source for Files {
    fn open(&self, pattern: &Path) -> Result<Vec<(PathBuf, String)>, String> {
        let name = pattern.file_name().unwrap().to_str().unwrap();
        let Ok(entries) = std::fs::read_dir(pattern.parent().unwrap()) else {
            return Ok(Vec::new());
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| match name.strip_prefix('*') {
            Some(end) => path.to_str().unwrap().ends_with(end),
            None => path.file_name().unwrap() == name,
        });
        paths.sort();
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path, text)
        };
        Ok(paths.into_iter().map(read).collect())
    }
}

/// One name that a file is asked about.
struct Query {
    line: String,
    alias: String,
    user: Option<String>,
    port: Option<u16>,
}

fn queries(text: &str) -> Vec<Query> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("#! "));
    lines
        .map(|line| {
            let mut words = line.split(' ');
            let mut query = Query {
                line: line.to_owned(),
                alias: words.next().unwrap().to_owned(),
                user: None,
                port: None,
            };
            for word in words {
                match word.split_once('=').unwrap() {
                    ("user", user) => query.user = Some(user.to_owned()),
                    ("port", port) => query.port = Some(port.parse().unwrap()),
                    other => panic!("{other:?}"),
                }
            }
            query
        })
        .collect()
}

fn facts(query: &Query) -> Facts<'_> {
    Facts {
        alias: &query.alias,
        user: query.user.as_deref(),
        port: query.port,
        local_user: "me",
        home: Some(HOME),
        variable: &Variables,
    }
}

/// What the program prints, of the lines that are compared; the person's own name becomes `me`.
fn printed(file: &Path, query: &Query) -> Option<String> {
    let mut command = Command::new("ssh");
    command.arg("-G").arg("-F").arg(file);
    if let Some(user) = &query.user {
        command.arg("-l").arg(user);
    }
    if let Some(port) = query.port {
        command.arg("-p").arg(port.to_string());
    }
    let output = command.arg("--").arg(&query.alias).output().ok()?;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{}: {said}", query.line);
    let me = Command::new("id").arg("-un").output().unwrap();
    let me = format!("user {}", String::from_utf8(me.stdout).unwrap().trim());
    let entry = Command::new("sh")
        .args(["-c", "getent passwd \"$(id -un)\" | cut -d: -f6"])
        .output()
        .unwrap();
    let home = format!(" {}/", String::from_utf8(entry.stdout).unwrap().trim());
    let mut kept = String::new();
    let said = String::from_utf8(output.stdout).unwrap();
    for line in said.replace(&home, " /home/test/").lines() {
        let keyword = line.split(' ').next().unwrap();
        if !KEPT.contains(&keyword) {
            continue;
        }
        let mine = line == me && query.user.is_none();
        writeln!(kept, "{}", if mine { "user me" } else { line }).unwrap();
    }
    Some(kept)
}

/// Settings with what OpenSSH takes where nothing is said.
fn whole(settings: Settings, alias: &str) -> Settings {
    let paths = |names: [&str; 2]| Some(names.map(PathBuf::from).to_vec());
    Settings {
        hostname: settings.hostname.or_else(|| Some(alias.to_owned())),
        user: settings.user.or_else(|| Some("me".to_owned())),
        port: settings.port.or(Some(22)),
        user_known_hosts: settings.user_known_hosts.or_else(|| {
            paths([
                "/home/test/.ssh/known_hosts",
                "/home/test/.ssh/known_hosts2",
            ])
        }),
        global_known_hosts: settings
            .global_known_hosts
            .or_else(|| paths(["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"])),
        jumps: settings.jumps.filter(|jumps| !jumps.is_empty()),
        ..settings
    }
}

#[test]
fn the_reader_says_what_openssh_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sshconfig");
    #[expect(clippy::disallowed_methods, reason = "a person asks for new files")]
    let update = std::env::var("PLIMSOLL_UPDATE").is_ok();
    let mut compared = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "conf") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("@DIR@", folder.to_str().unwrap());
        let scratch = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(scratch.path(), &text).unwrap();
        let mut config = Config::default();
        let home = Path::new(HOME);
        config.add(&path, &text, &home.join(".ssh"), Some(home), &Files);
        let kept = path.with_extension("expected");
        let mut today = String::new();
        for query in queries(&text) {
            if let Some(answer) = printed(scratch.path(), &query) {
                writeln!(today, "== {}\n{answer}", query.line).unwrap();
            }
        }
        if update {
            std::fs::write(&kept, &today).unwrap();
        }
        let expected = std::fs::read_to_string(&kept).unwrap();
        for query in queries(&text) {
            let ours = resolve(&config, &facts(&query)).unwrap();
            // Programs of other versions print other lines, but must mean the same.
            for answers in [&expected, &today]
                .into_iter()
                .filter(|text| !text.is_empty())
            {
                let head = format!("== {}\n", query.line);
                let answer = answers.split(&head).nth(1).unwrap();
                let answer = answer.split("\n\n").next().unwrap();
                let theirs = resolve(&Config::printed(answer), &facts(&query)).unwrap();
                assert_eq!(
                    whole(ours.clone(), &query.alias),
                    whole(theirs, &query.alias),
                    "{}: {}",
                    path.display(),
                    query.line
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared}");
}

fn config(text: &str) -> Config {
    let mut config = Config::default();
    config.add(Path::new("file"), text, Path::new("/"), None, &Files);
    config
}

fn asked(text: &str, alias: &str) -> Result<Settings, String> {
    let query = &queries(&format!("#! {alias}"))[0];
    resolve(&config(text), &facts(query)).map_err(|refusal| refusal.to_string())
}

#[test]
fn what_only_the_program_decides_is_refused_with_a_word() {
    for (text, word) in [
        ("Match exec \"test -f /x\"\nPort 1", "file:1: `Match exec`"),
        ("Match final\nPort 1", "`Match final`"),
        (
            "Match localnetwork 10.0.0.0/8\nPort 1",
            "`Match localnetwork`",
        ),
        ("Match host\nPort 1", "lacks its value"),
        ("IdentityFile ~/%C", "the token %C"),
        ("IdentityFile ${NOPE}/x", "no variable $NOPE"),
        ("Port 99999", "bad port `99999`"),
        ("ProxyJump -oProxyCommand=x", "bad jump"),
        ("Include ~other/x", "is not understood"),
    ] {
        let refused = asked(text, "a").unwrap_err();
        assert!(refused.contains(word), "{text}: {refused}");
    }
    // Not for those whom it cannot concern.
    let text = "Match originalhost b exec false\nPort 1\nHost a\nPort 2";
    assert_eq!(asked(text, "a").unwrap().port, Some(2));
}

#[test]
fn an_alias_is_known_by_more_than_wildcards() {
    let config = config("Host bastion-* !bastion-9\nHost *\nMatch originalhost m1\n");
    for (alias, known) in [
        ("bastion-hk", true),
        ("bastion-9", false),
        ("other", false),
        ("m1", true),
    ] {
        assert_eq!(config.knows(alias), known, "{alias}");
    }
}

#[test]
fn names_with_the_same_lines_are_told_from_others() {
    let plain = config("Host web-*\nPort 1\nHost db\nPort 2\n");
    assert_eq!(plain.marks("web-1"), plain.marks("web-2"));
    assert_ne!(plain.marks("web-1"), plain.marks("db"));
    assert!(plain.marks("x").is_some());
    for beyond in [
        "Match user x\nPort 1",
        "HostName %h.net",
        "CanonicalizeHostname yes",
    ] {
        assert_eq!(config(beyond).marks("x"), None, "{beyond}");
    }
}
