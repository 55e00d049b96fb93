//! One SSH connection: key exchange, the host's key, login, channels.
//!
//! Knows nothing of engines or probes. Everything the server opens towards us is refused; the library would accept
//! it.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use russh::client::{self, GexParams, Handle, Msg};
use russh::keys::PublicKey;
use russh::{Channel, ChannelStream, Disconnect, Preferred};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::auth::Credentials;
use super::handler::{Broken, Guard, State};
use super::known_hosts::fingerprint;
use super::lifeline::{Forwarded, Lifeline};
use super::trouble;
use super::trust::Check;
use super::wire::{Carrier, Purpose, Wire};
use crate::domain::failure::{Failure, Stage};
use crate::inventory::spec::SshTarget;
use crate::transport::Watch;
use crate::transport::backoff::Backoff;
use crate::transport::net::{self, Deadline};

/// Most session channels at once: sshd allows ten by default, and closing one takes effect late.
const SESSIONS: usize = 8;

/// Most logins at once through one jump host: one sshd process encrypts them all.
const TUNNELS: usize = 64;

/// A server that has been silent for so long is asked for a sign of life; after three in vain it is gone.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// Time for the farewell.
const CLOSING: Duration = Duration::from_secs(1);

/// Waits after the server refused a session, while it may only be slow to notice that another one has ended.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Refusals that are put down to slowness.
const MOST_REFUSALS: u32 = 6;

/// A session channel and the leave to have it open.
pub(super) type Opened = (Channel<Msg>, Leave);

/// The leave to have a session open; tells those who wait for one when it is given back.
pub(super) struct Leave {
    /// There until it is dropped.
    permit: Option<OwnedSemaphorePermit>,
    open: Arc<AtomicU32>,
    freed: Arc<Notify>,
}

impl Drop for Leave {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.open.fetch_sub(1, Ordering::Relaxed);
        self.freed.notify_waiters();
    }
}

/// An authenticated connection; dropping it ends it and everything opened on it.
pub(super) struct Session {
    handle: Handle<Guard>,
    peer_key: String,
    lifeline: Lifeline,
    sessions: Arc<Semaphore>,
    freed: Arc<Notify>,
    tunnels: Arc<Semaphore>,
    opened: AtomicU32,
    /// Sessions that the server has given so far, and those of them that are open.
    given: AtomicU32,
    open: Arc<AtomicU32>,
    patience: Duration,
    _cut: DropGuard,
}

/// Who logs in where, and how long it may take.
pub(super) struct Login<'a> {
    pub(super) target: &'a SshTarget,
    pub(super) user: &'a str,
    pub(super) check: Check,
    pub(super) credentials: &'a Credentials,
    pub(super) deadline: Deadline,
    /// For each channel opened later.
    pub(super) patience: Duration,
    pub(super) purpose: Purpose,
    pub(super) watch: &'a dyn Watch,
}

/// Why there is no session.
pub(super) struct Stopped {
    pub(super) failure: Failure,
    /// The server's key, where it was refused only because it is not on file and a person may be asked about it.
    pub(super) unknown: Option<Box<PublicKey>>,
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            unknown: None,
        }
    }
}

