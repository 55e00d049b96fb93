//! Whole hosts read by the collector: over SSH in all its forms and over TLS, with what each way can tell and no more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use plimsoll::access::link::Link;
use plimsoll::collect::{Collected, Order, host};
use plimsoll::domain::evidence::engine::Engine;
use plimsoll::domain::failure::Stage;
use plimsoll::domain::gap::{Gap, GapClass};
use plimsoll::domain::host::{Mode, Transport};
use plimsoll::inventory::spec::{Endpoint, HostKeyPolicy, HostSpec, SshTarget, Sudo, TlsFiles};
use plimsoll::probe::Needs;
use plimsoll::redact::Redactor;
use plimsoll::transport::{Dial as _, Dialer, SshEnvironment};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::guard::trespasses;
use crate::harness::{Lab, lab};
use crate::planted::leaked_in;

/// Longest wait for anything that has to happen.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn over_ssh(lab: &Lab, name: &str, user: &str, sudo: Sudo) -> HostSpec {
    let target = SshTarget {
        host: lab.host(name).address.clone(),
        port: 22,
        user: Some(user.to_owned()),
        identity_files: vec![lab.ssh_file("id_ed25519")],
        known_hosts: vec![lab.ssh_file("known_hosts")],
        host_key: HostKeyPolicy::Strict,
        ..SshTarget::default()
    };
    let endpoint = Endpoint::Ssh {
        target,
        socket: None,
    };
    HostSpec {
        sudo,
        ..HostSpec::new(name, endpoint)
    }
}

fn over_tls(lab: &Lab, name: &str) -> HostSpec {
    let endpoint = Endpoint::Tcp {
        host: lab.host(name).address.clone(),
        port: 2376,
    };
    HostSpec {
        tls: Some(TlsFiles {
            ca: Some(lab.tls_file("ca.pem")),
            cert: Some(lab.tls_file("cert.pem")),
            key: Some(lab.tls_file("key.pem")),
            ..TlsFiles::default()
        }),
        ..HostSpec::new(name, endpoint)
    }
}

async fn read(spec: &HostSpec) -> Collected {
    let environment = SshEnvironment {
        user: "root".to_owned(),
        ..SshEnvironment::default()
    };
    read_by(&Dialer::new(environment, Arc::default()), spec).await
}

/// The same through a dialer that knows somebody to ask.
pub(crate) async fn read_by(dialer: &Dialer, spec: &HostSpec) -> Collected {
    let connection = dialer.dial(spec, &|_| ()).await.unwrap();
    let link = Link::read_only(Arc::from(connection));
    let collected = host(
        &link,
        &Order {
            transport: spec.header.transport,
            needs: &Needs::default(),
            redactor: &Redactor::new([3; 32]),
            sudo: spec.sudo,
            read_only: spec.header.mode == Mode::Audit,
            deadline: Instant::now() + PATIENCE,
            cancel: &CancellationToken::new(),
            clock: &plimsoll::app::environment::now,
            progress: &|_: Stage, _, _| (),
        },
    )
    .await;
    link.close().await;
    collected
}

/// What in an engine's answers is missing, apart from what is never looked into.
fn gaps(engine: &Engine) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |what: &str, gap: Option<&Gap>| {
        found.extend(gap.map(|gap| format!("{what}: {}", gap.message)));
    };
    note("version", engine.version.as_ref().err());
    note("info", engine.info.as_ref().err());
    note("containers", engine.containers.as_ref().err());
    note("images", engine.images.as_ref().err());
    note("networks", engine.networks.as_ref().err());
    note("volumes", engine.volumes.as_ref().err());
    note("plugins", engine.plugins.as_ref().err());
    note("swarm", engine.swarm.as_ref().err());
    for container in engine.containers.iter().flatten() {
        note(&container.name, container.detail.as_ref().err());
        note(&container.name, container.processes.as_ref().err());
    }
    for image in engine.images.iter().flatten() {
        if !image.used_by.is_empty() {
            note(&image.id, image.detail.as_ref().err());
            note(&image.id, image.history.as_ref().err());
        }
    }
    found
}

