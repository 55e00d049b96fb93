//! Stand-ins for values that may be secret.

use serde::{Deserialize, Serialize};

/// A named value of which only the name, the length and a keyed fingerprint are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// The name of the variable, label or option; cleaned for display.
    pub name: String,
    /// Length of the value in bytes.
    pub length: u32,
    /// Keyed hash of the value, 16 hex digits: equal values have equal fingerprints for one key.
    pub fingerprint: String,
    /// What the value looked like when it passed through memory.
    pub looks: Looks,
}

/// What a hidden value looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looks {
    /// Nothing about it suggests a secret.
    Harmless,
    /// Its name suggests a secret, its value does not prove one.
    NameOnly,
    /// The value itself has the form of a secret (key, token, password in a URL).
    Secret,
}
