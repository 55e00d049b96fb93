//! What belongs to users: their clients' configuration, a rootless engine, Podman.

use super::OWN_AND_CLOSE_BY_HAND;
use crate::controls::files::{Real, each, narrow, real};
use crate::controls::prelude::*;

const ROOTLESS: &[(Place, u32)] = &[
    (Place::RootlessHome(".config/docker"), 0o755),
    (Place::DaemonConfig, 0o644),
    (Place::RootlessHome(".local/share/docker"), 0o710),
    (
        Place::RootlessHome(".config/systemd/user/docker.service"),
        0o644,
    ),
    (Place::EngineSocket, 0o660),
];
const ROOTLESS_PLACES: &[Place] = &[
    Place::RootlessHome(".config/docker"),
    Place::DaemonConfig,
    Place::RootlessHome(".local/share/docker"),
    Place::RootlessHome(".config/systemd/user/docker.service"),
    Place::EngineSocket,
];

/// What all controls of this topic share.
const FILE: Control = Control {
    evidence: "Numeric owner, group and mode; links are followed.",
    area: Area::Permissions,
    severity: Severity::Medium,
    practices: &[38],
    remedies: &[OWN_AND_CLOSE_BY_HAND],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "perm-client-config-users",
        title: "Users' Docker client configuration is private",
        why: "Passwords of registries lie in it, encoded but not encrypted.",
        passes: "The file of each member of the groups that may use the engine has no permission bit beyond 0600 and belongs \
                 to that user. Homes on file systems over the network are not looked into.",
        severity: Severity::Low,
        set: Set::Hardened,
        rule: Rule::Many(users),
        ..FILE
    },
    Control {
        id: "perm-rootless-config",
        title: "Rootless engine's files belong to its user only",
        why: "Whoever writes these files is the user that runs the engine, with everything in its containers.",
        passes: "Configuration, data, unit and socket belong to that user; the configuration has no permission bit beyond 0644, \
                 folders of it 0755, data 0710, socket 0660. On an engine that runs as root it does not apply.",
        cis: &[Cis::same("3.17", 2), Cis::same("3.18", 2)],
        rule: Rule::Many(rootless),
        places: ROOTLESS_PLACES,
        ..FILE
    },
    Control {
        id: "perm-podman-socket",
        title: "Podman API socket, if present, is closed",
        why: "It gives the same power as the engine's own socket, and is forgotten because nobody uses it on purpose.",
        passes: "The system's belongs to 0:0 and has no permission bit beyond 0660; a user's has none beyond 0600.",
        severity: Severity::High,
        set: Set::Hardened,
        rule: Rule::Many(|ctx| {
            Ok(each(ctx, &[Place::PodmanSocket], |_, real| {
                Ok(podman(real))
            }))
        }),
        places: &[Place::PodmanSocket],
        ..FILE
    },
];

fn users(ctx: &Context<'_>) -> Known<Judged> {
    ctx.host().accounts.known()?;
    let mut rows: Judged = Vec::new();
    for (name, home) in &ctx.found()?.homes {
        let path = format!("{}/.docker/config.json", home.trim_end_matches('/'));
        let verdict = real(ctx, &path).map(|real| match real {
            None => Verdict::not_applicable(format!("{path} is not there")),
            // Whose file it is shows by whose home it is: the folder's owner is the account.
            Some(real) if real.stat.uid == 0 => {
                Verdict::fail("belongs to root", format!("belongs to {name}"))
            }
            Some(real) => narrow(&real, 0o600),
        });
        rows.push((Subject::file(&path), verdict));
    }
    if rows.is_empty() {
        rows.push((
            Subject::host(),
            Ok(Verdict::not_applicable("no user may use the engine")),
        ));
    }
    Ok(rows)
}

fn rootless(ctx: &Context<'_>) -> Known<Judged> {
    let daemon = facts::daemon(ctx.found()?)?;
    if daemon.uid == 0 {
        let none = Verdict::not_applicable("the engine runs as root");
        return Ok(vec![(Subject::host(), Ok(none))]);
    }
    Ok(each(ctx, ROOTLESS_PLACES, |place, real| {
        let at_most = ROOTLESS
            .iter()
            .find(|(known, _)| *known == place)
            .map_or(0o600, |(_, mode)| *mode);
        let owner = if real.stat.uid == daemon.uid {
            Verdict::pass(format!("owner {}", daemon.uid))
        } else {
            Verdict::fail(
                format!("owner {}", real.stat.uid),
                format!("owner {}, the user that runs the engine", daemon.uid),
            )
        };
        all([Ok(owner), Ok(narrow(real, at_most))])
    }))
}

fn podman(real: &Real<'_>) -> Verdict {
    let user = real
        .canonical
        .strip_prefix("/run/user/")
        .and_then(|rest| rest.split('/').next())
        .map(str::parse::<u32>);
    let (uid, at_most) = match user {
        Some(Ok(uid)) => (uid, 0o600),
        _ => (0, 0o660),
    };
    if real.stat.uid != uid || (uid == 0 && real.stat.gid != 0) {
        return Verdict::fail(
            format!("{}:{}", real.stat.uid, real.stat.gid),
            format!("owner {uid}"),
        );
    }
    narrow(real, at_most)
}
