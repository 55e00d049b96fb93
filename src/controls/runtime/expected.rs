//! Settings that only an organisation can say are right.

use super::recreate;
use crate::controls::prelude::*;

/// What all controls of this topic share.
const POLICY: Control = Control {
    area: Area::Runtime,
    severity: Severity::Low,
    set: Set::Policy,
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-sysctls",
        title: "Container sysctls are expected",
        why: "Settings of the kernel that a container changes for itself switch off protections that its neighbours rely on, \
              and nobody remembers why.",
        evidence: "Kernel settings of the container's namespaces.",
        passes: "Each is in policy container_sysctls, by name or as name=value. Without that list it does not apply.",
        parameters: &[Parameter {
            name: "container_sysctls",
            about: "Kernel settings that containers may change, as name or name=value",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::EachContainer(sysctls),
        remedies: &[recreate("Recreate the container without the setting.")],
        ..POLICY
    },
    Control {
        id: "run-runtime",
        title: "Container uses an approved runtime",
        why: "The runtime is what builds the walls; another one builds others.",
        evidence: "The container's runtime; where it names none, the engine's default.",
        passes: "It is in policy container_runtimes. Without that list it does not apply.",
        parameters: &[Parameter {
            name: "container_runtimes",
            about: "Names of runtimes that containers may use, such as runc, crun, runsc",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::EachContainer(runtime),
        remedies: &[recreate("Recreate the container with an approved runtime.")],
        ..POLICY
    },
    Control {
        id: "run-owner-label",
        title: "Container names an owner",
        why: "A finding that nobody owns is repaired by nobody.",
        evidence: "Names of the container's labels.",
        passes: "One of the labels in policy owner_labels is there and not empty. Without that list it does not apply.",
        severity: Severity::Info,
        parameters: &[Parameter {
            name: "owner_labels",
            about: "Labels of which a container must have one, such as team",
            default: Preset::Unset(ParameterKind::List),
        }],
        rule: Rule::EachContainer(owner),
        remedies: &[recreate("Recreate the container with the label.")],
        ..POLICY
    },
    Control {
        id: "run-tmpfs-options",
        title: "tmpfs mounts are nosuid, nodev and sized",
        why: "A tmpfs without a size may grow to half of the host's memory, and it is memory that it fills.",
        evidence: "Temporary file systems of the container and their options.",
        passes: "Each has a size, and none has suid or dev: the engine adds nosuid and nodev itself.",
        severity: Severity::Info,
        set: Set::Informational,
        practices: &[23],
        rule: Rule::EachContainer(tmpfs),
        remedies: &[recreate(
            "Recreate the container with --tmpfs PATH:size=64m and without the options suid and dev.",
        )],
        ..POLICY
    },
];

fn sysctls(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let Some(allowed) = ctx.list("container_sysctls") else {
        return Ok(Verdict::not_applicable("no policy container_sysctls"));
    };
    let detail = container.detail()?;
    let shown: Vec<String> = detail
        .sysctls
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let extra: Vec<&str> = detail
        .sysctls
        .iter()
        .zip(&shown)
        .filter(|((name, _), pair)| !allowed.contains(name) && !allowed.contains(pair))
        .map(|(_, pair)| pair.as_str())
        .collect();
    Ok(if !extra.is_empty() {
        Verdict::fail(
            facts::joined(&extra),
            "only settings of policy container_sysctls",
        )
    } else if shown.is_empty() {
        Verdict::pass("none")
    } else {
        Verdict::pass(facts::joined(&shown))
    })
}

fn runtime(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let Some(allowed) = ctx.list("container_runtimes") else {
        return Ok(Verdict::not_applicable("no policy container_runtimes"));
    };
    let own = &container.detail()?.runtime;
    let name = if own.is_empty() {
        &ctx.info()?.default_runtime
    } else {
        own
    };
    if name.is_empty() {
        return Err(Gap::unsupported("this engine does not tell the runtime"));
    }
    Ok(if allowed.contains(name) {
        Verdict::pass(name)
    } else {
        Verdict::fail(name, format!("one of {}", facts::joined(&allowed)))
    })
}

fn owner(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let Some(wanted) = ctx.list("owner_labels") else {
        return Ok(Verdict::not_applicable("no policy owner_labels"));
    };
    // Labels are part of the list; a container whose entry could not be understood has a gap instead of a detail.
    container.detail()?;
    let found = container
        .labels
        .iter()
        .find(|label| label.length > 0 && wanted.contains(&label.name));
    Ok(match found {
        Some(label) => Verdict::pass(format!("label {}", label.name)),
        None => Verdict::fail(
            "no such label",
            format!("one of {}", facts::joined(&wanted)),
        ),
    })
}

fn tmpfs(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    if detail.tmpfs.is_empty() {
        return Ok(Verdict::not_applicable("no tmpfs"));
    }
    let mut bad = Vec::new();
    for (path, options) in &detail.tmpfs {
        let options: Vec<&str> = options.split(',').map(str::trim).collect();
        if !options.iter().any(|option| option.starts_with("size=")) {
            bad.push(format!("{path} has no size"));
        }
        if let Some(option) = options
            .iter()
            .find(|option| matches!(**option, "suid" | "dev"))
        {
            bad.push(format!("{path} has {option}"));
        }
    }
    Ok(if bad.is_empty() {
        Verdict::pass(format!("{} sized", detail.tmpfs.len()))
    } else {
        Verdict::fail(facts::joined(&bad), "a size, nosuid and nodev")
    })
}
