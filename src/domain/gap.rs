//! Why a piece of evidence is missing.
//!
//! A gap is data: it travels from the reader to the report and never collapses into a default value.

use serde::{Deserialize, Serialize};

/// A piece of evidence: the value, or the reason why there is none.
pub type Known<T> = Result<T, Gap>;

/// The reason why a piece of evidence is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What kind of obstacle it was; decides whether the host counts as partial.
    pub class: GapClass,
    /// One line for people: what was tried and what came back. Never holds raw host bytes.
    pub message: String,
}

/// The kinds of gaps (contract, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapClass {
    /// This way to the host can never answer (host files over TLS).
    Transport,
    /// The inventory or read-only mode does not allow to look.
    Authority,
    /// Tried and refused: socket, sudo, file.
    Permission,
    /// Engine, system or tool too old or without the feature.
    Unsupported,
    /// No row in a bundled table, nothing scanned, no earlier sweep.
    NoData,
    /// Needs `--deep`.
    Tier,
    /// Nothing came in time.
    Timeout,
    /// A late, oversized or malformed answer.
    Protocol,
    /// Stopped by the operator.
    Cancelled,
}

impl GapClass {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Authority => "authority",
            Self::Permission => "permission",
            Self::Unsupported => "unsupported",
            Self::NoData => "no-data",
            Self::Tier => "tier",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether a host with such a gap is only partially assessed: access would close the gap.
    pub fn makes_partial(self) -> bool {
        matches!(
            self,
            Self::Permission | Self::Timeout | Self::Protocol | Self::Cancelled
        )
    }
}

impl Gap {
    /// A gap of `class` with a one-line `message`.
    pub fn new(class: GapClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
        }
    }

    /// The way to the host cannot answer this question.
    pub fn transport(message: impl Into<String>) -> Self {
        Self::new(GapClass::Transport, message)
    }

    /// The host refused the question.
    pub fn permission(message: impl Into<String>) -> Self {
        Self::new(GapClass::Permission, message)
    }

    /// The host cannot know the answer.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(GapClass::Unsupported, message)
    }

    /// We hold no table row, scan or earlier sweep that would answer.
    pub fn no_data(message: impl Into<String>) -> Self {
        Self::new(GapClass::NoData, message)
    }

    /// The answer was malformed, too large or cut short.
    pub fn protocol(message: impl Into<String>) -> Self {
        Self::new(GapClass::Protocol, message)
    }

    /// The answer did not come in time.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(GapClass::Timeout, message)
    }
}

/// Borrows the value of a known piece of evidence, or hands out a copy of its gap, so that a rule can use `?`.
pub trait AsKnown<T> {
    /// The value by reference, or its gap.
    fn known(&self) -> Known<&T>;
}

impl<T> AsKnown<T> for Known<T> {
    fn known(&self) -> Known<&T> {
        self.as_ref().map_err(Gap::clone)
    }
}
