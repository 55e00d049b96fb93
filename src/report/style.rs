//! How text looks: width, character set, colours. Chosen by the caller, who knows the terminal.

use std::fmt::Write as _;

use crate::domain::severity::Severity;
use crate::domain::text;

/// Narrowest page that text is laid out for; a narrower terminal wraps by itself.
const NARROWEST: usize = 40;
/// Widest page: longer lines are hard to read.
const WIDEST: usize = 160;
/// Page width where nobody knows better.
pub const COLUMNS: usize = 80;

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns of the page.
    pub width: usize,
    /// Whether nothing but ASCII may be written.
    pub ascii: bool,
    /// Colours, or none.
    pub palette: Palette,
}

impl Default for Style {
    fn default() -> Self {
        Self::new(COLUMNS, false, Palette::PLAIN)
    }
}

impl Style {
    /// A style whose width is kept within what text can be laid out for.
    pub fn new(width: usize, ascii: bool, palette: Palette) -> Self {
        Self {
            width: width.clamp(NARROWEST, WIDEST),
            ascii,
            palette,
        }
    }

    /// `raw` on one line, harmless, and in ASCII where asked for.
    pub fn clean(&self, raw: &str) -> String {
        let clean = text::clean_whole(raw);
        if !self.ascii || clean.is_ascii() {
            return clean;
        }
        let mut out = String::with_capacity(clean.len());
        for c in clean.chars() {
            if c.is_ascii() {
                out.push(c);
            } else {
                // Writing to a string cannot fail.
                let _infallible = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
        out
    }
}

/// Terminal sequences by meaning; all empty where no colour is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Headings.
    pub strong: &'static str,
    /// What matters less.
    pub faint: &'static str,
    /// What is not known or could not be read.
    pub unknown: &'static str,
    /// As wanted.
    pub good: &'static str,
    /// By severity, worst first.
    pub severities: [&'static str; 5],
    /// Back to normal.
    pub end: &'static str,
}

impl Palette {
    /// No sequences at all.
    pub const PLAIN: Self = Self {
        strong: "",
        faint: "",
        unknown: "",
        good: "",
        severities: [""; 5],
        end: "",
    };

    /// The sixteen colours that every terminal has; the words beside them say the same.
    pub const COLOUR: Self = Self {
        strong: "\u{1b}[1m",
        faint: "\u{1b}[2m",
        unknown: "\u{1b}[35m",
        good: "\u{1b}[32m",
        severities: [
            "\u{1b}[1;7;31m",
            "\u{1b}[1;31m",
            "\u{1b}[33m",
            "\u{1b}[36m",
            "\u{1b}[2m",
        ],
        end: "\u{1b}[0m",
    };

    /// The sequence of a severity.
    pub fn severity(&self, severity: Severity) -> &'static str {
        Severity::ALL
            .iter()
            .zip(self.severities)
            .find(|(known, _)| **known == severity)
            .map_or("", |(_, sequence)| sequence)
    }

    /// `text` between `sequence` and the way back.
    pub fn paint(&self, sequence: &str, text: &str) -> String {
        if sequence.is_empty() {
            text.to_owned()
        } else {
            format!("{sequence}{text}{}", self.end)
        }
    }
}

/// The mark that stands in front of a finding; pure ASCII.
pub fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "!!",
        Severity::High => "!",
        Severity::Medium => "~",
        Severity::Low => ".",
        Severity::Info => "i",
    }
}

/// The short word for a severity.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRIT",
        Severity::High => "HIGH",
        Severity::Medium => "MED",
        Severity::Low => "LOW",
        Severity::Info => "INFO",
    }
}

/// `paragraph` broken into lines of at most `width` columns; words longer than a line are cut hard.
pub fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in paragraph.split_whitespace() {
        let mut word = word;
        let needed = text::width(word) + usize::from(!line.is_empty());
        if text::width(&line) + needed > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while text::width(word) > width {
            let (head, rest) = split_at_width(word, width);
            lines.push(head.to_owned());
            word = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `word` split so that the first part takes at most `width` columns, and at least one character.
fn split_at_width(word: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in word.char_indices() {
        let mut buffer = [0; 4];
        let columns = text::width(c.encode_utf8(&mut buffer));
        if used + columns > width && at > 0 {
            return word.split_at_checked(at).unwrap_or((word, ""));
        }
        used += columns;
    }
    (word, "")
}
