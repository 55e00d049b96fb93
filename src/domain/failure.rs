//! Why a host could not be reached or read, in the words of the contract.

use serde::{Deserialize, Serialize};

/// The stage of a host's sweep, in order; a failed row names the one it stopped at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Looking the name up.
    Name,
    /// Opening the TCP connection (or the local socket).
    Tcp,
    /// The TLS handshake.
    Tls,
    /// The SSH key exchange.
    Kex,
    /// Checking the host's key.
    Hostkey,
    /// Proving who we are.
    Authentication,
    /// Opening channels on the connection.
    Channel,
    /// Running the probe on the host.
    Probe,
    /// The first answer of the engine.
    Engine,
    /// Reading the objects.
    Collect,
    /// Judging what was read.
    Judge,
}

impl Stage {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Kex => "kex",
            Self::Hostkey => "hostkey",
            Self::Authentication => "authentication",
            Self::Channel => "channel",
            Self::Probe => "probe",
            Self::Engine => "engine",
            Self::Collect => "collect",
            Self::Judge => "judge",
        }
    }

    /// The letter shown while a host is at this stage.
    pub fn letter(self) -> char {
        match self {
            Self::Name => 'D',
            Self::Tcp => 'T',
            Self::Tls | Self::Kex | Self::Hostkey => 'K',
            Self::Authentication => 'A',
            Self::Channel => 'O',
            Self::Probe => 'P',
            Self::Engine | Self::Collect => 'Q',
            Self::Judge => 'R',
        }
    }
}

/// The classes of failures (contract, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the contract say it all")]
pub enum FailureClass {
    Dns,
    Refused,
    Unreachable,
    Timeout,
    HostkeyUnknown,
    HostkeyChanged,
    HostkeyRevoked,
    Auth,
    AuthTooMany,
    ForwardRefused,
    SocketMissing,
    SocketDenied,
    DaemonDown,
    ApiTooOld,
    TlsCa,
    TlsName,
    TlsExpired,
    TlsClientCert,
    ProxyBlocked,
    SudoDenied,
    RateLimited,
    Protocol,
    Cancelled,
}

impl FailureClass {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::HostkeyUnknown => "hostkey-unknown",
            Self::HostkeyChanged => "hostkey-changed",
            Self::HostkeyRevoked => "hostkey-revoked",
            Self::Auth => "auth",
            Self::AuthTooMany => "auth-too-many",
            Self::ForwardRefused => "forward-refused",
            Self::SocketMissing => "socket-missing",
            Self::SocketDenied => "socket-denied",
            Self::DaemonDown => "daemon-down",
            Self::ApiTooOld => "api-too-old",
            Self::TlsCa => "tls-ca",
            Self::TlsName => "tls-name",
            Self::TlsExpired => "tls-expired",
            Self::TlsClientCert => "tls-client-cert",
            Self::ProxyBlocked => "proxy-blocked",
            Self::SudoDenied => "sudo-denied",
            Self::RateLimited => "rate-limited",
            Self::Protocol => "protocol",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why a host could not be reached or read: what failed, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The class, for programs.
    pub class: FailureClass,
    /// How far it got.
    pub stage: Stage,
    /// One line: what happened. Cleaned of control characters.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The chain of causes, outermost first, without `message` itself.
    #[serde(default)]
    pub causes: Vec<String>,
}

impl Failure {
    /// A failure of `class` at `stage`; message and hint are cleaned for display.
    pub fn new(
        class: FailureClass,
        stage: Stage,
        message: impl AsRef<str>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            class,
            stage,
            message: super::text::clean(message.as_ref()),
            hint: hint.into(),
            causes: Vec::new(),
        }
    }

    /// Adds the chain of sources of `error`, each cleaned for display.
    #[must_use]
    pub fn caused_by(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(current) = next {
            if self.causes.len() >= 8 {
                break;
            }
            self.causes.push(super::text::clean(&current.to_string()));
            next = current.source();
        }
        self
    }
}
