//! What of the host a container can see and change.

use super::recreate;
use crate::controls::facts::{is_within, tidy_path};
use crate::controls::prelude::*;
use crate::domain::evidence::container::Mount;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-sensitive-mounts-rw",
        title: "No sensitive host directory is mounted writable",
        why: "Writing to the host's system folders is writing as root on the host: a cron file, a unit or an account is \
              one line away.",
        evidence: "Bind mounts and volumes that bind a host path, by their source; the data root.",
        passes: "No writable mount has its source at or below a system folder. The folders themselves and what holds them \
                 are critical, what lies below is high. Of /home and /var only keys, cron and the engine's roots count.",
        area: Area::Runtime,
        severity: Severity::Critical,
        practices: &[25],
        cis: &[Cis::same("5.6", 1)],
        rule: Rule::EachContainer(writable),
        remedies: &[recreate(
            "Recreate the container without the mount, or with :ro.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-sensitive-mounts-ro",
        title: "Read-only sensitive mounts are justified",
        why: "Reading is enough to find keys, password hashes and other containers' data.",
        evidence: "Read-only bind mounts by their source.",
        passes: "None at or below a system folder, apart from files such as /etc/localtime and sources in policy \
                 allowed_readonly_mounts.",
        area: Area::Runtime,
        severity: Severity::Medium,
        set: Set::Hardened,
        practices: &[25],
        cis: &[Cis::same("5.6", 1)],
        parameters: &[Parameter {
            name: "allowed_readonly_mounts",
            about: "Host paths that may be mounted read-only",
            default: Preset::List(&[]),
        }],
        rule: Rule::EachContainer(readonly),
        remedies: &[recreate(
            "Recreate the container with the one file it needs instead of the folder.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-docker-socket-mounted",
        title: "The Docker socket is not mounted",
        why: "A container that reaches the socket starts another one with the host's / inside. Mounting it read-only \
              changes nothing: requests are written to it all the same.",
        evidence: "Sources of bind mounts; paths of the engine's sockets.",
        passes: "No source is a socket of the engine or a folder that contains one.",
        area: Area::Runtime,
        severity: Severity::Critical,
        cis: &[Cis::same("5.32", 1)],
        rule: Rule::EachContainer(docker_socket),
        remedies: &[recreate(
            "Recreate the container with a proxy that lets through only the requests it needs.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-runtime-socket-mounted",
        title: "No other runtime socket is mounted",
        why: "The sockets of containerd, CRI-O, Podman, BuildKit, systemd and D-Bus give the host away like the engine's.",
        evidence: "Sources of bind mounts.",
        passes: "No source is such a socket or a folder that contains one.",
        area: Area::Runtime,
        severity: Severity::Critical,
        cis: &[Cis::same("5.32", 1)],
        rule: Rule::EachContainer(runtime_socket),
        remedies: &[recreate("Recreate the container without the mount.")],
        ..Control::BASE
    },
    Control {
        id: "run-mount-propagation",
        title: "No shared mount propagation",
        why: "With shared propagation what a container mounts appears on the host and in other containers.",
        evidence: "Propagation of each mount.",
        passes: "None is shared or rshared.",
        area: Area::Runtime,
        severity: Severity::Medium,
        cis: &[Cis::same("5.20", 1)],
        rule: Rule::EachContainer(propagation),
        remedies: &[recreate(
            "Recreate the container with private or slave propagation.",
        )],
        ..Control::BASE
    },
];

/// Where the engine keeps its data unless it is told otherwise.
const DATA_ROOT: &str = "/var/lib/docker";
/// Folders that are the system.
const SYSTEM: &[&str] = &[
    "/boot", "/dev", "/proc", "/sys", "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64",
    "/root",
];
/// Files that many images mount to look like their host; changing them does little harm.
const HARMLESS: &[&str] = &[
    "/etc/localtime",
    "/etc/timezone",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/hostname",
];
/// Certificates that everybody may read.
const PUBLIC: &[&str] = &[
    "/etc/ssl/certs",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
    "/etc/machine-id",
];
/// Sockets of other runtimes and of the system, and the folders made for them.
const SOCKETS: &[&str] = &[
    "/run/containerd/containerd.sock",
    "/run/docker/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/cri-dockerd.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/nri/nri.sock",
    "/run/systemd/private",
    "/run/dbus/system_bus_socket",
];

/// The host paths behind a container's mounts. A volume that binds a path counts with that path; where volumes could
/// not be listed, each volume of the container is a gap of its own.
fn sources<'a>(ctx: &Context<'a>, detail: &'a Detail) -> Vec<Known<(String, &'a Mount)>> {
    detail
        .mounts
        .iter()
        .filter_map(|mount| match mount.kind.as_str() {
            "bind" => Some(Ok((tidy_path(&mount.source), mount))),
            "volume" => match ctx.evidence.engine.volumes.known() {
                Ok(volumes) => volumes
                    .iter()
                    .find(|volume| volume.name == mount.source)
                    .and_then(|volume| volume.device.as_deref())
                    .filter(|device| device.starts_with('/'))
                    .map(|device| Ok((tidy_path(device), mount))),
                Err(gap) => Some(Err(gap)),
            },
            _ => None,
        })
        .collect()
}

/// How bad a writable mount of `source` is; `None` where it is no part of the system.
fn weight(source: &str, data_root: &str) -> Option<Severity> {
    let roots = [
        data_root,
        DATA_ROOT,
        "/var/lib/containerd",
        "/var/lib/kubelet",
        "/var/spool/cron",
    ];
    if source == "/" || source == "/run" || SYSTEM.contains(&source) {
        return Some(Severity::Critical);
    }
    if HARMLESS.contains(&source) {
        return Some(Severity::Medium);
    }
    if SYSTEM.iter().any(|folder| is_within(source, folder)) {
        return Some(Severity::High);
    }
    let near_root = roots
        .iter()
        .any(|root| is_within(source, root) || is_within(root, source));
    let below_home = source
        .strip_prefix("/home")
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let keys = below_home.is_some_and(|rest| {
        let depth = rest.split('/').filter(|part| !part.is_empty()).count();
        depth <= 1 || rest.split('/').any(|part| part == ".ssh")
    });
    (near_root || keys).then_some(Severity::High)
}

fn writable(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let data_root = first_known([
        ctx.info().map(|info| tidy_path(&info.root_dir)),
        ctx.found().map(|found| tidy_path(&found.data_root)),
    ]);
    let parts = sources(ctx, detail).into_iter().map(|source| {
        let (source, mount) = source?;
        let nowhere = Verdict::not_applicable("no system folder");
        if !mount.writable {
            return Ok(nowhere);
        }
        // What is no system folder may still be the engine's own, wherever that is.
        let severity = match (weight(&source, DATA_ROOT), &data_root) {
            (Some(severity), _) => Some(severity),
            (None, Ok(root)) => weight(&source, root),
            (None, Err(gap)) => return Err(gap.clone()),
        };
        let Some(severity) = severity else {
            return Ok(nowhere);
        };
        let verdict = Verdict::fail(
            format!("{source} writable at {}", mount.target),
            "no writable system folder",
        );
        Ok(if severity == Severity::Critical {
            verdict
        } else {
            verdict.at(severity)
        })
    });
    none_of(all(parts)?, "no system folder is writable")
}

/// A combination in which only faults speak: without one it passes.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the last line of rules that return a known verdict"
)]
fn none_of(verdict: Verdict, observed: &str) -> Known<Verdict> {
    Ok(match verdict {
        Verdict::NotApplicable(_) => Verdict::pass(observed),
        verdict => verdict,
    })
}

fn readonly(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let allowed = ctx
        .list("allowed_readonly_mounts")
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let parts = sources(ctx, detail).into_iter().map(|source| {
        let (source, mount) = source?;
        let known = HARMLESS.contains(&source.as_str())
            || PUBLIC.iter().any(|folder| is_within(&source, folder))
            || allowed
                .iter()
                .any(|folder| is_within(&source, &tidy_path(folder)));
        Ok(
            if !mount.writable && !known && weight(&source, DATA_ROOT).is_some() {
                Verdict::fail(
                    format!("{source} readable at {}", mount.target),
                    "no system folder, or one allowed by policy",
                )
            } else {
                Verdict::not_applicable("no system folder")
            },
        )
    });
    none_of(all(parts)?, "none")
}

fn docker_socket(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let mut sockets = vec!["/run/docker.sock".to_owned()];
    if let Ok(found) = ctx.found() {
        sockets.extend(found.engine_sockets.iter().map(|path| tidy_path(path)));
    }
    let parts = sources(ctx, detail).into_iter().map(|source| {
        let (source, mount) = source?;
        let hit = sockets.iter().any(|socket| is_within(socket, &source));
        let named = source.ends_with("/docker.sock");
        Ok(if hit || named {
            Verdict::fail(
                format!("{source} at {}", mount.target),
                "no socket of the engine",
            )
        } else {
            Verdict::not_applicable("no socket")
        })
    });
    none_of(all(parts)?, "not mounted")
}

fn runtime_socket(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    const NAMES: &[&str] = &[
        "containerd.sock",
        "crio.sock",
        "podman.sock",
        "cri-dockerd.sock",
        "buildkitd.sock",
        "nri.sock",
    ];
    let detail = container.detail()?;
    let parts = sources(ctx, detail).into_iter().map(|source| {
        let (source, mount) = source?;
        let contains = SOCKETS.iter().any(|socket| is_within(socket, &source));
        let named = source
            .rsplit('/')
            .next()
            .is_some_and(|name| NAMES.contains(&name));
        let verdict = Verdict::fail(
            format!("{source} at {}", mount.target),
            "no socket of a runtime or of the system",
        );
        Ok(if contains && is_within("/run/docker.sock", &source) {
            // The folder holds the engine's socket too, and that is the finding to repair.
            verdict.because_of("run-docker-socket-mounted")
        } else if contains || named {
            verdict
        } else {
            Verdict::not_applicable("no socket")
        })
    });
    none_of(all(parts)?, "not mounted")
}

fn propagation(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let shared: Vec<_> = container
        .detail()?
        .mounts
        .iter()
        .filter(|mount| matches!(mount.propagation.as_str(), "shared" | "rshared"))
        .map(|mount| format!("{} {}", mount.target, mount.propagation))
        .collect();
    Ok(if shared.is_empty() {
        Verdict::pass("none shared")
    } else {
        Verdict::fail(facts::joined(&shared), "private or slave")
    })
}
