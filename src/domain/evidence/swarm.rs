//! What a manager says of its swarm.

use serde::{Deserialize, Serialize};

use super::container::Mount;
use super::secret::{Hidden, Looks};

/// `GET /swarm`, without tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swarm {
    /// Its id; empty where it was not told.
    #[serde(default)]
    pub id: String,
    /// Whether managers are locked after a restart until a key is given.
    pub autolock: bool,
    /// Lifetime of node certificates in seconds.
    pub node_cert_expiry_s: i64,
    /// Whether a rotation of the root CA is under way.
    pub ca_rotation: bool,
    /// UDP port of the data plane.
    pub data_path_port: i64,
    /// When its settings last changed, RFC 3339 as the engine wrote it.
    pub updated_at: String,
}

/// `GET /nodes`, the parts that rules use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its id in the swarm.
    pub id: String,
    /// Host name of the node.
    pub name: String,
    /// Whether it is a manager.
    pub manager: bool,
    /// Whether it is the leader.
    pub leader: bool,
    /// Whether a manager is reachable.
    pub reachable: bool,
    /// `ready`, `down`, `disconnected` …
    pub state: String,
    /// `active`, `pause` or `drain`.
    pub availability: String,
    /// Version of its engine.
    pub engine: String,
    /// Its address.
    pub address: String,
}

/// `GET /services`, the parts that rules use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// `replicated`, `global`, `replicated-job` or `global-job`.
    pub mode: String,
    /// User of its containers, as given.
    pub user: String,
    /// Whether the root file system is read-only.
    pub read_only: bool,
    /// Capabilities added, upper case without `CAP_`.
    pub cap_add: Vec<String>,
    /// Capabilities dropped, upper case without `CAP_`.
    pub cap_drop: Vec<String>,
    /// Memory limit in bytes; 0 is none.
    pub memory: i64,
    /// CPU limit in billionths; 0 is none.
    pub nano_cpus: i64,
    /// Limit of processes; 0 is none.
    pub pids_limit: i64,
    /// `none`, `on-failure` or `any`; empty where not set, which means `any`.
    pub restart_condition: String,
    /// Tries of a restart; `None` and 0 are without end.
    pub restart_tries: Option<i64>,
    /// Host paths and volumes mounted.
    pub mounts: Vec<Mount>,
    /// Published ports: mode, port on the host, port and protocol inside.
    pub ports: Vec<(String, u16, String)>,
    /// Names of secrets that its containers get.
    pub secrets: Vec<String>,
    /// Names of configs that its containers get.
    pub configs: Vec<String>,
    /// Environment by name; values hidden.
    pub env: Vec<Hidden>,
    /// Labels of service and containers by name; values hidden.
    pub labels: Vec<Hidden>,
    /// Words of command and arguments; those that may be secret are hidden as `(hidden)`.
    pub command: Vec<String>,
    /// Options and arguments that hold or seem to hold a secret.
    pub secret_arguments: Vec<Hidden>,
    /// Whether a health check is set and not `NONE`.
    pub healthcheck: bool,
}

/// A secret or a config: its name, and what a config's data looked like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// When it was made, RFC 3339 as the engine wrote it.
    pub created_at: String,
    /// Whether the data seemed to hold a secret; always harmless for a secret, whose data is never told.
    pub looks: Looks,
}
