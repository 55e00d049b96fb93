//! What a node and, on managers, the swarm's own lists say.

use crate::domain::evidence::HostEvidence;
use crate::domain::evidence::engine::Engine;
use crate::domain::evidence::secret::Looks;
use crate::domain::evidence::swarm::{Named, Node, Service, Swarm};
use crate::domain::outcome::{Subject, SubjectKind};

use super::super::super::pane::settings;
use super::super::super::words;
use super::{Fact, each, word};

/// Whether the node is part of a swarm; where the engine did not say, nobody knows that it is not.
pub fn is_active(evidence: &HostEvidence) -> bool {
    match &evidence.engine.info {
        Ok(info) => !matches!(info.swarm_state.as_str(), "" | "inactive"),
        Err(_) => false,
    }
}

/// The facts of a node of a swarm.
pub fn facts(evidence: &HostEvidence) -> Vec<Fact> {
    if !is_active(evidence) {
        return Vec::new();
    }
    let engine = &evidence.engine;
    let mut facts = each(&engine.info, "this node", |info| {
        let role = word(info.swarm_manager, "manager", "worker");
        vec![
            Fact::new("this node", format!("{role}, {}", info.swarm_state))
                .with("Address", info.swarm_address.clone())
                .with("Managers", info.swarm_managers.to_string())
                .with("Nodes", info.swarm_nodes.to_string()),
        ]
    });
    facts.extend(each(&engine.swarm, "swarm", |swarm| {
        swarm.iter().map(settings_of).collect()
    }));
    facts.extend(each(&engine.nodes, "nodes", |nodes| {
        nodes.iter().map(node).collect()
    }));
    facts.extend(each(&engine.services, "services", |services| {
        services.iter().map(service).collect()
    }));
    facts.extend(kept(engine));
    facts
}

fn settings_of(swarm: &Swarm) -> Fact {
    let days = swarm.node_cert_expiry_s / 86_400;
    let lock = word(swarm.autolock, "autolock on", "autolock off");
    Fact::new("swarm", format!("{lock}, certificates for {days} days"))
        .with("CA", word(swarm.ca_rotation, "being rotated", "stable"))
        .with("Data port", swarm.data_path_port.to_string())
        .with("Changed", swarm.updated_at.clone())
}

fn node(node: &Node) -> Fact {
    let role = match (node.leader, node.manager, node.reachable) {
        (true, ..) => "leader",
        (false, true, true) => "manager",
        (false, true, false) => "manager, not reachable",
        (false, false, _) => "worker",
    };
    Fact::new(
        format!("node {}", node.name),
        format!("{role}, {}, {}", node.state, node.availability),
    )
    .of(Subject::new(SubjectKind::Node, &node.name).id)
    .with("Engine", node.engine.clone())
    .with("Address", node.address.clone())
    .with("Id", node.id.clone())
}

fn service(service: &Service) -> Fact {
    let mounts: Vec<_> = service.mounts.iter().map(settings::mount).collect();
    let ports: Vec<_> = service
        .ports
        .iter()
        .map(|(mode, port, inside)| format!("{port} to {inside} ({mode})"))
        .collect();
    let restart = match service.restart_tries.filter(|tries| *tries > 0) {
        Some(tries) => format!("{}, at most {tries} times", service.restart_condition),
        None => service.restart_condition.clone(),
    };
    let secret = service
        .env
        .iter()
        .filter(|value| value.looks != Looks::Harmless)
        .count();
    let caps = settings::caps_asked(&service.cap_add, &service.cap_drop);
    let memory = words::memory(service.memory);
    Fact::new(
        format!("service {}", service.name),
        format!("{}, {}", service.mode, service.image),
    )
    .of(Subject::new(SubjectKind::Service, &service.name).id)
    .with("User", words::or(&service.user, "as the image says"))
    .with(
        "Root files",
        word(service.read_only, "read-only", "writable"),
    )
    .with("Caps", caps)
    .with("Memory", memory)
    .with("Restart", restart)
    .with(
        "Health",
        word(service.healthcheck, "checked", "not checked"),
    )
    .with("Mounts", mounts.join("\n"))
    .with("Ports", ports.join("\n"))
    .with("Secrets", service.secrets.join(", "))
    .with("Configs", service.configs.join(", "))
    .with(
        "Variables",
        format!("{}, {secret} of them look secret", service.env.len()),
    )
}

/// Secrets and configs: names, and what a config's data looked like.
fn kept(engine: &Engine) -> Vec<Fact> {
    let made = |thing: &Named| match thing.created_at.split('T').next() {
        Some(day) if !day.is_empty() => format!("made {day}"),
        _ => String::new(),
    };
    let mut facts = each(&engine.secrets, "secrets", |secrets| {
        let of = |secret: &Named| Fact::new(format!("secret {}", secret.name), made(secret));
        secrets.iter().map(of).collect()
    });
    facts.extend(each(&engine.configs, "configs", |configs| {
        let of = |config: &Named| {
            let looks = match config.looks {
                Looks::Harmless => "nothing secret seen",
                Looks::NameOnly => "its name speaks of a secret",
                Looks::Secret => "its data looks like a secret",
            };
            let value = format!("{looks}, {}", made(config));
            Fact::new(format!("config {}", config.name), value)
        };
        configs.iter().map(of).collect()
    }));
    facts
}
