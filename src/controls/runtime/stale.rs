//! What a container still has from an older configuration of the daemon.

use super::{options, recreate};
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "run-stale-config",
    title: "Container's baked-in settings match today's daemon defaults",
    why: "Log driver, its options and the block on new privileges are built into a container when it is made. Putting the \
          daemon right repairs none of the containers that are there; this says which are left.",
    evidence: "When the container was made and when the daemon started; log driver and options of both; whether the kernel \
               lets the main process gain privileges.",
    passes: "It was made under the running daemon, or has what the daemon would give it today. A setting of the container's \
             own counts as chosen.",
    area: Area::Runtime,
    severity: Severity::Low,
    practices: &[28, 34, 36],
    rule: Rule::EachContainer(stale),
    remedies: &[recreate(
        "Recreate the container unchanged: it takes today's defaults.",
    )],
    ..Control::BASE
}];

fn stale(ctx: &Context<'_>, container: &Container) -> Known<Verdict> {
    let detail = container.detail()?;
    all([
        dated(ctx, container, driver(ctx, detail)),
        dated(ctx, container, rotation(ctx, detail)),
        dated(ctx, container, privileges(ctx, container, detail)),
    ])
}

/// A difference is old configuration only if the container is older than the daemon's start; else it was chosen.
fn dated(
    ctx: &Context<'_>,
    container: &Container,
    difference: Known<Option<(String, String)>>,
) -> Known<Verdict> {
    let Some((has, wanted)) = difference? else {
        return Ok(Verdict::pass("as the daemon would make it today"));
    };
    let started = facts::daemon(ctx.found()?)?
        .started
        .ok_or_else(|| Gap::no_data("when the daemon started was not read"))?;
    Ok(if container.created < started {
        Verdict::fail(has, wanted)
    } else {
        Verdict::pass(format!("{has}, chosen under the running daemon"))
    })
}

/// The engine's own default, which nobody chooses by name: local files without a single option.
fn untouched(detail: &Detail) -> bool {
    detail.log_driver == "json-file" && detail.log_options.is_empty()
}

fn driver(ctx: &Context<'_>, detail: &Detail) -> Known<Option<(String, String)>> {
    let default = &ctx.info()?.logging_driver;
    Ok((untouched(detail) && default != "json-file").then(|| {
        (
            "log driver json-file from before".to_owned(),
            format!("log driver {default}"),
        )
    }))
}

fn rotation(ctx: &Context<'_>, detail: &Detail) -> Known<Option<(String, String)>> {
    if !untouched(detail) || ctx.info()?.logging_driver != "json-file" {
        return Ok(None);
    }
    Ok(facts::pair(ctx, "log-opts", "max-size")?.map(|size| {
        (
            "no log rotation, from before".to_owned(),
            format!("max-size {size}"),
        )
    }))
}

fn privileges(
    ctx: &Context<'_>,
    container: &Container,
    detail: &Detail,
) -> Known<Option<(String, String)>> {
    let chosen = detail.privileged || options::value(detail, "no-new-privileges").is_some();
    if chosen || !container.is_running() {
        return Ok(None);
    }
    let blocks = ctx.info()?.security("no-new-privileges").is_some()
        || facts::switch(ctx, "no-new-privileges")? == Some(true);
    if !blocks {
        return Ok(None);
    }
    match facts::process(ctx, detail)?.no_new_privileges {
        Some(true) => Ok(None),
        Some(false) => Ok(Some((
            "may gain privileges, from before".to_owned(),
            "no-new-privileges".to_owned(),
        ))),
        None => Err(Gap::unsupported(
            "the kernel does not tell whether privileges can be gained",
        )),
    }
}
