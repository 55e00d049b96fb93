//! An open connection and what may be done over it.
//!
//! A link that was opened for reading stays so in the types: what writes takes a `Link<ReadWrite>`, and the only way
//! to one leads through a grant.
//!
//! ```
//! use plimsoll::access::authority::HostGrant;
//! use plimsoll::access::link::{Link, ReadOnly, ReadWrite};
//!
//! fn repair(_: &Link<ReadWrite>) {}
//! fn with_grant(link: Link<ReadOnly>, grant: HostGrant<'_>) {
//!     repair(&link.elevate(grant));
//! }
//! ```
//!
//! Without the grant, the same does not compile:
//!
//! ```compile_fail,E0308
//! use plimsoll::access::authority::HostGrant;
//! use plimsoll::access::link::{Link, ReadOnly, ReadWrite};
//!
//! fn repair(_: &Link<ReadWrite>) {}
//! fn with_grant(link: Link<ReadOnly>, grant: HostGrant<'_>) {
//!     repair(&link);
//! }
//! ```
//!
//! The apply script starts on a writing link:
//!
//! ```
//! use plimsoll::access::link::{Link, ReadOnly, ReadWrite};
//!
//! async fn start(link: &Link<ReadWrite>) {
//!     let _process = link.apply(false).await;
//! }
//! ```
//!
//! and on no other:
//!
//! ```compile_fail,E0599
//! use plimsoll::access::link::{Link, ReadOnly, ReadWrite};
//!
//! async fn start(link: &Link<ReadOnly>) {
//!     let _process = link.apply(false).await;
//! }
//! ```
//!
//! A grant comes from an operator's authority alone:
//!
//! ```
//! use plimsoll::access::authority::{Authority, WriteGrant};
//!
//! let grant: Option<WriteGrant> = Authority::Operator.grant();
//! assert!(grant.is_some() && Authority::Auditor.grant().is_none());
//! ```
//!
//! and cannot be made up:
//!
//! ```compile_fail,E0451
//! use plimsoll::access::authority::{Authority, WriteGrant};
//!
//! let grant: Option<WriteGrant> = Some(WriteGrant { _made_here: () });
//! assert!(grant.is_some() && Authority::Auditor.grant().is_none());
//! ```

use std::io;
use std::marker::PhantomData;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::authority::HostGrant;
use super::gate;
use crate::domain::failure::Failure;
use crate::transport::{ByteStream, Connection, Process, RemoteCommand};

/// The kind of link that only reads.
#[derive(Debug)]
pub enum ReadOnly {}

/// The kind of link that may also write.
#[derive(Debug)]
pub enum ReadWrite {}

/// An open, authorised way to one host.
pub struct Link<A> {
    connection: Arc<dyn Connection>,
    _authority: PhantomData<A>,
}

impl<A> std::fmt::Debug for Link<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Link({})", self.connection.engine_route())
    }
}

impl Link<ReadOnly> {
    /// A link for reading.
    pub fn read_only(connection: Arc<dyn Connection>) -> Self {
        Self {
            connection,
            _authority: PhantomData,
        }
    }

    /// Uses up the right to write on this host.
    pub fn elevate(self, _grant: HostGrant<'_>) -> Link<ReadWrite> {
        Link {
            connection: self.connection,
            _authority: PhantomData,
        }
    }
}

impl Link<ReadWrite> {
    /// Starts the shell of the apply script; none where the way to the host has no shell.
    pub async fn apply(&self, sudo: bool) -> Option<Result<Process, Failure>> {
        let starting = self.connection.run(RemoteCommand::Apply { sudo })?;
        Some(starting.await)
    }
}

impl<A> Link<A> {
    /// A new stream to the engine on which nothing but listed requests leave.
    pub async fn ask(&self) -> Result<Questions, Failure> {
        Ok(Questions {
            stream: self.connection.open_engine().await?,
        })
    }

    /// Starts the probe's shell; none where the way to the host has no shell.
    pub async fn probe(&self, sudo: bool) -> Option<Result<Process, Failure>> {
        let starting = self.connection.run(RemoteCommand::Probe { sudo })?;
        Some(starting.await)
    }

    /// Starts the probe that the host has behind a forced command.
    pub async fn installed_probe(&self) -> Option<Result<Process, Failure>> {
        let starting = self.connection.run(RemoteCommand::InstalledProbe)?;
        Some(starting.await)
    }

    /// The sockets on the host at which the engine is looked for.
    pub fn sockets(&self) -> Vec<String> {
        self.connection.engine_sockets()
    }

    /// Tells of other sockets that may be the engine's; whether asking again is worth while now.
    pub fn suggest(&self, sockets: Vec<String>) -> bool {
        self.connection.suggest(sockets)
    }

    /// How many streams to the engine may be open at once.
    pub fn streams(&self) -> usize {
        self.connection.engine_streams()
    }

    /// Channels or connections opened so far.
    pub fn opened(&self) -> u32 {
        self.connection.opened()
    }

    /// Every command started so far, relays to the engine among them.
    pub fn commands(&self) -> Vec<RemoteCommand> {
        self.connection.commands()
    }

    /// The way the engine is reached, for people.
    pub fn route(&self) -> String {
        self.connection.engine_route()
    }

    /// The process behind a local socket.
    pub fn peer_pid(&self) -> Option<u32> {
        self.connection.peer_pid()
    }

    /// Fingerprint of the key or certificate that the other side proved itself with.
    pub fn peer_key(&self) -> Option<String> {
        self.connection.peer_key()
    }

    /// Ends the connection and everything started through it.
    pub async fn close(&self) {
        self.connection.close().await;
    }
}

/// A stream to the engine that can only be asked. The stream itself is out of reach: [`Questions::send`] is the one
/// place where bytes leave.
pub struct Questions {
    stream: ByteStream,
}

impl Questions {
    /// Sends whole heads of requests, if every one of them may leave; else nothing leaves.
    pub async fn send(&mut self, heads: &[u8]) -> io::Result<()> {
        gate::permit_heads(heads)
            .map_err(|refused| io::Error::new(io::ErrorKind::PermissionDenied, refused))?;
        self.stream.write_all(heads).await?;
        self.stream.flush().await
    }

    /// Waits for more bytes; 0 at the end.
    pub async fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer).await
    }
}
