//! Our end inside the library's task: checks the host's key, hears the server's last words, refuses what it opens.

use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{self, ChannelOpenHandle, DisconnectReason, Msg, Session};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh::{Channel, Names};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::known_hosts::fingerprint;
use super::trust::Check;
use crate::domain::failure::{Failure, Stage};
use crate::domain::text;
use crate::transport::Watch;

/// What the library's task tells from inside the connection.
#[derive(Default)]
pub(super) struct State {
    farewell: Mutex<Option<String>>,
    key: Mutex<Option<PublicKey>>,
    unknown: Mutex<Option<PublicKey>>,
    notes: Mutex<Vec<(Stage, String)>>,
}

impl State {
    /// Notes what happened, for whoever watches the login.
    pub(super) fn note(&self, stage: Stage, note: impl Into<String>) {
        self.notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((stage, note.into()));
    }

    /// Tells `watch` of everything noted since the last time.
    pub(super) fn tell(&self, watch: &dyn Watch) {
        let notes = std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        for (stage, note) in notes {
            watch.noted(stage, &note);
        }
    }

    /// What the server said when it ended the connection, cleaned.
    pub(super) fn farewell(&self) -> Option<String> {
        self.farewell
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The key that was refused only because it is not on file, where a person may be asked about it.
    pub(super) fn unknown(&self) -> Option<PublicKey> {
        self.unknown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The accepted key that the server proved itself with.
    pub(super) fn key(&self) -> Option<PublicKey> {
        self.key
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The handler of one connection.
pub(super) struct Guard {
    check: Check,
    state: Arc<State>,
    reached: mpsc::UnboundedSender<Stage>,
    _ended: DropGuard,
}

impl Guard {
    /// Tells of stages through `reached`, and of the end of the connection through `ended`.
    pub(super) fn new(
        check: Check,
        state: Arc<State>,
        reached: mpsc::UnboundedSender<Stage>,
        ended: CancellationToken,
    ) -> Self {
        Self {
            check,
            state,
            reached,
            _ended: ended.drop_guard(),
        }
    }
}

/// Why the library's task stops.
#[derive(Debug)]
pub(super) enum Broken {
    HostKey(Box<Failure>),
    Library(russh::Error),
}

impl From<russh::Error> for Broken {
    fn from(error: russh::Error) -> Self {
        Self::Library(error)
    }
}

impl client::Handler for Guard {
    type Error = Broken;

    async fn check_server_key(&mut self, offered: &PublicKeyOrCertificate) -> Result<bool, Broken> {
        let key = &offered.public_key();
        if let Some(accepted) = self.state.key() {
            // Keys are exchanged anew now and then; a server does not change its own on the way.
            return Ok(accepted.key_data() == key.key_data());
        }
        if self.reached.send(Stage::Hostkey).is_err() {
            // Whoever dialled has given up; the wire is being cut.
            return Ok(false);
        }
        let decided = match offered {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.check.decide(key).await,
            PublicKeyOrCertificate::Certificate(certificate) => {
                self.check.decide_certificate(certificate).await
            }
        };
        if let Err(failure) = decided {
            if self.check.may_ask(failure.class) && offered.certificate().is_none() {
                *self
                    .state
                    .unknown
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
            }
            return Err(Broken::HostKey(Box::new(failure)));
        }
        self.state.note(
            Stage::Hostkey,
            format!("{} {} accepted", key.algorithm(), fingerprint(key)),
        );
        *self
            .state
            .key
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
        Ok(true)
    }

    async fn kex_done(
        &mut self,
        _shared_secret: Option<&[u8]>,
        names: &Names,
        _session: &mut Session,
    ) -> Result<(), Broken> {
        let strict = if names.strict_kex() {
            "strict"
        } else {
            "not strict"
        };
        self.state.note(
            Stage::Kex,
            format!(
                "{}, {}, {} ({strict})",
                names.kex.as_ref(),
                names.key,
                names.cipher.as_ref()
            ),
        );
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Broken>) -> Result<(), Broken> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                *self
                    .state
                    .farewell
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(text::clean(&info.message));
                Ok(())
            }
            DisconnectReason::Error(error) => Err(error),
        }
    }

    // The library accepts what the server opens unless told otherwise. Dropping `reply` refuses.

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _connected_address: &str,
        _connected_port: u32,
        _originator_address: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _socket_path: &str,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _channel: Channel<Msg>,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _host_to_connect: &str,
        _port_to_connect: u32,
        _originator_address: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _socket_path: &str,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _channel: Channel<Msg>,
        _originator_address: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Broken> {
        Ok(())
    }
}
