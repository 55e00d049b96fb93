//! Owner and mode of files, folders and sockets.

mod access_lists;
mod clients;
mod config;
mod containers;
mod inner;
mod material;
mod sockets;
mod state;
mod units;
mod users;

use crate::controls::{auto, give_back, guide};
use crate::domain::control::{Control, Planner, Remedy, RemedyClass};

/// Gives a file back to root, or takes the bits beyond the allowed ones away, whichever the rule asks for.
const OWN_AND_CLOSE: Remedy = give_back_by(give_back::by_rule);

/// The same, by hand.
const OWN_AND_CLOSE_BY_HAND: Remedy = guide(
    RemedyClass::Live,
    "chown 0:0 and chmod to the allowed bits.",
    "Put the numeric owner, group and mode that were there back.",
);

/// Gives a file back to root and takes the bits beyond the allowed ones away, as `plan` says.
const fn give_back_by(plan: Planner) -> Remedy {
    auto(
        RemedyClass::Live,
        "chown 0:0 and chmod to the allowed bits, after checking by inode that it is still the same file; bits are \
         only taken away.",
        "Put the recorded numeric owner, group and mode back.",
        plan,
    )
}

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    units::CONTROLS,
    config::CONTROLS,
    material::CONTROLS,
    sockets::CONTROLS,
    state::CONTROLS,
    clients::CONTROLS,
    inner::CONTROLS,
    containers::CONTROLS,
    users::CONTROLS,
    access_lists::CONTROLS,
];
