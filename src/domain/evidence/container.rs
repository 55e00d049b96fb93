//! One container.

use serde::{Deserialize, Serialize};

use super::super::gap::{AsKnown as _, Known};
use super::super::outcome::{Subject, SubjectKind};
use super::super::text::clean;
use super::secret::Hidden;

/// One container: what the list says, and the inspect or its gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// Full id, hex.
    pub id: String,
    /// Name without the leading slash.
    pub name: String,
    /// Image reference as it was given.
    pub image: String,
    /// Id of the image.
    pub image_id: String,
    /// `running`, `exited`, `created`, `paused`, `restarting`, `dead` …
    pub state: String,
    /// When it was made, seconds since 1970-01-01 UTC.
    pub created: i64,
    /// What manages it and under which name.
    pub owner: Owner,
    /// Labels by name; values hidden.
    pub labels: Vec<Hidden>,
    /// Files of the compose project that made it, as its label says.
    pub compose_files: Vec<String>,
    /// Files with variables for the compose project that made it, whether or not they are there.
    pub compose_env: Vec<String>,
    /// `GET /containers/{id}/json`.
    pub detail: Known<Detail>,
    /// `GET /containers/{id}/top`: its processes as the host numbers them; empty where it does not run.
    pub processes: Known<Vec<Process>>,
    /// `GET /exec/{id}/json`: sessions that were alive when it was looked at.
    pub execs: Known<Vec<Exec>>,
    /// `GET /containers/{id}/stats`: what it uses; `None` where it does not run.
    pub usage: Known<Option<Usage>>,
}

/// A command that was started in a running container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exec {
    /// Name of the program, without its arguments.
    pub program: String,
    /// Whether it may do whatever the engine may.
    pub privileged: bool,
    /// The user it was started as; empty is the container's own.
    pub user: String,
    /// Whether it is the container's own health check.
    pub probe: bool,
}

/// What a running container uses at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Bytes of memory that cannot be given back at once.
    pub memory: Option<u64>,
    /// Number of its processes.
    pub pids: Option<u64>,
}

/// One process of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Host pid.
    pub pid: i64,
    /// Effective user as the host numbers it.
    pub uid: u32,
    /// Name of the program, without its arguments.
    pub program: String,
}

/// What manages a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum Owner {
    /// Nobody that we know of.
    #[default]
    Nobody,
    /// Compose: project, service and the number of the replica.
    Compose {
        /// Project.
        project: String,
        /// Service.
        service: String,
        /// Replica.
        number: String,
    },
    /// A swarm service.
    Swarm {
        /// Service.
        service: String,
    },
}

impl Container {
    /// The processes, or their gap.
    pub fn processes(&self) -> Known<&Vec<Process>> {
        self.processes.known()
    }

    /// The sessions, or their gap.
    pub fn execs(&self) -> Known<&Vec<Exec>> {
        self.execs.known()
    }

    /// What it uses, or the gap.
    pub fn usage(&self) -> Known<&Option<Usage>> {
        self.usage.known()
    }

    /// The inspect, or its gap.
    pub fn detail(&self) -> Known<&Detail> {
        self.detail.known()
    }

    /// Whether its main process is alive.
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "running" | "paused" | "restarting")
    }

    /// The subject, stable over recreation where the owner gives it a stable name.
    pub fn subject(&self) -> Subject {
        let key = match &self.owner {
            Owner::Compose {
                project,
                service,
                number,
            } if number.is_empty() || number == "1" => format!("compose:{project}/{service}"),
            Owner::Compose {
                project,
                service,
                number,
            } => format!("compose:{project}/{service}/{number}"),
            Owner::Swarm { service } => format!("swarm:{service}"),
            Owner::Nobody if has_invented_name(&self.name) => format!("image:{}", self.image),
            Owner::Nobody => self.name.clone(),
        };
        Subject {
            name: clean(&self.name),
            ..Subject::new(SubjectKind::Container, &key)
        }
    }
}

