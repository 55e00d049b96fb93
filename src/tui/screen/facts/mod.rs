//! Facts: what was read from a host and stands in a list by itself, whether a control looks at it or not.

pub mod host;
pub mod swarm;

use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;

/// One thing that was read, or why it was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is called; the same from sweep to sweep.
    pub name: String,
    /// The subject of the rows that judge it, where it is one.
    pub subject: Option<String>,
    /// What it says in a line.
    pub value: Known<String>,
    /// What more there is to say: label and text.
    pub details: Vec<(&'static str, String)>,
}

impl Fact {
    /// A fact that was read.
    pub fn new(name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        Self {
            name: clean(name.as_ref()),
            subject: None,
            value: Ok(clean(value.as_ref())),
            details: Vec::new(),
        }
    }

    /// A fact that could not be read.
    pub fn missing(name: &str, gap: &Gap) -> Self {
        Self {
            value: Err(gap.clone()),
            ..Self::new(name, "")
        }
    }

    /// The same fact with more to say, unless that is empty.
    #[must_use]
    pub fn with(mut self, label: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.details.push((label, text));
        }
        self
    }

    /// The same fact as the subject of rows.
    #[must_use]
    pub fn of(mut self, subject: String) -> Self {
        self.subject = Some(subject);
        self
    }
}

/// The facts that `make` finds in `known`, or one that says why there are none.
fn each<T>(known: &Known<T>, name: &str, make: impl FnOnce(&T) -> Vec<Fact>) -> Vec<Fact> {
    match known {
        Ok(value) => make(value),
        Err(gap) => vec![Fact::missing(name, gap)],
    }
}

/// `on` as a word.
fn word(on: bool, yes: &'static str, no: &'static str) -> &'static str {
    if on { yes } else { no }
}
