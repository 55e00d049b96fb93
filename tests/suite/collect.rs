//! Whole hosts: two halves at once, each with its own troubles, and nothing lost that came.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use plimsoll::collect::{Collected, Order, host};
use plimsoll::domain::failure::{FailureClass, Stage};
use plimsoll::domain::gap::GapClass;
use plimsoll::domain::host::Transport;
use plimsoll::inventory::spec::Sudo;
use plimsoll::probe::Needs;
use plimsoll::redact::Redactor;
use plimsoll::transport::RemoteCommand;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::decode::recorded;
use crate::support::engine::{PATIENCE, Reply, Request, ScriptedEngine, Then};
use crate::support::host::{Shell, TestHost};

/// What differs from one reading to the next.
pub(crate) struct Reading {
    pub(crate) transport: Transport,
    pub(crate) sudo: Sudo,
    pub(crate) within: Duration,
    pub(crate) cancel: CancellationToken,
    /// Cancels as soon as this stage is told.
    pub(crate) cancel_at: Option<Stage>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            transport: Transport::Ssh,
            sudo: Sudo::Never,
            within: PATIENCE,
            cancel: CancellationToken::new(),
            cancel_at: None,
        }
    }
}

pub(crate) type Told = Vec<(Stage, u32, u32)>;

pub(crate) async fn read(test_host: TestHost, reading: Reading) -> (Collected, Told) {
    let told = Mutex::new(Vec::new());
    let link = test_host.link();
    let collected = host(
        &link,
        &Order {
            transport: reading.transport,
            needs: &Needs::default(),
            redactor: &Redactor::new([9; 32]),
            sudo: reading.sudo,
            read_only: false,
            deadline: Instant::now() + reading.within,
            cancel: &reading.cancel,
            clock: &|| 1_795_487_464_000,
            progress: &|stage, done, total| {
                told.lock().unwrap().push((stage, done, total));
                if reading.cancel_at == Some(stage) {
                    reading.cancel.cancel();
                }
            },
        },
    )
    .await;
    (collected, told.into_inner().unwrap())
}

/// Answers as a recorded host does.
pub(crate) fn replay(bodies: &BTreeMap<String, Value>, request: &Request) -> Reply {
    match bodies.get(plimsoll::simulate::engine::key(&request.target)) {
        Some(body) => Reply::ok(&body.to_string()),
        None => Reply::status(404, r#"{"message":"page not found"}"#),
    }
}

pub(crate) fn recorded_engine(host: &str) -> ScriptedEngine {
    let bodies = recorded(host);
    ScriptedEngine::start(move |request| replay(&bodies, request))
}

#[tokio::test]
async fn engine_and_host_are_read_in_three_waves_and_one_command() {
    let engine = recorded_engine("clean-26");
    let (collected, told) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::Real),
        Reading::default(),
    )
    .await;
    assert_eq!(
        (collected.engine_failure, collected.probe_failure),
        (None, None)
    );
    let evidence = &collected.evidence;
    assert_eq!(
        (evidence.transport, evidence.collected_at),
        (Transport::Ssh, 1_795_487_464_000)
    );
    assert!(evidence.host.kernel.is_ok() && evidence.host.found.is_ok());
    let containers = evidence.engine.containers.as_ref().unwrap();
    assert!(
        containers
            .iter()
            .all(|one| one.detail.is_ok() && one.processes.is_ok())
    );
    // Eight lists; two containers with their processes and what they use; one image with its history; the events.
    assert_eq!(
        (
            collected.requests.engine,
            collected.requests.waves,
            collected.requests.exec
        ),
        (18, 3, 1)
    );
    assert_eq!(collected.requests.channels, 5);
    assert_eq!(told.first(), Some(&(Stage::Probe, 0, 0)));
    assert_eq!(told.last(), Some(&(Stage::Collect, 10, 10)));
    for source in &evidence.sources {
        assert_eq!(source.gap, None, "{}", source.what);
        assert!(
            source.bytes > 0 || source.what.starts_with("probe "),
            "{}",
            source.what
        );
    }
    let info = evidence
        .sources
        .iter()
        .find(|source| source.what == "GET /info")
        .unwrap();
    assert_eq!(info.sha256.len(), 64);
}

