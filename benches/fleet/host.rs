//! The server's side of simulated SSH hosts: real key exchange, login and channels; behind them the answers of
//! recordings.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plimsoll::simulate::engine::{self, Manner};
use plimsoll::simulate::probe::Twin;
use plimsoll::simulate::recording::Recording;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelMsg};
use tokio::time::Instant;

/// The one command that these hosts know, as root or not.
const PROBE: [&[u8]; 2] = [b"sh -s", b"sudo -n sh -s"];
/// The engine's socket.
const SOCKET: &str = "/var/run/docker.sock";

/// What hosts were asked for, all of them together.
#[derive(Debug)]
pub(crate) struct Tally {
    /// When the fleet began to be simulated.
    pub(crate) began: Instant,
    /// Logins.
    pub(crate) logins: AtomicU64,
    /// Commands.
    pub(crate) commands: AtomicU64,
    /// Channels to the engine.
    pub(crate) sockets: AtomicU64,
}

impl Tally {
    /// Nothing was asked yet.
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            logins: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            sockets: AtomicU64::new(0),
        }
    }

    /// The figures in a line, for people.
    pub(crate) fn line(&self) -> String {
        let count = |what: &AtomicU64| what.load(Ordering::Relaxed);
        format!(
            "{} logins, {} commands, {} engine channels",
            count(&self.logins),
            count(&self.commands),
            count(&self.sockets)
        )
    }
}

/// One connection to one simulated host.
pub(crate) struct Host {
    recording: Arc<Recording>,
    tally: Arc<Tally>,
    sessions: HashMap<ChannelId, Channel<Msg>>,
}

impl Host {
    pub(crate) fn new(recording: Arc<Recording>, tally: Arc<Tally>) -> Self {
        Self {
            recording,
            tally,
            sessions: HashMap::new(),
        }
    }
}

impl Handler for Host {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        _user: &str,
        _key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        self.tally.logins.fetch_add(1, Ordering::Relaxed);
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.sessions.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_streamlocal(
        &mut self,
        channel: Channel<Msg>,
        socket_path: &str,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if socket_path == SOCKET {
            self.tally.sockets.fetch_add(1, Ordering::Relaxed);
            reply.accept().await;
            tokio::spawn(engine::serve(
                channel.into_stream(),
                Arc::clone(&self.recording),
                Manner::Good,
                Duration::ZERO,
                self.tally.began,
            ));
        }
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(channel) = self
            .sessions
            .remove(&id)
            .filter(|_| PROBE.contains(&command))
        else {
            return session.channel_failure(id);
        };
        self.tally.commands.fetch_add(1, Ordering::Relaxed);
        session.channel_success(id)?;
        tokio::spawn(probe(channel, Arc::clone(&self.recording)));
        Ok(())
    }
}

/// Answers the probe as root; ends with status 0 as the script does.
async fn probe(mut channel: Channel<Msg>, recording: Arc<Recording>) {
    let Some(recorded) = recording.probes.get("root") else {
        return;
    };
    let mut twin = Twin::new(recorded);
    while let Some(message) = channel.wait().await {
        let ChannelMsg::Data { data } = message else {
            continue;
        };
        let (answer, done) = twin.feed(&data);
        if !answer.is_empty() && channel.data(answer.as_slice()).await.is_err() {
            return;
        }
        if done {
            break;
        }
    }
    // The client may have hung up.
    let _gone = channel.exit_status(0).await;
    let _gone = channel.eof().await;
    let _gone = channel.close().await;
}

/// How the servers behave; all hosts show the same key.
pub(crate) fn config(key: russh::keys::PrivateKey) -> russh::server::Config {
    russh::server::Config {
        server_id: russh::SshId::Standard(Cow::Borrowed("SSH-2.0-simulated")),
        auth_rejection_time: Duration::ZERO,
        keys: vec![key],
        inactivity_timeout: None,
        nodelay: true,
        ..russh::server::Config::default()
    }
}
