//! The doctor: which stage a host stops at, what followed was not come to, and what each side can change.

use plimsoll::app::environment;
use plimsoll::doctor::examine;
use plimsoll::domain::diagnosis::{Check, Diagnosis, Verdict};
use plimsoll::domain::failure::FailureClass;
use plimsoll::inventory::spec::{Endpoint, HostSpec, SshTarget};
use plimsoll::probe::Needs;
use plimsoll::redact::Redactor;
use plimsoll::report::doctor;
use plimsoll::report::style::Style;
use plimsoll::simulate::demo;
use plimsoll::transport::Dial;

use crate::transport::ssh_host::{Plan, SshHost, key, key_file};
use crate::transport::{dialer, in_time, over_ssh};

async fn diagnose(spec: &HostSpec, dialer: &dyn Dial) -> Diagnosis {
    let redactor = Redactor::new([3; 32]);
    let needs = Needs::default();
    in_time(examine(spec, dialer, &redactor, &needs, &environment::now)).await
}

fn check<'d>(diagnosis: &'d Diagnosis, name: &str) -> &'d Check {
    let found = diagnosis.checks.iter().find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {diagnosis:?}"))
}

fn verdicts(diagnosis: &Diagnosis) -> Vec<(&str, Verdict)> {
    diagnosis
        .checks
        .iter()
        .map(|check| (check.name, check.verdict))
        .collect()
}

#[tokio::test]
async fn a_key_that_is_refused_stops_there() {
    use Verdict::{Failed, Ok, Skipped};
    let host = SshHost::start(Plan::default()).await;
    let wrong = key_file(host.folder.path(), "wrong", &key(9));
    let spec = over_ssh(SshTarget {
        identity_files: vec![wrong],
        ..host.target()
    });
    let diagnosis = diagnose(&spec, &dialer()).await;
    assert!(!diagnosis.is_well());
    assert_eq!(
        verdicts(&diagnosis),
        [
            ("name", Ok),
            ("tcp", Ok),
            ("kex", Ok),
            ("hostkey", Ok),
            ("authentication", Failed),
            ("forward", Skipped),
            ("exec", Skipped),
            ("sudo", Skipped),
            ("engine", Skipped),
            ("api", Skipped),
        ]
    );
    let login = check(&diagnosis, "authentication");
    assert!(login.details[0].contains("refused"), "{login:?}");
    assert!(login.here.as_ref().unwrap().contains("identity_file"));
    assert!(login.there.as_ref().unwrap().contains("authorized_keys"));
    assert!(!check(&diagnosis, "kex").details.is_empty());
    assert!(check(&diagnosis, "hostkey").details[0].contains("SHA256:"));
    let port = format!("-p {}", host.port);
    assert!(diagnosis.by_hand.contains(&port), "{}", diagnosis.by_hand);
}

#[tokio::test]
async fn a_login_that_works_goes_on_to_the_engine() {
    let host = SshHost::start(Plan::default()).await;
    let diagnosis = diagnose(&over_ssh(host.target()), &dialer()).await;
    let forward = check(&diagnosis, "forward");
    assert_eq!(forward.verdict, Verdict::Ok);
    assert_eq!(forward.details, ["forwarded /var/run/docker.sock"]);
    // This server has no shell.
    let exec = check(&diagnosis, "exec");
    assert_eq!(exec.verdict, Verdict::Failed, "{exec:?}");
    assert!(!diagnosis.is_well());
}

#[tokio::test]
async fn nobody_at_the_port_stops_at_tcp() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let endpoint = Endpoint::Tcp {
        host: "127.0.0.1".to_owned(),
        port,
    };
    let diagnosis = diagnose(&HostSpec::new("web", endpoint), &dialer()).await;
    let tcp = check(&diagnosis, "tcp");
    assert_eq!(tcp.failure.as_ref().unwrap().class, FailureClass::Refused);
    assert_eq!(check(&diagnosis, "tls").verdict, Verdict::Skipped);
}

#[tokio::test]
async fn a_host_of_the_demo_is_well() {
    let inventory = plimsoll::app::fleet::parse(
        demo::INVENTORY,
        "demo",
        std::path::Path::new("/demo"),
        &environment::Environment::read(),
    )
    .unwrap();
    let simulator = demo::simulator().unwrap();
    let diagnosis = diagnose(&inventory.hosts[0], &simulator).await;
    assert!(diagnosis.is_well(), "{diagnosis:?}");
    assert!(check(&diagnosis, "engine").details[0].contains("docker"));
    assert_eq!(check(&diagnosis, "api").verdict, Verdict::Ok);
}

#[test]
fn it_is_told_to_people_and_to_programs() {
    let failure = plimsoll::domain::failure::Failure::new(
        FailureClass::Auth,
        plimsoll::domain::failure::Stage::Authentication,
        "web-01 refused the key",
        "look at authorized_keys",
    );
    let diagnosis = Diagnosis {
        host: "web-01".to_owned(),
        endpoint: "ssh://web-01:22".to_owned(),
        jumps: vec!["bastion".to_owned()],
        checks: vec![
            Check {
                verdict: Verdict::Ok,
                ms: Some(12.34),
                details: vec!["curve\u{1b}[31m".to_owned(), "second".to_owned()],
                ..Check::skipped("kex")
            },
            Check {
                verdict: Verdict::Failed,
                failure: Some(failure),
                here: Some("identity_file".to_owned()),
                ..Check::skipped("authentication")
            },
            Check::skipped("forward"),
        ],
        by_hand: "ssh -v web-01".to_owned(),
    };
    let text = doctor::text(std::slice::from_ref(&diagnosis), &Style::default());
    insta::assert_snapshot!("doctor", text);
    assert!(!text.contains('\u{1b}'));
    let json = doctor::json(&[diagnosis]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "plimsoll.doctor/1");
    let checks = json["hosts"][0]["checks"].as_array().unwrap();
    assert_eq!(checks[1]["verdict"], "failed");
    assert_eq!(checks[1]["failure"]["class"], "auth");
}
