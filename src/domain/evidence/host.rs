//! What a host's files and processes say, as read by the probe.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::gap::{AsKnown as _, Gap, Known};
use super::super::place::Place;

/// The probe's answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostFacts {
    /// `/etc/os-release`.
    pub os: Known<OsRelease>,
    /// `uname -r`.
    pub kernel: Known<String>,
    /// Keyed hash of `/etc/machine-id`.
    pub machine_id: Known<String>,
    /// Who the probe ran as.
    pub reader: Known<Reader>,
    /// What round one found: processes, units, sockets, configuration.
    pub found: Known<Discovery>,
    /// Files by path: `Ok(None)` is a file that is not there. Holds each path asked for, where it leads if it is a
    /// link, and each of its parent folders.
    pub files: BTreeMap<String, Known<Option<FileStat>>>,
    /// Accounts and groups.
    pub accounts: Known<Accounts>,
    /// Loaded audit rules.
    pub audit: Known<Audit>,
    /// File systems by path of interest.
    pub filesystems: Known<Vec<FileSystem>>,
    /// Kernel settings by name.
    pub sysctls: Known<BTreeMap<String, String>>,
    /// Listening TCP sockets.
    pub listeners: Known<Vec<Listener>>,
    /// Processes of containers by host pid.
    pub processes: BTreeMap<i64, Known<ProcessStatus>>,
    /// Installed package versions by name, for engine packages.
    pub packages: Known<BTreeMap<String, String>>,
    /// AppArmor and SELinux.
    pub mac: Known<Mac>,
    /// State of units of interest by name.
    pub units: Known<BTreeMap<String, UnitState>>,
    /// Whether a reboot is pending.
    pub reboot_required: Known<bool>,
    /// What layers of images in use hold, by the folder that the engine names; of the files it would show in a container,
    /// each layer has only those that it adds.
    pub layers: BTreeMap<String, Known<Layer>>,
    /// Loaded AppArmor profiles and their modes.
    pub profiles: Known<BTreeMap<String, String>>,
    /// Errors that the daemon wrote into the journal during the last day.
    pub journal: Known<Journal>,
    /// UDP sockets that take packets from anywhere.
    pub datagrams: Known<Vec<Listener>>,
    /// How the node joined its swarm, by setting; empty where it is in none.
    pub swarm_state: Known<BTreeMap<String, String>>,
}

impl HostFacts {
    /// Host facts of a host of which nothing can be known, for one reason.
    pub fn missing(gap: &Gap) -> Self {
        Self {
            os: Err(gap.clone()),
            kernel: Err(gap.clone()),
            machine_id: Err(gap.clone()),
            reader: Err(gap.clone()),
            found: Err(gap.clone()),
            files: BTreeMap::new(),
            accounts: Err(gap.clone()),
            audit: Err(gap.clone()),
            filesystems: Err(gap.clone()),
            sysctls: Err(gap.clone()),
            listeners: Err(gap.clone()),
            processes: BTreeMap::new(),
            packages: Err(gap.clone()),
            mac: Err(gap.clone()),
            units: Err(gap.clone()),
            reboot_required: Err(gap.clone()),
            layers: BTreeMap::new(),
            profiles: Err(gap.clone()),
            journal: Err(gap.clone()),
            datagrams: Err(gap.clone()),
            swarm_state: Err(gap.clone()),
        }
    }

    /// The paths that `place` means on this host.
    ///
    /// A folder that could not be listed is a gap for every place below it: nobody knows what it holds.
    pub fn paths(&self, place: Place) -> Known<Vec<String>> {
        let found = self.found.known()?;
        if let Place::Below(folder, _) | Place::Folders(folder) = place
            && let Some((_, gap)) = found
                .unlisted
                .iter()
                .find(|(path, _)| path.as_str() == folder || is_below(path, folder))
        {
            return Err(gap.clone());
        }
        Ok(found.resolve(place))
    }

    /// The state of the file at `path`; a path that was never asked for is a gap.
    pub fn file(&self, path: &str) -> Known<Option<&FileStat>> {
        if let Err(gap) = &self.found {
            return Err(gap.clone());
        }
        match self.files.get(path) {
            Some(Ok(stat)) => Ok(stat.as_ref()),
            Some(Err(gap)) => Err(gap.clone()),
            None => Err(Gap::no_data(format!("{path} was not asked for"))),
        }
    }
}

/// What one layer of an image adds; `None` for a file that it does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// `os-release`: the system's name and version.
    pub os: Option<(String, String)>,
    /// Accounts.
    pub accounts: Option<Vec<LayerAccount>>,
    /// Accounts of the shadow file that have no password at all.
    pub without_password: Option<Vec<String>>,
    /// Installed packages by name.
    pub packages: Option<Vec<String>>,
    /// Setuid and setgid programs as paths inside; `None` where they were not searched for.
    pub setuid: Option<Vec<String>>,
}

