//! A host as the inventory declares it and as reports name it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What may be done on a host.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// May repair.
    #[default]
    Operator,
    /// May only read.
    Audit,
}

impl Mode {
    /// The word used in the inventory and in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Audit => "audit",
        }
    }
}

/// The way a host is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// SSH: engine and host files.
    Ssh,
    /// A TCP endpoint of the engine, with TLS unless the inventory says `insecure`.
    Tls,
    /// The local socket.
    Local,
}

impl Transport {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Tls => "tls",
            Self::Local => "local",
        }
    }
}

/// What is known of a host before anything is contacted; every audience starts from this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostHeader {
    /// The name in the inventory; unique in a fleet.
    pub name: String,
    /// Groups in the order of the inventory.
    pub groups: Vec<String>,
    /// Labels of the inventory.
    pub labels: BTreeMap<String, String>,
    /// Operator or audit.
    pub mode: Mode,
    /// Name of the profile that judges it.
    pub profile: String,
    /// The endpoint as shown, such as `ssh://ops@web-01:22`.
    pub endpoint: String,
    /// How it is reached.
    pub transport: Transport,
    /// Names of the hosts it is reached through, outermost first.
    pub jumps: Vec<String>,
}
