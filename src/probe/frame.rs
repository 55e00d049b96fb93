//! The outermost form of an answer: marks, sections, encodings and statuses. Knows nothing of what sections mean.

use std::collections::BTreeMap;

use crate::domain::gap::{Gap, Known};

use super::PROTOCOL;

const RS: u8 = 0o36;
const US: u8 = 0o37;
const BEGIN: &[u8] = b"\x1eplimsoll-probe ";

/// One section as it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Section {
    /// Exit status of what produced it; `None` where it was cut off by its limit.
    pub(super) status: Option<u32>,
    /// Its content, decoded.
    pub(super) body: Vec<u8>,
    /// Whether the limit was reached, so that the content is not whole.
    pub(super) full: bool,
}

impl Section {
    /// The content, where it is whole and what produced it was neither refused nor stopped. `what` names it for people.
    pub(super) fn whole(&self, what: &str) -> Known<&[u8]> {
        if self.full {
            return Err(Gap::protocol(format!(
                "{what}: more than {} bytes",
                self.body.len()
            )));
        }
        match self.status {
            None => Err(Gap::protocol(format!("{what}: the answer was cut short"))),
            Some(4) => Err(needs_root(what)),
            Some(124 | 137 | 143) => Err(Gap::timeout(format!("{what}: no answer in time"))),
            Some(127) => Err(Gap::unsupported(format!(
                "{what}: a tool is missing on the host"
            ))),
            Some(_) => Ok(&self.body),
        }
    }

    /// Whether the system has no such thing.
    pub(super) fn is_unsupported(&self) -> bool {
        self.status == Some(5)
    }
}

/// The gap of what only root may read.
pub(super) fn needs_root(what: &str) -> Gap {
    Gap::permission(format!("{what}: needs root (sudo -n)"))
}

/// The sections of one round.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    sections: BTreeMap<String, Section>,
    /// Why sections may be missing.
    missing: Option<Gap>,
}

impl Answer {
    /// Reads the sections of a round. Whatever is not a whole section is left out.
    pub(super) fn parse(raw: &[u8], encoding: Encoding) -> Self {
        let sections = raw
            .split(|byte| *byte == RS)
            .filter_map(|piece| section(piece, encoding))
            .collect();
        Self {
            sections,
            missing: None,
        }
    }

    /// An answer as tests want it, with nothing to decode.
    #[cfg(test)]
    pub(super) fn made_of(sections: &[(&str, &str)]) -> Self {
        let section = |body: &str| Section {
            status: Some(0),
            body: body.as_bytes().to_vec(),
            full: false,
        };
        Self {
            sections: sections
                .iter()
                .map(|(name, body)| ((*name).to_owned(), section(body)))
                .collect(),
            missing: None,
        }
    }

    /// Says why sections are missing, where the conversation did not reach its end.
    pub(super) fn because(mut self, gap: &Gap) -> Self {
        self.missing = Some(gap.clone());
        self
    }

    /// The section called `name`.
    pub(super) fn section(&self, name: &str) -> Known<&Section> {
        self.sections.get(name).ok_or_else(|| {
            self.missing.clone().unwrap_or_else(|| {
                Gap::protocol(format!("the probe's answer lacks the section {name}"))
            })
        })
    }

    /// The whole content of the section called `name`.
    pub(super) fn whole(&self, name: &str, what: &str) -> Known<&[u8]> {
        self.section(name)?.whole(what)
    }

    /// The sections whose names start with `prefix`, each with the number that follows it.
    pub(super) fn numbered(&self, prefix: &str) -> Vec<(i64, &Section)> {
        self.sections
            .iter()
            .filter_map(|(name, section)| Some((name.strip_prefix(prefix)?.parse().ok()?, section)))
            .collect()
    }

    /// Names and sizes of all sections.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (&str, usize)> {
        self.sections
            .iter()
            .map(|(name, section)| (name.as_str(), section.body.len()))
    }
}

fn section(piece: &[u8], encoding: Encoding) -> Option<(String, Section)> {
    let mut parts = piece.splitn(3, |byte| *byte == b' ');
    let name = std::str::from_utf8(parts.next()?).ok()?;
    let limit: usize = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let rest = parts.next()?;
    let end = rest.iter().position(|byte| *byte == US)?;
    let body = encoding.decode(rest.get(..end)?)?;
    let status = std::str::from_utf8(rest.get(end + 1..)?).ok()?.trim();
    let section = Section {
        status: status.parse().ok(),
        full: body.len() >= limit,
        body,
    };
    Some((name.to_owned(), section))
}

