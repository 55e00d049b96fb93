//! Waves of questions over real sockets: who asks what where, what trouble costs, and what it is called.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use plimsoll::access::engine::{Engine, Trouble, failure_of};
use plimsoll::access::http::{Broken, Patience};
use plimsoll::access::link::Link;
use plimsoll::access::question::{ApiVersion, EngineRead, ObjectId};
use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::domain::gap::GapClass;
use tokio::time::Instant;

use crate::support::engine::{PATIENCE, Reply, ScriptedEngine, SocketOnly, Then};

fn patience() -> Patience {
    Patience {
        idle: PATIENCE,
        end: Instant::now() + PATIENCE,
    }
}

/// Waits no longer than it takes to see that nothing comes.
fn hasty() -> Patience {
    Patience {
        idle: Duration::from_millis(50),
        end: Instant::now() + PATIENCE,
    }
}

fn containers(count: usize) -> Vec<EngineRead> {
    (0..count)
        .map(|number| EngineRead::Container(ObjectId::new(&format!("c{number}")).unwrap()))
        .collect()
}

#[tokio::test]
async fn a_wave_spreads_over_streams_and_every_answer_finds_its_question() {
    let engine = ScriptedEngine::start(|request| Reply::ok(&format!("\"{}\"", request.target)));
    let link = engine.link();
    let reader = Engine::open(&link, patience()).await.unwrap();
    let told = AtomicU32::new(0);
    let reads = containers(300);
    reader
        .wave(reads.clone(), ApiVersion::parse("1.45"), &|| {
            told.fetch_add(1, Ordering::Relaxed);
        })
        .await;
    let asked = reader.take_answers();
    assert_eq!((asked.len(), told.into_inner()), (300, 300));
    for one in &asked {
        let wanted = format!("\"{}\"", one.read.target(ApiVersion::parse("1.45")));
        assert_eq!(one.body.as_deref(), Ok(wanted.as_bytes()));
    }
    let ledger = reader.ledger();
    assert_eq!(
        (ledger.count(), ledger.waves(), reader.streams()),
        (300, 1, 4)
    );
    assert!(
        ledger
            .requests()
            .iter()
            .all(|request| request.status == Some(200))
    );
    let used: std::collections::BTreeSet<usize> =
        engine.seen().iter().map(|r| r.connection).collect();
    assert!(used.len() > 1, "one stream did it all");
    assert_eq!(reader.hello().api, ApiVersion::parse("1.45"));
}

#[tokio::test]
async fn a_connection_that_closes_after_each_answer_loses_nothing() {
    let engine = ScriptedEngine::start(|request| Reply {
        then: Then::Close,
        ..Reply::ok(&format!("\"{}\"", request.target))
    });
    let link = engine.link();
    let reader = Engine::open(&link, patience()).await.unwrap();
    reader.wave(containers(20), None, &|| ()).await;
    let asked = reader.take_answers();
    assert_eq!(asked.len(), 20);
    assert!(asked.iter().all(|one| one.body.is_ok()), "{asked:?}");
}

#[tokio::test]
async fn one_answer_that_never_comes_does_not_hold_up_the_others() {
    let engine = ScriptedEngine::start(|request| {
        if request.target.contains("c7/") {
            Reply::raw("", Then::Hang)
        } else {
            Reply::ok("{}")
        }
    });
    let link = engine.link();
    let reader = Engine::open(&link, hasty()).await.unwrap();
    reader.wave(containers(40), None, &|| ()).await;
    let asked = reader.take_answers();
    assert_eq!(asked.len(), 40);
    for one in asked {
        let hangs = one.read.path().contains("c7/");
        assert_eq!(one.body.is_err(), hangs, "{:?}", one.read);
        if let Err(gap) = one.body {
            assert_eq!(gap.class, GapClass::Timeout);
            assert!(
                gap.message.starts_with("GET /containers/c7/json: "),
                "{}",
                gap.message
            );
        }
    }
}

#[tokio::test]
async fn an_engine_that_only_hangs_is_given_up_soon() {
    let engine = ScriptedEngine::start(|_| Reply::raw("", Then::Hang));
    let link = engine.link();
    let reader = Engine::open(&link, hasty()).await.unwrap();
    reader.wave(containers(500), None, &|| ()).await;
    let asked = reader.take_answers();
    assert_eq!(asked.len(), 500);
    assert!(asked.iter().all(|one| {
        one.body
            .as_ref()
            .is_err_and(|gap| gap.class == GapClass::Timeout)
    }));
    // Four places in the wave, each given up after three failures.
    assert!(reader.streams() <= 12, "{} streams", reader.streams());
    let failure = failure_of(&asked).unwrap();
    assert_eq!(
        (failure.class, failure.stage),
        (FailureClass::Timeout, Stage::Engine)
    );
}

