//! An engine made of a script: a real socket, and for each request the bytes that go back.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll::access::link::{Link, ReadOnly};
use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::transport::{ByteStream, Connection, Process, RemoteCommand, Task};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Number of the connection, from 0.
    pub connection: usize,
    /// Its target.
    pub target: String,
}

/// What follows the bytes of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The next request.
    Stay,
    /// The end of the connection.
    Close,
    /// Nothing, for ever.
    Hang,
    /// The same bytes again and again.
    Repeat,
}

/// What a request gets.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub bytes: Vec<u8>,
    pub then: Then,
}

impl Reply {
    pub(crate) fn raw(bytes: impl AsRef<[u8]>, then: Then) -> Self {
        Self {
            bytes: bytes.as_ref().to_vec(),
            then,
        }
    }

    /// A proper answer with `body`.
    pub(crate) fn status(status: u16, body: &str) -> Self {
        let bytes = format!(
            "HTTP/1.1 {status} Whatever\r\nApi-Version: 1.45\r\nServer: Docker/26.1.5 (linux)\r\nContent-Type: \
             application/json\r\nDate: Tue, 24 Nov 2026 02:41:17 GMT\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self::raw(bytes, Then::Stay)
    }

    pub(crate) fn ok(body: &str) -> Self {
        Self::status(200, body)
    }
}

type Script = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A scripted engine behind a socket of its own.
pub(crate) struct ScriptedEngine {
    folder: TempDir,
    seen: Arc<Mutex<Vec<Request>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for ScriptedEngine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl ScriptedEngine {
    pub(crate) fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("engine.sock")).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Script = Arc::new(script);
        let record = Arc::clone(&seen);
        let server = tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let (script, record) = (Arc::clone(&script), Arc::clone(&record));
                tokio::spawn(serve(stream, connection, script, record));
                connection += 1;
            }
        });
        Self {
            folder,
            seen,
            server,
        }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("engine.sock")
    }

    /// Every request that came in so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn link(&self) -> Link<ReadOnly> {
        Link::read_only(Arc::new(SocketOnly::new(&self.socket(), 8)))
    }
}

async fn serve(
    mut stream: UnixStream,
    connection: usize,
    script: Script,
    record: Arc<Mutex<Vec<Request>>>,
) {
    let mut pending = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => pending.extend_from_slice(&buffer[..count]),
            _ => return,
        }
        while let Some(end) = pending.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(pending.drain(..end + 4).collect()).unwrap();
            let request = Request {
                connection,
                target: head.split(' ').nth(1).unwrap().to_owned(),
            };
            record.lock().unwrap().push(request.clone());
            let reply = script(&request);
            loop {
                if stream.write_all(&reply.bytes).await.is_err() {
                    return;
                }
                match reply.then {
                    Then::Repeat => {}
                    Then::Stay => break,
                    Then::Close => return,
                    Then::Hang => return std::future::pending().await,
                }
            }
        }
    }
}

/// A connection that knows nothing but a socket.
pub(crate) struct SocketOnly {
    path: PathBuf,
    streams: usize,
    opened: AtomicU32,
}

impl SocketOnly {
    pub(crate) fn new(path: &Path, streams: usize) -> Self {
        Self {
            path: path.to_owned(),
            streams,
            opened: AtomicU32::new(0),
        }
    }
}

impl Connection for SocketOnly {
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>> {
        Box::pin(async move {
            let stream = UnixStream::connect(&self.path).await.map_err(|error| {
                let class = FailureClass::SocketMissing;
                Failure::new(class, Stage::Channel, "no socket", "").caused_by(&error)
            })?;
            self.opened.fetch_add(1, Ordering::Relaxed);
            let stream: ByteStream = Box::new(stream);
            Ok(stream)
        })
    }

    fn run(&self, _command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>> {
        None
    }

    fn commands(&self) -> Vec<RemoteCommand> {
        Vec::new()
    }

    fn peer_key(&self) -> Option<String> {
        None
    }

    fn engine_route(&self) -> String {
        format!("socket {}", self.path.display())
    }

    fn engine_streams(&self) -> usize {
        self.streams
    }

    fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    fn close(&self) -> Task<'_, ()> {
        Box::pin(async {})
    }
}

/// Long enough for anything that is going to happen; a test that waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
