//! Ports and networks of containers.

use super::recreate;
use crate::controls::prelude::*;
use crate::domain::evidence::container::{Owner as Manager, Port};
use crate::domain::evidence::network::Network;

const EDGE_PORTS: Parameter = Parameter {
    name: "edge_ports",
    about: "Host ports that may be published on every address, and below 1024",
    default: Preset::List(&["80", "443"]),
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-privileged-ports",
        title: "No host port below 1024 is published",
        why: "Low ports belong to well-known services; a container on one of them looks like the host's own service.",
        evidence: "Host ports that are published, on every address and protocol.",
        passes: "Each is 1024 or above, or in policy edge_ports.",
        area: Area::Runtime,
        severity: Severity::Low,
        practices: &[27],
        cis: &[Cis::same("5.8", 1)],
        parameters: &[EDGE_PORTS],
        rule: Rule::EachContainer(low_ports),
        remedies: &[recreate(
            "Recreate the container on a high port, behind a proxy where the low one is needed.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-published-ports",
        title: "Only needed ports are published",
        why: "Every published port is a way in that somebody has to watch.",
        evidence: "Host ports that are published.",
        passes: "None is, or each is in policy published_ports. Without that list they are for a person to look at.",
        area: Area::Runtime,
        severity: Severity::Medium,
        set: Set::Policy,
        practices: &[19],
        cis: &[Cis::same("5.9", 1)],
        parameters: &[Parameter {
            name: "published_ports",
            about: "Host ports that may be published",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::EachContainer(published),
        remedies: &[recreate(
            "Recreate the container without the port; containers of one network need none.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-publish-all",
        title: "Publish-all is not used",
        why: "Every port that the image happens to name opens on the host, on another number after each start.",
        evidence: "The container's own setting.",
        passes: "It is off.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[19],
        cis: &[Cis::same("5.9", 1)],
        rule: Rule::EachContainer(publish_all),
        remedies: &[recreate(
            "Recreate the container with the ports it needs, named one by one.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-bind-interface",
        title: "Published ports are bound to a chosen address",
        why: "A port without an address opens on every interface, past the rules of most host firewalls.",
        evidence: "Addresses of published ports.",
        passes: "Each has an address other than 0.0.0.0 and ::, or the port is in policy edge_ports.",
        area: Area::Runtime,
        severity: Severity::Medium,
        cis: &[Cis::same("5.14", 1)],
        parameters: &[EDGE_PORTS],
        rule: Rule::EachContainer(bound),
        remedies: &[recreate(
            "Recreate the container with the address before the port: -p 127.0.0.1:8080:80.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-default-bridge",
        title: "Container does not use the default bridge",
        why: "All containers on the default bridge reach each other unless the daemon forbids it; networks of their own \
              keep projects apart and give names.",
        evidence: "Networks of the container.",
        passes: "It is not attached to the network bridge.",
        area: Area::Runtime,
        severity: Severity::Low,
        practices: &[28],
        cis: &[Cis::same("5.30", 2)],
        rule: Rule::EachContainer(default_bridge),
        remedies: &[recreate(
            "Recreate the container on a network of its project.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-network-shared",
        title: "No network joins containers of different projects unless policy says so",
        why: "Containers on one network reach every port of each other. A network shared by several projects lets the \
              weakest of them reach all.",
        evidence: "Projects and services of the containers on each network.",
        passes: "All its containers belong to one project, or the network is in policy shared_networks. The engine's own \
                 networks have controls of their own.",
        area: Area::Runtime,
        severity: Severity::Medium,
        set: Set::Hardened,
        practices: &[28],
        parameters: &[Parameter {
            name: "shared_networks",
            about: "Networks that may join several projects, such as that of the proxy in front of them",
            default: Preset::List(&[]),
        }],
        rule: Rule::EachNetwork(shared),
        remedies: &[recreate(
            "Give each project a network of its own; join only the proxy to both.",
        )],
        ..Control::BASE
    },
];

fn edge(ctx: &Context<'_>, port: &Port) -> bool {
    ctx.list("edge_ports")
        .is_some_and(|ports| ports.iter().any(|edge| *edge == port.port.to_string()))
}

fn shown(ports: &[&Port]) -> String {
    let ports: Vec<_> = ports
        .iter()
        .map(|port| format!("{}:{} for {}", port.address, port.port, port.inside))
        .collect();
    facts::joined(&ports)
}

fn judged_ports(detail: &Detail, wrong: impl Fn(&Port) -> bool, expected: &str) -> Verdict {
    let bad: Vec<_> = detail.ports.iter().filter(|port| wrong(port)).collect();
    if !bad.is_empty() {
        return Verdict::fail(shown(&bad), expected);
    }
    if detail.ports.is_empty() {
        return Verdict::pass("no port is published");
    }
    Verdict::pass(shown(&detail.ports.iter().collect::<Vec<_>>()))
}

fn low_ports(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    // Port 0 is a port that the engine still has to choose, and it chooses a high one.
    let low = |port: &Port| (1..1024).contains(&port.port) && !edge(ctx, port);
    Ok(judged_ports(
        container.detail()?,
        low,
        "1024 or above, or in policy edge_ports",
    ))
}

fn bound(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let open = |port: &Port| facts::is_wildcard(&port.address) && !edge(ctx, port);
    Ok(judged_ports(container.detail()?, open, "a chosen address"))
}

fn published(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let Some(allowed) = ctx.list("published_ports") else {
        if detail.ports.is_empty() {
            return Ok(Verdict::pass("no port is published"));
        }
        let ports = shown(&detail.ports.iter().collect::<Vec<_>>());
        return Ok(Verdict::manual(format!(
            "{ports}; no policy published_ports"
        )));
    };
    let extra = |port: &Port| !allowed.iter().any(|free| *free == port.port.to_string());
    Ok(judged_ports(
        detail,
        extra,
        "only ports of policy published_ports",
    ))
}

fn publish_all(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    Ok(if container.detail()?.publish_all {
        Verdict::fail("all exposed ports are published", "only named ports")
    } else {
        Verdict::pass("off")
    })
}

fn default_bridge(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    Ok(if uses_default_bridge(detail) {
        Verdict::fail("attached to bridge", "a network of its own")
    } else if detail.networks.is_empty() {
        Verdict::pass(&*detail.network_mode)
    } else {
        Verdict::pass(facts::joined(&detail.networks))
    })
}

/// Whether a container is on the default bridge. A stopped one has no networks listed by some engines: then its mode
/// says where it will be.
pub(in crate::controls) fn uses_default_bridge(detail: &Detail) -> bool {
    if detail.networks.is_empty() {
        matches!(detail.network_mode.as_str(), "bridge" | "default" | "")
    } else {
        detail.networks.iter().any(|network| network == "bridge")
    }
}

fn shared(ctx: &Context<'_>, network: &Network) -> Known<Verdict> {
    if matches!(network.name.as_str(), "bridge" | "host" | "none")
        || network.ingress
        || network.name == "docker_gwbridge"
    {
        return Ok(Verdict::not_applicable("a network of the engine"));
    }
    let mut projects: Vec<String> = Vec::new();
    let mut open = None;
    for container in facts::containers(ctx)? {
        match container.detail() {
            Err(gap) => open = open.or(Some(gap)),
            Ok(detail) if detail.networks.contains(&network.name) => {
                let project = match &container.owner {
                    Manager::Compose { project, .. } => format!("project {project}"),
                    Manager::Swarm { service } => {
                        format!(
                            "stack {}",
                            service.split('_').next().map_or("", |stack| stack)
                        )
                    }
                    Manager::Nobody => format!("container {}", container.name),
                };
                if !projects.contains(&project) {
                    projects.push(project);
                }
            }
            Ok(_) => {}
        }
    }
    projects.sort();
    let allowed = ctx
        .list("shared_networks")
        .is_some_and(|names| names.contains(&network.name));
    let loose = projects
        .iter()
        .all(|project| project.starts_with("container "));
    match open {
        _ if projects.len() > 1 && !allowed && !loose => Ok(Verdict::fail(
            facts::joined(&projects),
            "containers of one project",
        )),
        Some(gap) => Err(gap),
        None if projects.is_empty() => Ok(Verdict::pass("no container")),
        None => Ok(Verdict::pass(facts::joined(&projects))),
    }
}
