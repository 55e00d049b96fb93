use plimsoll::access::link::Link;
use plimsoll::assess::{Assessor, HostInput};
use plimsoll::collect::{Order, host};
use plimsoll::domain::policy::*;
use plimsoll::inventory::spec::*;
use plimsoll::probe::Needs;
use plimsoll::redact::Redactor;
use plimsoll::transport::{Dial as _, Dialer, SshEnvironment};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
const K: &str = "/var/lib/plimsoll-lab/hand/keys";
#[tokio::main]
async fn main() {
    for (name, ip, way) in [
        ("clean-2010", "10.77.0.11", "ssh"),
        ("clean-26", "10.77.0.12", "ssh"),
        ("clean-26", "10.77.0.12", "tls"),
        ("neglected", "10.77.0.13", "ssh"),
        ("tls-only", "10.77.0.14", "tls"),
        ("systemd", "10.77.0.16", "ssh"),
        ("neglected", "10.77.0.13", "http"),
        ("clean-26", "10.77.0.12", "auditor"),
    ] {
        let mut spec = if way == "ssh" || way == "auditor" {
            HostSpec::new(
                name,
                Endpoint::Ssh {
                    target: SshTarget {
                        host: ip.into(),
                        port: 22,
                        user: Some(if way == "auditor" { "auditor" } else { "root" }.into()),
                        identity_files: vec![format!("{K}/ssh/id_ed25519").into()],
                        known_hosts: vec![format!("{K}/ssh/known_hosts").into()],
                        host_key: HostKeyPolicy::Strict,
                    },
                    socket: None,
                },
            )
        } else {
            let mut s = HostSpec::new(
                name,
                Endpoint::Tcp {
                    host: ip.into(),
                    port: if way == "http" { 2375 } else { 2376 },
                },
            );
            if way == "tls" {
                s.tls = Some(TlsFiles {
                    ca: format!("{K}/tls/ca.pem").into(),
                    cert: format!("{K}/tls/cert.pem").into(),
                    key: format!("{K}/tls/key.pem").into(),
                    server_name: None,
                });
            }
            s
        };
        spec.sudo = Sudo::Auto;
        let dialer = Dialer::new(SshEnvironment {
            agent: None,
            home: None,
            user: "root".into(),
            known_hosts: vec![],
        });
        let connection = match dialer.dial(&spec, &|_| ()).await {
            Ok(c) => c,
            Err(e) => {
                println!("{name} {way}: {e:?}");
                continue;
            }
        };
        let link = Link::read_only(Arc::from(connection));
        let needs = Needs {
            places: plimsoll::controls::places(),
            ..Needs::default()
        };
        let collected = host(
            &link,
            &Order {
                transport: spec.header.transport,
                needs: &needs,
                redactor: &Redactor::new([3; 32]),
                sudo: spec.sudo,
                deadline: Instant::now() + Duration::from_secs(60),
                cancel: &CancellationToken::new(),
                clock: &plimsoll::app::environment::now,
                progress: &|_, _, _| (),
            },
        )
        .await;
        link.close().await;
        println!(
            "\n===== {name} {way}: engine {:?} probe {:?}",
            collected.engine_failure, collected.probe_failure
        );
        std::fs::write(
            format!("/tmp/ev-{name}-{way}.json"),
            serde_json::to_vec_pretty(&collected.evidence).unwrap(),
        )
        .unwrap();
        let mut header = spec.header.clone();
        header.profile = std::env::args().nth(1).unwrap_or("all".into());
        let policy = Policy {
            values: [
                (
                    "docker_users".to_owned(),
                    PolicyValue::List(vec!["deploy".into()]),
                ),
                (
                    "own_registries".to_owned(),
                    PolicyValue::List(vec![
                        "registry.example.net".into(),
                        "docker.io/legacy".into(),
                    ]),
                ),
            ]
            .into_iter()
            .collect(),
        };
        let assessor = Assessor::new(vec![]).unwrap();
        let rows = assessor.host(&HostInput {
            header: &header,
            evidence: &collected.evidence,
            policy: &policy,
            insecure_endpoint: spec.tls.is_none(),
            now: plimsoll::app::environment::now(),
        });
        let mut out = String::new();
        for r in &rows {
            out.push_str(&format!(
                "{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
                r.outcome.word(),
                r.severity.word(),
                r.control,
                r.subject.id,
                r.observed,
                r.caused_by.unwrap_or(""),
                r.gap
                    .as_ref()
                    .map(|g| format!("{}: {}", g.class.word(), g.message))
                    .unwrap_or_default()
            ));
        }
        std::fs::write(format!("/tmp/rows-{name}-{way}.tsv"), &out).unwrap();
        println!("{:?} rows {}", assessor.state(&rows), rows.len());
    }
}
