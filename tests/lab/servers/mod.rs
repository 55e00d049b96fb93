//! OpenSSH servers with a configuration of their own, each on a port of its own inside one of the lab's hosts, and what
//! comes of reading the host through them.

mod bastion;
mod grant;
mod table;
mod traces;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll::access::link::Link;
use plimsoll::collect::{Collected, Order, host};
use plimsoll::domain::failure::{Failure, Stage};
use plimsoll::inventory::spec::{Endpoint, HostKeyPolicy, HostSpec, SshTarget};
use plimsoll::probe::Needs;
use plimsoll::redact::Redactor;
use plimsoll::transport::ask::Desk;
use plimsoll::transport::{Dial as _, Dialer, SshEnvironment, Watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::harness::Lab;

/// Longest wait for anything that has to happen.
const PATIENCE: Duration = Duration::from_secs(40);

/// Ports from here on are ours.
static NEXT_PORT: AtomicU16 = AtomicU16::new(20_000);

/// How a server is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup<'a> {
    /// The host it runs in.
    pub(crate) host: &'a str,
    /// Lines of its `sshd_config`, before those that every server here has: the first one counts.
    pub(crate) config: &'a str,
    /// Options of the lab's key in front of it in the authorized keys.
    pub(crate) key_options: &'a str,
}

/// A running server; ends when it is dropped.
pub(crate) struct Server {
    lab: &'static Lab,
    host: String,
    pub(crate) port: u16,
    known: tempfile::NamedTempFile,
}

impl Server {
    /// Starts a server and waits until it listens.
    pub(crate) fn start(lab: &'static Lab, setup: Setup<'_>) -> Self {
        Self::start_many(lab, setup, 1).remove(0)
    }

    /// Starts so many servers, alike but for their ports.
    pub(crate) fn start_many(lab: &'static Lab, setup: Setup<'_>, count: u16) -> Vec<Self> {
        let first = NEXT_PORT.fetch_add(count, Ordering::Relaxed);
        let last = first + count - 1;
        let keys = std::fs::read_to_string(lab.ssh_file("id_ed25519.pub")).unwrap();
        let (mut config, options) = (setup.config.to_owned(), setup.key_options);
        if !config.contains("PerSourcePenalties") {
            // Several tests share this address, and some of them fail to log in on purpose.
            config.push_str("\nPerSourcePenaltyExemptList 10.77.0.1");
        }
        let space = if options.is_empty() { "" } else { " " };
        let script = format!(
            "mkdir -p /run/lab-sshd /run/sshd && cd /run/lab-sshd
             [ -e rsa ] || ssh-keygen -q -t rsa -b 3072 -N '' -f rsa
             printf '%s' '{options}{space}{keys}' >{first}.keys
             for port in $(seq {first} {last}); do
                 cat >$port.conf <<CONF
{config}
Port $port
PidFile /run/lab-sshd/$port.pid
AuthorizedKeysFile /run/lab-sshd/{first}.keys
HostKey /etc/ssh/ssh_host_ed25519_key
StrictModes no
UseDNS no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel VERBOSE
CONF
                 # In the foreground it also logs what its sessions do.
                 setsid /usr/sbin/sshd -D -e -f $port.conf </dev/null >$port.log 2>&1 &
             done
             for port in $(seq {first} {last}); do
                 for _ in $(seq 200); do grep -q listening $port.log && break; sleep 0.05; done
                 grep -q listening $port.log || {{ cat $port.log >&2; exit 1; }}
             done"
        );
        let started = lab.in_host(setup.host, &script);
        assert!(started.ok, "{setup:?}: {} {}", started.out, started.err);
        let address = &lab.host(setup.host).address;
        let public = lab.in_host(
            setup.host,
            "cat /etc/ssh/ssh_host_ed25519_key.pub /run/lab-sshd/rsa.pub",
        );
        (first..=last)
            .map(|port| {
                let known = tempfile::NamedTempFile::new().unwrap();
                let lines: Vec<String> = public
                    .out
                    .lines()
                    .map(|key| format!("[{address}]:{port} {key}\n"))
                    .collect();
                std::fs::write(known.path(), lines.concat()).unwrap();
                Self {
                    lab,
                    host: setup.host.to_owned(),
                    port,
                    known,
                }
            })
            .collect()
    }

