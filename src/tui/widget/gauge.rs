//! A gauge of what is done.

use super::super::glyph::Glyphs;
use super::super::line::Line;
use super::super::theme::Role;

/// `done` of `total` as a bar of `columns`.
pub fn gauge(glyphs: Glyphs, done: usize, total: usize, columns: usize) -> Line {
    let (full, empty) = glyphs.gauge();
    let columns = columns.max(2);
    // A bar is full only when all is done.
    let filled = (columns * done.min(total)).checked_div(total).unwrap_or(0);
    let mut line = Line::default();
    if !glyphs.lines {
        line.add(Role::Muted, "[");
    }
    line.add(Role::Gauge, full.repeat(filled));
    line.add(Role::Line, empty.repeat(columns - filled));
    if !glyphs.lines {
        line.add(Role::Muted, "]");
    }
    line
}
