//! Answers of an engine, read from a byte stream that may send anything, for ever, or nothing at all.
//!
//! Several requests are written in one go and answered in their order. Everything is bounded: heads, bodies, single
//! reads and the whole.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::link::Questions;
use super::question::{ApiVersion, EngineRead};
use crate::domain::failure::Failure;
use crate::transport::classify_io;

/// Longest head of an answer.
const LONGEST_HEAD: usize = 64 << 10;
/// Longest line in front of a chunk, and all trailers together.
const LONGEST_LINE: usize = 4 << 10;
/// Bytes asked for in one read.
const READ: usize = 64 << 10;
/// Most headers of an answer.
const MOST_HEADERS: usize = 100;
/// What follows the target of every request.
const REST_OF_HEAD: &str =
    " HTTP/1.1\r\nHost: docker\r\nUser-Agent: plimsoll\r\nAccept: application/json\r\n\r\n";
/// Interim answers before a real one.
const MOST_INTERIM: u32 = 4;

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the next bytes.
    pub idle: Duration,
    /// For everything.
    pub end: Instant,
}

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// `Api-Version`: the highest version that the engine speaks.
    pub api: Option<ApiVersion>,
    /// `Server`.
    pub server: Option<String>,
    /// `Date`.
    pub date: Option<String>,
    /// Whether the body calls itself HTML or looks like it: then no engine wrote it.
    pub html: bool,
    /// Whether the stream ends with this answer.
    pub last: bool,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The stream ended before the answer began.
    #[error("the connection ended before the answer")]
    Silent,
    /// The stream ended in the middle of the answer.
    #[error("the answer was cut short")]
    Cut,
    /// Nothing came in time.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// There is no time left for this host.
    #[error("no time was left for the answer")]
    NoTime,
    /// The answer is longer than any real one.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// The answer is not HTTP.
    #[error("the answer is not HTTP: {0}")]
    Malformed(&'static str),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Lost(io::ErrorKind),
    /// The connection broke, and the transport knows why: the engine does not accept our certificate, say.
    #[error("{0}")]
    Explained(Box<Failure>),
    /// The request was stopped before it left.
    #[error("the request is not on the list of a read-only link")]
    Refused,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        if let Some(failure) = classify_io(&error) {
            return Self::Explained(Box::new(failure));
        }
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Refused,
            io::ErrorKind::UnexpectedEof => Self::Silent,
            kind => Self::Lost(kind),
        }
    }
}

/// A stream to the engine and what came over it but was not used yet.
pub struct Talk {
    questions: Questions,
    held: Vec<u8>,
    used: usize,
    answered: bool,
}

/// How the end of a body is told.
enum Framing {
    Length(usize),
    Chunks,
    Close,
}

impl Talk {
    /// Begins to talk over a stream that nothing was said on.
    pub fn new(questions: Questions) -> Self {
        Self {
            questions,
            held: Vec::new(),
            used: 0,
            answered: false,
        }
    }

    /// Whether an answer came over this stream before.
    pub fn has_answered(&self) -> bool {
        self.answered
    }

    /// Sends requests in one go.
    pub async fn send(
        &mut self,
        reads: impl IntoIterator<Item = &EngineRead>,
        version: Option<ApiVersion>,
        patience: Patience,
    ) -> Result<(), Broken> {
        let mut heads = String::new();
        for read in reads {
            heads.push_str("GET ");
            heads.push_str(&read.target(version));
            heads.push_str(REST_OF_HEAD);
        }
        let sending = self.questions.send(heads.as_bytes());
        within(patience, sending).await
    }

