//! What the engine's answers name on the host, for the probe to look at.

use super::answers::Answers;
use super::decode;
use crate::probe::Leads;

/// Paths of bind mounts, logs, files of compose projects and layers.
pub(super) fn of(answers: &Answers) -> Leads {
    let mut leads = Leads::default();
    let listed = answers
        .get("/containers/json")
        .and_then(decode::containers_listed)
        .unwrap_or_default();
    for container in listed {
        leads.paths.extend(decode::paths(answers, &container.id));
        leads
            .layers
            .extend(decode::layers(answers, &container.image_id));
    }
    leads.paths.extend(decode::compose_paths(answers));
    leads
}
