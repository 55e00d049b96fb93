//! Makes the recordings that the demo plays: `tests/lab/record` runs the two tools below, which are tests only because
//! that gives them the lab. Without `PLIMSOLL_RECORD` they check that the committed recordings still fit: today's
//! program, sent to today's hosts, asks nothing that the recordings do not answer.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll::app::environment::Environment;
use plimsoll::app::fleet::{self, Choice};
use plimsoll::app::run;
use plimsoll::domain::failure::Failure;
use plimsoll::inventory::spec::Sudo;
use plimsoll::probe::SCRIPT;
use plimsoll::simulate::recording::{Answer, ProbeRecording, Recording};
use plimsoll::transport::{Dial, RemoteCommand};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::harness::{Lab, lab};
use crate::witness::{Exchange, Kind, Witness, requests_in};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/simulate/recordings")
}

/// Sweeps every host of the lab through a witness, as root with and as `user` without sudo.
fn witnessed(lab: &Lab, user: &str, sudo: Sudo) -> Vec<Exchange> {
    let state = tempfile::tempdir().unwrap();
    let mut environment = Environment::read();
    environment.state = Some(state.path().to_path_buf());
    let choice = Choice {
        inventory: Some(lab.inventory()),
        ..Choice::default()
    };
    let mut fleet = fleet::load(&choice, &environment).unwrap();
    for host in &mut fleet.inventory.hosts {
        host.sudo = sudo;
        if let plimsoll::inventory::spec::Endpoint::Ssh { target, .. } = &mut host.endpoint {
            target.user = Some(user.to_owned());
        }
    }
    let (ways, _nobody) = run::Ways::real(&environment, false);
    let witness = Witness::new(Arc::clone(&ways.dialer));
    let dialer: Arc<dyn Dial> = Arc::new(witness.clone());
    let ways = run::Ways { dialer, ..ways };
    let sweep = run::sweep(&fleet, &choice, &environment, ways, run::clock(), false).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut events = run::headless(sweep, Vec::new(), CancellationToken::new());
        while events.recv().await.is_some() {}
    });
    witness.exchanges()
}

/// The answers in the bytes received over one stream, in the order of the requests.
fn answers_in(received: &[u8]) -> Vec<(u16, BTreeMap<String, String>, Vec<u8>)> {
    let mut out = Vec::new();
    let mut rest = received;
    while !rest.is_empty() {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(used) = head.parse(rest).unwrap() else {
            panic!("an answer breaks off");
        };
        let fields: BTreeMap<String, String> = head
            .headers
            .iter()
            .map(|header| {
                (
                    header.name.to_ascii_lowercase(),
                    String::from_utf8_lossy(header.value).into_owned(),
                )
            })
            .collect();
        rest = &rest[used..];
        let mut body = Vec::new();
        if let Some(length) = fields.get("content-length") {
            let (this, next) = rest.split_at(length.parse().unwrap());
            body.extend_from_slice(this);
            rest = next;
        } else {
            loop {
                let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
                let size =
                    usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
                rest = &rest[end + 2..];
                body.extend_from_slice(&rest[..size]);
                rest = &rest[size + 2..];
                if size == 0 {
                    break;
                }
            }
        }
        out.push((head.code.unwrap(), fields, body));
    }
    out
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec())
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn probe_in(exchange: &Exchange) -> Option<ProbeRecording> {
    let request = exchange.sent.strip_prefix(SCRIPT.as_bytes())?;
    let mark = b"\x1eend 1\n";
    let end = exchange
        .received
        .windows(mark.len())
        .position(|window| window == mark)?
        + mark.len();
    Some(ProbeRecording {
        round_one: lines(&exchange.received[..end]),
        request: lines(request),
        round_two: lines(&exchange.received[end..]),
    })
}

/// The time by an engine's clock, which `/info` tells, in milliseconds since 1970-01-01 UTC.
fn told_time(body: &Value) -> Option<i64> {
    let time: jiff::Timestamp = body.pointer("/SystemTime")?.as_str()?.parse().ok()?;
    Some(time.as_millisecond())
}

