//! A hand-made fleet that shows every state a host can be in.

use std::sync::Arc;

use plimsoll::domain::event::{FleetEvent, HostReport, HostState};
use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::domain::gap::GapClass;
use plimsoll::domain::host::{HostHeader, Mode, Transport};
use plimsoll::domain::outcome::{ControlResult, Outcome, Subject, SubjectKind};
use plimsoll::domain::waiver::WaiverNote;

use super::rows::{NOW, container, fail, header, passes, report, row, unknown};

/// A host that could not be assessed.
pub(super) fn failed(header: &HostHeader, failure: Failure) -> HostReport {
    HostReport {
        error: Some(failure),
        key: None,
        engine: None,
        os: None,
        kernel: None,
        ..report(header, HostState::Failed, Vec::new())
    }
}

/// The neglected host: every severity, a cause with followers, a waiver, a gap, a question for a person.
fn neglected(header: &HostHeader) -> HostReport {
    let daemon = Subject::daemon;
    let mut listener = fail(
        "host-api-listener",
        Subject::host(),
        "dockerd listens on 0.0.0.0:2375",
        "no open port",
    );
    listener.caused_by = Some("daemon-tls-verify");
    let mut results = vec![
        fail(
            "daemon-tls-verify",
            daemon(),
            "tcp://0.0.0.0:2375 without tlsverify",
            "no TCP listener, or client certificates required",
        ),
        listener,
        privileged("jenkins-dind"),
        fail(
            "run-socket-mount",
            container("portainer"),
            "/var/run/docker.sock mounted read-write",
            "not mounted",
        ),
        unlimited("jenkins-dind"),
        unlimited("api"),
        unlimited("portainer"),
        waived(privileged("node-exporter")),
        fail("daemon-icc", daemon(), "icc=true (default)", "icc=false"),
        row(
            "daemon-live-restore",
            daemon(),
            Outcome::Pass,
            "live-restore=true",
        ),
        fail(
            "perm-docker-sock-mode",
            Subject::file("/var/run/docker.sock"),
            "mode 0666",
            "mode 0660 or stricter",
        ),
        row(
            "perm-etc-docker-owner",
            Subject::file("/etc/docker"),
            Outcome::Pass,
            "root:root",
        ),
        row(
            "perm-docker-group",
            Subject::new(SubjectKind::Account, "docker"),
            Outcome::Manual,
            "members alice, bob, ci: no reviewed list in the policy",
        ),
        unknown(
            "os-supported-platform",
            Subject::host(),
            GapClass::NoData,
            "the table has no row for this release",
        ),
    ];
    results.extend(passes(30));
    HostReport {
        evidence: Some(Arc::new(super::evidence::neglected())),
        ..report(header, HostState::Assessed, results)
    }
}

fn privileged(name: &str) -> ControlResult {
    fail(
        "run-privileged",
        container(name),
        "privileged=true",
        "privileged=false",
    )
}

fn unlimited(name: &str) -> ControlResult {
    fail("run-memory-limit", container(name), "no limit", "a limit")
}

fn waived(mut row: ControlResult) -> ControlResult {
    row.outcome = Outcome::Waived;
    row.waiver = Some(WaiverNote {
        owner: "platform team".into(),
        reason: "reads the host's counters".into(),
        expires: "2027-01-31".into(),
    });
    row
}

/// A host on which sudo asks for a password.
fn without_sudo(header: &HostHeader) -> HostReport {
    let refused = |control| {
        unknown(
            control,
            Subject::host(),
            GapClass::Permission,
            "sudo -n was refused",
        )
    };
    let mut results = vec![
        privileged("backup"),
        unlimited("postgres"),
        refused("perm-docker-sock-mode"),
        refused("perm-etc-docker-owner"),
    ];
    results.extend(passes(20));
    HostReport {
        duration_ms: 2_310,
        error: Some(Failure::new(
            FailureClass::SudoDenied,
            Stage::Probe,
            "sudo -n was refused: a password is required",
            "Give the account the rule that `plimsoll grant` prints.",
        )),
        ..report(header, HostState::Partial, results)
    }
}

