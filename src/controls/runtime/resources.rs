//! Limits that keep one container from starving the others.

use super::recreate;
use crate::controls::prelude::*;
use crate::domain::control::Remedy;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-memory-limit",
        title: "Memory is limited",
        why: "Without a limit one leak takes the memory of the whole host, and the kernel then kills what it likes.",
        evidence: "The container's memory limit; the host's memory.",
        passes: "A limit is set and it is not above the host's memory.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[35],
        cis: &[Cis::same("5.11", 1)],
        rule: Rule::EachContainer(memory),
        remedies: &[guide(
            RemedyClass::Live,
            "Measure the peak, then set --memory and --memory-swap together, well above it: docker update.",
            "An engine cannot go back to no limit while the container runs: set the limit to the host's memory, or recreate \
             the container.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-cpu-limit",
        title: "CPU is limited or weighted",
        why: "Without quota, weight or set of processors one busy loop slows everything else down.",
        evidence: "Quota, weight and processors of the container.",
        passes: "Any of them is set; weights 0 and 1024 are the default and do not count.",
        area: Area::Runtime,
        severity: Severity::Low,
        practices: &[35],
        cis: &[Cis::same("5.12", 1)],
        rule: Rule::EachContainer(cpu),
        remedies: &[UPDATE_CPU],
        ..Control::BASE
    },
    Control {
        id: "run-pids-limit",
        title: "Number of processes is limited",
        why: "A fork bomb in one container uses up the process numbers of the host.",
        evidence: "The container's limit of processes.",
        passes: "It lies between 1 and policy pids_limit_max.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[35],
        cis: &[Cis::same("5.29", 1)],
        parameters: &[Parameter {
            name: "pids_limit_max",
            about: "Largest limit of processes that counts as one",
            default: Preset::Int(4096),
        }],
        rule: Rule::EachContainer(pids),
        remedies: &[guide(
            RemedyClass::Live,
            "docker update --pids-limit N, with N four times what runs now and at least 256.",
            "docker update --pids-limit -1.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-oom-killer",
        title: "OOM killer is not disabled without a limit, score not lowered",
        why: "A container that may not be killed and has no limit freezes the host; one with a lowered score lets the kernel \
              kill others in its place.",
        evidence: "The container's memory limit and out-of-memory settings.",
        passes: "The killer is on, or a limit is set; the score is -500 or above.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[35],
        rule: Rule::EachContainer(oom),
        remedies: &[recreate(
            "Recreate the container without --oom-kill-disable and --oom-score-adj.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-cgroup-parent",
        title: "cgroup parent is the default or an approved one",
        why: "Another parent takes the container out of the limits that hold for the rest.",
        evidence: "The container's cgroup parent.",
        passes: "It is empty, docker, system.slice, a parent of Kubernetes, or in policy cgroup_parents.",
        area: Area::Runtime,
        severity: Severity::Low,
        practices: &[35],
        cis: &[Cis::same("5.25", 1)],
        parameters: &[Parameter {
            name: "cgroup_parents",
            about: "Cgroup parents that containers may have",
            default: Preset::List(&["docker.slice"]),
        }],
        rule: Rule::EachContainer(cgroup_parent),
        remedies: &[recreate("Recreate the container without --cgroup-parent.")],
        ..Control::BASE
    },
];

const UPDATE_CPU: Remedy = guide(
    RemedyClass::Live,
    "docker update --cpu-quota and --cpu-period, or --cpu-shares. Not --cpus: it cannot be taken back while the container \
     runs.",
    "docker update --cpu-quota -1, or --cpu-shares 1024.",
);

fn memory(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let limit = container.detail()?.memory;
    if limit <= 0 {
        return Ok(Verdict::fail("no limit", "a limit"));
    }
    let observed = mebibytes(limit);
    let whole = ctx.info()?.memory;
    Ok(if whole > 0 && limit > whole {
        Verdict::fail(
            format!("{observed}, more than the host has ({})", mebibytes(whole)),
            "a limit below the host's memory",
        )
    } else {
        Verdict::pass(observed)
    })
}

fn mebibytes(bytes: i64) -> String {
    format!("{} MiB", bytes >> 20)
}

fn cpu(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    Ok(if detail.nano_cpus > 0 {
        let hundredths = detail.nano_cpus / 10_000_000;
        Verdict::pass(format!("{}.{:02} CPUs", hundredths / 100, hundredths % 100))
    } else if detail.cpu_quota > 0 {
        Verdict::pass(format!("quota {} µs", detail.cpu_quota))
    } else if !matches!(detail.cpu_shares, 0 | 1024) {
        Verdict::pass(format!("weight {}", detail.cpu_shares))
    } else if !detail.cpuset.is_empty() {
        Verdict::pass(format!("processors {}", detail.cpuset))
    } else {
        Verdict::fail("no quota, weight or set of processors", "one of them")
    })
}

fn pids(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let most = ctx.int("pids_limit_max").map_or(4096, |most| most);
    let expected = format!("1 to {most}");
    Ok(match container.detail()?.pids_limit {
        Some(limit) if limit > most => Verdict::fail(limit.to_string(), expected),
        Some(limit) if limit > 0 => Verdict::pass(limit.to_string()),
        _ => Verdict::fail("no limit", expected),
    })
}

fn oom(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    Ok(if detail.oom_kill_disable && detail.memory <= 0 {
        Verdict::fail(
            "may not be killed and has no limit",
            "a limit, or the killer on",
        )
    } else if detail.oom_score_adj < -500 {
        Verdict::fail(format!("score {}", detail.oom_score_adj), "-500 or above")
    } else {
        Verdict::pass(format!("score {}", detail.oom_score_adj))
    })
}

fn cgroup_parent(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let parent = container.detail()?.cgroup_parent.as_str();
    let usual = matches!(parent, "" | "docker" | "/docker" | "system.slice")
        || parent.trim_start_matches('/').starts_with("kubepods");
    let allowed = ctx
        .list("cgroup_parents")
        .is_some_and(|parents| parents.iter().any(|known| known == parent));
    Ok(if parent.is_empty() {
        Verdict::pass("the default")
    } else if usual || allowed {
        Verdict::pass(parent)
    } else {
        Verdict::fail(parent, "the default, or one in policy cgroup_parents")
    })
}
