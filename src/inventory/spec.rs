//! Hosts as resolved from the inventory: defaults, groups and node sets are already applied.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::problem::Spot;
use crate::domain::host::{HostHeader, Mode, Transport};
use crate::domain::policy::Policy;
use crate::domain::waiver::Waiver;

/// `connect_timeout` where nothing is set.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// `host_timeout` where nothing is set.
pub const HOST_TIMEOUT: Duration = Duration::from_mins(1);
/// `profile` where nothing is set.
pub const PROFILE: &str = "recommended";
/// Port of an SSH server where nothing is set.
pub const SSH_PORT: u16 = 22;

/// A whole inventory, resolved.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Hosts in the order of the file; node sets expanded.
    pub hosts: Vec<HostSpec>,
    /// Names of all declared groups, sorted; some may have no host.
    pub groups: Vec<String>,
    /// Accepted findings.
    pub waivers: Vec<Waiver>,
    /// Where history is kept.
    pub store: Store,
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
    /// Why the host may only be read, where the inventory says so.
    pub mode_reason: Option<String>,
    /// From the first packet to the end of authentication.
    pub connect_timeout: Duration,
    /// For everything on this host.
    pub host_timeout: Duration,
    /// Parameters of controls.
    pub policy: Policy,
    /// What limits changes.
    pub guardrails: Guardrails,
    /// The files of this machine that reaching the host needs, its jumps' included.
    pub files: Vec<FileUse>,
}

impl HostSpec {
    /// A host of which nothing but name and endpoint is known: every setting has the value it has without an inventory.
    pub fn new(name: &str, endpoint: Endpoint) -> Self {
        Self {
            header: HostHeader {
                name: name.to_owned(),
                groups: Vec::new(),
                labels: BTreeMap::new(),
                mode: Mode::default(),
                profile: PROFILE.to_owned(),
                endpoint: endpoint.to_string(),
                transport: endpoint.transport(),
                jumps: Vec::new(),
            },
            endpoint,
            jumps: Vec::new(),
            tls: None,
            sudo: Sudo::default(),
            mode_reason: None,
            connect_timeout: CONNECT_TIMEOUT,
            host_timeout: HOST_TIMEOUT,
            policy: Policy::default(),
            guardrails: Guardrails::default(),
            files: Vec::new(),
        }
    }
}

/// A file of this machine that an inventory names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUse {
    /// Where it is.
    pub path: PathBuf,
    /// What it is for.
    pub role: FileRole,
    /// Where the inventory names it.
    pub at: Arc<Spot>,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileRole {
    /// A private key for SSH.
    Identity,
    /// Known host keys.
    KnownHosts,
    /// Certificates of authorities.
    Ca,
    /// Our certificate.
    Cert,
    /// The key of our certificate.
    Key,
}

/// Where history is kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Store {
    /// `sqlite` or a `postgres://` address, which may hold a password; `None` is the default.
    pub url: Option<String>,
    /// How long it is kept; `None` is the default.
    pub keep: Option<Duration>,
}

impl fmt::Debug for Store {
    /// Never shows the address: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("url", &self.url.as_ref().map(|_| "(hidden)"))
            .field("keep", &self.keep)
            .finish()
    }
}

/// Where an engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every endpoint is SSH, and there is one a host"
)]
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

impl Endpoint {
    /// The way it is reached.
    pub fn transport(&self) -> Transport {
        match self {
            Self::Ssh { .. } => Transport::Ssh,
            Self::Tcp { .. } => Transport::Tls,
            Self::Unix { .. } => Transport::Local,
        }
    }
}

impl fmt::Display for Endpoint {
    /// As shown in every report, such as `ssh://ops@web-01:22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ssh { target, socket } => {
                write!(f, "ssh://{target}{}", socket.as_deref().unwrap_or_default())
            }
            Self::Tcp { host, port } => write!(f, "tcp://{}:{port}", bracketed(host)),
            Self::Unix { path } => write!(f, "unix://{}", path.display()),
        }
    }
}

/// An IPv6 address in brackets, anything else as it is.
fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

/// One SSH server and how to log in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SshTarget {
    /// Name or address as written; what `ssh_config` knows it by.
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
    /// Where to connect, where that is another name or address.
    pub hostname: Option<String>,
    /// The name under which its key stands on file, without a port.
    pub host_key_alias: Option<String>,
    /// User certificates, in order.
    pub certificates: Vec<PathBuf>,
    /// Whether no keys but those of `identity_files` and `certificates` may be tried.
    pub identities_only: bool,
    /// Which agent is asked.
    pub agent: AgentUse,
    /// Why it cannot be reached, where that is known before anything is contacted.
    pub refused: Option<String>,
    /// What the inventory does not say, and `ssh_config` may.
    pub open: Open,
}

/// Settings of an SSH server that the inventory leaves open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the settings")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each setting, and they do not depend on each other"
)]
pub struct Open {
    pub user: bool,
    pub port: bool,
    pub identity_files: bool,
    pub known_hosts: bool,
    pub host_key: bool,
    pub jumps: bool,
    pub connect_timeout: bool,
}

/// Which agent is asked for keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AgentUse {
    /// The one of the environment.
    #[default]
    Environment,
    /// None.
    None,
    /// The one behind this socket.
    Socket(PathBuf),
}

impl SshTarget {
    /// A server of which nothing else is said.
    pub fn of(host: String, user: Option<String>, port: Option<u16>) -> Self {
        Self {
            open: Open {
                user: user.is_none(),
                port: port.is_none(),
                identity_files: true,
                known_hosts: true,
                host_key: true,
                jumps: true,
                connect_timeout: true,
            },
            host,
            port: port.unwrap_or(SSH_PORT),
            user,
            ..Self::default()
        }
    }

    /// The name or address to connect to.
    pub fn server(&self) -> &str {
        self.hostname.as_deref().unwrap_or(&self.host)
    }
}

impl fmt::Display for SshTarget {
    /// `user@host:port`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        write!(f, "{}:{}", bracketed(&self.host), self.port)
    }
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

/// Whom a TCP endpoint's TLS trusts and who we are; files are PEM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates of the authorities that may vouch for the engine.
    pub ca: Option<PathBuf>,
    /// Whether the authorities that this machine trusts may vouch for it too.
    pub system_roots: bool,
    /// Our certificate, where the engine wants one; its key comes with it.
    pub cert: Option<PathBuf>,
    /// The key of our certificate.
    pub key: Option<PathBuf>,
    /// The name expected in the server's certificate, where it differs from the host.
    pub server_name: Option<String>,
}

/// What limits changes on a host: the strictest of host, groups and defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guardrails {
    /// Classes, control ids or globs of them that are never applied; those of all levels.
    pub deny: Vec<String>,
    /// Confirmation asked at least; the strongest of all levels.
    pub confirm: Option<Confirm>,
    /// Most hosts in one batch; the smallest of all levels.
    pub max_batch: Option<u32>,
    /// Times at which changes are allowed: a change needs every one of them.
    pub windows: Vec<Window>,
    /// Why; printed on refusal.
    pub reason: Option<String>,
}

/// The confirmation that a change asks for at least, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confirm {
    /// Yes or no.
    Ask,
    /// The host's name is typed.
    TypeHost,
}

/// A span of time in which changes are allowed, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// As written, such as `Sat 22:00-Sun 06:00`.
    pub text: String,
    /// Its first and its last minute (the last no longer belongs to it); a span that ends before it begins runs over
    /// the end of the week or of the day.
    pub minutes: (u16, u16),
    /// Whether the minutes count from Monday 00:00 and the window opens once a week; else from midnight, every day.
    pub weekly: bool,
}
