//! The configuration file itself: whether the daemon will start with it the next time.

use super::keys::{KNOWN, REMOVED, REMOVED_VALUES};
use super::restart;
use crate::controls::prelude::*;
use crate::domain::evidence::host::Setting;
use crate::domain::version::Version;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-config-valid",
        title: "Configuration file parses and validates",
        why: "A broken file is found only at the next start: an outage that waits.",
        evidence: "The configuration file that the daemon uses: whether it is JSON, without keys that occur twice.",
        passes: "It is an object whose keys occur once. Without a file the question does not arise.",
        area: Area::Daemon,
        severity: Severity::High,
        rule: Rule::Daemon(valid),
        remedies: &[guide(
            RemedyClass::Manual,
            "Correct the file and check it with dockerd --validate.",
            "Put the old bytes back.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-config-conflict",
        title: "No option is set both in the file and on the command line",
        why: "The daemon refuses to start with such a pair, and every reload fails: an outage that waits.",
        evidence: "Keys of the configuration file and options of the running daemon.",
        passes: "No key is in both, runtimes excepted.",
        area: Area::Daemon,
        severity: Severity::High,
        practices: &[33],
        rule: Rule::Daemon(conflict),
        remedies: &[restart(
            "Keep the option in one of the two places: the file, or a drop-in of the unit.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-obsolete-keys",
        title: "No removed or unknown configuration key or flag",
        why: "An engine does not start with a key that it does not know. What still works today stops the next upgrade.",
        evidence: "Keys of the configuration file, options of the running daemon, and the engine's version.",
        passes: "No key or value was removed in this version or the next major one. A key that is not on the bundled list is \
                 for a person to look at.",
        area: Area::Daemon,
        severity: Severity::High,
        practices: &[32, 37],
        rule: Rule::Daemon(obsolete),
        remedies: &[restart(
            "Take the key away now and restart at the next window.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-registry-v2-only",
        title: "Legacy v1 registries cannot be used",
        why: "The first registry protocol checked nothing of what it delivered.",
        evidence: "The engine's version.",
        passes: "It is 17.12 or newer: these engines no longer speak the old protocol.",
        area: Area::Daemon,
        severity: Severity::Low,
        practices: &[37],
        rule: Rule::Daemon(registry),
        remedies: &[guide(
            RemedyClass::Manual,
            "Upgrade the engine; first take keys about legacy registries out of its file.",
            "",
        )],
        ..Control::BASE
    },
];

fn valid(ctx: &Context<'_>) -> Known<Verdict> {
    let found = ctx.found()?;
    if let Some(gap) = &found.config_gap {
        return Err(gap.clone());
    }
    let Some(settings) = &found.config else {
        return Ok(Verdict::not_applicable(format!(
            "{} is not there",
            found.config_path
        )));
    };
    Ok(if let Some(why) = &settings.invalid {
        Verdict::fail(format!("{}: {why}", found.config_path), "a JSON object")
    } else if settings.duplicates.is_empty() {
        Verdict::pass(format!(
            "{}: {} keys",
            found.config_path,
            settings.values.len()
        ))
    } else {
        Verdict::fail(
            format!(
                "set more than once: {}",
                facts::joined(&settings.duplicates)
            ),
            "each key once",
        )
    })
}

/// Keys with their values.
type Keys<'a> = Vec<(&'a str, &'a Setting)>;

/// The configuration of a host with a running daemon: effective keys of the file and of the command line.
fn keys<'a>(ctx: &Context<'a>) -> Known<(Keys<'a>, Keys<'a>)> {
    let found = ctx.found()?;
    facts::daemon(found)?;
    let file = facts::config(found)?
        .into_iter()
        .flatten()
        .map(|(key, setting)| (key.as_str(), setting))
        .collect();
    let flags = found
        .flags
        .values
        .iter()
        .map(|(key, setting)| (key.as_str(), setting))
        .collect();
    Ok((file, flags))
}

fn conflict(ctx: &Context<'_>) -> Known<Verdict> {
    let (file, flags) = keys(ctx)?;
    let both: Vec<_> = file
        .iter()
        .map(|(key, _)| *key)
        .filter(|key| *key != "runtimes" && flags.iter().any(|(flag, _)| flag == key))
        .collect();
    Ok(if both.is_empty() {
        Verdict::pass(format!(
            "{} keys in the file, {} options",
            file.len(),
            flags.len()
        ))
    } else {
        Verdict::fail(
            format!("in both: {}", facts::joined(&both)),
            "each option in one place",
        )
    })
}

fn obsolete(ctx: &Context<'_>) -> Known<Verdict> {
    let (file, flags) = keys(ctx)?;
    let version = facts::engine_version(ctx)?;
    let refused = |since: &str| {
        Version::parse(since).is_some_and(|since| version >= since || is_next(&version, &since))
    };
    let mut removed = Vec::new();
    let mut unknown = Vec::new();
    for (key, setting) in file.iter().chain(&flags) {
        if let Some((_, since)) = REMOVED.iter().find(|(old, _)| old == key) {
            if refused(since) {
                removed.push(format!("{key} (refused from {since} on)"));
            }
        } else if !KNOWN.contains(key) {
            unknown.push(*key);
        }
        if let Setting::Text(value) = setting
            && let Some((.., since)) = REMOVED_VALUES
                .iter()
                .find(|(name, old, _)| name == key && old == value)
            && refused(since)
        {
            removed.push(format!("{key}={value} (refused from {since} on)"));
        }
    }
    Ok(if !removed.is_empty() {
        Verdict::fail(
            facts::joined(&removed),
            "no key that this engine or the next one refuses",
        )
    } else if unknown.is_empty() {
        Verdict::pass(format!("{} keys and options", file.len() + flags.len()))
    } else {
        Verdict::manual(format!(
            "not on the bundled list: {}",
            facts::joined(&unknown)
        ))
    })
}

/// Whether `since` belongs to the major version that follows `version`: 23 follows 20, which was followed by no 21.
fn is_next(version: &Version, since: &Version) -> bool {
    const MAJORS: &[u64] = &[17, 18, 19, 20, 23, 24, 25, 26, 27, 28, 29, 30];
    let next = MAJORS
        .iter()
        .copied()
        .find(|major| *major > version.number(0));
    next == Some(since.number(0))
}

fn registry(ctx: &Context<'_>) -> Known<Verdict> {
    let version = facts::engine_version(ctx)?;
    let text = &ctx.version()?.engine;
    Ok(if version.at_least("17.12") {
        Verdict::pass(format!("{text} speaks no v1"))
    } else {
        Verdict::fail(text, "17.12 or newer")
    })
}
