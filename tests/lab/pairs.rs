//! Live pairs: a host is set up wrong and the control must fail on the right subject for the right reason, then it is set
//! right and the control must pass. The pairs are data, in `pairs/HOST/*.toml`; everything of one file is swept at once, and
//! the files of a host follow one another in the order of their names.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use serde::Deserialize;

use crate::guard::trespasses;
use crate::harness::{Lab, folder, lab};
use crate::program::{Swept, sweep};
use crate::sweeps;

/// Longest time the scripts of one file may take, in seconds.
const LIMIT: u32 = 120;

/// Names the files to go through, if not all.
const CHOSEN: &str = "PLIMSOLL_LAB_PAIRS";

/// One file of pairs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    /// Put before each of the scripts: functions that they share.
    #[serde(default)]
    helpers: String,
    /// Run first, for what all pairs of the file need.
    #[serde(default)]
    before: String,
    /// Run before the pairs' own `wrong`.
    #[serde(default)]
    wrong: String,
    /// Run before the pairs' own `right`.
    #[serde(default)]
    right: String,
    /// Run last, for what the next file must not find.
    #[serde(default)]
    after: String,
    /// Policy of both sweeps.
    #[serde(default)]
    policy: toml::Table,
    /// More keys of the host's entry in the inventory.
    #[serde(default)]
    inventory: toml::Table,
    pair: Vec<Pair>,
}

/// One control on one subject.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    control: String,
    /// The subject's id.
    subject: String,
    /// The subject while it is right, where that is another one: a file that is gone is none.
    right_subject: Option<String>,
    /// Sets it wrong; empty where the file's own script does.
    #[serde(default)]
    wrong: String,
    /// Sets it right.
    #[serde(default)]
    right: String,
    /// Part of what is observed while it is wrong.
    observed: String,
}

/// The files of a host, in order.
fn topics(host: &str) -> Vec<(PathBuf, Topic)> {
    let mut files: Vec<_> = fs::read_dir(folder().join("pairs").join(host))
        .unwrap_or_else(|e| panic!("{host} has no pairs: {e}"))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    // `PLIMSOLL_LAB_PAIRS=daemon` goes through the files of that name only, for whoever writes them.
    if let Ok(part) = env::var(CHOSEN) {
        files.retain(|path| path.to_string_lossy().contains(&part));
    }
    files
        .into_iter()
        .map(|path| {
            let topic = toml::from_str(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path, topic)
        })
        .collect()
}

/// Runs scripts inside the host, one after the other, with the lab's helpers; each has a name that is told if it fails.
fn set_up<'a>(
    lab: &Lab,
    host: &str,
    helpers: &str,
    steps: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let read = |path: &str| fs::read_to_string(folder().join(path)).unwrap();
    let mut parts = vec![
        read("hosts/fill/lib.sh"),
        read("pairs/lib.sh"),
        helpers.into(),
    ];
    for (name, step) in steps {
        parts.push(format!("STEP='{name}'"));
        parts.push(step.to_owned());
    }
    let script = parts.join("\n");
    let said = lab.in_host_for(LIMIT, host, &script);
    assert!(said.ok, "{host}: {}{}", said.out, said.err);
}

/// Sweeps the host as the file says.
fn look(lab: &Lab, host: &str, topic: &Topic) -> Swept {
    let mut entry = toml::Table::new();
    let known = lab.host(host);
    for (key, value) in [
        ("name", host.to_owned()),
        ("endpoint", format!("ssh://{}", known.address)),
        ("user", "root".to_owned()),
        (
            "identity_file",
            lab.ssh_file("id_ed25519").display().to_string(),
        ),
        (
            "known_hosts",
            lab.ssh_file("known_hosts").display().to_string(),
        ),
    ] {
        entry.insert(key.to_owned(), value.into());
    }
    entry.extend(topic.inventory.clone());
    let mut inventory = toml::Table::new();
    inventory.insert("version".to_owned(), 1.into());
    inventory.insert("policy".to_owned(), topic.policy.clone().into());
    inventory.insert("hosts".to_owned(), vec![entry].into());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.toml");
    fs::write(&path, toml::to_string(&inventory).unwrap()).unwrap();
    sweep(&path, "*", &["--profile", "all"])
}

