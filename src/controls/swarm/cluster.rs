//! Managers and nodes.

use crate::controls::facts::on_manager;
use crate::controls::prelude::*;
use crate::domain::evidence::swarm::Node;

/// What all controls of this topic share.
const SWARM: Control = Control {
    evidence: "The nodes of the swarm as this manager lists them.",
    area: Area::Swarm,
    severity: Severity::Medium,
    practices: &[5],
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "swarm-unneeded",
        title: "Swarm mode is off where it is not used",
        why: "A node that nobody meant to be one keeps open ports, keys and a store of secrets.",
        evidence: "The swarm state of the engine.",
        passes: "It is inactive, or policy swarm_member is true. Active without that policy is for a person to look at.",
        severity: Severity::Low,
        set: Set::Policy,
        cis: &[Cis::same("5.1", 1)],
        parameters: &[Parameter {
            name: "swarm_member",
            about: "Whether the host is meant to be in a swarm",
            default: Preset::Unset(ParameterKind::Bool),
        }],
        rule: Rule::Host(unneeded),
        remedies: &[guide(
            RemedyClass::Manual,
            "Drain the node and leave the swarm.",
            "Join again.",
        )],
        ..SWARM
    },
    Control {
        id: "swarm-manager-count",
        title: "Number of managers is odd and fits the size",
        why: "An even number bears no more losses than the odd one below it; a swarm of several nodes with one manager is \
              lost with it.",
        passes: "It is odd, at most seven, and at least three where there is more than one node.",
        cis: &[Cis::same("7.1", 1)],
        rule: Rule::Host(|ctx| on_manager(ctx, || count(ctx))),
        remedies: &[guide(
            RemedyClass::Manual,
            "Promote or demote nodes one by one.",
            "Do the reverse.",
        )],
        ..SWARM
    },
    Control {
        id: "swarm-quorum",
        title: "All managers are reachable",
        why: "Below the quorum nothing can be changed any more, and getting back is manual work on a broken store.",
        passes: "Every manager is reachable. With one manager the question does not arise.",
        severity: Severity::Critical,
        rule: Rule::Host(|ctx| on_manager(ctx, || quorum(ctx))),
        remedies: &[guide(
            RemedyClass::Manual,
            "Bring the manager back, or replace it while the quorum holds.",
            "",
        )],
        ..SWARM
    },
    Control {
        id: "swarm-manager-drained",
        title: "Managers run no workloads (policy)",
        why: "A workload that breaks out on a manager has the swarm's keys.",
        passes: "Every manager is drained. Without policy swarm_managers_drained it is for a person to look at.",
        severity: Severity::Low,
        set: Set::Policy,
        parameters: &[Parameter {
            name: "swarm_managers_drained",
            about: "Whether managers must be drained",
            default: Preset::Unset(ParameterKind::Bool),
        }],
        rule: Rule::Host(|ctx| on_manager(ctx, || drained(ctx))),
        remedies: &[guide(
            RemedyClass::Live,
            "docker node update --availability drain, where the workers can take the load.",
            "docker node update --availability active.",
        )],
        ..SWARM
    },
    Control {
        id: "swarm-node-versions",
        title: "All nodes run the same engine version",
        why: "Tasks behave differently from node to node, and the oldest engine decides which holes are open.",
        passes: "All have the same major and minor version.",
        practices: &[5, 8],
        rule: Rule::Host(|ctx| on_manager(ctx, || versions(ctx))),
        remedies: &[guide(
            RemedyClass::Manual,
            "Upgrade node by node, managers last.",
            "",
        )],
        ..SWARM
    },
];

fn nodes<'a>(ctx: &Context<'a>) -> Known<&'a Vec<Node>> {
    let nodes = ctx.evidence.engine.nodes.known()?;
    if nodes.is_empty() {
        return Err(Gap::no_data("the manager listed no node"));
    }
    Ok(nodes)
}

fn unneeded(ctx: &Context<'_>) -> Known<Verdict> {
    let state = ctx.info()?.swarm_state.as_str();
    Ok(match (state, ctx.flag("swarm_member")) {
        ("inactive" | "", _) => Verdict::pass("inactive"),
        (state, Some(true)) => Verdict::pass(state),
        (state, Some(false)) => Verdict::fail(state, "inactive"),
        (state, None) => Verdict::manual(format!("{state}; no policy swarm_member")),
    })
}

fn count(ctx: &Context<'_>) -> Known<Verdict> {
    let nodes = nodes(ctx)?;
    let managers = nodes.iter().filter(|node| node.manager).count();
    let observed = format!("{managers} managers of {} nodes", nodes.len());
    let fits = managers % 2 == 1 && managers <= 7 && (managers >= 3 || nodes.len() == 1);
    Ok(if fits {
        Verdict::pass(observed)
    } else {
        Verdict::fail(
            observed,
            "an odd number up to seven, three or more with several nodes",
        )
    })
}

fn quorum(ctx: &Context<'_>) -> Known<Verdict> {
    let managers: Vec<_> = nodes(ctx)?.iter().filter(|node| node.manager).collect();
    if managers.len() < 2 {
        return Ok(Verdict::not_applicable("there is one manager"));
    }
    let lost: Vec<_> = managers
        .iter()
        .filter(|node| !node.reachable)
        .map(|node| node.name.as_str())
        .collect();
    Ok(if lost.is_empty() {
        Verdict::pass(format!("{} managers reachable", managers.len()))
    } else {
        Verdict::fail(
            format!("not reachable: {}", facts::joined(&lost)),
            "every manager reachable",
        )
    })
}

fn drained(ctx: &Context<'_>) -> Known<Verdict> {
    let working: Vec<_> = nodes(ctx)?
        .iter()
        .filter(|node| node.manager && node.availability != "drain")
        .map(|node| node.name.as_str())
        .collect();
    Ok(match ctx.flag("swarm_managers_drained") {
        _ if working.is_empty() => Verdict::pass("all managers are drained"),
        Some(true) => Verdict::fail(
            format!("run workloads: {}", facts::joined(&working)),
            "managers drained",
        ),
        Some(false) => Verdict::not_applicable("policy lets managers run workloads"),
        None => Verdict::manual(format!(
            "run workloads: {}; no policy swarm_managers_drained",
            facts::joined(&working)
        )),
    })
}

fn versions(ctx: &Context<'_>) -> Known<Verdict> {
    use crate::domain::version::Version;
    let mut found: Vec<String> = Vec::new();
    for node in nodes(ctx)? {
        let version = Version::parse(&node.engine)
            .ok_or_else(|| Gap::no_data(format!("node {} does not tell its version", node.name)))?
            .branch(2);
        if !found.contains(&version) {
            found.push(version);
        }
    }
    found.sort();
    Ok(if found.len() > 1 {
        Verdict::fail(facts::joined(&found), "one version")
    } else {
        Verdict::pass(facts::joined(&found))
    })
}
