//! What confines a container in the end: its settings, what the engine adds to them, and what the kernel says of its
//! main process where the probe could read that.

use crate::controls::{gives_capability, security_option};
use crate::domain::capability;
use crate::domain::evidence::HostEvidence;
use crate::domain::evidence::container::{Container, Detail, Mount, Owner};
use crate::domain::evidence::engine::Info;
use crate::domain::evidence::host::ProcessStatus;
use crate::domain::evidence::secret::Looks;

use super::super::line::{Line, labelled};
use super::super::theme::Role;
use super::super::words::{memory, or, yes};

/// A container's settings with what they are read against.
struct Reading<'a> {
    container: &'a Container,
    detail: &'a Detail,
    info: Option<&'a Info>,
    /// What the kernel says of the main process.
    process: Option<&'a ProcessStatus>,
}

/// The settings in force of `container`, one label a line.
pub fn lines(
    evidence: &HostEvidence,
    container: &Container,
    detail: &Detail,
    columns: usize,
) -> Vec<Line> {
    let process = evidence.host.processes.get(&detail.pid);
    let reading = Reading {
        container,
        detail,
        info: evidence.engine.info.as_ref().ok(),
        process: process.and_then(|known| known.as_ref().ok()),
    };
    let mut said = reading.confinement();
    said.extend(reading.reach());
    said.extend(reading.limits());
    said.extend(reading.origin());
    said.into_iter()
        .filter(|(_, text)| !text.is_empty())
        .flat_map(|(label, text)| labelled(label, Role::Text, &text, columns))
        .collect()
}

