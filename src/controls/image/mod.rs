//! Images that containers use.

mod build;
mod content;
mod inside;
mod origin;
mod signed;
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
    inside::CONTROLS,
    signed::CONTROLS,
];
