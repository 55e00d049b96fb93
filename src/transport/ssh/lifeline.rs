//! Tells a stream that simply ended from one whose whole connection went down.
//!
//! The library ends every channel quietly in both cases. The difference matters: half an answer is the engine's
//! fault in the one, and a reason to look at the network in the other.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use russh::ChannelStream;
use russh::client::Msg;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::handler::State;
use super::trouble;
use crate::domain::failure::{Failure, Stage};

/// What the streams of a connection share.
#[derive(Clone)]
pub(super) struct Lifeline {
    pub(super) whom: Arc<str>,
    pub(super) state: Arc<State>,
    /// Cancelled when the connection is down.
    pub(super) ended: CancellationToken,
}

impl Lifeline {
    /// The connection went down at `stage`; with the server's last words where it had any.
    pub(super) fn lost(&self, stage: Stage) -> Failure {
        trouble::lost(stage, &self.whom, self.state.farewell())
    }

    /// What the end of a stream means.
    pub(super) fn at_end(&self) -> io::Result<()> {
        if self.ended.is_cancelled() {
            let failure = self.lost(Stage::Collect);
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, failure));
        }
        Ok(())
    }
}

/// A forwarded channel.
pub(super) struct Forwarded {
    /// There until it is dropped.
    stream: Option<ChannelStream<Msg>>,
    lifeline: Lifeline,
}

impl Forwarded {
    pub(super) fn new(stream: ChannelStream<Msg>, lifeline: Lifeline) -> Self {
        Self {
            stream: Some(stream),
            lifeline,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut ChannelStream<Msg>>> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(Pin::new(stream))
    }
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        // The library closes a channel by a task, and panics where there is no runtime to run it. Without one the
        // connection is gone too, so there is nothing left to close.
        if Handle::try_current().is_err()
            && let Some(stream) = self.stream.take()
        {
            std::mem::forget(stream);
        }
    }
}

impl AsyncRead for Forwarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let room = buf.remaining() > 0;
        match self.stream()?.poll_read(cx, buf) {
            Poll::Ready(Ok(())) if room && buf.filled().len() == before => {
                Poll::Ready(self.lifeline.at_end())
            }
            other => other,
        }
    }
}

impl AsyncWrite for Forwarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }
}
