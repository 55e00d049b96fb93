//! The kinds of steps, one file each: how it is shown, what it disturbs, how it is prepared, done and taken back.
//!
//! [`prepare`] looks at what is there and pins it; the [`Change`] that it gives goes into the journal before
//! [`apply`], and is all that [`take_back`] needs, even by another process on another day.

pub mod access;

use serde::{Deserialize, Serialize};

use super::session::{Session, Trouble};
use crate::domain::plan::{BlastRadius, Risk, Step, StepText, Weight};

/// A step together with what it was found on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The step.
    #[serde(flatten)]
    pub step: Step,
    /// What tells the thing that is changed from another one in its place: of a file its inode.
    pub pin: String,
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Done, with these commands.
    Done(Vec<String>),
    /// There was nothing to do.
    AlreadySo,
}

/// Why a change did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was changed, or all of it put back; why.
    Unchanged(String),
    /// The connection was lost before anything was done.
    Lost(Trouble),
    /// It was left half done; why.
    Torn(String),
    /// Nobody knows: the connection was lost while it was done.
    Unknown(Trouble),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unchanged(why) | Self::Torn(why) => f.write_str(why),
            Self::Lost(trouble) | Self::Unknown(trouble) => trouble.fmt(f),
        }
    }
}

/// The step in words.
pub fn text(step: &Step) -> StepText {
    match step {
        Step::FileAccess(step) => access::text(step),
    }
}

/// What some steps disturb together, and how strongly they have to be confirmed.
pub fn weight<'a>(steps: impl Iterator<Item = &'a Step>) -> Weight {
    let mut weight = Weight::default();
    for step in steps {
        weight.class = weight.class.max(step.class());
        weight.blast.add(blast(step));
    }
    weight.risk = Risk::of(weight.class);
    weight
}

/// What others feel of the step.
fn blast(step: &Step) -> BlastRadius {
    match step {
        Step::FileAccess(step) => access::blast(step),
    }
}

/// Looks whether everything is still as planned. Changes nothing.
pub async fn prepare(session: &mut Session, step: &Step) -> Result<Change, Fault> {
    let pin = match step {
        Step::FileAccess(step) => access::prepare(session, step).await?,
    };
    Ok(Change {
        step: step.clone(),
        pin,
    })
}

/// Does it.
pub async fn apply(session: &mut Session, change: &Change) -> Result<Ended, Fault> {
    match &change.step {
        Step::FileAccess(step) => access::apply(session, step, &change.pin).await,
    }
}

/// Takes it back. Where it was `certain` that it had been done, anything else than its result stops the way back.
pub async fn take_back(
    session: &mut Session,
    change: &Change,
    certain: bool,
) -> Result<Ended, Fault> {
    match &change.step {
        Step::FileAccess(step) => access::take_back(session, step, &change.pin, certain).await,
    }
}
