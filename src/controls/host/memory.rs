//! Whether what containers may take together is there.

use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "host-memory-overcommit",
    title: "Memory limits and unlimited containers do not exceed what the host has",
    why: "When containers together take more than there is, the kernel ends processes of its own choice, the engine's and the \
          system's among them.",
    evidence: "The memory limits of running containers and the host's memory, as the engine tells them.",
    passes: "Every running container has a limit, and the limits together are at most memory_share percent of the host's memory.",
    area: Area::Host,
    severity: Severity::Medium,
    set: Set::Hardened,
    practices: &[35],
    parameters: &[Parameter {
        name: "memory_share",
        about: "Percent of the host's memory that the limits of running containers may add up to",
        default: Preset::Int(100),
    }],
    rule: Rule::Host(memory),
    remedies: &[guide(
        RemedyClass::Manual,
        "Give every container a limit that fits what it uses, and move what does not fit to another host. A limit that was set on \
         a running container cannot be taken away again without recreating it.",
        "Recreate the container with the old limit.",
    )],
    ..Control::BASE
}];

const MIB: i64 = 1 << 20;

fn memory(ctx: &Context<'_>) -> Known<Verdict> {
    let has = ctx.info()?.memory;
    if has <= 0 {
        return Err(Gap::no_data("the engine does not tell the host's memory"));
    }
    let (mut limits, mut count, mut unlimited, mut open) = (0_i64, 0, Vec::new(), None);
    for container in facts::containers(ctx)? {
        if !container.is_running() {
            continue;
        }
        match container.detail() {
            Ok(detail) if detail.memory > 0 => {
                limits = limits.saturating_add(detail.memory);
                count += 1;
            }
            Ok(_) => unlimited.push(container.subject().name),
            Err(gap) => open = open.or(Some(gap)),
        }
    }
    let share = ctx.int("memory_share").map_or(100, |share| share);
    let may = has / 100 * share;
    let observed = format!(
        "{count} limits of {} MiB together, {} MiB of memory",
        limits / MIB,
        has / MIB
    );
    if limits > may {
        return Ok(Verdict::fail(
            observed,
            format!("at most {share} percent of the memory"),
        ));
    }
    if !unlimited.is_empty() {
        let observed = format!("{observed}; without a limit: {}", facts::joined(&unlimited));
        return Ok(
            Verdict::fail(observed, "a limit for every running container")
                .because_of("run-memory-limit"),
        );
    }
    match open {
        Some(gap) => Err(gap),
        None => Ok(Verdict::pass(observed)),
    }
}
