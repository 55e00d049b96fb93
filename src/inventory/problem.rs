//! What is wrong with an inventory and where: the place, the message and how both are shown.
//!
//! A problem keeps a cleaned copy of its own source line (secrets blotted out) and nothing else of the file.

use std::fmt;
use std::sync::Arc;

use crate::domain::text;

/// Most columns of a source line that a rendering shows.
const SHOWN: usize = 100;
/// Columns shown in front of the place in a line that is too long.
const BEFORE: usize = 40;

/// A place in an inventory file, with what is needed to show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    /// The file as its reader named it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters of the line are meant; at least one.
    pub length: usize,
    /// The line, one visible character for each of its own, secrets blotted out.
    pub(super) source: Arc<str>,
}

/// One mistake in an inventory. `Display` is one line; [`Problem::long`] shows the source line too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as its reader named it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it, or the nearest known word.
    pub hint: Option<String>,
    length: usize,
    source: Arc<str>,
}

impl Problem {
    /// A problem at `spot`.
    pub fn at(spot: &Spot, message: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            file: Arc::clone(&spot.file),
            line: spot.line,
            column: spot.column,
            message: text::clean(&message.into()),
            hint: hint.map(|hint| text::clean(&hint)),
            length: spot.length,
            source: Arc::clone(&spot.source),
        }
    }

    /// Place and message.
    fn headline(&self) -> String {
        let file = text::clean(&self.file);
        format!("{file}:{}:{}: {}", self.line, self.column, self.message)
    }

    /// The problem with its source line, the place underlined, and the hint; several lines, no line end at the end.
    pub fn long(&self) -> String {
        let skipped = if text::width(&self.source) > SHOWN {
            self.column.saturating_sub(BEFORE + 1)
        } else {
            0
        };
        let shown: String = self.source.chars().skip(skipped).collect();
        let before: String = shown.chars().take(self.column - 1 - skipped).collect();
        let meant: String = shown
            .chars()
            .skip(self.column - 1 - skipped)
            .take(self.length)
            .collect();
        let indent = text::width(&before);
        let carets = text::width(&meant).min(SHOWN.saturating_sub(indent)).max(1);
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let mut out = format!(
            "{}\n {gutter} |\n {number} | {}\n {gutter} | {}{}",
            self.headline(),
            text::fit(&shown, SHOWN),
            " ".repeat(indent),
            "^".repeat(carets),
        );
        if let Some(hint) = &self.hint {
            out.push_str("\n ");
            out.push_str(&gutter);
            out.push_str(" = ");
            out.push_str(hint);
        }
        out
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.headline())?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
