//! Versions of engine, containerd and runc against the bundled tables.
//!
//! Builds of distributions back-port fixes without changing the version, so the tables say nothing of them: such a
//! build is not checked rather than judged by a number that means something else.

use crate::controls::prelude::*;
use crate::domain::tables::{Advisory, BranchSupport};
use crate::domain::version::Version;

const BEHIND: Parameter = Parameter {
    name: "engine_releases_behind",
    about: "Releases of its branch that an engine may lie behind the newest one",
    default: Preset::Int(2),
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "host-docker-version-supported",
        title: "Engine release branch is supported and patched",
        why: "Branches that have ended get no fixes, and a supported branch protects only those who follow it.",
        evidence: "The engine's version and who built it; a bundled, dated table of branches.",
        passes: "The branch still gets fixes and the release is at most two behind the newest of it; behind is low, \
                 an ended branch keeps the full severity. Builds of distributions are not checked.",
        area: Area::Host,
        severity: Severity::High,
        practices: &[8],
        cis: &[Cis::same("1.2.2", 1)],
        parameters: &[BEHIND],
        rule: Rule::Host(engine_branch),
        remedies: &[UPGRADE],
        ..Control::BASE
    },
    Control {
        id: "host-docker-cve",
        title: "Engine has no known vulnerability",
        why: "Whoever controls the engine controls the host, so a hole in it is a hole in everything that runs there.",
        evidence: "The engine's version; a bundled, dated table of fixed vulnerabilities with the conditions under \
                   which each applies.",
        passes: "No row applies that was fixed in a later release. Rows about plugins or TCP listeners count only \
                 where those are in use. The severity is that of the worst row.",
        area: Area::Host,
        severity: Severity::Critical,
        practices: &[8, 13],
        cis: &[Cis::same("1.2.2", 1)],
        rule: Rule::Host(|ctx| vulnerabilities(ctx, "engine")),
        remedies: &[UPGRADE],
        ..Control::BASE
    },
    Control {
        id: "host-containerd-cve",
        title: "containerd has no known vulnerability and its branch lives",
        why: "containerd starts every container as root; its holes are the host's.",
        evidence: "The version of containerd that the engine reports; a bundled, dated table.",
        passes: "No row applies and the branch still gets fixes. Builds of distributions are not checked.",
        area: Area::Host,
        severity: Severity::High,
        practices: &[8, 13],
        cis: &[Cis::same("1.2.2", 1)],
        rule: Rule::Host(|ctx| vulnerabilities(ctx, "containerd")),
        remedies: &[UPGRADE],
        ..Control::BASE
    },
    Control {
        id: "host-runc-cve",
        title: "runc has no known vulnerability and its branch lives",
        why: "runc builds the walls of every container; its holes have let containers out more than once.",
        evidence: "The version of runc that the engine reports; a bundled, dated table.",
        passes: "No row applies and the branch still gets fixes. Containers that run already keep the runc that \
                 started them. Builds of distributions are not checked.",
        area: Area::Host,
        severity: Severity::Critical,
        practices: &[8, 13],
        cis: &[Cis::same("1.2.2", 1)],
        rule: Rule::Host(|ctx| vulnerabilities(ctx, "runc")),
        remedies: &[guide(
            RemedyClass::Live,
            "Install the fixed package; new containers use it at once, running ones after they are recreated.",
            "Install the recorded old package.",
        )],
        ..Control::BASE
    },
];

const UPGRADE: crate::domain::control::Remedy = guide(
    RemedyClass::RestartDaemon,
    "Install a fixed release of a supported branch in a maintenance window, after checking that every key of the \
     configuration is still valid for it.",
    "Install the recorded old version of the same branch.",
);

/// A component's version as its maker released it.
fn released(ctx: &Context<'_>, component: &str) -> Known<Version> {
    let version = ctx.version()?;
    let text = match component {
        "containerd" => version.containerd.as_deref(),
        "runc" => version.runc.as_deref(),
        _ => Some(version.engine.as_str()),
    }
    .ok_or_else(|| {
        Gap::unsupported(format!(
            "the engine does not tell the version of {component}"
        ))
    })?;
    let number = Version::parse(text).ok_or_else(|| {
        Gap::no_data(format!(
            "the version {text:?} of {component} cannot be compared"
        ))
    })?;
    let by_its_maker = version.platform.as_deref().is_some_and(|name| {
        name.starts_with("Docker Engine")
            || name.starts_with("Docker Desktop")
            || name.starts_with("Mirantis")
    });
    if number.repacked() || !by_its_maker {
        return Err(Gap::no_data(format!(
            "{component} {text} is a distribution's build, which takes fixes over without changing its number"
        )));
    }
    Ok(number)
}

/// How many leading numbers make a branch.
fn branch_length(component: &str) -> usize {
    if component == "engine" { 1 } else { 2 }
}

fn row<'a>(ctx: &Context<'a>, component: &str, version: &Version) -> Known<&'a BranchSupport> {
    let branch = version.branch(branch_length(component));
    ctx.tables
        .branches
        .iter()
        .find(|row| row.component == component && row.branch == branch)
        .ok_or_else(|| {
            Gap::no_data(format!(
                "{component} {branch} is not in the table of {}",
                ctx.tables.dated
            ))
        })
}

