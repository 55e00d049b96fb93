//! What a sweep says to people and to programs: text, JSON, NDJSON, progress lines, the exit code; and the catalogue
//! in words.
//!
//! Every audience eats the same [`FleetEvent`]s and writes to a sink it is given. Nothing here opens files, asks for a
//! terminal, reads a clock or knows how a host is reached. Whatever came from a host is made harmless again on its
//! way out, although it was cleaned when it was read.

pub mod audiences;
pub mod catalogue;
pub mod controls;
pub mod exit;
pub mod explain;
pub mod json;
pub mod progress;
pub mod scope;
pub mod style;
pub mod summary;
pub mod text;
mod time;

use std::io;

use crate::domain::event::FleetEvent;
use crate::domain::event::{HostReport, HostState};
use crate::domain::outcome::Outcome;

use self::catalogue::Catalogue;
use self::scope::Scope;

/// Someone who listens to a sweep from its start to its end.
pub trait Audience {
    /// Takes in one event. An error means that the sink is lost; the audience need not be told more.
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()>;
}

/// What all audiences of one sweep need to know besides its events.
#[derive(Debug)]
pub struct Setting {
    /// Our own version.
    pub version: &'static str,
    /// The controls that rows name.
    pub catalogue: Catalogue,
    /// What was asked for.
    pub scope: Scope,
    /// Whether every gap makes a host partial, not only those that access would close.
    pub strict: bool,
}

impl Setting {
    /// How far a host counts as assessed.
    pub fn state(&self, report: &HostReport) -> HostState {
        let gap = || {
            report
                .results
                .iter()
                .any(|row| row.outcome == Outcome::NotChecked)
        };
        match report.state {
            HostState::Assessed if self.strict && gap() => HostState::Partial,
            state => state,
        }
    }
}
