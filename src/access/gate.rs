//! The gate of a read-only link: what is not on the list does not leave.
//!
//! The list is data and knows nothing of [`question`](super::question): requests are judged by their bytes, after
//! they were written, so that a slip in the writer is caught here. GETs that start copies, stream contents, hold
//! secrets, open a two-way stream or make the daemon talk to others are not on it.

use super::question::PS;

/// Why a request was stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a read-only link does not send this request: {0}")]
pub struct Refused(&'static str);

/// One part of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// This word.
    Word(&'static str),
    /// An id or name.
    Id,
}

/// What may follow a path behind `?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Query {
    /// Nothing.
    None,
    /// Exactly this.
    Is(&'static str),
    /// `since=` and `until=`, both with digits: without an end the answer never ends.
    Window,
}

/// A request that may leave: path and query.
struct Shape(&'static [Part], Query);

use Part::{Id, Word};

/// Everything that a read-only link may ask.
const SHAPES: &[Shape] = &[
    Shape(&[Word("_ping")], Query::None),
    Shape(&[Word("version")], Query::None),
    Shape(&[Word("info")], Query::None),
    Shape(&[Word("containers"), Word("json")], Query::Is("all=1")),
    Shape(&[Word("containers"), Id, Word("json")], Query::None),
    Shape(&[Word("containers"), Id, Word("top")], Query::Is(PS)),
    Shape(&[Word("containers"), Id, Word("changes")], Query::None),
    Shape(
        &[Word("containers"), Id, Word("stats")],
        Query::Is("stream=false&one-shot=true"),
    ),
    Shape(&[Word("images"), Word("json")], Query::None),
    Shape(&[Word("images"), Id, Word("json")], Query::None),
    Shape(&[Word("images"), Id, Word("history")], Query::None),
    Shape(&[Word("images"), Id, Word("attestations")], Query::None),
    Shape(&[Word("networks")], Query::None),
    Shape(&[Word("networks"), Id], Query::None),
    Shape(&[Word("volumes")], Query::None),
    Shape(&[Word("volumes"), Id], Query::None),
    Shape(&[Word("plugins")], Query::None),
    Shape(&[Word("swarm")], Query::None),
    Shape(&[Word("nodes")], Query::None),
    Shape(&[Word("services")], Query::None),
    Shape(&[Word("tasks")], Query::None),
    Shape(&[Word("secrets")], Query::None),
    Shape(&[Word("configs")], Query::None),
    Shape(&[Word("exec"), Id, Word("json")], Query::None),
    // Without a kind it measures every volume, which can take minutes.
    Shape(&[Word("system"), Word("df")], Query::Is("type=build-cache")),
    Shape(&[Word("events")], Query::Window),
];

/// Words that stand where an id could and mean something else there.
const NOT_IDS: &[&str] = &[
    "json",
    "search",
    "get",
    "create",
    "prune",
    "load",
    "unlockkey",
];

/// Headers that requests may carry. None of them gives a request a body or makes it another protocol.
const HEADERS: &[&str] = &["host", "user-agent", "accept"];

/// Whether a request with this method and target may leave.
pub fn permit(method: &str, target: &str) -> Result<(), Refused> {
    if method != "GET" {
        return Err(Refused("its method is not GET"));
    }
    if target.len() > 512 {
        return Err(Refused("its target is too long"));
    }
    if !target.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Refused("its target has bytes that no target has"));
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let path = path
        .strip_prefix('/')
        .ok_or(Refused("its target is no path"))?;
    if path.contains("..") {
        return Err(Refused("its path climbs"));
    }
    let parts: Vec<&str> = unversioned(path).split('/').collect();
    let shape = SHAPES
        .iter()
        .find(|shape| fits(shape.0, &parts))
        .ok_or(Refused("its path is not on the list"))?;
    let fits = match (shape.1, query) {
        (Query::None, None) => true,
        (Query::Is(wanted), Some(query)) => query == wanted,
        (Query::Window, Some(query)) => is_window(query),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(Refused("its query is not on the list"))
    }
}

/// The line of the list that lets this target through, for people: `/containers/{id}/json`.
pub fn line(target: &str) -> Option<String> {
    permit("GET", target).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<&str> = unversioned(path.strip_prefix('/')?).split('/').collect();
    let shape = SHAPES.iter().find(|shape| fits(shape.0, &parts))?;
    let path: Vec<&str> = (shape.0.iter())
        .map(|part| match part {
            Word(word) => word,
            Id => "{id}",
        })
        .collect();
    let query = match shape.1 {
        Query::None => String::new(),
        Query::Is(_) => format!("?{query}"),
        Query::Window => "?since={time}&until={time}".to_owned(),
    };
    Some(format!("/{}{query}", path.join("/")))
}

/// Whether these bytes are nothing but heads of requests that may leave, each complete.
pub fn permit_heads(heads: &[u8]) -> Result<(), Refused> {
    let text = std::str::from_utf8(heads).map_err(|_not_text| Refused("its head is not text"))?;
    let mut rest = text;
    if rest.is_empty() {
        return Err(Refused("there is none"));
    }
    while !rest.is_empty() {
        let (head, tail) = rest
            .split_once("\r\n\r\n")
            .ok_or(Refused("its head does not end"))?;
        permit_head(head)?;
        rest = tail;
    }
    Ok(())
}

fn permit_head(head: &str) -> Result<(), Refused> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Refused("its first line is not that of a request"));
    };
    permit(method, target)?;
    for line in lines {
        let (name, value) = line
            .split_once(": ")
            .ok_or(Refused("it has a line that is no header"))?;
        if !HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Refused("it has a header that is not on the list"));
        }
        if !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            return Err(Refused("it has a header with bytes that no header has"));
        }
    }
    Ok(())
}

/// The path without `v1.NN/`.
fn unversioned(path: &str) -> &str {
    path.strip_prefix("v1.")
        .and_then(|rest| rest.split_once('/'))
        .filter(|(minor, _)| is_number(minor, 3))
        .map_or(path, |(_, rest)| rest)
}

/// Digits as a number is written, at most `most` of them.
fn is_number(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'))
}

fn fits(shape: &[Part], parts: &[&str]) -> bool {
    shape.len() == parts.len()
        && shape.iter().zip(parts).all(|(part, text)| match part {
            Word(word) => text == word,
            Id => is_id(text),
        })
}

/// An id or name that means itself: no escapes, no separators, no word of the API.
fn is_id(text: &str) -> bool {
    let bare = text.strip_prefix("sha256:").unwrap_or(text);
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    (1..=128).contains(&bare.len())
        && bare
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric())
        && bare.bytes().all(plain)
        && !NOT_IDS.contains(&bare)
}

fn is_window(query: &str) -> bool {
    query
        .strip_prefix("since=")
        .and_then(|rest| rest.split_once("&until="))
        .is_some_and(|(since, until)| is_number(since, 15) && is_number(until, 15))
}
