//! Asking a person: what is asked, that it is asked once, and that no host is late because of it.

use std::sync::Arc;
use std::time::Duration;

use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::domain::question::{Answer, NewKey, Question, SecretKind, Wanted};
use plimsoll::inventory::spec::{HostKeyPolicy, HostSpec, SshTarget};
use plimsoll::transport::ask::{Desk, Notice, Unanswered};
use plimsoll::transport::{Dialer, SshEnvironment};
use russh::keys::HashAlg;
use tokio::sync::mpsc::UnboundedReceiver;

use super::ssh_host::{Plan, Seen, SshHost, key, known_hosts};
use super::{dial, fixture, in_time, over_ssh};

/// A desk whose person says the same to everything, and what they were asked.
fn person(answer: Option<Answer>) -> (Arc<Desk>, Arc<std::sync::Mutex<Vec<Question>>>) {
    let (desk, mut notices) = Desk::new();
    let (desk, asked) = (Arc::new(desk), Arc::new(std::sync::Mutex::new(Vec::new())));
    let (theirs, heard) = (Arc::clone(&desk), Arc::clone(&asked));
    tokio::spawn(async move {
        while let Some(notice) = notices.recv().await {
            if let Notice::Asked(id, question) = notice {
                heard.lock().unwrap().push(question);
                theirs.answer(id, answer.as_ref());
            }
        }
    });
    (desk, asked)
}

fn asking(host: &SshHost) -> HostSpec {
    over_ssh(SshTarget {
        known_hosts: vec![host.folder.path().join("asked")],
        host_key: HostKeyPolicy::Ask,
        ..host.target()
    })
}

