//! Live pairs: a host is set up wrong and the control must fail on the right subject for the right reason, then it is set
//! right and the control must pass. The pairs are data, in `pairs/HOST/*.toml`; everything of one file is swept at once, and
//! the files of a host follow one another in the order of their names.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::thread;

use serde::Deserialize;

use crate::guard::trespasses;
use crate::harness::{Lab, LabHost, folder, lab};
use crate::program::{Row, Swept, sweep};
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
    /// Fails on a machine that cannot show these pairs; then they are left out, and say so.
    #[serde(default)]
    only_if: String,
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
) -> Result<(), String> {
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
    let said = lab.in_host_for(LIMIT, host, &parts.join("\n"));
    if said.ok {
        return Ok(());
    }
    Err(format!("{}{}", said.out, said.err))
}

/// What a file of pairs sets wrong on a host.
pub(crate) struct Wrong {
    /// Controls, each with its subject.
    pub(crate) pairs: Vec<(String, String)>,
    lab: &'static Lab,
    host: String,
    topic: Topic,
}

impl Drop for Wrong {
    fn drop(&mut self) {
        let Self {
            lab, host, topic, ..
        } = self;
        let own = topic.pair.iter().map(|pair| (&*pair.control, &*pair.right));
        let steps = [("right", &*topic.right)].into_iter().chain(own);
        let steps = steps.chain([("after", &*topic.after)]);
        if let Err(said) = set_up(lab, host, &topic.helpers, steps) {
            eprintln!("{host} could not be set right: {said}");
        }
    }
}

/// Sets up on `host` what is wrong in the file `name` of the pairs of `of`, for the controls that are `wanted`; once that is
/// dropped it is right again.
pub(crate) fn wrong(
    lab: &'static Lab,
    host: &str,
    of: &str,
    name: &str,
    wanted: impl Fn(&str) -> bool,
) -> Wrong {
    let (_, mut topic) = topics(of)
        .into_iter()
        .find(|(path, _)| path.file_stem().is_some_and(|stem| stem == name))
        .unwrap();
    topic.pair.retain(|pair| wanted(&pair.control));
    let own = topic
        .pair
        .iter()
        .map(|pair| (pair.control.as_str(), pair.wrong.as_str()));
    let steps = [("before", &*topic.before), ("wrong", &*topic.wrong)];
    set_up(lab, host, &topic.helpers, steps.into_iter().chain(own)).unwrap();
    Wrong {
        pairs: topic
            .pair
            .iter()
            .map(|pair| (pair.control.clone(), pair.subject.clone()))
            .collect(),
        lab,
        host: host.to_owned(),
        topic,
    }
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
fn compare(rows: &[Row], pairs: &[Pair], wanted: &str) -> Vec<String> {
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

/// What came of one file.
#[derive(Debug, Default)]
struct Came {
    proven: BTreeSet<String>,
    /// Controls that this machine cannot show.
    left_out: BTreeSet<String>,
    wrong: Vec<String>,
}

/// Goes through one file. Whatever goes wrong, the host is left as `after` makes it.
fn prove(lab: &Lab, host: &str, path: &Path, topic: &Topic) -> Came {
    let name = path.strip_prefix(folder()).unwrap().display();
    let controls = topic.pair.iter().map(|pair| pair.control.clone()).collect();
    if set_up(lab, host, &topic.helpers, [("only_if", &*topic.only_if)]).is_err() {
        eprintln!(
            "{name}: left out, for this machine cannot show it: {}",
            topic.only_if
        );
        return Came {
            left_out: controls,
            ..Came::default()
        };
    }
    let half = |steps: [(&str, &str); 2], own: fn(&Pair) -> &str, wanted| {
        let own = topic
            .pair
            .iter()
            .map(|pair| (pair.control.as_str(), own(pair)));
        // A sweep that cannot be read must not keep `after` from running.
        panic::catch_unwind(AssertUnwindSafe(|| {
            match set_up(lab, host, &topic.helpers, steps.into_iter().chain(own)) {
                Ok(()) => compare(&look(lab, host, topic).rows(host), &topic.pair, wanted),
                Err(said) => vec![said],
            }
        }))
        .unwrap_or_else(|_| vec![format!("no sweep to look at while it should {wanted}")])
    };
    let mut wrong = half(
        [("before", &topic.before), ("wrong", &topic.wrong)],
        |pair| &pair.wrong,
        "fail",
    );
    if wrong.is_empty() {
        wrong = half(
            [("right", &topic.right), ("", "")],
            |pair| &pair.right,
            "pass",
        );
    }
    wrong.extend(set_up(lab, host, &topic.helpers, [("after", &*topic.after)]).err());
    Came {
        proven: controls,
        wrong: wrong
            .into_iter()
            .map(|line| format!("{name}: {line}"))
            .collect(),
        ..Came::default()
    }
}

/// Goes through the files of one host.
fn prove_all(lab: &Lab, host: &LabHost) -> Came {
    let _alone = host.shared.then(|| lab.machine());
    let mut all = Came::default();
    for (path, topic) in topics(&host.name) {
        let came = prove(lab, &host.name, &path, &topic);
        all.proven.extend(came.proven);
        all.left_out.extend(came.left_out);
        all.wrong.extend(came.wrong);
    }
    all
}

/// Goes through the pairs of what compares hosts: two inventories of hosts that stay as they are. `@HOST@` stands for an address.
fn prove_fleet(lab: &Lab) -> BTreeSet<String> {
    let text = fs::read_to_string(folder().join("pairs/fleet.toml")).unwrap();
    let topic: Topic = toml::from_str(&text).unwrap();
    let keys = format!(
        "version = 1\n[defaults]\nuser = \"root\"\nidentity_file = \"{}\"\nknown_hosts = \"{}\"\n",
        lab.ssh_file("id_ed25519").display(),
        lab.ssh_file("known_hosts").display()
    );
    let mut wrong = Vec::new();
    for (inventory, wanted) in [(&topic.wrong, "fail"), (&topic.right, "pass")] {
        let mut inventory = keys.clone() + inventory;
        for host in lab.hosts() {
            inventory = inventory.replace(&format!("@{}@", host.name), &host.address);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory.toml");
        fs::write(&path, inventory).unwrap();
        let swept = sweep(&path, "*", &["--profile", "all"]);
        wrong.extend(compare(&swept.fleet_rows(), &topic.pair, wanted));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    topic.pair.into_iter().map(|pair| pair.control).collect()
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
    let hosts = lab
        .pair_hosts()
        .iter()
        .filter(|host| lab.is_up(&host.name) && host.name != crate::repairs::HOST);
    let Came {
        mut proven,
        left_out,
        wrong,
    } = thread::scope(|scope| {
        let running: Vec<_> = hosts
            .map(|host| scope.spawn(move || prove_all(lab, host)))
            .collect();
        let mut all = Came::default();
        for one in running {
            let came = one.join().unwrap();
            all.proven.extend(came.proven);
            all.left_out.extend(came.left_out);
            all.wrong.extend(came.wrong);
        }
        all
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
    proven.extend(prove_fleet(lab));
    println!("{} controls proven live", proven.len());
    let ledger = called_live();
    let excused = &proven | &left_out;
    assert_eq!(
        ledger.difference(&excused).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "called live and not proven"
    );
    assert_eq!(
        proven.difference(&ledger).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "proven and not called live"
    );
}
