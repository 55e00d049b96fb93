//! Sits between the program and its byte streams and keeps every byte of both directions, so that what real hosts
//! answered can be played back.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use plimsoll::domain::failure::{Failure, Stage};
use plimsoll::inventory::spec::HostSpec;
use plimsoll::transport::{ByteStream, Connection, Dial, Process, RemoteCommand, Task};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a byte stream led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The engine's API.
    Engine,
    /// A command on the host.
    Command(RemoteCommand),
}

/// Both directions of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) host: String,
    pub(crate) kind: Kind,
    pub(crate) sent: Vec<u8>,
    pub(crate) received: Vec<u8>,
}

type Log = Arc<Mutex<Vec<Exchange>>>;

/// A [`Dial`] that keeps what passes through another one.
#[derive(Clone)]
pub(crate) struct Witness {
    inner: Arc<dyn Dial>,
    log: Log,
}

impl Witness {
    pub(crate) fn new(inner: Arc<dyn Dial>) -> Self {
        Self {
            inner,
            log: Log::default(),
        }
    }

    /// Everything seen so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.log.lock().unwrap().clone()
    }
}

/// The requests in the bytes sent over one stream. None of them may have a body.
pub(crate) fn requests_in(sent: &[u8]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = sent;
    while !rest.is_empty() {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(rest) {
            Ok(httparse::Status::Complete(used)) => {
                out.push((
                    request.method.unwrap().to_owned(),
                    request.path.unwrap().to_owned(),
                ));
                rest = &rest[used..];
            }
            other => panic!(
                "bytes that are no request ({other:?}): {:?}",
                String::from_utf8_lossy(&rest[..rest.len().min(200)])
            ),
        }
    }
    out
}

impl Dial for Witness {
    fn dial<'a>(
        &'a self,
        spec: &'a HostSpec,
        entered: &'a (dyn Fn(Stage) + Send + Sync),
    ) -> Task<'a, Result<Box<dyn Connection>, Failure>> {
        Box::pin(async move {
            let inner = self.inner.dial(spec, entered).await?;
            Ok(Box::new(Watched {
                inner,
                host: spec.header.name.clone(),
                log: Arc::clone(&self.log),
            }) as Box<dyn Connection>)
        })
    }
}

struct Watched {
    inner: Box<dyn Connection>,
    host: String,
    log: Log,
}

impl Watched {
    fn tee(&self, kind: Kind, stream: ByteStream) -> ByteStream {
        let mut log = self.log.lock().unwrap();
        log.push(Exchange {
            host: self.host.clone(),
            kind,
            sent: Vec::new(),
            received: Vec::new(),
        });
        Box::new(Tee {
            inner: stream,
            at: log.len() - 1,
            log: Arc::clone(&self.log),
        })
    }
}

impl Connection for Watched {
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>> {
        Box::pin(async move { Ok(self.tee(Kind::Engine, self.inner.open_engine().await?)) })
    }

    fn run(&self, command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>> {
        let started = self.inner.run(command)?;
        Some(Box::pin(async move {
            let process = started.await?;
            Ok(Process {
                stream: self.tee(Kind::Command(command), process.stream),
                ended: process.ended,
            })
        }))
    }

    fn commands(&self) -> Vec<RemoteCommand> {
        self.inner.commands()
    }

    fn peer_key(&self) -> Option<String> {
        self.inner.peer_key()
    }

    fn engine_route(&self) -> String {
        self.inner.engine_route()
    }

    fn engine_streams(&self) -> usize {
        self.inner.engine_streams()
    }

    fn opened(&self) -> u32 {
        self.inner.opened()
    }

    fn close(&self) -> Task<'_, ()> {
        self.inner.close()
    }
}

struct Tee {
    inner: ByteStream,
    at: usize,
    log: Log,
}

impl AsyncRead for Tee {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        let new = &buf.filled()[before..];
        self.log.lock().unwrap()[self.at]
            .received
            .extend_from_slice(new);
        polled
    }
}

impl AsyncWrite for Tee {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = polled {
            let sent = &bytes[..written];
            self.log.lock().unwrap()[self.at]
                .sent
                .extend_from_slice(sent);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
