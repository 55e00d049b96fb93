//! How containers run.

mod confinement;
mod devices;
mod expected;
mod identity;
mod lifecycle;
mod logs;
mod mounts;
mod namespaces;
mod network;
mod options;
mod privilege;
mod resources;
mod sessions;
mod sharing;
mod stale;

pub(super) use lifecycle::{POLICIES, TRIES};
pub(super) use logs::{COLLECTOR, is_remote, ships};
pub(super) use network::uses_default_bridge;
pub(super) use options::value as security_option;
pub(super) use privilege::{ALLOWED, extra_capabilities, has as gives_capability};
pub(super) use sessions::remembered;

use crate::domain::control::{Control, Remedy, RemedyClass};

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    identity::CONTROLS,
    privilege::CONTROLS,
    confinement::CONTROLS,
    mounts::CONTROLS,
    namespaces::CONTROLS,
    network::CONTROLS,
    resources::CONTROLS,
    devices::CONTROLS,
    lifecycle::CONTROLS,
    logs::CONTROLS,
    sharing::CONTROLS,
    expected::CONTROLS,
    stale::CONTROLS,
    sessions::CONTROLS,
];

/// The remedy of most settings that are fixed when a container is made.
const fn recreate(action: &'static str) -> Remedy {
    super::guide(
        RemedyClass::RecreateContainer,
        action,
        "Recreate the container with its recorded old settings; keep the old one stopped until the new one is confirmed.",
    )
}
