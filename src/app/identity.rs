//! Hashes that tell an auditor whether two sweeps used the same program and the same policy.

use std::fs::File;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::fleet::Fleet;
use crate::domain::policy::Policy;
use crate::domain::text::hex;

/// SHA-256 in hex of the program's own file; empty where it cannot be read.
pub fn program() -> String {
    let hashed = std::env::current_exe()
        .and_then(File::open)
        .and_then(|mut file| {
            let mut hash = Hash(Sha256::new());
            io::copy(&mut file, &mut hash)?;
            Ok(hash)
        });
    hashed.map_or_else(|_unreadable| String::new(), |hash| hex(&hash.0.finalize()))
}

/// SHA-256 in hex of what the hosts of `fleet` are judged by: the profile and the effective parameters of each, and
/// the waivers.
pub fn policy(fleet: &Fleet, policies: &[(&str, Policy)]) -> String {
    let profiles: Vec<(&str, &str)> = (fleet.hosts().into_iter())
        .map(|host| (host.header.name.as_str(), host.header.profile.as_str()))
        .collect();
    let judged_by = (profiles, policies, &fleet.inventory.waivers);
    // These shapes have nothing that JSON cannot say.
    hex(&Sha256::digest(
        serde_json::to_vec(&judged_by).unwrap_or_default(),
    ))
}

struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
