//! Logging in: stages, keys, and what is said when it fails.

use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::inventory::spec::SshTarget;
use russh::keys::{HashAlg, PrivateKey};
use russh::{MethodKind, MethodSet};

use super::ssh_host::{Plan, Seen, SshHost, key, key_file};
use super::{dial, dialer, fixture, over_ssh};

fn fingerprint(key: &PrivateKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

fn offers(host: &SshHost) -> usize {
    host.count(|seen| matches!(seen, Seen::Offered { .. }))
}

#[tokio::test]
async fn a_login_tells_its_stages_and_the_key_of_the_host() {
    let host = SshHost::start(Plan::default()).await;
    let dialled = dial(&dialer(), &over_ssh(host.target())).await;
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
    assert_eq!(connection.peer_key(), Some(fingerprint(&key(1))));
    assert_eq!(connection.opened(), 0);
    connection.close().await;
    host.until(1, &Seen::Gone).await;
}

#[tokio::test]
async fn dropping_a_connection_ends_it() {
    let host = SshHost::start(Plan::default()).await;
    let connection = dial(&dialer(), &over_ssh(host.target())).await.connection();
    drop(connection);
    host.until(1, &Seen::Gone).await;
}

#[tokio::test]
async fn refused_keys_are_named_with_what_else_the_server_takes() {
    let methods = [MethodKind::PublicKey, MethodKind::KeyboardInteractive];
    let host = SshHost::start(Plan {
        methods: MethodSet::from(methods.as_slice()),
        ..Plan::default()
    })
    .await;
    let target = SshTarget {
        identity_files: vec![
            key_file(host.folder.path(), "one", &key(3)),
            key_file(host.folder.path(), "two", &key(4)),
            host.folder.path().join("absent"),
        ],
        ..host.target()
    };
    let failure = dial(&dialer(), &over_ssh(target))
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    assert!(failure.message.contains("all 2 keys of ops"), "{failure:?}");
    assert!(
        failure.message.contains("publickey, keyboard-interactive"),
        "{failure:?}"
    );
    let causes = failure.causes.join("\n");
    assert!(causes.contains(&fingerprint(&key(3))), "{causes}");
    assert!(causes.contains(&fingerprint(&key(4))), "{causes}");
    assert!(
        causes.contains("absent was not tried: it does not exist"),
        "{causes}"
    );
    assert_eq!(offers(&host), 2);
    host.until(1, &Seen::Gone).await;
}

#[tokio::test]
async fn the_right_key_may_come_after_wrong_ones() {
    let host = SshHost::start(Plan::default()).await;
    let mut target = host.target();
    target
        .identity_files
        .insert(0, key_file(host.folder.path(), "wrong", &key(3)));
    dial(&dialer(), &over_ssh(target)).await.connection();
    assert_eq!(offers(&host), 2);
}

#[tokio::test]
async fn no_more_than_five_keys_are_offered() {
    let host = SshHost::start(Plan::default()).await;
    let target = SshTarget {
        identity_files: (10..18)
            .map(|seed| key_file(host.folder.path(), &format!("id{seed}"), &key(seed)))
            .collect(),
        ..host.target()
    };
    let failure = dial(&dialer(), &over_ssh(target))
        .await
        .failed(FailureClass::AuthTooMany, Stage::Authentication);
    assert!(failure.hint.contains("identity_file"));
    assert_eq!(failure.causes.len(), 5, "{failure:?}");
    assert_eq!(offers(&host), 5);
}

#[tokio::test]
async fn a_server_that_has_enough_is_heard() {
    let host = SshHost::start(Plan {
        max_tries: 2,
        ..Plan::default()
    })
    .await;
    let target = SshTarget {
        identity_files: (10..14)
            .map(|seed| key_file(host.folder.path(), &format!("id{seed}"), &key(seed)))
            .collect(),
        ..host.target()
    };
    let failure = dial(&dialer(), &over_ssh(target)).await.failure();
    assert_eq!(failure.stage, Stage::Authentication, "{failure:?}");
    assert!(
        failure.causes.join("\n").contains(&fingerprint(&key(10))),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_key_that_is_not_enough_is_told_from_a_refused_one() {
    let host = SshHost::start(Plan {
        second_factor: Some(MethodKind::KeyboardInteractive),
        ..Plan::default()
    })
    .await;
    let failure = dial(&dialer(), &over_ssh(host.target()))
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    assert!(
        failure
            .message
            .contains("asks for more: keyboard-interactive"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_server_that_takes_no_keys_says_so() {
    let host = SshHost::start(Plan {
        methods: MethodSet::from([MethodKind::Password].as_slice()),
        ..Plan::default()
    })
    .await;
    let target = SshTarget {
        identity_files: vec![host.folder.path().join("absent")],
        ..host.target()
    };
    let failure = dial(&dialer(), &over_ssh(target))
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    assert!(failure.message.contains("takes no keys"), "{failure:?}");
    assert!(failure.message.contains("password"), "{failure:?}");
    assert_eq!(offers(&host), 0);
}

#[tokio::test]
async fn an_encrypted_key_is_not_taken_for_a_refused_one() {
    let host = SshHost::start(Plan::default()).await;
    let target = SshTarget {
        identity_files: vec![fixture("keys/encrypted")],
        ..host.target()
    };
    let failure = dial(&dialer(), &over_ssh(target))
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    assert!(
        failure.causes.join("\n").contains("it is encrypted"),
        "{failure:?}"
    );
    assert!(failure.hint.contains("ssh-add "), "{failure:?}");
    assert_eq!(offers(&host), 0);
}

#[tokio::test]
async fn damaged_and_foreign_files_are_named() {
    let host = SshHost::start(Plan::default()).await;
    let damaged = host.folder.path().join("damaged");
    std::fs::write(&damaged, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n").unwrap();
    let target = SshTarget {
        identity_files: vec![damaged, host.folder.path().to_owned()],
        ..host.target()
    };
    let failure = dial(&dialer(), &over_ssh(target))
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    let causes = failure.causes.join("\n");
    assert!(
        causes.contains("no private key in a known format"),
        "{causes}"
    );
    assert!(causes.contains("cannot be read: not a file"), "{causes}");
    assert!(!causes.contains("AAAA"), "{causes}");
}

/// Key files as ssh-keygen and openssl write them; RSA must never sign with SHA-1.
#[tokio::test]
async fn files_of_every_format_sign() {
    for (file, public, algorithm) in [
        ("ecdsa", "ecdsa.pub", "ecdsa-sha2-nistp256"),
        ("rsa", "rsa.pub", "rsa-sha2-512"),
        ("rsa.pkcs1", "rsa.pub", "rsa-sha2-512"),
        ("rsa.pkcs8", "rsa.pub", "rsa-sha2-512"),
        ("ecdsa.pkcs8", "ecdsa.pub", "ecdsa-sha2-nistp256"),
        ("ecdsa.sec1", "ecdsa.pub", "ecdsa-sha2-nistp256"),
    ] {
        let text = std::fs::read_to_string(fixture("keys").join(public)).unwrap();
        let host = SshHost::start(Plan {
            users_keys: vec![russh::keys::PublicKey::from_openssh(text.trim()).unwrap()],
            ..Plan::default()
        })
        .await;
        let target = SshTarget {
            identity_files: vec![fixture("keys").join(file)],
            ..host.target()
        };
        dial(&dialer(), &over_ssh(target)).await.connection();
        assert!(
            host.seen().contains(&Seen::Offered {
                user: "ops".to_owned(),
                algorithm: algorithm.to_owned()
            }),
            "{file}: {:?}",
            host.seen()
        );
    }
}

/// sshd drops connections at random when more than ten have not logged in yet.
#[tokio::test]
async fn no_more_than_eight_logins_at_once_reach_one_server() {
    let host = SshHost::start(Plan::default()).await;
    let (dialer, spec) = (dialer(), over_ssh(host.target()));
    let dials = (0..30).map(|_| dial(&dialer, &spec));
    for dialled in futures_util::future::join_all(dials).await {
        dialled.connection();
    }
    let (mut under_way, mut most) = (0_i32, 0);
    for seen in host.seen() {
        match seen {
            Seen::Connected => under_way += 1,
            Seen::LoggedIn => under_way -= 1,
            _ => {}
        }
        most = most.max(under_way);
    }
    assert_eq!(host.count(|seen| *seen == Seen::LoggedIn), 30);
    assert!((2..=8).contains(&most), "{most} at once");
}
