//! Earlier sweeps of the host of a case.

use std::fmt::Write as _;

use plimsoll::domain::outcome::Outcome;
use plimsoll::domain::past::{Past, PastRow, PastState, PastSweep};
use plimsoll::domain::severity::Severity;
use plimsoll::probe::{Leads, Needs, RoundOne, finish};
use serde::Deserialize;
use serde_json::Value;

use super::case::{NOW, redactor};

/// Earlier sweeps of the host.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Earlier {
    /// Whether there is a history at all.
    pub(super) kept: bool,
    /// Each `DAYS STATE`, the newest first.
    pub(super) sweeps: Vec<String>,
    pub(super) other_profile: bool,
    /// Each `CONTROL SUBJECT OUTCOME`.
    pub(super) rows: Vec<String>,
    pub(super) containers: Vec<String>,
}

impl Default for Earlier {
    fn default() -> Self {
        Self {
            kept: true,
            sweeps: vec!["1 assessed".into(), "2 assessed".into()],
            other_profile: false,
            rows: Vec::new(),
            containers: vec!["container:compose:shop/web".into()],
        }
    }
}

impl Earlier {
    pub(super) fn told(&self) -> Option<Past> {
        let sweeps = self.sweeps.iter().map(|text| {
            let (days, state) = text.split_once(' ').unwrap();
            PastSweep {
                finished: NOW / 1000 - days.parse::<i64>().unwrap() * 86_400,
                state: match state {
                    "assessed" => PastState::Assessed,
                    "partial" => PastState::Partial,
                    "failed" => PastState::Failed,
                    other => panic!("no state {other}"),
                },
                same_profile: !self.other_profile,
            }
        });
        let rows = self.rows.iter().map(|text| {
            let parts: Vec<_> = text.split(' ').collect();
            let outcome = Outcome::ALL
                .into_iter()
                .find(|known| known.word() == parts[2]);
            PastRow {
                control: parts[0].into(),
                subject: parts[1].into(),
                outcome: outcome.unwrap(),
                severity: Severity::Info,
            }
        });
        self.kept.then(|| Past {
            sweeps: sweeps.collect(),
            rows: rows.collect(),
            containers: self.containers.clone(),
        })
    }
}

/// The body of an answer. Events come one after the other, not as a list.
pub(super) fn body(path: &str, value: &Value) -> Vec<u8> {
    match value {
        Value::Array(events) if path == "/events" => events
            .iter()
            .flat_map(|event| serde_json::to_vec(event).unwrap())
            .collect(),
        value => serde_json::to_vec(value).unwrap(),
    }
}

/// What the probe makes of the text of a configuration file.
pub(super) fn configuration(text: &str) -> Value {
    let section = |name: &str, body: &str| {
        let mut hex = String::new();
        for byte in body.bytes() {
            write!(hex, "{byte:02x}").unwrap();
        }
        format!("\x1e{name} 999999 {hex} \x1f0\n")
    };
    let answer = [
        "\x1eplimsoll-probe 2 hex\n".to_owned(),
        section("host", "reader uid=0(root) gid=0(root) groups=0(root)\n"),
        section("config.0", &format!("/etc/docker/daemon.json\0{text}")),
    ]
    .concat();
    let one = RoundOne::parse(answer.as_bytes(), &redactor()).unwrap();
    let facts = finish(one, &Needs::default(), &Leads::default(), b"");
    serde_json::to_value(facts.found.unwrap().config.unwrap()).unwrap()
}
