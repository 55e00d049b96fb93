//! Logins, commands and ways to the engine over OpenSSH.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::inventory::spec::{Endpoint, HostSpec, SshTarget, Sudo};
use plimsoll::transport::{Dial as _, RemoteCommand};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{account, connect, dialer, in_time, over_ssh, probe, reaches_engine, refused, spec};
use crate::harness::{Lab, bounded, lab, run};

/// Where packets vanish.
const BLACK_HOLE: &str = "10.77.0.98";

#[tokio::test]
async fn every_ssh_server_gives_its_key_its_shell_and_its_engine() {
    let Some(lab) = lab() else { return };
    for host in lab.hosts().iter().filter(|host| host.has_ssh) {
        let connection = connect(&over_ssh(account(lab, &host.name, "deploy"))).await;
        let said = probe(connection.as_ref(), false, "id -un; hostname\n").await;
        assert_eq!(said, (format!("deploy\n{}\n", host.name), Some(0)));
        reaches_engine(connection.as_ref()).await;
        let forbidden = host.name == "no-forward";
        let route = if forbidden {
            "docker system dial-stdio"
        } else {
            "forwarded /var/run/docker.sock"
        };
        assert_eq!(connection.engine_route(), route, "{}", host.name);
        assert_eq!(connection.engine_streams(), if forbidden { 4 } else { 8 });

        let printed = run(bounded("ssh-keygen")
            .args(["-l", "-F", &host.address, "-f"])
            .arg(lab.ssh_file("known_hosts")));
        let key = connection.peer_key().unwrap();
        assert!(
            printed.ok && printed.out.contains(&key),
            "{key}: {}",
            printed.out
        );
        connection.close().await;
    }
}

#[tokio::test]
async fn accounts_get_as_far_as_they_may() {
    let Some(lab) = lab() else { return };
    for host in ["clean-26", "no-forward"] {
        // No group, no sudo.
        let connection = connect(&over_ssh(account(lab, host, "auditor"))).await;
        let failure = in_time(connection.open_engine()).await.err().unwrap();
        assert_eq!(failure.class, FailureClass::SocketDenied, "{failure:#?}");

        // Root by sudo alone.
        let ops = over_ssh(account(lab, host, "ops"));
        let connection = connect(&ops).await;
        reaches_engine(connection.as_ref()).await;
        assert_eq!(
            connection.engine_route(),
            "sudo -n docker system dial-stdio"
        );
        let said = probe(connection.as_ref(), true, "id -u\n").await;
        assert_eq!(said, ("0\n".to_owned(), Some(0)));

        let never = HostSpec {
            sudo: Sudo::Never,
            ..ops
        };
        let connection = connect(&never).await;
        let failure = in_time(connection.open_engine()).await.err().unwrap();
        assert_eq!(failure.class, FailureClass::SocketDenied, "{failure:#?}");
    }
}

#[tokio::test]
async fn a_named_socket_that_is_not_there_is_no_other_engine() {
    let Some(lab) = lab() else { return };
    let connection = connect(&spec(Endpoint::Ssh {
        target: account(lab, "clean-26", "root"),
        socket: Some("/run/absent.sock".to_owned()),
    }))
    .await;
    let failure = in_time(connection.open_engine()).await.err().unwrap();
    assert_eq!(failure.class, FailureClass::ForwardRefused, "{failure:#?}");
}

#[tokio::test]
async fn keys_of_hosts_and_users_are_checked() {
    let Some(lab) = lab() else { return };
    let good = account(lab, "clean-26", "deploy");
    let with_known = |name: &str| {
        over_ssh(SshTarget {
            known_hosts: vec![lab.ssh_file(name)],
            ..good.clone()
        })
    };
    let with_key = |name: &str| {
        over_ssh(SshTarget {
            identity_files: vec![lab.ssh_file(name)],
            ..good.clone()
        })
    };
    refused(
        &with_known("known_hosts_changed"),
        FailureClass::HostkeyChanged,
        Stage::Hostkey,
    )
    .await;
    refused(
        &with_known("known_hosts_empty"),
        FailureClass::HostkeyUnknown,
        Stage::Hostkey,
    )
    .await;
    let failure = refused(
        &with_key("id_unknown"),
        FailureClass::Auth,
        Stage::Authentication,
    )
    .await;
    assert!(
        failure.message.contains("it takes publickey"),
        "{failure:#?}"
    );
    let failure = refused(
        &with_key("id_encrypted"),
        FailureClass::Auth,
        Stage::Authentication,
    )
    .await;
    assert!(failure.hint.contains("ssh-add"), "{failure:#?}");
    connect(&with_key("id_ecdsa")).await.close().await;
}

/// An agent of OpenSSH with the lab's key; it binds each of its connections to one session.
struct Agent {
    child: Child,
    folder: tempfile::TempDir,
}

