//! What was read from the neglected host of the hand-made fleet.

use std::collections::BTreeMap;

use plimsoll::domain::evidence::HostEvidence;
use plimsoll::domain::evidence::container::{Container, Detail, Mount, Owner, Port};
use plimsoll::domain::evidence::engine::{Engine, Info, SecurityOption};
use plimsoll::domain::evidence::host::{
    Accounts, Audit, AuditRule, Discovery, FileStat, FileSystem, Group, HostFacts, Listener,
    OsRelease, ProcessStatus, Setting, Settings, UnitState,
};
use plimsoll::domain::evidence::image::{Image, ImageDetail, Step};
use plimsoll::domain::evidence::secret::{Hidden, Looks};
use plimsoll::domain::evidence::swarm::{Named, Node, Service, Swarm};
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
        compose_env: Vec::new(),
        processes: Ok(Vec::new()),
        execs: Ok(Vec::new()),
        usage: Ok(None),
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
                pid: 4711,
                user: "1000:1000".into(),
                security_opt: vec!["no-new-privileges:false".into()],
                apparmor_profile: "docker-default".into(),
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

fn images() -> Vec<Image> {
    let image = |tag: &str, size: i64, used_by: &[&str]| Image {
        id: format!("sha256:{:0<64}", "0c2e"),
        tags: vec![tag.into()],
        digests: Vec::new(),
        created: super::rows::NOW / 1_000 - 212 * 86_400,
        size,
        used_by: used_by.iter().map(|name| (*name).to_owned()).collect(),
        detail: Err(Gap::no_data("no container uses it")),
        history: Err(Gap::no_data("no container uses it")),
        attestations: Err(Gap::no_data("no container uses it")),
    };
    let mut dind = image("docker:27-dind", 361_000_000, &["jenkins-dind"]);
    dind.detail = Ok(ImageDetail {
        env: vec![Hidden {
            name: "NPM_TOKEN".into(),
            length: 36,
            fingerprint: "89abcdef01234567".into(),
            looks: Looks::Secret,
        }],
        command: vec!["dockerd-entrypoint.sh".into()],
        exposed_ports: vec!["2375/tcp".into(), "2376/tcp".into()],
        os: "linux".into(),
        architecture: "amd64".into(),
        ..ImageDetail::default()
    });
    dind.history = Ok(vec![
        Step {
            created_by: "ADD rootfs.tar.gz /".into(),
            size: 8_100_000,
            secrets: Vec::new(),
        },
        Step {
            created_by: "ARG NPM_TOKEN=(hidden)".into(),
            size: 0,
            secrets: vec![Hidden {
                name: "NPM_TOKEN".into(),
                length: 36,
                fingerprint: "89abcdef01234567".into(),
                looks: Looks::Secret,
            }],
        },
    ]);
    vec![
        dind,
        image("portainer/portainer-ce:2.21", 1_240_000_000, &["portainer"]),
        image("nginx:1.19", 133_000_000, &[]),
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
    system(&mut host);
    host.processes = BTreeMap::from([(
        4711,
        Ok(ProcessStatus {
            uid: 1000,
            no_new_privileges: Some(false),
            seccomp: Some(2),
            cap_eff: Some(0),
        }),
    )]);
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

/// System, file systems, listeners and units.
fn system(host: &mut HostFacts) {
    host.os = Ok(OsRelease {
        id: "debian".into(),
        version: "12".into(),
        pretty: "Debian GNU/Linux 12 (bookworm)".into(),
        codename: "bookworm".into(),
        ..OsRelease::default()
    });
    host.kernel = Ok("6.1.0-28-amd64".into());
    host.reboot_required = Ok(true);
    host.filesystems = Ok(vec![FileSystem {
        path: "/var/lib/docker".into(),
        kind: "ext4".into(),
        mount: "/".into(),
        options: vec!["rw".into(), "relatime".into()],
        used_percent: Some(41),
        ..FileSystem::default()
    }]);
    host.listeners = Ok(vec![Listener {
        address: "0.0.0.0".into(),
        port: 2375,
        process: Some("dockerd".into()),
    }]);
    host.units = Ok(BTreeMap::from([(
        "docker.service".to_owned(),
        UnitState {
            active: "active".into(),
            enabled: "enabled".into(),
            properties: BTreeMap::from([("KillMode".to_owned(), "process".to_owned())]),
        },
    )]));
}

/// Containers, files, accounts and settings of a host that nobody looked after.
pub(super) fn neglected() -> HostEvidence {
    let gap = Gap::no_data("not part of this picture");
    let mut engine = Engine::missing(&gap);
    engine.containers = Ok(containers());
    engine.images = Ok(images());
    engine.info = Ok(Info {
        logging_driver: "json-file".into(),
        security: vec![
            SecurityOption {
                name: "apparmor".into(),
                pairs: Vec::new(),
            },
            SecurityOption {
                name: "seccomp".into(),
                pairs: vec![("profile".into(), "builtin".into())],
            },
        ],
        ..Info::default()
    });
    HostEvidence {
        collected_at: super::rows::NOW - 2_400,
        transport: Transport::Ssh,
        sources: Vec::new(),
        engine,
        host: host(&gap),
    }
}

/// A manager whose files cannot be read.
pub(super) fn manager() -> HostEvidence {
    let closed = Gap::transport("files of the host cannot be read over TLS");
    let mut engine = Engine::missing(&Gap::no_data("not part of this picture"));
    engine.containers = Ok(Vec::new());
    engine.images = Err(Gap::timeout("GET /images/json: no answer within 10s"));
    engine.info = Ok(Info {
        swarm_state: "active".into(),
        swarm_manager: true,
        swarm_address: "10.0.0.9".into(),
        swarm_managers: 1,
        swarm_nodes: 2,
        ..Info::default()
    });
    engine.swarm = Ok(Some(Swarm {
        node_cert_expiry_s: 90 * 86_400,
        data_path_port: 4789,
        ..Swarm::default()
    }));
    let node = |name: &str, manager: bool| Node {
        name: name.into(),
        manager,
        leader: manager,
        reachable: manager,
        state: "ready".into(),
        availability: "active".into(),
        engine: "26.1.4".into(),
        ..Node::default()
    };
    engine.nodes = Ok(vec![node("cache-01", true), node("cache-02", false)]);
    engine.services = Ok(vec![Service {
        name: "shop_web".into(),
        image: "shop/web:2.8".into(),
        mode: "replicated".into(),
        ports: vec![("ingress".into(), 8080, "80/tcp".into())],
        secrets: vec!["shop_key".into()],
        ..Service::default()
    }]);
    engine.secrets = Ok(vec![Named {
        id: "s1".into(),
        name: "shop_key".into(),
        created_at: "2026-03-01T08:00:00Z".into(),
        looks: Looks::Harmless,
    }]);
    engine.configs = Err(Gap::protocol("GET /configs: the answer was cut short"));
    HostEvidence {
        collected_at: super::rows::NOW - 2_400,
        transport: Transport::Tls,
        sources: Vec::new(),
        engine,
        host: HostFacts::missing(&closed),
    }
}
