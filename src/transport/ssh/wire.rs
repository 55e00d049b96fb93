//! The stream below an SSH session: a TCP connection, or a channel through a jump host.
//!
//! The library reads on for ever from a peer that falls silent during the key exchange, and offers no way to stop
//! it; cutting the wire does. The first bytes received are kept, because they say what answered when it was not an
//! SSH server.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use russh::ChannelStream;
use russh::client::Msg;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::session::Session;
use crate::transport::head::Head;

/// Reads after which acknowledgements are left to the kernel again, where a command is going to run.
const QUICK_READS: u32 = 64;

/// What carries the bytes.
pub(super) enum Carrier {
    /// A connection of our own.
    Tcp(TcpStream),
    /// A channel through a jump host, which lives as long as the channel.
    Jump {
        stream: ChannelStream<Msg>,
        _through: Arc<Session>,
    },
}

/// A carrier that can be cut.
pub(super) struct Wire {
    carrier: Carrier,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    head: Head,
    listening: bool,
    quick_reads: u32,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To read a host; a command starts soon.
    Host,
    /// To reach others through it; no command ever runs.
    Jump,
}

impl Wire {
    /// A wire over `carrier` that ends when `cut` is cancelled.
    pub(super) fn new(carrier: Carrier, cut: CancellationToken, purpose: Purpose) -> Self {
        Self {
            carrier,
            cut: Box::pin(cut.cancelled_owned()),
            head: Head::default(),
            listening: true,
            quick_reads: match purpose {
                Purpose::Host => QUICK_READS,
                Purpose::Jump => u32::MAX,
            },
        }
    }

    /// Where the first bytes are kept.
    pub(super) fn head(&self) -> Head {
        self.head.clone()
    }

    /// Asks the kernel not to sit on acknowledgements: sshd has Nagle on until the first command runs, so each delayed
    /// one costs 40 ms. The setting does not stick; hence after each read.
    fn acknowledge_at_once(&mut self) {
        if self.quick_reads == 0 {
            return;
        }
        self.quick_reads -= 1;
        #[cfg(target_os = "linux")]
        if let Carrier::Tcp(stream) = &self.carrier
            && stream.set_quickack(true).is_err()
        {
            // It is only a matter of speed.
            self.quick_reads = 0;
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let before = buf.filled().len();
        let polled = match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Carrier::Jump { stream, .. } => Pin::new(stream).poll_read(cx, buf),
        };
        if let Poll::Ready(Ok(())) = polled {
            if let Some(new) = buf.filled().get(before..)
                && self.listening
            {
                self.listening = self.head.add(new);
            }
            self.acknowledge_at_once();
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Carrier::Jump { stream, .. } => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Carrier::Jump { stream, .. } => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Carrier::Jump { stream, .. } => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
