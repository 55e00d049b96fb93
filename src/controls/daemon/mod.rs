//! How the daemon is set.

mod api;
mod builder;
mod config;
mod defaults;
mod extensions;
mod keys;
mod listeners;
mod logging;
mod network;
mod privilege;
mod routing;
mod service;
mod storage;

use crate::domain::control::{Control, Remedy, RemedyClass};

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    network::CONTROLS,
    listeners::CONTROLS,
    logging::CONTROLS,
    storage::CONTROLS,
    privilege::CONTROLS,
    defaults::CONTROLS,
    config::CONTROLS,
    service::CONTROLS,
    routing::CONTROLS,
    api::CONTROLS,
    extensions::CONTROLS,
    builder::CONTROLS,
];

/// The remedy of a key that the daemon reads only when it starts.
const fn restart(action: &'static str) -> Remedy {
    super::guide(
        RemedyClass::RestartDaemon,
        action,
        "Put the old bytes of daemon.json back and restart in the same window.",
    )
}

/// The remedy of a key that the daemon takes over while it runs.
const fn reload(action: &'static str) -> Remedy {
    super::guide(
        RemedyClass::Reload,
        action,
        "Write the old value out in daemon.json and reload: taking the key away does not bring the old value back.",
    )
}
