//! Sweeps of the lab with the real program: what was set up is found by name, whichever way the host is reached, and
//! nothing secret comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::expected::expected;
use crate::guard::trespasses;
use crate::harness::{Lab, lab};
use crate::planted::{databases_below, leaked_in, text_below};
use crate::program::{known_controls, plimsoll, sweep};

/// Controls that answered right on one host and wrong on another, as `expected.toml` says. The sweep is made once, whoever
/// asks first.
///
/// # Panics
/// Where anything is not as expected.
pub(crate) fn pairs(lab: &Lab) -> &'static BTreeSet<String> {
    static PAIRS: OnceLock<BTreeSet<String>> = OnceLock::new();
    PAIRS.get_or_init(|| compared(lab))
}

fn compared(lab: &Lab) -> BTreeSet<String> {
    let swept = sweep(&lab.inventory(), "*", &["--profile", "all"]);
    let known = known_controls();
    let (mut wrong, mut compared, mut ahead) = (Vec::new(), 0, Vec::new());
    let mut met: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (host, expected) in expected() {
        let outcomes: BTreeMap<(String, String), (String, String)> = swept
            .rows(&host)
            .into_iter()
            .map(|(control, subject, outcome, observed)| ((control, subject), (outcome, observed)))
            .collect();
        for (wanted, subjects) in [("fail", &expected.fail), ("pass", &expected.pass)] {
            for (control, subject) in subjects
                .iter()
                .flat_map(|(control, list)| list.iter().map(move |subject| (control, subject)))
            {
                if !known.contains(control) {
                    ahead.push(control.clone());
                    continue;
                }
                compared += 1;
                let found = outcomes.get(&(control.clone(), subject.clone()));
                if found.is_some_and(|(outcome, _)| outcome == wanted) {
                    met.entry(control.clone()).or_default().insert(wanted);
                } else {
                    wrong.push(format!(
                        "{host}: {control} on {subject} should {wanted}: {found:?}"
                    ));
                }
            }
        }
    }
    ahead.sort();
    ahead.dedup();
    eprintln!("{compared} expectations compared; controls not in the catalogue yet: {ahead:?}");
    assert!(compared > 100, "only {compared} expectations compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    met.into_iter()
        .filter(|(_, sides)| sides.len() == 2)
        .map(|(control, _)| control)
        .collect()
}

#[test]
fn what_was_set_up_is_found_by_name() {
    let Some(lab) = lab() else { return };
    assert!(!pairs(lab).is_empty());
    assert_eq!(trespasses(lab), Vec::<String>::new());
}

/// Every format that is written to a file of its own.
const FORMATS: [&str; 9] = [
    "ndjson",
    "csv",
    "markdown",
    "html",
    "sarif",
    "junit",
    "oscal",
    "ocsf",
    "prometheus",
];

#[test]
fn no_planted_secret_comes_out() {
    let Some(lab) = lab() else { return };
    let swept = sweep(&lab.inventory(), "*", &["--profile", "all", "-v"]);
    let state = tempfile::tempdir().unwrap();
    let mut others = plimsoll(state.path());
    others
        .arg("sweep")
        .arg("--inventory")
        .arg(lab.inventory())
        .args(["--profile", "all", "--evidence"])
        .arg(state.path().join("evidence"))
        .arg("--format")
        .arg(format!(
            "text,{}",
            FORMATS
                .map(|format| format!("{format}={}", state.path().join(format).display()))
                .join(",")
        ));
    let output = others.output().unwrap();
    let mut everything = format!(
        "{}{}{}{}",
        swept.text,
        swept.err,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    everything.push_str(&text_below(state.path()));
    for format in FORMATS {
        assert!(
            state.path().join(format).exists(),
            "{format} was not written"
        );
    }
    assert!(
        everything.contains("plimsoll.record/1"),
        "the record was searched too"
    );
    assert!(
        everything.contains("plimsoll.evidence/1"),
        "the evidence was searched too"
    );
    let databases = databases_below(state.path());
    assert!(
        databases.contains("container:"),
        "the history was searched too"
    );
    assert_eq!(leaked_in(&databases), Vec::<String>::new());
    assert!(everything.len() > 100_000, "{everything}");
    assert_eq!(leaked_in(&everything), Vec::<String>::new());
    // The lab plants escape sequences in labels, options and file names.
    let raw = everything.chars().filter(|c| c.is_control() && *c != '\n');
    assert_eq!(raw.count(), 0, "control characters came out raw");
}

/// The rows that a way in can answer, by control and subject.
fn answered(lab: &Lab, inventory: &str) -> BTreeMap<(String, String), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.toml");
    std::fs::write(&path, inventory).unwrap();
    let swept = sweep(&path, "*", &["--profile", "all"]);
    assert_eq!(trespasses(lab), Vec::<String>::new());
    swept
        .rows("same")
        .into_iter()
        .map(|(control, subject, outcome, _)| ((control, subject), outcome))
        .collect()
}

#[test]
fn one_engine_gives_the_same_outcomes_by_ssh_and_by_tls() {
    let Some(lab) = lab() else { return };
    let address = &lab.host("clean-26").address;
    let by_ssh = answered(
        lab,
        &format!(
            "version = 1\n[[hosts]]\nname = \"same\"\nendpoint = \"ssh://root@{address}\"\n\
             identity_file = \"{}\"\nknown_hosts = \"{}\"\n",
            lab.ssh_file("id_ed25519").display(),
            lab.ssh_file("known_hosts").display()
        ),
    );
    let by_tls = answered(
        lab,
        &format!(
            "version = 1\n[[hosts]]\nname = \"same\"\nendpoint = \"tcp://{address}:2376\"\n\
             tls = {{ ca = \"{}\", cert = \"{}\", key = \"{}\" }}\n",
            lab.tls_file("ca.pem").display(),
            lab.tls_file("cert.pem").display(),
            lab.tls_file("key.pem").display()
        ),
    );
    let by_socket = local(lab);
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (other, name) in [(&by_tls, "TLS"), (&by_socket, "the local socket")] {
        for ((control, subject), outcome) in other {
            if outcome == "not_checked" || outcome == "blocked" {
                continue;
            }
            compared += 1;
            let ssh = by_ssh.get(&(control.clone(), subject.clone()));
            // The account that logs in is a fact of the way in, not of the engine.
            if ssh != Some(outcome) && control != "host-auditor-account" {
                wrong.push(format!(
                    "{control} on {subject}: {outcome} by {name}, {ssh:?} by SSH"
                ));
            }
        }
    }
    assert!(compared > 60, "only {compared} outcomes compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The program itself, run inside the host without an inventory: the local engine is the fleet. It is asked at its own
/// socket, because the recorder at the usual one is not a process of that host.
fn local(lab: &Lab) -> BTreeMap<(String, String), String> {
    let program = lab.inside("clean-26", "/run/plimsoll-under-test");
    std::fs::copy(env!("CARGO_BIN_EXE_plimsoll"), &program).unwrap();
    let said = lab.in_host(
        "clean-26",
        "cd / && PLIMSOLL_STATE=/run/plimsoll-state HOME=/root DOCKER_HOST=unix:///run/docker.engine.sock \
         /run/plimsoll-under-test sweep --profile all --format json",
    );
    lab.in_host(
        "clean-26",
        "rm -rf /run/plimsoll-under-test /run/plimsoll-state",
    );
    let report: serde_json::Value = serde_json::from_str(&said.out)
        .unwrap_or_else(|e| panic!("no JSON ({e}): {} {}", said.out, said.err));
    let host = &report["hosts"][0];
    assert_eq!(host["transport"], "local", "{}", said.err);
    host["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            (
                (word(&row["control"]), word(&row["subject"]["id"])),
                word(&row["outcome"]),
            )
        })
        .collect()
}
