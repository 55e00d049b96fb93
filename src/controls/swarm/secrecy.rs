//! Keys, certificates and encryption of a swarm.

use crate::controls::facts::on_manager;
use crate::controls::prelude::*;
use crate::domain::evidence::secret::Looks;
use crate::domain::evidence::swarm::Swarm;

/// What all controls of this topic share.
const SWARM: Control = Control {
    evidence: "The settings of the swarm, without its tokens and keys.",
    area: Area::Swarm,
    severity: Severity::Medium,
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "swarm-overlay-encrypted",
        title: "Overlay networks are encrypted",
        why: "Traffic between nodes crosses the site's network in the clear, and packets can be forged into it.",
        evidence: "Driver and options of each network.",
        passes: "Each overlay network but the swarm's own ingress has the option encrypted.",
        cis: &[Cis::same("7.3", 1)],
        rule: Rule::Many(encrypted),
        remedies: &[guide(
            RemedyClass::Manual,
            "Make a new encrypted network and move the services to it.",
            "Move the services back.",
        )],
        ..SWARM
    },
    Control {
        id: "swarm-autolock",
        title: "Manager autolock is on",
        why: "Without it the keys to the swarm's store lie in plain text on every manager's disk.",
        passes: "The settings say that managers are locked after a restart. The key itself is never asked for.",
        cis: &[Cis::same("7.5", 1)],
        rule: Rule::Host(|ctx| on_manager(ctx, || autolock(ctx))),
        remedies: &[guide(
            RemedyClass::Live,
            "docker swarm update --autolock=true, and keep the key where it is found after a power cut: locked managers do \
             not come back by themselves.",
            "docker swarm update --autolock=false.",
        )],
        ..SWARM
    },
    Control {
        id: "swarm-node-cert-expiry",
        title: "Node certificate lifetime is short enough",
        why: "A certificate taken from a node opens the swarm until it ends.",
        passes: "The lifetime is at most policy node_cert_max_days.",
        severity: Severity::Low,
        cis: &[Cis::same("7.7", 1)],
        parameters: &[Parameter {
            name: "node_cert_max_days",
            about: "Longest lifetime of node certificates in days",
            default: Preset::Int(90),
        }],
        rule: Rule::Host(|ctx| on_manager(ctx, || expiry(ctx))),
        remedies: &[guide(
            RemedyClass::Live,
            "docker swarm update --cert-expiry 720h.",
            "docker swarm update --cert-expiry with the old value.",
        )],
        ..SWARM
    },
    Control {
        id: "swarm-secrets",
        title: "Secrets are used instead of configs and environment",
        why: "Service definitions and configs can be read by everybody who may ask a manager; secrets reach only the tasks.",
        evidence: "Names and kinds of the environment, labels and arguments of services, and what configs looked like when \
                   they were read; values never leave the reader.",
        passes: "Nothing in a service or a config has the form of a secret. A name that suggests one is for a person to look at.",
        cis: &[Cis::same("7.4", 1)],
        rule: Rule::Many(secrets),
        remedies: &[guide(
            RemedyClass::RecreateContainer,
            "Make a swarm secret, give it to the service, take the variable away and rotate the value.",
            "docker service rollback.",
        )],
        ..SWARM
    },
];

fn swarm<'a>(ctx: &Context<'a>) -> Known<&'a Swarm> {
    ctx.evidence
        .engine
        .swarm
        .known()?
        .as_ref()
        .ok_or_else(|| Gap::no_data("the manager told nothing of the swarm"))
}

fn encrypted(ctx: &Context<'_>) -> Known<Judged> {
    let off = on_manager(ctx, || Ok(Verdict::pass("")))?;
    let active = matches!(off, Verdict::Pass(_)) || ctx.info()?.swarm_state == "active";
    if !active {
        return Ok(vec![(Subject::host(), Ok(off))]);
    }
    let networks = ctx.evidence.engine.networks.known()?;
    let rows: Judged = networks
        .iter()
        .filter(|network| network.driver == "overlay" && !network.ingress)
        .map(|network| {
            let on = network
                .option("encrypted")
                .is_some_and(|value| value != "false");
            let verdict = if on {
                Verdict::pass("encrypted")
            } else {
                Verdict::fail("not encrypted", "encrypted")
            };
            (network.subject(), Ok(verdict))
        })
        .collect();
    Ok(if rows.is_empty() {
        vec![(
            Subject::host(),
            Ok(Verdict::not_applicable("no overlay network but ingress")),
        )]
    } else {
        rows
    })
}

fn autolock(ctx: &Context<'_>) -> Known<Verdict> {
    Ok(if swarm(ctx)?.autolock {
        Verdict::pass("on")
    } else {
        Verdict::fail("off", "on")
    })
}

fn expiry(ctx: &Context<'_>) -> Known<Verdict> {
    let seconds = swarm(ctx)?.node_cert_expiry_s;
    if seconds <= 0 {
        return Err(Gap::no_data("the swarm does not tell the lifetime"));
    }
    let most = ctx.int("node_cert_max_days").map_or(90, |days| days);
    let observed = format!("{} days", seconds / 86_400);
    Ok(if seconds > most.saturating_mul(86_400) {
        Verdict::fail(observed, format!("at most {most} days"))
    } else {
        Verdict::pass(observed)
    })
}

fn secrets(ctx: &Context<'_>) -> Known<Judged> {
    let state = on_manager(ctx, || Ok(Verdict::pass("")))?;
    if !matches!(state, Verdict::Pass(_)) {
        return Ok(vec![(Subject::host(), Ok(state))]);
    }
    let mut rows: Judged = Vec::new();
    for service in ctx.evidence.engine.services.known()? {
        let named = |looks: Looks| -> Vec<&str> {
            service
                .env
                .iter()
                .chain(&service.labels)
                .chain(&service.secret_arguments)
                .filter(|hidden| hidden.looks == looks)
                .map(|hidden| hidden.name.as_str())
                .collect()
        };
        let (proven, suspected) = (named(Looks::Secret), named(Looks::NameOnly));
        let verdict = if !proven.is_empty() {
            Verdict::fail(facts::joined(&proven), "a swarm secret")
        } else if suspected.is_empty() {
            Verdict::pass(format!("{} secrets", service.secrets.len()))
        } else {
            Verdict::manual(format!("named like secrets: {}", facts::joined(&suspected)))
        };
        rows.push((
            Subject::new(SubjectKind::Service, &service.name),
            Ok(verdict),
        ));
    }
    let configs = ctx.evidence.engine.configs.known().map(|configs| {
        let bad: Vec<_> = configs
            .iter()
            .filter(|config| config.looks == Looks::Secret)
            .map(|config| config.name.as_str())
            .collect();
        if bad.is_empty() {
            Verdict::pass(format!("{} configs without secrets", configs.len()))
        } else {
            Verdict::fail(
                format!("configs that hold secrets: {}", facts::joined(&bad)),
                "a swarm secret",
            )
        }
    });
    rows.push((Subject::new(SubjectKind::Swarm, "configs"), configs));
    Ok(rows)
}