/// One account of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerAccount {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Whether its password field is empty, which lets anybody in.
    pub open: bool,
}

/// Errors of the daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Their number.
    pub errors: u32,
    /// Those about logs that could not be delivered.
    pub undelivered: u32,
    /// The newest of each, cleaned and without secrets.
    pub newest: String,
    /// The newest about logs.
    pub newest_undelivered: String,
}

/// `/etc/os-release`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsRelease {
    /// `ID`.
    pub id: String,
    /// `VERSION_ID`; empty on rolling releases.
    pub version: String,
    /// `VARIANT_ID`.
    pub variant: String,
    /// `PRETTY_NAME`.
    pub pretty: String,
    /// `VERSION_CODENAME`.
    pub codename: String,
}

/// Who the probe ran as.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Numeric user that logged in.
    pub login_uid: u32,
    /// Name of that user.
    pub login: String,
    /// Numeric user that the probe ran as (0 with sudo).
    pub uid: u32,
    /// Names of the groups of the user that logged in.
    pub groups: Vec<String>,
}

/// What round one of the probe found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The running daemon, if one was found.
    pub daemon: Option<DaemonProcess>,
    /// Why none was found, where that is not because none runs.
    #[serde(default)]
    pub daemon_gap: Option<Gap>,
    /// The configuration file that the daemon really uses.
    pub config_path: String,
    /// Its settings: `None` where the file is not there or could not be read.
    pub config: Option<Settings>,
    /// Why the file could not be read though it is there.
    #[serde(default)]
    pub config_gap: Option<Gap>,
    /// Settings given on the command line of the running daemon.
    pub flags: Settings,
    /// Data root.
    pub data_root: String,
    /// Paths of the engine's sockets.
    pub engine_sockets: Vec<String>,
    /// Path of containerd's socket.
    pub containerd_socket: String,
    /// Main files of units by unit name; empty text where the unit is unknown.
    pub units: BTreeMap<String, String>,
    /// Drop-ins of units by unit name.
    pub drop_ins: BTreeMap<String, Vec<String>>,
    /// Regular files found below folders of interest.
    pub found_files: Vec<String>,
    /// Folders found below folders of interest.
    pub found_folders: Vec<String>,
    /// Folders of interest that could not be listed, and why.
    #[serde(default)]
    pub unlisted: BTreeMap<String, Gap>,
    /// Programs by name.
    pub programs: BTreeMap<String, String>,
    /// Home folders of those who may use the engine, by account.
    #[serde(default)]
    pub homes: BTreeMap<String, String>,
    /// Sockets of Podman's API.
    #[serde(default)]
    pub podman_sockets: Vec<String>,
    /// Home folder of the user that runs a rootless engine.
    #[serde(default)]
    pub engine_home: Option<String>,
}

impl Discovery {
    /// The effective value of a daemon setting: the running command line wins over the file, because the daemon
    /// refuses to start with both.
    pub fn setting(&self, key: &str) -> Option<&Setting> {
        self.flags
            .values
            .get(key)
            .or_else(|| self.config.as_ref()?.values.get(key))
    }

    /// The paths that `place` means here.
    pub fn resolve(&self, place: Place) -> Vec<String> {
        let one = |path: &str| {
            if path.is_empty() {
                Vec::new()
            } else {
                vec![path.to_owned()]
            }
        };
        match place {
            Place::Fixed(path) => one(path),
            Place::Below(folder, ending) => self
                .found_files
                .iter()
                .filter(|path| is_below(path, folder) && path.ends_with(ending))
                .cloned()
                .collect(),
            Place::Folders(folder) => self
                .found_folders
                .iter()
                .filter(|path| path.as_str() == folder || is_below(path, folder))
                .cloned()
                .collect(),
            Place::Unit(unit) => self.units.get(unit).map_or_else(Vec::new, |path| one(path)),
            Place::DropIns(unit) => self.drop_ins.get(unit).cloned().unwrap_or_default(),
            Place::Setting(key) => match self.setting(key) {
                Some(Setting::Text(path)) => one(path),
                Some(Setting::List(paths)) => paths.iter().flat_map(|path| one(path)).collect(),
                _ => Vec::new(),
            },
            Place::Beside(key, name) => match self.setting(key) {
                Some(Setting::Text(path)) => path
                    .rsplit_once('/')
                    .map_or_else(Vec::new, |(folder, _)| vec![format!("{folder}/{name}")]),
                _ => Vec::new(),
            },
            Place::DaemonConfig => one(&self.config_path),
            Place::DataRoot => one(&self.data_root),
            Place::InDataRoot(_) if self.data_root.is_empty() => Vec::new(),
            Place::InDataRoot(name) => {
                vec![format!("{}/{name}", self.data_root.trim_end_matches('/'))]
            }
            Place::EngineSocket => self.engine_sockets.clone(),
            Place::RootlessHome(name) => match &self.engine_home {
                Some(home) => vec![format!("{}/{name}", home.trim_end_matches('/'))],
                None => Vec::new(),
            },
            Place::PodmanSocket => self.podman_sockets.clone(),
            Place::ContainerdSocket => one(&self.containerd_socket),
            Place::Program(name) => self
                .programs
                .get(name)
                .map_or_else(Vec::new, |path| one(path)),
        }
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// The daemon's process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonProcess {
    /// Host pid.
    pub pid: i64,
    /// Numeric user it runs as.
    pub uid: u32,
    /// Its program, where it could be read.
    pub exe: Option<String>,
    /// When it started, seconds since 1970-01-01 UTC.
    pub started: Option<i64>,
}

/// Settings of the daemon by key; values of keys that may hold credentials are never kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Value by key.
    pub values: BTreeMap<String, Setting>,
    /// Why the file could not be understood; then `values` is empty.
    pub invalid: Option<String>,
    /// Keys that occur more than once.
    pub duplicates: Vec<String>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A word.
    Text(String),
    /// A list of words.
    List(Vec<String>),
    /// Pairs; values of nested structures are kept as compact JSON.
    Map(BTreeMap<String, String>),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(on) => write!(f, "{on}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::List(list) => f.write_str(&list.join(" ")),
            Self::Map(map) => {
                let pairs: Vec<_> = map
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect();
                f.write_str(&pairs.join(" "))
            }
        }
    }
}