#[tokio::test]
async fn a_manager_is_asked_about_its_swarm() {
    let engine = recorded_engine("neglected");
    let (collected, _) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::None),
        Reading::default(),
    )
    .await;
    assert!(collected.evidence.engine.swarm.unwrap().is_some());
    assert_eq!(collected.evidence.engine.services.unwrap().len(), 2);
    let asked: Vec<String> = engine
        .seen()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert!(asked.contains(&"/v1.45/configs".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn the_version_of_the_path_is_the_lower_of_both() {
    for (theirs, spoken) in [
        ("1.41", "/v1.41/"),
        ("1.24", "/v1.24/"),
        ("1.99", "/v1.53/"),
    ] {
        let bodies = recorded("clean-26");
        let engine = ScriptedEngine::start(move |request| {
            let reply = replay(&bodies, request);
            let text = String::from_utf8(reply.bytes).unwrap();
            Reply::raw(
                text.replace("Api-Version: 1.45", &format!("Api-Version: {theirs}")),
                Then::Stay,
            )
        });
        read(
            TestHost::new(Some(&engine), Shell::None, Shell::None),
            Reading::default(),
        )
        .await;
        let seen = engine.seen();
        let second: Vec<_> = seen
            .iter()
            .filter(|request| request.target.starts_with("/v1."))
            .collect();
        // Engines that old measure no container at once.
        assert_eq!(second.len(), if theirs == "1.24" { 8 } else { 10 });
        assert!(
            second
                .iter()
                .all(|request| request.target.starts_with(spoken)),
            "{second:?}"
        );
    }
}

#[tokio::test]
async fn an_engine_too_old_to_talk_with_is_asked_nothing_more() {
    let bodies = recorded("clean-26");
    let engine = ScriptedEngine::start(move |request| {
        let reply = replay(&bodies, request);
        let text = String::from_utf8(reply.bytes).unwrap();
        Reply::raw(
            text.replace("Api-Version: 1.45", "Api-Version: 1.23"),
            Then::Stay,
        )
    });
    let (collected, _) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::Real),
        Reading::default(),
    )
    .await;
    let failure = collected.engine_failure.unwrap();
    assert_eq!(
        (failure.class, failure.stage),
        (FailureClass::ApiTooOld, Stage::Engine)
    );
    assert!(collected.evidence.host.kernel.is_ok());
    assert_eq!(
        (collected.requests.engine, collected.requests.waves),
        (8, 1)
    );
}

#[tokio::test]
async fn an_engine_too_new_to_talk_with_is_named_as_such() {
    let mut bodies = recorded("clean-26");
    bodies.get_mut("/version").unwrap()["MinAPIVersion"] = json!("1.60");
    let engine = ScriptedEngine::start(move |request| replay(&bodies, request));
    let (collected, _) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::None),
        Reading::default(),
    )
    .await;
    let failure = collected.engine_failure.unwrap();
    assert_eq!(failure.class, FailureClass::ApiTooOld);
    assert!(failure.message.contains("1.60"), "{}", failure.message);
}

#[tokio::test]
async fn podman_is_not_asked_for_processes() {
    let mut bodies = recorded("clean-26");
    let components = &mut bodies.get_mut("/version").unwrap()["Components"];
    *components = json!([{"Name": "Podman Engine", "Version": "5.8.6"}]);
    bodies.remove("/plugins");
    let engine = ScriptedEngine::start(move |request| replay(&bodies, request));
    let (collected, _) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::None),
        Reading::default(),
    )
    .await;
    assert!(
        engine
            .seen()
            .iter()
            .all(|request| !request.target.contains("/top"))
    );
    let said = collected.evidence.engine;
    assert_eq!(said.version.unwrap().product, "podman");
    assert_eq!(said.plugins.unwrap_err().class, GapClass::Unsupported);
    let containers = said.containers.unwrap();
    assert!(containers.iter().all(|one| {
        one.processes
            .as_ref()
            .is_err_and(|gap| gap.class == GapClass::Unsupported)
    }));
}

