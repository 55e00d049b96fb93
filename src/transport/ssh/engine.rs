//! A host over SSH as the layers above see it: streams to its engine, and the fixed commands.
//!
//! The way to the engine is found once: a socket through a forwarded channel, which starts nothing on the host and
//! counts as no session; where that is refused, the engine's own relay over a command. What is tried first is what
//! worked the last time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Lock, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Mutex, MutexGuard};

use super::exec::{self, Prompts};
use super::relay::{self, Relay};
use super::session::{Opened, Session};
use super::sudo;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::host::HostHeader;
use crate::domain::question::Secret;
use crate::transport::net::Deadline;
use crate::transport::{
    ByteStream, Commands, Connection, Memory, Process, Relayer, RemoteCommand, Route, Task,
};

/// Where engines listen unless somebody moved them, the likeliest first. Those of rootless engines lie in folders that
/// are named after a user's number; the probe tells them, see [`Connection::suggest`].
const USUAL_SOCKETS: [&str; 3] = [
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/podman/podman.sock",
];

/// Sockets that the relay reaches too; it cannot be told of any other.
const RELAYED_SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];

/// Streams to the engine at once: over forwarded channels, and over relays, each of which is a process there.
const FORWARDED_STREAMS: usize = 8;
const RELAYED_STREAMS: usize = 4;

/// An SSH connection to a host.
pub(crate) struct SshConnection {
    pub(super) session: Session,
    /// The socket that the inventory names.
    named: Option<String>,
    sudo: bool,
    pub(super) patience: Duration,
    header: HostHeader,
    memory: Arc<dyn Memory>,
    route: OnceLock<Route>,
    /// Held while the way is looked for; then why there is none.
    search: Mutex<Option<Failure>>,
    /// Sockets that the host itself told of and that were not tried yet.
    suggested: Lock<Option<Vec<String>>>,
    /// Whether the relay has had its chance.
    relayed: AtomicBool,
    commands: Commands,
    /// For sudo, where it needs one and a person has told it.
    password: Option<Secret>,
}

/// What an SSH connection needs to know of its host.
pub(super) struct Facts<'a> {
    /// What everybody sees of it.
    pub(super) header: &'a HostHeader,
    /// The socket that the inventory names.
    pub(super) named: Option<&'a str>,
    /// Whether the relay may be run as root.
    pub(super) sudo: bool,
    /// How long each channel may take.
    pub(super) patience: Duration,
}

impl SshConnection {
    pub(super) fn new(session: Session, facts: &Facts<'_>, memory: Arc<dyn Memory>) -> Self {
        Self {
            session,
            named: facts.named.map(str::to_owned),
            sudo: facts.sudo,
            patience: facts.patience,
            header: facts.header.clone(),
            memory,
            route: OnceLock::new(),
            search: Mutex::new(None),
            suggested: Lock::new(None),
            relayed: AtomicBool::new(false),
            commands: Commands::default(),
            password: None,
        }
    }

    async fn open(&self) -> Result<ByteStream, Failure> {
        if let Some(route) = self.route.get() {
            return self.along(route).await;
        }
        if let Ok(search) = self.search.try_lock() {
            return self.find(search).await;
        }
        // Somebody looks for the way already. The likeliest one is tried beside that; only where it fails is waited.
        if let Some(Route::Socket(likeliest)) = self.likeliest()
            && let Some(stream) = self.session.open_socket(&likeliest).await?
        {
            return Ok(self.settled(Route::Socket(likeliest), Box::new(stream)));
        }
        self.find(self.search.lock().await).await
    }

    /// The way that is tried before all others.
    fn likeliest(&self) -> Option<Route> {
        let remembered = self.memory.recall(&self.header);
        remembered
            .filter(|route| match (route, &self.named) {
                (Route::Socket(path), Some(named)) => path == named,
                (Route::Socket(_), None) => true,
                (Route::Relay(relayer), _) => {
                    self.relay_may_do() && (self.sudo || *relayer != Relayer::Root)
                }
            })
            .or_else(|| self.sockets().into_iter().next().map(Route::Socket))
    }

    fn settled(&self, route: Route, stream: ByteStream) -> ByteStream {
        // An error means that another stream found a way a moment earlier.
        if self.route.set(route).is_ok()
            && let Some(route) = self.route.get()
        {
            self.memory.remember(&self.header, route);
        }
        stream
    }

    fn sockets(&self) -> Vec<String> {
        match &self.named {
            Some(path) => vec![path.clone()],
            None => USUAL_SOCKETS.map(str::to_owned).to_vec(),
        }
    }

    /// Whether the relay leads where the inventory wants to go. It reaches the engine at the usual socket; where another
    /// socket is named, that would be another engine.
    fn relay_may_do(&self) -> bool {
        self.named
            .as_ref()
            .is_none_or(|named| RELAYED_SOCKETS.contains(&named.as_str()))
    }

