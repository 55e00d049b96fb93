//! Signs for severities, outcomes and states: always together with a word, so that colour only repeats them.
//!
//! All signs are narrow in every terminal. Lines are not: in terminals set up for Chinese, Japanese or Korean they
//! may take two cells, so they can be switched to ASCII on their own.

use crate::domain::outcome::Outcome;
use crate::domain::severity::Severity;
use crate::domain::text::width;

use super::line::Line;
use super::theme::Role;

/// Which characters the terminal may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Glyphs {
    /// Signs beyond ASCII.
    pub signs: bool,
    /// Box-drawing lines.
    pub lines: bool,
    /// Letters beyond ASCII in names and values; otherwise each is shown as `?`.
    pub letters: bool,
}

/// A sign, its word and its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    /// At most two columns.
    pub sign: &'static str,
    /// At most four letters.
    pub word: &'static str,
    /// How it looks.
    pub role: Role,
}

impl Badge {
    /// `before`, then sign and word in columns of their own, and a blank.
    pub fn line(self, before: &str) -> Line {
        let blank = |text: &str, columns: usize| " ".repeat(columns.saturating_sub(width(text)));
        Line::of(Role::Text, before)
            .and(self.role, self.sign)
            .and(Role::Text, blank(self.sign, 3))
            .and(self.role, self.word)
            .and(Role::Text, blank(self.word, 5))
    }
}

impl Glyphs {
    /// Signs and lines in ASCII.
    pub const ASCII: Self = Self {
        signs: false,
        lines: false,
        letters: true,
    };

    /// Everything.
    pub const UNICODE: Self = Self {
        signs: true,
        lines: true,
        letters: true,
    };

    /// What to use: `ascii` is the flag, `utf8` and `language` come from the locale, `term` from `$TERM`.
    pub fn choose(ascii: bool, utf8: bool, term: &str, language: &str) -> Self {
        if ascii || !utf8 || term == "dumb" {
            return Self {
                letters: utf8,
                ..Self::ASCII
            };
        }
        let wide = ["zh", "ja", "ko"]
            .iter()
            .any(|prefix| language.to_ascii_lowercase().starts_with(prefix));
        Self {
            signs: term != "linux",
            lines: !wide,
            letters: true,
        }
    }

    /// The badge of a severity.
    pub fn severity(self, severity: Severity) -> Badge {
        let (ascii, sign, word, role) = match severity {
            Severity::Critical => ("!!", "\u{2717}\u{2717}", "CRIT", Role::Critical),
            Severity::High => ("!", "\u{2717}", "HIGH", Role::High),
            Severity::Medium => ("~", "\u{25b4}", "MED", Role::Medium),
            Severity::Low => (".", "\u{25b8}", "LOW", Role::Low),
            Severity::Info => ("i", "i", "INFO", Role::Info),
        };
        self.badge(ascii, sign, word, role)
    }

    /// The badge of a row: of its severity for a finding, of its outcome otherwise.
    pub fn outcome(self, outcome: Outcome, severity: Severity) -> Badge {
        match outcome {
            Outcome::Fail => self.severity(severity),
            Outcome::Pass => self.pass(),
            Outcome::NotChecked => self.unknown(),
            Outcome::Waived => self.badge("w", "w", "WAIV", Role::Waived),
            Outcome::Manual => self.badge("m", "m", "MAN", Role::Manual),
            Outcome::Blocked => self.badge("b", "b", "BLKD", Role::Blocked),
            Outcome::NotApplicable => self.badge("-", "-", "N/A", Role::Muted),
        }
    }

    /// As wanted.
    pub fn pass(self) -> Badge {
        self.badge("+", "\u{2713}", "PASS", Role::Pass)
    }

    /// Not assessed.
    pub fn unknown(self) -> Badge {
        self.badge("?", "\u{25cc}", "UNK", Role::Unknown)
    }

    /// Being read; `step` turns the sign.
    pub fn running(self, step: usize) -> Badge {
        const TURNS: [&str; 8] = [
            "\u{28f7}", "\u{28ef}", "\u{28df}", "\u{287f}", "\u{28bf}", "\u{28fb}", "\u{28fd}",
            "\u{28fe}",
        ];
        let sign = TURNS.get(step % TURNS.len()).copied().unwrap_or("o");
        self.badge("o", sign, "...", Role::Running)
    }

    /// From an earlier sweep.
    pub fn stale(self) -> Badge {
        self.badge("=", "\u{27f3}", "old", Role::Stale)
    }

    /// A horizontal line.
    pub fn across(self) -> &'static str {
        if self.lines { "\u{2500}" } else { "-" }
    }

    /// A vertical line.
    pub fn down(self) -> &'static str {
        if self.lines { "\u{2502}" } else { "|" }
    }

    /// Where a vertical line meets a horizontal one from below.
    pub fn tee(self) -> &'static str {
        if self.lines { "\u{252c}" } else { "+" }
    }

    /// The corners of a box: the upper left one, then clockwise.
    pub fn corners(self) -> [&'static str; 4] {
        if self.lines {
            ["\u{250c}", "\u{2510}", "\u{2518}", "\u{2514}"]
        } else {
            ["+"; 4]
        }
    }

    /// The filled and the empty part of a gauge.
    pub fn gauge(self) -> (&'static str, &'static str) {
        if self.lines {
            ("\u{2501}", "\u{2500}")
        } else {
            ("#", "-")
        }
    }

    fn badge(
        self,
        ascii: &'static str,
        sign: &'static str,
        word: &'static str,
        role: Role,
    ) -> Badge {
        Badge {
            sign: if self.signs { sign } else { ascii },
            word,
            role,
        }
    }
}