    /// Reads the next answer, a body of at most `limit` bytes.
    pub async fn answer(&mut self, limit: usize, patience: Patience) -> Result<Answer, Broken> {
        for _ in 0..MOST_INTERIM {
            let (mut answer, framing) = self.head(limit, patience).await?;
            match answer.status {
                101 => return Err(Broken::Malformed("it switches protocols")),
                100..=199 => continue,
                204 | 304 => {
                    self.answered = true;
                    return Ok(answer);
                }
                _ => {}
            }
            match framing {
                Framing::Length(length) => answer.body = self.exactly(length, patience).await?,
                Framing::Chunks => answer.body = self.chunks(limit, patience).await?,
                Framing::Close => {
                    answer.body = self.everything(limit, patience).await?;
                    answer.last = true;
                }
            }
            answer.html |= looks_like_html(&answer.body);
            self.answered = true;
            return Ok(answer);
        }
        Err(Broken::Malformed("it never comes to the point"))
    }

    async fn head(
        &mut self,
        limit: usize,
        patience: Patience,
    ) -> Result<(Answer, Framing), Broken> {
        loop {
            if !self.unused().is_empty() {
                if let Some((answer, framing, length)) = parse_head(self.unused(), limit)? {
                    self.take(length);
                    return Ok((answer, framing));
                }
                if self.unused().len() > LONGEST_HEAD {
                    return Err(Broken::TooLong(LONGEST_HEAD));
                }
            }
            let begun = !self.unused().is_empty();
            if self.more(patience).await? == 0 {
                return Err(if begun { Broken::Cut } else { Broken::Silent });
            }
        }
    }

    async fn exactly(&mut self, length: usize, patience: Patience) -> Result<Vec<u8>, Broken> {
        // Room is made as bytes come, not as they are promised.
        let mut body = Vec::with_capacity(length.min(READ));
        self.copy(&mut body, length, patience).await?;
        Ok(body)
    }

    async fn chunks(&mut self, limit: usize, patience: Patience) -> Result<Vec<u8>, Broken> {
        let mut body = Vec::new();
        loop {
            let line = self.line(LONGEST_LINE, patience).await?;
            let size = chunk_size(&line).ok_or(Broken::Malformed("a chunk without length"))?;
            if size == 0 {
                break;
            }
            if size > limit.saturating_sub(body.len()) {
                return Err(Broken::TooLong(limit));
            }
            self.copy(&mut body, size, patience).await?;
            if !self.line(0, patience).await?.is_empty() {
                return Err(Broken::Malformed("a chunk of another length than told"));
            }
        }
        let mut room = LONGEST_LINE;
        loop {
            let line = self.line(room, patience).await?;
            if line.is_empty() {
                return Ok(body);
            }
            room = room.saturating_sub(line.len() + 2);
        }
    }

    async fn everything(&mut self, limit: usize, patience: Patience) -> Result<Vec<u8>, Broken> {
        let mut body = Vec::new();
        loop {
            body.extend_from_slice(self.unused());
            self.take(self.unused().len());
            if body.len() > limit {
                return Err(Broken::TooLong(limit));
            }
            if self.more(patience).await? == 0 {
                return Ok(body);
            }
        }
    }

    /// Copies `length` bytes.
    async fn copy(
        &mut self,
        body: &mut Vec<u8>,
        length: usize,
        patience: Patience,
    ) -> Result<(), Broken> {
        let mut left = length;
        loop {
            let part = self.unused().len().min(left);
            body.extend_from_slice(self.unused().get(..part).unwrap_or_default());
            self.take(part);
            left -= part;
            if left == 0 {
                return Ok(());
            }
            if self.more(patience).await? == 0 {
                return Err(Broken::Cut);
            }
        }
    }

    /// The bytes before the next line break, at most `longest`.
    async fn line(&mut self, longest: usize, patience: Patience) -> Result<Vec<u8>, Broken> {
        let mut searched = 0;
        loop {
            let unused = self.unused();
            let found = unused
                .get(searched..)
                .and_then(|rest| rest.iter().position(|b| *b == b'\n'));
            if let Some(at) = found.map(|at| at + searched) {
                let line = unused.get(..at).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.len() > longest {
                    return Err(Broken::Malformed("a line where none belongs"));
                }
                let line = line.to_vec();
                self.take(at + 1);
                return Ok(line);
            }
            searched = unused.len();
            if searched > longest + 2 {
                return Err(Broken::Malformed("a line where none belongs"));
            }
            if self.more(patience).await? == 0 {
                return Err(Broken::Cut);
            }
        }
    }