#[tokio::test]
async fn refusals_become_gaps_of_their_class() {
    let id = ObjectId::new("c1").unwrap();
    let cases = [
        (
            403,
            r#"{"message":"authorization denied by plugin"}"#,
            EngineRead::Info,
            GapClass::Permission,
        ),
        (401, "", EngineRead::Info, GapClass::Permission),
        (
            404,
            r#"{"message":"page not found"}"#,
            EngineRead::Plugins,
            GapClass::Unsupported,
        ),
        (
            404,
            r#"{"message":"No such container: c1"}"#,
            EngineRead::Container(id.clone()),
            GapClass::NoData,
        ),
        (
            409,
            r#"{"message":"container c1 is not running"}"#,
            EngineRead::Top(id.clone()),
            GapClass::NoData,
        ),
        (
            500,
            r#"{"message":"boom"}"#,
            EngineRead::Container(id),
            GapClass::Protocol,
        ),
        (
            503,
            r#"{"message":"no leader"}"#,
            EngineRead::Swarm,
            GapClass::Protocol,
        ),
        (504, "", EngineRead::Info, GapClass::Timeout),
        (
            403,
            "<html><body><h1>403 Forbidden</h1>",
            EngineRead::Plugins,
            GapClass::Permission,
        ),
        (
            502,
            "<html><body>Bad Gateway",
            EngineRead::Info,
            GapClass::Protocol,
        ),
        (
            200,
            "  <!DOCTYPE html>",
            EngineRead::Info,
            GapClass::Protocol,
        ),
    ];
    for (status, body, read, class) in cases {
        let engine = ScriptedEngine::start(move |_| Reply::status(status, body));
        let link = engine.link();
        let reader = Engine::open(&link, patience()).await.unwrap();
        reader.wave(vec![read], None, &|| ()).await;
        let asked = reader.take_answers();
        let gap = asked[0].body.clone().unwrap_err();
        assert_eq!(gap.class, class, "{status} {body}: {}", gap.message);
    }
}

#[tokio::test]
async fn an_engines_own_words_are_shown_harmless_and_short() {
    let words = format!(
        r#"{{"message":"\u001b[31mred\u0007 {}"}}"#,
        "long ".repeat(1000)
    );
    let engine = ScriptedEngine::start(move |_| Reply::status(500, &words));
    let link = engine.link();
    let reader = Engine::open(&link, patience()).await.unwrap();
    reader.wave(vec![EngineRead::Info], None, &|| ()).await;
    let asked = reader.take_answers();
    let gap = asked[0].body.clone().unwrap_err();
    assert!(gap.message.contains("red"), "{}", gap.message);
    assert!(
        gap.message.chars().count() < 300 && !gap.message.contains('\u{1b}'),
        "{}",
        gap.message
    );
}

#[tokio::test]
async fn what_answers_instead_of_an_engine_is_named() {
    let cases = [
        (Reply::status(403, "<html>"), FailureClass::ProxyBlocked),
        (
            Reply::status(200, "<html>hello</html>"),
            FailureClass::Protocol,
        ),
        (
            Reply::status(403, r#"{"message":"no"}"#),
            FailureClass::SocketDenied,
        ),
        (
            Reply::status(500, r#"{"message":"no"}"#),
            FailureClass::Protocol,
        ),
        (Reply::raw("", Then::Close), FailureClass::DaemonDown),
        (
            Reply::raw("220 mail ready\r\n", Then::Hang),
            FailureClass::Protocol,
        ),
    ];
    for (reply, class) in cases {
        let engine = ScriptedEngine::start(move |_| reply.clone());
        let link = engine.link();
        let reader = Engine::open(&link, patience()).await.unwrap();
        reader.wave(vec![EngineRead::Info], None, &|| ()).await;
        let failure = failure_of(&reader.take_answers()).unwrap();
        assert_eq!(failure.class, class, "{failure:?}");
        assert!(!failure.hint.is_empty() && !failure.message.is_empty());
    }
}

#[tokio::test]
async fn all_answers_together_are_bounded() {
    let body = "x".repeat(3 << 20);
    let engine = ScriptedEngine::start(move |_| Reply::ok(&format!("\"{body}\"")));
    let link = engine.link();
    let reader = Engine::open(&link, patience()).await.unwrap();
    reader.wave(containers(60), None, &|| ()).await;
    let asked = reader.take_answers();
    let kept: usize = asked.iter().flat_map(|one| &one.body).map(Vec::len).sum();
    assert!(kept <= 128 << 20, "{kept} bytes kept");
    let cut = asked
        .iter()
        .filter(|one| matches!(one.trouble, Some(Trouble::Broken(Broken::TooLong(_)))))
        .count();
    assert!(cut > 0);
    assert_eq!(asked.len(), 60);
}

#[tokio::test]
async fn no_socket_is_a_failure_with_its_own_class() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = SocketOnly::new(&folder.path().join("none"), 8);
    let link = Link::read_only(Arc::new(nowhere));
    let Err(failure) = Engine::open(&link, patience()).await else {
        panic!("it opened");
    };
    assert_eq!(failure.class, FailureClass::SocketMissing);
}
