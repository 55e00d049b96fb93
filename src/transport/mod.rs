//! How a host is reached: the only place that knows SSH, TLS and sockets.
//!
//! One seam: a [`Dial`] gives a [`Connection`], and a connection gives byte streams. Everything above, the
//! simulation included, is the same for all of them. Nothing here knows what is asked over a stream.

pub mod ask;
mod backoff;
mod command;
mod dialer;
mod head;
mod local;
mod net;
mod route;
pub mod ssh;
mod tail;
mod tls;

use std::io;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

use crate::domain::failure::{Failure, Stage};
use crate::inventory::spec::HostSpec;

pub use self::command::{Commands, RemoteCommand};
pub use self::dialer::Dialer;
pub use self::route::{Memory, Relayer, Route};
pub use self::ssh::SshEnvironment;

/// A future that can be boxed and sent.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Both directions of a byte stream.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A byte stream to something on a host.
pub type ByteStream = Box<dyn Duplex>;

/// Is told how a dial gets on.
pub trait Watch: Send + Sync {
    /// A stage begins.
    fn entered(&self, stage: Stage);

    /// What happened at `stage`, for a person who wants to know more than that it went well: the algorithms agreed
    /// on, a key that was refused. Cleaned for display by whoever shows it.
    fn noted(&self, _stage: Stage, _note: &str) {}
}

/// Whoever only counts the stages.
struct Stages<'a>(&'a (dyn Fn(Stage) + Send + Sync));

impl Watch for Stages<'_> {
    fn entered(&self, stage: Stage) {
        (self.0)(stage);
    }
}

/// Nobody.
struct Unwatched;

impl Watch for Unwatched {
    fn entered(&self, _stage: Stage) {}
}

/// Opens connections to hosts.
pub trait Dial: Send + Sync {
    /// Connects to `spec` and proves who we are, telling `entered` of each stage as it begins.
    fn dial<'a>(
        &'a self,
        spec: &'a HostSpec,
        entered: &'a (dyn Fn(Stage) + Send + Sync),
    ) -> Task<'a, Result<Box<dyn Connection>, Failure>>;

    /// The same for somebody who wants to hear everything.
    fn dial_watched<'a>(
        &'a self,
        spec: &'a HostSpec,
        watch: &'a dyn Watch,
    ) -> Task<'a, Result<Box<dyn Connection>, Failure>> {
        Box::pin(async move { self.dial(spec, &|stage| watch.entered(stage)).await })
    }
}

/// An open, authenticated way to one host.
pub trait Connection: Send + Sync {
    /// A new byte stream to the engine's API. Over SSH all streams share one connection: one that is held but not
    /// read holds up its siblings once what it has not read fills its buffer.
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>>;

    /// The sockets on the host at which the engine is looked for.
    fn engine_sockets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Tells of sockets on the host that may be the engine's, where none was found; whether another attempt at
    /// [`Self::open_engine`] is worth while now.
    fn suggest(&self, _sockets: Vec<String>) -> bool {
        false
    }

    /// Starts one of the fixed commands; `None` where the transport has no shell.
    fn run(&self, command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>>;

    /// Every command started so far, those that were refused among them.
    fn commands(&self) -> Vec<RemoteCommand>;

    /// Fingerprint of the key or certificate that the other side proved itself with.
    fn peer_key(&self) -> Option<String>;

    /// The process behind a local engine socket, as the kernel tells it; `None` over any network.
    fn peer_pid(&self) -> Option<u32> {
        None
    }

    /// The way the engine is reached, for people, such as `forwarded /run/docker.sock`; set after the first stream.
    fn engine_route(&self) -> String;

    /// How many engine streams may be open at once.
    fn engine_streams(&self) -> usize;

    /// Channels or connections opened so far.
    fn opened(&self) -> u32;

    /// Ends the connection and everything started through it.
    fn close(&self) -> Task<'_, ()>;
}

/// A running remote command.
pub struct Process {
    /// Its standard input and output.
    pub stream: ByteStream,
    /// Told once when it ends.
    pub ended: oneshot::Receiver<Ended>,
}

/// What an error of a stream says about the host, where more is known than the error itself tells: an engine that
/// refuses our certificate, for one, says so only on the first read.
pub fn classify_io(error: &io::Error) -> Option<Failure> {
    tls::classify(error)
}

/// How a remote command ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// Exit status; `None` where it was killed or the connection broke.
    pub status: Option<u32>,
    /// The last 4 KiB of its standard error, cleaned for display.
    pub stderr: String,
}
