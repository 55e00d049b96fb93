//! A recording of one real host: the engine's answers by request, and the probe's two rounds.

use std::collections::BTreeMap;

use globset::GlobSet;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that one host of the lab answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Name of the lab host and how it was reached, for people.
    pub of: String,
    /// When it was recorded, milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// `Api-Version` of every answer.
    pub api_version: String,
    /// `Server` of every answer.
    pub server: String,
    /// Answers by request path without version prefix, query included.
    pub answers: BTreeMap<String, Answer>,
    /// The probe's answers by who ran it, `root` or `user`; empty where the host has no shell for us.
    pub probes: BTreeMap<String, ProbeRecording>,
}

/// One answer of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body: JSON, or a text such as `OK`.
    pub body: Value,
}

/// The probe's two rounds, line by line as the script wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeRecording {
    /// Everything up to and including the end mark of round one.
    pub round_one: Vec<String>,
    /// What was asked for in round two, so that a recording that has grown old can be told.
    pub request: Vec<String>,
    /// Everything after it.
    pub round_two: Vec<String>,
}

impl Answer {
    /// The body as the engine sent it.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Value::String(text) => text.clone().into_bytes(),
            value => {
                let mut bytes = value.to_string().into_bytes();
                // Engines end JSON with a line break.
                bytes.push(b'\n');
                bytes
            }
        }
    }
}

impl Recording {
    /// Reads a recording from its JSON.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

const LIST: &str = "/containers/json?all=1";

impl Recording {
    /// The same engine as another host: under its own name and id, with the containers whose names match `keep`
    /// (all, where it is empty).
    #[must_use]
    pub fn as_host(&self, name: &str, keep: &GlobSet) -> Self {
        let mut other = self.clone();
        if let Some(info) = other.answers.get_mut("/info") {
            let id = info
                .body
                .get("ID")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let id = format!("{id}:{name}");
            if let Some(object) = info.body.as_object_mut() {
                object.insert("ID".to_owned(), id.into());
                object.insert("Name".to_owned(), name.into());
            }
        }
        if keep.is_empty() {
            return other;
        }
        if let Some(list) = other.answers.get_mut(LIST)
            && let Some(rows) = list.body.as_array_mut()
        {
            rows.retain(|row| {
                let names = row.get("Names").and_then(Value::as_array);
                names.into_iter().flatten().any(|name| {
                    name.as_str()
                        .is_some_and(|name| keep.is_match(name.trim_start_matches('/')))
                })
            });
        }
        other
    }
}

impl Recording {
    /// The same engine with `count` containers: those of the recording over and over, each under a name and an id of
    /// its own. For measurements.
    #[must_use]
    pub fn with_containers(&self, count: usize) -> Self {
        let mut other = self.clone();
        let Some(list) = other
            .answers
            .get_mut(LIST)
            .and_then(|a| a.body.as_array_mut())
        else {
            return other;
        };
        let recorded = std::mem::take(list);
        let mut copies = Vec::with_capacity(count);
        for (number, row) in recorded.iter().cycle().take(count).enumerate() {
            let Some(old) = row.get("Id").and_then(Value::as_str) else {
                continue;
            };
            let new = format!("{number:064x}");
            let mut row = row.clone();
            if let Some(row) = row.as_object_mut() {
                row.insert("Id".to_owned(), new.as_str().into());
                row.insert(
                    "Names".to_owned(),
                    serde_json::json!([format!("/copy-{number}")]),
                );
            }
            let of_old = format!("/containers/{old}/");
            for (path, answer) in &self.answers {
                let Some(rest) = path.strip_prefix(&of_old) else {
                    continue;
                };
                let mut answer = answer.clone();
                if let Some(body) = answer.body.as_object_mut().filter(|b| b.contains_key("Id")) {
                    body.insert("Id".to_owned(), new.as_str().into());
                    body.insert("Name".to_owned(), format!("/copy-{number}").into());
                }
                other
                    .answers
                    .insert(format!("/containers/{new}/{rest}"), answer);
            }
            copies.push(row);
        }
        if let Some(list) = other.answers.get_mut(LIST) {
            list.body = copies.into();
        }
        other
    }
}