/// A host whose files cannot be read.
fn over_tls(header: &HostHeader) -> HostReport {
    let mut results = vec![
        fail(
            "run-socket-mount",
            container("watcher"),
            "/var/run/docker.sock mounted",
            "not mounted",
        ),
        row(
            "run-memory-limit",
            container("watcher"),
            Outcome::Pass,
            "512M",
        ),
    ];
    for control in [
        "perm-docker-sock-mode",
        "perm-etc-docker-owner",
        "perm-docker-group",
    ] {
        let why = "files of the host cannot be read over TLS";
        results.push(unknown(control, Subject::host(), GapClass::Transport, why));
    }
    results.push(fail(
        "swarm-services-hardening",
        Subject::new(SubjectKind::Service, "shop_web"),
        "memory is not limited",
        "a limit",
    ));
    HostReport {
        evidence: Some(Arc::new(super::evidence::manager())),
        ..report(header, HostState::Assessed, results)
    }
}

/// A host that tries to write to the terminal.
fn hostile(header: &HostHeader) -> HostReport {
    let results = vec![
        fail(
            "run-socket-mount",
            container("\u{1b}[31mred\u{1b}]0;owned\u{7}"),
            "\u{1b}[2Jcleared \u{202e}gpj.exe",
            "not mounted",
        ),
        fail(
            "run-memory-limit",
            container("缓存-服务-容器-名称很长很长很长"),
            "没有限制",
            "a limit",
        ),
        row("daemon-log-level", Subject::daemon(), Outcome::Pass, "info"),
    ];
    report(header, HostState::Assessed, results)
}

fn changed_key() -> Failure {
    let mut failure = Failure::new(
        FailureClass::HostkeyChanged,
        Stage::Hostkey,
        "the host shows another key than known_hosts line 12 has",
        "Compare the fingerprint with the owner; if it is right, remove the old line: ssh-keygen -R edge-hk-01",
    );
    failure.causes = vec![
        "offered SHA256:Zx81kk0 (ed25519)".into(),
        "expected SHA256:Qp20vv7 (ed25519)".into(),
    ];
    failure
}

/// A refusal of every key.
pub(super) fn refused() -> Failure {
    Failure::new(
        FailureClass::Auth,
        Stage::Authentication,
        "3 agent keys tried, none accepted for ops",
        "Add the public key to the account, or name another identity_file.",
    )
}

fn silence() -> Failure {
    Failure::new(
        FailureClass::Timeout,
        Stage::Tcp,
        "no answer within 10s",
        "Check the address and the firewall between here and the host.",
    )
}

/// Everything, with the sweep still running.
pub(super) fn mixed() -> Vec<FleetEvent> {
    let mut jump = header("db-prod-02", &["prod", "db"], Transport::Ssh);
    jump.jumps = vec!["bastion".into()];
    let mut edge = header("edge-hk-01", &["edge"], Transport::Ssh);
    edge.mode = Mode::Audit;
    edge.jumps = vec!["bastion-hk".into()];
    let hosts = vec![
        header("web-prod-01", &["prod", "web"], Transport::Ssh),
        jump,
        header("cache-01", &["prod", "web"], Transport::Tls),
        header("web-prod-02", &["prod", "web"], Transport::Ssh),
        header("web-prod-03", &["prod", "web"], Transport::Ssh),
        edge,
        header("edge-hk-02", &["edge"], Transport::Ssh),
        header("edge-hk-03", &["edge"], Transport::Ssh),
        header("数据库-主机-01", &["prod", "db"], Transport::Ssh),
        header("build-07", &["staging"], Transport::Ssh),
        header("build-08", &["staging"], Transport::Ssh),
        header("build-09", &["staging"], Transport::Ssh),
        header("here", &[], Transport::Local),
    ];
    let mut events = vec![FleetEvent::Started {
        at: NOW - 4_000,
        hosts: Arc::new(hosts.clone()),
    }];
    for (host, report) in finished(&hosts) {
        events.push(FleetEvent::Finished {
            host,
            report: Arc::new(report),
        });
    }
    for (host, stage, done, total) in [
        (9, Stage::Kex, 0, 0),
        (10, Stage::Collect, 31, 44),
        (11, Stage::Tcp, 0, 0),
    ] {
        events.push(FleetEvent::Entered {
            host,
            stage,
            done,
            total,
        });
    }
    events
}

