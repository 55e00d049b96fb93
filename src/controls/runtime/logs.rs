//! Where a container's output goes.

use super::recreate;
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "run-log-driver",
        title: "Container logs reach the central system",
        why: "Logs that stay on the host are lost with it, and whoever breaks in can change them.",
        evidence: "The container's log driver.",
        passes: "It sends logs off the host, or policy log_collector = \"agent\" says that an agent collects local ones. The \
                 driver none always fails.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[36],
        cis: &[Cis::moved("2.14", "2.13", 2)],
        parameters: &[COLLECTOR],
        rule: Rule::EachContainer(driver),
        remedies: &[recreate(
            "Recreate the container so that it takes the daemon's log driver, once that is right.",
        )],
        ..Control::BASE
    },
    Control {
        id: "run-log-rotation",
        title: "Local logs are bounded",
        why: "One talkative container without a bound fills the data root; it is the most common outage of all.",
        evidence: "The container's log driver and its options.",
        passes: "The driver is not json-file, or max-size is set.",
        area: Area::Runtime,
        severity: Severity::Medium,
        practices: &[6, 36],
        rule: Rule::EachContainer(rotation),
        remedies: &[recreate(
            "Recreate the container with --log-opt max-size=10m --log-opt max-file=3.",
        )],
        ..Control::BASE
    },
];

/// Says that an agent on the host ships local logs.
pub(in crate::controls) const COLLECTOR: Parameter = Parameter {
    name: "log_collector",
    about: "\"agent\" where an agent on the host ships the logs of local drivers",
    default: Preset::Unset(ParameterKind::Text),
};

/// Drivers that send logs off the host.
const REMOTE: &[&str] = &[
    "syslog", "fluentd", "gelf", "awslogs", "gcplogs", "splunk", "etwlogs",
];

/// The verdict on a log driver, the daemon's or a container's.
pub(in crate::controls) fn ships(ctx: &Context<'_>, driver: &str) -> Verdict {
    let expected = "a driver that sends logs off the host, or policy log_collector = \"agent\"";
    if is_remote(driver) {
        return Verdict::pass(driver);
    }
    let local = matches!(driver, "json-file" | "local" | "journald");
    if local && ctx.text("log_collector").as_deref() == Some("agent") {
        return Verdict::pass(format!("{driver}, collected by an agent"));
    }
    Verdict::fail(driver, expected)
}

/// Whether a log driver sends logs off the host.
pub(in crate::controls) fn is_remote(driver: &str) -> bool {
    REMOTE.contains(&driver)
}

fn driver(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let driver = container.detail()?.log_driver.as_str();
    let verdict = ships(ctx, driver);
    // A container that just took the daemon's default follows from it; one that is older than the daemon's present
    // default has only to be made anew.
    Ok(match ctx.info() {
        Ok(info) if info.logging_driver == driver => verdict.because_of("daemon-remote-logging"),
        Ok(_) => verdict.because_of("run-stale-config"),
        Err(_) => verdict,
    })
}

fn rotation(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    if detail.log_driver != "json-file" {
        return Ok(Verdict::pass(&*detail.log_driver));
    }
    let size = detail
        .log_options
        .iter()
        .find(|(name, _)| name == "max-size");
    Ok(match size {
        Some((_, size)) if size != "-1" => Verdict::pass(format!("json-file, max-size {size}")),
        _ => {
            let verdict = Verdict::fail("json-file without max-size", "max-size set");
            match facts::pair(ctx, "log-opts", "max-size") {
                Ok(Some(_)) => verdict.because_of("run-stale-config"),
                _ => verdict.because_of("daemon-log-rotation"),
            }
        }
    })
}