fn add(recordings: &mut BTreeMap<String, Recording>, exchanges: &[Exchange], who: &str) {
    for exchange in exchanges {
        let recording = recordings
            .entry(exchange.host.clone())
            .or_insert_with(|| Recording {
                of: exchange.host.clone(),
                at: plimsoll::app::environment::now(),
                api_version: String::new(),
                server: String::new(),
                answers: BTreeMap::new(),
                probes: BTreeMap::new(),
            });
        match exchange.kind {
            Kind::Engine if who == "root" => {
                let requests = requests_in(&exchange.sent);
                for ((_, target), (status, fields, body)) in
                    requests.into_iter().zip(answers_in(&exchange.received))
                {
                    if let Some(version) = fields.get("api-version") {
                        recording.api_version.clone_from(version);
                    }
                    if let Some(server) = fields.get("server") {
                        recording.server.clone_from(server);
                    }
                    let body = serde_json::from_slice(&body).unwrap_or_else(|_| {
                        Value::String(String::from_utf8_lossy(&body).into_owned())
                    });
                    let key = plimsoll::simulate::engine::key(&target).to_owned();
                    // The lab's hosts go by this machine's clock: in the demo they are then as right as they are here.
                    if let Some(at) = told_time(&body) {
                        recording.at = at;
                    }
                    recording.answers.insert(key, Answer { status, body });
                }
            }
            Kind::Command(RemoteCommand::Probe { .. }) => {
                if let Some(probe) = probe_in(exchange) {
                    recording.probes.insert(who.to_owned(), probe);
                }
            }
            Kind::Engine | Kind::Command(_) => {}
        }
    }
}

#[test]
fn recordings_of_hosts() {
    let Some(lab) = lab() else { return };
    let mut recordings = BTreeMap::new();
    add(&mut recordings, &witnessed(lab, "root", Sudo::Auto), "root");
    add(
        &mut recordings,
        &witnessed(lab, "deploy", Sudo::Never),
        "user",
    );
    assert_eq!(recordings.len(), lab.hosts().len());
    let record = std::env::var("PLIMSOLL_RECORD").is_ok();
    for (name, fresh) in recordings {
        let path = folder().join(format!("{name}.json"));
        if record {
            fs::create_dir_all(folder()).unwrap();
            let text = serde_json::to_string_pretty(&fresh).unwrap();
            fs::write(&path, text + "\n").unwrap();
            continue;
        }
        let old = Recording::parse(&fs::read_to_string(&path).unwrap()).unwrap();
        let shape = |recording: &Recording| -> Vec<String> {
            recording
                .answers
                .keys()
                .filter(|path| path.matches('/').count() == 1 || path.ends_with("/json?all=1"))
                .cloned()
                .collect()
        };
        assert_eq!(shape(&fresh), shape(&old), "{name}: run tests/lab/record");
        for (who, probe) in &fresh.probes {
            let known = &old.probes[who].request;
            let tree = |request: &[String]| -> Vec<String> {
                request
                    .iter()
                    .filter(|line| line.starts_with("tree "))
                    .cloned()
                    .collect()
            };
            assert_eq!(
                tree(&probe.request),
                tree(known),
                "{name}: run tests/lab/record"
            );
        }
    }
}

#[test]
fn recordings_of_failures() {
    let Some(lab) = lab() else { return };
    if std::env::var("PLIMSOLL_RECORD").is_err() {
        let text = fs::read_to_string(folder().join("failures.json")).unwrap();
        let old: BTreeMap<String, Failure> = serde_json::from_str(&text).unwrap();
        assert_eq!(old.len(), 6, "run tests/lab/record");
        return;
    }
    let wanted = [
        ("dead", "black-hole"),
        ("refused", "wrong-port"),
        ("hostkey-changed", "changed-host-key"),
        ("auth", "wrong-key"),
        ("tls-expired", "expired-client"),
        ("socket-denied", "no-socket"),
    ];
    let found = crate::trouble::failures(lab);
    let failures: BTreeMap<&str, &Failure> = wanted
        .iter()
        .map(|(fault, trouble)| (*fault, &found[*trouble]))
        .collect();
    fs::create_dir_all(folder()).unwrap();
    let text = serde_json::to_string_pretty(&failures).unwrap();
    fs::write(folder().join("failures.json"), text + "\n").unwrap();
}
