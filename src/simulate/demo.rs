//! The demo's fleet: its inventory, its scenario, and the recordings behind it.

use super::dial::Simulator;
use super::recording::Recording;
use super::scenario::{Broken, Failures, Scenario};

/// The inventory of the demo's made-up company.
pub const INVENTORY: &str = include_str!("demo-inventory.toml");

const SCENARIO: &str = include_str!("demo.toml");
const FAILURES: &str = include_str!("recordings/failures.json");

/// Recordings by name; made by the lab (`CONTRIBUTING.md`, "Recordings").
pub const RECORDINGS: &[(&str, &str)] = &[
    ("clean-2010", include_str!("recordings/clean-2010.json")),
    ("clean-26", include_str!("recordings/clean-26.json")),
    ("neglected", include_str!("recordings/neglected.json")),
    ("no-forward", include_str!("recordings/no-forward.json")),
    ("systemd", include_str!("recordings/systemd.json")),
    ("tls-only", include_str!("recordings/tls-only.json")),
];

/// Why the demo cannot be shown; a fault of the program's own data.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The scenario cannot be used.
    #[error(transparent)]
    Scenario(#[from] Broken),
    /// A recording cannot be read.
    #[error("recording: {0}")]
    Recording(#[from] serde_json::Error),
}

/// The simulator of the demo's fleet.
pub fn simulator() -> Result<Simulator, DemoError> {
    let failures: Failures = serde_json::from_str(FAILURES)?;
    Ok(Simulator::new(
        Scenario::parse(SCENARIO)?,
        failures,
        RECORDINGS,
    ))
}

/// When the demo's recordings were made, milliseconds since 1970-01-01 UTC: the demo's clock starts there, so that
/// ages and expiry dates are today what they were then.
pub fn recorded_at() -> Result<i64, DemoError> {
    let mut latest = 0;
    for (_, text) in RECORDINGS.iter().take(1) {
        latest = latest.max(Recording::parse(text)?.at);
    }
    Ok(latest)
}
