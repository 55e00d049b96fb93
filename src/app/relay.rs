//! The host's end of a least-privilege set-up: requests from standard input reach the engine only if they are on the
//! list of a read-only link. The same list that holds an auditor's own process back holds back whoever has its key.

use std::io;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::error::Error;
use crate::access::gate;

/// Longest head of a request, and bytes read at once.
const LONGEST: usize = 16 << 10;
/// What ends a head. A request that may leave has no body.
const END: &[u8] = b"\r\n\r\n";

/// Relays until either side ends.
pub async fn run(socket: &Path) -> Result<(), Error> {
    let stream = UnixStream::connect(socket).await.map_err(|e| {
        Error::usage(format!("there is no engine at {}", socket.display()))
            .hint("name its socket with --socket")
            .source(e)
    })?;
    let (mut answers, mut requests) = stream.into_split();
    let mut out = tokio::io::stdout();
    let told = async {
        tokio::io::copy(&mut answers, &mut out).await?;
        out.flush().await
    };
    let asked = async {
        pass(&mut tokio::io::stdin(), &mut requests).await?;
        // Answers to what was asked may still come.
        requests.shutdown().await
    };
    tokio::pin!(told, asked);
    let ended = tokio::select! {
        ended = &mut told => ended,
        ended = &mut asked => match ended {
            Ok(()) => told.await,
            refused => refused,
        },
    };
    ended.map_err(|e| match e.kind() {
        io::ErrorKind::PermissionDenied => {
            Error::refused("this request does not reach the engine").source(e)
        }
        _ => Error::internal("the connection broke off").source(e),
    })
}

/// Hands on whole heads of requests that may leave; the first that may not ends it, and nothing of it was handed on.
pub async fn pass(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let mut held = Vec::new();
    let mut buffer = vec![0; LONGEST];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        held.extend_from_slice(buffer.get(..read).unwrap_or_default());
        while let Some(end) = held.windows(END.len()).position(|window| window == END) {
            let rest = held.split_off(end + END.len());
            let whole = std::mem::replace(&mut held, rest);
            gate::permit_heads(&whole)
                .map_err(|refused| io::Error::new(io::ErrorKind::PermissionDenied, refused))?;
            to.write_all(&whole).await?;
        }
        to.flush().await?;
        if held.len() > LONGEST {
            let said = "its head does not end";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, said));
        }
    }
}
