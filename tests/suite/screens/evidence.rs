//! What was read from the neglected host of the hand-made fleet.

use std::collections::BTreeMap;

use plimsoll::domain::evidence::HostEvidence;
use plimsoll::domain::evidence::container::{Container, Detail, Mount, Owner, Port};
use plimsoll::domain::evidence::engine::Engine;
use plimsoll::domain::evidence::host::{
    Accounts, Audit, AuditRule, Discovery, FileStat, Group, HostFacts, Setting, Settings,
};
use plimsoll::domain::evidence::secret::{Hidden, Looks};
use plimsoll::domain::gap::Gap;
use plimsoll::domain::host::Transport;

fn container(name: &str, image: &str, state: &str, detail: Detail) -> Container {
    Container {
        id: format!("{:0<64}", "9c1f0e77a2b4"),
        name: name.into(),
        image: image.into(),
        image_id: String::new(),
        state: state.into(),
        created: 0,
        owner: Owner::Nobody,
        labels: Vec::new(),
        compose_files: Vec::new(),
        processes: Ok(Vec::new()),
        detail: Ok(detail),
    }
}

fn containers() -> Vec<Container> {
    let bridge = || Detail {
        network_mode: "bridge".into(),
        ..Detail::default()
    };
    vec![
        container(
            "jenkins-dind",
            "docker:27-dind",
            "running",
            Detail {
                privileged: true,
                cap_add: vec!["ALL".into()],
                env: vec![Hidden {
                    name: "AWS_SECRET_ACCESS_KEY".into(),
                    length: 40,
                    fingerprint: "0123456789abcdef".into(),
                    looks: Looks::Secret,
                }],
                ports: vec![Port {
                    inside: "2375/tcp".into(),
                    address: "0.0.0.0".into(),
                    port: 2375,
                }],
                ..bridge()
            },
        ),
        container(
            "portainer",
            "portainer/portainer-ce:2.21",
            "running",
            Detail {
                mounts: vec![Mount {
                    kind: "bind".into(),
                    source: "/var/run/docker.sock".into(),
                    target: "/var/run/docker.sock".into(),
                    writable: true,
                    propagation: "rprivate".into(),
                }],
                ..bridge()
            },
        ),
        container(
            "api",
            "registry.example.net/shop/api@sha256:77ab0d4c2f1e9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b",
            "running",
            Detail {
                user: "1000:1000".into(),
                cap_drop: vec!["ALL".into()],
                read_only: true,
                memory: 1 << 30,
                ..bridge()
            },
        ),
        container(
            "node-exporter",
            "prom/node-exporter:1.8",
            "exited",
            bridge(),
        ),
    ]
}

fn host(gap: &Gap) -> HostFacts {
    let stat = |user: &str, mode: u32, kind: &str| FileStat {
        kind: kind.into(),
        mode,
        user: user.into(),
        group: if kind == "socket" { "docker" } else { "root" }.into(),
        ..FileStat::default()
    };
    let mut host = HostFacts::missing(gap);
    host.found = Ok(Discovery {
        config_path: "/etc/docker/daemon.json".into(),
        flags: Settings {
            values: BTreeMap::from([("tlsverify".to_owned(), Setting::Bool(false))]),
            ..Settings::default()
        },
        ..Discovery::default()
    });
    host.files = BTreeMap::from([
        (
            "/etc/docker".to_owned(),
            Ok(Some(stat("root", 0o755, "dir"))),
        ),
        (
            "/var/run/docker.sock".to_owned(),
            Ok(Some(stat("root", 0o666, "socket"))),
        ),
    ]);
    host.accounts = Ok(Accounts {
        groups: vec![Group {
            name: "docker".into(),
            gid: 998,
            members: vec!["alice".into(), "bob".into(), "ci".into()],
        }],
    });
    host.audit = Ok(Audit {
        daemon: true,
        enabled: Ok(1),
        lost: Ok(0),
        rules: Ok(vec![AuditRule {
            path: "/etc/docker".into(),
            folder: true,
            permissions: "wa".into(),
        }]),
    });
    host
}

/// Containers, files, accounts and settings of a host that nobody looked after.
pub(super) fn neglected() -> HostEvidence {
    let gap = Gap::no_data("not part of this picture");
    let mut engine = Engine::missing(&gap);
    engine.containers = Ok(containers());
    HostEvidence {
        collected_at: super::rows::NOW - 2_400,
        transport: Transport::Ssh,
        sources: Vec::new(),
        engine,
        host: host(&gap),
    }
}