    /// This server as one of the accounts, with the lab's key.
    pub(crate) fn target(&self, user: &str) -> SshTarget {
        SshTarget {
            host: self.lab.host(&self.host).address.clone(),
            port: self.port,
            user: Some(user.to_owned()),
            identity_files: vec![self.lab.ssh_file("id_ed25519")],
            known_hosts: vec![self.known_hosts()],
            host_key: HostKeyPolicy::Strict,
            // The agent of whoever runs the tests has no say.
            identities_only: true,
            ..SshTarget::default()
        }
    }

    /// The file with this server's keys.
    pub(crate) fn known_hosts(&self) -> PathBuf {
        self.known.path().to_owned()
    }

    /// What the server wrote down.
    pub(crate) fn log(&self) -> String {
        let path = format!("/run/lab-sshd/{}.log", self.port);
        std::fs::read_to_string(self.lab.inside(&self.host, &path)).unwrap()
    }

    /// How often somebody has logged in.
    pub(crate) fn logins(&self) -> usize {
        self.log().matches("Accepted publickey").count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let port = self.port;
        let stopped = self.lab.in_host(
            &self.host,
            &format!("kill $(cat /run/lab-sshd/{port}.pid) && rm -f /run/lab-sshd/{port}.conf"),
        );
        assert!(stopped.ok || std::thread::panicking(), "{stopped:?}");
    }
}

/// An inventory entry for `target`.
pub(crate) fn over(target: SshTarget, socket: Option<&str>) -> HostSpec {
    let endpoint = Endpoint::Ssh {
        target,
        socket: socket.map(str::to_owned),
    };
    HostSpec {
        connect_timeout: PATIENCE,
        host_timeout: PATIENCE,
        ..HostSpec::new("host", endpoint)
    }
}

pub(crate) fn dialer() -> Dialer {
    Dialer::new(SshEnvironment::default(), Arc::new(Desk::nobody()))
}

/// Everything that was told of a login.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<(Stage, String)>>);

impl Heard {
    pub(crate) fn at(&self, stage: Stage) -> Vec<String> {
        let heard = self.0.lock().unwrap();
        heard
            .iter()
            .filter(|(at, _)| *at == stage)
            .map(|(_, note)| note.clone())
            .collect()
    }
}

impl Watch for Heard {
    fn entered(&self, _stage: Stage) {}

    fn noted(&self, stage: Stage, note: &str) {
        self.0.lock().unwrap().push((stage, note.to_owned()));
    }
}

/// What came of reading a host.
pub(crate) struct Outcome {
    pub(crate) read: Result<Collected, Failure>,
    pub(crate) route: String,
    pub(crate) heard: Heard,
}

/// Reads a host as a sweep does.
pub(crate) async fn read(dialer: &Dialer, spec: &HostSpec) -> Outcome {
    let heard = Heard::default();
    let dialled = tokio::time::timeout(PATIENCE, dialer.dial_watched(spec, &heard)).await;
    let connection = match dialled.expect("the dial did not end in time") {
        Ok(connection) => connection,
        Err(failure) => {
            return Outcome {
                read: Err(failure),
                route: String::new(),
                heard,
            };
        }
    };
    let link = Link::read_only(Arc::from(connection));
    let order = Order {
        transport: spec.header.transport,
        needs: &Needs::default(),
        redactor: &Redactor::new([3; 32]),
        sudo: spec.sudo,
        read_only: false,
        deadline: Instant::now() + PATIENCE,
        cancel: &CancellationToken::new(),
        clock: &plimsoll::app::environment::now,
        progress: &|_: Stage, _, _| (),
    };
    let collected = host(&link, &order).await;
    let route = link.route();
    link.close().await;
    Outcome {
        read: Ok(collected),
        route,
        heard,
    }
}
