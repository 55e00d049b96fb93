//! The text of an inventory: from bytes to lines and columns, and lines made safe to show.
//!
//! Passwords that somebody wrote into an address are blotted out of every line that leaves this file.

use std::ops::Range;
use std::sync::Arc;

use super::problem::Spot;
use crate::domain::text;

/// The text of a file, with the way from a byte to its line and column.
#[derive(Debug)]
pub(super) struct Source<'t> {
    file: Arc<str>,
    text: &'t str,
    /// Where each line starts, in bytes.
    starts: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(super) fn new(file: &str, text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            file: file.into(),
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The text between two bytes; empty where they are no place of this file.
    pub(super) fn slice(&self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The place of a byte range. A range that leaves its line is cut at the line's end.
    pub(super) fn spot(&self, range: &Range<usize>) -> Spot {
        let at = (0..=range.start.min(self.text.len()))
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or_default();
        let index = self.starts.partition_point(|start| *start <= at).max(1) - 1;
        let start = self.starts.get(index).copied().unwrap_or_default();
        let line = self
            .text
            .get(start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let ahead = |to: usize| {
            let part = self.text.get(start..to).unwrap_or_default();
            part.trim_start_matches('\u{feff}').chars().count()
        };
        let column = ahead(at).min(line.chars().count());
        let meant = self
            .slice(&(at..range.end))
            .lines()
            .next()
            .unwrap_or_default();
        Spot {
            file: Arc::clone(&self.file),
            line: index + 1,
            column: column + 1,
            length: meant.chars().count().max(1),
            source: blot(line).chars().map(visible).collect::<String>().into(),
        }
    }
}

/// One visible column for a character that would otherwise have none or move the cursor.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if text::width(c.encode_utf8(&mut [0; 4])) == 0 || c.is_control() => '\u{b7}',
        c => c,
    }
}

/// `line` with each password of an address (`scheme://user:password@`) replaced by as many stars.
fn blot(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
            .unwrap_or(tail.len());
        let (authority, after) = tail.split_at(end);
        match authority.rsplit_once('@').and_then(|(user, host)| {
            let (name, password) = user.split_once(':')?;
            Some((name, password.chars().count(), host))
        }) {
            Some((name, hidden, host)) => {
                out.push_str(name);
                out.push(':');
                out.extend(std::iter::repeat_n('*', hidden));
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
