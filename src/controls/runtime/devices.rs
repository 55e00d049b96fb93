//! Devices and resource limits handed to containers.

use super::recreate;
use crate::controls::prelude::*;
use crate::domain::evidence::host::Setting;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-host-devices",
        title: "No host device is passed through",
        why: "A disk given to a container is the host's file system without its permissions; memory devices are the \
              kernel itself.",
        evidence: "Devices and device rules of the container.",
        passes: "There is none, or each is in policy allowed_devices. Disks, memory devices and all of /dev fail whatever \
                 policy says. Without that list other devices do not apply.",
        area: Area::Runtime,
        severity: Severity::High,
        set: Set::Policy,
        cis: &[Cis::same("5.18", 1)],
        parameters: &[Parameter {
            name: "allowed_devices",
            about: "Host devices that containers may have",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::EachContainer(devices),
        remedies: &[recreate(
            "Recreate the container without --device, or with the one device it needs.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-device-requests",
        title: "GPU/CDI device requests are expected",
        why: "What a driver opens for a request is decided by the driver, not by what the request says.",
        evidence: "Device requests of the container.",
        passes: "There is none, or each is in policy allowed_device_requests. Without that list requests do not apply.",
        area: Area::Runtime,
        severity: Severity::Low,
        set: Set::Policy,
        cis: &[Cis::same("5.18", 1)],
        parameters: &[Parameter {
            name: "allowed_device_requests",
            about: "Words of device requests that containers may make, such as nvidia",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::EachContainer(requests),
        remedies: &[recreate(
            "Recreate the container without --gpus and CDI devices.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-ulimits",
        title: "ulimits are set where the daemon default is not enough",
        why: "Without limits of its own a container has the daemon's, which are often without bound.",
        evidence: "ulimits of the container; the effective setting default-ulimits.",
        passes: "nofile and nproc are set by the container or by the daemon's default.",
        area: Area::Runtime,
        severity: Severity::Low,
        set: Set::Hardened,
        cis: &[Cis::same("5.19", 1)],
        rule: Rule::EachContainer(ulimits),
        remedies: &[recreate(
            "Recreate the container with --ulimit nofile=… --ulimit nproc=….",
        )],
        ..Control::BASE
    },
];

/// Devices with which a container owns the host.
fn is_host(device: &str) -> bool {
    const NAMES: &[&str] = &["/dev", "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg"];
    const DISKS: &[&str] = &[
        "sd", "vd", "xvd", "hd", "nvme", "dm-", "mapper/", "md", "loop", "disk/", "mmcblk",
    ];
    let device = facts::tidy_path(device);
    NAMES.contains(&device.as_str())
        || device
            .strip_prefix("/dev/")
            .is_some_and(|name| DISKS.iter().any(|disk| name.starts_with(disk)))
}

fn devices(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let expected = "no device, or one of policy allowed_devices";
    if detail.privileged {
        return Ok(
            Verdict::fail("all of them, because it is privileged", expected)
                .because_of("run-privileged"),
        );
    }
    let all: Vec<&str> = detail
        .devices
        .iter()
        .chain(&detail.device_rules)
        .map(String::as_str)
        .collect();
    if all.is_empty() {
        return Ok(Verdict::pass("none"));
    }
    // A rule that begins with `a` opens every device; `b` opens disks.
    let host: Vec<&str> = all
        .iter()
        .copied()
        .filter(|device| is_host(device) || device.starts_with("a ") || device.starts_with("b "))
        .collect();
    if !host.is_empty() {
        return Ok(Verdict::fail(facts::joined(&host), expected));
    }
    let Some(allowed) = ctx.list("allowed_devices") else {
        return Ok(Verdict::not_applicable(format!(
            "{}; policy allowed_devices does not say whether it may",
            facts::joined(&all)
        )));
    };
    let extra: Vec<&str> = all
        .iter()
        .copied()
        .filter(|device| !allowed.iter().any(|free| free == device))
        .collect();
    Ok(if extra.is_empty() {
        Verdict::pass(facts::joined(&all))
    } else {
        Verdict::fail(facts::joined(&extra), expected)
    })
}

fn requests(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let requests = &container.detail()?.device_requests;
    if requests.is_empty() {
        return Ok(Verdict::pass("none"));
    }
    let Some(allowed) = ctx.list("allowed_device_requests") else {
        return Ok(Verdict::not_applicable(format!(
            "{}; policy allowed_device_requests does not say whether it may",
            facts::joined(requests)
        )));
    };
    let fits = |request: &&String| {
        let mut words = request.split(' ');
        !words.all(|word| allowed.iter().any(|free| free == word))
    };
    let extra: Vec<_> = requests.iter().filter(fits).collect();
    Ok(if extra.is_empty() {
        Verdict::pass(facts::joined(requests))
    } else {
        Verdict::fail(
            facts::joined(&extra),
            "requests of policy allowed_device_requests",
        )
    })
}

fn ulimits(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let missing: Vec<&str> = ["nofile", "nproc"]
        .into_iter()
        .filter(|name| !detail.ulimits.iter().any(|(own, ..)| own == name))
        .collect();
    if missing.is_empty() {
        return Ok(Verdict::pass("its own"));
    }
    let default = match facts::setting(ctx, "default-ulimits")? {
        Some(Setting::Map(map)) => map.keys().cloned().collect(),
        Some(Setting::List(list)) => list
            .iter()
            .filter_map(|item| item.split_once('='))
            .map(|(name, _)| name.to_owned())
            .collect(),
        _ => Vec::new(),
    };
    let open: Vec<&str> = missing
        .into_iter()
        .filter(|name| !default.iter().any(|set| set == name))
        .collect();
    Ok(if open.is_empty() {
        Verdict::pass("the daemon's default")
    } else {
        Verdict::fail(
            format!("not set: {}", facts::joined(&open)),
            "nofile and nproc set",
        )
        .because_of("daemon-default-ulimits")
    })
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn disks_and_memory_are_the_host() {
        for device in [
            "/dev",
            "/dev/sda",
            "/dev/nvme0n1p2",
            "/dev/mapper/vg-root",
            "/dev/mem",
            "/dev/../dev/kmsg",
        ] {
            assert!(is_host(device), "{device}");
        }
        for device in [
            "/dev/fuse",
            "/dev/net/tun",
            "/dev/snd",
            "/dev/dri/card0",
            "c 10:200 rwm",
        ] {
            assert!(!is_host(device), "{device}");
        }
    }
}