/// Whether the engine made the name up (`adjective_surname`, perhaps with a digit).
fn has_invented_name(name: &str) -> bool {
    let Some((left, right)) = name.split_once('_') else {
        return false;
    };
    let word = |s: &str| s.len() >= 3 && s.bytes().all(|b| b.is_ascii_lowercase());
    word(left) && word(right.trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// `GET /containers/{id}/json`, the parts that rules use.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the engine's own switches")]
pub struct Detail {
    /// Image reference as it was given when the container was made; the list shows an id once a tag has moved on.
    pub image: String,
    /// Host pid of the main process; 0 when it does not run.
    pub pid: i64,
    /// When it was started, RFC 3339 as the engine wrote it.
    pub started_at: String,
    /// When it last ended, RFC 3339 as the engine wrote it; year 1 where it never did.
    pub finished_at: String,
    /// Exit status of the last end.
    pub exit_code: i64,
    /// Restarts by the engine.
    pub restart_count: i64,
    /// Whether the last end was an out-of-memory kill.
    pub oom_killed: bool,
    /// `healthy`, `unhealthy`, `starting`; `None` without a health check.
    pub health: Option<String>,
    /// User of the final configuration, as given.
    pub user: String,
    /// Words of entry point and command; arguments that may be secret are hidden as `(hidden)`.
    pub command: Vec<String>,
    /// Environment by name; values hidden.
    pub env: Vec<Hidden>,
    /// Options and arguments that hold or seem to hold a secret.
    pub secret_arguments: Vec<Hidden>,
    /// Whether a health check is set (its own or the image's) and not `NONE`.
    pub healthcheck: bool,
    /// Ports that the image or container exposes, such as `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// Whether it is privileged.
    pub privileged: bool,
    /// Capabilities added, upper case without `CAP_`.
    pub cap_add: Vec<String>,
    /// Capabilities dropped, upper case without `CAP_`.
    pub cap_drop: Vec<String>,
    /// Security options, as given.
    pub security_opt: Vec<String>,
    /// AppArmor profile in force.
    pub apparmor_profile: String,
    /// SELinux label of the process.
    pub process_label: String,
    /// SELinux label of the mounts.
    pub mount_label: String,
    /// Network mode: `bridge`, `host`, `none`, a network, `container:<id>`.
    pub network_mode: String,
    /// PID mode.
    pub pid_mode: String,
    /// IPC mode.
    pub ipc_mode: String,
    /// UTS mode.
    pub uts_mode: String,
    /// User namespace mode.
    pub userns_mode: String,
    /// Cgroup namespace mode.
    pub cgroupns_mode: String,
    /// Cgroup parent.
    pub cgroup_parent: String,
    /// Memory limit in bytes; 0 is none.
    pub memory: i64,
    /// Limit of memory and swap together in bytes; 0 is twice the memory limit, -1 is none.
    pub memory_swap: i64,
    /// Memory kept for it in bytes; 0 is none.
    pub memory_reservation: i64,
    /// CPU limit in billionths; 0 is none.
    pub nano_cpus: i64,
    /// CPU quota in microseconds per period; 0 and below are none.
    pub cpu_quota: i64,
    /// CPU weight; 0 and 1024 are the default.
    pub cpu_shares: i64,
    /// Processors it is bound to.
    pub cpuset: String,
    /// Limit of processes; `None`, 0 and -1 are none.
    pub pids_limit: Option<i64>,
    /// Whether the root file system is read-only.
    pub read_only: bool,
    /// Whether all exposed ports are published on random ports.
    pub publish_all: bool,
    /// Whether it is removed when it stops.
    pub auto_remove: bool,
    /// Whether it may not be killed when memory runs out.
    pub oom_kill_disable: bool,
    /// Score given to the kernel's out-of-memory killer.
    pub oom_score_adj: i64,
    /// Restart policy.
    pub restart_policy: String,
    /// Tries of restart policy `on-failure`; 0 is without end.
    pub restart_tries: i64,
    /// Host devices passed through.
    pub devices: Vec<String>,
    /// Rules that open further devices, such as `c 1:3 mr`.
    pub device_rules: Vec<String>,
    /// Devices asked for through a driver, such as `nvidia` or a CDI name.
    pub device_requests: Vec<String>,
    /// Supplementary groups.
    pub group_add: Vec<String>,
    /// Host paths and volumes mounted.
    pub mounts: Vec<Mount>,
    /// Published ports.
    pub ports: Vec<Port>,
    /// Legacy links: names of the containers linked to.
    pub links: Vec<String>,
    /// Containers whose volumes it takes over.
    pub volumes_from: Vec<String>,
    /// Temporary file systems: path inside and options.
    pub tmpfs: Vec<(String, String)>,
    /// Kernel settings of its namespaces.
    pub sysctls: Vec<(String, String)>,
    /// Names of the networks it is attached to.
    pub networks: Vec<String>,
    /// Log driver.
    pub log_driver: String,
    /// Names and harmless values of log options; others hidden.
    pub log_options: Vec<(String, String)>,
    /// Paths masked by the engine; `None` where it does not tell.
    pub masked_paths: Option<Vec<String>>,
    /// Paths made read-only by the engine; `None` where it does not tell.
    pub readonly_paths: Option<Vec<String>>,
    /// Host path of its log; empty where the driver keeps none.
    pub log_path: String,
    /// Resource limits set: name, soft, hard.
    pub ulimits: Vec<(String, i64, i64)>,
    /// Runtime.
    pub runtime: String,
    /// Seconds it is given to stop.
    pub stop_timeout: Option<i64>,
}

/// One mount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs` …
    pub kind: String,
    /// Host path or volume name.
    pub source: String,
    /// Path inside.
    pub target: String,
    /// Whether it can be written.
    pub writable: bool,
    /// Propagation.
    pub propagation: String,
}

/// One published port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Port and protocol inside, such as `80/tcp`.
    pub inside: String,
    /// Address on the host.
    pub address: String,
    /// Port on the host.
    pub port: u16,
}
