//! Answers of real engines as evidence, and answers that no engine should give.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use plimsoll::collect::answers::Answers;
use plimsoll::collect::decode;
use plimsoll::domain::evidence::container::{Container, Detail};
use plimsoll::domain::evidence::engine::Engine;
use plimsoll::domain::evidence::image::Image;
use plimsoll::domain::evidence::secret::Looks;
use plimsoll::domain::gap::GapClass;
use plimsoll::redact::Redactor;
use plimsoll::simulate::recording::Recording;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// What a host of the lab answered, by path.
pub(crate) fn recorded(host: &str) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(folder().join(format!("{host}.json"))).unwrap();
    let recording = Recording::parse(&text).unwrap();
    recording
        .answers
        .into_iter()
        .filter(|(_, answer)| answer.status == 200)
        .map(|(path, answer)| (path, answer.body))
        .collect()
}

pub(crate) fn evidence(bodies: &BTreeMap<String, Value>) -> Engine {
    let mut answers = Answers::default();
    for (path, body) in bodies {
        answers.insert(path, Ok(body.to_string().into_bytes()));
    }
    answers.info_at = Some(0);
    decode::engine(&answers, &Redactor::new([5; 32]))
}

pub(crate) fn container<'e>(engine: &'e Engine, name: &str) -> &'e Container {
    let all = engine.containers.as_ref().unwrap();
    all.iter().find(|one| one.name == name).unwrap()
}

pub(crate) fn detail<'e>(engine: &'e Engine, name: &str) -> &'e Detail {
    container(engine, name).detail.as_ref().unwrap()
}

fn image<'e>(engine: &'e Engine, tag: &str) -> &'e Image {
    let all = engine.images.as_ref().unwrap();
    all.iter()
        .find(|one| one.tags.iter().any(|known| known == tag))
        .unwrap()
}

/// Each field named in `expected` has that value in `said`; others may be what they are.
fn assert_says(said: &impl serde::Serialize, expected: &Value) {
    let said = serde_json::to_value(said).unwrap();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(said.get(name), Some(value), "{name}");
    }
}

