//! What this process learns from the machine it runs on: folders, variables, clocks. Nothing else reads them.

use std::env;
use std::path::PathBuf;

use directories::{BaseDirs, ProjectDirs};

/// The outside of the process, read once at the start.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something else of the terminal"
)]
pub struct Environment {
    /// The person's home folder.
    pub home: Option<PathBuf>,
    /// The name of this machine.
    pub machine: String,
    /// The name of the user who runs us.
    pub user: Option<String>,
    /// `config.toml`, `inventory.toml`, `themes/`.
    pub config: Option<PathBuf>,
    /// `fingerprint.key` and, later, what is remembered.
    pub state: Option<PathBuf>,
    /// `$PLIMSOLL_INVENTORY`.
    pub inventory: Option<PathBuf>,
    /// `$SSH_AUTH_SOCK`.
    pub ssh_agent: Option<PathBuf>,
    /// `$DOCKER_HOST` where it names a local socket.
    pub docker_socket: Option<PathBuf>,
    /// `$NO_COLOR` is present and not empty.
    pub no_color: bool,
    /// The terminal shows 24-bit colours, as `$COLORTERM` says.
    pub true_color: bool,
    /// `$TERM`.
    pub term: String,
    /// `$TMUX`: tmux runs around us.
    pub tmux: bool,
    /// `$STY`: GNU screen runs around us.
    pub screen: bool,
    /// The locale uses UTF-8.
    pub utf8: bool,
    /// The locale in lower case, such as `zh_cn.utf-8`.
    pub language: String,
}

impl Environment {
    /// Reads the environment.
    pub fn read() -> Self {
        let base = BaseDirs::new();
        let project = ProjectDirs::from("", "", "plimsoll");
        let state = var("PLIMSOLL_STATE").map(PathBuf::from).or_else(|| {
            let project = project.as_ref()?;
            Some(
                project
                    .state_dir()
                    .unwrap_or_else(|| project.data_local_dir())
                    .to_path_buf(),
            )
        });
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(var)
            .unwrap_or_default()
            .to_ascii_lowercase();
        Self {
            home: base.map(|base| base.home_dir().to_path_buf()),
            machine: machine(),
            user: var("USER").or_else(|| var("LOGNAME")),
            config: project.map(|project| project.config_dir().to_path_buf()),
            state,
            inventory: var("PLIMSOLL_INVENTORY").map(PathBuf::from),
            ssh_agent: var("SSH_AUTH_SOCK").map(PathBuf::from),
            docker_socket: var("DOCKER_HOST")
                .and_then(|host| host.strip_prefix("unix://").map(PathBuf::from)),
            no_color: var("NO_COLOR").is_some(),
            true_color: var("COLORTERM").is_some_and(|c| c == "truecolor" || c == "24bit"),
            term: var("TERM").unwrap_or_default(),
            tmux: var("TMUX").is_some(),
            screen: var("STY").is_some(),
            utf8: locale.contains("utf-8") || locale.contains("utf8"),
            language: locale,
        }
    }
}

/// What this machine calls itself: Linux says so in a file, other shells in a variable.
fn machine() -> String {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .or_else(|| var("HOSTNAME"))
        .unwrap_or_else(|| "unknown".to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the composition root is where the environment is read"
)]
pub(super) fn var(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Seconds that local time is ahead of UTC now.
#[expect(
    clippy::disallowed_methods,
    reason = "the composition root is where the clock is read"
)]
pub fn utc_offset_s() -> i32 {
    jiff::ZonedDateTime::now().offset().seconds()
}

/// Milliseconds since 1970-01-01 UTC by this machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the composition root is where the clock is read"
)]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Who runs us where the environment names nobody: the number of the account.
pub fn number_of_user() -> String {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").map_or_else(
        |_no_proc| "unknown".to_owned(),
        |found| format!("uid {}", found.uid()),
    )
}
