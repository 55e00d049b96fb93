//! Networks and volumes.

use serde::{Deserialize, Serialize};

use super::super::outcome::{Subject, SubjectKind};
use super::secret::Hidden;

/// One network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the engine's own switches")]
pub struct Network {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `bridge`, `overlay`, `macvlan`, `host`, `null` …
    pub driver: String,
    /// `local` or `swarm`.
    pub scope: String,
    /// Options of the driver; values that may be secret hidden as `(hidden)`.
    pub options: Vec<(String, String)>,
    /// Whether IPv6 is on.
    pub ipv6: bool,
    /// Whether it has no way out.
    pub internal: bool,
    /// Whether containers may join by hand.
    pub attachable: bool,
    /// Whether it is the swarm's ingress network.
    pub ingress: bool,
    /// Its subnets in CIDR form.
    pub subnets: Vec<String>,
    /// Labels by name; values hidden.
    pub labels: Vec<Hidden>,
}

impl Network {
    /// The value of the option called `name`.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The subject.
    pub fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Network, &self.name)
    }
}

/// One volume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Name.
    pub name: String,
    /// Driver.
    pub driver: String,
    /// The host path behind it, for a local volume that binds one.
    pub device: Option<String>,
    /// Where the engine keeps it on the host.
    pub mountpoint: String,
    /// Options of the driver by name; values hidden.
    pub options: Vec<Hidden>,
    /// Labels by name; values hidden.
    pub labels: Vec<Hidden>,
}