type Said = Vec<(&'static str, String)>;

impl Reading<'_> {
    /// What keeps it in.
    fn confinement(&self) -> Said {
        let detail = self.detail;
        vec![
            ("User", self.user()),
            ("Privileged", privileged(detail)),
            ("Caps", self.caps()),
            ("New powers", self.no_new_privileges()),
            ("Seccomp", self.seccomp()),
            ("AppArmor", self.apparmor()),
            ("SELinux", detail.process_label.clone()),
            ("Masked", masked(detail)),
            (
                "Root files",
                if detail.read_only {
                    "read-only"
                } else {
                    "writable"
                }
                .into(),
            ),
            ("Spaces", self.spaces()),
        ]
    }

    /// The user that it starts as, and what the host sees of it.
    fn user(&self) -> String {
        let user = or(&self.detail.user, "root (not set)");
        match self.process {
            Some(process) => format!("{user}; uid {} on the host", process.uid),
            None => user.to_owned(),
        }
    }

    fn caps(&self) -> String {
        let settings: Vec<_> = capability::ALL
            .into_iter()
            .filter(|name| gives_capability(self.detail, name))
            .collect();
        let kernel = self.process.and_then(|process| process.cap_eff);
        let (names, how) = match kernel {
            Some(set) => (capability::names(set), "the kernel says"),
            None => (settings, "by its settings"),
        };
        let asked = caps_asked(&self.detail.cap_add, &self.detail.cap_drop);
        let held = match names.len() {
            0 => "none".to_owned(),
            count if count >= 38 => format!("all {count}"),
            count => format!("{count}: {}", names.join(" ")),
        };
        format!("{held} ({how}); {asked}")
    }

    fn no_new_privileges(&self) -> String {
        let kernel = self.process.and_then(|process| process.no_new_privileges);
        let option = security_option(self.detail, "no-new-privileges");
        let engine = self
            .info
            .is_some_and(|info| info.security("no-new-privileges").is_some());
        match (kernel, option) {
            (Some(true), _) => "refused (the kernel says)".into(),
            (Some(false), _) => "possible through setuid programs (the kernel says)".into(),
            (None, Some(value)) if value != "false" => "refused (option)".into(),
            (None, None) if engine => "refused (engine's default)".into(),
            (None, _) => "possible through setuid programs".into(),
        }
    }

    fn seccomp(&self) -> String {
        let option = security_option(self.detail, "seccomp");
        let default = self.info.and_then(|info| {
            let option = info.security("seccomp")?;
            let profile = option.pairs.iter().find(|(key, _)| key == "profile");
            Some(profile.map_or("builtin", |(_, value)| value.as_str()))
        });
        let setting = match (option, default) {
            (Some("unconfined"), _) => "unconfined (option)".to_owned(),
            // A whole profile may be given in place of its name.
            (Some(_), _) => "a profile of its own (option)".to_owned(),
            (None, _) if self.detail.privileged => "unconfined (privileged)".to_owned(),
            (None, Some(profile)) => format!("{profile} (engine's default)"),
            (None, None) => "unknown: the engine did not say".to_owned(),
        };
        match self.process.and_then(|process| process.seccomp) {
            Some(0) => format!("{setting}; no filter is active, the kernel says"),
            Some(_) => format!("{setting}; a filter is active, the kernel says"),
            None => setting,
        }
    }

    fn apparmor(&self) -> String {
        let profile = self.detail.apparmor_profile.as_str();
        let there = self.info.map(|info| info.security("apparmor").is_some());
        match (profile, there) {
            ("", Some(false)) => "the host has none".into(),
            ("", _) => "no profile".into(),
            (profile, _) => profile.to_owned(),
        }
    }

    fn spaces(&self) -> String {
        let detail = self.detail;
        let user = match (detail.userns_mode.as_str(), self.info) {
            ("", Some(info)) if info.security("userns").is_some() => "remapped (engine)",
            ("", Some(info)) if info.rootless() => "rootless engine",
            ("", _) => "host",
            (mode, _) => mode,
        };
        [
            ("network", or(&detail.network_mode, "default")),
            ("pid", or(&detail.pid_mode, "private")),
            ("ipc", or(&detail.ipc_mode, "private")),
            ("uts", or(&detail.uts_mode, "private")),
            ("cgroup", or(&detail.cgroupns_mode, "default")),
            ("user", user),
        ]
        .map(|(space, mode)| format!("{space} {mode}"))
        .join(", ")
    }

    /// What it can reach.
    fn reach(&self) -> Said {
        let detail = self.detail;
        let mounts: Vec<_> = detail.mounts.iter().map(mount).collect();
        let ports: Vec<_> = detail
            .ports
            .iter()
            .map(|port| {
                format!(
                    "{}:{} to {}",
                    or(&port.address, "*"),
                    port.port,
                    port.inside
                )
            })
            .collect();
        let tmpfs: Vec<_> = detail.tmpfs.iter().map(|(path, _)| path.as_str()).collect();
        let sysctls: Vec<_> = detail
            .sysctls
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let devices: Vec<_> = [
            &detail.devices,
            &detail.device_rules,
            &detail.device_requests,
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
        vec![
            ("Mounts", or(&mounts.join("\n"), "none").to_owned()),
            ("Volumes of", detail.volumes_from.join(", ")),
            ("In memory", tmpfs.join(", ")),
            ("Devices", or(&devices.join("\n"), "none").to_owned()),
            ("Networks", detail.networks.join(", ")),
            ("Ports", or(&ports.join("\n"), "none").to_owned()),
            ("Links", detail.links.join(", ")),
            ("Groups", detail.group_add.join(", ")),
            ("Sysctls", sysctls.join("\n")),
        ]
    }

    /// What it can use up.
    fn limits(&self) -> Said {
        let detail = self.detail;
        let pids = detail
            .pids_limit
            .filter(|limit| *limit > 0)
            .map_or("none".into(), |limit| limit.to_string());
        let cpus = match (detail.nano_cpus, detail.cpu_quota) {
            (nano @ 1.., _) => format!("{}.{}", nano / 1_000_000_000, nano / 100_000_000 % 10),
            (_, quota @ 1..) => format!("{} ms per period", quota / 1_000),
            _ => "none".into(),
        };
        let ulimits: Vec<_> = detail
            .ulimits
            .iter()
            .map(|(name, soft, hard)| format!("{name} {soft}:{hard}"))
            .collect();
        let tries = match detail.restart_tries {
            0 => String::new(),
            tries => format!(", at most {tries} times"),
        };
        let driver = match (detail.log_driver.as_str(), self.info) {
            ("", Some(info)) => info.logging_driver.as_str(),
            (driver, _) => or(driver, "default"),
        };
        let options: Vec<_> = detail
            .log_options
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        vec![
            (
                "Limits",
                format!(
                    "memory {}, CPU {cpus}, processes {pids}",
                    memory(detail.memory)
                ),
            ),
            ("Ulimits", ulimits.join(", ")),
            (
                "Restart",
                format!("{}{tries}", or(&detail.restart_policy, "no")),
            ),
            (
                "Health",
                match &detail.health {
                    Some(health) => health.clone(),
                    None if detail.healthcheck => "checked".into(),
                    None => "no health check".into(),
                },
            ),
            (
                "Logs",
                format!("{driver}, {}", or(&options.join(" "), "no options")),
            ),
        ]
    }

    /// What it is made of, and who made it.
    fn origin(&self) -> Said {
        let secret: Vec<_> = self
            .detail
            .env
            .iter()
            .filter(|value| value.looks != Looks::Harmless)
            .map(|value| value.name.as_str())
            .collect();
        let variables = match secret.len() {
            0 => format!("{}, none looks secret", self.detail.env.len()),
            count => format!(
                "{}, {count} look secret ({}); values are never kept",
                self.detail.env.len(),
                secret.join(", ")
            ),
        };
        let owner = match &self.container.owner {
            Owner::Nobody => "nobody that is known".to_owned(),
            Owner::Compose {
                project, service, ..
            } => {
                let files = self.container.compose_files.join(", ");
                let from = if files.is_empty() { "" } else { ", from " };
                format!("compose, {project}/{service}{from}{files}")
            }
            Owner::Swarm { service } => format!("swarm, service {service}"),
        };
        vec![
            ("Variables", variables),
            ("Command", self.detail.command.join(" ")),
            (
                "Image",
                or(&self.detail.image, &self.container.image).to_owned(),
            ),
            ("Runtime", self.detail.runtime.clone()),
            ("Managed by", owner),
        ]
    }
}

fn privileged(detail: &Detail) -> String {
    if detail.privileged {
        "yes: all capabilities and devices, no filters".to_owned()
    } else {
        yes(false).to_owned()
    }
}

/// Whether the engine hides parts of `/proc` and `/sys`.
fn masked(detail: &Detail) -> String {
    match (&detail.masked_paths, &detail.readonly_paths) {
        (None, None) => String::new(),
        (masked, readonly) => {
            let count = |paths: &Option<Vec<String>>| paths.as_ref().map_or(0, Vec::len);
            format!(
                "{} kernel paths hidden, {} read-only",
                count(masked),
                count(readonly)
            )
        }
    }
}

/// The capabilities that were asked for beside the engine's own choice.
pub fn caps_asked(added: &[String], dropped: &[String]) -> String {
    let list = |items: &[String]| {
        if items.is_empty() {
            "none".to_owned()
        } else {
            items.join(" ")
        }
    };
    format!("added {}, dropped {}", list(added), list(dropped))
}

/// A mount in a line.
pub fn mount(mount: &Mount) -> String {
    let way = if mount.writable { "rw" } else { "ro" };
    format!("{} on {} ({way})", mount.source, mount.target)
}
