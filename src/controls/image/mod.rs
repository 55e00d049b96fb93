//! Images that containers use.

mod build;
mod content;
mod origin;

pub(super) use content::is_root;

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[content::CONTROLS, origin::CONTROLS, build::CONTROLS];