#[tokio::test]
async fn a_key_that_a_person_trusts_is_put_on_file() {
    let host = SshHost::start(Plan::default()).await;
    let (desk, asked) = person(Some(Answer::Yes));
    let dialer = Dialer::new(SshEnvironment::default(), desk);
    let spec = asking(&host);
    dial(&dialer, &spec).await.connection();
    let file = host.folder.path().join("asked");
    let question = Question::NewKey(NewKey {
        server: format!("[127.0.0.1]:{}", host.port),
        kind: "ssh-ed25519".to_owned(),
        fingerprint: key(1).fingerprint(HashAlg::Sha256).to_string(),
        compare: "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub".to_owned(),
        file: file.display().to_string(),
    });
    assert_eq!(*asked.lock().unwrap(), [question]);
    let line = std::fs::read_to_string(&file).unwrap();
    assert!(line.starts_with(&format!("[127.0.0.1]:{} ssh-ed25519 ", host.port)));
    // Not asked about again.
    dial(&dialer, &spec).await.connection();
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_that_a_person_does_not_trust_is_refused_and_shown_nothing() {
    let host = SshHost::start(Plan::default()).await;
    let (desk, _asked) = person(None);
    let dialer = Dialer::new(SshEnvironment::default(), desk);
    let failure = dial(&dialer, &asking(&host))
        .await
        .failed(FailureClass::HostkeyUnknown, Stage::Hostkey);
    assert!(
        failure.causes.join("\n").contains("did not trust it"),
        "{failure:?}"
    );
    assert!(!host.folder.path().join("asked").exists());
    host.until(1, &Seen::Gone).await;
    assert_eq!(host.count(|seen| matches!(seen, Seen::Offered { .. })), 0);
}

#[tokio::test]
async fn a_changed_key_is_never_asked_about() {
    let host = SshHost::start(Plan::default()).await;
    let (desk, asked) = person(Some(Answer::Yes));
    let dialer = Dialer::new(SshEnvironment::default(), desk);
    let target = host.target();
    known_hosts(host.folder.path(), host.port, &[key(9).public_key()]);
    let spec = over_ssh(SshTarget {
        host_key: HostKeyPolicy::Ask,
        ..target
    });
    dial(&dialer, &spec)
        .await
        .failed(FailureClass::HostkeyChanged, Stage::Hostkey);
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_connected_while_a_person_thinks() {
    let host = SshHost::start(Plan::default()).await;
    let (desk, mut notices) = Desk::new();
    let desk = Arc::new(desk);
    let dialer = Dialer::new(SshEnvironment::default(), Arc::clone(&desk));
    let spec = asking(&host);
    let thinking = async {
        let Some(Notice::Asked(id, _)) = notices.recv().await else {
            panic!("nothing was asked");
        };
        host.until(1, &Seen::Gone).await;
        desk.answer(id, Some(&Answer::Yes));
    };
    let (dialled, ()) = tokio::join!(dial(&dialer, &spec), thinking);
    dialled.connection();
}

fn question(subject: &str) -> Question {
    Question::Secret(Wanted {
        kind: SecretKind::Password,
        subject: subject.to_owned(),
        lines: Vec::new(),
        prompts: Vec::new(),
    })
}

async fn next(notices: &mut UnboundedReceiver<Notice>) -> Notice {
    in_time(notices.recv()).await.unwrap()
}

#[tokio::test]
async fn equal_questions_are_one() {
    let (desk, mut notices) = Desk::new();
    let answering = async {
        let Notice::Asked(id, _) = next(&mut notices).await else {
            panic!("nothing was asked");
        };
        tokio::task::yield_now().await;
        desk.answer(id, Some(&Answer::Yes));
        assert!(notices.try_recv().is_err(), "it was asked twice");
    };
    let (one, two, ()) = tokio::join!(desk.ask(question("a")), desk.ask(question("a")), answering);
    assert_eq!((one, two), (Ok(Answer::Yes), Ok(Answer::Yes)));
}

#[tokio::test]
async fn a_question_that_nobody_waits_for_is_withdrawn() {
    let (desk, mut notices) = Desk::new();
    let id = {
        let first = desk.ask(question("a"));
        let second = desk.ask(question("a"));
        tokio::pin!(first, second);
        let Some(Notice::Asked(id, _)) = (tokio::select! {
            biased;
            _ = &mut first => None,
            _ = &mut second => None,
            notice = notices.recv() => notice,
        }) else {
            panic!("nothing was asked");
        };
        id
    };
    assert_eq!(next(&mut notices).await, Notice::Withdrawn(id));
    assert!(notices.try_recv().is_err());
    // An answer that comes late is nobody's.
    desk.answer(id, Some(&Answer::Yes));
}

#[tokio::test]
async fn where_nobody_is_there_nobody_waits() {
    let refused = Err(Unanswered::Nobody);
    assert_eq!(Desk::nobody().ask(question("a")).await, refused);
    let (desk, notices) = Desk::new();
    let (answer, ()) = tokio::join!(desk.ask(question("a")), async { desk.abandon() });
    assert_eq!(answer, refused);
    drop(notices);
    assert!(!desk.is_attended());
    assert_eq!(desk.ask(question("a")).await, refused);
}

#[tokio::test(start_paused = true)]
async fn time_stands_still_while_a_person_is_asked() {
    let (desk, mut notices) = Desk::new();
    let second = Duration::from_secs(1);
    let work = async {
        tokio::time::sleep(4 * second).await;
        let answer = desk.ask(question("a")).await;
        tokio::time::sleep(4 * second).await;
        answer
    };
    let person = async {
        let Notice::Asked(id, _) = notices.recv().await.unwrap() else {
            panic!("nothing was asked");
        };
        tokio::time::sleep(3600 * second).await;
        desk.answer(id, Some(&Answer::Yes));
    };
    let (done, ()) = tokio::join!(desk.within(10 * second, work), person);
    let (answer, left) = done.unwrap();
    assert_eq!(answer, Ok(Answer::Yes));
    assert_eq!(left, 2 * second);
    assert!(
        desk.within(second, tokio::time::sleep(2 * second))
            .await
            .is_none()
    );
}

/// An encrypted key for several hosts: its passphrase is asked for once, again if it was wrong, and before a connection.
#[tokio::test]
async fn a_passphrase_is_asked_once_for_all_hosts() {
    let locked =
        russh::keys::load_secret_key(fixture("keys/encrypted"), Some("not a secret")).unwrap();
    let host = SshHost::start(Plan {
        users_keys: vec![locked.public_key().clone()],
        ..Plan::default()
    })
    .await;
    let (desk, mut notices) = Desk::new();
    let desk = Arc::new(desk);
    let dialer = Dialer::new(SshEnvironment::default(), Arc::clone(&desk));
    let spec = over_ssh(SshTarget {
        identity_files: vec![fixture("keys/encrypted")],
        ..host.target()
    });
    let person = async {
        for typed in ["wrong", "not a secret"] {
            let Notice::Asked(id, Question::Secret(wanted)) = next(&mut notices).await else {
                panic!("no passphrase was asked for");
            };
            assert_eq!(wanted.kind, SecretKind::Passphrase);
            assert!(wanted.subject.ends_with("keys/encrypted"), "{wanted:?}");
            assert_eq!(host.seen(), [], "something was contacted before");
            desk.answer(id, Some(&Answer::Secrets(vec![typed.into()])));
        }
    };
    let dials = futures_util::future::join_all((0..5).map(|_| dial(&dialer, &spec)));
    let (dialled, ()) = tokio::join!(dials, person);
    for one in dialled {
        one.connection();
    }
    assert!(notices.try_recv().is_err(), "it was asked for again");
}

#[tokio::test]
async fn a_passphrase_that_is_declined_is_not_asked_for_again() {
    let host = SshHost::start(Plan::default()).await;
    let (desk, asked) = person(None);
    let dialer = Dialer::new(SshEnvironment::default(), desk);
    let spec = over_ssh(SshTarget {
        identity_files: vec![fixture("keys/encrypted")],
        ..host.target()
    });
    for _ in 0..2 {
        let failure = dial(&dialer, &spec)
            .await
            .failed(FailureClass::Auth, Stage::Authentication);
        assert!(failure.hint.contains("ssh-add"), "{failure:?}");
    }
    assert_eq!(asked.lock().unwrap().len(), 1);
}
