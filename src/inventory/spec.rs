//! Hosts as resolved from the inventory: defaults, groups and node sets are already applied.

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::host::HostHeader;
use crate::domain::policy::Policy;
use crate::domain::waiver::Waiver;

/// A whole inventory, resolved.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Hosts in the order of the file; node sets expanded.
    pub hosts: Vec<HostSpec>,
    /// Accepted findings.
    pub waivers: Vec<Waiver>,
    /// SHA-256 of the file's text, in hex; empty where there is no file.
    pub sha256: String,
}

/// One host with everything that is needed to reach and judge it.
#[derive(Debug, Clone)]
pub struct HostSpec {
    /// What every audience sees of it.
    pub header: HostHeader,
    /// Where its engine is.
    pub endpoint: Endpoint,
    /// Hops in front of an SSH endpoint, outermost first.
    pub jumps: Vec<SshTarget>,
    /// TLS material of a TCP endpoint; `None` on a TCP endpoint means plain HTTP by `insecure = true`.
    pub tls: Option<TlsFiles>,
    /// Whether and how root is used on the host.
    pub sudo: Sudo,
    /// From the first packet to the end of authentication.
    pub connect_timeout: Duration,
    /// For everything on this host.
    pub host_timeout: Duration,
    /// Parameters of controls.
    pub policy: Policy,
    /// What limits changes.
    pub guardrails: Guardrails,
}

/// Where an engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// Through SSH; the socket on the far side, or the usual ones.
    Ssh {
        /// The SSH server.
        target: SshTarget,
        /// Path of the engine's socket where the inventory names one.
        socket: Option<String>,
    },
    /// A TCP endpoint.
    Tcp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A socket on this machine.
    Unix {
        /// Its path.
        path: PathBuf,
    },
}

/// One SSH server and how to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshTarget {
    /// Name or address to connect to.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User; `None` is the user of this process.
    pub user: Option<String>,
    /// Key files to try, in order; empty is the agent, then the usual files.
    pub identity_files: Vec<PathBuf>,
    /// known_hosts files; empty is the usual ones.
    pub known_hosts: Vec<PathBuf>,
    /// What to do about an unknown host key.
    pub host_key: HostKeyPolicy,
}

/// What to do about an unknown host key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostKeyPolicy {
    /// Refuse.
    #[default]
    Strict,
    /// Ask a person; without one, refuse.
    Ask,
    /// Accept and remember a new one; refuse a changed one.
    AcceptNew,
}

/// Whether and how root is used on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sudo {
    /// Never.
    Never,
    /// Only where `sudo -n` works without a password.
    #[default]
    Auto,
    /// Ask for the password.
    Ask,
}

/// TLS files of a TCP endpoint, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates of the authorities that may vouch for the engine.
    pub ca: PathBuf,
    /// Our certificate.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The name expected in the server's certificate, where it differs from the host.
    pub server_name: Option<String>,
}

/// What limits changes on a host: the strictest of host, groups and defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guardrails {
    /// Classes, control ids or globs of them that are never applied.
    pub deny: Vec<String>,
    /// Confirmation asked at least, such as `type-host`.
    pub confirm: Option<String>,
    /// Most hosts in one batch.
    pub max_batch: Option<u32>,
    /// Times at which changes are allowed, such as `Sat 22:00-Sun 06:00`.
    pub window: Option<String>,
    /// Why; printed on refusal.
    pub reason: Option<String>,
}