impl Session {
    /// Logs in over `carrier`.
    pub(super) async fn login(login: Login<'_>, carrier: Carrier) -> Result<Self, Stopped> {
        let Login {
            target,
            user,
            check,
            credentials,
            deadline,
            patience,
            purpose,
            watch,
        } = login;
        let whom = net::shown(target.server(), target.port);
        let config = Arc::new(config(&check)?);
        let shared = Arc::new(State::default());
        let cut = CancellationToken::new();
        let wire = Wire::new(carrier, cut.clone(), purpose);
        let cut = cut.drop_guard();
        let head = wire.head();
        let (reached, mut news) = mpsc::unbounded_channel();
        let ended = CancellationToken::new();
        let guard = Guard::new(check, Arc::clone(&shared), reached, ended.clone());

        let mut stage = Stage::Kex;
        watch.entered(stage);
        let connected = {
            let connecting = client::connect_stream(config, wire, guard);
            tokio::pin!(connecting);
            let timer = tokio::time::sleep_until(deadline.at());
            tokio::pin!(timer);
            loop {
                tokio::select! {
                    biased;
                    Some(next) = news.recv() => {
                        stage = next;
                        watch.entered(stage);
                    }
                    connected = &mut connecting => break connected.map_err(|broken| match broken {
                        Broken::HostKey(failure) => Stopped {
                            failure: *failure,
                            unknown: shared.unknown().map(Box::new),
                        },
                        Broken::Library(error) => {
                            trouble::kex(&whom, &error, &head.bytes(), shared.farewell()).into()
                        }
                    }),
                    () = &mut timer => {
                        break Err(trouble::silent(deadline, stage, &whom, &head.bytes()).into());
                    }
                }
            }
        };
        shared.tell(watch);
        let mut handle = connected?;
        let Some(key) = shared.key() else {
            return Err(trouble::protocol(Stage::Hostkey, &whom, "no host key was checked").into());
        };

        watch.entered(Stage::Authentication);
        // Boxed, for it is by far the largest part of what waits.
        let proving = Box::pin(credentials.authenticate(&mut handle, user, target, &shared));
        let proved = prove(credentials, deadline, &whom, proving).await;
        shared.tell(watch);
        proved?;
        Ok(Self {
            handle,
            peer_key: fingerprint(&key),
            lifeline: Lifeline {
                whom: whom.into(),
                state: shared,
                ended,
            },
            sessions: Arc::new(Semaphore::new(SESSIONS)),
            freed: Arc::default(),
            tunnels: Arc::new(Semaphore::new(TUNNELS)),
            opened: AtomicU32::default(),
            given: AtomicU32::default(),
            open: Arc::default(),
            patience,
            _cut: cut,
        })
    }

    /// Fingerprint of the key the server proved itself with.
    pub(super) fn peer_key(&self) -> &str {
        &self.peer_key
    }

    /// The server, for people.
    pub(super) fn whom(&self) -> &str {
        &self.lifeline.whom
    }

    /// What streams share to tell how they ended.
    pub(super) fn lifeline(&self) -> Lifeline {
        self.lifeline.clone()
    }

    /// Channels opened so far.
    pub(super) fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Whether the connection is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// A session for a command. Where the server allows fewer than we do (`MaxSessions`), waits until one of ours ends.
    pub(super) async fn open_session(&self) -> Result<Opened, Failure> {
        self.open_session_if(|busy, refusals| busy || refusals < MOST_REFUSALS)
            .await
    }

    /// A session for a command, if there can be one without waiting for another to end.
    pub(super) async fn open_session_now(&self) -> Result<Opened, Failure> {
        self.open_session_if(|busy, refusals| !busy && refusals < MOST_REFUSALS)
            .await
    }

    /// A session that may come in useful; none where the server does not give one at once.
    pub(super) async fn spare(&self) -> Option<Opened> {
        let permit = Arc::clone(&self.sessions).try_acquire_owned().ok()?;
        let opening = async { Ok(self.handle.channel_open_session().await) };
        let channel = self.in_time("", opening).await.ok()?.ok()?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Some((channel, self.leave(permit)))
    }

    fn leave(&self, permit: OwnedSemaphorePermit) -> Leave {
        self.open.fetch_add(1, Ordering::Relaxed);
        Leave {
            permit: Some(permit),
            open: Arc::clone(&self.open),
            freed: Arc::clone(&self.freed),
        }
    }

    /// `patient` tells, with whether others of our sessions are open and how often we were refused, if it is worth
    /// while to try again.
    async fn open_session_if(
        &self,
        patient: impl Fn(bool, u32) -> bool,
    ) -> Result<Opened, Failure> {
        let what = format!("opening a session on {}", self.whom());
        let opening = async {
            let Ok(permit) = Arc::clone(&self.sessions).acquire_owned().await else {
                return Err(self.lost(Stage::Channel));
            };
            let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
            let mut refusals = 0;
            loop {
                let freed = self.freed.notified();
                tokio::pin!(freed);
                freed.as_mut().enable();
                match self.handle.channel_open_session().await {
                    Ok(channel) => return Ok((channel, self.leave(permit))),
                    Err(russh::Error::ChannelOpenFailure(reason)) => {
                        let busy = self.open.load(Ordering::Relaxed) > 0;
                        // A server that has never given a session does not do so a moment later, unless it has just given
                        // one to somebody who has not heard of it yet.
                        let never = self.given.load(Ordering::Relaxed) == 0 && refusals > 0;
                        if never || !patient(busy, refusals) {
                            return Err(trouble::session_refused(self.whom(), &reason));
                        }
                        refusals += 1;
                        tokio::select! {
                            () = &mut freed => {}
                            () = tokio::time::sleep(backoff.wait()) => {}
                        }
                    }
                    Err(error) => return Err(self.lost(Stage::Channel).caused_by(&error)),
                }
            }
        };
        let opened = self.in_time(&what, opening).await?;
        self.given.fetch_add(1, Ordering::Relaxed);
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(opened)
    }

