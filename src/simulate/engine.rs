//! The engine's side of a simulated host: HTTP/1.1 over one byte stream, answered from a recording.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::Instant;

use super::recording::{Answer, Recording};

/// Longest request head that is read; real engines stop near there too.
const LONGEST_HEAD: usize = 64 * 1024;
/// Bodies up to this size are sent with their length, longer ones in chunks, as the engine's HTTP library does.
const LONGEST_PLAIN: usize = 2048;

/// How a simulated engine misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// It does not.
    #[default]
    Good,
    /// It sends half of each larger body and closes.
    Truncates,
    /// It answers in HTML, as a proxy in between would.
    Html,
    /// It takes requests and never answers.
    Silent,
}

/// Answers requests on `stream` until it ends. `pause` passes before each burst of answers, as a long way would have it.
/// The host's clock goes on from the time of its recording since `began`.
pub async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    recording: Arc<Recording>,
    manner: Manner,
    pause: Duration,
    began: Instant,
) {
    let mut pending = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        pending.extend_from_slice(buffer.get(..read).unwrap_or_default());
        if manner == Manner::Silent {
            continue;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        while let Some((request, used)) = next_request(&pending) {
            pending.drain(..used);
            let bytes = answer(&recording, &request, manner, began);
            let cut = manner == Manner::Truncates && bytes.len() > LONGEST_PLAIN;
            let part = if cut {
                bytes.get(..bytes.len() / 2)
            } else {
                bytes.get(..)
            };
            if stream.write_all(part.unwrap_or_default()).await.is_err() || cut {
                return;
            }
        }
        if pending.len() > LONGEST_HEAD {
            return;
        }
    }
}

/// One request without a body.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    method: String,
    target: String,
}

fn next_request(bytes: &[u8]) -> Option<(Request, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Request::new(&mut headers);
    match head.parse(bytes) {
        Ok(httparse::Status::Complete(used)) => Some((
            Request {
                method: head.method?.to_owned(),
                target: head.path?.to_owned(),
            },
            used,
        )),
        _ => None,
    }
}

fn answer(recording: &Recording, request: &Request, manner: Manner, began: Instant) -> Vec<u8> {
    if manner == Manner::Html {
        let page = "<html><head><title>502 Bad Gateway</title></head></html>";
        return [
            b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n",
            format!("Content-Length: {}\r\n\r\n{page}", page.len()).as_bytes(),
        ]
        .concat();
    }
    let missing = |status, message: &str| Answer {
        status,
        body: serde_json::json!({ "message": message }),
    };
    let path = key(&request.target);
    let mut found = if request.method == "GET" {
        recording
            .answers
            .get(path)
            .map_or_else(|| Cow::Owned(missing(404, "page not found")), Cow::Borrowed)
    } else {
        Cow::Owned(missing(403, "a recording cannot be changed"))
    };
    if path == "/info"
        && let Some(time) = found.to_mut().body.get_mut("SystemTime")
    {
        let since = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let now = Timestamp::from_millisecond(recording.at.saturating_add(since));
        *time = now.unwrap_or_default().to_string().into();
    }
    write_answer(recording, &found)
}

fn write_answer(recording: &Recording, answer: &Answer) -> Vec<u8> {
    let body = answer.bytes();
    let reason = match answer.status {
        200 => "OK",
        403 => "Forbidden",
        404 => "Not Found",
        503 => "Service Unavailable",
        _ => "Status",
    };
    let head = format!(
        "HTTP/1.1 {} {reason}\r\nApi-Version: {}\r\nContent-Type: application/json\r\nServer: {}\r\n",
        answer.status, recording.api_version, recording.server
    );
    if body.len() <= LONGEST_PLAIN {
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        return [head.as_bytes(), length.as_bytes(), &body].concat();
    }
    let mut out = [head.as_bytes(), b"Transfer-Encoding: chunked\r\n\r\n"].concat();
    for chunk in body.chunks(4096) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

/// Under which name the answer to a target is recorded: what is asked of events carries the time of day.
pub fn key(target: &str) -> &str {
    match unversioned(target) {
        events if events.starts_with("/events?") => "/events",
        other => other,
    }
}

/// The target without its `/v1.NN` prefix.
pub fn unversioned(target: &str) -> &str {
    target
        .strip_prefix("/v1.")
        .and_then(|rest| rest.find('/').and_then(|slash| rest.get(slash..)))
        .unwrap_or(target)
}
