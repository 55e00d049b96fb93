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

use crate::controls::guide;
use crate::domain::control::{Control, Remedy, RemedyClass};

/// Gives a file back to root and takes the bits beyond the allowed ones away.
const OWN_AND_CLOSE: Remedy = guide(
    RemedyClass::Live,
    "chown 0:0 and chmod to the allowed bits, after checking by inode that it is still the same file; bits are \
     only taken away.",
    "Put the recorded numeric owner, group and mode back.",
);

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
