//! What watches the host.

use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ops-runtime-security-tool",
        title: "A runtime security product is active",
        why: "Rules say how things should be; only something that watches sees what happens in between.",
        evidence: "Names and images of running containers; units of the host that are looked at.",
        passes: "One of the products in policy runtime_security_tools runs. Without that list what was found is for a person to \
             look at.",
        area: Area::Operations,
        severity: Severity::Low,
        set: Set::Policy,
        practices: &[14],
        parameters: &[Parameter {
            name: "runtime_security_tools",
            about: "Products of which one must run, as they are called in images or units, such as falco",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::Host(watched),
        remedies: &[guide(
            RemedyClass::Manual,
            "Install the product that the organisation has chosen.",
            "Remove it.",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-monitoring",
        title: "The host and its containers are monitored",
        why: "Full disks, dead containers and floods of restarts are found by whoever looks at numbers all the time.",
        evidence: "Names and images of running containers; units of the host that are looked at.",
        passes: "One of the agents in policy monitoring_agents runs. Without that list it does not apply.",
        area: Area::Operations,
        severity: Severity::Low,
        set: Set::Policy,
        parameters: &[Parameter {
            name: "monitoring_agents",
            about: "Agents of which one must run, as they are called in images or units, such as node-exporter",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::Host(monitored),
        remedies: &[guide(
            RemedyClass::Manual,
            "Run the agent that the organisation has chosen.",
            "Remove it.",
        )],
        ..Control::BASE
    },
];

const PRODUCTS: &[&str] = &[
    "falco",
    "tetragon",
    "tracee",
    "sysdig",
    "neuvector",
    "kubearmor",
    "wazuh",
    "twistlock",
    "aquasec",
];

fn watched(ctx: &Context<'_>) -> Known<Verdict> {
    let Some(wanted) = ctx.list("runtime_security_tools") else {
        let running = running(ctx)?;
        let seen: Vec<_> = PRODUCTS
            .iter()
            .filter_map(|product| contained(&running, product))
            .collect();
        let seen = if seen.is_empty() {
            "none known".to_owned()
        } else {
            facts::joined(&seen)
        };
        return Ok(Verdict::manual(format!(
            "{seen}; no policy runtime_security_tools"
        )));
    };
    one_of(ctx, &wanted)
}

fn monitored(ctx: &Context<'_>) -> Known<Verdict> {
    facts::containers(ctx)?;
    match ctx.list("monitoring_agents") {
        Some(wanted) => one_of(ctx, &wanted),
        None => Ok(Verdict::not_applicable("no policy monitoring_agents")),
    }
}

fn running<'a>(ctx: &Context<'a>) -> Known<Vec<&'a Container>> {
    Ok(facts::containers(ctx)?
        .iter()
        .filter(|container| container.is_running())
        .collect())
}

/// In which container a product runs, by name or image.
fn contained(running: &[&Container], product: &str) -> Option<String> {
    running
        .iter()
        .find(|container| container.name.contains(product) || container.image.contains(product))
        .map(|container| format!("{product} in {}", container.name))
}

/// Whether one of the `wanted` runs in a container or as a unit.
fn one_of(ctx: &Context<'_>, wanted: &[String]) -> Known<Verdict> {
    let running = running(ctx)?;
    if let Some(seen) = wanted
        .iter()
        .find_map(|product| contained(&running, product))
    {
        return Ok(Verdict::pass(seen));
    }
    let units = ctx.host().units.known()?;
    let mut open = None;
    for product in wanted {
        match units.get(&format!("{product}.service")) {
            Some(unit) if unit.active == "active" => {
                return Ok(Verdict::pass(format!("{product}.service is active")));
            }
            Some(_) => {}
            None => open = open.or(Some(product)),
        }
    }
    match open {
        Some(product) => Err(Gap::no_data(format!(
            "in no container, and whether {product}.service runs was not read"
        ))),
        None => Ok(Verdict::fail(
            "neither in a container nor as a unit",
            format!("one of {}", facts::joined(wanted)),
        )),
    }
}
