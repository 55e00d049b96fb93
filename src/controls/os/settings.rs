//! Settings of the kernel that narrow what a process without privileges can reach.

use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "os-sysctl-hardening",
    title: "Kernel hardening sysctls are set and Docker's needs are kept",
    why: "Each of these settings closes a way that break-outs have taken: kernel addresses that can be read, programs for the \
          kernel that anybody may load, links planted in shared folders, packets that choose their own way.",
    evidence: "The kernel's settings as they are in force, whatever files in /etc say.",
    passes: "Each is within its bound of policy kernel_settings, and net.ipv4.ip_forward is 1, without which containers \
             reach nobody. A setting that the kernel does not have is not checked.",
    area: Area::Os,
    severity: Severity::Low,
    set: Set::Hardened,
    parameters: &[Parameter {
        name: "kernel_settings",
        about: "Kernel settings with their bounds: name>=value, name<=value or name=value",
        default: Preset::List(&[
            "kernel.kptr_restrict>=1",
            "kernel.dmesg_restrict>=1",
            "kernel.unprivileged_bpf_disabled>=1",
            "kernel.yama.ptrace_scope>=1",
            "fs.protected_hardlinks>=1",
            "fs.protected_symlinks>=1",
            "fs.protected_fifos>=1",
            "fs.protected_regular>=1",
            "net.ipv4.conf.all.accept_redirects<=0",
            "net.ipv4.conf.all.send_redirects<=0",
            "net.ipv4.conf.all.accept_source_route<=0",
        ]),
    }],
    rule: Rule::Host(settings),
    remedies: &[guide(
        RemedyClass::Live,
        "Write the settings into a file of their own in /etc/sysctl.d and load that file. Use 2 for \
         kernel.unprivileged_bpf_disabled and 1 for kernel.yama.ptrace_scope: 1 and 3 cannot be taken back before a reboot. \
         Leave forwarding and reverse path filters alone: networks of containers need them.",
        "Set the old values again with sysctl -w and remove the file.",
    )],
    ..Control::BASE
}];

/// What containers cannot do without, whatever a policy says.
const NEEDED: &str = "net.ipv4.ip_forward=1";

/// How a value is held against its bound.
type Holds = fn(i64, i64) -> bool;

/// Longer signs first: `=` occurs in the others.
const SIGNS: &[(&str, Holds)] = &[
    (">=", |value, bound| value >= bound),
    ("<=", |value, bound| value <= bound),
    ("=", |value, bound| value == bound),
];

fn settings(ctx: &Context<'_>) -> Known<Verdict> {
    let known = ctx.host().sysctls.known()?;
    let bounds = ctx.list("kernel_settings").into_iter().flatten();
    let parts = bounds
        .chain([NEEDED.to_owned()])
        .map(|bound| one(known, &bound));
    Ok(match all(parts)? {
        Verdict::Pass(all) => Verdict::pass(format!("{} settings", all.split("; ").count())),
        verdict => verdict,
    })
}

/// One setting held against one bound.
fn one(known: &std::collections::BTreeMap<String, String>, bound: &str) -> Known<Verdict> {
    let parsed = SIGNS.iter().find_map(|(sign, holds)| {
        let (name, value) = bound.split_once(sign)?;
        let value = value.trim().parse::<i64>();
        Some((name.trim(), *holds, value))
    });
    let Some((name, holds, Ok(wanted))) = parsed else {
        return Err(Gap::no_data(format!(
            "policy kernel_settings holds {bound:?}, which is no name with a bound"
        )));
    };
    let text = known
        .get(name)
        .ok_or_else(|| Gap::unsupported(format!("{name} was not found on this kernel")))?;
    let Ok(value) = text.trim().parse::<i64>() else {
        return Err(Gap::no_data(format!(
            "{name} is {text:?}, which is no number"
        )));
    };
    let observed = format!("{name}={value}");
    Ok(if holds(value, wanted) {
        Verdict::pass(observed)
    } else {
        Verdict::fail(observed, "each setting within its bound")
    })
}

#[cfg(test)]
mod tests {
    use super::{Verdict, one};

    #[test]
    fn bounds_are_held_by_number() {
        let known = [("a.b".to_owned(), "2".to_owned())].into();
        let passes = |bound| matches!(one(&known, bound), Ok(Verdict::Pass(_)));
        assert!(passes("a.b>=1") && passes("a.b = 2") && passes("a.b<=2"));
        assert!(!passes("a.b<=1") && !passes("a.b=1") && !passes("a.b"));
        assert!(one(&known, "a.c>=1").is_err() && one(&known, "a.b>=x").is_err());
    }
}
