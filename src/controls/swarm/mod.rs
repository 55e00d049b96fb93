//! Swarm mode. On a host without it every control but `swarm-unneeded` does not apply; managers answer for the swarm.

mod cluster;
mod keys;
mod secrecy;
mod services;

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    cluster::CONTROLS,
    secrecy::CONTROLS,
    keys::CONTROLS,
    services::CONTROLS,
];
