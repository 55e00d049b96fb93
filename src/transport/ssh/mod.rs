//! SSH: one connection per host, jump hosts shared, everything checked under the name in the inventory.
//!
//! `session` logs in and opens channels, `engine` finds the way to the engine, `jump` shares connections to jump
//! hosts, [`known_hosts`] says what is on file about keys. Nothing here knows what is asked over a channel.

mod agent;
mod auth;
mod authority;
mod engine;
mod exec;
mod handler;
mod jump;
mod keys;
pub mod known_hosts;
mod lifeline;
mod person;
mod refusal;
mod relay;
mod session;
pub mod signature;
mod sudo;
mod trouble;
mod trust;
mod turns;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use self::auth::Credentials;
use self::engine::{Facts, SshConnection};
use self::jump::Pool;
use self::keys::KeyStore;
use self::session::{Login, Session, Stopped};
use self::sudo::Passwords;
use self::trust::{Check, HostKeys};
use self::turns::Turns;
use self::wire::{Carrier, Purpose};
use super::ask::Desk;
use super::backoff::Backoff;
use super::net::{self, Deadline};
use super::{Memory, Unwatched, Watch};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::host::Mode;
use crate::inventory::spec::{HostSpec, SSH_PORT, SshTarget, Sudo};

/// Waits before a server that had too many logins under way is tried again.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// What this machine brings to an SSH login; looked up once by the composition root.
#[derive(Debug, Clone, Default)]
pub struct SshEnvironment {
    /// Socket of the agent (`SSH_AUTH_SOCK`).
    pub agent: Option<PathBuf>,
    /// Home folder, where the usual key files are.
    pub home: Option<PathBuf>,
    /// Name of the user, where the inventory names none.
    pub user: String,
    /// known_hosts files, where the inventory names none; new keys go into the first. Without any, accepted new keys
    /// are remembered for this run only.
    pub known_hosts: Vec<PathBuf>,
}

/// Dials SSH endpoints.
#[derive(Clone)]
pub(super) struct Ssh(Arc<Inner>);

struct Inner {
    user: String,
    known_hosts: Vec<PathBuf>,
    credentials: Credentials,
    host_keys: Arc<HostKeys>,
    jumps: Pool,
    turns: Turns,
    passwords: Passwords,
    desk: Arc<Desk>,
    memory: Arc<dyn Memory>,
}

/// How a login goes about it.
#[derive(Clone, Copy)]
struct Manner<'a> {
    budget: Duration,
    purpose: Purpose,
    watch: &'a dyn Watch,
}

impl Ssh {
    /// With nothing read and nobody contacted yet.
    pub(super) fn new(
        environment: SshEnvironment,
        desk: Arc<Desk>,
        memory: Arc<dyn Memory>,
    ) -> Self {
        Self(Arc::new(Inner {
            user: environment.user,
            known_hosts: environment.known_hosts,
            credentials: Credentials {
                keys: Arc::new(KeyStore::default()),
                agent: environment.agent,
                home: environment.home,
                desk: Arc::clone(&desk),
                declined: AtomicBool::new(false),
            },
            host_keys: Arc::new(HostKeys::default()),
            jumps: Pool::default(),
            turns: Turns::default(),
            passwords: Passwords::default(),
            desk,
            memory,
        }))
    }

    /// Logs in to `target`, through the jump hosts of `spec`.
    pub(super) async fn dial(
        &self,
        spec: &HostSpec,
        target: &SshTarget,
        socket: Option<&str>,
        watch: &dyn Watch,
    ) -> Result<SshConnection, Failure> {
        let manner = Manner {
            budget: spec.connect_timeout,
            purpose: Purpose::Host,
            watch,
        };
        let through = match spec.jumps.as_slice() {
            [] => None,
            // Before anything is contacted: without the files no host is trusted.
            jumps => {
                self.check(target).await?;
                watch.entered(Stage::Name);
                watch.entered(Stage::Tcp);
                Some(self.jump(jumps, spec.connect_timeout).await?)
            }
        };
        let session = self.reach(target, through, manner).await?;
        watch.entered(Stage::Channel);
        let facts = Facts {
            header: &spec.header,
            named: socket,
            sudo: spec.sudo != Sudo::Never,
            patience: spec.connect_timeout,
        };
        let connection = SshConnection::new(session, &facts, Arc::clone(&self.0.memory));
        let user = target.user.as_deref().unwrap_or(&self.0.user);
        // Whoever may only read types no passwords.
        if spec.sudo != Sudo::Ask || spec.header.mode == Mode::Audit || user == "root" {
            return Ok(connection);
        }
        let password = (self.0.passwords)
            .of(&connection, &spec.header, user, &self.0.desk)
            .await?;
        Ok(connection.with_password(password))
    }

    /// Lets go of remembered failures of jump hosts, so that the next dial tries them again.
    pub(super) fn forget_failures(&self) {
        self.0.jumps.forget_failures();
        self.0.credentials.keys.forget_declined();
        self.0.credentials.declined.store(false, Ordering::Relaxed);
    }

    /// How the key of `target` is going to be checked.
    async fn check(&self, target: &SshTarget) -> Result<Check, Failure> {
        if let Some(why) = &target.refused {
            return Err(trouble::beyond(&target.host, why));
        }
        let paths = if target.known_hosts.is_empty() {
            self.0.known_hosts.clone()
        } else {
            target.known_hosts.clone()
        };
        let files = self.0.host_keys.load(paths.clone()).await?;
        Ok(Check {
            host: target
                .host_key_alias
                .clone()
                .unwrap_or_else(|| target.server().to_owned()),
            // An alias stands on file without a port.
            port: match &target.host_key_alias {
                Some(_) => SSH_PORT,
                None => target.port,
            },
            scan: format!("-p {} {}", target.port, target.server()),
            policy: target.host_key,
            paths,
            files,
            store: Arc::clone(&self.0.host_keys),
        })
    }

