//! A command running on a session channel: its standard streams, the tail of its errors, its end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::lifeline::Lifeline;
use super::session::Leave;
use crate::transport::command::PROMPT;
use crate::transport::tail::Tail;
use crate::transport::{Ended, Process};

/// Bytes of output that wait for their reader.
const PIPE: usize = 128 << 10;

/// Time for the status to arrive after the streams were dropped at the end of the output.
const GRACE: Duration = Duration::from_millis(500);

/// Runs `words` on `channel`. The request and the first input travel together, so a server that refuses to run it is
/// known by how the process ends.
pub(super) async fn start(
    channel: Channel<Msg>,
    leave: Leave,
    words: &'static str,
    lifeline: Lifeline,
    prompts: Option<Prompts>,
) -> Result<Process, russh::Error> {
    channel.exec(true, words).await?;
    let (incoming, outgoing) = channel.split();
    let (near, far) = tokio::io::duplex(PIPE);
    let (tell, ended) = oneshot::channel();
    let complete = Arc::new(AtomicBool::new(false));
    let dropped = CancellationToken::new();
    let input = Box::new(outgoing.make_writer());
    let follower = Follower {
        incoming,
        outgoing,
        complete: Arc::clone(&complete),
        dropped: dropped.clone(),
        leave,
        prompts,
    };
    tokio::spawn(follower.follow(far, tell));
    let stream = Standard {
        output: near,
        input,
        lifeline,
        complete,
        _dropped: dropped.drop_guard(),
    };
    Ok(Process {
        stream: Box::new(stream),
        ended,
    })
}

/// Sorts what comes in until the command has ended.
struct Follower {
    incoming: ChannelReadHalf,
    outgoing: ChannelWriteHalf<Msg>,
    complete: Arc<AtomicBool>,
    dropped: CancellationToken,
    leave: Leave,
    prompts: Option<Prompts>,
}

/// Tells how often sudo has asked for a password, which it does on its standard error.
pub(super) struct Prompts {
    tell: watch::Sender<u32>,
    /// The end of what came, which may be the beginning of a question.
    end: Vec<u8>,
}

impl Prompts {
    /// With whoever waits for questions.
    pub(super) fn new() -> (Self, watch::Receiver<u32>) {
        let (tell, told) = watch::channel(0);
        let end = Vec::new();
        (Self { tell, end }, told)
    }

    fn feed(&mut self, data: &[u8]) {
        let prompt = PROMPT.as_bytes();
        self.end.extend_from_slice(data);
        while let Some(at) = (self.end.windows(prompt.len())).position(|bytes| bytes == prompt) {
            self.end.drain(..at + prompt.len());
            self.tell.send_modify(|count| *count += 1);
        }
        let known = self.end.len().saturating_sub(prompt.len() - 1);
        self.end.drain(..known);
    }
}

impl Follower {
    async fn follow(mut self, pipe: DuplexStream, tell: oneshot::Sender<Ended>) {
        let mut status = None;
        let mut errors = Tail::default();
        // Gone at the end of the output, and when nobody reads it: its end is still of interest then.
        let mut pipe = Some(pipe);
        let mut closed = false;
        while let Some(message) = self.next().await {
            match message {
                ChannelMsg::Data { data } => {
                    if let Some(open) = &mut pipe
                        && open.write_all(&data).await.is_err()
                    {
                        pipe = None;
                    }
                }
                ChannelMsg::Eof => {
                    self.complete.store(true, Ordering::Relaxed);
                    pipe = None;
                }
                ChannelMsg::ExtendedData { data, .. } => {
                    if let Some(prompts) = &mut self.prompts {
                        prompts.feed(&data);
                    }
                    errors.push(&data);
                }
                ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
                ChannelMsg::ExitSignal { signal_name, .. } => {
                    errors.push(format!("killed by {signal_name:?}\n").as_bytes());
                }
                ChannelMsg::Failure => {
                    errors.push(b"the server refuses to run commands\n");
                    break;
                }
                ChannelMsg::Close => {
                    closed = true;
                    break;
                }
                _ => {}
            }
        }
        if !closed && self.outgoing.close().await.is_err() {
            // The connection is gone, and the channel with it.
        }
        drop(pipe);
        drop(self.leave);
        let ended = Ended {
            status,
            stderr: errors.text(),
        };
        if tell.send(ended).is_err() {
            // Nobody asked how it ended.
        }
    }

    /// The next message; none when the channel is closed, or is to be because nobody holds the streams any more. The
    /// library delivers nothing more once we have closed a channel, not even the other side's answer to that.
    async fn next(&mut self) -> Option<ChannelMsg> {
        tokio::select! {
            biased;
            () = self.dropped.cancelled() => {
                // All of the output has been read: then the status is about to come.
                if !self.complete.load(Ordering::Relaxed) {
                    return None;
                }
            }
            message = self.incoming.wait() => return message,
        }
        tokio::time::timeout(GRACE, self.incoming.wait())
            .await
            .unwrap_or_default()
    }
}

/// Both standard streams; dropping it closes the channel, which ends the command.
struct Standard {
    output: DuplexStream,
    input: Box<dyn AsyncWrite + Send + Unpin>,
    lifeline: Lifeline,
    /// Whether the command itself ended its output.
    complete: Arc<AtomicBool>,
    _dropped: DropGuard,
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

#[cfg(test)]
mod tests {
    use super::Prompts;

    #[test]
    fn questions_are_counted_however_they_arrive() {
        let (mut prompts, told) = Prompts::new();
        for piece in [
            "Lecture.\n[plim",
            "soll as",
            "ks]",
            "x[plimsoll asks][plimsoll asks",
        ] {
            prompts.feed(piece.as_bytes());
        }
        assert_eq!(*told.borrow(), 2);
        prompts.feed(b"]");
        assert_eq!(*told.borrow(), 3);
    }
}
