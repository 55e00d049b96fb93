//! Running a fleet: sprawl, momentary trouble, reboots, comparisons between hosts.

mod attested;
mod fleet;
mod history;
mod outlier;
mod sessions;
mod space;
mod sprawl;
mod tools;
mod trouble;

pub(super) use space::log_file;

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    sprawl::CONTROLS,
    trouble::CONTROLS,
    tools::CONTROLS,
    space::CONTROLS,
    sessions::CONTROLS,
    attested::CONTROLS,
    fleet::CONTROLS,
    outlier::CONTROLS,
    // Last, because some of it judges the rows of all others.
    history::CONTROLS,
];
