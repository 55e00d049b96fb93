//! Answers over real sockets, well formed and not: each trouble is told apart, and none takes more than it may.

use std::time::Duration;

use plimsoll::access::http::{Answer, Broken, Patience, Talk};
use plimsoll::access::question::{ApiVersion, EngineRead};
use tokio::time::Instant;

use crate::support::engine::{PATIENCE, Reply, ScriptedEngine, Then};

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

/// What one request gets from an engine that always replies with `bytes`.
async fn answer_to(
    bytes: impl AsRef<[u8]>,
    then: Then,
    patience: Patience,
) -> Result<Answer, Broken> {
    let reply = Reply::raw(bytes, then);
    let engine = ScriptedEngine::start(move |_| reply.clone());
    let mut talk = Talk::new(engine.link().ask().await.unwrap());
    talk.send([&EngineRead::Info], None, patience).await?;
    talk.answer(64 << 10, patience).await
}

#[tokio::test]
async fn bodies_are_read_however_their_end_is_told() {
    let head = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\n";
    let forms = [
        (
            format!("{head}Content-Length: 7\r\n\r\n{{\"a\":1}}"),
            Then::Stay,
            false,
        ),
        (
            format!("{head}content-length: 7\r\nContent-Length: 7\r\n\r\n{{\"a\":1}}"),
            Then::Stay,
            false,
        ),
        (
            format!(
                "{head}Transfer-Encoding: chunked\r\n\r\n3\r\n{{\"a\r\n4;x=y\r\n\":1}}\r\n0\r\n\r\n"
            ),
            Then::Stay,
            false,
        ),
        (
            format!(
                "{head}Transfer-Encoding: Chunked\r\n\r\n07\r\n{{\"a\":1}}\r\n0\r\nExpires: 0\r\nX: y\r\n\r\n"
            ),
            Then::Stay,
            false,
        ),
        (format!("{head}\r\n{{\"a\":1}}"), Then::Close, true),
        (
            format!("{head}Connection: close\r\nContent-Length: 7\r\n\r\n{{\"a\":1}}"),
            Then::Close,
            true,
        ),
        (
            format!("HTTP/1.1 100 Continue\r\n\r\n{head}Content-Length: 7\r\n\r\n{{\"a\":1}}"),
            Then::Stay,
            false,
        ),
    ];
    for (bytes, then, last) in forms {
        let answer = answer_to(&bytes, then, patience()).await.unwrap();
        assert_eq!(answer.body, b"{\"a\":1}", "{bytes}");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.last, last, "{bytes}");
        assert_eq!(answer.api, ApiVersion::parse("1.41"));
        assert_eq!(answer.server.as_deref(), Some("Docker/20.10.24 (linux)"));
        assert!(!answer.html);
    }
    let empty = answer_to("HTTP/1.1 304 Not Modified\r\n\r\n", Then::Stay, patience())
        .await
        .unwrap();
    assert_eq!((empty.status, empty.body.len()), (304, 0));
}

/// What each of `replies` gives; `OK` stands for a good first line.
async fn all_give(replies: &[&str], then: Then, expected: impl Fn(&Broken) -> bool) {
    for reply in replies {
        let bytes = reply.replace("OK;", "HTTP/1.1 200 OK\r\n");
        let broken = answer_to(&bytes, then, patience()).await.unwrap_err();
        let shown: String = bytes.chars().take(120).collect();
        assert!(expected(&broken), "{shown:?} gave {broken:?}");
    }
}

#[tokio::test]
async fn answers_that_end_early_are_told_from_those_that_never_began() {
    all_give(&[""], Then::Close, |broken| *broken == Broken::Silent).await;
    let cut = [
        "HTTP/1.1 200",
        "OK;Content-Length: 70\r\n\r\n{\"a\":1}",
        "OK;Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\"",
        "OK;Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n",
        "OK;Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n0\r\nX: y\r\n",
    ];
    all_give(&cut, Then::Close, |broken| *broken == Broken::Cut).await;
}

#[tokio::test]
async fn answers_that_promise_too_much_are_not_waited_for() {
    let long_head = format!("OK;X: {}", "y".repeat(70 << 10));
    let too_long = [
        "OK;Content-Length: 99999999999999999999999\r\n\r\n",
        "OK;Content-Length: 70000\r\n\r\n",
        "OK;Transfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        &long_head,
    ];
    let limit = Broken::TooLong(64 << 10);
    all_give(&too_long, Then::Hang, |broken| *broken == limit).await;
}

