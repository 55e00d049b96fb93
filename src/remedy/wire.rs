//! Operations and answers as the apply script writes and reads them. Knows nothing of what they mean.

use std::fmt::Write as _;

use crate::domain::text::clean_bytes;

/// The byte in front of every answer.
const RS: u8 = 0o36;

/// Most bytes of noise that a login may print before the script begins.
const MOST_NOISE: usize = 256 * 1024;

/// Longest answer, encoded.
const MOST_ANSWER: usize = 4 * 1024 * 1024;

/// How the script ended an operation; the numbers are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Done,
    /// Failed, and nothing was changed.
    Unchanged,
    /// Not as it was when it was looked at; nothing was changed.
    Different,
    /// Not safe, so nothing was changed.
    Refused,
    /// Failed, and put back.
    PutBack,
    /// Failed, and could not be put back.
    Torn,
    /// Somebody else holds the lock.
    Held,
}

/// The answer to one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// How it ended.
    pub status: Status,
    /// What was changed, as commands, in order.
    pub changes: Vec<String>,
    /// Everything else that was said; cleaned for display.
    pub said: String,
}

/// Bytes that cannot be an answer of the script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) String);

/// A word for the script: letters, digits and a few signs as they are, all other bytes escaped for `printf %b`.
pub(super) fn word(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for byte in raw {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'+' => {
                out.push(char::from(*byte));
            }
            byte => {
                // Writing to a string cannot fail.
                let _infallible = write!(out, "\\0{byte:03o}");
            }
        }
    }
    out
}

/// Takes the opening line out of `held`, with everything before it; gives the user that the script runs as. `None`
/// while it has not come whole.
pub(super) fn opening(held: &mut Vec<u8>) -> Result<Option<u32>, Malformed> {
    const BEGIN: &[u8] = b"\x1eplimsoll-apply ";
    let Some(at) = held.windows(BEGIN.len()).position(|part| part == BEGIN) else {
        return if held.len() > MOST_NOISE {
            Err(Malformed(format!(
                "more than {MOST_NOISE} bytes came, but no answer of the apply script"
            )))
        } else {
            Ok(None)
        };
    };
    let rest = held.get(at + BEGIN.len()..).unwrap_or_default();
    let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
        return if rest.len() > 64 {
            Err(odd())
        } else {
            Ok(None)
        };
    };
    let line = rest
        .get(..length)
        .and_then(|line| std::str::from_utf8(line).ok())
        .ok_or_else(odd)?;
    let (protocol, uid) = line.split_once(' ').ok_or_else(odd)?;
    if protocol.parse() != Ok(super::script::PROTOCOL) {
        return Err(odd());
    }
    let uid = uid.trim().parse().map_err(|_not_a_number| odd())?;
    held.drain(..=at + BEGIN.len() + length);
    Ok(Some(uid))
}

fn odd() -> Malformed {
    Malformed("the apply script's opening line is malformed".to_owned())
}

/// Takes one answer out of `held`; `None` while it has not come whole.
pub(super) fn reply(held: &mut Vec<u8>) -> Result<Option<Reply>, Malformed> {
    let Some(end) = held.iter().position(|byte| *byte == b'\n') else {
        return if held.len() > MOST_ANSWER {
            Err(Malformed(format!(
                "an answer of the apply script is longer than {MOST_ANSWER} bytes"
            )))
        } else {
            Ok(None)
        };
    };
    let line: Vec<u8> = held.drain(..=end).collect();
    parse(&line).map(Some).ok_or_else(|| {
        Malformed(format!(
            "the apply script said something else than an answer: {}",
            clean_bytes(&line)
        ))
    })
}

fn parse(line: &[u8]) -> Option<Reply> {
    let line = line.strip_prefix(&[RS])?;
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let (body, status) = line.rsplit_once(' ')?;
    let status = match status {
        "0" => Status::Done,
        // Of a shell that could not even start what it was told to.
        "1" | "126" | "127" => Status::Unchanged,
        "2" => Status::Different,
        "3" => Status::Refused,
        "4" => Status::PutBack,
        "5" => Status::Torn,
        "6" => Status::Held,
        _ => return None,
    };
    let body = unhex(body.trim())?;
    let mut changes = Vec::new();
    let mut said = Vec::new();
    for part in body.split(|byte| *byte == b'\n') {
        match part.strip_prefix(b"+ ") {
            Some(change) => changes.push(clean_bytes(change)),
            None if part.is_empty() => {}
            None => said.push(clean_bytes(part)),
        }
    }
    Some(Reply {
        status,
        changes,
        said: said.join("; "),
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Status, opening, reply, word};

    #[test]
    fn a_word_never_ends_a_line_or_a_word() {
        assert_eq!(word(b"/etc/docker"), "/etc/docker");
        assert_eq!(
            word("a b\n\\é".as_bytes()),
            "a\\0040b\\0012\\0134\\0303\\0251"
        );
    }

    #[test]
    fn answers_are_told_apart_from_noise() {
        let mut held =
            b"Welcome\n\x1eplimsoll-apply 1 0\n\x1e2b2063686d6f640a6f6b 0\n\x1e".to_vec();
        assert_eq!(opening(&mut held), Ok(Some(0)));
        let first = reply(&mut held).unwrap().unwrap();
        assert_eq!(
            (first.status, first.changes, first.said.as_str()),
            (Status::Done, vec!["chmod".to_owned()], "ok")
        );
        assert_eq!(reply(&mut held), Ok(None));
        assert_eq!(held, b"\x1e");
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for bad in [
            "hello\n",
            "\x1exyz 0\n",
            "\x1e00 9\n",
            "\x1e0 0\n",
            "\x1e00\n",
        ] {
            assert!(reply(&mut bad.as_bytes().to_vec()).is_err(), "{bad:?}");
        }
        assert!(opening(&mut b"\x1eplimsoll-apply 2 0\n".to_vec()).is_err());
        assert_eq!(opening(&mut b"\x1eplimsoll-apply 1".to_vec()), Ok(None));
    }
}
