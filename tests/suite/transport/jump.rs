//! Jump hosts: one login for all the hosts behind each, every hop checked under its own name.

use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::inventory::spec::{HostSpec, SshTarget};
use plimsoll::transport::RemoteCommand;
use russh::keys::HashAlg;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::ssh_host::{Plan, Script, Seen, SshHost, key, key_file};
use super::{SHORT, dial, dialer, in_time, over_ssh};

async fn bastion() -> SshHost {
    SshHost::start(Plan {
        host_keys: vec![key(5)],
        sockets: Vec::new(),
        ..Plan::default()
    })
    .await
}

fn behind(jumps: &[&SshHost], host: &SshHost) -> HostSpec {
    HostSpec {
        jumps: jumps.iter().map(|jump| jump.target()).collect(),
        ..over_ssh(host.target())
    }
}

fn logins(host: &SshHost) -> usize {
    host.count(|seen| *seen == Seen::LoggedIn)
}

#[tokio::test]
async fn a_host_is_reached_through_a_jump_host() {
    let jump = bastion().await;
    let host = SshHost::start(Plan {
        commands: [(
            "sh -s".to_owned(),
            Script {
                echoes: true,
                ..Script::default()
            },
        )]
        .into(),
        ..Plan::default()
    })
    .await;
    let dialled = dial(&dialer(), &behind(&[&jump], &host)).await;
    assert_eq!(
        dialled.stages,
        [
            Stage::Name,
            Stage::Tcp,
            Stage::Kex,
            Stage::Hostkey,
            Stage::Authentication,
            Stage::Channel
        ]
    );
    let connection = dialled.connection();
    assert_eq!(
        connection.peer_key(),
        Some(key(1).fingerprint(HashAlg::Sha256).to_string()),
        "the key is that of the host, not of the jump host"
    );
    in_time(connection.open_engine()).await.unwrap();
    let probe = RemoteCommand::Probe { sudo: false };
    let mut process = in_time(connection.run(probe).unwrap()).await.unwrap();
    process.stream.write_all(b"hello").await.unwrap();
    process.stream.shutdown().await.unwrap();
    let mut said = String::new();
    in_time(process.stream.read_to_string(&mut said))
        .await
        .unwrap();
    assert_eq!(said, "hello");
    assert!(
        jump.seen()
            .contains(&Seen::Tunnel("127.0.0.1".to_owned(), host.port))
    );

    // With its last host the jump host is let go of too.
    connection.close().await;
    drop(connection);
    drop(process);
    host.until(1, &Seen::Gone).await;
    jump.until(1, &Seen::Gone).await;
}

#[tokio::test]
async fn many_hosts_share_one_login() {
    let jump = bastion().await;
    let mut hosts = Vec::new();
    for _ in 0..12 {
        hosts.push(SshHost::start(Plan::default()).await);
    }
    let specs: Vec<HostSpec> = hosts.iter().map(|host| behind(&[&jump], host)).collect();
    let dialer = dialer();
    let dials = specs.iter().map(|spec| dial(&dialer, spec));
    let connections: Vec<_> = in_time(futures_util::future::join_all(dials))
        .await
        .into_iter()
        .map(super::Dialled::connection)
        .collect();
    assert_eq!(logins(&jump), 1);
    assert_eq!(jump.count(|seen| matches!(seen, Seen::Tunnel(..))), 12);

    // A host that comes later uses it too, as long as somebody holds it.
    let later = dial(&dialer, &specs[0]).await.connection();
    assert_eq!(logins(&jump), 1);
    drop(connections);
    drop(later);
    jump.until(1, &Seen::Gone).await;
    dial(&dialer, &specs[0]).await.connection();
    assert_eq!(logins(&jump), 2);
}

#[tokio::test]
async fn jump_hosts_make_chains() {
    let (outer, inner) = (bastion().await, bastion().await);
    let host = SshHost::start(Plan::default()).await;
    let dialer = dialer();
    let both = dial(&dialer, &behind(&[&outer, &inner], &host))
        .await
        .connection();
    // The outer one is shared with hosts right behind it.
    let one = dial(&dialer, &behind(&[&outer], &host)).await.connection();
    assert_eq!((logins(&outer), logins(&inner), logins(&host)), (1, 1, 2));
    drop((both, one));
}

