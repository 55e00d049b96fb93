//! Services: what their tasks are made from, and the port through which the swarm is managed.

use crate::controls::facts::on_manager;
use crate::controls::prelude::*;
use crate::controls::runtime::{ALLOWED, POLICIES, TRIES, extra_capabilities};
use crate::domain::evidence::swarm::Service;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "swarm-services-hardening",
        title: "Service specs meet the run- controls",
        why: "A task is made anew from its service: what is repaired on the task alone is gone with the next one.",
        evidence: "The definitions of the services as this manager lists them.",
        passes: "The root file system is read-only, memory is limited, no capability is added beyond policy, and tasks are \
                 restarted as policy restart_policies and restart_max_tries say (any counts as always).",
        area: Area::Swarm,
        severity: Severity::Medium,
        practices: &[22, 23, 24, 35],
        cis: &[
            Cis::same("5.4", 1),
            Cis::same("5.11", 1),
            Cis::same("5.13", 1),
            Cis::same("5.15", 1),
        ],
        parameters: &[ALLOWED, POLICIES, TRIES],
        rule: Rule::Many(services),
        remedies: &[guide(
            RemedyClass::RecreateContainer,
            "docker service update with --read-only, --limit-memory, --restart-condition and --cap-drop as named, one \
             service at a time.",
            "docker service rollback.",
        )],
        ..Control::BASE
    },
    Control {
        id: "swarm-listen-address",
        title: "Cluster management port is bound to a chosen address",
        why: "On every address the port through which the swarm is managed answers to networks that have no business \
              there.",
        evidence: "Sockets that listen on port 2377.",
        passes: "None listens on 0.0.0.0 or [::].",
        area: Area::Swarm,
        severity: Severity::Medium,
        cis: &[Cis::same("7.2", 1)],
        rule: Rule::Host(|ctx| on_manager(ctx, || listens(ctx))),
        remedies: &[guide(
            RemedyClass::Manual,
            "Demote the manager, leave and join again with --listen-addr, one manager at a time.",
            "Join again with the old address.",
        )],
        ..Control::BASE
    },
];

fn services(ctx: &Context<'_>) -> Known<Judged> {
    let state = on_manager(ctx, || Ok(Verdict::pass("")))?;
    if !matches!(state, Verdict::Pass(_)) {
        return Ok(vec![(Subject::host(), Ok(state))]);
    }
    let services = ctx.evidence.engine.services.known()?;
    if services.is_empty() {
        return Ok(vec![(
            Subject::host(),
            Ok(Verdict::not_applicable("the swarm has no service")),
        )]);
    }
    Ok(services
        .iter()
        .map(|service| {
            (
                Subject::new(SubjectKind::Service, &service.name),
                Ok(service_verdict(ctx, service)),
            )
        })
        .collect())
}

fn service_verdict(ctx: &Context<'_>, service: &Service) -> Verdict {
    let mut wrong = Vec::new();
    if !service.read_only {
        wrong.push("root file system writable".to_owned());
    }
    if service.memory <= 0 {
        wrong.push("memory without limit".to_owned());
    }
    let extra = extra_capabilities(ctx, &service.cap_add);
    if !extra.is_empty() {
        wrong.push(format!("capabilities {}", facts::joined(&extra)));
    }
    let accepted = ctx
        .list("restart_policies")
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let most = ctx.int("restart_max_tries").map_or(0, |most| most);
    let condition = match service.restart_condition.as_str() {
        "" | "any" => "always",
        "none" => "no",
        other => other,
    };
    let tries = service.restart_tries.map_or(0, |tries| tries);
    let endless = condition == "on-failure" && most > 0 && !(1..=most).contains(&tries);
    if condition != "no" && (!accepted.iter().any(|known| known == condition) || endless) {
        wrong.push(format!(
            "restarted {condition} with {tries} tries at most (0: any number)"
        ));
    }
    if wrong.is_empty() {
        Verdict::pass("meets them")
    } else {
        Verdict::fail(
            facts::joined(&wrong),
            "read-only, limited, no extra capability, bounded restarts",
        )
    }
}

fn listens(ctx: &Context<'_>) -> Known<Verdict> {
    let sockets: Vec<_> = ctx
        .host()
        .listeners
        .known()?
        .iter()
        .filter(|socket| socket.port == 2377)
        .map(|socket| &socket.address)
        .collect();
    if sockets.is_empty() {
        return Err(Gap::no_data("no socket listens on port 2377"));
    }
    let shown = facts::joined(&sockets);
    Ok(
        if sockets.iter().any(|address| facts::is_wildcard(address)) {
            Verdict::fail(shown, "a chosen address")
        } else {
            Verdict::pass(shown)
        },
    )
}
