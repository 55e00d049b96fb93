//! Running a fleet: sprawl, momentary trouble, reboots, comparisons between hosts.

mod fleet;
mod sprawl;
mod tools;
mod trouble;

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    sprawl::CONTROLS,
    trouble::CONTROLS,
    tools::CONTROLS,
    fleet::CONTROLS,
];
