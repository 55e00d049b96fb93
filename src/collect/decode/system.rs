//! `/version` and `/info`.

use std::collections::HashMap;

use bollard::models::{RegistryServiceConfig, Runtime, SystemInfo, SystemVersion};

use super::super::answers::Answers;
use super::{json, object, text, texts};
use crate::domain::evidence::engine::{Info, SecurityOption, Version};
use crate::domain::gap::Known;
use crate::domain::text::clean;
use crate::redact::Redactor;

/// What an engine always says of itself, though it be no, none or empty.
const ALWAYS: &[&str] = &[
    "/Debug",
    "/Driver",
    "/ExperimentalBuild",
    "/RegistryConfig",
    "/SecurityOptions",
];

pub(super) fn version(answers: &Answers) -> Known<Version> {
    let value = object(answers, "/version")?;
    json::require("/version", &value, &["/Version", "/ApiVersion"])?;
    let said: SystemVersion = json::model("/version", value)?;
    let components = said.components.unwrap_or_default();
    let component = |name: &str| {
        components
            .iter()
            .find(|part| part.name.eq_ignore_ascii_case(name))
            .map(|part| clean(&part.version))
    };
    let podman = component("Podman Engine");
    let product = if podman.is_some() { "podman" } else { "docker" };
    Ok(Version {
        product: product.to_owned(),
        engine: podman
            .or_else(|| component("Engine"))
            .unwrap_or_else(|| text(said.version)),
        api: text(said.api_version),
        min_api: text(said.min_api_version),
        containerd: component("containerd"),
        runc: component("runc"),
        kernel: said.kernel_version.as_deref().map(clean),
        platform: said
            .platform
            .map(|platform| clean(&platform.name))
            .filter(|name| !name.is_empty()),
    })
}

pub(super) fn info(answers: &Answers, redactor: &Redactor) -> Known<Info> {
    let mut value = object(answers, "/info")?;
    json::require("/info", &value, ALWAYS)?;
    let cgroup_driver = json::take_word(&mut value, "/CgroupDriver");
    let cgroup_version = json::take_word(&mut value, "/CgroupVersion");
    let swarm_state = json::take_word(&mut value, "/Swarm/LocalNodeState");
    json::take_word(&mut value, "/Isolation");
    let said: SystemInfo = json::model("/info", value)?;
    let clock_skew_ms = skew(said.system_time.as_deref(), answers.info_at);
    let proxies_with_credentials = proxies(&said);
    let registry = registries(said.registry_config.unwrap_or_default(), redactor);
    let swarm = said.swarm.unwrap_or_default();
    let firewall = said.firewall_backend.unwrap_or_default();
    Ok(Info {
        id: text(said.id),
        name: text(said.name),
        operating_system: text(said.operating_system),
        os_version: text(said.os_version),
        os_type: text(said.os_type),
        kernel: text(said.kernel_version),
        architecture: text(said.architecture),
        cgroup_version,
        cgroup_driver,
        driver: text(said.driver),
        driver_status: couples(said.driver_status),
        root_dir: text(said.docker_root_dir),
        logging_driver: text(said.logging_driver),
        debug: said.debug == Some(true),
        live_restore: said.live_restore_enabled == Some(true),
        experimental: said.experimental_build == Some(true),
        memory_limit: said.memory_limit == Some(true),
        swap_limit: said.swap_limit == Some(true),
        pids_limit: said.pids_limit == Some(true),
        cpu_quota: said.cpu_cfs_quota == Some(true),
        oom_kill_disable: said.oom_kill_disable == Some(true),
        ipv4_forwarding: said.ipv4_forwarding == Some(true),
        memory: said.mem_total.unwrap_or_default(),
        cpus: said.ncpu.unwrap_or_default(),
        security: said
            .security_options
            .unwrap_or_default()
            .iter()
            .map(|option| security(option))
            .collect(),
        runtimes: runtimes(said.runtimes.unwrap_or_default()),
        default_runtime: text(said.default_runtime),
        containerd_address: said
            .containerd
            .and_then(|containerd| containerd.address)
            .map(|address| clean(&address)),
        firewall: firewall.driver.as_deref().map(clean),
        firewall_pairs: couples(firewall.info),
        address_pools: said
            .default_address_pools
            .unwrap_or_default()
            .into_iter()
            .map(|pool| (text(pool.base), pool.size.unwrap_or_default()))
            .collect(),
        cdi_folders: texts(said.cdi_spec_dirs),
        authorization_plugins: texts(said.plugins.unwrap_or_default().authorization),
        swarm_state: swarm_state.unwrap_or_default(),
        swarm_manager: swarm.control_available == Some(true),
        swarm_address: text(swarm.node_addr),
        swarm_managers: swarm.managers.unwrap_or_default(),
        swarm_nodes: swarm.nodes.unwrap_or_default(),
        warnings: said
            .warnings
            .unwrap_or_default()
            .iter()
            .map(|warning| redactor.text(warning).shown)
            .collect(),
        clock_skew_ms,
        proxies_with_credentials,
        ..registry
    })
}

/// The part of the evidence that is about registries.
fn registries(said: RegistryServiceConfig, redactor: &Redactor) -> Info {
    let mut insecure_indexes: Vec<String> = said
        .index_configs
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, index)| index.secure == Some(false))
        .map(|(name, _)| clean(&name))
        .collect();
    insecure_indexes.sort();
    Info {
        insecure_registries: texts(said.insecure_registry_cidrs),
        insecure_indexes,
        mirrors: said
            .mirrors
            .unwrap_or_default()
            .iter()
            .map(|mirror| redactor.text(mirror).shown)
            .collect(),
        ..Info::default()
    }
}

fn runtimes(said: HashMap<String, Runtime>) -> Vec<(String, String)> {
    let mut runtimes: Vec<(String, String)> = said
        .into_iter()
        .map(|(name, runtime)| (clean(&name), text(runtime.path)))
        .collect();
    runtimes.sort();
    runtimes
}

/// `[["name","value"], …]`
fn couples(rows: Option<Vec<Vec<String>>>) -> Vec<(String, String)> {
    rows.unwrap_or_default()
        .into_iter()
        .map(|row| {
            let mut row = row.into_iter();
            (text(row.next()), text(row.next()))
        })
        .collect()
}

/// `name=seccomp,profile=builtin`, or a bare name of old engines.
fn security(option: &str) -> SecurityOption {
    let mut name = String::new();
    let mut pairs = Vec::new();
    for part in option.split(',') {
        match part.split_once('=') {
            Some(("name", value)) => name = clean(value),
            Some((key, value)) => pairs.push((clean(key), clean(value))),
            None if name.is_empty() => name = clean(part),
            None => pairs.push((clean(part), String::new())),
        }
    }
    SecurityOption { name, pairs }
}

/// The engine's clock minus ours in milliseconds.
fn skew(theirs: Option<&str>, ours: Option<i64>) -> Option<i64> {
    let theirs: jiff::Timestamp = theirs?.parse().ok()?;
    theirs.as_millisecond().checked_sub(ours?)
}

/// Proxy settings with a user's name and password. Engines mask them, but the `@` stays.
fn proxies(said: &SystemInfo) -> Vec<String> {
    [
        ("HttpProxy", &said.http_proxy),
        ("HttpsProxy", &said.https_proxy),
    ]
    .into_iter()
    .filter(|(_, proxy)| {
        proxy.as_deref().is_some_and(|url| {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            rest.split('/')
                .next()
                .is_some_and(|authority| authority.contains('@'))
        })
    })
    .map(|(name, _)| name.to_owned())
    .collect()
}
