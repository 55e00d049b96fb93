//! `/containers/{id}/json`.

use std::collections::HashMap;

use bollard::models::{
    ContainerConfig, ContainerInspectResponse, ContainerState, HostConfig, MountPoint, PortBinding,
};
use serde_json::Value;

use super::super::answers::Answers;
use super::{capabilities, json, object, pairs, sorted, text, texts};
use crate::domain::evidence::container::{Detail, Mount, Port};
use crate::domain::gap::Known;
use crate::domain::text::clean;
use crate::redact::{HIDDEN, Redactor};

/// What an engine always says of a container, though it be no, none or empty.
const ALWAYS: &[&str] = &[
    "/State",
    "/Config",
    "/Mounts",
    "/NetworkSettings",
    "/HostConfig/Privileged",
    "/HostConfig/CapAdd",
    "/HostConfig/SecurityOpt",
    "/HostConfig/NetworkMode",
    "/HostConfig/PidMode",
    "/HostConfig/IpcMode",
    "/HostConfig/UTSMode",
    "/HostConfig/UsernsMode",
    "/HostConfig/ReadonlyRootfs",
    "/HostConfig/PublishAllPorts",
    "/HostConfig/Memory",
    "/HostConfig/RestartPolicy",
    "/HostConfig/Devices",
];

/// Options of log drivers whose values may be shown; others, such as tags and tokens, are free text.
const LOG_OPTIONS: &[&str] = &[
    "max-size",
    "max-file",
    "compress",
    "mode",
    "max-buffer-size",
    "cache-disabled",
    "syslog-address",
    "syslog-facility",
    "syslog-format",
    "fluentd-address",
    "fluentd-async",
    "gelf-address",
    "awslogs-region",
    "splunk-url",
];

/// Words of an inspect that the models know only some of.
#[derive(Default)]
struct Words {
    health: Option<String>,
    restart: Option<String>,
    cgroupns: Option<String>,
    mount_kinds: Vec<Option<String>>,
    wanted_kinds: Vec<Option<String>>,
    wanted_propagations: Vec<Option<String>>,
}

impl Words {
    fn take(value: &mut Value) -> Self {
        json::take_word(value, "/State/Status");
        json::take_word(value, "/HostConfig/Isolation");
        Self {
            health: json::take_word(value, "/State/Health/Status"),
            restart: json::take_word(value, "/HostConfig/RestartPolicy/Name"),
            cgroupns: json::take_word(value, "/HostConfig/CgroupnsMode"),
            mount_kinds: json::take_words(value, "/Mounts", "/Type"),
            wanted_kinds: json::take_words(value, "/HostConfig/Mounts", "/Type"),
            wanted_propagations: json::take_words(
                value,
                "/HostConfig/Mounts",
                "/BindOptions/Propagation",
            ),
        }
    }
}

/// Paths on the host that an inspect names.
pub(super) fn paths(inspect: &Value) -> Vec<String> {
    let text = |pointer: &str| inspect.pointer(pointer).and_then(Value::as_str);
    let mounted = inspect.pointer("/Mounts").and_then(Value::as_array);
    let mut paths: Vec<String> = mounted
        .into_iter()
        .flatten()
        .filter(|mount| mount.pointer("/Type").and_then(Value::as_str) == Some("bind"))
        .filter_map(|mount| mount.pointer("/Source")?.as_str())
        .chain(text("/LogPath"))
        .filter(|path| path.starts_with('/'))
        .map(str::to_owned)
        .collect();
    let beside = text("/HostnamePath").and_then(|path| path.strip_suffix("/hostname"));
    if text("/HostConfig/LogConfig/Type") == Some("local")
        && let Some(folder) = beside
    {
        paths.push(format!("{folder}/local-logs/container.log"));
    }
    if let Some(profile) = text("/AppArmorProfile")
        && !matches!(profile, "" | "unconfined" | "docker-default")
        && !profile.contains('/')
    {
        paths.push(format!("/etc/apparmor.d/{profile}"));
    }
    paths
}

pub(super) fn detail(answers: &Answers, id: &str, redactor: &Redactor) -> Known<Detail> {
    let path = format!("/containers/{id}/json");
    let mut value = object(answers, &path)?;
    json::require(&path, &value, ALWAYS)?;
    let words = Words::take(&mut value);
    let said: ContainerInspectResponse = json::model(&path, value)?;
    let mut detail = Detail {
        apparmor_profile: text(said.app_armor_profile),
        process_label: text(said.process_label),
        mount_label: text(said.mount_label),
        restart_count: said.restart_count.unwrap_or_default(),
        log_path: text(said.log_path),
        ..Detail::default()
    };
    let host = said.host_config.unwrap_or_default();
    let settings = said.network_settings.unwrap_or_default();
    detail.mounts = mounts(said.mounts.unwrap_or_default(), &host, &words, redactor);
    detail.ports = ports(settings.ports);
    if detail.ports.is_empty() {
        // What a container that does not run would publish.
        detail.ports = ports(host.port_bindings.clone());
    }
    detail.networks = settings
        .networks
        .unwrap_or_default()
        .into_keys()
        .map(|name| clean(&name))
        .collect();
    detail.networks.sort();
    state(&mut detail, said.state.unwrap_or_default(), &words);
    let started = [
        said.path.into_iter().collect(),
        said.args.unwrap_or_default(),
    ]
    .concat();
    config(
        &mut detail,
        said.config.unwrap_or_default(),
        &started,
        redactor,
    );
    limits(&mut detail, &host);
    isolation(&mut detail, host, words, redactor);
    Ok(detail)
}