#[tokio::test]
async fn sudo_is_tried_first_and_done_without_where_it_is_refused() {
    let refuses = Shell::Refuses(1, "sudo: a password is required");
    let cases = [
        (Sudo::Auto, Shell::Real, refuses, vec![true]),
        (Sudo::Auto, refuses, Shell::Real, vec![true, false]),
        (Sudo::Never, Shell::Real, Shell::Real, vec![false]),
    ];
    for (sudo, root, user, expected) in cases {
        let test_host = TestHost::new(None, root, user);
        let ran = test_host.ran();
        let reading = Reading {
            sudo,
            ..Reading::default()
        };
        let (collected, _) = read(test_host, reading).await;
        let expected: Vec<_> = expected
            .into_iter()
            .map(|sudo| RemoteCommand::Probe { sudo })
            .collect();
        assert_eq!(*ran.lock().unwrap(), expected);
        assert_eq!(collected.probe_failure, None);
        assert!(collected.evidence.host.kernel.is_ok());
        assert_eq!(collected.requests.exec as usize, expected.len());
    }
}

#[tokio::test]
async fn a_socket_that_is_refused_leaves_the_host_half() {
    let (collected, _) = read(
        TestHost::new(None, Shell::None, Shell::Real),
        Reading::default(),
    )
    .await;
    assert_eq!(
        collected.engine_failure.unwrap().class,
        FailureClass::SocketDenied
    );
    let engine = collected.evidence.engine;
    assert_eq!(engine.info.unwrap_err().class, GapClass::Permission);
    assert_eq!(engine.containers.unwrap_err().class, GapClass::Permission);
    assert!(collected.evidence.host.kernel.is_ok());
}

#[tokio::test]
async fn a_shell_that_is_refused_leaves_the_engine_half() {
    let noise = Shell::Says(b"This account is currently not available.\n");
    let cases = [Shell::Refuses(127, "sh: not found"), noise];
    for shell in cases {
        let engine = recorded_engine("clean-26");
        let reading = Reading {
            sudo: Sudo::Auto,
            ..Reading::default()
        };
        let test_host = TestHost::new(Some(&engine), Shell::Refuses(1, "sudo: no"), shell);
        let (collected, _) = read(test_host, reading).await;
        let failure = collected.probe_failure.unwrap();
        assert_eq!(
            (failure.class, failure.stage),
            (FailureClass::Protocol, Stage::Probe)
        );
        assert!(
            failure.causes.contains(&"sudo: sudo: no".to_owned()),
            "{failure:?}"
        );
        assert_eq!(
            collected.evidence.host.os.unwrap_err().class,
            GapClass::Protocol
        );
        assert!(collected.evidence.engine.containers.is_ok());
    }
}

#[tokio::test]
async fn a_way_without_a_shell_is_no_failure_of_the_probe() {
    let engine = recorded_engine("clean-26");
    let reading = Reading {
        transport: Transport::Tls,
        sudo: Sudo::Auto,
        ..Reading::default()
    };
    let (collected, _) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::None),
        reading,
    )
    .await;
    let gap = collected.evidence.host.found.unwrap_err();
    assert_eq!(
        (gap.class, gap.message.as_str()),
        (GapClass::Transport, "host files need SSH")
    );
    assert_eq!(
        (collected.probe_failure, collected.requests.exec),
        (None, 0)
    );
}

