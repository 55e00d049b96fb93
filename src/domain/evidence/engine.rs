//! What the engine says of itself.

use serde::{Deserialize, Serialize};

use super::super::gap::{Gap, Known};
use super::container::Container;
use super::image::Image;
use super::network::{Network, Volume};
use super::swarm::{Named, Node, Service, Swarm};

/// The engine's answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Engine {
    /// `GET /version`.
    pub version: Known<Version>,
    /// `GET /info`.
    pub info: Known<Info>,
    /// `GET /containers/json?all=1` with an inspect of each.
    pub containers: Known<Vec<Container>>,
    /// `GET /images/json`, with inspect and history of those in use.
    pub images: Known<Vec<Image>>,
    /// `GET /networks` with their options.
    pub networks: Known<Vec<Network>>,
    /// `GET /volumes`.
    pub volumes: Known<Vec<Volume>>,
    /// `GET /plugins`: managed plugins.
    pub plugins: Known<Vec<Plugin>>,
    /// `GET /swarm` without its tokens; `None` where the host is not a manager.
    pub swarm: Known<Option<Swarm>>,
    /// `GET /nodes`; empty where the host is not a manager.
    pub nodes: Known<Vec<Node>>,
    /// `GET /services`; empty where the host is not a manager.
    pub services: Known<Vec<Service>>,
    /// `GET /secrets`, names only; empty where the host is not a manager.
    pub secrets: Known<Vec<Named>>,
    /// `GET /configs`, what their data looked like and no more; empty where the host is not a manager.
    pub configs: Known<Vec<Named>>,
    /// `GET /events` of the last day: sessions into containers.
    pub sessions: Known<Sessions>,
    /// `GET /system/df?type=build-cache`: bytes of the build cache; asked only by a deep sweep.
    pub build_cache: Known<u64>,
}

/// Sessions into containers that the engine remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// From when on nothing was forgotten, by the engine's clock in seconds since 1970-01-01 UTC: engines keep only the
    /// newest events, and none of the time before they started.
    pub since: i64,
    /// Up to when it was asked for.
    pub until: i64,
    /// Commands started and terminals attached, the oldest first; health checks are left out.
    pub seen: Vec<Session>,
}

/// One session into a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// When it began, by the engine's clock.
    pub at: i64,
    /// Id of the container.
    pub container: String,
    /// `exec` or `attach`.
    pub kind: String,
    /// Name of the program, without its arguments; empty for an attach.
    pub program: String,
}

impl Engine {
    /// The answers of an engine that gave none, for one reason.
    pub fn missing(gap: &Gap) -> Self {
        Self {
            version: Err(gap.clone()),
            info: Err(gap.clone()),
            containers: Err(gap.clone()),
            images: Err(gap.clone()),
            networks: Err(gap.clone()),
            volumes: Err(gap.clone()),
            plugins: Err(gap.clone()),
            swarm: Err(gap.clone()),
            nodes: Err(gap.clone()),
            services: Err(gap.clone()),
            secrets: Err(gap.clone()),
            configs: Err(gap.clone()),
            sessions: Err(gap.clone()),
            build_cache: Err(gap.clone()),
        }
    }
}

/// `GET /version`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// `docker` or `podman`.
    pub product: String,
    /// Version of the engine.
    pub engine: String,
    /// Highest API version that it speaks.
    pub api: String,
    /// Lowest API version that it accepts.
    pub min_api: String,
    /// Version of containerd, where told.
    pub containerd: Option<String>,
    /// Version of runc, where told.
    pub runc: Option<String>,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// Who built it, such as `Docker Engine - Community`.
    pub platform: Option<String>,
}

