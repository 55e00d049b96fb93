//! A table: heads, the visible rows and the bar on the selected one.
//!
//! Only rows that are seen are made; the caller hands over positions, never a whole fleet.

use ratatui::layout::Rect;

use crate::domain::text::{fit, width};

use super::super::canvas::{Canvas, rows};
use super::super::cursor::Cursor;
use super::super::line::Line;
use super::super::theme::Role;

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub head: &'static str,
    /// Its width.
    pub width: usize,
    /// Whether its text stands at its right end.
    pub right: bool,
}

impl Column {
    /// A column of text.
    pub fn left(head: &'static str, width: usize) -> Self {
        Self {
            head,
            width,
            right: false,
        }
    }

    /// A column of numbers.
    pub fn right(head: &'static str, width: usize) -> Self {
        Self {
            head,
            width,
            right: true,
        }
    }

    /// Adds `text` in this column to `line`; what is blank around it stays plain.
    fn add(self, line: &mut Line, role: Role, text: &str) {
        let text = fit(text, self.width);
        let blank = " ".repeat(self.width.saturating_sub(width(&text)));
        if self.right {
            line.add(Role::Text, blank);
            line.add(role, text);
        } else {
            line.add(role, text);
            line.add(Role::Text, blank);
        }
        line.add(Role::Text, " ");
    }
}

/// A cell: its role and text.
pub type Cell = (Role, String);

/// One row.
#[derive(Debug, Clone, Default)]
pub struct TableRow {
    /// Whether it is marked.
    pub marked: bool,
    /// Its cells, one for each column.
    pub cells: Vec<Cell>,
}

/// Columns that the cursor and the mark take before the first column.
pub const MARGIN: usize = 2;

/// Draws heads into `head` and the rows that `cursor` shows into `area`; `row` makes the row at a position.
pub fn draw(
    canvas: &mut Canvas<'_>,
    (head, area): (Rect, Rect),
    columns: &[Column],
    (cursor, length): (Cursor, usize),
    row: impl Fn(usize) -> TableRow,
) {
    let mut heads = Line::of(Role::Head, " ".repeat(MARGIN));
    for column in columns {
        column.add(&mut heads, Role::Head, column.head);
    }
    canvas.line(head, 0, &heads);
    let last = length.min(cursor.top + usize::from(area.height));
    for (line, position) in (0..area.height).zip(cursor.top..last) {
        let TableRow { marked, cells } = row(position);
        let selected = position == cursor.at;
        let mut text = Line::of(Role::Strong, if selected { ">" } else { " " })
            .and(Role::Key, if marked { "*" } else { " " });
        for (column, (role, cell)) in columns.iter().zip(&cells) {
            column.add(&mut text, *role, cell);
        }
        canvas.line(area, line, &text);
        if selected {
            canvas.lay(rows(area, line, 1), Role::Selected);
        }
    }
}
