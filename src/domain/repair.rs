//! A repair between the one who does it and the one who agrees to it: plain data.

use super::plan::{HostPlan, Risk, StepText};

/// What a person may agree to on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What would be done.
    pub what: Offered,
    /// How it is agreed to.
    pub agree: Agree,
    /// Why more is asked than the risk alone would ask, in the inventory's words; empty where it says nothing.
    pub reason: String,
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// Findings are put right.
    Change(HostPlan),
    /// What an operation did on the host is taken back.
    Undo(Undo),
}

impl Offered {
    /// How strongly it has to be confirmed.
    pub fn risk(&self) -> Risk {
        match self {
            Self::Change(plan) => plan.weight.risk,
            Self::Undo(undo) => undo.risk,
        }
    }
}

/// What an operation did on a host, to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Id of the operation.
    pub operation: String,
    /// When it began, in UTC.
    pub began: String,
    /// Who did it.
    pub who: String,
    /// Its steps that stand, in the order in which they are taken back.
    pub steps: Vec<StepText>,
    /// How strongly it has to be confirmed.
    pub risk: Risk,
}

/// How a person agrees, weakest first. Enter alone never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agree {
    /// With `a`.
    Key,
    /// With `A`.
    StrongKey,
    /// By typing the host's name.
    TypeHost,
}

/// The answer to the wish to repair something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// This can be done.
    Offer(Box<Offer>),
    /// Nothing can be done.
    Nothing {
        /// Why.
        because: String,
        /// What a person can do instead; empty where nothing is known.
        instead: String,
    },
}

impl Proposal {
    /// Nothing can be done, for this reason; this is what a person can do instead.
    pub fn nothing(because: impl Into<String>, instead: impl Into<String>) -> Self {
        Self::Nothing {
            because: because.into(),
            instead: instead.into(),
        }
    }
}

/// What a repair of a host tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairNews {
    /// The answer to a wish.
    Proposed(Proposal),
    /// Something is being done.
    Doing(String),
    /// It ended.
    Ended(RepairEnd),
}

/// How a repair ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairEnd {
    /// Applied, undone, rolled back and so on.
    pub how: &'static str,
    /// Whether that is what was agreed to.
    pub well: bool,
    /// Why not; empty where it is.
    pub why: String,
    /// What to do next; empty where nothing is.
    pub hint: String,
    /// The operation, by which the journal knows it; none where it never began.
    pub operation: Option<String>,
    /// Whether something of it stands that can be taken back.
    pub stands: bool,
}
