//! A stream to a TCP engine whose errors carry their explanation.
//!
//! With TLS 1.3 an engine that does not accept our certificate says so only after the handshake, as an error of the
//! first read or write. The explanation travels inside that error, for [`classify`] to take out again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::trouble;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::transport::head::looks_like_tls;

/// Bytes within which a server shows that it expects TLS.
const BEGINNING: usize = 256;

/// What the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tls,
    Plain,
}

/// A stream that explains its errors.
pub(super) struct Explained<S> {
    stream: S,
    kind: Kind,
    whom: String,
    name: String,
    /// Whether the engine has said anything yet.
    heard: bool,
    /// The beginning of a plain answer, until it is long enough to tell what it is.
    beginning: Option<Vec<u8>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Explained<S> {
    pub(super) fn new(stream: S, kind: Kind, whom: String, name: String) -> Self {
        Self {
            stream,
            kind,
            whom,
            name,
            heard: false,
            beginning: (kind == Kind::Plain).then(Vec::new),
        }
    }

    fn explain(&self, error: io::Error) -> io::Error {
        let failure = match trouble::tls_error(&error) {
            Some(tls) => trouble::explain(&self.whom, &self.name, tls).caused_by(tls),
            None if self.heard || self.kind == Kind::Plain => return error,
            None => self.turned_away(&error),
        };
        io::Error::new(error.kind(), failure)
    }

    /// Closed after the handshake without a word: what an engine does whose refusal got lost on the way.
    fn turned_away(&self, error: &io::Error) -> Failure {
        Failure::new(
            FailureClass::TlsClientCert,
            Stage::Tls,
            format!(
                "{} closed the connection right after the TLS handshake",
                self.whom
            ),
            "it probably does not accept our certificate: check that tls.cert was issued by the authority that the \
             engine was given (tlscacert), for client authentication, and that it has not expired",
        )
        .caused_by(error)
    }

    /// Whether what has come in so far is the answer of a server that expects TLS.
    fn expects_tls(&mut self, new: &[u8]) -> bool {
        let Some(beginning) = &mut self.beginning else {
            return false;
        };
        beginning.extend_from_slice(new);
        if asks_for_tls(beginning) {
            return true;
        }
        if beginning.len() >= BEGINNING {
            self.beginning = None;
        }
        false
    }

    /// After a failed write: the reason may be waiting to be read.
    fn last_words(&mut self, cx: &mut Context<'_>, error: io::Error) -> io::Error {
        let mut scratch = [0; 64];
        let mut buf = ReadBuf::new(&mut scratch);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
            Poll::Ready(Err(said)) if trouble::tls_error(&said).is_some() => self.explain(said),
            _ => self.explain(error),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Explained<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {
                let new = buf.filled().get(before..).unwrap_or_default();
                let heard = !new.is_empty();
                if self.expects_tls(new) {
                    // An error comes without bytes.
                    buf.set_filled(before);
                    let failure = Failure::new(
                        FailureClass::Protocol,
                        Stage::Engine,
                        format!("{} speaks TLS, the inventory says plain HTTP", self.whom),
                        "give the endpoint its tls table in the inventory and remove insecure = true",
                    );
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, failure)));
                }
                self.heard |= heard;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.explain(error))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, buf) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.last_words(cx, error))),
            other => other,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.last_words(cx, error))),
            other => other,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Whether the first bytes of a plain stream come from a server that expects TLS: an alert, or the answer of Go's
/// servers, which engines use.
fn asks_for_tls(bytes: &[u8]) -> bool {
    const GO: &[u8] = b"HTTP request to an HTTPS server";
    looks_like_tls(bytes) || bytes.windows(GO.len()).any(|window| window == GO)
}

/// The failure that an error of a stream carries or stands for.
pub(in crate::transport) fn classify(error: &io::Error) -> Option<Failure> {
    if let Some(carried) = error.get_ref()?.downcast_ref::<Failure>() {
        return Some(carried.clone());
    }
    let tls = trouble::tls_error(error)?;
    Some(trouble::explain("the engine", "its name", tls).caused_by(tls))
}
