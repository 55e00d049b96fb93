//! A command running on a session channel: its standard streams, the tail of its errors, its end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::lifeline::Lifeline;
use crate::transport::tail::Tail;
use crate::transport::{Ended, Process};

/// Bytes of output that wait for their reader.
const PIPE: usize = 128 << 10;

/// Runs `words` on `channel`. The request and the first input travel together, so a server that refuses to run it is
/// known by how the process ends.
pub(super) async fn start(
    channel: Channel<Msg>,
    leave: OwnedSemaphorePermit,
    words: &'static str,
    lifeline: Lifeline,
) -> Result<Process, russh::Error> {
    channel.exec(true, words).await?;
    let (incoming, outgoing) = channel.split();
    let outgoing = Arc::new(outgoing);
    let (near, far) = tokio::io::duplex(PIPE);
    let (tell, ended) = oneshot::channel();
    let complete = Arc::new(AtomicBool::new(false));
    tokio::spawn(follow(incoming, far, Arc::clone(&complete), tell, leave));
    let stream = Standard {
        output: near,
        input: Box::new(outgoing.make_writer()),
        lifeline,
        complete,
        _closer: Closer(outgoing),
    };
    Ok(Process {
        stream: Box::new(stream),
        ended,
    })
}

/// Sorts what comes in until the channel is closed, then tells how it ended.
async fn follow(
    mut incoming: ChannelReadHalf,
    pipe: DuplexStream,
    complete: Arc<AtomicBool>,
    tell: oneshot::Sender<Ended>,
    leave: OwnedSemaphorePermit,
) {
    let mut status = None;
    let mut errors = Tail::default();
    // Gone at the end of the output, and when nobody reads it: its end is still of interest then.
    let mut pipe = Some(pipe);
    while let Some(message) = incoming.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                if let Some(open) = &mut pipe
                    && open.write_all(&data).await.is_err()
                {
                    pipe = None;
                }
            }
            ChannelMsg::Eof => {
                complete.store(true, Ordering::Relaxed);
                pipe = None;
            }
            ChannelMsg::ExtendedData { data, .. } => errors.push(&data),
            ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
            ChannelMsg::ExitSignal { signal_name, .. } => {
                errors.push(format!("killed by {signal_name:?}\n").as_bytes());
            }
            ChannelMsg::Failure => {
                errors.push(b"the server refuses to run commands\n");
                break;
            }
            ChannelMsg::Close => break,
            _ => {}
        }
    }
    drop(pipe);
    drop(leave);
    let ended = Ended {
        status,
        stderr: errors.text(),
    };
    if tell.send(ended).is_err() {
        // Nobody asked how it ended.
    }
}

/// Both standard streams; dropping it closes the channel, which ends the command.
struct Standard {
    output: DuplexStream,
    input: Box<dyn AsyncWrite + Send + Unpin>,
    lifeline: Lifeline,
    /// Whether the command itself ended its output.
    complete: Arc<AtomicBool>,
    _closer: Closer,
}

struct Closer(Arc<ChannelWriteHalf<Msg>>);

impl Drop for Closer {
    fn drop(&mut self) {
        let channel = Arc::clone(&self.0);
        // Without a runtime the program is ending, and the connection with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { channel.close().await });
        }
    }
}

impl AsyncRead for Standard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let room = buf.remaining() > 0;
        match Pin::new(&mut self.output).poll_read(cx, buf) {
            Poll::Ready(Ok(()))
                if room
                    && buf.filled().len() == before
                    && !self.complete.load(Ordering::Relaxed) =>
            {
                Poll::Ready(self.lifeline.at_end())
            }
            other => other,
        }
    }
}

impl AsyncWrite for Standard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}