fn state(detail: &mut Detail, said: ContainerState, words: &Words) {
    detail.pid = said.pid.unwrap_or_default();
    detail.started_at = text(said.started_at);
    detail.finished_at = text(said.finished_at);
    detail.exit_code = said.exit_code.unwrap_or_default();
    detail.oom_killed = said.oom_killed == Some(true);
    detail.health = words
        .health
        .clone()
        .filter(|status| !status.is_empty() && status != "none");
}

/// `started` is what the engine runs: entry point and command as it put them together.
fn config(detail: &mut Detail, said: ContainerConfig, started: &[String], redactor: &Redactor) {
    let declared = [
        said.entrypoint.unwrap_or_default(),
        said.cmd.unwrap_or_default(),
    ]
    .concat();
    let command = redactor.command(if declared.is_empty() {
        started
    } else {
        &declared
    });
    detail.image = text(said.image);
    detail.user = text(said.user);
    detail.command = command.shown;
    detail.secret_arguments = command.secrets;
    detail.env = redactor.environment(&said.env.unwrap_or_default());
    detail.healthcheck = has_check(said.healthcheck.and_then(|check| check.test));
    detail.exposed_ports = texts(said.exposed_ports);
    detail.exposed_ports.sort();
    detail.stop_timeout = said.stop_timeout;
}

/// Whether the test of a health check is one.
pub(super) fn has_check(test: Option<Vec<String>>) -> bool {
    test.is_some_and(|test| {
        test.first()
            .is_some_and(|word| !word.is_empty() && word != "NONE")
    })
}

fn limits(detail: &mut Detail, host: &HostConfig) {
    detail.memory = host.memory.unwrap_or_default();
    detail.memory_swap = host.memory_swap.unwrap_or_default();
    detail.memory_reservation = host.memory_reservation.unwrap_or_default();
    detail.nano_cpus = host.nano_cpus.unwrap_or_default();
    detail.cpu_quota = host.cpu_quota.unwrap_or_default();
    detail.cpu_shares = host.cpu_shares.unwrap_or_default();
    detail.cpuset = host.cpuset_cpus.as_deref().map(clean).unwrap_or_default();
    detail.pids_limit = host.pids_limit;
    detail.oom_kill_disable = host.oom_kill_disable == Some(true);
    detail.oom_score_adj = host.oom_score_adj.unwrap_or_default();
    detail.ulimits = host
        .ulimits
        .iter()
        .flatten()
        .map(|limit| {
            (
                limit.name.as_deref().map(clean).unwrap_or_default(),
                limit.soft.unwrap_or_default(),
                limit.hard.unwrap_or_default(),
            )
        })
        .collect();
}

