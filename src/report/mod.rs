//! What a sweep says to people and to programs: reports in many formats, progress lines, the exit code; and the
//! catalogue in words.
//!
//! Every audience eats the same [`FleetEvent`]s and writes to a sink it is given. Nothing here opens files, asks for a
//! terminal, reads a clock or knows how a host is reached. Whatever came from a host is made harmless again on its
//! way out, although it was cleaned when it was read.

mod asked;
pub mod audiences;
pub mod catalogue;
pub mod controls;
pub mod csv;
pub mod doctor;
pub mod exit;
pub mod explain;
mod figures;
mod first_page;
mod handbook;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ocsf;
mod order;
pub mod oscal;
pub mod plan;
pub mod progress;
pub mod prometheus;
pub mod sarif;
pub mod scope;
pub mod style;
pub mod summary;
pub mod text;
mod time;

use std::collections::BTreeSet;
use std::io;

use crate::domain::event::FleetEvent;
use crate::domain::event::{HostReport, HostState};
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::severity::Severity;

use self::catalogue::Catalogue;
use self::scope::Scope;

/// Someone who listens to a sweep from its start to its end.
pub trait Audience {
    /// Takes in one event. An error means that the sink is lost; the audience need not be told more.
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()>;
}

/// What all audiences of one sweep need to know besides its events.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Our own version.
    pub version: &'static str,
    /// The controls that rows name.
    pub catalogue: Catalogue,
    /// What was asked for.
    pub scope: Scope,
    /// Whether every gap makes a host partial, not only those that access would close.
    pub strict: bool,
    /// An earlier sweep to compare with.
    pub baseline: Option<Baseline>,
}

/// The findings of an earlier sweep.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// Ids of its findings.
    pub findings: BTreeSet<String>,
    /// Whether a finding that it had counts no more and is not shown.
    pub only_new: bool,
}

impl Setting {
    /// Whether a finding is new since the baseline; nothing where there is none, or for another row.
    pub fn is_new(&self, row: &ControlResult) -> Option<bool> {
        let baseline = self.baseline.as_ref().filter(|_| row.is_finding())?;
        Some(!baseline.findings.contains(&row.id))
    }

    /// Whether a row is left out because only what is new is wanted.
    pub fn hides(&self, row: &ControlResult) -> bool {
        let only_new = self
            .baseline
            .as_ref()
            .is_some_and(|baseline| baseline.only_new);
        only_new && self.is_new(row) == Some(false)
    }

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

    /// The rows of a host; none of a failed one, whose rows would only repeat its error.
    pub fn rows<'a>(&self, report: &'a HostReport) -> &'a [ControlResult] {
        match self.state(report) {
            HostState::Failed => &[],
            _ => &report.results,
        }
    }

    /// Why a fail never fails a sweep; none where it may.
    pub fn aside(&self, row: &ControlResult) -> Option<String> {
        if let Some(cause) = row.caused_by {
            Some(format!("follows from {cause}"))
        } else if self.catalogue.is_momentary(row.control) {
            Some("a state of the moment".to_owned())
        } else if self.hides(row) {
            Some("already in the baseline".to_owned())
        } else {
            (row.severity == Severity::Info).then(|| "for information".to_owned())
        }
    }
}
