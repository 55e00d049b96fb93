//! The operating system.

mod kernel;
mod platform;
pub(crate) mod release;

pub(super) use kernel::is_about_limits;

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[platform::CONTROLS, kernel::CONTROLS];