/// `GET /info`, the parts that rules use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the engine's own switches")]
pub struct Info {
    /// The engine's id.
    pub id: String,
    /// The host name that the engine reports.
    pub name: String,
    /// Operating system as the engine names it.
    pub operating_system: String,
    /// Version of the operating system; empty where the engine does not tell.
    pub os_version: String,
    /// `linux` or `windows`.
    pub os_type: String,
    /// Kernel release.
    pub kernel: String,
    /// Architecture.
    pub architecture: String,
    /// `1` or `2`; `None` on engines that do not tell.
    pub cgroup_version: Option<String>,
    /// `cgroupfs`, `systemd` or `none`.
    pub cgroup_driver: Option<String>,
    /// Storage driver.
    pub driver: String,
    /// Pairs that describe the storage driver, such as `Backing Filesystem`.
    pub driver_status: Vec<(String, String)>,
    /// Where the engine keeps its data.
    pub root_dir: String,
    /// Default log driver.
    pub logging_driver: String,
    /// Whether debug mode is on.
    pub debug: bool,
    /// Whether containers survive a stop of the daemon.
    pub live_restore: bool,
    /// Whether experimental features are on.
    pub experimental: bool,
    /// Whether the engine can limit memory.
    pub memory_limit: bool,
    /// Whether the engine can limit swap.
    pub swap_limit: bool,
    /// Whether the engine can limit the number of processes.
    pub pids_limit: bool,
    /// Whether the engine can limit CPU time.
    pub cpu_quota: bool,
    /// Whether the engine can keep the kernel from killing a container that is out of memory.
    pub oom_kill_disable: bool,
    /// Whether IPv4 packets are forwarded.
    pub ipv4_forwarding: bool,
    /// Bytes of memory.
    pub memory: i64,
    /// Number of processors.
    pub cpus: i64,
    /// Security options: `name` and its other pairs, such as `("seccomp", [("profile","builtin")])`.
    pub security: Vec<SecurityOption>,
    /// Networks for which registries may be insecure.
    pub insecure_registries: Vec<String>,
    /// Names of registries marked insecure.
    pub insecure_indexes: Vec<String>,
    /// Registry mirrors, without credentials.
    pub mirrors: Vec<String>,
    /// Runtimes: name and path.
    pub runtimes: Vec<(String, String)>,
    /// The default runtime.
    pub default_runtime: String,
    /// Address of the containerd that it uses, where told.
    pub containerd_address: Option<String>,
    /// What filters packets: `iptables`, `nftables`, with `+firewalld`; `None` on engines that do not tell.
    pub firewall: Option<String>,
    /// Pairs that describe the packet filter.
    pub firewall_pairs: Vec<(String, String)>,
    /// Networks from which subnets are taken: base and prefix length.
    pub address_pools: Vec<(String, i64)>,
    /// Folders with device descriptions (CDI).
    pub cdi_folders: Vec<String>,
    /// Names of authorization plugins.
    pub authorization_plugins: Vec<String>,
    /// State of swarm mode on this node: `inactive`, `active` …
    pub swarm_state: String,
    /// Whether this node is a manager.
    pub swarm_manager: bool,
    /// The address that this node advertises.
    pub swarm_address: String,
    /// Managers of the swarm, where known.
    pub swarm_managers: i64,
    /// Nodes of the swarm, where known.
    pub swarm_nodes: i64,
    /// Warnings, cleaned for display.
    pub warnings: Vec<String>,
    /// The engine's clock minus ours, in milliseconds, half the round trip taken off.
    pub clock_skew_ms: Option<i64>,
    /// Proxies of the daemon that carry user name and password.
    pub proxies_with_credentials: Vec<String>,
}

impl Info {
    /// The security option called `name`.
    pub fn security(&self, name: &str) -> Option<&SecurityOption> {
        self.security.iter().find(|option| option.name == name)
    }

    /// Whether the engine runs without root.
    pub fn rootless(&self) -> bool {
        self.security("rootless").is_some()
    }

    /// The value of the storage driver's pair called `name`.
    pub fn driver_pair(&self, name: &str) -> Option<&str> {
        self.driver_status
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One security option of the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityOption {
    /// Its name: `seccomp`, `apparmor`, `selinux`, `userns`, `rootless`, `no-new-privileges`, `cgroupns`.
    pub name: String,
    /// Its other pairs.
    pub pairs: Vec<(String, String)>,
}

/// One managed plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its id: the digest of its description, hex.
    #[serde(default)]
    pub id: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Reference that it was installed from.
    pub reference: String,
    /// Network that it runs in, such as `host`.
    pub network: String,
    /// Capabilities that it was given.
    pub capabilities: Vec<String>,
    /// Host paths mounted into it.
    pub mounts: Vec<String>,
    /// Whether it may use all devices.
    pub all_devices: bool,
}
