//! Host keys: what is refused, what is remembered, and that nothing is said to a host that is not trusted.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::inventory::spec::{HostKeyPolicy, SshTarget};
use plimsoll::transport::{Dialer, SshEnvironment};
use russh::keys::{HashAlg, PrivateKey};

use super::ssh_host::{Plan, Seen, SshHost, key, known_hosts};
use super::{dial, dialer, fixture, over_ssh};

fn fingerprint(key: &PrivateKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

fn ecdsa() -> PrivateKey {
    russh::keys::load_secret_key(fixture("keys/ecdsa"), None).unwrap()
}

/// Dials a host that must be refused for its key, and checks that no key of ours was shown to it.
async fn refused(host: &SshHost, target: SshTarget, class: FailureClass) -> Failure {
    let failure = dial(&dialer(), &over_ssh(target))
        .await
        .failed(class, Stage::Hostkey);
    host.until(1, &Seen::Gone).await;
    assert_eq!(host.count(|seen| matches!(seen, Seen::Offered { .. })), 0);
    failure
}

#[tokio::test]
async fn an_unknown_key_is_refused_with_its_fingerprint_and_the_next_step() {
    for policy in [HostKeyPolicy::Strict, HostKeyPolicy::Ask] {
        let host = SshHost::start(Plan::default()).await;
        let file = known_hosts(host.folder.path(), host.port, &[]);
        let target = SshTarget {
            known_hosts: vec![file.clone()],
            host_key: policy,
            ..host.target()
        };
        let target = SshTarget {
            known_hosts: vec![known_hosts(host.folder.path(), host.port, &[])],
            ..target
        };
        let failure = refused(&host, target, FailureClass::HostkeyUnknown).await;
        assert!(
            failure.message.contains(&fingerprint(&key(1))),
            "{failure:?}"
        );
        let scan = format!(
            "ssh-keyscan -p {} 127.0.0.1 >> {}",
            host.port,
            file.display()
        );
        assert!(failure.hint.contains(&scan), "{failure:?}");
        assert_eq!(std::fs::read_to_string(file).unwrap(), "");
    }
}

#[tokio::test]
async fn a_changed_key_is_refused_with_both_fingerprints_whatever_the_policy() {
    for policy in [HostKeyPolicy::Strict, HostKeyPolicy::AcceptNew] {
        let host = SshHost::start(Plan::default()).await;
        let target = host.target();
        let file = known_hosts(host.folder.path(), host.port, &[key(9).public_key()]);
        let before = std::fs::read_to_string(&file).unwrap();
        let target = SshTarget {
            host_key: policy,
            ..target
        };
        let failure = refused(&host, target, FailureClass::HostkeyChanged).await;
        assert!(
            failure.message.contains(&fingerprint(&key(1))),
            "{failure:?}"
        );
        assert!(
            failure.message.contains(&fingerprint(&key(9))),
            "{failure:?}"
        );
        assert!(failure.hint.contains("ssh-keygen -f "), "{failure:?}");
        assert!(
            failure.causes[0].starts_with(&format!("{}:1 has ssh-ed25519", file.display())),
            "{failure:?}"
        );
        assert_eq!(std::fs::read_to_string(file).unwrap(), before);
    }
}

#[tokio::test]
async fn a_key_of_another_type_than_the_one_on_file_is_not_new() {
    let host = SshHost::start(Plan::default()).await;
    let target = SshTarget {
        host_key: HostKeyPolicy::AcceptNew,
        ..host.target()
    };
    known_hosts(host.folder.path(), host.port, &[ecdsa().public_key()]);
    let failure = refused(&host, target, FailureClass::HostkeyChanged).await;
    assert!(
        failure.message.contains("only keys of another type"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn the_type_on_file_is_asked_for_first() {
    let host = SshHost::start(Plan {
        host_keys: vec![key(1), ecdsa()],
        ..Plan::default()
    })
    .await;
    let target = host.target();
    known_hosts(host.folder.path(), host.port, &[ecdsa().public_key()]);
    let connection = dial(&dialer(), &over_ssh(target)).await.connection();
    assert_eq!(connection.peer_key(), Some(fingerprint(&ecdsa())));
}

#[tokio::test]
async fn a_revoked_key_is_refused_though_it_is_also_on_file() {
    let host = SshHost::start(Plan::default()).await;
    let revoking = host.folder.path().join("revoked");
    let line = format!("@revoked * {}\n", key(1).public_key().to_openssh().unwrap());
    std::fs::write(&revoking, line).unwrap();
    let mut target = host.target();
    target.known_hosts.push(revoking);
    target.host_key = HostKeyPolicy::AcceptNew;
    refused(&host, target, FailureClass::HostkeyRevoked).await;
}

#[tokio::test]
async fn files_that_cannot_be_read_refuse_everybody() {
    let host = SshHost::start(Plan::default()).await;
    let good = host.target();
    let dangling = host.folder.path().join("dangling");
    symlink("/nonexistent/known_hosts", &dangling).unwrap();
    for bad in [
        host.folder.path(),
        dangling.as_path(),
        Path::new("/dev/zero"),
    ] {
        let mut target = good.clone();
        target.known_hosts.push(bad.to_owned());
        let dialled = dial(&dialer(), &over_ssh(target)).await;
        assert!(dialled.stages.is_empty(), "something was contacted");
        let failure = dialled.failure();
        assert_eq!(failure.class, FailureClass::HostkeyUnknown);
        assert_eq!(failure.stage, Stage::Hostkey);
        assert!(
            failure.message.contains(&bad.display().to_string())
                && failure.message.contains("cannot be read"),
            "{failure:?}"
        );
    }
    // A file that is simply not there is empty, as it is for ssh.
    let mut target = good;
    target.known_hosts.push(host.folder.path().join("absent"));
    target.known_hosts.push("/dev/null".into());
    dial(&dialer(), &over_ssh(target)).await.connection();
}

#[tokio::test]
async fn a_new_key_is_remembered_where_the_policy_says_so() {
    let host = SshHost::start(Plan::default()).await;
    let folder = host.folder.path().join("new");
    let file = folder.join("known_hosts");
    let target = SshTarget {
        known_hosts: vec![file.clone(), host.folder.path().join("second")],
        host_key: HostKeyPolicy::AcceptNew,
        ..host.target()
    };
    let dialer = dialer();
    dial(&dialer, &over_ssh(target.clone())).await.connection();

    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&file), 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    let expected = format!(
        "[127.0.0.1]:{} {}\n",
        host.port,
        key(1).public_key().to_openssh().unwrap()
    );
    assert_eq!(text, expected);

    // Known by now, to the strict as well, and not written twice.
    let strict = SshTarget {
        host_key: HostKeyPolicy::Strict,
        ..target.clone()
    };
    dial(&dialer, &over_ssh(strict)).await.connection();
    dial(&dialer, &over_ssh(target)).await.connection();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), expected);
}

#[tokio::test]
async fn a_new_key_is_put_behind_a_last_line_without_its_end() {
    let host = SshHost::start(Plan::default()).await;
    let file = host.folder.path().join("unfinished");
    std::fs::write(&file, "# a comment").unwrap();
    let target = SshTarget {
        known_hosts: vec![file.clone()],
        host_key: HostKeyPolicy::AcceptNew,
        ..host.target()
    };
    dial(&dialer(), &over_ssh(target)).await.connection();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# a comment\n[127.0.0.1]:"), "{text}");
}

#[tokio::test]
async fn many_new_hosts_at_once_are_all_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known_hosts");
    let dialer = dialer();
    let mut hosts = Vec::new();
    for seed in 20..32 {
        hosts.push(
            SshHost::start(Plan {
                host_keys: vec![key(seed)],
                ..Plan::default()
            })
            .await,
        );
    }
    let dials = hosts.iter().map(|host| {
        let target = SshTarget {
            known_hosts: vec![file.clone()],
            host_key: HostKeyPolicy::AcceptNew,
            ..host.target()
        };
        let dialer = &dialer;
        async move { dial(dialer, &over_ssh(target)).await.connection() }
    });
    futures_util::future::join_all(dials).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), hosts.len(), "{text}");
    for host in &hosts {
        assert!(text.contains(&format!("[127.0.0.1]:{} ssh-ed25519 ", host.port)));
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_remembered_is_not_accepted() {
    let host = SshHost::start(Plan::default()).await;
    let occupied = host.folder.path().join("id");
    let target = SshTarget {
        known_hosts: vec![occupied.join("known_hosts")],
        host_key: HostKeyPolicy::AcceptNew,
        ..host.target()
    };
    let failure = dial(&dialer(), &over_ssh(target)).await.failure();
    assert_eq!(failure.class, FailureClass::HostkeyUnknown, "{failure:?}");
    assert_eq!(host.count(|seen| matches!(seen, Seen::Offered { .. })), 0);
}

#[tokio::test]
async fn without_a_file_new_keys_are_pinned_for_the_run() {
    let first = SshHost::start(Plan::default()).await;
    let dialer = Dialer::new(SshEnvironment::default(), std::sync::Arc::default());
    let target = SshTarget {
        known_hosts: Vec::new(),
        host_key: HostKeyPolicy::AcceptNew,
        ..first.target()
    };
    dial(&dialer, &over_ssh(target.clone())).await.connection();
    // Known to this dialer now, also to the strict; to another one it is still unknown.
    let strict = SshTarget {
        host_key: HostKeyPolicy::Strict,
        ..target
    };
    dial(&dialer, &over_ssh(strict.clone())).await.connection();
    let other = Dialer::new(SshEnvironment::default(), std::sync::Arc::default());
    dial(&other, &over_ssh(strict))
        .await
        .failed(FailureClass::HostkeyUnknown, Stage::Hostkey);
}

#[tokio::test]
async fn a_file_that_changes_is_read_again() {
    let host = SshHost::start(Plan::default()).await;
    let dialer = dialer();
    let target = host.target();
    let spec = over_ssh(target);
    let wrong = [key(9), key(8)];
    known_hosts(
        host.folder.path(),
        host.port,
        &[wrong[0].public_key(), wrong[1].public_key()],
    );
    dial(&dialer, &spec)
        .await
        .failed(FailureClass::HostkeyChanged, Stage::Hostkey);
    known_hosts(host.folder.path(), host.port, &[key(1).public_key()]);
    dial(&dialer, &spec).await.connection();
}

#[tokio::test]
async fn the_files_of_this_machine_count_where_the_inventory_names_none() {
    let host = SshHost::start(Plan::default()).await;
    let target = host.target();
    let usual = Dialer::new(
        SshEnvironment {
            known_hosts: target.known_hosts.clone(),
            ..SshEnvironment::default()
        },
        std::sync::Arc::default(),
    );
    let unnamed = SshTarget {
        known_hosts: Vec::new(),
        ..target.clone()
    };
    dial(&usual, &over_ssh(unnamed)).await.connection();
    // Named files stand in for the usual ones, they do not add to them.
    let elsewhere = SshTarget {
        known_hosts: vec![host.folder.path().join("absent")],
        ..target
    };
    dial(&usual, &over_ssh(elsewhere))
        .await
        .failed(FailureClass::HostkeyUnknown, Stage::Hostkey);
}