    /// Looks for the way, unless that was done while the lock was waited for.
    async fn find(
        &self,
        mut failed: MutexGuard<'_, Option<Failure>>,
    ) -> Result<ByteStream, Failure> {
        if let Some(route) = self.route.get() {
            drop(failed);
            return self.along(route).await;
        }
        let found = match failed.take() {
            None => self.search().await,
            Some(failure) => {
                let suggested = self
                    .suggested
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                match suggested {
                    Some(sockets) => self.search_again(sockets, failure).await,
                    None => Err(failure),
                }
            }
        };
        match found {
            Ok((route, stream)) => Ok(self.settled(route, stream)),
            Err(failure) => {
                *failed = Some(failure.clone());
                Err(failure)
            }
        }
    }

    async fn search(&self) -> Result<(Route, ByteStream), Failure> {
        let likeliest = self.likeliest();
        let guessing = self.memory.recall(&self.header).is_none();
        let mut sockets = self.sockets();
        match likeliest {
            Some(Route::Relay(relayer)) => {
                // It cost two trips to find out that no socket is forwarded; they are saved now.
                if let Ok(Relay::Answers(stream)) = self.relay_answers(relayer, None).await {
                    return self.by_relay(relayer, stream).await;
                }
            }
            Some(Route::Socket(path)) if !sockets.contains(&path) => {
                if let Some(stream) = self.session.open_socket(&path).await? {
                    return Ok((Route::Socket(path), Box::new(stream)));
                }
            }
            Some(Route::Socket(path)) => {
                sockets.sort_by_key(|socket| *socket != path);
            }
            None => {}
        }
        // A session for the relay is opened along with the sockets: it costs nothing where it is not needed, and a round
        // trip where it is.
        let (found, spare) = tokio::join!(self.first_of(sockets), async {
            if guessing && self.relay_may_do() {
                self.session.spare().await
            } else {
                None
            }
        });
        match found {
            Ok(Some(found)) => {
                put_away(spare).await;
                Ok(found)
            }
            Ok(None) if self.relay_may_do() => self.through_relays(spare).await,
            Ok(None) => Err(self.not_forwarded()),
            Err(failure) => Err(failure),
        }
    }

    /// The second chance, after the probe: sockets that the host told of, and the relay where it had no session before.
    async fn search_again(
        &self,
        sockets: Vec<String>,
        before: Failure,
    ) -> Result<(Route, ByteStream), Failure> {
        if self.named.is_none()
            && let Some(found) = self.first_of(sockets).await?
        {
            return Ok(found);
        }
        if self.relay_may_do() && !self.relayed.load(Ordering::Relaxed) {
            return self.through_relays(None).await;
        }
        Err(before)
    }

    /// The first of `sockets` to which the server makes a channel; all are asked for at once.
    async fn first_of(&self, sockets: Vec<String>) -> Result<Option<(Route, ByteStream)>, Failure> {
        let opened = join_all(sockets.iter().map(|path| self.session.open_socket(path))).await;
        let mut found = None;
        for (path, stream) in sockets.into_iter().zip(opened) {
            if let Some(stream) = stream?
                && found.is_none()
            {
                let stream: ByteStream = Box::new(stream);
                found = Some((Route::Socket(path), stream));
            }
        }
        Ok(found)
    }

    fn not_forwarded(&self) -> Failure {
        Failure::new(
            FailureClass::ForwardRefused,
            Stage::Channel,
            format!(
                "{} opens no channel to {}",
                self.session.whom(),
                self.named.as_deref().unwrap_or("the engine's socket")
            ),
            "check that the socket exists, that this account may use it, and that AllowStreamLocalForwarding and \
             AllowTcpForwarding in its sshd_config permit it",
        )
    }

