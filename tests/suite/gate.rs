//! What is not on the list does not leave a read-only link, whoever wrote it and however it is spelt.

use plimsoll::access::gate::{permit, permit_heads};
use plimsoll::access::question::{ApiVersion, EngineRead, ObjectId};
use proptest::prelude::*;

const ID: &str = "8ed9e5adb77a9a4278d30991fe5485598996dcbff3f3b0cc901fd89f3a34783f";

/// Every question about `id`, and those that need none.
fn questions(id: &str, since: u64, until: u64) -> Vec<EngineRead> {
    let mut all = vec![
        EngineRead::Ping,
        EngineRead::Version,
        EngineRead::Info,
        EngineRead::Containers,
        EngineRead::Images,
        EngineRead::Networks,
        EngineRead::Volumes,
        EngineRead::Plugins,
        EngineRead::Swarm,
        EngineRead::Nodes,
        EngineRead::Services,
        EngineRead::Tasks,
        EngineRead::Secrets,
        EngineRead::Configs,
        EngineRead::BuildCache,
        EngineRead::Events { since, until },
    ];
    if let Some(id) = ObjectId::new(id) {
        let about = [
            EngineRead::Container,
            EngineRead::Top,
            EngineRead::Changes,
            EngineRead::Stats,
            EngineRead::Image,
            EngineRead::History,
            EngineRead::Attestations,
            EngineRead::Network,
            EngineRead::Volume,
            EngineRead::Exec,
        ];
        all.extend(about.map(|question| question(id.clone())));
    }
    all
}

#[test]
fn every_question_passes_with_and_without_a_version() {
    for id in [ID, &format!("sha256:{ID}"), "shop_web-1.2"] {
        for question in questions(id, 1, 1_795_487_464) {
            for version in [None, ApiVersion::parse("1.24"), Some(ApiVersion::OURS)] {
                let target = question.target(version);
                assert_eq!(permit("GET", &target), Ok(()), "{target}");
            }
        }
    }
}

#[test]
fn gets_that_do_harm_are_refused() {
    let id = ID;
    let harmful = [
        format!("/containers/{id}/archive?path=/etc"),
        format!("/containers/{id}/export"),
        format!("/containers/{id}/logs?stdout=1"),
        format!("/containers/{id}/attach/ws"),
        format!("/containers/{id}/attach"),
        format!("/containers/{id}/stats"),
        format!("/containers/{id}/stats?stream=true"),
        format!("/containers/{id}/top?ps_args=-ef"),
        format!("/containers/{id}/top"),
        format!("/containers/{id}/json?size=1"),
        "/images/get?names=a".to_owned(),
        "/images/get".to_owned(),
        format!("/images/{id}/get"),
        "/images/search?term=a".to_owned(),
        "/distribution/busybox/json".to_owned(),
        "/swarm/unlockkey".to_owned(),
        format!("/configs/{id}"),
        format!("/secrets/{id}"),
        format!("/services/{id}/logs"),
        format!("/tasks/{id}/logs"),
        "/events".to_owned(),
        "/events?since=1".to_owned(),
        "/events?until=2&since=1".to_owned(),
        "/system/df".to_owned(),
        "/session".to_owned(),
        "/grpc".to_owned(),
        "/plugins/privileges?remote=a".to_owned(),
        "/containers/json".to_owned(),
        "/containers/json?all=1&size=1".to_owned(),
        "/".to_owned(),
        String::new(),
    ];
    for target in &harmful {
        assert!(permit("GET", target).is_err(), "{target}");
        let versioned = format!("/v1.45{target}");
        assert!(permit("GET", &versioned).is_err(), "{versioned}");
    }
}

#[test]
fn tricks_with_spelling_are_refused() {
    let tricks = [
        "/info/../containers/prune",
        "/./info",
        "//info",
        "/info/",
        "/info#x",
        "/info?",
        "/INFO",
        "/%69nfo",
        "/containers/%2e%2e/json",
        "/containers/../json",
        "/containers/a%2Farchive/json",
        "/containers/a/b/json",
        "/containers//json",
        "/containers/.hidden/json",
        "/containers/json/json",
        "/images/search/json",
        "/images/get/json",
        "/v1.45/v1.45/info",
        "/v2.0/info",
        "/v1./info",
        "/v1.045/info",
        "/v1.4567/info",
        "/v1.45info",
        "http://elsewhere/info",
        "info",
        "/info HTTP/1.1\r\nX: y",
        "/info\r\nHost: x",
        "/info\nHost: x",
        "/info\0",
        "/info\t",
        "/inf\u{f6}",
        "/events?since=1&until=2&filters=x",
        "/events?since=01&until=2",
        "/events?since=-1&until=2",
    ];
    for target in tricks {
        assert!(permit("GET", target).is_err(), "{target:?}");
    }
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "get", "GET ", "",
    ] {
        assert!(permit(method, "/info").is_err(), "{method:?}");
    }
    assert!(permit("GET", &format!("/containers/{}/json", "a".repeat(500))).is_err());
}

