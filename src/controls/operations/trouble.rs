//! Momentary trouble of containers: shown as it is now, never scored.

use crate::controls::prelude::*;

/// What all controls of this topic share.
const MOMENT: Control = Control {
    area: Area::Operations,
    severity: Severity::High,
    momentary: true,
    ..Control::BASE
};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ops-restart-loop",
        title: "No container is in a restart loop",
        why: "A container that starts again and again does no work and fills the logs; the reason is in the first lines.",
        evidence: "State, number of restarts and time of the last start.",
        passes: "It is not restarting now, and it did not start within the hour after more than policy restarts_per_hour \
                 restarts.",
        practices: &[24],
        parameters: &[Parameter {
            name: "restarts_per_hour",
            about: "Restarts after which a container that started within the hour counts as looping",
            default: Preset::Int(5),
        }],
        rule: Rule::EachContainer(looping),
        remedies: &[guide(
            RemedyClass::Live,
            "docker update --restart on-failure:5, stop it and read its log.",
            "Set the old policy and start it.",
        )],
        ..MOMENT
    },
    Control {
        id: "ops-unhealthy",
        title: "No container is unhealthy",
        why: "Its own check says that it does not work.",
        evidence: "The state of its health check.",
        passes: "It is not unhealthy. Without a check, or stopped, the question does not arise.",
        cis: &[Cis::same("5.27", 1)],
        rule: Rule::EachContainer(unhealthy),
        remedies: &[guide(
            RemedyClass::Manual,
            "Read the check's output and the log; restart it if that is known to help.",
            "",
        )],
        ..MOMENT
    },
    Control {
        id: "ops-high-usage",
        title: "No container is near its limits",
        why: "What is near its limit now is killed, or can start no process, with the next load.",
        evidence: "Memory and number of processes that the engine measured once, beside the container's limits.",
        passes: "Memory is below 90 % and processes are below 80 % of the limits. Without limits, or stopped, the question does \
                 not arise.",
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[35],
        rule: Rule::EachContainer(near),
        remedies: &[guide(
            RemedyClass::Live,
            "Measure what it needs and raise the limit by docker update.",
            "Set the old limits, if they lie above what it uses by then.",
        )],
        ..MOMENT
    },
    Control {
        id: "ops-oom-kills",
        title: "No recent out-of-memory kills",
        why: "It needs more memory than it may have, or it leaks.",
        evidence: "Whether the last end of the container was an out-of-memory kill.",
        passes: "It was not.",
        severity: Severity::Medium,
        practices: &[35],
        cis: &[Cis::same("5.11", 1)],
        rule: Rule::EachContainer(killed),
        remedies: &[guide(
            RemedyClass::Live,
            "Measure what it needs and raise --memory and --memory-swap together.",
            "Set the old limits, if they lie above what it uses by then.",
        )],
        ..MOMENT
    },
];

fn looping(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    let most = ctx.int("restarts_per_hour").map_or(5, |most| most);
    let observed = format!("{}, {} restarts", container.state, detail.restart_count);
    if container.state == "restarting" {
        return Ok(Verdict::fail(observed, "running"));
    }
    if detail.restart_count <= most {
        return Ok(Verdict::pass(observed));
    }
    let started: jiff::Timestamp = detail
        .started_at
        .parse()
        .map_err(|error| Gap::no_data(format!("no time of start: {error}")))?;
    Ok(if ctx.now() - started.as_second() < 3600 {
        Verdict::fail(
            format!("{observed}, the last within the hour"),
            format!("at most {most}"),
        )
    } else {
        Verdict::pass(format!("{observed}, none within the hour"))
    })
}

fn unhealthy(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    Ok(match detail.health.as_deref() {
        _ if !container.is_running() => Verdict::not_applicable("it does not run"),
        Some("unhealthy") => Verdict::fail("unhealthy", "healthy"),
        Some("none") | None => Verdict::not_applicable("no health check"),
        Some(state) => Verdict::pass(state),
    })
}

fn near(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    if !container.is_running() {
        return Ok(Verdict::not_applicable("it does not run"));
    }
    let memory = u64::try_from(detail.memory).map_or(0, |limit| limit);
    let pids = detail
        .pids_limit
        .map_or(0, |limit| u64::try_from(limit).map_or(0, |limit| limit));
    if memory == 0 && pids == 0 {
        return Ok(Verdict::not_applicable("it has no limits"));
    }
    let Some(usage) = container.usage()? else {
        return Err(Gap::no_data("what it uses was not measured"));
    };
    let part = |what: &str, used: Option<u64>, limit: u64, most: u64| {
        if limit == 0 {
            return Ok(Verdict::not_applicable(format!("no limit of {what}")));
        }
        let used =
            used.ok_or_else(|| Gap::unsupported(format!("the engine did not measure {what}")))?;
        let percent = used.saturating_mul(100) / limit;
        Ok(if percent >= most {
            Verdict::fail(
                format!("{what} at {percent} % of its limit"),
                format!("below {most} %"),
            )
        } else {
            Verdict::pass(format!("{what} below {most} % of its limit"))
        })
    };
    all([
        part("memory", usage.memory, memory, 90),
        part("processes", usage.pids, pids, 80),
    ])
}

fn killed(_: &Context<'_>, container: &Container) -> Known<Verdict> {
    Ok(if container.detail()?.oom_killed {
        Verdict::fail("killed when memory ran out", "not killed")
    } else {
        Verdict::pass("not killed")
    })
}
