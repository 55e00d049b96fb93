//! The engine of this machine, through its socket; the probe as a child process.
//!
//! The probe speaks of this machine, the socket perhaps of another one (a forwarded socket looks the same), so the
//! process behind the socket is told to whoever has to decide whether both belong together.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::net::Deadline;
use super::tail::Tail;
use super::{ByteStream, Commands, Connection, Ended, Process, RemoteCommand, Task, Watch};
use crate::domain::failure::{Failure, FailureClass, Stage};

/// Streams to the engine at once.
const STREAMS: usize = 8;

/// Time for a child to end by itself once nobody reads it any more.
const GRACE: Duration = Duration::from_millis(500);

/// A socket on this machine that has answered.
pub(super) struct Local {
    path: PathBuf,
    peer: Option<u32>,
    patience: Duration,
    opened: AtomicU32,
    commands: Commands,
}

impl Local {
    /// Tries the socket at `path`.
    pub(super) async fn dial(
        path: &Path,
        patience: Duration,
        watch: &dyn Watch,
    ) -> Result<Self, Failure> {
        watch.entered(Stage::Tcp);
        let first = connect(path, patience).await?;
        let peer = first
            .peer_cred()
            .ok()
            .and_then(|peer| peer.pid())
            .and_then(|pid| u32::try_from(pid).ok());
        Ok(Self {
            path: path.to_owned(),
            peer,
            patience,
            opened: AtomicU32::new(0),
            commands: Commands::default(),
        })
    }
}

async fn connect(path: &Path, patience: Duration) -> Result<UnixStream, Failure> {
    let connecting = async {
        UnixStream::connect(path)
            .await
            .map_err(|error| failure(path, &error))
    };
    Deadline::after(patience)
        .hold(
            Stage::Tcp,
            &format!("opening {}", path.display()),
            connecting,
        )
        .await
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    let (class, message, hint) = match error.kind() {
        io::ErrorKind::NotFound => (
            FailureClass::SocketMissing,
            format!("there is no socket at {path}"),
            "start the engine, or name its socket in the endpoint: unix:///path/to/docker.sock",
        ),
        io::ErrorKind::PermissionDenied => (
            FailureClass::SocketDenied,
            format!("this account may not use {path}"),
            "run as an account in the group of the socket (which makes it root), or use the socket of a rootless engine",
        ),
        io::ErrorKind::ConnectionRefused => (
            FailureClass::DaemonDown,
            format!("nobody listens at {path}"),
            "look at systemctl status docker and journalctl -u docker",
        ),
        _ => (
            FailureClass::Unreachable,
            format!("{path} cannot be opened"),
            "see the cause; it comes from the operating system of this machine",
        ),
    };
    Failure::new(class, Stage::Tcp, message, hint).caused_by(error)
}

impl Connection for Local {
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>> {
        Box::pin(async move {
            let stream = connect(&self.path, self.patience).await?;
            self.opened.fetch_add(1, Ordering::Relaxed);
            let stream: ByteStream = Box::new(stream);
            Ok(stream)
        })
    }

    fn run(&self, command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>> {
        match command {
            RemoteCommand::Probe { .. } | RemoteCommand::Apply { .. } => {
                Some(Box::pin(async move {
                    self.commands.note(command);
                    let process = start(command)?;
                    self.opened.fetch_add(1, Ordering::Relaxed);
                    Ok(process)
                }))
            }
            // The socket itself is here.
            RemoteCommand::DialStdio { .. }
            | RemoteCommand::Sudo { .. }
            | RemoteCommand::ProbeByPassword
            | RemoteCommand::RelayByPassword
            | RemoteCommand::InstalledProbe
            | RemoteCommand::InstalledRelay => None,
        }
    }

    fn commands(&self) -> Vec<RemoteCommand> {
        self.commands.all()
    }

    fn peer_key(&self) -> Option<String> {
        None
    }

    fn peer_pid(&self) -> Option<u32> {
        self.peer
    }

    fn engine_route(&self) -> String {
        format!("socket {}", self.path.display())
    }

    fn engine_streams(&self) -> usize {
        STREAMS
    }

    fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    fn close(&self) -> Task<'_, ()> {
        // Streams and children end with their owners.
        Box::pin(async {})
    }
}

fn start(command: RemoteCommand) -> Result<Process, Failure> {
    let mut words = command.words().split(' ');
    let program = words.next().unwrap_or("sh");
    let spawned = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let cannot = |error: &io::Error| {
        Failure::new(
            FailureClass::Protocol,
            Stage::Probe,
            format!("{program} cannot be started on this machine"),
            if program == "sudo" {
                "install sudo, or set sudo = \"never\" for this host"
            } else {
                "see the cause; it comes from the operating system of this machine"
            },
        )
        .caused_by(error)
    };
    let mut child = spawned.map_err(|error| cannot(&error))?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(input), Some(output), Some(errors)) = pipes else {
        return Err(cannot(&io::ErrorKind::BrokenPipe.into()));
    };
    let (tell, ended) = oneshot::channel();
    let dropped = CancellationToken::new();
    tokio::spawn(follow(child, errors, tell, dropped.clone()));
    let stream = Standard {
        input: Some(input),
        output,
        _dropped: dropped.drop_guard(),
    };
    Ok(Process {
        stream: Box::new(stream),
        ended,
    })
}

/// Waits for the child and tells how it ended.
async fn follow(
    mut child: Child,
    mut errors: ChildStderr,
    tell: oneshot::Sender<Ended>,
    dropped: CancellationToken,
) {
    let mut tail = Tail::default();
    let status = {
        let listening = async {
            let mut bytes = [0; 1024];
            while let Ok(n @ 1..) = errors.read(&mut bytes).await {
                tail.push(bytes.get(..n).unwrap_or_default());
            }
        };
        tokio::pin!(listening);
        let reaping = reap(&mut child, &dropped);
        tokio::pin!(reaping);
        tokio::select! {
            () = &mut listening => reaping.await,
            status = &mut reaping => {
                // A grandchild may hold standard error open for ever; what it says later is of no interest.
                tokio::select! {
                    () = listening => {}
                    () = tokio::time::sleep(GRACE) => {}
                }
                status
            }
        }
    };
    let ended = Ended {
        status: status
            .ok()
            .and_then(|status| status.code())
            .and_then(|code| u32::try_from(code).ok()),
        stderr: tail.text(),
    };
    if tell.send(ended).is_err() {
        // Nobody asked how it ended.
    }
}

/// The end of the child, which is brought about when nobody holds its streams any more.
async fn reap(child: &mut Child, dropped: &CancellationToken) -> io::Result<ExitStatus> {
    tokio::select! {
        status = child.wait() => return status,
        () = dropped.cancelled() => {}
    }
    // Its streams may be dropped because all has been read: then it is about to end by itself.
    if let Ok(status) = tokio::time::timeout(GRACE, child.wait()).await {
        return status;
    }
    child.start_kill()?;
    child.wait().await
}

/// The standard streams of a child; dropping them ends it.
struct Standard {
    /// Gone once shut down.
    input: Option<ChildStdin>,
    output: ChildStdout,
    _dropped: DropGuard,
}

impl AsyncRead for Standard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_read(cx, buf)
    }
}

impl AsyncWrite for Standard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.input {
            Some(input) => Pin::new(input).poll_write(cx, buf),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.input {
            Some(input) => Pin::new(input).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A pipe has no half to shut but by closing it.
        self.input = None;
        Poll::Ready(Ok(()))
    }
}
