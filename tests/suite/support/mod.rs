//! What several modules of the suite share.

pub(crate) mod controls;
pub(crate) mod engine;
pub(crate) mod fleet;
pub(crate) mod host;