#[tokio::test]
async fn every_host_is_read_whole_in_three_waves() {
    let Some(lab) = lab() else { return };
    for each in lab.hosts() {
        let spec = if each.has_ssh {
            over_ssh(lab, &each.name, "root", Sudo::Never)
        } else {
            over_tls(lab, &each.name)
        };
        let collected = read(&spec).await;
        assert_eq!(collected.engine_failure, None, "{}", each.name);
        assert_eq!(collected.probe_failure, None, "{}", each.name);
        let evidence = &collected.evidence;
        assert_eq!(
            gaps(&evidence.engine),
            Vec::<String>::new(),
            "{}",
            each.name
        );
        assert_eq!(collected.requests.waves, 3, "{}", each.name);
        let containers = evidence.engine.containers.as_ref().unwrap();
        let running = containers.iter().filter(|one| one.is_running()).count();
        let images = evidence.engine.images.as_ref().unwrap();
        let used = images.iter().filter(|one| !one.used_by.is_empty()).count();
        let wanted = 8 + containers.len() + running + 2 * used;
        let requests = collected.ledger.requests();
        let lasting = requests
            .iter()
            .filter(|one| !of_the_moment(&one.target))
            .count();
        assert_eq!(lasting, wanted, "{}", each.name);
        for request in collected.ledger.requests() {
            assert_eq!(request.status, Some(200), "{}", request.target);
            let versioned = request.target.starts_with("/v1.");
            assert_eq!(versioned, request.wave >= 2, "{}", request.target);
        }
        let skew = evidence
            .engine
            .info
            .as_ref()
            .unwrap()
            .clock_skew_ms
            .unwrap();
        assert!(skew.abs() < 5000, "{}: {skew} ms", each.name);
        for source in &evidence.sources {
            assert_eq!(
                source.sha256.is_empty(),
                !hashed(&source.what),
                "{}",
                source.what
            );
        }
    }
    assert_eq!(trespasses(lab), Vec::<String>::new());
}

/// Whether a request asks for what is going on or has just gone on, of which there may be more or less.
fn of_the_moment(target: &str) -> bool {
    ["/events?", "/stats?", "/exec/"]
        .iter()
        .any(|part| target.contains(part))
}

/// Whether a source gives a part of the evidence of its own.
fn hashed(what: &str) -> bool {
    what != "GET /_ping" && (what.starts_with("GET ") || what == "probe")
}

#[tokio::test]
async fn no_planted_secret_is_in_the_evidence() {
    let Some(lab) = lab() else { return };
    for sudo in [Sudo::Never, Sudo::Auto] {
        let collected = read(&over_ssh(lab, "neglected", "root", sudo)).await;
        let told = serde_json::to_string(&collected.evidence).unwrap();
        assert_eq!(leaked_in(&told), Vec::<String>::new());
        assert_eq!(leaked_in(&format!("{collected:?}")), Vec::<String>::new());
        assert!(!told.contains('\u{1b}'));
        let web = collected.evidence.engine.containers.as_ref().unwrap();
        let web = web.iter().find(|one| one.name == "web").unwrap();
        let names: BTreeMap<_, _> = web
            .detail
            .as_ref()
            .unwrap()
            .env
            .iter()
            .map(|hidden| (hidden.name.as_str(), hidden.looks))
            .collect();
        assert!(names.contains_key("GITHUB_TOKEN"), "{names:?}");
    }
}

/// What an engine says that does not change from moment to moment.
fn lasting(engine: &Engine) -> Engine {
    let mut engine = engine.clone();
    if let Ok(info) = &mut engine.info {
        info.clock_skew_ms = None;
    }
    if let Ok(sessions) = &mut engine.sessions {
        (sessions.since, sessions.until) = (0, 0);
    }
    for container in engine.containers.iter_mut().flatten() {
        container.processes = Ok(Vec::new());
        container.usage = Ok(None);
        if let Ok(detail) = &mut container.detail {
            detail.health = None;
        }
    }
    engine
}

