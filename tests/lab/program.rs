//! The real program on the lab's hosts, and its report as data.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Answer, bounded, run};

/// `plimsoll` with a state folder of its own and nothing of the caller's.
pub(crate) fn plimsoll(state: &Path) -> Command {
    let mut command = bounded(env!("CARGO_BIN_EXE_plimsoll"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .env("HOME", state)
        .env("PLIMSOLL_STATE", state);
    command
}

/// Control, subject, outcome, observed.
pub(crate) type Row = (String, String, String, String);

/// One sweep: how it ended and what it reported.
#[derive(Debug)]
pub(crate) struct Swept {
    /// Exit code.
    pub(crate) code: i32,
    /// What people saw on standard error.
    pub(crate) err: String,
    /// The report as text.
    pub(crate) text: String,
    /// The report.
    pub(crate) report: Value,
}

/// Sweeps `limit` of the inventory and reads the JSON report.
pub(crate) fn sweep(inventory: &Path, limit: &str, more: &[&str]) -> Swept {
    let state = tempfile::tempdir().unwrap();
    let mut command = plimsoll(state.path());
    command
        .arg("sweep")
        .arg("--inventory")
        .arg(inventory)
        .args(["--limit", limit, "--format", "json"])
        .args(more);
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    let report =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("no JSON ({e}): {text}\n{err}"));
    Swept {
        code: output.status.code().unwrap(),
        err,
        text,
        report,
    }
}

impl Swept {
    /// The report of one host.
    pub(crate) fn host(&self, name: &str) -> &Value {
        self.report["hosts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|host| host["name"] == name)
            .unwrap_or_else(|| panic!("no host {name} in the report"))
    }

    /// The rows of a host as control, subject, outcome, observed.
    pub(crate) fn rows(&self, host: &str) -> Vec<Row> {
        rows(&self.host(host)["results"])
    }

    /// The same of what compares hosts.
    pub(crate) fn fleet_rows(&self) -> Vec<Row> {
        rows(&self.report["fleet"]["results"])
    }
}

fn rows(results: &Value) -> Vec<Row> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    results
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                word(&row["control"]),
                word(&row["subject"]["id"]),
                word(&row["outcome"]),
                word(&row["observed"]),
            )
        })
        .collect()
}

/// Ids of the controls that the program has.
pub(crate) fn known_controls() -> Vec<String> {
    let state = tempfile::tempdir().unwrap();
    let Answer { ok, out, err } =
        run(plimsoll(state.path()).args(["controls", "--format", "json"]));
    assert!(ok, "{err}");
    let list: Value = serde_json::from_str(&out).unwrap();
    list.as_array()
        .unwrap()
        .iter()
        .map(|control| control["id"].as_str().unwrap().to_owned())
        .collect()
}
