//! Owner and mode of files, folders and sockets.

mod clients;
mod config;
mod material;
mod sockets;
mod state;
mod units;

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    units::CONTROLS,
    config::CONTROLS,
    material::CONTROLS,
    sockets::CONTROLS,
    state::CONTROLS,
    clients::CONTROLS,
];
