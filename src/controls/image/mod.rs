//! Images that containers use.

mod build;
mod content;
mod origin;
mod slim;

pub(super) use content::{is_root, starts_sshd};
pub(super) use origin::named_now;

use crate::domain::control::Control;

/// The topics of this area.
pub(super) const TOPICS: &[&[Control]] = &[
    content::CONTROLS,
    origin::CONTROLS,
    build::CONTROLS,
    slim::CONTROLS,
];
