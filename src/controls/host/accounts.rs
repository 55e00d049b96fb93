//! Who can reach the engine.

use crate::controls::prelude::*;
use crate::domain::host::Mode;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "host-docker-group-trusted",
        title: "Only trusted accounts can reach the Docker socket",
        why: "Whoever may open the socket is root on the host: one container with / mounted is enough. The group looks \
              harmless and is handed out freely.",
        evidence: "Members of the group that owns the engine's sockets, those by primary group included.",
        passes: "Every member is in policy docker_users, or there is none. Without that list the members are shown \
                 for a person to judge.",
        area: Area::Host,
        severity: Severity::Critical,
        set: Set::Policy,
        practices: &[9],
        cis: &[Cis::same("1.1.2", 1)],
        parameters: &[Parameter {
            name: "docker_users",
            about: "Accounts that may reach the engine's socket",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::Many(trusted),
        places: &[Place::EngineSocket],
        remedies: &[guide(
            RemedyClass::Live,
            "gpasswd -d USER docker; sessions that are open keep the group until they end.",
            "gpasswd -a USER docker.",
        )],
        ..Control::BASE
    },
    Control {
        id: "host-auditor-account",
        title: "The account this product logs in with is no stronger than its mode needs",
        why: "An auditor's account that is root, or in the socket's group, could change everything it audits.",
        evidence: "User id and groups of the account that logged in.",
        passes: "On a host in audit mode the account is neither root nor in a group that may open the socket.",
        area: Area::Host,
        severity: Severity::Medium,
        practices: &[9],
        rule: Rule::Host(auditor),
        remedies: &[guide(
            RemedyClass::Manual,
            "Give the auditor an account of its own with sudo for the read-only probe alone.",
            "Remove that account's sudo rule.",
        )],
        ..Control::BASE
    },
];

/// The groups that may open the engine's sockets: those of the socket files; `docker` where no socket is known.
fn socket_groups<'a>(ctx: &Context<'a>) -> Known<Vec<&'a crate::domain::evidence::host::Group>> {
    let accounts = ctx.host().accounts.known()?;
    let mut gids = Vec::new();
    for path in ctx.host().paths(Place::EngineSocket)? {
        if let Some(stat) = ctx.host().file(&path)? {
            gids.push(stat.gid);
        }
    }
    Ok(accounts
        .groups
        .iter()
        .filter(|group| gids.contains(&group.gid) || (gids.is_empty() && group.name == "docker"))
        .collect())
}

fn trusted(ctx: &Context<'_>) -> Known<Judged> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    for group in socket_groups(ctx)? {
        for member in &group.members {
            if member != "root" && !members.iter().any(|(name, _)| name == member) {
                members.push((member, &group.name));
            }
        }
    }
    if members.is_empty() {
        return Ok(vec![(
            Subject::host(),
            Ok(Verdict::pass("nobody but root")),
        )]);
    }
    let Some(allowed) = ctx.list("docker_users") else {
        let names: Vec<_> = members
            .iter()
            .map(|(name, group)| format!("{name} (group {group})"))
            .collect();
        let seen = format!(
            "may reach the socket: {}; no policy docker_users",
            facts::joined(&names)
        );
        return Ok(vec![(Subject::host(), Ok(Verdict::manual(seen)))]);
    };
    Ok(members
        .into_iter()
        .map(|(name, group)| {
            let observed = format!("{name} is in group {group}");
            let verdict = if allowed.iter().any(|user| user == name) {
                Verdict::pass(observed)
            } else {
                Verdict::fail(observed, "only accounts of policy docker_users")
            };
            (Subject::new(SubjectKind::Account, name), Ok(verdict))
        })
        .collect())
}

fn auditor(ctx: &Context<'_>) -> Known<Verdict> {
    if ctx.header.mode != Mode::Audit {
        return Ok(Verdict::not_applicable(
            "an operator's account needs these rights",
        ));
    }
    let reader = ctx.host().reader.known()?;
    if reader.login_uid == 0 {
        return Ok(Verdict::fail(
            "logs in as root",
            "an account without root's rights",
        ));
    }
    let strong: Vec<_> = socket_groups(ctx)?
        .into_iter()
        .map(|group| group.name.as_str())
        .chain(["docker"])
        .filter(|group| reader.groups.iter().any(|own| own == group))
        .collect();
    Ok(match strong.first() {
        Some(group) => Verdict::fail(
            format!("{} is in group {group}", reader.login),
            "not in a group that owns the socket",
        ),
        None => Verdict::pass(format!("{} (uid {})", reader.login, reader.login_uid)),
    })
}
