//! Drawing on a buffer: every write is cut to the area, so no size of terminal can break it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::text::{fit, width};

use super::glyph::Glyphs;
use super::line::Line;
use super::theme::{Role, Theme};

/// A buffer with a theme and a set of signs.
#[derive(Debug)]
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    glyphs: Glyphs,
}

/// `count` as columns or rows of a terminal.
pub fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// The rows of `area` from `from`, at most `count`.
pub fn rows(area: Rect, from: u16, count: u16) -> Rect {
    let from = from.min(area.height);
    Rect {
        y: area.y.saturating_add(from),
        height: count.min(area.height - from),
        ..area
    }
}

/// The columns of `area` from `from`, at most `count`.
pub fn columns(area: Rect, from: u16, count: u16) -> Rect {
    let from = from.min(area.width);
    Rect {
        x: area.x.saturating_add(from),
        width: count.min(area.width - from),
        ..area
    }
}

impl<'a> Canvas<'a> {
    /// A canvas on all of `buffer`, filled with plain text's style.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, glyphs: Glyphs) -> Self {
        let area = buffer.area;
        buffer.set_style(area, theme.style(Role::Text));
        Self {
            buffer,
            theme,
            glyphs,
        }
    }

    /// The whole area.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// The signs in use.
    pub fn glyphs(&self) -> Glyphs {
        self.glyphs
    }

    /// Writes `text` at column `x` of row `y` into at most `room` columns; hands back the columns used.
    pub fn put(&mut self, x: u16, y: u16, room: u16, role: Role, text: &str) -> u16 {
        let style = self.theme.style(role);
        self.write(x, y, room, style, text)
    }

    fn write(&mut self, x: u16, y: u16, room: u16, style: Style, text: &str) -> u16 {
        let area = self.buffer.area;
        if y < area.y || y >= area.bottom() || x < area.x || x >= area.right() {
            return 0;
        }
        let room = room.min(area.right() - x);
        let mut text = fit(text, usize::from(room));
        if !self.glyphs.letters && !text.is_ascii() {
            text = ascii(&text);
        }
        self.buffer
            .set_stringn(x, y, &text, usize::from(room), style);
        cells(width(&text)).min(room)
    }

    /// Writes `line` into row `row` of `area`.
    pub fn line(&mut self, area: Rect, row: u16, line: &Line) {
        if row >= area.height {
            return;
        }
        let mut used = 0;
        for piece in &line.pieces {
            let room = area.width.saturating_sub(used);
            used += self.put(area.x + used, area.y + row, room, piece.role, &piece.text);
        }
    }

    /// Writes `lines` from `from` on into `area`.
    pub fn lines(&mut self, area: Rect, lines: &[Line], from: usize) {
        for (row, line) in (0..area.height).zip(lines.iter().skip(from)) {
            self.line(area, row, line);
        }
    }

    /// Writes `line` at the right end of row `row` of `area`, if it leaves `left` columns free.
    pub fn right(&mut self, area: Rect, row: u16, line: &Line, left: u16) {
        let needed = cells(line.width());
        if area.width >= left.saturating_add(needed) {
            self.line(columns(area, area.width - needed, needed), row, line);
        }
    }

    /// Lays `role` over `area`: colours and attributes that it sets win, the rest stays.
    pub fn lay(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.buffer.area);
        self.buffer.set_style(area, self.theme.own(role));
    }

    /// Clears `area` to plain text.
    pub fn clear(&mut self, area: Rect) {
        let style = self.theme.style(Role::Text);
        for y in area.y..area.bottom() {
            let blank = " ".repeat(usize::from(area.width));
            self.write(area.x, y, area.width, style, &blank);
        }
    }

    /// A horizontal line across row `row` of `area` with a title in it.
    pub fn rule(&mut self, area: Rect, row: u16, title: &Line) {
        if row >= area.height {
            return;
        }
        let sign = self.glyphs.across();
        let line = sign.repeat(usize::from(area.width));
        self.put(area.x, area.y + row, area.width, Role::Line, &line);
        if !title.pieces.is_empty() && area.width > 6 {
            let mut framed = Line::of(Role::Line, " ");
            framed.pieces.extend(title.pieces.iter().cloned());
            framed.add(Role::Line, " ");
            let room = area.width - 2;
            self.line(columns(area, 2, room), row, &framed);
        }
    }

    /// A vertical line in the column left of `area`; with `joined`, it hangs from a rule in the first row.
    pub fn beside(&mut self, area: Rect, joined: bool) {
        let x = area.x.saturating_sub(1);
        let (tee, down) = (self.glyphs.tee(), self.glyphs.down());
        for y in area.y..area.bottom() {
            let sign = if joined && y == area.y { tee } else { down };
            self.put(x, y, 1, Role::Line, sign);
        }
    }
}

/// `text` with `?` in each column of what is beyond ASCII.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.extend(std::iter::repeat_n('?', width(c.encode_utf8(&mut [0; 4]))));
        }
    }
    out
}
