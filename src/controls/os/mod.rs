//! The operating system.

mod cluster;
mod kernel;
mod platform;
pub(crate) mod release;
mod settings;

pub(super) use kernel::is_about_limits;

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    platform::CONTROLS,
    kernel::CONTROLS,
    settings::CONTROLS,
    cluster::CONTROLS,
];