/// The two hosts that were set up alike, with engines four years apart.
fn alike() -> [(&'static str, Engine); 2] {
    ["clean-2010", "clean-26"].map(|host| (host, evidence(&recorded(host))))
}

#[test]
fn daemons_of_several_years_are_understood_alike() {
    let versions = [("20.10.24+dfsg1", "1.41"), ("26.1.5+dfsg1", "1.45")];
    for ((_, engine), (version, api)) in alike().into_iter().zip(versions) {
        let said = engine.version.as_ref().unwrap();
        assert_says(
            said,
            &json!({"product": "docker", "engine": version, "api": api}),
        );
        assert!(said.runc.is_some() && said.containerd.is_some());
        let info = engine.info.as_ref().unwrap();
        assert_says(
            info,
            &json!({
                "driver": "overlay2", "cgroup_driver": "cgroupfs", "live_restore": true, "debug": false,
                "insecure_registries": ["127.0.0.0/8"], "swarm_state": "inactive", "default_runtime": "runc",
            }),
        );
        assert_eq!(info.security("seccomp").unwrap().pairs.len(), 1);
        assert!(!info.rootless() && info.clock_skew_ms.unwrap() > 1_795_000_000_000);
        let networks = engine.networks.as_ref().unwrap();
        let bridge = networks.iter().find(|one| one.name == "bridge").unwrap();
        let icc = bridge.option("com.docker.network.bridge.enable_icc");
        assert_eq!(icc, Some("false"));
        assert_eq!(engine.swarm, Ok(None));
        assert_eq!(engine.nodes, Ok(Vec::new()));
        assert_eq!(engine.plugins, Ok(Vec::new()));
    }
}

#[test]
fn containers_of_several_years_are_understood_alike() {
    for (host, engine) in alike() {
        let web = container(&engine, "shop-web-1");
        assert_eq!(web.subject().id, "container:compose:shop/web");
        let log = if host == "clean-26" {
            "syslog"
        } else {
            "json-file"
        };
        let said = detail(&engine, "shop-web-1");
        assert_says(
            said,
            &json!({
                "image": "registry.example.net/shop/web:1.4.2", "cap_drop": ["ALL"], "read_only": true,
                "privileged": false, "healthcheck": true, "health": "healthy", "restart_policy": "on-failure",
                "restart_tries": 5, "memory": 64 << 20, "memory_swap": 64 << 20, "pids_limit": 64,
                "networks": ["shop_front"], "log_driver": log, "ulimits": [["nofile", 1024, 2048]],
            }),
        );
        assert!(
            said.log_options
                .iter()
                .all(|(_, value)| value != "(hidden)")
        );
        assert!(said.masked_paths.as_ref().unwrap().len() > 5);
        assert!(said.readonly_paths.as_ref().unwrap().len() > 3);
        assert_eq!(said.tmpfs[0].0, "/tmp");
        let processes = web.processes.as_ref().unwrap();
        assert_eq!(processes[0].pid, said.pid);
        assert!(processes.iter().all(|one| one.uid != 0));
    }
}

#[test]
fn images_of_several_years_are_understood_alike() {
    for (_, engine) in alike() {
        let used = image(&engine, "registry.example.net/shop/web:1.4.2");
        assert_eq!(used.used_by.len(), 2);
        let built = used.detail.as_ref().unwrap();
        assert_says(
            built,
            &json!({"user": "10001:10001", "architecture": "amd64", "os": "linux", "healthcheck": true}),
        );
        let source = (
            "org.opencontainers.image.source",
            "https://git.example.net/shop/web",
        );
        let mut known = built
            .annotations
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        assert!(known.any(|pair| pair == source));
        assert!(used.history.as_ref().unwrap().len() > 3);
        let unused = image(&engine, "registry.example.net/base/busybox:1.36.1");
        assert_eq!(unused.detail.as_ref().unwrap_err().class, GapClass::NoData);
    }
}

#[test]
fn the_troubles_of_a_neglected_daemon_are_all_there() {
    let engine = evidence(&recorded("neglected"));
    let info = engine.info.as_ref().unwrap();
    assert_says(
        info,
        &json!({
            "debug": true, "experimental": true, "insecure_indexes": ["registry.example.org:5000"],
            "proxies_with_credentials": ["HttpProxy", "HttpsProxy"],
        }),
    );
    assert!(
        info.warnings[0].contains("without encryption"),
        "{:?}",
        info.warnings
    );
}

#[test]
fn the_troubles_of_neglected_containers_are_all_there() {
    let engine = evidence(&recorded("neglected"));
    assert_says(
        detail(&engine, "maintenance"),
        &json!({
            "privileged": true, "pid_mode": "host", "ipc_mode": "host", "uts_mode": "host", "network_mode": "host",
            "masked_paths": null,
            "mounts": [{"kind": "bind", "source": "/", "target": "/host", "writable": true, "propagation": "rslave"}],
        }),
    );
    assert_says(
        detail(&engine, "tracer"),
        &json!({
            "cap_add": ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"], "masked_paths": [], "devices": ["/dev/fuse"],
            "cgroupns_mode": "host", "cgroup_parent": "/custom",
            "security_opt": ["seccomp=unconfined"],
        }),
    );
    assert_says(
        detail(&engine, "linked"),
        &json!({"links": ["web"], "volumes_from": ["propagated"], "log_driver": "none"}),
    );
    assert_says(
        detail(&engine, "propagated"),
        &json!({"oom_kill_disable": true}),
    );
    assert_says(
        detail(&engine, "shell-server"),
        &json!({"publish_all": true}),
    );
    assert_says(
        detail(&engine, "never-started"),
        &json!({"network_mode": "host"}),
    );
    let writable = |name: &str| {
        detail(&engine, name)
            .mounts
            .iter()
            .filter(|mount| mount.writable)
            .count()
    };
    assert_eq!((writable("backup"), writable("propagated")), (2, 1));
    assert_eq!(
        detail(&engine, "propagated").mounts[0].propagation,
        "shared"
    );
    let programs = container(&engine, "shell-server")
        .processes
        .as_ref()
        .unwrap();
    assert!(
        programs
            .iter()
            .any(|one| one.program == "sshd" && one.uid == 0)
    );
    assert_eq!(
        container(&engine, "composed").compose_files,
        ["/srv/shop/compose.yaml"]
    );
    let finished = container(&engine, "finished");
    assert_eq!(
        (finished.is_running(), &finished.processes),
        (false, &Ok(Vec::new()))
    );
}

#[test]
fn secrets_of_neglected_containers_are_seen_and_not_kept() {
    let engine = evidence(&recorded("neglected"));
    let backup = detail(&engine, "backup");
    assert_eq!(backup.command.last().unwrap(), "(hidden)");
    assert_eq!(backup.secret_arguments[0].looks, Looks::Secret);
    let web = detail(&engine, "web");
    let looks: BTreeMap<&str, Looks> = web
        .env
        .iter()
        .map(|one| (one.name.as_str(), one.looks))
        .collect();
    assert_eq!(
        (looks["GITHUB_TOKEN"], looks["PATH"]),
        (Looks::Secret, Looks::Harmless)
    );
    assert_eq!(web.log_options, [("tag".to_owned(), "(hidden)".to_owned())]);
    // The tag moved on twice, but what runs is still looked into.
    let images = engine.images.as_ref().unwrap();
    let old = images.iter().find(|one| one.used_by == ["web"]).unwrap();
    assert!(old.tags.is_empty());
    let steps = old.history.as_ref().unwrap().iter();
    let secret_steps: Vec<&str> = steps
        .filter(|step| !step.secrets.is_empty())
        .map(|step| step.created_by.split(' ').next().unwrap())
        .collect();
    assert_eq!(secret_steps, ["LABEL", "ENV", "/bin/sh", "CMD"]);
    assert!(
        images
            .iter()
            .any(|one| one.tags.is_empty() && one.used_by.is_empty())
    );
}

#[test]
fn a_swarm_is_understood_and_its_secrets_are_not_kept() {
    let engine = evidence(&recorded("neglected"));
    let swarm = engine.swarm.as_ref().unwrap().as_ref().unwrap();
    assert_says(
        swarm,
        &json!({"autolock": true, "ca_rotation": false, "node_cert_expiry_s": 90 * 24 * 3600, "data_path_port": 4789}),
    );
    assert_says(
        &engine.nodes.as_ref().unwrap()[0],
        &json!({
            "manager": true, "leader": true, "reachable": true, "state": "ready", "availability": "active",
            "engine": "26.1.5+dfsg1",
        }),
    );
    let services = engine.services.as_ref().unwrap();
    let api = services.iter().find(|one| one.name == "api").unwrap();
    assert_says(
        api,
        &json!({
            "read_only": true, "memory": 64 << 20, "nano_cpus": 500_000_000, "user": "10001", "mode": "replicated",
            "restart_condition": "on-failure", "restart_tries": 5, "secrets": ["db_pw"], "configs": ["motd"],
            "ports": [["ingress", 8090, "8080/tcp"]],
        }),
    );
    assert_eq!(
        (api.env[0].name.as_str(), api.env[0].looks),
        ("API_TOKEN", Looks::Secret)
    );
    assert_eq!(
        (api.mounts[0].kind.as_str(), api.mounts[0].writable),
        ("bind", false)
    );
    assert_eq!(
        services
            .iter()
            .find(|one| one.name == "loose")
            .unwrap()
            .mode,
        "global"
    );
    let configs = engine.configs.as_ref().unwrap().iter();
    let configs: BTreeMap<&str, Looks> =
        configs.map(|one| (one.name.as_str(), one.looks)).collect();
    assert_eq!(
        (configs["app.conf"], configs["motd"]),
        (Looks::Secret, Looks::Harmless)
    );
    assert_eq!(engine.secrets.as_ref().unwrap()[0].name, "db_pw");
    let networks = engine.networks.as_ref().unwrap();
    let back = networks.iter().find(|one| one.name == "back").unwrap();
    assert_eq!(
        (back.driver.as_str(), back.option("encrypted")),
        ("overlay", Some(""))
    );
    let containers = engine.containers.as_ref().unwrap();
    let subjects: Vec<String> = containers.iter().map(|one| one.subject().id).collect();
    assert!(
        subjects.contains(&"container:swarm:api".to_owned()),
        "{subjects:?}"
    );
}

#[test]
fn no_secret_of_the_recordings_reaches_the_evidence() {
    let planted = fs::read_to_string(folder().join("planted.txt")).unwrap();
    let mut missing = Vec::new();
    let (mut raw, mut kept) = (String::new(), String::new());
    for host in ["clean-2010", "clean-26", "neglected"] {
        raw.push_str(&Value::from_iter(recorded(host)).to_string());
        let engine = evidence(&recorded(host));
        kept.push_str(&serde_json::to_string(&engine).unwrap());
        let debug = format!("{engine:?}");
        kept.push_str(&debug);
    }
    for line in planted.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.split_once('\t').unwrap();
        if !raw.contains(value) {
            missing.push(name);
        }
        assert!(!kept.contains(value), "{name} is in the evidence");
    }
    assert_eq!(missing, ["config-data"], "only that one is encoded");
    assert!(!kept.contains('\u{1b}') && !kept.contains('\u{7}'));
    let back: Engine =
        serde_json::from_str(&serde_json::to_string(&evidence(&recorded("neglected"))).unwrap())
            .unwrap();
    assert_eq!(back, evidence(&recorded("neglected")));
}