    /// Logs in to `target`. Where its key is new and a person may be asked, that happens with nothing connected:
    /// servers do not wait, and count who has not logged in yet.
    async fn reach(
        &self,
        target: &SshTarget,
        through: Option<Arc<Session>>,
        manner: Manner<'_>,
    ) -> Result<Session, Failure> {
        self.0.credentials.prepare(target).await;
        match self.once(target, through.clone(), manner).await {
            Ok(session) => Ok(session),
            Err(Stopped {
                failure,
                unknown: Some(key),
            }) => {
                let check = self.check(target).await?;
                check.ask(&key, &self.0.desk, failure).await?;
                self.once(target, through, manner)
                    .await
                    .map_err(|stopped| stopped.failure)
            }
            Err(stopped) => Err(stopped.failure),
        }
    }

    async fn once(
        &self,
        target: &SshTarget,
        through: Option<Arc<Session>>,
        manner: Manner<'_>,
    ) -> Result<Session, Stopped> {
        match through {
            Some(through) => {
                let check = self.check(target).await?;
                self.tunnelled(through, target, check, manner).await
            }
            None => self.direct(target, manner).await,
        }
    }

    async fn direct(&self, target: &SshTarget, manner: Manner<'_>) -> Result<Session, Stopped> {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        let mut tries = 0;
        let mut crowded = None;
        loop {
            // Before anything is contacted: without the files no host is trusted.
            let check = self.check(target).await?;
            manner.watch.entered(Stage::Name);
            // Waiting for a turn is no fault of the target, so its time starts afterwards.
            let turn = self.0.turns.take(target.server(), target.port).await;
            let deadline = Deadline::after(manner.budget);
            let addresses = net::resolve(target.server(), target.port, deadline).await?;
            manner.watch.noted(Stage::Name, &net::listed(&addresses));
            manner.watch.entered(Stage::Tcp);
            let whom = net::shown(target.server(), target.port);
            let stream = match net::connect(&whom, addresses, deadline).await {
                Ok(stream) => stream,
                // A server that has taken us before and no longer does is still the one that turned us away.
                Err(failure) => {
                    let stopped: Stopped = crowded.unwrap_or_else(|| failure.into());
                    manner.watch.entered(stopped.failure.stage);
                    return Err(stopped);
                }
            };
            let login = self
                .login(target, check, Carrier::Tcp(stream), deadline, manner)
                .await;
            tries += 1;
            match login {
                Err(stopped) if trouble::is_crowded(&stopped.failure, tries) => {
                    manner
                        .watch
                        .noted(Stage::Kex, &format!("{}; tried again", stopped.failure));
                    crowded = Some(stopped);
                    if let Some(turn) = turn {
                        turn.narrow();
                    }
                    tokio::time::sleep(backoff.wait()).await;
                }
                done => return done,
            }
        }
    }

    async fn tunnelled(
        &self,
        through: Arc<Session>,
        target: &SshTarget,
        check: Check,
        manner: Manner<'_>,
    ) -> Result<Session, Stopped> {
        // The same goes for turns at the jump host.
        let Some(_leave) = through.tunnel_leave().await else {
            return Err(through.lost(Stage::Tcp).into());
        };
        let deadline = Deadline::after(manner.budget);
        let stream = through.open_tunnel(target.server(), target.port).await?;
        let carrier = Carrier::Jump {
            stream,
            _through: through,
        };
        self.login(target, check, carrier, deadline, manner).await
    }

    async fn login(
        &self,
        target: &SshTarget,
        check: Check,
        carrier: Carrier,
        deadline: Deadline,
        manner: Manner<'_>,
    ) -> Result<Session, Stopped> {
        let login = Login {
            target,
            user: target.user.as_deref().unwrap_or(&self.0.user),
            check,
            credentials: &self.0.credentials,
            deadline,
            patience: manner.budget,
            purpose: manner.purpose,
            watch: manner.watch,
        };
        Session::login(login, carrier).await
    }

    /// The shared connection to the last of `chain`.
    fn jump<'a>(
        &'a self,
        chain: &'a [SshTarget],
        budget: Duration,
    ) -> super::Task<'a, Result<Arc<Session>, Failure>> {
        Box::pin(async move {
            let (this, key) = (self.clone(), chain.to_vec());
            let connecting = async move {
                let Some((last, before)) = key.split_last() else {
                    return Err(Failure::new(
                        FailureClass::Protocol,
                        Stage::Name,
                        "there is no jump host to go through",
                        "name one in the inventory",
                    ));
                };
                let manner = Manner {
                    budget,
                    purpose: Purpose::Jump,
                    watch: &Unwatched,
                };
                let through = if before.is_empty() {
                    None
                } else {
                    Some(this.jump(before, budget).await?)
                };
                let session = this.reach(last, through, manner).await;
                session.map(Arc::new).map_err(|mut failure| {
                    failure.message = format!("jump host: {}", failure.message);
                    failure
                })
            };
            self.0.jumps.get(&self.0, chain, Box::pin(connecting)).await
        })
    }
}

impl AsRef<Pool> for Inner {
    fn as_ref(&self) -> &Pool {
        &self.jumps
    }
}
