//! Fleets as other tools write them down, as the text of an inventory: Ansible, Docker contexts, `ssh_config`, lists.
//!
//! Pure: takes text, never paths; whoever opens files hands their contents in. Nothing is taken over in silence that
//! means less here than there: every host and setting that is left out has a [`Note`] that says why.

pub mod ansible;
pub mod docker;
mod entry;
pub mod list;
mod note;
pub mod ssh;
mod words;
mod write;

pub use self::entry::{Entry, Settings, Tls};
pub use self::note::{Note, told};
pub use self::write::{alone, text};

/// What was found elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The hosts, in the order in which they stand there; no name twice.
    pub hosts: Vec<Entry>,
    /// What was left out or changed.
    pub notes: Vec<Note>,
}

impl Found {
    /// Notes that `what` was left out of `subject`, or `subject` itself.
    pub fn note(&mut self, subject: &str, what: impl Into<String>) {
        self.notes.push(Note {
            subject: subject.to_owned(),
            what: what.into(),
        });
    }

    /// Adds a host; one whose name is taken is left out.
    fn add(&mut self, host: Entry) {
        if self.hosts.iter().any(|known| known.name == host.name) {
            self.note(&host.name, "left out: the name stands there twice");
        } else {
            self.hosts.push(host);
        }
    }
}
