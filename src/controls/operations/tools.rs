//! What watches the host.

use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[Control {
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
}];

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
    let running: Vec<_> = facts::containers(ctx)?
        .iter()
        .filter(|container| container.is_running())
        .collect();
    let found = |product: &str| {
        running
            .iter()
            .find(|container| container.name.contains(product) || container.image.contains(product))
            .map(|container| format!("{product} in {}", container.name))
    };
    let Some(wanted) = ctx.list("runtime_security_tools") else {
        let seen: Vec<_> = PRODUCTS
            .iter()
            .filter_map(|product| found(product))
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
    if let Some(seen) = wanted.iter().find_map(|product| found(product)) {
        return Ok(Verdict::pass(seen));
    }
    let units = ctx.host().units.known()?;
    let mut open = None;
    for product in &wanted {
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
            format!("one of {}", facts::joined(&wanted)),
        )),
    }
}
