//! A host over SSH as the layers above see it: streams to its engine, and the fixed commands.
//!
//! The way to the engine is found once: the socket through a forwarded channel, which starts nothing on the host and
//! counts as no session; where that is refused, the engine's own relay over a command.

use std::sync::OnceLock;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Mutex;

use super::exec;
use super::relay::{self, Relay};
use super::session::Session;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::transport::net::Deadline;
use crate::transport::{ByteStream, Connection, Process, RemoteCommand, Task};

/// Where engines listen unless somebody moved them, the likeliest first.
const USUAL_SOCKETS: [&str; 3] = [
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/podman/podman.sock",
];

/// Sockets that the relay reaches too; it cannot be told of any other.
const RELAYED_SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];

/// Streams to the engine at once: over forwarded channels, and over relays, each of which is a process there.
const FORWARDED_STREAMS: usize = 8;
const RELAYED_STREAMS: usize = 2;

/// An SSH connection to a host.
pub(crate) struct SshConnection {
    session: Session,
    /// The socket that the inventory names.
    named: Option<String>,
    sudo: bool,
    patience: Duration,
    route: OnceLock<Route>,
    /// Held while the way is looked for; then why there is none.
    search: Mutex<Option<Failure>>,
}

/// The way to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Route {
    Forwarded(String),
    Relay { sudo: bool },
}

impl SshConnection {
    pub(super) fn new(
        session: Session,
        named: Option<String>,
        sudo: bool,
        patience: Duration,
    ) -> Self {
        Self {
            session,
            named,
            sudo,
            patience,
            route: OnceLock::new(),
            search: Mutex::new(None),
        }
    }

    async fn open(&self) -> Result<ByteStream, Failure> {
        if let Some(route) = self.route.get() {
            return self.along(route).await;
        }
        let mut sockets = self.sockets();
        // The likeliest way is tried by everybody at once; only those whom it fails wait for one another.
        let others = sockets.split_off(1.min(sockets.len()));
        for likeliest in sockets {
            if let Some(stream) = self.session.open_socket(&likeliest).await? {
                return Ok(self.settled(Route::Forwarded(likeliest), Box::new(stream)));
            }
        }
        let mut failed = self.search.lock().await;
        if let Some(route) = self.route.get() {
            return self.along(route).await;
        }
        if let Some(failure) = failed.as_ref() {
            return Err(failure.clone());
        }
        match self.search(others).await {
            Ok((route, stream)) => Ok(self.settled(route, stream)),
            Err(failure) => {
                *failed = Some(failure.clone());
                Err(failure)
            }
        }
    }

    fn settled(&self, route: Route, stream: ByteStream) -> ByteStream {
        if self.route.set(route).is_err() {
            // Another stream found the same way a moment earlier.
        }
        stream
    }

    fn sockets(&self) -> Vec<String> {
        match &self.named {
            Some(path) => vec![path.clone()],
            None => USUAL_SOCKETS.map(str::to_owned).to_vec(),
        }
    }

    async fn search(&self, others: Vec<String>) -> Result<(Route, ByteStream), Failure> {
        let opened = join_all(others.iter().map(|path| self.session.open_socket(path))).await;
        let mut found = None;
        for (path, stream) in others.into_iter().zip(opened) {
            if let Some(stream) = stream?
                && found.is_none()
            {
                let stream: ByteStream = Box::new(stream);
                found = Some((Route::Forwarded(path), stream));
            }
        }
        if let Some(found) = found {
            return Ok(found);
        }
        if let Some(named) = &self.named
            && !RELAYED_SOCKETS.contains(&named.as_str())
        {
            // The relay would reach the engine at the usual socket, which is another one.
            return Err(Failure::new(
                FailureClass::ForwardRefused,
                Stage::Channel,
                format!("{} opens no channel to {named}", self.session.whom()),
                "check that the socket exists, that this account may use it, and that AllowStreamLocalForwarding and \
                 AllowTcpForwarding in its sshd_config permit it",
            ));
        }
        let mut ends = Vec::new();
        for sudo in [false, true] {
            if sudo && !self.sudo {
                continue;
            }
            let route = Route::Relay { sudo };
            let asking = async { Ok(relay::ask(self.relay(sudo).await?).await) };
            let answer = Deadline::after(self.patience)
                .hold(
                    Stage::Channel,
                    &format!("the engine's relay on {}", self.session.whom()),
                    asking,
                )
                .await?;
            match answer {
                Relay::Answers(Some(stream)) => return Ok((route, stream)),
                Relay::Answers(None) => {
                    let stream = self.along(&route).await?;
                    return Ok((route, stream));
                }
                Relay::Ended(ended) => ends.push(ended),
                Relay::Babbles(text) => {
                    return Err(Failure::new(
                        FailureClass::Protocol,
                        Stage::Channel,
                        format!(
                            "the engine's relay on {} is drowned out: {text}",
                            self.session.whom()
                        ),
                        "a start-up file of the login shell or a forced command prints text; silence it for commands",
                    ));
                }
            }
        }
        Err(relay::no_way(self.session.whom(), &ends))
    }

    async fn along(&self, route: &Route) -> Result<ByteStream, Failure> {
        match route {
            Route::Forwarded(path) => match self.session.open_socket(path).await? {
                Some(stream) => Ok(Box::new(stream)),
                None => Err(Failure::new(
                    FailureClass::DaemonDown,
                    Stage::Channel,
                    format!("{} opens no further channel to {path}", self.session.whom()),
                    "the engine may have stopped meanwhile: look at journalctl -u docker on the host",
                )),
            },
            Route::Relay { sudo } => Ok(self.relay(*sudo).await?.stream),
        }
    }

    async fn relay(&self, sudo: bool) -> Result<Process, Failure> {
        self.start(RemoteCommand::DialStdio { sudo }).await
    }

    async fn start(&self, command: RemoteCommand) -> Result<Process, Failure> {
        let (channel, leave) = self.session.open_session().await?;
        exec::start(channel, leave, command.words(), self.session.lifeline())
            .await
            .map_err(|error| self.session.lost(Stage::Channel).caused_by(&error))
    }
}

impl Connection for SshConnection {
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>> {
        Box::pin(self.open())
    }

    fn run(&self, command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>> {
        Some(Box::pin(self.start(command)))
    }

    fn peer_key(&self) -> Option<String> {
        Some(self.session.peer_key().to_owned())
    }

    fn engine_route(&self) -> String {
        match self.route.get() {
            Some(Route::Forwarded(path)) => format!("forwarded {path}"),
            Some(Route::Relay { sudo }) => {
                RemoteCommand::DialStdio { sudo: *sudo }.words().to_owned()
            }
            None => "not found yet".to_owned(),
        }
    }

    fn engine_streams(&self) -> usize {
        match self.route.get() {
            Some(Route::Forwarded(_)) => FORWARDED_STREAMS,
            Some(Route::Relay { .. }) | None => RELAYED_STREAMS,
        }
    }

    fn opened(&self) -> u32 {
        self.session.opened()
    }

    fn close(&self) -> Task<'_, ()> {
        Box::pin(self.session.close())
    }
}