    fn unused(&self) -> &[u8] {
        self.held.get(self.used..).unwrap_or_default()
    }

    fn take(&mut self, count: usize) {
        self.used = (self.used + count).min(self.held.len());
        if self.used == self.held.len() {
            self.held.clear();
            self.used = 0;
        }
    }

    /// Reads once; 0 at the end of the stream.
    async fn more(&mut self, patience: Patience) -> Result<usize, Broken> {
        if self.used > 0 {
            self.held.drain(..self.used);
            self.used = 0;
        }
        let before = self.held.len();
        self.held.resize(before + READ, 0);
        let room = self.held.get_mut(before..).unwrap_or_default();
        let read = within(patience, self.questions.receive(room)).await;
        self.held
            .truncate(before + read.as_ref().copied().unwrap_or_default());
        read
    }
}

/// Waits as long as `patience` allows.
async fn within<T>(
    patience: Patience,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, Broken> {
    let idle = Instant::now() + patience.idle;
    match timeout_at(idle.min(patience.end), work).await {
        Ok(done) => done.map_err(Broken::from),
        Err(_elapsed) if idle < patience.end => Err(Broken::Late(patience.idle)),
        Err(_elapsed) => Err(Broken::NoTime),
    }
}

/// The head at the beginning of `bytes` and its length; nothing while it is incomplete.
fn parse_head(bytes: &[u8], limit: usize) -> Result<Option<(Answer, Framing, usize)>, Broken> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let length = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Broken::Malformed("too many headers")),
        Err(_malformed) => return Err(Broken::Malformed("its head cannot be read")),
    };
    let all = |name: &'static str| {
        head.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| std::str::from_utf8(header.value).unwrap_or_default().trim())
    };
    let kept = |name: &'static str| {
        all(name)
            .next()
            .map(crate::domain::text::clean)
            .filter(|value| !value.is_empty())
    };
    let closes = all("connection").any(|value| {
        value
            .split(',')
            .any(|word| word.trim().eq_ignore_ascii_case("close"))
    });
    let keeps = all("connection").any(|value| value.eq_ignore_ascii_case("keep-alive"));
    let answer = Answer {
        status: head.code.unwrap_or_default(),
        api: all("api-version").find_map(ApiVersion::parse),
        server: kept("server"),
        date: kept("date"),
        html: all("content-type").any(|value| value.to_ascii_lowercase().contains("html")),
        last: closes || (head.version == Some(0) && !keeps),
        body: Vec::new(),
    };
    let lengths: Vec<&str> = all("content-length").collect();
    let encodings: Vec<&str> = all("transfer-encoding").collect();
    let framing = match (lengths.as_slice(), encodings.as_slice()) {
        ([], []) => Framing::Close,
        ([], [one]) if one.eq_ignore_ascii_case("chunked") => Framing::Chunks,
        ([first, more @ ..], []) if more.iter().all(|other| other == first) => {
            let digits = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
            let told = digits.then(|| first.parse().unwrap_or(usize::MAX));
            let length = told.ok_or(Broken::Malformed("a length that is no number"))?;
            if length > limit {
                return Err(Broken::TooLong(limit));
            }
            Framing::Length(length)
        }
        _ => return Err(Broken::Malformed("two stories about its length")),
    };
    Ok(Some((answer, framing, length)))
}

/// The length in front of a chunk, without its extensions.
fn chunk_size(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = text.split(';').next()?.trim();
    let plain = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain
        .then(|| usize::from_str_radix(digits, 16).ok())
        .flatten()
}

fn looks_like_html(body: &[u8]) -> bool {
    body.iter()
        .find(|b| !b.is_ascii_whitespace())
        .is_some_and(|b| *b == b'<')
}