/// How bodies are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Base64,
    Hex,
}

impl Encoding {
    fn decode(self, raw: &[u8]) -> Option<Vec<u8>> {
        let (bits, digit): (u32, fn(u8) -> Option<u32>) = match self {
            Self::Base64 => (6, base64_digit),
            Self::Hex => (4, |byte| char::from(byte).to_digit(16)),
        };
        let mut out = Vec::with_capacity(raw.len());
        let mut held = 0_u32;
        let mut count = 0;
        for byte in raw
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace() && **byte != b'=')
        {
            held = (held << bits) | digit(*byte)?;
            count += bits;
            if count >= 8 {
                count -= 8;
                out.push(u8::try_from((held >> count) & 0xff).ok()?);
                held &= (1 << count) - 1;
            }
        }
        Some(out)
    }
}

fn base64_digit(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Where an answer begins, once that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    /// First byte after the opening line.
    pub(super) after: usize,
    /// How bodies are written.
    pub(super) encoding: Encoding,
}

/// Finds the opening line; everything before it is noise of the login. `None` while it has not come whole.
pub(super) fn begin(raw: &[u8]) -> Known<Option<Begin>> {
    let Some(at) = find(raw, BEGIN) else {
        return Ok(None);
    };
    let rest = raw.get(at + BEGIN.len()..).unwrap_or_default();
    let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
        return if rest.len() > 64 {
            Err(odd_opening())
        } else {
            Ok(None)
        };
    };
    let line = rest
        .get(..length)
        .and_then(|line| std::str::from_utf8(line).ok())
        .ok_or_else(odd_opening)?;
    let (protocol, encoding) = line.split_once(' ').ok_or_else(odd_opening)?;
    let protocol: u32 = protocol.parse().map_err(|_not_a_number| odd_opening())?;
    if protocol != PROTOCOL {
        return Err(Gap::unsupported(format!(
            "the probe on the host speaks protocol {protocol}, this program protocol {PROTOCOL}"
        )));
    }
    let encoding = match encoding {
        "base64" => Encoding::Base64,
        "hex" => Encoding::Hex,
        _ => return Err(odd_opening()),
    };
    Ok(Some(Begin {
        after: at + BEGIN.len() + length + 1,
        encoding,
    }))
}

fn odd_opening() -> Gap {
    Gap::protocol("the probe's opening line is malformed")
}

/// The mark at the end of a round. Bodies are encoded, so it cannot occur inside one.
pub(super) fn end_mark(round: u8) -> Vec<u8> {
    format!("\x1eend {round}\n").into_bytes()
}

/// Where `needle` first occurs.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::{Answer, Encoding, begin};

    #[test]
    fn bodies_are_decoded_from_both_encodings() {
        assert_eq!(
            Encoding::Base64.decode(b"aGVs\nbG8h\n"),
            Some(b"hello!".to_vec())
        );
        assert_eq!(Encoding::Base64.decode(b"aGk=\n"), Some(b"hi".to_vec()));
        assert_eq!(Encoding::Hex.decode(b" 68 69\n 0a"), Some(b"hi\n".to_vec()));
        assert_eq!(Encoding::Hex.decode(b"zz"), None);
    }

    #[test]
    fn noise_before_the_opening_line_is_ignored() {
        let raw = b"Welcome to host\x1e!\n\x1eplimsoll-probe 2 base64\n\x1ehost 10 aGk= \x1f0\n";
        let begin = begin(raw).unwrap().unwrap();
        let answer = Answer::parse(&raw[begin.after..], begin.encoding);
        assert_eq!(answer.whole("host", "host").unwrap(), b"hi");
    }

    #[test]
    fn another_protocol_is_refused_by_number() {
        let gap = begin(b"\x1eplimsoll-probe 7 base64\n").unwrap_err();
        assert!(gap.message.contains("protocol 7"), "{}", gap.message);
        assert!(begin(b"\x1eplimsoll-probe 2 rot13\n").is_err());
        assert_eq!(begin(b"\x1eplimsoll-probe 2 base"), Ok(None));
    }

    #[test]
    fn a_section_that_reached_its_limit_is_not_whole() {
        let answer = Answer::parse(
            b"\x1ehost 2 aGk= \x1f0\n\x1eunits 9 aGk= \x1f124\n",
            Encoding::Base64,
        );
        assert!(answer.whole("host", "host").is_err());
        assert_eq!(
            answer.whole("units", "units").unwrap_err().class.word(),
            "timeout"
        );
    }
}