    async fn through_relays(
        &self,
        mut spare: Option<Opened>,
    ) -> Result<(Route, ByteStream), Failure> {
        let mut ends = Vec::new();
        for relayer in [Relayer::Account, Relayer::Root, Relayer::Installed] {
            let in_vain = match relayer {
                Relayer::Account => false,
                Relayer::Root => !self.sudo,
                // Where a shell ran the relay there is no forced command that could know another word.
                Relayer::Installed => !ends.iter().all(|(_, ended)| relay::may_be_forced(ended)),
            };
            if in_vain {
                continue;
            }
            match self.relay_answers(relayer, spare.take()).await? {
                Relay::Answers(stream) => return self.by_relay(relayer, stream).await,
                Relay::Ended(ended) => ends.push((relayer.command().words(), ended)),
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

    async fn relay_answers(
        &self,
        relayer: Relayer,
        spare: Option<Opened>,
    ) -> Result<Relay, Failure> {
        let asking = async {
            let opened = match spare {
                Some(opened) => opened,
                None => self.session.open_session().await.map_err(neither_nor)?,
            };
            let process = self.start_on(opened, relayer.command()).await?;
            self.relayed.store(true, Ordering::Relaxed);
            Ok(relay::ask(process).await)
        };
        Deadline::after(self.patience)
            .hold(
                Stage::Channel,
                &format!("the engine's relay on {}", self.session.whom()),
                asking,
            )
            .await
    }

    async fn by_relay(
        &self,
        relayer: Relayer,
        stream: Option<ByteStream>,
    ) -> Result<(Route, ByteStream), Failure> {
        let route = Route::Relay(relayer);
        let stream = match stream {
            Some(stream) => stream,
            None => self.along(&route).await?,
        };
        Ok((route, stream))
    }

    async fn along(&self, route: &Route) -> Result<ByteStream, Failure> {
        match route {
            Route::Socket(path) => match self.session.open_socket(path).await? {
                Some(stream) => Ok(Box::new(stream)),
                None => Err(Failure::new(
                    FailureClass::DaemonDown,
                    Stage::Channel,
                    format!("{} opens no further channel to {path}", self.session.whom()),
                    "the engine may have stopped meanwhile: look at journalctl -u docker on the host",
                )),
            },
            Route::Relay(relayer) => {
                // One more relay is welcome, but never worth waiting for somebody else's session to end.
                let opened = self.session.open_session_now().await?;
                Ok(self.start_on(opened, relayer.command()).await?.stream)
            }
        }
    }

    async fn start(&self, command: RemoteCommand) -> Result<Process, Failure> {
        let opened = self.session.open_session().await?;
        self.start_on(opened, command).await
    }

    async fn start_on(&self, opened: Opened, command: RemoteCommand) -> Result<Process, Failure> {
        let by_password = match (command, &self.password) {
            (RemoteCommand::Probe { sudo: true }, Some(password)) => {
                Some((RemoteCommand::ProbeByPassword, password))
            }
            (RemoteCommand::DialStdio { sudo: true }, Some(password)) => {
                Some((RemoteCommand::RelayByPassword, password))
            }
            _ => None,
        };
        match by_password {
            Some((command, password)) => {
                let (prompts, asked) = Prompts::new();
                let process = self.start_bare(opened, command, Some(prompts)).await?;
                Ok(sudo::feed(process, asked, password).await.into())
            }
            None => self.start_bare(opened, command, None).await,
        }
    }

    /// Whatever needs root gets it by `password` from here on.
    pub(super) fn with_password(self, password: Option<Secret>) -> Self {
        Self { password, ..self }
    }

    pub(super) async fn start_bare(
        &self,
        opened: Opened,
        command: RemoteCommand,
        prompts: Option<Prompts>,
    ) -> Result<Process, Failure> {
        let (channel, leave) = opened;
        self.commands.note(command);
        exec::start(
            channel,
            leave,
            command.words(),
            self.session.lifeline(),
            prompts,
        )
        .await
        .map_err(|error| self.session.lost(Stage::Channel).caused_by(&error))
    }
}

/// A refused session, when no socket was forwarded before.
fn neither_nor(mut failure: Failure) -> Failure {
    if failure.class == FailureClass::Protocol {
        failure.class = FailureClass::ForwardRefused;
        failure.message = format!("no socket is forwarded to us, and {}", failure.message);
        failure.hint = format!(
            "allow AllowStreamLocalForwarding and AllowTcpForwarding in its sshd_config, or sessions: {}",
            failure.hint
        );
    }
    failure
}

/// Closes a session that is not needed. The library does not do that by itself.
async fn put_away(spare: Option<Opened>) {
    if let Some((channel, leave)) = spare {
        if channel.close().await.is_err() {
            // The connection is gone, and the channel with it.
        }
        drop(leave);
    }
}

impl Connection for SshConnection {
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>> {
        Box::pin(self.open())
    }

    fn engine_sockets(&self) -> Vec<String> {
        self.sockets()
    }

    fn suggest(&self, sockets: Vec<String>) -> bool {
        let fresh: Vec<String> = sockets
            .into_iter()
            .filter(|path| !USUAL_SOCKETS.contains(&path.as_str()))
            .collect();
        let hopeful = (self.named.is_none() && !fresh.is_empty())
            || (self.relay_may_do() && !self.relayed.load(Ordering::Relaxed));
        if hopeful {
            *self
                .suggested
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(fresh);
        }
        hopeful
    }

    fn run(&self, command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>> {
        Some(Box::pin(self.start(command)))
    }

    fn commands(&self) -> Vec<RemoteCommand> {
        self.commands.all()
    }

    fn peer_key(&self) -> Option<String> {
        Some(self.session.peer_key().to_owned())
    }

    fn engine_route(&self) -> String {
        self.route
            .get()
            .map_or_else(|| "not found yet".to_owned(), Route::shown)
    }

    fn engine_streams(&self) -> usize {
        match self.route.get() {
            Some(Route::Socket(_)) => FORWARDED_STREAMS,
            Some(Route::Relay(_)) | None => RELAYED_STREAMS,
        }
    }

    fn opened(&self) -> u32 {
        self.session.opened()
    }

    fn close(&self) -> Task<'_, ()> {
        Box::pin(self.session.close())
    }
}
