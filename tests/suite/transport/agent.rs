//! Keys held by an agent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::inventory::spec::SshTarget;
use plimsoll::transport::{Dialer, SshEnvironment};
use russh::keys::PrivateKey;
use russh::keys::agent::client::AgentClient;
use russh::keys::agent::server::Agent;
use tokio::net::UnixListener;

use super::ssh_host::{Plan, Seen, SshHost, key, key_file};
use super::{dial, fixture, in_time, over_ssh};

#[derive(Clone)]
struct Willing;

impl Agent for Willing {}

/// An agent in `folder` that holds `keys`; counts its visitors.
async fn agent(folder: &Path, keys: &[PrivateKey]) -> (PathBuf, Arc<AtomicUsize>) {
    let path = folder.join("agent.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    let arriving = futures_util::stream::unfold(listener, move |listener| {
        let counted = Arc::clone(&counted);
        async move {
            let stream = listener.accept().await.map(|(stream, _)| stream);
            counted.fetch_add(1, Ordering::SeqCst);
            Some((stream, listener))
        }
    });
    tokio::spawn(russh::keys::agent::server::serve(
        Box::pin(arriving),
        Willing,
    ));
    let mut client = in_time(AgentClient::connect_uds(&path)).await.unwrap();
    for key in keys {
        in_time(client.add_identity(key, &[])).await.unwrap();
    }
    visits.store(0, Ordering::SeqCst);
    (path, visits)
}

fn with(agent: Option<PathBuf>, home: Option<PathBuf>) -> Dialer {
    Dialer::new(
        SshEnvironment {
            agent,
            home,
            user: "nobody".to_owned(),
            known_hosts: Vec::new(),
        },
        Arc::default(),
    )
}

fn no_files(host: &SshHost) -> SshTarget {
    SshTarget {
        identity_files: Vec::new(),
        ..host.target()
    }
}

fn offers(host: &SshHost) -> usize {
    host.count(|seen| matches!(seen, Seen::Offered { .. }))
}

#[tokio::test]
async fn an_agent_signs_over_a_connection_of_its_own_for_each_login() {
    let host = SshHost::start(Plan::default()).await;
    let (path, visits) = agent(host.folder.path(), &[key(2)]).await;
    let dialer = with(Some(path), None);
    let spec = over_ssh(no_files(&host));
    let (one, two) = tokio::join!(dial(&dialer, &spec), dial(&dialer, &spec));
    one.connection();
    two.connection();
    assert_eq!(visits.load(Ordering::SeqCst), 2);
    assert_eq!(host.count(|seen| *seen == Seen::LoggedIn), 2);
}

#[tokio::test]
async fn named_files_are_used_instead_of_the_agent() {
    let host = SshHost::start(Plan::default()).await;
    let (path, visits) = agent(host.folder.path(), &[key(2)]).await;
    let target = SshTarget {
        identity_files: vec![key_file(host.folder.path(), "wrong", &key(3))],
        identities_only: true,
        ..host.target()
    };
    let dialer = with(Some(path), None);
    dial(&dialer, &over_ssh(target.clone()))
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    assert_eq!(offers(&host), 1);
    assert_eq!(visits.load(Ordering::SeqCst), 0);
    // Named without being the only ones, as IdentityFile of ssh_config does, they come first.
    let first = SshTarget {
        identities_only: false,
        ..target
    };
    dial(&dialer, &over_ssh(first)).await.connection();
    assert_eq!(offers(&host), 3);
}

/// The usual set-up: the file is encrypted, and was unlocked for the agent. A public file picks a key of the agent.
#[tokio::test]
async fn the_agent_signs_for_files_that_are_encrypted_or_public() {
    let locked =
        russh::keys::load_secret_key(fixture("keys/encrypted"), Some("not a secret")).unwrap();
    let host = SshHost::start(Plan {
        users_keys: vec![locked.public_key().clone()],
        ..Plan::default()
    })
    .await;
    let others: Vec<PrivateKey> = (10..18).map(key).chain([locked]).collect();
    let (path, _) = agent(host.folder.path(), &others).await;
    for file in ["keys/encrypted", "keys/encrypted.pub"] {
        let target = SshTarget {
            identity_files: vec![fixture(file)],
            ..host.target()
        };
        dial(&with(Some(path.clone()), None), &over_ssh(target))
            .await
            .connection();
    }
    assert_eq!(offers(&host), 2, "other keys of the agent were offered");
}

#[tokio::test]
async fn an_agent_full_of_other_keys_is_stopped_after_five() {
    let host = SshHost::start(Plan::default()).await;
    let keys: Vec<PrivateKey> = (10..20).map(key).collect();
    let (path, _) = agent(host.folder.path(), &keys).await;
    let failure = dial(&with(Some(path), None), &over_ssh(no_files(&host)))
        .await
        .failed(FailureClass::AuthTooMany, Stage::Authentication);
    assert_eq!(offers(&host), 5);
    assert!(failure.hint.contains("identity_file"), "{failure:?}");
}

#[tokio::test]
async fn without_an_agent_that_answers_the_usual_files_are_tried() {
    let host = SshHost::start(Plan::default()).await;
    let home = host.folder.path().join("home");
    std::fs::create_dir_all(home.join(".ssh")).unwrap();
    key_file(&home.join(".ssh"), "id_ed25519", &key(2));
    let gone = host.folder.path().join("gone.sock");
    let dialer = with(Some(gone), Some(home.clone()));
    let spec = over_ssh(SshTarget {
        user: None,
        ..no_files(&host)
    });
    dial(&dialer, &spec).await.connection();
    assert!(
        host.seen().contains(&Seen::Offered {
            user: "nobody".to_owned(),
            algorithm: "ssh-ed25519".to_owned()
        }),
        "{:?}",
        host.seen()
    );

    // A key that the agent has offered already is not offered again from its file.
    let (path, _) = agent(host.folder.path(), &[key(3)]).await;
    key_file(&home.join(".ssh"), "id_ed25519", &key(3));
    dial(&with(Some(path), Some(home)), &spec)
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    assert_eq!(offers(&host), 2);
}

#[tokio::test]
async fn with_nothing_to_offer_the_hint_says_how_to_get_a_key() {
    let host = SshHost::start(Plan::default()).await;
    let failure = dial(&with(None, None), &over_ssh(no_files(&host)))
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    assert!(failure.message.contains("no key to offer"), "{failure:?}");
    assert!(
        failure.message.contains("it takes publickey"),
        "{failure:?}"
    );
    assert!(failure.hint.contains("agent"), "{failure:?}");

    let gone = host.folder.path().join("gone.sock");
    let failure = dial(&with(Some(gone.clone()), None), &over_ssh(no_files(&host)))
        .await
        .failed(FailureClass::Auth, Stage::Authentication);
    let causes = failure.causes.join("\n");
    assert!(causes.contains(&gone.display().to_string()), "{causes}");
}
