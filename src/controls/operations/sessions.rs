//! Sessions into containers, over the whole host.

use crate::controls::prelude::*;
use crate::controls::runtime::remembered;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "ops-exec-audit",
    title: "Interactive sessions into containers are known",
    why: "What is changed by hand inside a container is in no image and no definition, and is gone with the next one.",
    evidence: "Commands started in containers and terminals attached to them within the last day, as the engine remembers \
               them; health checks left out.",
    passes: "None, apart from containers in policy exec_containers. Engines keep few events: where they do not reach back a \
             day, it is not checked.",
    area: Area::Operations,
    severity: Severity::Low,
    set: Set::Hardened,
    practices: &[26],
    cis: &[Cis::same("5.23", 2), Cis::same("5.24", 2)],
    parameters: &[Parameter {
        name: "exec_containers",
        about: "Names of containers in which sessions are expected",
        default: Preset::List(&[]),
    }],
    rule: Rule::Host(sessions),
    remedies: &[guide(
        RemedyClass::Manual,
        "Ask who it was; let what had to be done become part of the image or of a job.",
        "",
    )],
    ..Control::BASE
}];

fn sessions(ctx: &Context<'_>) -> Known<Verdict> {
    let allowed = ctx.list("exec_containers");
    let told = ctx.evidence.engine.sessions.known()?;
    let containers = facts::containers(ctx)?;
    let mut unknown = Vec::new();
    for session in &told.seen {
        let name = containers
            .iter()
            .find(|container| container.id == session.container)
            .map_or("a container that is gone", |container| &container.name);
        let expected = allowed
            .as_ref()
            .is_some_and(|names| names.iter().any(|known| known == name));
        if !expected {
            unknown.push(format!("{} {} in {name}", session.kind, session.program));
        }
    }
    // What was seen is certain, however far back it reaches.
    if !unknown.is_empty() {
        return Ok(Verdict::fail(
            format!(
                "{} within the day: {}",
                unknown.len(),
                facts::joined(&unknown)
            ),
            "no session",
        ));
    }
    let seen = remembered(ctx)?.seen.len();
    Ok(Verdict::pass(format!(
        "{seen} expected sessions within the day"
    )))
}