impl Agent {
    async fn start(lab: &Lab) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent.sock");
        let child = std::process::Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let agent = Self { child, folder };
        let waiting = async {
            while tokio::net::UnixStream::connect(&socket).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        in_time(waiting).await;
        let added = run(bounded("ssh-add")
            .env("SSH_AUTH_SOCK", &socket)
            .arg(lab.ssh_file("id_ed25519")));
        assert!(added.ok, "{}", added.err);
        agent
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("agent.sock")
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        assert!(ended.is_ok() || std::thread::panicking(), "{ended:?}");
    }
}

#[tokio::test]
async fn an_agent_of_openssh_signs_for_many_logins_at_once() {
    let Some(lab) = lab() else { return };
    let agent = Agent::start(lab).await;
    let dialer = dialer(Some(agent.socket()));
    let specs: Vec<HostSpec> = ["clean-26", "clean-2010", "neglected", "no-forward"]
        .iter()
        .map(|host| {
            over_ssh(SshTarget {
                identity_files: Vec::new(),
                ..account(lab, host, "deploy")
            })
        })
        .collect();
    let dials = specs.iter().map(|spec| dialer.dial(spec, &|_| {}));
    for dialled in in_time(futures_util::future::join_all(dials)).await {
        match dialled {
            Ok(connection) => connection.close().await,
            Err(failure) => panic!("{failure:#?}"),
        }
    }
}

#[tokio::test]
async fn hosts_are_reached_through_others() {
    let Some(lab) = lab() else { return };
    let target = account(lab, "clean-26", "root");
    for jumps in [&["clean-2010"][..], &["clean-2010", "neglected"]] {
        let spec = HostSpec {
            jumps: jumps
                .iter()
                .map(|jump| account(lab, jump, "deploy"))
                .collect(),
            ..over_ssh(target.clone())
        };
        let connection = connect(&spec).await;
        let said = probe(connection.as_ref(), false, "hostname\n").await;
        assert_eq!(said.0, "clean-26\n");
        reaches_engine(connection.as_ref()).await;
        connection.close().await;
    }
    let forbidden = HostSpec {
        jumps: vec![account(lab, "no-forward", "deploy")],
        ..over_ssh(target)
    };
    refused(&forbidden, FailureClass::ForwardRefused, Stage::Tcp).await;
}

#[tokio::test]
async fn packets_that_vanish_are_a_timeout() {
    let Some(lab) = lab() else { return };
    let lost = HostSpec {
        connect_timeout: Duration::from_millis(500),
        ..over_ssh(SshTarget {
            host: BLACK_HOLE.to_owned(),
            ..account(lab, "clean-26", "root")
        })
    };
    refused(&lost, FailureClass::Timeout, Stage::Tcp).await;
}

#[tokio::test]
async fn nothing_of_a_connection_is_left_on_the_host() {
    let Some(lab) = lab() else { return };
    let mine = "pgrep -u auditor -f . || true";
    let connection = connect(&HostSpec {
        sudo: Sudo::Never,
        ..over_ssh(account(lab, "no-forward", "auditor"))
    })
    .await;
    let starting = connection
        .run(RemoteCommand::Probe { sudo: false })
        .unwrap();
    let mut process = in_time(starting).await.unwrap();
    // A probe that has read all of its script and would go on for ever, were it not for its channel.
    process.stream.write_all(b"echo on; cat\n").await.unwrap();
    let mut said = [0; 3];
    in_time(process.stream.read_exact(&mut said)).await.unwrap();
    assert!(!lab.in_host("no-forward", mine).out.is_empty());
    connection.close().await;
    drop((process, connection));
    let gone = async {
        while !lab.in_host("no-forward", mine).out.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    in_time(gone).await;
}

/// Prints what a login and a round trip cost here; figures are for people, so nothing is asserted of them.
#[tokio::test]
async fn what_logins_and_round_trips_cost() {
    let Some(lab) = lab() else { return };
    for host in ["clean-26", "no-forward"] {
        let mut logins = Vec::new();
        let mut trips = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            let connection = connect(&over_ssh(account(lab, host, "root"))).await;
            logins.push(start.elapsed());
            probe(connection.as_ref(), false, ":\n").await;
            let mut stream = in_time(connection.open_engine()).await.unwrap();
            let mut answer = vec![0; 4096];
            for _ in 0..20 {
                let start = Instant::now();
                stream
                    .write_all(b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
                    .await
                    .unwrap();
                let n = in_time(stream.read(&mut answer)).await.unwrap();
                assert!(answer[..n].ends_with(b"OK"));
                trips.push(start.elapsed());
            }
            connection.close().await;
        }
        logins.sort();
        trips.sort();
        eprintln!(
            "{host}: login {:?}, one request and answer {:?} (medians)",
            logins[logins.len() / 2],
            trips[trips.len() / 2]
        );
    }
}