fn finished(hosts: &[HostHeader]) -> Vec<(usize, HostReport)> {
    let mut medium = vec![fail(
        "daemon-icc",
        Subject::daemon(),
        "icc=true (default)",
        "icc=false",
    )];
    medium.extend(passes(40));
    let late = fail(
        "daemon-log-level",
        Subject::daemon(),
        "log-level=debug",
        "log-level=info",
    );
    vec![
        (0, neglected(&hosts[0])),
        (1, without_sudo(&hosts[1])),
        (2, over_tls(&hosts[2])),
        (3, report(&hosts[3], HostState::Assessed, medium)),
        (4, report(&hosts[4], HostState::Assessed, passes(47))),
        (5, failed(&hosts[5], changed_key())),
        (6, failed(&hosts[6], refused())),
        (7, failed(&hosts[7], silence())),
        (8, hostile(&hosts[8])),
        (12, report(&hosts[12], HostState::Assessed, vec![late])),
    ]
}

/// The end of a sweep.
pub(super) fn ended() -> FleetEvent {
    FleetEvent::Ended {
        at: NOW - 500,
        fleet: Arc::new(vec![fail(
            "host-api-listener",
            Subject {
                kind: SubjectKind::Fleet,
                id: "fleet".into(),
                name: "fleet".into(),
            },
            "web-prod-01 and web-prod-02 answer with one engine id",
            "an engine id of its own",
        )]),
        cancelled: false,
    }
}

/// The end of the sweep of [`mixed`], with the hosts that were being read found clean.
pub(super) fn ended_well() -> Vec<FleetEvent> {
    let mut events: Vec<FleetEvent> = (9..=11)
        .map(|host| FleetEvent::Finished {
            host,
            report: Arc::new(report(
                &header(
                    &format!("build-{:02}", host - 2),
                    &["staging"],
                    Transport::Ssh,
                ),
                HostState::Assessed,
                passes(47),
            )),
        })
        .collect();
    events.push(ended());
    events
}

/// Many hosts, most of them read.
pub(super) fn many(count: usize) -> Vec<FleetEvent> {
    let hosts: Vec<HostHeader> = (0..count)
        .map(|index| header(&format!("node-{index:03}"), &["prod"], Transport::Ssh))
        .collect();
    let mut events = vec![FleetEvent::Started {
        at: NOW - 9_000,
        hosts: Arc::new(hosts.clone()),
    }];
    for (host, header) in hosts.iter().enumerate() {
        if host % 7 == 6 {
            events.push(FleetEvent::Entered {
                host,
                stage: Stage::Collect,
                done: 3,
                total: 44,
            });
            continue;
        }
        let mut results = passes(10 + host % 20);
        if host % 3 == 0 {
            results.push(fail(
                "daemon-icc",
                Subject::daemon(),
                "icc=true (default)",
                "icc=false",
            ));
        }
        if host % 11 == 0 {
            results.push(fail(
                "run-privileged",
                container("ci"),
                "privileged=true",
                "privileged=false",
            ));
        }
        events.push(FleetEvent::Finished {
            host,
            report: Arc::new(report(header, HostState::Assessed, results)),
        });
    }
    events
}
