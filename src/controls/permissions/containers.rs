//! Files that containers and their projects rely on: where they are only the engine tells.

use std::collections::{BTreeMap, BTreeSet};

use super::OWN_AND_CLOSE_BY_HAND;
use crate::controls::files::{Real, narrow, real};
use crate::controls::operations::log_file;
use crate::controls::prelude::*;

/// What all controls of this topic share.
const FILE: Control = Control {
    area: Area::Permissions,
    severity: Severity::Medium,
    set: Set::Hardened,
    remedies: &[OWN_AND_CLOSE_BY_HAND],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-profiles",
        title: "Custom seccomp and AppArmor profile files are root's",
        why: "Whoever writes the profile decides what the container may do after its next start.",
        evidence: "Numeric owner, group and mode of the daemon's seccomp profile and of the files named like the AppArmor \
                   profiles that containers use.",
        passes: "Each belongs to 0:0 and has no permission bit beyond 0644.",
        practices: &[20],
        rule: Rule::Many(profiles),
        places: &[Place::Setting("seccomp-profile")],
        ..FILE
    },
    Control {
        id: "perm-compose-files",
        title: "Compose and .env files of running projects are protected",
        why: "Whoever writes the file is root on the host at the next `docker compose up`; the file with the variables holds \
              passwords.",
        evidence: "Mode of the files that the labels of containers name; never what is in them.",
        passes: "Neither group nor others may write them; the file with the variables has no permission bit beyond 0640.",
        practices: &[38],
        rule: Rule::Many(compose),
        ..FILE
    },
    Control {
        id: "perm-bind-sources",
        title: "Bind-mounted host paths are not world-writable",
        why: "Every local user may then change what the container reads and runs.",
        evidence: "Mode of the source of each bind mount; links are followed.",
        passes: "Others may not write it, unless it is a sticky folder. Sockets and devices have controls of their own.",
        practices: &[25],
        rule: Rule::Many(sources),
        remedies: &[guide(
            RemedyClass::Manual,
            "Take the write bit of others away, after finding out who relies on it.",
            "Put the recorded mode back.",
        )],
        ..FILE
    },
    Control {
        id: "perm-container-logs",
        title: "Container log files are private",
        why: "Programs write what they should not into their logs: addresses, tokens, passwords.",
        evidence: "Numeric owner, group and mode of the log file of each container.",
        passes: "It belongs to root and has no permission bit beyond 0640. Drivers that keep no file here do not apply.",
        severity: Severity::Low,
        practices: &[36],
        rule: Rule::EachContainer(logs),
        ..FILE
    },
];

/// The verdict on the file at `path`; what is not there does not apply.
fn at(ctx: &Context<'_>, path: &str, judge: impl FnOnce(&Real<'_>) -> Verdict) -> Known<Verdict> {
    Ok(match real(ctx, path)? {
        Some(real) => judge(&real),
        None => Verdict::not_applicable(format!("{path} is not there")),
    })
}

/// Root's, and nothing beyond `at_most`.
fn private(real: &Real<'_>, at_most: u32) -> Verdict {
    if real.stat.uid != 0 {
        return Verdict::fail(format!("{}:{}", real.stat.uid, real.stat.gid), "root's");
    }
    narrow(real, at_most)
}

fn profiles(ctx: &Context<'_>) -> Known<Judged> {
    let mut paths: BTreeSet<String> = BTreeSet::new();
    if let Some(path) = facts::word(ctx, "seccomp-profile")?.filter(|path| path.starts_with('/')) {
        paths.insert(path);
    }
    let mut rows: Judged = Vec::new();
    for container in facts::containers(ctx)? {
        match container.detail() {
            Ok(detail) => {
                let profile = detail.apparmor_profile.as_str();
                if !matches!(profile, "" | "unconfined" | "docker-default")
                    && !profile.contains('/')
                {
                    paths.insert(format!("/etc/apparmor.d/{profile}"));
                }
            }
            Err(gap) => rows.push((container.subject(), Err(gap))),
        }
    }
    rows.extend(paths.into_iter().map(|path| {
        let verdict = at(ctx, &path, |real| private(real, 0o644));
        (Subject::file(&path), verdict)
    }));
    if rows.is_empty() {
        rows.push((
            Subject::host(),
            Ok(Verdict::not_applicable(
                "only the engine's own profiles are used",
            )),
        ));
    }
    Ok(rows)
}

fn compose(ctx: &Context<'_>) -> Known<Judged> {
    let mut paths: BTreeMap<String, u32> = BTreeMap::new();
    for container in facts::containers(ctx)? {
        for path in &container.compose_files {
            paths.entry(path.clone()).or_insert(0o755);
        }
        for path in &container.compose_env {
            paths.insert(path.clone(), 0o640);
        }
    }
    if paths.is_empty() {
        let none = Verdict::not_applicable("no container names a file of its project");
        return Ok(vec![(Subject::host(), Ok(none))]);
    }
    Ok(paths
        .into_iter()
        .map(|(path, at_most)| {
            let verdict = at(ctx, &path, |real| narrow(real, at_most));
            (Subject::file(&path), verdict)
        })
        .collect())
}

fn sources(ctx: &Context<'_>) -> Known<Judged> {
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    let mut rows: Judged = Vec::new();
    for container in facts::containers(ctx)? {
        match container.detail() {
            Ok(detail) => paths.extend(
                detail
                    .mounts
                    .iter()
                    .filter(|mount| mount.kind == "bind" && mount.source.starts_with('/'))
                    .map(|mount| mount.source.as_str()),
            ),
            Err(gap) => rows.push((container.subject(), Err(gap))),
        }
    }
    rows.extend(paths.into_iter().map(|path| {
        let verdict = at(ctx, path, open_to_others);
        (Subject::file(path), verdict)
    }));
    if rows.is_empty() {
        rows.push((
            Subject::host(),
            Ok(Verdict::not_applicable("nothing of the host is mounted")),
        ));
    }
    Ok(rows)
}

fn open_to_others(real: &Real<'_>) -> Verdict {
    let stat = real.stat;
    let mode = stat.mode & 0o7777;
    if !matches!(stat.kind.as_str(), "file" | "dir") {
        return Verdict::not_applicable(format!("{} is no file or folder", real.canonical));
    }
    let sticky = stat.kind == "dir" && mode & 0o1000 != 0;
    if mode & 0o002 != 0 && !sticky {
        Verdict::fail(format!("{mode:04o}"), "not writable by others")
    } else {
        Verdict::pass(format!("{mode:04o}"))
    }
}

fn logs(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    match log_file(ctx, container)? {
        Some(path) => at(ctx, &path, |real| private(real, 0o640)),
        None => Ok(Verdict::not_applicable("no log file here")),
    }
}
