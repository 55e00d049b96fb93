//! Which answer gave which part of the evidence, and the hash of that part.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::domain::evidence::Source;
use crate::domain::evidence::engine::Engine;
use crate::domain::evidence::host::HostFacts;
use crate::domain::gap::Known;
use crate::probe::Heard;

/// Gives each source the hash of the redacted evidence that came of it, and the gap where none did.
pub(super) fn hash(sources: &mut [Source], engine: &Engine) {
    let mut parts = BTreeMap::new();
    part(&mut parts, "/version", &engine.version);
    part(&mut parts, "/info", &engine.info);
    part(&mut parts, "/networks", &engine.networks);
    part(&mut parts, "/volumes", &engine.volumes);
    part(&mut parts, "/plugins", &engine.plugins);
    part(&mut parts, "/swarm", &engine.swarm);
    part(&mut parts, "/nodes", &engine.nodes);
    part(&mut parts, "/services", &engine.services);
    part(&mut parts, "/secrets", &engine.secrets);
    part(&mut parts, "/configs", &engine.configs);
    part(&mut parts, "/events", &engine.sessions);
    part(&mut parts, "/system/df", &engine.build_cache);
    part(&mut parts, "/containers/json", &engine.containers);
    part(&mut parts, "/images/json", &engine.images);
    for container in engine.containers.iter().flatten() {
        let id = &container.id;
        part(
            &mut parts,
            &format!("/containers/{id}/json"),
            &container.detail,
        );
        part(
            &mut parts,
            &format!("/containers/{id}/top"),
            &container.processes,
        );
        part(
            &mut parts,
            &format!("/containers/{id}/stats"),
            &container.usage,
        );
    }
    for image in engine.images.iter().flatten() {
        let id = &image.id;
        part(&mut parts, &format!("/images/{id}/json"), &image.detail);
        part(&mut parts, &format!("/images/{id}/history"), &image.history);
        let path = format!("/images/{id}/attestations");
        part(&mut parts, &path, &image.attestations);
    }
    for source in sources {
        let path = source.what.strip_prefix("GET ").unwrap_or(&source.what);
        match parts.remove(path) {
            Some(Ok(sha256)) => source.sha256 = sha256,
            Some(Err(gap)) => source.gap = Some(gap),
            None => {}
        }
    }
}

fn part<T: Serialize>(parts: &mut BTreeMap<String, Known<String>>, path: &str, value: &Known<T>) {
    let hashed = match value {
        Ok(value) => Ok(sha256(value)),
        Err(gap) => Err(gap.clone()),
    };
    parts.insert(path.to_owned(), hashed);
}

fn sha256<T: Serialize>(value: &T) -> String {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(&bytes) {
        for digit in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('?'));
        }
    }
    hex
}

/// One source for each section of the probe, and one for the facts that all of them make together.
pub(super) fn of_probe(heard: &[Heard], facts: &HostFacts, at: i64) -> Vec<Source> {
    if heard.is_empty() {
        return Vec::new();
    }
    let mut sources: Vec<Source> = heard
        .iter()
        .map(|heard| Source {
            what: format!("probe {}", heard.section),
            at,
            bytes: u64::try_from(heard.bytes).unwrap_or(u64::MAX),
            sha256: String::new(),
            gap: None,
        })
        .collect();
    sources.push(Source {
        what: "probe".to_owned(),
        at,
        bytes: sources.iter().map(|source| source.bytes).sum(),
        sha256: sha256(facts),
        gap: facts.found.as_ref().err().cloned(),
    });
    sources
}
