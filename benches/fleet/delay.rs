//! A byte stream whose other end is far away: what goes in comes out later, in both directions.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// What a direction holds before its writer must wait: more than any answer of these measurements, so that the delay
/// is the only thing that a long way costs here.
const BUFFER: usize = 1024 * 1024;
/// Bursts under way in one direction.
const BURSTS: usize = 1024;

/// `stream` as it is seen over a way of which one direction takes `one_way`.
pub(crate) fn far<S>(stream: S, one_way: Duration) -> DuplexStream
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    let (near_in, near_out) = tokio::io::split(stream);
    let (far_in, far_out) = tokio::io::split(theirs);
    line(near_in, far_out, one_way);
    line(far_in, near_out, one_way);
    ours
}

/// Carries bytes in one direction until either end is closed.
fn line<R, W>(mut from: R, mut to: W, one_way: Duration)
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let (departs, mut arrives) = mpsc::channel::<(Instant, Vec<u8>)>(BURSTS);
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(read) => read,
            };
            let burst = buffer.get(..read).unwrap_or_default().to_vec();
            if departs
                .send((Instant::now() + one_way, burst))
                .await
                .is_err()
            {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some((due, burst)) = arrives.recv().await {
            sleep_until(due).await;
            if to.write_all(&burst).await.is_err() {
                return;
            }
        }
        // The other side may be gone already.
        let _gone = to.shutdown().await;
    });
}
