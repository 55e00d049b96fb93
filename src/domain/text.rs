//! Making text from hosts safe to show.
//!
//! Everything a host sends may hold terminal escapes, line breaks, bidirectional overrides or megabytes.
//! These helpers are the one place where such text becomes a line that may reach a terminal or a report.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Longest cleaned text in characters; more is cut with `~`.
pub const MAX_CLEAN: usize = 512;

/// `raw` on one line: control, format and bidirectional characters become visible stand-ins, and no more than
/// [`MAX_CLEAN`] characters are kept.
pub fn clean(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len().min(MAX_CLEAN));
    for (count, c) in raw.chars().enumerate() {
        if count >= MAX_CLEAN {
            out.push('~');
            break;
        }
        push_clean(&mut out, c);
    }
    out
}

/// Same as [`clean`], but keeps everything: for text whose parts were bounded when they were read.
pub fn clean_whole(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_clean(&mut out, c);
    }
    out
}

/// Same as [`clean`] for bytes that may not be UTF-8.
pub fn clean_bytes(raw: &[u8]) -> String {
    let head = raw.get(..raw.len().min(MAX_CLEAN * 4)).unwrap_or_default();
    clean(&String::from_utf8_lossy(head))
}

fn push_clean(out: &mut String, c: char) {
    match c {
        '\t' | '\n' | '\r' => out.push(' '),
        c if c.is_control() || is_invisible(c) || is_no_character(c) => {
            out.push_str("\\u{");
            let code = u32::from(c);
            let mut started = false;
            for shift in [20, 16, 12, 8, 4, 0] {
                let digit = (code >> shift) & 0xf;
                if digit != 0 || started || shift <= 4 {
                    started = true;
                    out.push(char::from_digit(digit, 16).unwrap_or('?'));
                }
            }
            out.push('}');
        }
        c => out.push(c),
    }
}

/// Characters that change how neighbouring text is shown without being seen themselves.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Code points that stand for no character; XML may not hold some of them at all.
fn is_no_character(c: char) -> bool {
    let code = u32::from(c);
    (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// `bytes` in lower-case hexadecimal digits, as hashes are written.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    (bytes.iter())
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .collect()
}

/// Columns that `text` takes in a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to at most `columns` terminal columns, the cut marked with `~`.
pub fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > columns {
            break;
        }
        out.push(c);
        used += w;
    }
    if columns > 0 {
        out.push('~');
    }
    out
}

/// `text` cut in its middle to at most `columns` terminal columns, the cut marked with `~`: for names whose end
/// tells them apart.
pub fn fit_middle(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    if columns < 6 {
        return fit(text, columns);
    }
    let mut tail = String::new();
    let mut used = 0;
    let room = (columns - 1) / 2;
    for c in text.chars().rev() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        tail.insert(0, c);
    }
    let mut head = fit(text, columns - tail.width());
    head.push_str(&tail);
    head
}

/// `text` fitted to and padded up to exactly `columns` terminal columns.
pub fn pad(text: &str, columns: usize) -> String {
    let mut out = fit(text, columns);
    let used = out.width();
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}
