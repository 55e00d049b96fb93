//! Evidence bundles (`plimsoll.evidence/1`): what was read from each host, in files, and a manifest that chains them.
//!
//! The manifest has a line for each file with its hash, and each line holds the hash of the line before: who signs the
//! manifest signs everything. Pure: files are opened by `app`, and what they hold is as foreign as what a host says.

mod manifest;
mod part;

use sha2::{Digest as _, Sha256};

pub use manifest::{Broken, Chain, Entry, Manifest};
pub use part::{HostPart, Judging};

/// The name of the shape; a new minor version only adds members.
pub const SCHEMA: &str = "plimsoll.evidence/1";
/// What a signature of a manifest is for: one that was made for something else does not count.
pub const NAMESPACE: &str = "plimsoll-evidence";
/// The manifest.
pub const MANIFEST: &str = "manifest.ndjson";
/// Its signature, if somebody signed it.
pub const SIGNATURE: &str = "manifest.ndjson.sig";
/// What the sweep said, as a record.
pub const SWEEP: &str = "sweep.ndjson";
/// What hosts were judged by, all together.
pub const JUDGING: &str = "judging.json";

/// The file of the host at `index` of the sweep.
pub fn host_file(index: usize) -> String {
    format!("hosts/{:05}.json", index + 1)
}

/// Whether a manifest may name this file: no path leaves the folder.
fn is_part(file: &str) -> bool {
    let number = file
        .strip_prefix("hosts/")
        .and_then(|rest| rest.strip_suffix(".json"));
    match number {
        Some(number) => number.len() >= 5 && number.bytes().all(|b| b.is_ascii_digit()),
        None => [SWEEP, JUDGING].contains(&file),
    }
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    crate::domain::text::hex(&Sha256::digest(bytes))
}
