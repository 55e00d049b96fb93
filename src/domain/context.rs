//! Everything a rule may look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::control::Parameter;
use super::evidence::HostEvidence;
use super::evidence::engine::{Info, Version};
use super::evidence::host::{Discovery, HostFacts};
use super::gap::{AsKnown as _, Known};
use super::host::HostHeader;
use super::past::{Attestation, Past};
use super::policy::{Policy, PolicyValue};
use super::tables::Tables;
use super::waiver::WaiverStanding;

/// What a rule sees of one host. Pure data: a rule asks nobody.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The host as declared.
    pub header: &'a HostHeader,
    /// What was read.
    pub evidence: &'a HostEvidence,
    /// Parameter values that apply to this host.
    pub policy: &'a Policy,
    /// Bundled tables.
    pub tables: &'a Tables,
    /// The parameters of the control being judged.
    pub parameters: &'static [Parameter],
    /// Whether the inventory accepts a plain HTTP endpoint.
    pub insecure_endpoint: bool,
    /// Earlier sweeps of this host; `None` where no history is kept.
    pub past: Option<&'a Past>,
    /// What people stated of this host.
    pub attestations: &'a [Attestation],
}

impl<'a> Context<'a> {
    /// When the evidence was read, seconds since 1970-01-01 UTC; facts are judged as of then.
    pub fn now(&self) -> i64 {
        self.evidence.collected_at.div_euclid(1000)
    }

    /// `GET /info`.
    pub fn info(&self) -> Known<&'a Info> {
        self.evidence.engine.info.known()
    }

    /// `GET /version`.
    pub fn version(&self) -> Known<&'a Version> {
        self.evidence.engine.version.known()
    }

    /// The probe's answers.
    pub fn host(&self) -> &'a HostFacts {
        &self.evidence.host
    }

    /// What round one of the probe found.
    pub fn found(&self) -> Known<&'a Discovery> {
        self.evidence.host.found.known()
    }

    /// The value of the parameter `name`: policy, else the control's default, else nothing.
    pub fn parameter(&self, name: &str) -> Option<PolicyValue> {
        self.policy.values.get(name).cloned().or_else(|| {
            self.parameters
                .iter()
                .find(|parameter| parameter.name == name)
                .and_then(|parameter| parameter.default.value())
        })
    }

    /// The list parameter `name`.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.parameter(name) {
            Some(PolicyValue::List(list)) => Some(list),
            _ => None,
        }
    }

    /// The number parameter `name`.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.parameter(name) {
            Some(PolicyValue::Int(n)) => Some(n),
            _ => None,
        }
    }

    /// The word parameter `name`.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.parameter(name) {
            Some(PolicyValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The switch parameter `name`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.parameter(name) {
            Some(PolicyValue::Bool(on)) => Some(on),
            _ => None,
        }
    }
}

/// The little that is kept of each host for controls that compare hosts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FleetFacts {
    /// The host's name.
    pub name: String,
    /// Its groups.
    pub groups: Vec<String>,
    /// The profile that judges it.
    pub profile: String,
    /// The engine's id.
    pub engine_id: Known<String>,
    /// Keyed machine id.
    pub machine_id: Known<String>,
    /// The engine's version.
    pub engine_version: Known<String>,
    /// What the engine reports of how it is set up, by name.
    pub reported: Known<BTreeMap<String, String>>,
    /// What the daemon was told by command line and file, by key; addresses of the host itself are left out.
    pub configured: Known<BTreeMap<String, String>>,
    /// The swarm that it manages, as it sees it; `None` where it manages none.
    pub swarm: Known<Option<SwarmView>>,
    /// Whether it was fully assessed.
    pub assessed: bool,
    /// Waivers, by their position in the inventory, that accepted findings here, with the number of subjects.
    #[serde(with = "pairs")]
    pub waived: BTreeMap<usize, u32>,
}

/// A swarm as one of its managers sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwarmView {
    /// Its id.
    pub id: String,
    /// Id of the node that leads; `None` where the manager names none.
    pub leader: Option<String>,
    /// Managers that it lists.
    pub managers: usize,
}

/// What a fleet-wide rule sees.
#[derive(Debug, Clone, Copy)]
pub struct FleetContext<'a> {
    /// Every host that was reached, in the order of the inventory.
    pub hosts: &'a [FleetFacts],
    /// Every waiver of the inventory and what became of it.
    pub waivers: &'a [WaiverStanding],
}

/// A map with numbers as keys, as pairs: inside tagged shapes JSON's keys are texts and stay so.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<usize, u32>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<usize, u32>, D::Error> {
        Ok(Vec::<(usize, u32)>::deserialize(deserializer)?
            .into_iter()
            .collect())
    }
}
