//! What the dashboard wants done: plain data, handed up.

use crate::domain::event::HostIndex;
use crate::domain::plan::Target;
use crate::domain::question::{Answer, QuestionId};
use crate::domain::repair::Offered;

use super::views::Views;

/// Something to do outside of the model. Host indexes are positions in the list that the first sweep began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Leave, with this exit code.
    Quit(u8),
    /// Read these hosts again.
    Reread(Vec<HostIndex>),
    /// Start no further host and end the sweep; what was read is kept.
    CancelSweep,
    /// Send the whole report of this host.
    OpenHost(HostIndex),
    /// Give these answers; one without declines.
    Answer(Vec<(QuestionId, Option<Answer>)>),
    /// Make the plan that puts this finding right; it comes back as [`super::msg::News::Repair`].
    Plan(HostIndex, Target),
    /// Say how the last repair of this host would be taken back.
    PlanUndo(HostIndex),
    /// Do what was agreed to.
    Repair(HostIndex, Box<Offered>),
    /// Begin no further step of the repair, and take back what was done.
    StopRepair,
    /// Put this text on the clipboard of the terminal.
    Copy(String),
    /// Write what is shown into a file called `name`.
    Export {
        /// The file's name.
        name: String,
        /// Its text.
        text: String,
    },
    /// Remember how the person looks at things.
    Remember(Views),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Give the terminal back to the shell until it continues us.
    Suspend,
    /// Draw every cell again.
    Redraw,
}