fn isolation(detail: &mut Detail, host: HostConfig, words: Words, redactor: &Redactor) {
    let restart = host.restart_policy.unwrap_or_default();
    let log = host.log_config.unwrap_or_default();
    detail.privileged = host.privileged == Some(true);
    detail.cap_add = capabilities(host.cap_add);
    detail.cap_drop = capabilities(host.cap_drop);
    detail.security_opt = texts(host.security_opt);
    detail.network_mode = text(host.network_mode);
    detail.pid_mode = text(host.pid_mode);
    detail.ipc_mode = text(host.ipc_mode);
    detail.uts_mode = text(host.uts_mode);
    detail.userns_mode = text(host.userns_mode);
    detail.cgroupns_mode = words.cgroupns.unwrap_or_default();
    detail.cgroup_parent = text(host.cgroup_parent);
    detail.read_only = host.readonly_rootfs == Some(true);
    detail.publish_all = host.publish_all_ports == Some(true);
    detail.auto_remove = host.auto_remove == Some(true);
    // Unset means no.
    detail.restart_policy = words
        .restart
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "no".to_owned());
    detail.restart_tries = restart.maximum_retry_count.unwrap_or_default();
    detail.devices = host
        .devices
        .unwrap_or_default()
        .into_iter()
        .map(|device| text(device.path_on_host))
        .collect();
    detail.device_rules = texts(host.device_cgroup_rules);
    detail.device_requests = host
        .device_requests
        .unwrap_or_default()
        .into_iter()
        .map(|request| {
            let mut parts = vec![text(request.driver)];
            parts.extend(texts(request.device_ids));
            for kinds in request.capabilities.unwrap_or_default() {
                parts.extend(texts(Some(kinds)));
            }
            parts.retain(|part| !part.is_empty());
            parts.join(" ")
        })
        .collect();
    detail.group_add = texts(host.group_add);
    detail.links = texts(host.links)
        .iter()
        .map(|link| {
            let other = link.split(':').next().unwrap_or_default();
            other.trim_start_matches('/').to_owned()
        })
        .collect();
    detail.volumes_from = texts(host.volumes_from);
    detail.tmpfs = pairs(host.tmpfs, redactor);
    let mounted = host.mounts.iter().flatten().zip(&words.wanted_kinds);
    for (mount, _) in mounted.filter(|(_, kind)| kind.as_deref() == Some("tmpfs")) {
        let size = mount
            .tmpfs_options
            .as_ref()
            .and_then(|options| options.size_bytes);
        detail.tmpfs.push((
            text(mount.target.clone()),
            size.map_or_else(String::new, |size| format!("size={size}")),
        ));
    }
    detail.sysctls = pairs(host.sysctls, redactor);
    detail.log_driver = text(log.typ);
    detail.log_options = sorted(&log.config.unwrap_or_default())
        .into_iter()
        .map(|(name, value)| {
            let value = if LOG_OPTIONS.contains(&name) {
                redactor.option(name, value)
            } else {
                HIDDEN.to_owned()
            };
            (clean(name), value)
        })
        .collect();
    detail.masked_paths = host.masked_paths.map(|paths| texts(Some(paths)));
    detail.readonly_paths = host.readonly_paths.map(|paths| texts(Some(paths)));
    detail.runtime = text(host.runtime);
}

/// What is mounted, and what was asked for but is not told among it.
fn mounts(
    mounted: Vec<MountPoint>,
    host: &HostConfig,
    words: &Words,
    redactor: &Redactor,
) -> Vec<Mount> {
    let word = |words: &[Option<String>], at: usize| words.get(at).cloned().flatten();
    let mut mounts: Vec<Mount> = mounted
        .into_iter()
        .enumerate()
        .map(|(at, point)| {
            let kind = word(&words.mount_kinds, at).unwrap_or_default();
            let source = match (&point.name, kind.as_str()) {
                (Some(name), "volume") if !name.is_empty() => point.name.clone(),
                _ => point.source,
            };
            Mount {
                kind,
                source: redactor.text(&source.unwrap_or_default()).shown,
                target: text(point.destination),
                writable: point.rw != Some(false),
                propagation: text(point.propagation),
            }
        })
        .collect();
    let asked = host
        .mounts
        .iter()
        .flatten()
        .enumerate()
        .map(|(at, mount)| Mount {
            kind: word(&words.wanted_kinds, at).unwrap_or_default(),
            source: redactor
                .text(mount.source.as_deref().unwrap_or_default())
                .shown,
            target: clean(mount.target.as_deref().unwrap_or_default()),
            writable: mount.read_only != Some(true),
            propagation: word(&words.wanted_propagations, at).unwrap_or_default(),
        });
    let bound = host.binds.iter().flatten().filter_map(|bind| bound(bind));
    for mount in asked.chain(bound) {
        if mounts.iter().all(|known| known.target != mount.target) {
            mounts.push(mount);
        }
    }
    mounts
}

/// `source:target[:options]`
fn bound(bind: &str) -> Option<Mount> {
    let mut parts = bind.split(':');
    let (source, target) = (parts.next()?, parts.next()?);
    let options: Vec<&str> = parts.next().unwrap_or_default().split(',').collect();
    let propagation = [
        "shared", "rshared", "slave", "rslave", "private", "rprivate",
    ];
    Some(Mount {
        kind: if source.starts_with('/') {
            "bind"
        } else {
            "volume"
        }
        .to_owned(),
        source: clean(source),
        target: clean(target),
        writable: !options.contains(&"ro"),
        propagation: options
            .iter()
            .find(|option| propagation.contains(*option))
            .map(|option| clean(option))
            .unwrap_or_default(),
    })
}

fn ports(map: Option<HashMap<String, Option<Vec<PortBinding>>>>) -> Vec<Port> {
    let mut ports: Vec<Port> = map
        .unwrap_or_default()
        .into_iter()
        .flat_map(|(inside, bindings)| {
            bindings
                .unwrap_or_default()
                .into_iter()
                .map(move |binding| {
                    let port = text(binding.host_port);
                    Port {
                        inside: clean(&inside),
                        address: text(binding.host_ip),
                        // A range stands for its first port; 0 is a port that the engine picks.
                        port: port
                            .split('-')
                            .next()
                            .and_then(|port| port.parse().ok())
                            .unwrap_or_default(),
                    }
                })
        })
        .collect();
    ports.sort_by(|a, b| (&a.inside, a.port, &a.address).cmp(&(&b.inside, b.port, &b.address)));
    ports
}
