//! A picture of a buffer as SVG: the same frame gives the same bytes on every machine.
//!
//! Pure. Used for the screenshots of the documentation, which show fixtures only.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

use super::color;

/// Width of a cell in the picture's units.
const CELL: u32 = 9;
/// Height of a cell; lines drawn with characters meet because it is also the height of a line of text.
const ROW: u32 = 20;
/// Where in its cell a line of text stands.
const BASE: u32 = 15;
/// Free space around the screen.
const EDGE: u32 = 12;

/// The colours of a terminal whose theme leaves them open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Colour of text.
    pub text: (u8, u8, u8),
    /// Colour behind it.
    pub back: (u8, u8, u8),
}

impl Ground {
    /// A dark terminal.
    pub const DARK: Self = Self {
        text: (0xd3, 0xd9, 0xe0),
        back: (0x12, 0x16, 0x1b),
    };

    /// A light terminal.
    pub const LIGHT: Self = Self {
        text: (0x24, 0x29, 0x2f),
        back: (0xfb, 0xfb, 0xf9),
    };
}

/// How a run of cells looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the attributes of text, each on its own"
)]
struct Look {
    text: (u8, u8, u8),
    back: (u8, u8, u8),
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

/// `buffer` as an SVG document titled `title`.
pub fn export(buffer: &Buffer, ground: Ground, title: &str) -> String {
    let area = buffer.area;
    let width = u32::from(area.width) * CELL + 2 * EDGE;
    let height = u32::from(area.height) * ROW + 2 * EDGE;
    let back = buffer
        .content
        .last()
        .map_or(ground.back, |cell| look(cell, ground).back);
    let mut svg = String::new();
    let mut put = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        svg.write_fmt(text).unwrap_or_default();
    };
    put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>\n\
         <g font-family=\"'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', Menlo, Consolas, monospace\" \
         font-size=\"15\" xml:space=\"preserve\">\n",
        escape(title),
        hex(back)
    ));
    for y in area.y..area.bottom() {
        let top = u32::from(y - area.y) * ROW + EDGE;
        let runs = runs(buffer, y, ground);
        for run in runs.iter().filter(|run| run.look.back != back) {
            put(format_args!(
                "<rect x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{ROW}\" fill=\"{}\"/>\n",
                run.at * CELL + EDGE,
                run.cells * CELL,
                hex(run.look.back)
            ));
        }
        for run in runs.iter().filter(|run| run.is_seen()) {
            put(format_args!(
                "<text x=\"{}\" y=\"{}\" textLength=\"{}\" fill=\"{}\"{}>{}</text>\n",
                run.at * CELL + EDGE,
                top + BASE,
                run.cells * CELL,
                hex(run.look.text),
                run.look.attributes(),
                escape(&run.text)
            ));
        }
    }
    put(format_args!("</g>\n</svg>\n"));
    svg
}

/// Neighbouring cells that look the same; a wide character is a run of its own.
struct Run {
    at: u32,
    cells: u32,
    look: Look,
    text: String,
    wide: bool,
}

impl Run {
    fn is_seen(&self) -> bool {
        self.look.underline || self.text.chars().any(|c| c != ' ')
    }
}

fn runs(buffer: &Buffer, y: u16, ground: Ground) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = buffer.area.x;
    while x < buffer.area.right() {
        let Some(cell) = buffer.cell((x, y)) else {
            break;
        };
        let columns = u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
        let look = look(cell, ground);
        let wide = columns > 1;
        match runs.last_mut() {
            Some(run) if run.look == look && !run.wide && !wide => {
                run.cells += 1;
                run.text.push_str(cell.symbol());
            }
            _ => runs.push(Run {
                at: u32::from(x - buffer.area.x),
                cells: u32::from(columns),
                look,
                text: cell.symbol().to_owned(),
                wide,
            }),
        }
        x = x.saturating_add(columns);
    }
    runs
}

fn look(cell: &Cell, ground: Ground) -> Look {
    let or = |color: Color, otherwise| color::rgb(color).unwrap_or(otherwise);
    let (mut text, mut back) = (or(cell.fg, ground.text), or(cell.bg, ground.back));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut text, &mut back);
    }
    Look {
        text,
        back,
        bold: cell.modifier.contains(Modifier::BOLD),
        dim: cell.modifier.contains(Modifier::DIM),
        italic: cell.modifier.contains(Modifier::ITALIC),
        underline: cell.modifier.contains(Modifier::UNDERLINED),
    }
}

impl Look {
    fn attributes(self) -> String {
        [
            (self.bold, " font-weight=\"bold\""),
            (self.dim, " opacity=\"0.65\""),
            (self.italic, " font-style=\"italic\""),
            (self.underline, " text-decoration=\"underline\""),
        ]
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, text)| text)
        .collect()
    }
}

fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text for XML; control characters, which XML forbids, become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