/// What is wrong with the answers to the pairs.
fn compare(swept: &Swept, host: &str, pairs: &[Pair], wanted: &str) -> Vec<String> {
    let rows = swept.rows(host);
    let mut wrong = Vec::new();
    for pair in pairs {
        let subject = match &pair.right_subject {
            Some(other) if wanted == "pass" => other,
            _ => &pair.subject,
        };
        let found: Vec<_> = rows
            .iter()
            .filter(|(control, on, ..)| *control == pair.control && *on == *subject)
            .collect();
        let fits = found.iter().any(|(_, _, outcome, observed)| {
            outcome == wanted && (wanted == "pass" || observed.contains(&pair.observed))
        });
        if !fits || found.len() != 1 {
            let others: Vec<_> = rows
                .iter()
                .filter(|(control, ..)| found.is_empty() && *control == pair.control)
                .collect();
            wrong.push(format!(
                "{} on {} should {wanted} ({:?}): {found:?} {others:?}",
                pair.control, subject, pair.observed
            ));
        }
    }
    wrong
}

/// Goes through one file; what was proven, and what was not as it should be.
fn prove(lab: &Lab, host: &str, path: &Path, topic: &Topic) -> (BTreeSet<String>, Vec<String>) {
    let steps = |own: fn(&Pair) -> &str| {
        topic
            .pair
            .iter()
            .map(move |pair| (pair.control.as_str(), own(pair)))
    };
    set_up(
        lab,
        host,
        &topic.helpers,
        [("before", &*topic.before), ("wrong", &*topic.wrong)]
            .into_iter()
            .chain(steps(|pair| &pair.wrong)),
    );
    let mut wrong = compare(&look(lab, host, topic), host, &topic.pair, "fail");
    set_up(
        lab,
        host,
        &topic.helpers,
        [("right", &*topic.right)]
            .into_iter()
            .chain(steps(|pair| &pair.right)),
    );
    wrong.extend(compare(&look(lab, host, topic), host, &topic.pair, "pass"));
    set_up(lab, host, &topic.helpers, [("after", &*topic.after)]);
    let name = path.strip_prefix(folder()).unwrap().display();
    let wrong: Vec<_> = wrong
        .into_iter()
        .map(|line| format!("{name}: {line}"))
        .collect();
    let proven = topic.pair.iter().map(|pair| pair.control.clone());
    (proven.collect(), wrong)
}

/// The controls that `tests/controls/ledger.toml` says are proven live.
fn called_live() -> BTreeSet<String> {
    let path = folder().with_file_name("controls").join("ledger.toml");
    let ledger: toml::Table = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    ledger
        .into_iter()
        .filter(|(_, way)| way.as_str() == Some("live"))
        .map(|(control, _)| control)
        .collect()
}

#[test]
fn what_the_ledger_calls_live_is_proven_here() {
    let Some(lab) = lab() else { return };
    let hosts: Vec<_> = lab
        .pair_hosts()
        .iter()
        .map(|host| host.name.as_str())
        .filter(|host| lab.is_up(host))
        .collect();
    let (mut proven, mut wrong) = (BTreeSet::new(), Vec::new());
    thread::scope(|scope| {
        let running: Vec<_> = hosts
            .iter()
            .map(|host| {
                scope.spawn(move || {
                    topics(host)
                        .iter()
                        .map(|(path, topic)| prove(lab, host, path, topic))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for (some, bad) in running.into_iter().flat_map(|one| one.join().unwrap()) {
            proven.extend(some);
            wrong.extend(bad);
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(trespasses(lab), Vec::<String>::new());
    let listed = lab.hosts().iter().chain(lab.pair_hosts());
    let down: Vec<_> = listed
        .filter(|host| !lab.is_up(&host.name))
        .map(|host| &host.name)
        .collect();
    if !down.is_empty() || env::var(CHOSEN).is_ok() {
        eprintln!(
            "{} controls proven by pairs; not held against the ledger, for that was not all (down: {down:?})",
            proven.len()
        );
        return;
    }
    proven.extend(sweeps::pairs(lab).clone());
    println!("{} controls proven live", proven.len());
    let ledger = called_live();
    assert_eq!(
        ledger.difference(&proven).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "called live and not proven"
    );
    assert_eq!(
        proven.difference(&ledger).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "proven and not called live"
    );
}
