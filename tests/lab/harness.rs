//! The running lab as tests see it: which hosts there are, where keys and certificates lie, and how to look inside a
//! host or log in to it by ordinary means, so that what plimsoll says can be compared with what is there.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::recorder;

/// One host of `hosts.tsv`.
#[derive(Debug)]
pub(crate) struct LabHost {
    /// Its name, also in the inventory.
    pub(crate) name: String,
    /// The Debian release it was made from.
    pub(crate) suite: String,
    /// Its address on the lab's network.
    pub(crate) address: String,
    /// Whether an SSH server runs there.
    pub(crate) has_ssh: bool,
    /// Whether it was made to be set up wrong and right by [`crate::pairs`]: the other tests leave it alone.
    pub(crate) for_pairs: bool,
    /// Whether it sees the processes of the machine, and with them its audit rules.
    pub(crate) shared: bool,
}

/// The lab this test process runs in.
#[derive(Debug)]
pub(crate) struct Lab {
    state: PathBuf,
    hosts: Vec<LabHost>,
    pair_hosts: Vec<LabHost>,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Whether it exited with 0.
    pub(crate) ok: bool,
    /// Its standard output.
    pub(crate) out: String,
    /// Its standard error.
    pub(crate) err: String,
}

/// Longest time any helper command may take, in seconds.
const LIMIT: u32 = 30;

/// Leads every command the harness itself runs by SSH, so that it is not taken for one of plimsoll's.
pub(crate) const OURS: &str = ": lab;";

/// The lab, or none when the tests run without one; then the caller returns at once.
///
/// # Panics
/// With `CI=true`, where leaving tests out is a failure.
pub(crate) fn lab() -> Option<&'static Lab> {
    static LAB: OnceLock<Option<Lab>> = OnceLock::new();
    LAB.get_or_init(|| {
        if env::var("PLIMSOLL_LAB").as_deref() != Ok("1") {
            assert!(
                env::var("CI").as_deref() != Ok("true"),
                "no lab: run tests/lab/with-lab cargo test --test lab"
            );
            eprintln!("left out: needs real hosts (tests/lab/with-lab cargo test --test lab)");
            return None;
        }
        let state = env::var("PLIMSOLL_LAB_STATE")
            .expect("with-lab sets it")
            .into();
        let table = fs::read_to_string(folder().join("hosts.tsv")).unwrap();
        let (pair_hosts, hosts) = table
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(LabHost::parse)
            .partition(|host| host.for_pairs);
        let lab = Lab {
            state,
            hosts,
            pair_hosts,
        };
        recorder::attach(&lab);
        Some(lab)
    })
    .as_ref()
}

/// The folder of the lab's scripts and tables.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab")
}

/// Runs a command to its end, bounded in time.
pub(crate) fn run(command: &mut Command) -> Answer {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    Answer {
        ok: status.success(),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// A command that is killed when it takes too long.
pub(crate) fn bounded(program: impl AsRef<std::ffi::OsStr>) -> Command {
    bounded_to(LIMIT, program)
}

/// A command that is killed when it takes longer than so many seconds.
fn bounded_to(seconds: u32, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command
        .arg("--kill-after=5")
        .arg(seconds.to_string())
        .arg(program);
    command
}

impl LabHost {
    fn parse(line: &str) -> Self {
        let mut fields = line.split('\t').map(str::to_owned);
        let mut next = || {
            fields
                .next()
                .unwrap_or_else(|| panic!("short line: {line}"))
        };
        let (name, suite, address) = (next(), next(), next());
        let (first, services) = (next(), next());
        Self {
            has_ssh: first == "systemd" || services.contains("ssh"),
            for_pairs: name.starts_with("pair-"),
            shared: first == "shared",
            name,
            suite,
            address,
        }
    }
}

impl Lab {
    /// Every host but those for pairs.
    pub(crate) fn hosts(&self) -> &[LabHost] {
        &self.hosts
    }

    /// The hosts for pairs.
    pub(crate) fn pair_hosts(&self) -> &[LabHost] {
        &self.pair_hosts
    }

    /// Whether the host was started: `PLIMSOLL_LAB_HOSTS` may leave some out.
    pub(crate) fn is_up(&self, host: &str) -> bool {
        self.state.join("hosts").join(host).join("ready").exists()
    }

    /// The host of this name.
    pub(crate) fn host(&self, name: &str) -> &LabHost {
        self.hosts
            .iter()
            .chain(&self.pair_hosts)
            .find(|host| host.name == name)
            .unwrap_or_else(|| panic!("no host {name}"))
    }

    /// What no two labs of this machine may do at once, as long as the answer is kept: the kernel has one set of audit rules.
    pub(crate) fn machine(&self) -> fs::File {
        let base = fs::canonicalize(self.state.join("base-trixie")).unwrap();
        let cache = fs::File::open(base.parent().unwrap()).unwrap();
        cache.lock().unwrap();
        cache
    }

    /// The inventory that reaches every host as root, or by TLS.
    pub(crate) fn inventory(&self) -> PathBuf {
        self.state.join("inventory.toml")
    }

    /// A file among the SSH keys: `id_ed25519`, `id_unknown`, `known_hosts`, `known_hosts_changed` …
    pub(crate) fn ssh_file(&self, name: &str) -> PathBuf {
        existing(self.state.join("keys/ssh").join(name))
    }

    /// A file among the TLS certificates: `ca.pem`, `cert.pem`, `key.pem`, `expired-cert.pem`, `foreign-ca.pem` …
    pub(crate) fn tls_file(&self, name: &str) -> PathBuf {
        existing(self.state.join("keys/tls").join(name))
    }

    /// The OpenSSH client with the lab's key and known hosts and nothing of the caller's own. The destination and the
    /// remote command are for the caller to add.
    pub(crate) fn ssh_client(&self, user: &str) -> Command {
        let mut command = bounded("ssh");
        command
            .args([
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
            ])
            .arg("-o")
            .arg(format!(
                "UserKnownHostsFile={}",
                self.ssh_file("known_hosts").display()
            ))
            .arg("-i")
            .arg(self.ssh_file("id_ed25519"))
            .args(["-l", user]);
        command
    }

    /// What a command says when it runs on a host for a user who logs in by SSH.
    pub(crate) fn ssh(&self, host: &str, user: &str, remote: &str) -> Answer {
        run(self
            .ssh_client(user)
            .arg(&self.host(host).address)
            .arg(format!("{OURS} {remote}")))
    }

    /// A path inside a host, as a path of this machine; always the live file, whatever is mounted where.
    pub(crate) fn inside(&self, host: &str, path: &str) -> PathBuf {
        let pid = fs::read_to_string(self.state.join("hosts").join(host).join("pid")).unwrap();
        PathBuf::from(format!("/proc/{}/root{path}", pid.trim()))
    }

    /// What a shell command says inside a host, as its root and past its SSH server.
    pub(crate) fn in_host(&self, host: &str, script: &str) -> Answer {
        self.in_host_for(LIMIT, host, script)
    }

    /// The same for a script that may take so many seconds.
    pub(crate) fn in_host_for(&self, seconds: u32, host: &str, script: &str) -> Answer {
        let run_id = self.state.file_name().unwrap();
        run(bounded_to(seconds, folder().join("in-host"))
            .env("PLIMSOLL_LAB_RUN", run_id)
            .args([host, "sh", "-c", script]))
    }
}

fn existing(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "the lab has no {}", path.display());
    path
}
