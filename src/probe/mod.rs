//! What runs on hosts: one constant, read-only script, and the reading of its answers.
//!
//! The script looks around (round one), waits for a list of paths and processes, and looks at those (round two).
//! [`Conversation`] is the state machine between a byte stream and [`HostFacts`](crate::domain::evidence::host::HostFacts);
//! whoever owns the stream drives it. Nothing here knows how a host is reached, waits, or reads a clock. Everything
//! that a host sends is bounded, may be garbage, and may hold secrets, which end here.

mod accounts;
mod audit;
mod conversation;
mod daemon_json;
mod discovery;
mod engines;
mod flags;
mod frame;
mod host;
mod journal;
mod layers;
mod leads;
mod listeners;
mod mounts;
mod packages;
mod path;
mod plan;
mod reading;
mod round_one;
mod round_two;
mod settings;
mod stat;
mod units;

pub use conversation::{Conversation, Heard, Step};
pub use leads::Leads;
pub use round_one::RoundOne;
pub use round_two::{finish, request};

use sha2::{Digest as _, Sha256};

use crate::domain::place::Place;
use crate::domain::text::hex;

/// The script, the same for every host and every sweep.
pub const SCRIPT: &str = include_str!("probe.sh");

/// The protocol that [`SCRIPT`] speaks and the only one that is understood; it leads every answer.
pub const PROTOCOL: u32 = 2;

/// What a sweep wants to know of a host beyond what the script always tells.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// The places that the selected controls judge.
    pub places: Vec<Place>,
    /// Whether slow questions may be asked too.
    pub deep: bool,
    /// Sockets of the engine that are of interest on this host besides those that are found there.
    pub sockets: Vec<String>,
}

/// SHA-256 of [`SCRIPT`], in hex.
pub fn sha256() -> String {
    hex(&Sha256::digest(SCRIPT.as_bytes()))
}

/// What `plimsoll probe` prints: one comment line with the hash, then the script, byte for byte.
pub fn describe() -> String {
    format!(
        "# SHA-256 of everything below this line: {} (to verify: plimsoll probe | tail -n +2 | sha256sum)\n{SCRIPT}",
        sha256()
    )
}
