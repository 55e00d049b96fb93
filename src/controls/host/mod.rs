//! The host: storage, versions, accounts, the network side of the API, audit rules.

mod accounts;
mod audit;
mod audit_programs;
mod audit_state;
mod kernel;
mod listener;
mod memory;
mod storage;
mod versions;

pub(super) use listener::{Listeners, is_about_listeners, listeners};

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    storage::CONTROLS,
    kernel::CONTROLS,
    versions::CONTROLS,
    accounts::CONTROLS,
    listener::CONTROLS,
    audit::CONTROLS,
    audit_programs::CONTROLS,
    audit_state::CONTROLS,
    memory::CONTROLS,
];
