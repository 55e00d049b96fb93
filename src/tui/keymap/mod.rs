//! Which key means what where: from this footer and help are made too.

mod remap;
mod tables;

pub use remap::{Clash, Keymap, Refused};
pub use tables::offered;

use super::model::{Model, Overlay, Screen};

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The list of hosts.
    Fleet,
    /// The causes across the fleet.
    Causes,
    /// One thing across the fleet.
    Across,
    /// The lists of one host.
    Host,
    /// The evidence of one row, or why a host failed.
    Pane,
    /// Help, or the explanation of a control.
    Text,
    /// The choice of an order.
    Sort,
    /// The choice of what to copy.
    Copy,
    /// The choice of a form to export in.
    Export,
    /// The choice of a theme.
    Themes,
    /// The question whether to quit.
    Quit,
    /// The list of unknown host keys.
    Keys,
    /// A secret being typed.
    Secret,
    /// The command palette.
    Palette,
    /// A repair: its plan, its progress, its result.
    Repair,
}

impl Context {
    /// All contexts.
    pub const ALL: [Self; 15] = [
        Self::Fleet,
        Self::Causes,
        Self::Across,
        Self::Host,
        Self::Pane,
        Self::Text,
        Self::Sort,
        Self::Copy,
        Self::Export,
        Self::Themes,
        Self::Quit,
        Self::Keys,
        Self::Secret,
        Self::Palette,
        Self::Repair,
    ];

    /// Where `model` is now.
    pub fn of(model: &Model) -> Self {
        match (&model.overlay, &model.screen) {
            (Some(Overlay::Help(_) | Overlay::Explain(_)), _) => Self::Text,
            (Some(Overlay::Sort(_)), _) => Self::Sort,
            (Some(Overlay::Copy), _) => Self::Copy,
            (Some(Overlay::Export), _) => Self::Export,
            (Some(Overlay::Themes(..)), _) => Self::Themes,
            (Some(Overlay::Quit), _) => Self::Quit,
            (Some(Overlay::Keys(_)), _) => Self::Keys,
            (Some(Overlay::Secret(_)), _) => Self::Secret,
            (Some(Overlay::Palette(_)), _) => Self::Palette,
            (Some(Overlay::Repair), _) => Self::Repair,
            (None, Screen::Fleet) => Self::Fleet,
            (None, Screen::Causes(_)) => Self::Causes,
            (None, Screen::Across(_)) => Self::Across,
            (None, Screen::Host(host)) if host.in_pane(model) => Self::Pane,
            (None, Screen::Host(_)) => Self::Host,
        }
    }

    /// What it is called in help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Fleet => "Fleet",
            Self::Causes => "Fix once",
            Self::Across => "Across the fleet",
            Self::Host => "Host",
            Self::Pane => "Evidence",
            Self::Text => "Text",
            Self::Sort => "Sort",
            Self::Copy => "Copy",
            Self::Export => "Export",
            Self::Themes => "Theme",
            Self::Quit => "Quit",
            Self::Keys => "Unknown host keys",
            Self::Secret => "Secret",
            Self::Palette => "Palette",
            Self::Repair => "Repair",
        }
    }
}
