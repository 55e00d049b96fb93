//! Privileged containers and capabilities.

use super::recreate;
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-privileged",
        title: "Container is not privileged",
        why: "A privileged container has every capability, every device and no filter: it is the host's root with another \
              root folder.",
        evidence: "The container's own setting.",
        passes: "It is not privileged.",
        area: Area::Runtime,
        severity: Severity::Critical,
        practices: &[22],
        cis: &[Cis::same("5.5", 1)],
        rule: Rule::EachContainer(privileged),
        remedies: &[recreate(
            "Recreate the container without --privileged, with the few devices and capabilities it uses.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-caps-critical",
        title: "No escape-grade capability is effective",
        why: "With one of these capabilities a process can load kernel modules, mount file systems, read any file or look \
              into other processes: each is a known way out.",
        evidence: "Capabilities added and dropped, the default set of the engine; CapEff of the main process.",
        passes: "None of them is effective. NET_ADMIN, SYS_TIME and SYSLOG are high, and critical only together with \
                 the host's network or process namespace.",
        area: Area::Runtime,
        severity: Severity::Critical,
        practices: &[22],
        cis: &[Cis::same("5.4", 1)],
        rule: Rule::EachContainer(critical),
        remedies: &[recreate(
            "Recreate the container without them; find a narrower way for what needed them.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-caps-added",
        title: "No capability is added beyond policy",
        why: "The default set is already wider than most programs need. What is added is rarely taken away again.",
        evidence: "Capabilities added.",
        passes: "Each is in policy allowed_capabilities or in the engine's default set.",
        area: Area::Runtime,
        severity: Severity::High,
        practices: &[22],
        cis: &[Cis::same("5.4", 1)],
        parameters: &[ALLOWED],
        rule: Rule::EachContainer(added),
        remedies: &[recreate(
            "Recreate the container without the extra --cap-add.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-caps-drop-all",
        title: "All capabilities are dropped, needed ones added back",
        why: "Dropping everything turns the question round: what is needed has to be named, and the list can be read.",
        evidence: "Capabilities dropped and added.",
        passes: "ALL is dropped, and what is added is in policy allowed_capabilities or in the engine's default set.",
        area: Area::Runtime,
        severity: Severity::Medium,
        set: Set::Hardened,
        practices: &[22],
        cis: &[Cis::same("5.4", 1)],
        parameters: &[ALLOWED],
        rule: Rule::EachContainer(drop_all),
        remedies: &[recreate(
            "Recreate the container with --cap-drop ALL and --cap-add for what it was seen to need.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-caps-net-raw",
        title: "NET_RAW is dropped",
        why: "Raw sockets let a container forge packets on the network that it shares with others.",
        evidence: "Capabilities dropped and added, the default set of the engine.",
        passes: "NET_RAW is not effective.",
        area: Area::Runtime,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[22],
        cis: &[Cis::same("5.4", 1)],
        rule: Rule::EachContainer(net_raw),
        remedies: &[recreate("Recreate the container with --cap-drop NET_RAW.")],
        ..Control::BASE
    },
];

/// Capabilities that may be added.
pub(in crate::controls) const ALLOWED: Parameter = Parameter {
    name: "allowed_capabilities",
    about: "Capabilities that containers may add, upper case without CAP_",
    default: Preset::List(&["NET_BIND_SERVICE"]),
};

/// What an engine gives to a container when nobody says otherwise.
const DEFAULT: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Capabilities with a known way out, with their number in the kernel.
const ESCAPES: &[(&str, u32)] = &[
    ("SYS_ADMIN", 21),
    ("SYS_MODULE", 16),
    ("SYS_PTRACE", 19),
    ("SYS_RAWIO", 17),
    ("DAC_READ_SEARCH", 2),
    ("BPF", 39),
    ("PERFMON", 38),
    ("SYS_BOOT", 22),
    ("MAC_ADMIN", 33),
    ("SYS_TIME", 25),
    ("NET_ADMIN", 12),
    ("SYSLOG", 34),
];

/// Ways out only together with a namespace of the host.
const CONDITIONAL: &[&str] = &["NET_ADMIN", "SYS_TIME", "SYSLOG"];

/// Whether `name` is effective, by the order in which engines apply the two lists: with ALL added, everything but what
/// is dropped; with ALL dropped, only what is added; else the default set without the dropped and with the added.
pub(in crate::controls) fn has(detail: &Detail, name: &str) -> bool {
    let added = |name: &str| detail.cap_add.iter().any(|cap| cap == name);
    let dropped = |name: &str| detail.cap_drop.iter().any(|cap| cap == name);
    if detail.privileged {
        return true;
    }
    if added("ALL") {
        return !dropped(name);
    }
    if added(name) {
        return true;
    }
    !dropped("ALL") && !dropped(name) && DEFAULT.contains(&name)
}

/// Marks what follows from the container being privileged.
fn after_privileged(detail: &Detail, verdict: Verdict) -> Verdict {
    if detail.privileged {
        verdict.because_of("run-privileged")
    } else {
        verdict
    }
}

fn privileged(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    Ok(if container.detail()?.privileged {
        Verdict::fail("privileged", "not privileged")
    } else {
        Verdict::pass("not privileged")
    })
}

fn critical(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    // The kernel can only prove more than the settings say: a process that dropped its capabilities itself may get
    // them back through a setuid program.
    let effective = match facts::process(ctx, detail) {
        Ok(status) => status.cap_eff,
        Err(_) => None,
    };
    let by_kernel = |bit: u32| effective.is_some_and(|set| set >> bit & 1 == 1);
    let found: Vec<&str> = ESCAPES
        .iter()
        .filter(|(name, bit)| has(detail, name) || by_kernel(*bit))
        .map(|(name, _)| *name)
        .collect();
    if found.is_empty() {
        return Ok(Verdict::pass("none of them"));
    }
    let verdict = Verdict::fail(facts::joined(&found), "none of them effective");
    let shares_host = detail.network_mode == "host" || detail.pid_mode == "host";
    let only_conditional = found.iter().all(|name| CONDITIONAL.contains(name));
    let verdict = if only_conditional && !shares_host {
        verdict.at(Severity::High)
    } else {
        verdict
    };
    Ok(after_privileged(detail, verdict))
}

/// The added capabilities that neither policy nor the engine's default set has.
pub(in crate::controls) fn extra_capabilities(ctx: &Context<'_>, added: &[String]) -> Vec<String> {
    let allowed = ctx
        .list("allowed_capabilities")
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let plain = |cap: &str| cap.trim_start_matches("CAP_").to_ascii_uppercase();
    added
        .iter()
        .filter(|cap| {
            !DEFAULT.contains(&cap.as_str()) && !allowed.iter().any(|free| plain(free) == **cap)
        })
        .cloned()
        .collect()
}

fn added(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let extra = extra_capabilities(ctx, &detail.cap_add);
    if extra.is_empty() {
        return Ok(Verdict::pass(if detail.cap_add.is_empty() {
            "none added".to_owned()
        } else {
            facts::joined(&detail.cap_add)
        }));
    }
    let verdict = Verdict::fail(
        format!("added: {}", facts::joined(&extra)),
        "no capability beyond policy",
    );
    let escape = extra
        .iter()
        .any(|cap| cap == "ALL" || ESCAPES.iter().any(|(name, _)| cap == name));
    Ok(if detail.privileged {
        verdict.because_of("run-privileged")
    } else if escape {
        verdict.because_of("run-caps-critical")
    } else {
        verdict
    })
}

fn drop_all(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let extra = extra_capabilities(ctx, &detail.cap_add);
    let drops_all = detail.cap_drop.iter().any(|cap| cap == "ALL");
    let observed = format!(
        "dropped: {}; added: {}",
        named(&detail.cap_drop),
        named(&detail.cap_add)
    );
    Ok(if drops_all && extra.is_empty() && !detail.privileged {
        Verdict::pass(observed)
    } else {
        after_privileged(
            detail,
            Verdict::fail(observed, "ALL dropped, only needed ones added"),
        )
    })
}

fn named(list: &[String]) -> String {
    if list.is_empty() {
        "none".to_owned()
    } else {
        facts::joined(list)
    }
}

fn net_raw(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    Ok(if has(detail, "NET_RAW") {
        after_privileged(
            detail,
            Verdict::fail("NET_RAW is effective", "NET_RAW dropped"),
        )
    } else {
        Verdict::pass("not effective")
    })
}