    /// A channel to a socket on the server; `Ok(None)` where the server does not make one, which it never explains.
    pub(super) async fn open_socket(&self, path: &str) -> Result<Option<Forwarded>, Failure> {
        let what = format!("opening {path} on {}", self.whom());
        let opening = async {
            match self.handle.channel_open_direct_streamlocal(path).await {
                Ok(channel) => Ok(Some(Forwarded::new(
                    channel.into_stream(),
                    self.lifeline.clone(),
                ))),
                Err(russh::Error::ChannelOpenFailure(_)) => Ok(None),
                Err(error) => Err(self.lost(Stage::Channel).caused_by(&error)),
            }
        };
        let stream = self.in_time(&what, opening).await?;
        if stream.is_some() {
            self.opened.fetch_add(1, Ordering::Relaxed);
        }
        Ok(stream)
    }

    /// A channel through this server to `host`, whose name this server looks up.
    pub(super) async fn open_tunnel(
        &self,
        host: &str,
        port: u16,
    ) -> Result<ChannelStream<Msg>, Failure> {
        let what = format!(
            "reaching {} through {}",
            net::shown(host, port),
            self.whom()
        );
        let opening = async {
            let opened = self
                .handle
                .channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0)
                .await;
            match opened {
                Ok(channel) => Ok(channel.into_stream()),
                Err(russh::Error::ChannelOpenFailure(reason)) => Err(trouble::tunnel_refused(
                    self.whom(),
                    &net::shown(host, port),
                    &reason,
                )),
                Err(error) => Err(self.lost(Stage::Tcp).caused_by(&error)),
            }
        };
        let stream = Deadline::after(self.patience)
            .hold(Stage::Tcp, &what, opening)
            .await?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(stream)
    }

    /// The leave to log in through this server, given to a bounded number at a time.
    pub(super) async fn tunnel_leave(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.tunnels).acquire_owned().await.ok()
    }

    /// The connection is gone; with the server's last words where it had any.
    pub(super) fn lost(&self, stage: Stage) -> Failure {
        self.lifeline.lost(stage)
    }

    /// Says goodbye and waits until the connection is down.
    pub(super) async fn close(&self) {
        let leaving = async {
            let said = self
                .handle
                .disconnect(Disconnect::ByApplication, "", "")
                .await;
            if said.is_ok() {
                self.lifeline.ended.cancelled().await;
            }
        };
        if tokio::time::timeout(CLOSING, leaving).await.is_err() {
            // Dropping the session cuts the wire; there is nothing more to do for a peer that does not read.
        }
    }

    async fn in_time<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        Deadline::after(self.patience)
            .hold(Stage::Channel, what, work)
            .await
    }
}

/// The login within the deadline; time in which a person types is no fault of the server.
async fn prove(
    credentials: &Credentials,
    deadline: Deadline,
    whom: &str,
    proving: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let left = deadline.at() - tokio::time::Instant::now();
    if let Some((proved, _left)) = credentials.desk.within(left, proving).await {
        return proved;
    }
    let what = format!("logging in to {whom}");
    Err(deadline.missed(Stage::Authentication, &what))
}

fn config(check: &Check) -> Result<client::Config, Failure> {
    let gex = GexParams::new(2048, 3072, 4096).map_err(|error| {
        trouble::protocol(Stage::Kex, &check.host, "the key exchange cannot be set up")
            .caused_by(&error)
    })?;
    Ok(client::Config {
        preferred: Preferred {
            key: Cow::Owned(check.preferred_types()),
            host_key_certificates: Cow::Owned(check.certificate_types()),
            ..Preferred::DEFAULT
        },
        // The default prefers groups that cost a second of computing per login.
        gex,
        nodelay: true,
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 3,
        ..client::Config::default()
    })
}