#[tokio::test]
async fn every_hop_is_checked_under_its_own_name() {
    let jump = bastion().await;
    let host = SshHost::start(Plan::default()).await;

    // The jump host's own key is not on file.
    let mut spec = behind(&[&jump], &host);
    spec.jumps[0].known_hosts = vec![host.folder.path().join("absent")];
    let failure = dial(&dialer(), &spec).await.failure();
    assert_eq!(failure.class, FailureClass::HostkeyUnknown);
    assert!(failure.message.starts_with("jump host: "), "{failure:?}");
    assert_eq!(host.count(|seen| *seen == Seen::Connected), 0);

    // The host's key is that of another host.
    let spec = HostSpec {
        jumps: vec![jump.target()],
        ..over_ssh(SshTarget {
            known_hosts: jump.target().known_hosts,
            ..host.target()
        })
    };
    let failure = dial(&dialer(), &spec)
        .await
        .failed(FailureClass::HostkeyUnknown, Stage::Hostkey);
    assert!(
        failure
            .message
            .contains(&format!("[127.0.0.1]:{}", host.port)),
        "{failure:?}"
    );
    assert_eq!(logins(&host), 0);
}

/// Servers lock out an address that keeps trying, and that address is the operator's only way in.
#[tokio::test]
async fn a_jump_host_that_refuses_is_asked_once_for_all() {
    let jump = bastion().await;
    let host = SshHost::start(Plan::default()).await;
    let mut spec = behind(&[&jump], &host);
    spec.jumps[0].identity_files = vec![key_file(jump.folder.path(), "wrong", &key(9))];
    let dialer = dialer();
    let dials = (0..10).map(|_| dial(&dialer, &spec));
    for dialled in in_time(futures_util::future::join_all(dials)).await {
        let failure = dialled.failure();
        assert_eq!(failure.class, FailureClass::Auth, "{failure:?}");
        assert!(failure.message.starts_with("jump host: "), "{failure:?}");
    }
    dial(&dialer, &spec).await.failure();
    assert_eq!(jump.count(|seen| *seen == Seen::Connected), 1);

    // A person who put it right is not kept waiting.
    dialer.forget_failures();
    dial(&dialer, &spec).await.failure();
    assert_eq!(jump.count(|seen| *seen == Seen::Connected), 2);
    dialer.forget_failures();
    dial(&dialer, &behind(&[&jump], &host)).await.connection();
}

#[tokio::test]
async fn a_jump_host_that_does_not_forward_is_named() {
    let jump = SshHost::start(Plan {
        forwards: false,
        ..Plan::default()
    })
    .await;
    let host = SshHost::start(Plan::default()).await;
    let failure = dial(&dialer(), &behind(&[&jump], &host))
        .await
        .failed(FailureClass::ForwardRefused, Stage::Tcp);
    assert!(failure.hint.contains("AllowTcpForwarding"), "{failure:?}");
}

#[tokio::test]
async fn a_host_that_the_jump_host_does_not_reach_is_unreachable() {
    let jump = bastion().await;
    let host = SshHost::start(Plan::default()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut spec = behind(&[&jump], &host);
    let closed = SshTarget {
        port: listener.local_addr().unwrap().port(),
        ..host.target()
    };
    drop(listener);
    spec.endpoint = over_ssh(closed).endpoint;
    dial(&dialer(), &spec)
        .await
        .failed(FailureClass::Unreachable, Stage::Tcp);
}

#[tokio::test]
async fn a_silent_host_behind_a_jump_host_holds_up_no_other() {
    let jump = bastion().await;
    let host = SshHost::start(Plan::default()).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut slow = behind(&[&jump], &host);
    let target = SshTarget {
        port: silent.local_addr().unwrap().port(),
        ..host.target()
    };
    slow.endpoint = over_ssh(target).endpoint;
    slow.connect_timeout = SHORT;
    let dialer = dialer();
    let spec = behind(&[&jump], &host);
    let (slow, quick) = tokio::join!(dial(&dialer, &slow), dial(&dialer, &spec));
    slow.failed(FailureClass::Timeout, Stage::Kex);
    quick.connection();
}

#[tokio::test]
async fn a_host_that_gives_up_does_not_stop_the_login_for_the_others() {
    let jump = bastion().await;
    let host = SshHost::start(Plan::default()).await;
    let spec = behind(&[&jump], &host);
    let dialer = dialer();
    {
        let mut first = plimsoll::transport::Dial::dial(&dialer, &spec, &|_| {});
        // Polled once: the login to the jump host is under way.
        assert!(futures_util::FutureExt::now_or_never(&mut first).is_none());
    }
    dial(&dialer, &spec).await.connection();
    assert_eq!(jump.count(|seen| *seen == Seen::Connected), 1);
}
