//! What the kernel offers to the engine.

use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "os-cgroup-v2",
        title: "cgroup v2 is in use",
        why: "The old hierarchy is deprecated by engine and systemd; safe delegation, rootless limits and memory \
              pressure need the new one.",
        evidence: "The cgroup version that the engine reports.",
        passes: "It is 2.",
        area: Area::Os,
        severity: Severity::Low,
        practices: &[7, 35],
        rule: Rule::Host(cgroup),
        remedies: &[guide(
            RemedyClass::Manual,
            "Add systemd.unified_cgroup_hierarchy=1 to the kernel's command line and reboot.",
            "Take the argument away and reboot.",
        )],
        ..Control::BASE
    },
    Control {
        id: "os-kernel-limits",
        title: "No capability gaps reported by the engine",
        why: "A limit that the kernel cannot enforce is accepted by the engine and then does nothing.",
        evidence: "Support of memory, swap, process and CPU limits and of forwarding that the engine reports, and its \
                   warnings about the bridge.",
        passes: "Nothing is missing.",
        area: Area::Os,
        severity: Severity::Low,
        practices: &[7],
        rule: Rule::Host(limits),
        remedies: &[guide(
            RemedyClass::Manual,
            "Enable what is missing: swapaccount=1 on cgroup v1, the module br_netfilter, net.ipv4.ip_forward.",
            "Take the argument or module away and reboot.",
        )],
        ..Control::BASE
    },
];

fn cgroup(ctx: &Context<'_>) -> Known<Verdict> {
    match ctx.info()?.cgroup_version.as_deref() {
        Some("2") => Ok(Verdict::pass("2")),
        Some(other) => Ok(Verdict::fail(other, "2")),
        None => Err(Gap::unsupported(
            "this engine does not tell the cgroup version (needs 20.10)",
        )),
    }
}

/// Warnings of the engine that this control answers for.
pub(in crate::controls) fn is_about_limits(warning: &str) -> bool {
    warning.contains("bridge-nf-call")
        || (warning.contains("No ") && (warning.contains("limit") || warning.contains("support")))
        || warning.contains("forwarding is disabled")
}

fn limits(ctx: &Context<'_>) -> Known<Verdict> {
    let info = ctx.info()?;
    let mut missing = Vec::new();
    for (there, what) in [
        (info.memory_limit, "memory limit"),
        (info.swap_limit, "swap limit"),
        (info.pids_limit, "process limit"),
        (info.cpu_quota, "CPU quota"),
        (info.ipv4_forwarding, "IPv4 forwarding"),
    ] {
        if !there {
            missing.push(what);
        }
    }
    if info
        .warnings
        .iter()
        .any(|warning| warning.contains("bridge-nf-call"))
    {
        missing.push("packet filter on bridges");
    }
    Ok(if missing.is_empty() {
        Verdict::pass("all limits can be enforced")
    } else {
        Verdict::fail(
            format!("missing: {}", missing.join(", ")),
            "nothing missing",
        )
    })
}
