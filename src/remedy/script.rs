//! The one script that changes hosts, and how it is shown.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The script, the same for every host and every change.
pub const SCRIPT: &str = include_str!("apply.sh");

/// The protocol that [`SCRIPT`] speaks; it leads every answer.
pub const PROTOCOL: u32 = 1;

/// SHA-256 of [`SCRIPT`], in hex.
pub fn sha256() -> String {
    hex(&Sha256::digest(SCRIPT.as_bytes()))
}

/// What `plimsoll probe --apply` prints: one comment line with the hash, then the script, byte for byte.
pub fn describe() -> String {
    format!(
        "# SHA-256 of everything below this line: {} (to verify: plimsoll probe --apply | tail -n +2 | sha256sum)\n{SCRIPT}",
        sha256()
    )
}

/// Bytes as hexadecimal text.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}
