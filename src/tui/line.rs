//! Lines of text with roles: what panes say before anything is drawn.
//!
//! Text enters a line through [`Line::add`] only, which cleans it; so nothing from a host reaches the screen raw.

use crate::domain::text::{clean, width};

use super::theme::Role;

/// Text with one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is for.
    pub role: Role,
    /// Cleaned text.
    pub text: String,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Its pieces from left to right.
    pub pieces: Vec<Piece>,
}

/// Longest text that is wrapped, in characters; a pane is no place for more.
const MAX_WRAPPED: usize = 4096;

/// Columns of the labels in panes.
pub const LABEL: usize = 11;

impl Line {
    /// A line of one piece.
    pub fn of(role: Role, text: impl AsRef<str>) -> Self {
        Self::default().and(role, text)
    }

    /// Adds a piece and hands the line on.
    #[must_use]
    pub fn and(mut self, role: Role, text: impl AsRef<str>) -> Self {
        self.add(role, text);
        self
    }

    /// Adds a piece; the text is cleaned.
    pub fn add(&mut self, role: Role, text: impl AsRef<str>) {
        self.pieces.push(Piece {
            role,
            text: clean(text.as_ref()),
        });
    }

    /// Columns that it takes.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|piece| width(&piece.text)).sum()
    }

    /// Its text without roles.
    pub fn text(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect()
    }
}

/// `text` cleaned and broken at spaces into lines of at most `columns`; a longer word is broken anywhere.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let bounded: String = text.chars().take(MAX_WRAPPED).collect();
    let mut lines = Vec::new();
    for paragraph in bounded.split('\n').take(64) {
        let mut line = String::new();
        for word in paragraph.split_whitespace().map(clean) {
            let needed = width(&word) + usize::from(!line.is_empty());
            if width(&line) + needed <= columns {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(&word);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                let mut next = line.clone();
                next.push(c);
                if width(&next) > columns && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
        lines.push(line);
    }
    lines
}

/// `text` wrapped into lines of one role, each indented by `indent` columns.
pub fn paragraph(role: Role, text: &str, columns: usize, indent: usize) -> Vec<Line> {
    wrap(text, columns.saturating_sub(indent))
        .into_iter()
        .map(|line| Line::of(role, format!("{:indent$}{line}", "")))
        .collect()
}

/// A label and its text beside it, wrapped under itself; where the pane is narrow, the text goes below the label.
pub fn labelled(label: &str, role: Role, text: &str, columns: usize) -> Vec<Line> {
    if columns < LABEL * 3 {
        let mut lines = vec![Line::of(Role::Head, label)];
        lines.extend(paragraph(role, text, columns, 1));
        return lines;
    }
    wrap(text, columns - LABEL)
        .into_iter()
        .enumerate()
        .map(|(index, line)| {
            let label = if index == 0 { label } else { "" };
            Line::of(Role::Head, format!("{label:LABEL$}")).and(role, line)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{labelled, wrap};
    use crate::domain::text::width;
    use crate::tui::theme::Role;

    #[test]
    fn lines_never_exceed_their_columns() {
        let text = "a 容器-web-名称很长很长 word\u{1b}[31m /var/lib/docker/overlay2/abcdef tail";
        for columns in 2..40 {
            for line in wrap(text, columns) {
                assert!(width(&line) <= columns, "{line:?} at {columns}");
            }
        }
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
    }

    #[test]
    fn escapes_are_shown_not_sent() {
        let lines = labelled("Observed", Role::Text, "x\u{1b}]0;t\u{7}y", 60);
        let text: String = lines.iter().map(super::Line::text).collect();
        assert!(text.contains("\\u{1b}") && !text.contains('\u{1b}'));
    }
}
