//! What grows until a disk is full, and what the daemon says when something is.

use crate::controls::files::real;
use crate::controls::prelude::*;
use crate::domain::evidence::host::Journal;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ops-log-size",
        title: "No container log file is huge",
        why: "One log without a bound fills the data root, and then every container on the host stops.",
        evidence: "Size of the log file of each container.",
        passes: "It is at most policy log_max_mib. Drivers that keep no file here do not apply.",
        area: Area::Operations,
        severity: Severity::High,
        practices: &[6, 36],
        parameters: &[Parameter {
            name: "log_max_mib",
            about: "Largest size of a container's log file in MiB",
            default: Preset::Int(1024),
        }],
        rule: Rule::EachContainer(log_size),
        remedies: &[guide(
            RemedyClass::Live,
            "Copy the end of the log, then truncate it in place; bound it by max-size and recreate the container.",
            "Put the copied end back.",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-build-cache",
        title: "Build cache is bounded",
        why: "On a host that builds, the cache grows with every build and nobody looks at it.",
        evidence: "Size of the build cache as the engine measures it; only in a deep sweep.",
        passes: "It is at most policy build_cache_max_gib.",
        area: Area::Operations,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[16],
        cis: &[Cis::same("6.1", 1)],
        parameters: &[Parameter {
            name: "build_cache_max_gib",
            about: "Largest size of the build cache in GiB",
            default: Preset::Int(20),
        }],
        rule: Rule::Daemon(build_cache),
        remedies: &[guide(
            RemedyClass::Live,
            "docker builder prune with a filter by age, and a bound in the daemon's builder.gc.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-daemon-errors",
        title: "No repeated daemon errors",
        why: "The daemon says what fails long before somebody notices, in a place where nobody looks.",
        evidence: "Lines of level error and worse in the journal of docker.service during the last day.",
        passes: "At most policy daemon_errors_max of them.",
        area: Area::Operations,
        severity: Severity::Low,
        set: Set::Hardened,
        practices: &[29],
        parameters: &[Parameter {
            name: "daemon_errors_max",
            about: "Errors that the daemon may write in a day",
            default: Preset::Int(10),
        }],
        rule: Rule::Daemon(errors),
        remedies: &[guide(
            RemedyClass::Manual,
            "journalctl -u docker.service, and repair what the errors name.",
            "",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-central-logging-flow",
        title: "Logs really arrive",
        why: "A log driver that is set and a log that arrives are two things; the difference is noticed when the log is needed.",
        evidence: "Errors about delivering logs in the journal of docker.service during the last day; an attestation of \
                   whoever looks after the log system.",
        passes: "None where containers or the daemon ship logs. Where an agent collects local logs, somebody must have attested \
                 within policy log_flow_max_days that they arrive. Where nothing is shipped it does not apply.",
        area: Area::Operations,
        severity: Severity::Medium,
        set: Set::Hardened,
        practices: &[36],
        cis: &[Cis::moved("2.14", "2.13", 2)],
        parameters: &[
            crate::controls::runtime::COLLECTOR,
            Parameter {
                name: "log_flow_max_days",
                about: "Days within which somebody must have attested that an agent's logs arrive",
                default: Preset::Int(90),
            },
        ],
        rule: Rule::Host(arrive),
        remedies: &[guide(
            RemedyClass::Manual,
            "Repair the way to the log system or the system itself.",
            "",
        )],
        ..Control::BASE
    },
];

/// The log file of a container; `None` where its driver keeps none here.
pub(in crate::controls) fn log_file(
    ctx: &Context<'_>,
    container: &Container,
) -> Known<Option<String>> {
    let detail = container.detail()?;
    Ok(match detail.log_driver.as_str() {
        // A container that never ran has none yet.
        "json-file" if detail.log_path.is_empty() => None,
        "json-file" => Some(detail.log_path.clone()),
        "local" => Some(format!(
            "{}/containers/{}/local-logs/container.log",
            ctx.info()?.root_dir.trim_end_matches('/'),
            container.id
        )),
        _ => None,
    })
}

fn log_size(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let Some(path) = log_file(ctx, container)? else {
        return Ok(Verdict::not_applicable("no log file here"));
    };
    let Some(real) = real(ctx, &path)? else {
        return Ok(Verdict::not_applicable(format!("{path} is not there")));
    };
    let most = ctx.int("log_max_mib").map_or(1024, |most| most);
    let mebibytes = i64::try_from(real.stat.size >> 20).map_or(i64::MAX, |size| size);
    let observed = format!("{mebibytes} MiB");
    Ok(if mebibytes > most {
        Verdict::fail(observed, format!("at most {most} MiB"))
    } else {
        Verdict::pass(observed)
    })
}

fn build_cache(ctx: &Context<'_>) -> Known<Verdict> {
    let bytes = *ctx.evidence.engine.build_cache.known()?;
    let most = ctx.int("build_cache_max_gib").map_or(20, |most| most);
    let gibibytes = i64::try_from(bytes >> 30).map_or(i64::MAX, |size| size);
    let observed = format!("{} MiB", bytes >> 20);
    Ok(if gibibytes >= most {
        Verdict::fail(observed, format!("less than {most} GiB"))
    } else {
        Verdict::pass(observed)
    })
}

fn journal<'a>(ctx: &Context<'a>) -> Known<&'a Journal> {
    ctx.host().journal.known()
}

fn errors(ctx: &Context<'_>) -> Known<Verdict> {
    let journal = journal(ctx)?;
    let most = ctx.int("daemon_errors_max").map_or(10, |most| most);
    let observed = format!("{} errors within the day", journal.errors);
    Ok(if i64::from(journal.errors) > most {
        Verdict::fail(
            format!("{observed}, the newest: {}", journal.newest),
            format!("at most {most}"),
        )
    } else {
        Verdict::pass(observed)
    })
}

fn arrive(ctx: &Context<'_>) -> Known<Verdict> {
    let mut drivers = vec![ctx.info()?.logging_driver.as_str()];
    for container in facts::containers(ctx)?
        .iter()
        .filter(|container| container.is_running())
    {
        drivers.push(&container.detail()?.log_driver);
    }
    if drivers
        .iter()
        .any(|driver| crate::controls::runtime::is_remote(driver))
    {
        let journal = journal(ctx)?;
        return Ok(if journal.undelivered > 0 {
            Verdict::fail(
                format!(
                    "{} errors about logs within the day, the newest: {}",
                    journal.undelivered, journal.newest_undelivered
                ),
                "no error about logs",
            )
        } else {
            Verdict::pass("no error about logs within the day")
        });
    }
    if ctx.text("log_collector").as_deref() == Some("agent") {
        let most = ctx.int("log_flow_max_days").map_or(90, |days| days);
        return facts::attested(ctx, "ops-central-logging-flow", most);
    }
    Ok(Verdict::not_applicable("no log is shipped"))
}
