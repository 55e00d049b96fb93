//! Turning values that may be secret into stand-ins, in memory, before anything is kept.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::domain::evidence::secret::{Hidden, Looks};
use crate::domain::text::clean;

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
            looks: Looks::Harmless,
        }
    }
}
