//! Reaching hosts over real sockets on this machine: SSH and TLS servers made by the tests, and peers that are neither.

mod agent;
mod ask;
mod engine;
mod jump;
mod local;
mod login;
mod peers;
mod process;
pub(crate) mod ssh_host;
mod tls;
mod tls_host;
mod trust;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::domain::host::{HostHeader, Mode, Transport};
use plimsoll::inventory::spec::{Endpoint, HostKeyPolicy, HostSpec, SshTarget, Sudo};
use plimsoll::transport::{Connection, Dial as _, Dialer, SshEnvironment};

/// Longest wait for anything that has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A connect timeout for peers that never answer.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

/// What `work` gives, which must come in time.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it did not happen in time")
}

/// A host behind `endpoint`, with a generous timeout and no sudo.
pub(crate) fn spec(endpoint: Endpoint) -> HostSpec {
    HostSpec {
        header: HostHeader {
            name: "host".to_owned(),
            groups: Vec::new(),
            labels: std::collections::BTreeMap::new(),
            mode: Mode::Audit,
            profile: "recommended".to_owned(),
            endpoint: "as the test says".to_owned(),
            transport: Transport::Ssh,
            jumps: Vec::new(),
        },
        endpoint,
        jumps: Vec::new(),
        tls: None,
        sudo: Sudo::Never,
        mode_reason: None,
        connect_timeout: PATIENCE,
        host_timeout: PATIENCE,
        policy: plimsoll::domain::policy::Policy::default(),
        guardrails: plimsoll::inventory::spec::Guardrails::default(),
        files: Vec::new(),
    }
}

/// An SSH server at `port` of this machine, keys and files still to be named.
pub(crate) fn target(port: u16) -> SshTarget {
    SshTarget {
        host: "127.0.0.1".to_owned(),
        port,
        user: Some("ops".to_owned()),
        identity_files: Vec::new(),
        known_hosts: Vec::new(),
        host_key: HostKeyPolicy::Strict,
        ..SshTarget::default()
    }
}

/// A host behind an SSH server.
pub(crate) fn over_ssh(target: SshTarget) -> HostSpec {
    spec(Endpoint::Ssh {
        target,
        socket: None,
    })
}

/// A dialer that brings nothing of this machine along.
pub(crate) fn dialer() -> Dialer {
    Dialer::new(
        SshEnvironment {
            user: "nobody".to_owned(),
            ..SshEnvironment::default()
        },
        Arc::default(),
    )
}

/// What a dial came to, and the stages it went through.
pub(crate) struct Dialled {
    pub(crate) result: Result<Box<dyn Connection>, Failure>,
    pub(crate) stages: Vec<Stage>,
}

impl Dialled {
    pub(crate) fn connection(self) -> Box<dyn Connection> {
        match self.result {
            Ok(connection) => connection,
            Err(failure) => panic!("{failure:#?}"),
        }
    }

    pub(crate) fn failure(self) -> Failure {
        match self.result {
            Ok(_) => panic!("it connected"),
            Err(failure) => failure,
        }
    }

    /// The failure, which must be of this class, at the stage last entered, and say what to do.
    pub(crate) fn failed(self, class: FailureClass, stage: Stage) -> Failure {
        let last = self.stages.last().copied();
        let failure = self.failure();
        assert_eq!(
            (failure.class, failure.stage),
            (class, stage),
            "{failure:#?}"
        );
        assert_eq!(last, Some(stage), "the last stage told was another one");
        assert!(!failure.message.is_empty() && !failure.hint.is_empty());
        assert!(!failure.message.contains(['\n', '\u{1b}']), "{failure:?}");
        failure
    }
}

/// Dials `spec`.
pub(crate) async fn dial(dialer: &Dialer, spec: &HostSpec) -> Dialled {
    let stages = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&stages);
    let result = in_time(dialer.dial(spec, &move |stage| heard.lock().unwrap().push(stage))).await;
    let stages = stages.lock().unwrap().clone();
    Dialled { result, stages }
}

/// A file kept with the tests.
pub(crate) fn fixture(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(path)
}
