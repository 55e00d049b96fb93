//! The daemon's own log, and the default for containers.

use super::{reload, restart};
use crate::controls::prelude::*;
use crate::controls::runtime::{COLLECTOR, is_remote, ships};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "daemon-log-level",
        title: "Daemon log level is info",
        why: "More than info writes down what should not be in a log; less leaves out what is needed afterwards.",
        evidence: "The effective setting log-level.",
        passes: "It is not set, or info.",
        area: Area::Daemon,
        severity: Severity::Low,
        practices: &[29],
        cis: &[Cis::same("2.3", 1)],
        rule: Rule::Daemon(level),
        remedies: &[restart(
            "Take log-level away, or set it to info, and restart: a reload does not reach it.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-debug-off",
        title: "Daemon debug mode is off",
        why: "Debug mode logs requests in full and opens the daemon's own profiling pages.",
        evidence: "Whether the engine says that debug mode is on.",
        passes: "It is off.",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[29],
        cis: &[Cis::same("2.3", 1)],
        rule: Rule::Daemon(debug),
        remedies: &[reload("Write debug=false out in daemon.json and reload.")],
        ..Control::BASE
    },
    Control {
        id: "daemon-remote-logging",
        title: "Default log driver ships logs off the host, or a collector does",
        why: "Logs that stay on the host are lost with it, and whoever breaks in can change them.",
        evidence: "The default log driver.",
        passes: "It sends logs off the host, or policy log_collector = \"agent\" says that an agent collects local ones. The \
                 driver none always fails.",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[36],
        cis: &[Cis::moved("2.14", "2.13", 2)],
        parameters: &[COLLECTOR],
        rule: Rule::Daemon(|ctx| Ok(ships(ctx, &ctx.info()?.logging_driver))),
        remedies: &[restart(
            "Set log-driver and log-opts to a central system, over TLS and with mode non-blocking, or declare the \
             collector. Containers keep the old driver until they are recreated.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-log-rotation",
        title: "Default local logs are bounded",
        why: "One talkative container without a bound fills the data root; it is the most common outage of all.",
        evidence: "The default log driver; the effective setting log-opts.",
        passes: "The driver is not json-file, or max-size is set.",
        area: Area::Daemon,
        severity: Severity::Medium,
        practices: &[6, 36],
        rule: Rule::Daemon(rotation),
        remedies: &[restart(
            "Set log-opts max-size and max-file, both as strings: a bare number stops the daemon. Containers keep the old \
             options until they are recreated.",
        )],
        ..Control::BASE
    },
    Control {
        id: "daemon-log-nonblocking",
        title: "A remote log driver cannot block containers",
        why: "In the blocking mode, which is the default, a container that writes stands still for as long as the log server does.",
        evidence: "The default log driver; the effective setting log-opts.",
        passes: "Mode is non-blocking and max-buffer-size is set. With a driver that keeps logs on the host the question does not \
                 arise.",
        area: Area::Daemon,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[36],
        rule: Rule::Daemon(nonblocking),
        remedies: &[restart(
            "Set log-opts mode to non-blocking and max-buffer-size to what a burst needs, such as 4m, and restart. Lines that do \
             not fit are dropped then. Containers keep the old options until they are recreated.",
        )],
        ..Control::BASE
    },
];

fn level(ctx: &Context<'_>) -> Known<Verdict> {
    Ok(match facts::word(ctx, "log-level")?.as_deref() {
        None => Verdict::pass("info (default)"),
        Some("info") => Verdict::pass("info"),
        Some(level) => Verdict::fail(level, "info"),
    })
}

fn debug(ctx: &Context<'_>) -> Known<Verdict> {
    Ok(if ctx.info()?.debug {
        Verdict::fail("debug=true", "debug=false")
    } else {
        Verdict::pass("debug=false")
    })
}

fn rotation(ctx: &Context<'_>) -> Known<Verdict> {
    let driver = first_known([
        ctx.info().map(|info| info.logging_driver.clone()),
        facts::word(ctx, "log-driver").map(|driver| match driver {
            Some(driver) => driver,
            None => "json-file".to_owned(),
        }),
    ])?;
    if driver != "json-file" {
        return Ok(Verdict::pass(driver));
    }
    Ok(match option(ctx, "max-size")? {
        Some(size) if size != "-1" => Verdict::pass(format!("json-file, max-size {size}")),
        _ => Verdict::fail("json-file without max-size", "max-size set"),
    })
}

/// The effective log option `name`: `None` where it is not set.
fn option(ctx: &Context<'_>, name: &str) -> Known<Option<String>> {
    Ok(facts::pair(ctx, "log-opts", name)?.or(facts::pair(ctx, "log-opt", name)?))
}

fn nonblocking(ctx: &Context<'_>) -> Known<Verdict> {
    let driver = &ctx.info()?.logging_driver;
    if !is_remote(driver) {
        return Ok(Verdict::not_applicable(format!(
            "{driver} keeps logs on the host"
        )));
    }
    let expected = "mode=non-blocking and max-buffer-size";
    Ok(
        match (
            option(ctx, "mode")?.as_deref(),
            option(ctx, "max-buffer-size")?,
        ) {
            (Some("non-blocking"), Some(size)) => {
                Verdict::pass(format!("{driver}, non-blocking, max-buffer-size {size}"))
            }
            (Some("non-blocking"), None) => Verdict::fail(
                format!("{driver}, non-blocking with a buffer of 1m (default)"),
                expected,
            ),
            (Some(mode), _) => Verdict::fail(format!("{driver}, mode {mode}"), expected),
            (None, _) => Verdict::fail(format!("{driver}, blocking (default)"), expected),
        },
    )
}
