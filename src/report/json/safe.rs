//! JSON that is harmless even when somebody prints it raw.
//!
//! Strings were cleaned when they were read and are cleaned again on their way into the document ([`Clean`]); what
//! JSON itself would still let through raw (C1, bidirectional and invisible characters) is escaped by the formatter.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

use crate::domain::text;

/// Text from outside, cleaned once more as it is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Clean<'a>(pub(in crate::report) &'a str);

impl Serialize for Clean<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text::clean_whole(self.0))
    }
}

/// Writes `value` as compact JSON.
pub(in crate::report) fn write(sink: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(sink, Escaping);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Writes `value` as one line and sends it on its way.
pub(in crate::report) fn line(sink: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    write(sink, value)?;
    sink.write_all(b"\n")?;
    sink.flush()
}

/// Compact JSON in which no character that could act on a terminal is raw.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| acts(*c)) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Whether a character is one that cleaning replaces.
fn acts(c: char) -> bool {
    let mut buffer = [0; 4];
    let raw = c.encode_utf8(&mut buffer);
    !c.is_ascii_graphic() && c != ' ' && text::clean(raw) != *raw
}
