//! The engine's answers as typed evidence: pure, and the same for live hosts, recordings and case files.
//!
//! bollard's models decode; what they would refuse because they do not know a word is taken out before. Whatever may
//! be secret is hidden here, so that evidence never holds it. An object that cannot be understood is a gap of its own,
//! never the end of its list. Knows nothing of how the answers came.

mod container;
mod image;
mod inspect;
mod json;
mod network;
mod plugin;
mod session;
mod swarm;
mod system;

use std::collections::HashMap;

use serde_json::Value;

use super::answers::Answers;
use crate::domain::evidence::engine::{Engine, Version};
use crate::domain::gap::Known;
use crate::domain::text::clean;
use crate::redact::Redactor;

/// What the engine says, from its answers.
pub fn engine(answers: &Answers, redactor: &Redactor) -> Engine {
    let version = system::version(answers);
    let info = system::info(answers, redactor);
    let containers = container::containers(answers, redactor);
    let images = image::images(answers, redactor, containers.as_deref().unwrap_or(&[]));
    let manager = match &info {
        Ok(info) => Ok(info.swarm_manager),
        Err(gap) => Err(gap.clone()),
    };
    Engine {
        images,
        networks: network::networks(answers, redactor),
        volumes: network::volumes(answers, redactor),
        plugins: plugin::plugins(answers),
        swarm: swarm::swarm(answers, &manager),
        nodes: swarm::nodes(answers, &manager),
        services: swarm::services(answers, redactor, &manager),
        secrets: swarm::secrets(answers, &manager),
        configs: swarm::configs(answers, &manager, redactor),
        sessions: session::sessions(answers),
        build_cache: session::build_cache(answers),
        version,
        info,
        containers,
    }
}

/// What the engine says of its version.
pub fn version(answers: &Answers) -> Known<Version> {
    system::version(answers)
}

/// Whether the engine says that it manages a swarm.
pub(super) fn manages_swarm(answers: &Answers, redactor: &Redactor) -> bool {
    system::info(answers, redactor).is_ok_and(|info| info.swarm_manager)
}

/// Ids of the containers in a list, each with whether it runs, and ids of the images they use: what to ask for next.
pub fn containers_listed(body: &[u8]) -> Known<Vec<Listed>> {
    container::listed(body)
}

pub use container::Listed;
pub(super) use session::{WINDOW_S, exec_ids};

/// The engine's clock minus ours in milliseconds, where it told its time.
pub(super) fn clock_skew(answers: &Answers, redactor: &Redactor) -> Option<i64> {
    system::info(answers, redactor).ok()?.clock_skew_ms
}

/// Paths on the host that the inspect of a container names: sources of bind mounts, its log, its AppArmor profile.
pub(super) fn paths(answers: &Answers, container: &str) -> Vec<String> {
    object(answers, &format!("/containers/{container}/json"))
        .map(|value| inspect::paths(&value))
        .unwrap_or_default()
}

/// Files of the compose projects that the containers' labels name.
pub(super) fn compose_paths(answers: &Answers) -> Vec<String> {
    list(answers, "/containers/json")
        .map(|containers| {
            containers
                .iter()
                .flat_map(container::compose_paths)
                .collect()
        })
        .unwrap_or_default()
}

/// Folders that hold the layers of an image, by its inspect.
pub(super) fn layers(answers: &Answers, image: &str) -> Vec<String> {
    object(answers, &format!("/images/{image}/json"))
        .map(|value| image::layers(&value))
        .unwrap_or_default()
}

/// The answer to `path` as JSON about one object.
fn object(answers: &Answers, path: &str) -> Known<Value> {
    json::parse(path, answers.get(path)?, json::MOST_IN_OBJECT)
}

/// The members of the list that answers `path`.
fn list(answers: &Answers, path: &str) -> Known<Vec<Value>> {
    let value = json::parse(path, answers.get(path)?, json::MOST_IN_LIST)?;
    json::members(path, value)
}

/// Text as it may be shown; nothing is empty.
#[expect(
    clippy::needless_pass_by_value,
    reason = "fields of a model are moved out of it"
)]
fn text(value: Option<String>) -> String {
    value.as_deref().map(clean).unwrap_or_default()
}

/// Same for a list.
fn texts(values: Option<Vec<String>>) -> Vec<String> {
    values
        .unwrap_or_default()
        .iter()
        .map(|value| clean(value))
        .collect()
}

/// Capability names as the kernel has them, without `CAP_`.
fn capabilities(values: Option<Vec<String>>) -> Vec<String> {
    texts(values)
        .iter()
        .map(|name| {
            let name = name.to_ascii_uppercase();
            name.strip_prefix("CAP_").unwrap_or(&name).to_owned()
        })
        .collect()
}

/// A map as pairs sorted by key, values kept unless they may be secret.
fn pairs(map: Option<HashMap<String, String>>, redactor: &Redactor) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = map
        .unwrap_or_default()
        .iter()
        .map(|(name, value)| (clean(name), redactor.option(name, value)))
        .collect();
    pairs.sort();
    pairs
}

/// Borrowed pairs of a map, in the order of their names.
fn sorted(map: &HashMap<String, String>) -> Vec<(&str, &str)> {
    let mut pairs: Vec<(&str, &str)> = map
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.sort_unstable();
    pairs
}