/// A note where the table itself is older than 90 days when the evidence was read.
fn age_note(ctx: &Context<'_>) -> String {
    let days = ctx.now().div_euclid(86_400) - ctx.tables.dated_day;
    if days > 90 {
        format!(" (by a table of {}, {days} days old)", ctx.tables.dated)
    } else {
        String::new()
    }
}

fn engine_branch(ctx: &Context<'_>) -> Known<Verdict> {
    let version = released(ctx, "engine")?;
    let row = row(ctx, "engine", &version)?;
    let text = &ctx.version()?.engine;
    let note = age_note(ctx);
    if !row.supported {
        return Ok(Verdict::fail(
            format!("{text}: branch {} has ended{note}", row.branch),
            "a branch that still gets fixes",
        ));
    }
    let newest = Version::parse(&row.newest).ok_or_else(|| {
        Gap::no_data(format!(
            "the table names no newest release of {}",
            row.branch
        ))
    })?;
    let allowed = ctx.int("engine_releases_behind").map_or(2, |behind| behind);
    // Within one minor branch the distance is countable; across minors it is more than any policy allows.
    let behind = if version >= newest {
        0
    } else if version.number(1) == newest.number(1) {
        i64::try_from(newest.number(2).saturating_sub(version.number(2)))
            .map_or(i64::MAX, |behind| behind)
    } else {
        i64::MAX
    };
    Ok(if behind <= allowed {
        Verdict::pass(format!("{text}, newest is {}{note}", row.newest))
    } else {
        Verdict::fail(
            format!("{text}, newest is {}{note}", row.newest),
            format!("at most {allowed} releases behind"),
        )
        .at(Severity::Low)
    })
}

fn vulnerabilities(ctx: &Context<'_>, component: &str) -> Known<Verdict> {
    let version = released(ctx, component)?;
    let note = age_note(ctx);
    let mut found: Vec<&Advisory> = Vec::new();
    let mut open = None;
    for advisory in ctx
        .tables
        .advisories
        .iter()
        .filter(|row| row.component == component)
    {
        if is_fixed(&version, advisory, branch_length(component)) {
            continue;
        }
        match applies(ctx, advisory) {
            Ok(true) => found.push(advisory),
            Ok(false) => {}
            Err(gap) => open = open.or(Some(gap)),
        }
    }
    if let Some(worst) = found.iter().map(|row| row.severity).min() {
        let ids: Vec<_> = found.iter().map(|row| row.id.as_str()).collect();
        let fixed = found
            .iter()
            .filter_map(|row| row.fixed.last())
            .max_by_key(|text| Version::parse(text));
        return Ok(Verdict::fail(
            format!("{}: {}{note}", version.branch(3), facts::joined(&ids)),
            fixed.map_or_else(
                || "a fixed release".to_owned(),
                |fixed| format!("at least {fixed}"),
            ),
        )
        .at(worst));
    }
    if let Some(gap) = open {
        return Err(gap);
    }
    if component != "engine" {
        let row = row(ctx, component, &version)?;
        if !row.supported {
            return Ok(Verdict::fail(
                format!(
                    "{}: branch {} has ended{note}",
                    version.branch(3),
                    row.branch
                ),
                "a branch that still gets fixes",
            )
            .at(Severity::High));
        }
    }
    Ok(Verdict::pass(format!(
        "{}: none known{note}",
        version.branch(3)
    )))
}

/// Whether `version` holds the fix: at or above the first fixed release of its own branch, or of the newest one.
fn is_fixed(version: &Version, advisory: &Advisory, branch_length: usize) -> bool {
    let fixed: Vec<_> = advisory
        .fixed
        .iter()
        .filter_map(|text| Version::parse(text))
        .collect();
    let own = version.branch(branch_length);
    fixed
        .iter()
        .any(|first| first.branch(branch_length) == own && version >= first)
        || fixed.iter().max().is_some_and(|newest| version >= newest)
}

/// Whether the condition of a row holds on this host.
fn applies(ctx: &Context<'_>, advisory: &Advisory) -> Known<bool> {
    match advisory.when.as_str() {
        "authz-plugin" => Ok(!ctx.info()?.authorization_plugins.is_empty()),
        "managed-plugin" => Ok(!ctx.evidence.engine.plugins.known()?.is_empty()),
        "tcp-listener" => Ok(super::listeners(ctx)?.any()),
        "internal-network" => has_internal(ctx),
        "firewalld" => has_firewalld(ctx),
        "firewalld-internal" => Ok(has_internal(ctx)? && has_firewalld(ctx)?),
        "firewalld-swarm" => Ok(ctx.info()?.swarm_state == "active" && has_firewalld(ctx)?),
        _ => Ok(true),
    }
}

fn has_internal(ctx: &Context<'_>) -> Known<bool> {
    Ok(ctx
        .evidence
        .engine
        .networks
        .known()?
        .iter()
        .any(|network| network.internal))
}

fn has_firewalld(ctx: &Context<'_>) -> Known<bool> {
    if let Some(filter) = &ctx.info()?.firewall {
        return Ok(filter.contains("firewalld"));
    }
    match ctx.host().units.known()?.get("firewalld.service") {
        Some(unit) => Ok(unit.active == "active"),
        None => Err(Gap::no_data("whether firewalld runs was not read")),
    }
}
