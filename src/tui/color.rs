//! Colours of theme files and how many of them a terminal shows.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None: `NO_COLOR`, `--color never`, a dumb terminal. Bold, dim, underline and reverse stay.
    None,
    /// The sixteen of the terminal's own palette.
    Sixteen,
    /// The 256 of xterm.
    Many,
    /// 24 bits.
    True,
}

impl Depth {
    /// What to use: `wanted` is `--color` (`Some(true)` always, `Some(false)` never, `None` auto).
    pub fn choose(wanted: Option<bool>, no_color: bool, true_color: bool, term: &str) -> Self {
        let off = match wanted {
            Some(on) => !on,
            None => no_color || term == "dumb" || term.is_empty(),
        };
        if off {
            Self::None
        } else if true_color {
            Self::True
        } else if term.contains("256color") {
            Self::Many
        } else {
            Self::Sixteen
        }
    }
}

const NAMES: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// The colour that a theme file names: `#rrggbb`, `default`, or one of the terminal's sixteen.
pub fn parse(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        let value = (hex.len() == 6).then(|| u32::from_str_radix(hex, 16).ok())??;
        let [_, red, green, blue] = value.to_be_bytes();
        return Some(Color::Rgb(red, green, blue));
    }
    NAMES
        .into_iter()
        .find(|(name, _)| *name == text)
        .map(|(_, color)| color)
}

/// `color` in the 256-colour palette: the nearest of cube and grey ramp; other colours stay.
pub fn quantise(color: Color) -> Color {
    let Color::Rgb(red, green, blue) = color else {
        return color;
    };
    (16..=255u8)
        .min_by_key(|index| {
            let (r, g, b) = indexed(*index);
            let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
            square(r, red) + square(g, green) + square(b, blue)
        })
        .map_or(color, Color::Indexed)
}

/// Red, green and blue of a colour above the first sixteen of the 256-colour palette.
fn indexed(index: u8) -> (u8, u8, u8) {
    if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        return (grey, grey, grey);
    }
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    let cube = index.saturating_sub(16);
    (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
}

/// Red, green and blue of `color`; `None` for the terminal's default. Used where a picture needs real colours.
pub fn rgb(color: Color) -> Option<(u8, u8, u8)> {
    Some(match color {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(index) if index >= 16 => indexed(index),
        Color::Black | Color::Indexed(0) => (0x1c, 0x1f, 0x24),
        Color::Red | Color::Indexed(1) => (0xd7, 0x4e, 0x4e),
        Color::Green | Color::Indexed(2) => (0x5f, 0xb3, 0x6b),
        Color::Yellow | Color::Indexed(3) => (0xd9, 0xa6, 0x3d),
        Color::Blue | Color::Indexed(4) => (0x5a, 0x93, 0xe0),
        Color::Magenta | Color::Indexed(5) => (0xc6, 0x7f, 0xc9),
        Color::Cyan | Color::Indexed(6) => (0x4f, 0xb4, 0xc4),
        Color::Gray | Color::Indexed(7) => (0xc3, 0xc8, 0xce),
        Color::DarkGray | Color::Indexed(8) => (0x79, 0x82, 0x8c),
        Color::LightRed | Color::Indexed(9) => (0xff, 0x7b, 0x72),
        Color::LightGreen | Color::Indexed(10) => (0x8c, 0xd6, 0x96),
        Color::LightYellow | Color::Indexed(11) => (0xf2, 0xcc, 0x60),
        Color::LightBlue | Color::Indexed(12) => (0x8a, 0xb8, 0xff),
        Color::LightMagenta | Color::Indexed(13) => (0xe0, 0xa6, 0xe4),
        Color::LightCyan | Color::Indexed(14) => (0x86, 0xd9, 0xe6),
        Color::White | Color::Indexed(_) => (0xf4, 0xf6, 0xf8),
    })
}
