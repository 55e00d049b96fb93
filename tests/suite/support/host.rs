//! A host made of a scripted engine and a shell that behaves as told.

use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use plimsoll::access::link::{Link, ReadOnly};
use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::transport::{ByteStream, Connection, Ended, Process, RemoteCommand, Task};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::oneshot;

use super::engine::{ScriptedEngine, SocketOnly};

/// How a shell behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    /// There is none.
    None,
    /// The real one of this machine.
    Real,
    /// It ends at once with this status and these words.
    Refuses(u32, &'static str),
    /// It takes everything and says nothing.
    Silent,
    /// It says this and ends.
    Says(&'static [u8]),
    /// It says this and nothing more.
    SaysAndHangs(&'static [u8]),
}

/// A host with one shell for root and one for everybody else.
pub(crate) struct TestHost {
    engine: Option<SocketOnly>,
    root: Shell,
    user: Shell,
    peer: Option<u32>,
    ran: Arc<Mutex<Vec<RemoteCommand>>>,
    sessions: AtomicU32,
}

impl TestHost {
    pub(crate) fn new(engine: Option<&ScriptedEngine>, root: Shell, user: Shell) -> Self {
        Self {
            engine: engine.map(|engine| SocketOnly::new(&engine.socket(), 8)),
            root,
            user,
            peer: None,
            ran: Arc::default(),
            sessions: AtomicU32::new(0),
        }
    }

    /// The process that the engine's socket seems to belong to.
    pub(crate) fn behind(self, peer: u32) -> Self {
        Self {
            peer: Some(peer),
            ..self
        }
    }

    /// Commands as they are started, now and later.
    pub(crate) fn ran(&self) -> Arc<Mutex<Vec<RemoteCommand>>> {
        Arc::clone(&self.ran)
    }

    pub(crate) fn link(self) -> Link<ReadOnly> {
        Link::read_only(Arc::new(self))
    }
}

impl Connection for TestHost {
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>> {
        Box::pin(async move {
            match &self.engine {
                Some(engine) => engine.open_engine().await,
                None => Err(Failure::new(
                    FailureClass::SocketDenied,
                    Stage::Channel,
                    "this account may not use the socket",
                    "ask for it",
                )),
            }
        })
    }

    fn run(&self, command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>> {
        let shell = match command {
            RemoteCommand::Probe { sudo: true } | RemoteCommand::Apply { sudo: true } => self.root,
            RemoteCommand::Probe { sudo: false } | RemoteCommand::Apply { sudo: false } => {
                self.user
            }
            RemoteCommand::DialStdio { .. }
            | RemoteCommand::Sudo { .. }
            | RemoteCommand::ProbeByPassword
            | RemoteCommand::RelayByPassword
            | RemoteCommand::InstalledProbe
            | RemoteCommand::InstalledRelay => Shell::None,
        };
        if shell == Shell::None {
            return None;
        }
        Some(Box::pin(async move {
            self.ran.lock().unwrap().push(command);
            self.sessions.fetch_add(1, Ordering::Relaxed);
            Ok(start(shell))
        }))
    }

    fn commands(&self) -> Vec<RemoteCommand> {
        self.ran.lock().unwrap().clone()
    }

    fn peer_key(&self) -> Option<String> {
        None
    }

    fn peer_pid(&self) -> Option<u32> {
        self.peer
    }

    fn engine_route(&self) -> String {
        "test".to_owned()
    }

    fn engine_streams(&self) -> usize {
        8
    }

    fn opened(&self) -> u32 {
        self.engine.as_ref().map_or(0, Connection::opened) + self.sessions.load(Ordering::Relaxed)
    }

    fn close(&self) -> Task<'_, ()> {
        Box::pin(async {})
    }
}

fn start(shell: Shell) -> Process {
    if shell == Shell::Real {
        return real();
    }
    let (ours, theirs) = tokio::io::duplex(4096);
    let (tell, ended) = oneshot::channel();
    tokio::spawn(async move {
        let end = play(shell, theirs).await;
        let _nobody_asks = tell.send(end);
    });
    Process {
        stream: Box::new(ours),
        ended,
    }
}

async fn play(shell: Shell, stream: DuplexStream) -> Ended {
    let (mut input, mut output) = tokio::io::split(stream);
    match shell {
        Shell::Refuses(status, stderr) => Ended {
            status: Some(status),
            stderr: stderr.to_owned(),
        },
        Shell::Says(text) => {
            output.write_all(text).await.unwrap();
            Ended::default()
        }
        Shell::SaysAndHangs(text) => {
            output.write_all(text).await.unwrap();
            read_all(&mut input).await;
            Ended::default()
        }
        Shell::Silent | Shell::None | Shell::Real => {
            read_all(&mut input).await;
            Ended::default()
        }
    }
}

async fn read_all(input: &mut (impl tokio::io::AsyncRead + Unpin)) {
    let mut buffer = [0; 1024];
    while input.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

fn real() -> Process {
    let mut child = tokio::process::Command::new("sh")
        .arg("-s")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let both = tokio::io::join(child.stdout.take().unwrap(), child.stdin.take().unwrap());
    let (tell, ended) = oneshot::channel();
    tokio::spawn(async move {
        let status = child.wait().await.unwrap().code();
        let _nobody_asks = tell.send(Ended {
            status: status.and_then(|code| u32::try_from(code).ok()),
            stderr: String::new(),
        });
    });
    Process {
        stream: Box::new(both),
        ended,
    }
}