#[test]
fn heads_are_judged_whole() {
    let good = "GET /info HTTP/1.1\r\nHost: docker\r\nUser-Agent: plimsoll\r\nAccept: application/json\r\n\r\n";
    assert_eq!(permit_heads(good.as_bytes()), Ok(()));
    assert_eq!(permit_heads(good.repeat(3).as_bytes()), Ok(()));
    let bad = [
        String::new(),
        good.trim_end().to_owned(),
        format!("{good}POST /containers/prune HTTP/1.1\r\nHost: docker\r\n\r\n"),
        format!("{good}x"),
        good.replace("GET", "POST"),
        good.replace("/info", "/images/get"),
        good.replace("1.1", "1.0"),
        good.replace("Host", "Upgrade"),
        good.replace("Accept: application/json", "Content-Length: 5"),
        good.replace("Accept: application/json", "Transfer-Encoding: chunked"),
        good.replace("Accept: application/json", "X-Registry-Auth: e30="),
        good.replace("Accept: application/json", "X-HTTP-Method-Override: DELETE"),
        good.replace("Accept: application/json", "Accept: a\nX: b"),
        good.replace("Accept: application/json", " folded"),
        good.replace("\r\n", "\n"),
        good.replace("GET /info", "GET  /info"),
        good.replace("HTTP/1.1\r\n", "HTTP/1.1 \r\n"),
    ];
    for head in bad {
        assert!(permit_heads(head.as_bytes()).is_err(), "{head:?}");
    }
    assert!(permit_heads(b"GET /info HTTP/1.1\r\nHost: \xff\r\n\r\n").is_err());
}

/// Whether `target` is word for word what some question is written as.
fn is_a_question(target: &str) -> bool {
    let number = |name: &str| -> u64 {
        target
            .split(name)
            .nth(1)
            .and_then(|rest| rest.split('&').next()?.parse().ok())
            .unwrap_or_default()
    };
    let (since, until) = (number("since="), number("until="));
    let path = target.split('?').next().unwrap_or_default();
    let version = path
        .strip_prefix("/v")
        .and_then(|rest| ApiVersion::parse(rest.split('/').next()?));
    path.split('/').any(|part| {
        questions(part, since, until)
            .iter()
            .any(|question| question.target(version) == target || question.target(None) == target)
    }) || version.is_some_and(|version| format!("/v{version}/_ping") == target)
}

/// Targets close to the list: pieces of paths put together, or a listed one with a few characters changed.
fn near_misses() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/",
        "containers",
        "images",
        "json",
        "top",
        "logs",
        "archive",
        "export",
        "get",
        "search",
        "events",
        "swarm",
        "unlockkey",
        "configs",
        "secrets",
        "networks",
        "volumes",
        "exec",
        "stats",
        "_ping",
        "version",
        "info",
        "v1.45",
        "v1.",
        "?",
        "&",
        "=",
        "all=1",
        "since=1",
        "until=2",
        "ps_args=-eo%20pid%2Cuid%2Ccomm",
        "stream=false&one-shot=true",
        "sha256:",
        "abc",
        "..",
        ".",
        "%2e",
        "%",
        "\r\n",
        " ",
        "#",
        "\0",
        "1",
        "0",
    ]);
    let pieces = prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat());
    let listed = (0_usize..24, any::<bool>(), "[a-z0-9]{1,12}").prop_map(|(at, versioned, id)| {
        let version = versioned.then_some(ApiVersion::OURS);
        questions(&id, 1, 2)[at].target(version)
    });
    let changed = (listed, any::<prop::sample::Index>(), "\\PC?", 0_usize..3).prop_map(
        |(target, at, with, length)| {
            let start = at.index(target.len());
            let end = (start + length).min(target.len());
            format!("{}{with}{}", &target[..start], &target[end..])
        },
    );
    prop_oneof![pieces, changed, "\\PC{0,40}", "[/a-z0-9.?=&%_-]{0,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn nothing_passes_that_is_not_word_for_word_a_question(target in near_misses()) {
        if permit("GET", &target).is_ok() {
            prop_assert!(is_a_question(&target), "{target:?} passed");
        }
    }

    #[test]
    fn no_other_method_passes(method in "[A-Za-z ]{0,8}", target in near_misses()) {
        prop_assume!(method != "GET");
        prop_assert!(permit(&method, &target).is_err());
    }

    #[test]
    fn bytes_pass_only_as_whole_questions(target in near_misses(), tail in "\\PC{0,30}") {
        let head = format!("GET {target} HTTP/1.1\r\nHost: docker\r\n{tail}\r\n");
        if permit_heads(head.as_bytes()).is_ok() {
            prop_assert!(is_a_question(&target), "{head:?} passed");
        }
        let _judged = permit_heads(tail.as_bytes());
    }
}

#[test]
fn ids_that_would_change_a_path_are_none() {
    for id in [
        "", "..", "a/b", "a?b", "a%2fb", "a b", "-a", ".a", "a..b", "a\n", "sha256:", "sha256:/",
        "\u{e4}",
    ] {
        assert!(ObjectId::new(id).is_none(), "{id:?}");
    }
    assert!(ObjectId::new(&"a".repeat(129)).is_none());
}

#[test]
fn the_lower_version_of_both_sides_is_spoken() {
    let version = |text: &str| ApiVersion::parse(text).unwrap();
    assert_eq!(
        ApiVersion::negotiate(version("1.41")),
        Some(version("1.41"))
    );
    assert_eq!(
        ApiVersion::negotiate(version("1.99")),
        Some(ApiVersion::OURS)
    );
    assert_eq!(
        ApiVersion::negotiate(version("1.24")),
        Some(ApiVersion::LEAST)
    );
    assert_eq!(ApiVersion::negotiate(version("1.23")), None);
    for text in ["", "1", "1.", ".1", "1.x", "-1.2", "1.99999999", "1.+4"] {
        assert_eq!(ApiVersion::parse(text), None, "{text}");
    }
}
