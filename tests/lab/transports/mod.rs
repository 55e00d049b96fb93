//! Our own transports against real SSH servers and real engines: every way in, every account, every refusal.

mod ssh;
mod tcp;

use std::path::PathBuf;
use std::time::Duration;

use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::domain::host::{HostHeader, Mode, Transport};
use plimsoll::inventory::spec::{Endpoint, HostKeyPolicy, HostSpec, SshTarget, Sudo, TlsFiles};
use plimsoll::transport::{
    ByteStream, Connection, Dial as _, Dialer, RemoteCommand, SshEnvironment,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::Lab;

/// Longest wait for anything that has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it did not happen in time")
}

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
        sudo: Sudo::Auto,
        mode_reason: None,
        connect_timeout: PATIENCE,
        host_timeout: PATIENCE,
        policy: plimsoll::domain::policy::Policy::default(),
        guardrails: plimsoll::inventory::spec::Guardrails::default(),
        files: Vec::new(),
    }
}

/// A host as one of its accounts, with the lab's key and known hosts.
pub(crate) fn account(lab: &Lab, host: &str, user: &str) -> SshTarget {
    SshTarget {
        host: lab.host(host).address.clone(),
        port: 22,
        user: Some(user.to_owned()),
        identity_files: vec![lab.ssh_file("id_ed25519")],
        known_hosts: vec![lab.ssh_file("known_hosts")],
        host_key: HostKeyPolicy::Strict,
        ..SshTarget::default()
    }
}

pub(crate) fn over_ssh(target: SshTarget) -> HostSpec {
    spec(Endpoint::Ssh {
        target,
        socket: None,
    })
}

pub(crate) fn over_tcp(address: &str, port: u16, tls: Option<TlsFiles>) -> HostSpec {
    HostSpec {
        tls,
        ..spec(Endpoint::Tcp {
            host: address.to_owned(),
            port,
        })
    }
}

pub(crate) fn tls(lab: &Lab, ca: &str, cert: &str, key: &str) -> TlsFiles {
    TlsFiles {
        ca: Some(lab.tls_file(ca)),
        cert: Some(lab.tls_file(cert)),
        key: Some(lab.tls_file(key)),
        ..TlsFiles::default()
    }
}

pub(crate) fn dialer(agent: Option<PathBuf>) -> Dialer {
    Dialer::new(
        SshEnvironment {
            agent,
            user: "nobody".to_owned(),
            ..SshEnvironment::default()
        },
        std::sync::Arc::default(),
    )
}

pub(crate) async fn dial(spec: &HostSpec) -> Result<Box<dyn Connection>, Failure> {
    in_time(dialer(None).dial(spec, &|_| {})).await
}

pub(crate) async fn connect(spec: &HostSpec) -> Box<dyn Connection> {
    match dial(spec).await {
        Ok(connection) => connection,
        Err(failure) => panic!("{failure:#?}"),
    }
}

pub(crate) async fn refused(spec: &HostSpec, class: FailureClass, stage: Stage) -> Failure {
    let failure = dial(spec).await.err().expect("it connected");
    assert_eq!(
        (failure.class, failure.stage),
        (class, stage),
        "{failure:#?}"
    );
    assert!(!failure.hint.is_empty());
    failure
}

/// What the engine answers to a request for its version.
pub(crate) async fn version(stream: &mut ByteStream) -> std::io::Result<String> {
    let asking = async {
        stream
            .write_all(b"GET /version HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    in_time(asking).await
}

pub(crate) async fn reaches_engine(connection: &dyn Connection) {
    let mut stream = match in_time(connection.open_engine()).await {
        Ok(stream) => stream,
        Err(failure) => panic!("{failure:#?}"),
    };
    let answer = version(&mut stream).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("ApiVersion"), "{answer}");
}

/// Output and status of a script run as the probe is.
pub(crate) async fn probe(
    connection: &dyn Connection,
    sudo: bool,
    script: &str,
) -> (String, Option<u32>) {
    let starting = connection.run(RemoteCommand::Probe { sudo }).unwrap();
    let mut process = in_time(starting).await.unwrap();
    let talking = async {
        process.stream.write_all(script.as_bytes()).await.unwrap();
        process.stream.shutdown().await.unwrap();
        let mut said = String::new();
        process.stream.read_to_string(&mut said).await.unwrap();
        (said, process.ended.await.unwrap().status)
    };
    in_time(talking).await
}
