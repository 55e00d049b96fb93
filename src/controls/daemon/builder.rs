//! What builds leave behind.

use super::restart;
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "daemon-builder-gc",
    title: "Build cache is bounded",
    why: "On hosts that build, the cache grows with each build and nobody sees it, until the data root is full.",
    evidence: "The effective setting builder.gc; the engine's version, which decides what holds where it is not set.",
    passes: "Collection is enabled: by the setting, or by default from 28.3 on.",
    area: Area::Daemon,
    severity: Severity::Low,
    set: Set::Hardened,
    practices: &[6, 16],
    rule: Rule::Daemon(collection),
    remedies: &[restart(
        "Set builder.gc.enabled to true, with the space that the cache may keep, and restart.",
    )],
    ..Control::BASE
}];

fn collection(ctx: &Context<'_>) -> Known<Verdict> {
    let expected = "builder.gc.enabled=true";
    // The whole of gc is kept as one compact text.
    let gc =
        facts::pair(ctx, "builder", "gc")?.map(|text| text.to_lowercase().replace([' ', '"'], ""));
    let default = || {
        let version = facts::engine_version(ctx)?;
        let text = &ctx.version()?.engine;
        if version.at_least("28.3") {
            Ok(Verdict::pass(format!("on by default in {text}")))
        } else if version.at_least("28.0") {
            Err(Gap::no_data(format!(
                "whether {text} collects where builder.gc.enabled is not set is not known"
            )))
        } else {
            Ok(Verdict::fail(format!("off by default in {text}"), expected))
        }
    };
    match gc {
        Some(gc) if gc.contains("enabled:true") => Ok(Verdict::pass(expected)),
        Some(gc) if gc.contains("enabled:false") => {
            Ok(Verdict::fail("builder.gc.enabled=false", expected))
        }
        _ => default(),
    }
}
