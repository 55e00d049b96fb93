//! Turning values that may be secret into stand-ins, in memory, before anything is kept.
//!
//! Values of environment variables, labels and most options are always replaced, whatever they look like; what they
//! looked like is kept as [`Looks`]. Command lines, build steps and other running text keep what is harmless in them.
//! Start with [`Redactor`]; what a secret looks like is in `patterns`.

mod history;
mod patterns;
mod words;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::domain::evidence::secret::{Hidden, Looks};
use crate::domain::text::clean;

/// What is shown in place of a value that may be secret.
pub const HIDDEN: &str = "(hidden)";

/// Text without its secrets, and stand-ins of those that were in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scrubbed<T> {
    /// What may be shown and kept.
    pub shown: T,
    /// What was taken out and looked like a secret.
    pub secrets: Vec<Hidden>,
}

/// Makes stand-ins with one key: equal values have equal fingerprints under one key and tell nothing under another.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(..)")
    }
}

impl Redactor {
    /// A redactor with `key`.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Keyed hash of `value`, 16 hex digits.
    pub fn fingerprint(&self, value: &[u8]) -> String {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.key) {
            Ok(mac) => mac,
            Err(never) => return never.to_string(),
        };
        mac.update(value);
        let digest = mac.finalize().into_bytes();
        let head = digest
            .iter()
            .take(8)
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        format!("{head:016x}")
    }

    /// The stand-in of `value` called `name`.
    pub fn hidden(&self, name: &str, value: &str) -> Hidden {
        Hidden {
            name: clean(name),
            length: u32::try_from(value.len()).unwrap_or(u32::MAX),
            fingerprint: self.fingerprint(value.as_bytes()),
            looks: patterns::looks(name, value),
        }
    }

    /// Stand-ins of pairs, sorted by name.
    pub fn pairs<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Hidden> {
        let mut hidden: Vec<Hidden> = pairs
            .into_iter()
            .map(|(name, value)| self.hidden(name, value))
            .collect();
        hidden.sort_by(|a, b| (&a.name, &a.fingerprint).cmp(&(&b.name, &b.fingerprint)));
        hidden
    }

    /// Stand-ins of an environment: `NAME=value` each, in their order.
    pub fn environment<S: AsRef<str>>(&self, entries: &[S]) -> Vec<Hidden> {
        entries
            .iter()
            .map(|entry| {
                let entry = entry.as_ref();
                let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
                self.hidden(name, value)
            })
            .collect()
    }

    /// The value of an option that is kept unless it or its name suggests a secret.
    pub fn option(&self, name: &str, value: &str) -> String {
        if patterns::looks(name, value) != Looks::Harmless || patterns::is_bare_key(value) {
            return HIDDEN.to_owned();
        }
        self.text(value).shown
    }
}
