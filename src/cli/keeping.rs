//! A sweep that is being saved: its record, and then its place in the history.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::out;
use crate::app::history::Chronicle;
use crate::app::records::{Draft, Records};
use crate::app::resume::Resumed;
use crate::domain::event::FleetEvent;

/// What becomes of a sweep besides its report. A sweep that cannot be saved is still worth its report: what goes wrong
/// here is told and ends nothing.
pub(super) struct Keeping {
    draft: Draft,
    chronicle: Chronicle,
    events: Vec<FleetEvent>,
    at: i64,
    keep: Duration,
    resumed: Option<Resumed>,
}

impl Keeping {
    /// Begins the record of a sweep that starts at `at`; older ones are removed after `keep`.
    pub(super) fn begin(state: &Path, at: i64, keep: Duration) -> Option<Self> {
        let store = Records::of(state);
        let begun = store.begin(at).and_then(|draft| {
            store.prune(at, keep)?;
            Ok(draft)
        });
        let draft = begun.inspect_err(unsaved).ok()?;
        Some(Self {
            draft,
            chronicle: Chronicle::of(state),
            events: Vec::new(),
            at,
            keep,
            resumed: None,
        })
    }

    /// The same for a sweep that goes on with another one: that one's record is taken away in the end.
    #[must_use]
    pub(super) fn instead_of(self, resumed: Option<Resumed>) -> Self {
        Self { resumed, ..self }
    }

    /// The name of the record.
    pub(super) fn id(&self) -> String {
        self.draft.id().to_owned()
    }

    /// Where the record's lines go.
    pub(super) fn sink(&self) -> impl Write + 'static {
        self.draft.sink()
    }

    /// Takes in one event.
    pub(super) fn hear(&mut self, event: &FleetEvent) {
        if !matches!(event, FleetEvent::Entered { .. }) {
            self.events.push(event.clone());
        }
    }

    /// Ends the record when its last line was written, then tells the history: what it lists can be opened. Gives the
    /// record's name if the sweep is saved; one that was stopped is no sweep of the history.
    pub(super) fn finish(self, whole: bool, catalogue: &str) -> Option<String> {
        let id = self.draft.finish(whole).inspect_err(unsaved).ok()?;
        if !whole {
            return None;
        }
        if let Some(resumed) = &self.resumed {
            // What is left is told by nobody, and removed when it is old.
            let _left = resumed.done();
        }
        let told = (catalogue, self.events.as_slice());
        if let Err(e) = self.chronicle.remember(&id, told, self.at, self.keep) {
            let cause = std::error::Error::source(&e).map(ToString::to_string);
            let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
            out::complain(format_args!(
                "plimsoll: this sweep is saved, but not in the history: {e}{cause}"
            ));
        }
        Some(id)
    }
}

fn unsaved(e: &io::Error) {
    out::complain(format_args!("plimsoll: this sweep is not saved: {e}"));
}