#[tokio::test]
async fn the_same_engine_says_the_same_over_ssh_and_over_tls() {
    let Some(lab) = lab() else { return };
    let ssh = read(&over_ssh(lab, "clean-26", "root", Sudo::Never)).await;
    let tls = read(&over_tls(lab, "clean-26")).await;
    assert_eq!(lasting(&ssh.evidence.engine), lasting(&tls.evidence.engine));
    assert_eq!(tls.evidence.transport, Transport::Tls);
    let gap = tls.evidence.host.found.unwrap_err();
    assert_eq!(
        (gap.class, gap.message.as_str()),
        (GapClass::Transport, "host files need SSH")
    );
    assert_eq!((tls.requests.exec, tls.probe_failure), (0, None));
}

#[tokio::test]
async fn root_is_used_where_sudo_allows_it_and_done_without_elsewhere() {
    let Some(lab) = lab() else { return };
    // Account, sudo in the inventory, uid of the probe, commands it took.
    let cases = [
        ("ops", Sudo::Auto, 0, 1),
        ("ops", Sudo::Never, 1, 1),
        ("auditor", Sudo::Auto, 1, 2),
        ("deploy", Sudo::Auto, 1, 2),
    ];
    for (user, sudo, uid, commands) in cases {
        let collected = read(&over_ssh(lab, "neglected", user, sudo)).await;
        let reader = collected.evidence.host.reader.as_ref().unwrap();
        assert_eq!(reader.uid.min(1), uid, "{user} {sudo:?}");
        assert_eq!(reader.login, user);
        assert_eq!(collected.probe_failure, None, "{user} {sudo:?}");
        assert_eq!(collected.requests.exec, commands, "{user} {sudo:?}");
    }
}

/// The classes of gaps in the host's half that have to do with rights.
pub(crate) fn refusals(collected: &Collected) -> BTreeMap<String, usize> {
    let text = serde_json::to_string(&collected.evidence.host).unwrap();
    ["permission", "authority"]
        .map(|class| {
            (
                class.to_owned(),
                text.matches(&format!("\"class\":\"{class}\"")).count(),
            )
        })
        .into()
}

#[tokio::test]
async fn what_the_inventory_forbids_is_not_laid_to_the_host() {
    let Some(lab) = lab() else { return };
    let refused = refusals(&read(&over_ssh(lab, "neglected", "auditor", Sudo::Auto)).await);
    assert!(
        refused["permission"] > 0 && refused["authority"] == 0,
        "{refused:?}"
    );
    let forbidden = refusals(&read(&over_ssh(lab, "neglected", "ops", Sudo::Never)).await);
    assert!(
        forbidden["permission"] == 0 && forbidden["authority"] > 0,
        "{forbidden:?}"
    );
    let granted = refusals(&read(&over_ssh(lab, "neglected", "ops", Sudo::Auto)).await);
    assert_eq!(
        granted["permission"] + granted["authority"],
        0,
        "{granted:?}"
    );
}

#[tokio::test]
async fn an_account_that_may_not_use_the_socket_still_tells_of_the_host() {
    let Some(lab) = lab() else { return };
    let collected = read(&over_ssh(lab, "clean-26", "auditor", Sudo::Auto)).await;
    let failure = collected.engine_failure.unwrap();
    let gap = collected.evidence.engine.info.unwrap_err();
    assert_eq!(gap.class, GapClass::Permission, "{failure:?}");
    assert!(collected.evidence.host.os.is_ok());
}

#[tokio::test]
async fn a_host_that_forwards_nothing_is_read_through_the_relay() {
    let Some(lab) = lab() else { return };
    let collected = read(&over_ssh(lab, "no-forward", "root", Sudo::Never)).await;
    assert_eq!(gaps(&collected.evidence.engine), Vec::<String>::new());
    // The probe, and one relay for each of two streams.
    assert_eq!(collected.requests.exec, 3);
    assert_eq!(trespasses(lab), Vec::<String>::new());
}