#[tokio::test]
async fn a_probe_that_breaks_off_is_told_from_one_that_falls_silent() {
    let opening = b"Last login: today\n\x1eplimsoll-probe 2 hex\n";
    let cases = [
        (
            Shell::Says(opening),
            PATIENCE,
            FailureClass::Protocol,
            "ended before",
        ),
        (
            Shell::SaysAndHangs(opening),
            Duration::from_millis(300),
            FailureClass::Timeout,
            "host's time",
        ),
        (
            Shell::Says(b"\x1eplimsoll-probe 99 hex\n"),
            PATIENCE,
            FailureClass::Protocol,
            "protocol 99",
        ),
    ];
    for (shell, within, class, words) in cases {
        let reading = Reading {
            within,
            ..Reading::default()
        };
        let (collected, _) = read(TestHost::new(None, Shell::None, shell), reading).await;
        let failure = collected.probe_failure.unwrap();
        assert_eq!((failure.class, failure.stage), (class, Stage::Probe));
        assert!(failure.message.contains(words), "{}", failure.message);
        let gap = collected.evidence.host.found.unwrap_err();
        assert!(gap.message.contains(words), "{}", gap.message);
    }
}

#[tokio::test]
async fn what_came_before_the_deadline_is_kept() {
    let bodies = recorded("clean-26");
    let engine = ScriptedEngine::start(move |request| {
        if request.target.contains("/images/sha256") {
            Reply::raw("", Then::Hang)
        } else {
            replay(&bodies, request)
        }
    });
    let reading = Reading {
        within: Duration::from_millis(500),
        ..Reading::default()
    };
    let (collected, _) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::Silent),
        reading,
    )
    .await;
    let evidence = collected.evidence;
    let containers = evidence.engine.containers.unwrap();
    assert!(containers.iter().all(|one| one.detail.is_ok()));
    let images = evidence.engine.images.unwrap();
    let used = images.iter().find(|one| !one.used_by.is_empty()).unwrap();
    assert_eq!(used.detail.as_ref().unwrap_err().class, GapClass::Timeout);
    assert_eq!(evidence.host.os.unwrap_err().class, GapClass::Timeout);
    assert_eq!(
        collected.probe_failure.unwrap().class,
        FailureClass::Timeout
    );
    assert_eq!(collected.engine_failure, None);
}

#[tokio::test]
async fn a_host_that_says_nothing_at_all_has_two_failures() {
    let engine = ScriptedEngine::start(|_| Reply::raw("", Then::Hang));
    let reading = Reading {
        within: Duration::from_millis(300),
        ..Reading::default()
    };
    let test_host = TestHost::new(Some(&engine), Shell::None, Shell::Silent);
    let (collected, _) = read(test_host, reading).await;
    let failures = [collected.engine_failure, collected.probe_failure].map(Option::unwrap);
    let stages = [Stage::Engine, Stage::Probe];
    for (failure, stage) in failures.into_iter().zip(stages) {
        assert_eq!(
            (failure.class, failure.stage),
            (FailureClass::Timeout, stage)
        );
    }
    let gap = collected.evidence.engine.info.unwrap_err();
    assert_eq!(gap.class, GapClass::Timeout);
    // They left, though nothing came back.
    assert_eq!(
        (collected.requests.engine, collected.requests.waves),
        (8, 1)
    );
}

#[tokio::test]
async fn what_came_before_the_operator_stopped_is_kept() {
    let bodies = recorded("clean-26");
    let engine = ScriptedEngine::start(move |request| {
        if request.target.starts_with("/v1.") {
            Reply::raw("", Then::Hang)
        } else {
            replay(&bodies, request)
        }
    });
    let reading = Reading {
        cancel_at: Some(Stage::Collect),
        ..Reading::default()
    };
    let (collected, _) = read(
        TestHost::new(Some(&engine), Shell::None, Shell::Silent),
        reading,
    )
    .await;
    let evidence = collected.evidence;
    assert!(evidence.engine.info.is_ok());
    let containers = evidence.engine.containers.unwrap();
    assert!(!containers.is_empty());
    assert!(containers.iter().all(|one| {
        one.detail
            .as_ref()
            .is_err_and(|gap| gap.class == GapClass::Cancelled)
    }));
    assert_eq!(evidence.host.os.unwrap_err().class, GapClass::Cancelled);
    assert_eq!(collected.requests.waves, 2);
}
