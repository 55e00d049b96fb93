//! What runs beside the engine with its power: managed plugins, runtimes, device descriptions.

use crate::controls::prelude::*;
use crate::domain::evidence::engine::Plugin;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "daemon-plugins",
    title: "Managed plugins are known and least-privileged",
    why: "A managed plugin runs as root beside the engine, with what it was granted once; a tag that moves brings other code under \
          the same name.",
    evidence: "Managed plugins with their digests, networks, capabilities, mounts and devices.",
    passes: "Each is in policy managed_plugins by NAME@DIGEST, the digest as docker plugin inspect shows its Id. Without a \
             plugin the question does not arise.",
    area: Area::Daemon,
    severity: Severity::Medium,
    set: Set::Hardened,
    practices: &[9],
    parameters: &[Parameter {
        name: "managed_plugins",
        about: "Managed plugins that were reviewed: NAME@DIGEST",
        default: Preset::List(&[]),
    }],
    rule: Rule::Many(plugins),
    remedies: &[guide(
        RemedyClass::Manual,
        "Review the plugin and its privileges and add it to the policy, or disable it: docker plugin disable NAME, once nothing \
         uses it.",
        "docker plugin enable NAME.",
    )],
    ..Control::BASE
}];

fn plugins(ctx: &Context<'_>) -> Known<Judged> {
    let known = ctx.list("managed_plugins").map_or(Vec::new(), |list| list);
    let plugins = ctx.evidence.engine.plugins.known()?;
    if plugins.is_empty() {
        return Ok(vec![(
            Subject::daemon(),
            Ok(Verdict::not_applicable("there is no managed plugin")),
        )]);
    }
    Ok(plugins
        .iter()
        .map(|plugin| {
            let subject = Subject::new(SubjectKind::Plugin, &plugin.name);
            (subject, Ok(reviewed(plugin, &known)))
        })
        .collect())
}

fn reviewed(plugin: &Plugin, known: &[String]) -> Verdict {
    let digest = plugin.id.trim_start_matches("sha256:");
    let listed = known.iter().any(|entry| {
        matches!(entry.rsplit_once('@'), Some((name, wanted))
            if name == plugin.name && !digest.is_empty() && wanted.trim_start_matches("sha256:") == digest)
    });
    let observed = format!("{}@{digest}{}", plugin.name, power(plugin));
    if listed {
        Verdict::pass(observed)
    } else {
        Verdict::fail(observed, "a plugin of policy managed_plugins")
    }
}

/// What a plugin was granted, in words.
fn power(plugin: &Plugin) -> String {
    let mut granted = Vec::new();
    if plugin.all_devices {
        granted.push("all devices".to_owned());
    }
    if plugin.network == "host" {
        granted.push("the host's network".to_owned());
    }
    granted.extend(plugin.capabilities.iter().cloned());
    granted.extend(plugin.mounts.iter().map(|path| format!("mount {path}")));
    if !plugin.enabled {
        granted.push("disabled".to_owned());
    }
    if granted.is_empty() {
        String::new()
    } else {
        format!(": {}", facts::joined(&granted))
    }
}
