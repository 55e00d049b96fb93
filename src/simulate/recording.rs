//! A recording of one real host: the engine's answers by request, and the probe's two rounds.

use std::collections::BTreeMap;

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
    /// The probe's answers; `None` where the host has no shell for us.
    pub probe: Option<ProbeRecording>,
}

/// One answer of the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body: JSON, or a text such as `OK`.
    pub body: Value,
}

/// The probe's two rounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeRecording {
    /// Round one, framing included, as lines.
    pub round_one: Vec<String>,
    /// Answers of round two by the line that asked.
    pub items: BTreeMap<String, Vec<String>>,
    /// What follows the last item.
    pub end: Vec<String>,
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