#[tokio::test]
async fn answers_that_are_no_http_are_refused() {
    let many_headers = format!("OK;{}\r\n", "X: y\r\n".repeat(200));
    let malformed = [
        "OK;Content-Length: 7\r\nContent-Length: 8\r\n\r\n",
        "OK;Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n",
        "OK;Content-Length: -7\r\n\r\n",
        "OK;Content-Length: 0x7\r\n\r\n",
        "OK;Transfer-Encoding: gzip\r\n\r\n",
        "OK;Transfer-Encoding: chunked\r\n\r\n7g\r\n",
        "OK;Transfer-Encoding: chunked\r\n\r\n-7\r\n",
        "OK;Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
        "HTTP/1.1 999999 OK\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 101 UPGRADED\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0",
        &many_headers,
    ];
    let is_malformed = |broken: &Broken| matches!(broken, Broken::Malformed(_));
    all_give(&malformed, Then::Hang, is_malformed).await;
}

#[tokio::test]
async fn answers_without_end_are_cut_off() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let endless = [
        (
            format!("{ok}\r\n{}", "x".repeat(5000)),
            Broken::TooLong(64 << 10),
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
            Broken::Malformed("it never comes to the point"),
        ),
        (
            "HTTP/1.1 200 OK\r\nX: y\r\nX: ".to_owned(),
            Broken::Malformed("too many headers"),
        ),
        (
            "y".repeat(2000),
            Broken::Malformed("its head cannot be read"),
        ),
    ];
    for (bytes, expected) in endless {
        let broken = answer_to(&bytes, Then::Repeat, patience())
            .await
            .unwrap_err();
        assert_eq!(broken, expected);
    }
    let first = std::sync::atomic::AtomicBool::new(true);
    let engine = ScriptedEngine::start(move |_| {
        // Small chunks for ever, after one good head.
        assert!(first.swap(false, std::sync::atomic::Ordering::Relaxed));
        Reply::raw(
            format!(
                "{ok}Transfer-Encoding: chunked\r\n\r\n{}",
                "1\r\nx\r\n".repeat(70_000)
            ),
            Then::Hang,
        )
    });
    let mut talk = Talk::new(engine.link().ask().await.unwrap());
    talk.send([&EngineRead::Info], None, patience())
        .await
        .unwrap();
    let broken = talk.answer(64 << 10, patience()).await.unwrap_err();
    assert_eq!(broken, Broken::TooLong(64 << 10));
}

#[tokio::test]
async fn waiting_has_an_end() {
    let silent = answer_to("", Then::Hang, hasty()).await.unwrap_err();
    assert_eq!(silent, Broken::Late(Duration::from_millis(50)));
    let half = answer_to(
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{",
        Then::Hang,
        hasty(),
    )
    .await;
    assert_eq!(half.unwrap_err(), Broken::Late(Duration::from_millis(50)));
    let over = Patience {
        idle: PATIENCE,
        end: Instant::now() + Duration::from_millis(50),
    };
    assert_eq!(
        answer_to("", Then::Hang, over).await.unwrap_err(),
        Broken::NoTime
    );
}

#[tokio::test]
async fn several_requests_leave_in_one_go_and_are_answered_in_order() {
    let engine = ScriptedEngine::start(|request| Reply::ok(&format!("\"{}\"", request.target)));
    let mut talk = Talk::new(engine.link().ask().await.unwrap());
    let reads = [EngineRead::Info, EngineRead::Images, EngineRead::Containers];
    talk.send(&reads, ApiVersion::parse("1.41"), patience())
        .await
        .unwrap();
    for wanted in [
        "\"/v1.41/info\"",
        "\"/v1.41/images/json\"",
        "\"/v1.41/containers/json?all=1\"",
    ] {
        let answer = talk.answer(1000, patience()).await.unwrap();
        assert_eq!(answer.body, wanted.as_bytes());
        assert_eq!(
            answer.date.as_deref(),
            Some("Tue, 24 Nov 2026 02:41:17 GMT")
        );
    }
}

proptest::proptest! {
    #[test]
    fn bytes_of_any_kind_end_in_an_answer_or_a_reason(
        noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40),
        at in 0_usize..140,
        cut in 0_usize..40,
    ) {
        let good = b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        let at = at.min(good.len());
        let tail = (at + cut).min(good.len());
        let bytes = [&good[..at], &noise, &good[tail..]].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(answer_to(bytes, Then::Close, patience()));
        match outcome {
            Ok(answer) => assert!(answer.body.len() <= 64 << 10),
            Err(broken) => assert!(!matches!(broken, Broken::Late(_) | Broken::NoTime), "{broken:?}"),
        }
    }
}
