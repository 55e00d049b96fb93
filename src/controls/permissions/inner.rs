//! What lies inside the data root, and what the engine and its helpers rely on beside it.

use super::OWN_AND_CLOSE_BY_HAND;
use crate::controls::files::{Real, closed, each, narrow, owned};
use crate::controls::prelude::*;

/// Folders inside the data root with the widest mode that the engine itself gives them.
const INNER: &[(&str, u32)] = &[
    ("containers", 0o710),
    ("swarm", 0o700),
    ("volumes", 0o711),
    ("buildkit", 0o711),
    ("plugins", 0o700),
    ("network", 0o750),
];
const INNER_PLACES: &[Place] = &[
    Place::InDataRoot("containers"),
    Place::InDataRoot("swarm"),
    Place::InDataRoot("volumes"),
    Place::InDataRoot("buildkit"),
    Place::InDataRoot("plugins"),
    Place::InDataRoot("network"),
];
const AUDIT: &[Place] = &[Place::Folders("/etc/audit"), Place::Below("/etc/audit", "")];
const PLUGINS: &[Place] = &[
    Place::Fixed("/etc/docker/plugins"),
    Place::Fixed("/usr/lib/docker/plugins"),
    Place::Fixed("/run/docker/plugins"),
    Place::Fixed("/etc/cdi"),
    Place::Fixed("/run/cdi"),
    Place::Setting("cdi-spec-dirs"),
];
const SUBIDS: &[Place] = &[Place::Fixed("/etc/subuid"), Place::Fixed("/etc/subgid")];
const PIDFILE: &[Place] = &[Place::Fixed("/run/docker.pid"), Place::Setting("pidfile")];
const CA_KEYS: &[Place] = &[
    Place::Beside("tlscacert", "ca-key.pem"),
    Place::Beside("tlscacert", "ca.key"),
    Place::Beside("tlscacert", "cakey.pem"),
    Place::Beside("tlscacert", "rootCA.key"),
    Place::Beside("tlscacert", "rootCA-key.pem"),
    Place::Fixed("/etc/docker/ca-key.pem"),
    Place::Fixed("/root/.docker/ca-key.pem"),
    Place::Fixed("/root/ca-key.pem"),
];

/// What all controls of this topic share.
const FILE: Control = Control {
    evidence: "Numeric owner, group and mode; links are followed.",
    passes: "It belongs to 0:0 and has no permission bit beyond the allowed ones, compared bitwise.",
    area: Area::Permissions,
    severity: Severity::Medium,
    set: Set::Hardened,
    remedies: &[OWN_AND_CLOSE_BY_HAND],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-data-root-inner",
        title: "Sensitive directories inside the data root are closed",
        why: "Logs and settings of containers, keys of a swarm and files of volumes lie here. Where the data root itself is \
              open to pass through, these folders are the only door.",
        passes: "Each belongs to root (with user namespaces to the remapped group) and has no permission bit beyond what the \
                 engine gives it: containers 0710, swarm and plugins 0700, buildkit and volumes 0711, network 0750.",
        severity: Severity::High,
        practices: &[38],
        rule: Rule::Many(|ctx| Ok(inner(ctx))),
        places: INNER_PLACES,
        ..FILE
    },
    Control {
        id: "perm-tls-ca-key-absent",
        title: "The CA private key is not on the Docker host",
        why: "Whoever reads it makes client certificates that this and every other engine of the CA accepts as root. The \
              usual recipes leave it where they made it.",
        evidence: "Files with the usual names of a CA's key beside the daemon's tlscacert, in /etc/docker and in root's \
                   folders.",
        passes: "None is there.",
        severity: Severity::High,
        practices: &[33],
        rule: Rule::Many(ca_keys),
        places: CA_KEYS,
        remedies: &[guide(
            RemedyClass::Manual,
            "Move the key off the host; if others could read it, make a new CA and new certificates.",
            "Put it back.",
        )],
        ..FILE
    },
    Control {
        id: "perm-audit-rules",
        title: "Audit rule files are private",
        why: "Who reads the rules knows what is not watched; who writes them decides it.",
        passes: "/etc/audit and what is in it belongs to 0:0; folders have no permission bit beyond 0750, files none beyond \
                 0640.",
        severity: Severity::Low,
        practices: &[10],
        rule: Rule::Many(|ctx| Ok(closed(ctx, AUDIT, 0o640, 0o750))),
        places: AUDIT,
        ..FILE
    },
    Control {
        id: "perm-plugin-dirs",
        title: "Plugin and CDI directories are root's",
        why: "The engine calls what these folders name, and gives containers the devices that they describe: whoever writes \
              here is root.",
        passes: "Each belongs to 0:0 and has no permission bit beyond 0755.",
        practices: &[38],
        rule: Rule::Many(|ctx| Ok(closed(ctx, PLUGINS, 0o644, 0o755))),
        places: PLUGINS,
        ..FILE
    },
    Control {
        id: "perm-subid-files",
        title: "Sub-id files are root's",
        why: "They say which users of the host a container's users become.",
        passes: "They belong to 0:0 and have no permission bit beyond 0644.",
        practices: &[34],
        rule: Rule::Many(|ctx| Ok(closed(ctx, SUBIDS, 0o644, 0o755))),
        places: SUBIDS,
        ..FILE
    },
    Control {
        id: "perm-pidfile",
        title: "PID file is root's",
        why: "Signals for the daemon go to the process that this file names.",
        passes: "It belongs to 0:0 and has no permission bit beyond 0644.",
        severity: Severity::Low,
        practices: &[38],
        rule: Rule::Many(|ctx| Ok(closed(ctx, PIDFILE, 0o644, 0o755))),
        places: PIDFILE,
        ..FILE
    },
];

fn inner(ctx: &Context<'_>) -> Judged {
    // With remapped users the engine gives some of them to the group that containers' root is mapped to.
    let remapped = ctx.info().map(|info| info.security("userns").is_some());
    each(ctx, INNER_PLACES, |place, real| {
        let at_most = INNER
            .iter()
            .find(|(name, _)| place == Place::InDataRoot(name))
            .map_or(0o700, |(_, mode)| *mode);
        let owner = match &remapped {
            Ok(true) if real.stat.uid == 0 => Ok(Verdict::pass(format!(
                "0:{} (user namespaces)",
                real.stat.gid
            ))),
            _ => owned(ctx, place, Owner::Root, real),
        };
        all([owner, Ok(narrow(real, at_most))])
    })
}

fn ca_keys(ctx: &Context<'_>) -> Known<Judged> {
    let found = |_: Place, real: &Real<'_>| -> Known<Verdict> {
        Ok(Verdict::fail(
            format!(
                "{} is there, {:04o} {}:{}",
                real.canonical,
                real.stat.mode & 0o7777,
                real.stat.uid,
                real.stat.gid
            ),
            "no key of the CA on this host",
        ))
    };
    let rows = each(ctx, CA_KEYS, found);
    let certain: Judged = rows
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Ok(Verdict::Fail(_))))
        .cloned()
        .collect();
    if !certain.is_empty() {
        return Ok(certain);
    }
    // One row for all the names that were looked for: that none is there is one fact.
    let mut open = None;
    for (_, verdict) in rows {
        if let Err(gap) = verdict {
            open = open.or(Some(gap));
        }
    }
    match open {
        Some(gap) => Err(gap),
        None => Ok(vec![(
            Subject::host(),
            Ok(Verdict::pass("none of the usual names is there")),
        )]),
    }
}