/// The state of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStat {
    /// `file`, `dir`, `socket`, `link`, `other`.
    pub kind: String,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// Permission bits with setuid, setgid and sticky: 12 bits.
    pub mode: u32,
    /// Name of the owner, for display only.
    pub user: String,
    /// Name of the group, for display only.
    pub group: String,
    /// Size in bytes.
    pub size: u64,
    /// Last change of the content, seconds since 1970-01-01 UTC.
    pub mtime: i64,
    /// Where the path leads after links are followed, if it is or passes a link.
    pub target: Option<String>,
    /// Named entries of its access control list that widen the mode; `None` where it was not read.
    pub acl: Option<Vec<String>>,
}

/// Accounts and groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// Groups of interest (`docker` and the groups of the engine's sockets).
    pub groups: Vec<Group>,
}

/// One group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Number.
    pub gid: u32,
    /// Members, those by primary group included, sorted.
    pub members: Vec<String>,
}

/// The kernel's audit state. Whether the daemon runs can be seen by anyone, the rest by root alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Whether the audit daemon runs.
    pub daemon: bool,
    /// 0 off, 1 on, 2 on and locked until the next boot.
    pub enabled: Known<i64>,
    /// Events lost.
    pub lost: Known<i64>,
    /// Loaded rules that watch a path.
    pub rules: Known<Vec<AuditRule>>,
}

/// One loaded audit rule that watches a path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRule {
    /// Path.
    pub path: String,
    /// Whether it covers everything below.
    pub folder: bool,
    /// Letters of `-p`: `r`, `w`, `x`, `a`.
    pub permissions: String,
}

/// One mounted file system as seen from a path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// The path that was asked about.
    pub path: String,
    /// Device number, as text.
    pub device: String,
    /// Type, such as `ext4`.
    pub kind: String,
    /// Where it is mounted.
    pub mount: String,
    /// Mount options.
    pub options: Vec<String>,
    /// Share of bytes used, in percent.
    pub used_percent: Option<u8>,
    /// Share of inodes used, in percent.
    pub inodes_percent: Option<u8>,
}

/// One listening TCP socket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Address.
    pub address: String,
    /// Port.
    pub port: u16,
    /// Name of the process, where it could be read.
    pub process: Option<String>,
}

/// `/proc/<pid>/status` of a container's main process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessStatus {
    /// Effective user as the host sees it.
    pub uid: u32,
    /// Whether it may not gain privileges.
    pub no_new_privileges: Option<bool>,
    /// 0 none, 1 strict, 2 filter.
    pub seccomp: Option<u8>,
    /// Effective capabilities.
    pub cap_eff: Option<u64>,
}

/// Mandatory access control.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mac {
    /// Whether AppArmor is enabled in the kernel.
    pub apparmor: bool,
    /// `enforcing`, `permissive` or `disabled`; `None` where there is no SELinux.
    pub selinux: Option<String>,
}

/// State of a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitState {
    /// `active`, `inactive`, `failed` …
    pub active: String,
    /// `enabled`, `disabled`, `static` …; empty where unknown.
    pub enabled: String,
    /// Properties of interest, such as `KillMode`.
    pub properties: BTreeMap<String, String>,
}
