//! `plimsoll plan`: what would be changed, step by step. Changes nothing.

use super::args::Common;
use super::repair_args::PlanArgs;
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::fleet;
use crate::app::repair::{self, Workshop};
use crate::remedy::document::Document;
use crate::report::plan;

/// Exit code where there is nothing to do.
const NOTHING: u8 = 1;
/// Exit code of a refusal.
pub(super) const REFUSED: u8 = 6;

pub(super) fn run(
    args: &PlanArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    if let Some(code) = read_only(common) {
        return Ok(code);
    }
    let choice = common.choice();
    let fleet = fleet::load(&choice, environment)?;
    let workshop = Workshop::new(&fleet, &choice, environment)?;
    warn(environment)?;
    let document = workshop.plan(&args.control)?;
    let text = if args.json {
        let mut text = serde_json::to_string_pretty(&document)
            .map_err(|e| Error::internal("cannot write the plan").source(e))?;
        text.push('\n');
        text
    } else {
        shown(&document, common, environment)
    };
    out::print(&text).map_err(unwritable("the plan"))?;
    tell_left_out(&document);
    let planned = document.plans.iter().any(|plan| !plan.steps.is_empty());
    Ok(if planned {
        0
    } else if document.left_out.iter().any(|left| left.refused) {
        REFUSED
    } else {
        out::complain("plimsoll: nothing to do");
        NOTHING
    })
}

/// The exit code, and on standard error why, where nothing may be changed at all.
pub(super) fn read_only(common: &Common) -> Option<u8> {
    common.read_only.then(|| {
        out::complain("plimsoll: refused: --read-only; nothing was contacted");
        REFUSED
    })
}

/// Says which operations were cut off in the middle.
pub(super) fn warn(environment: &Environment) -> Result<Vec<(String, String)>, Error> {
    let mut journal = repair::journal(environment)?;
    let (_, operations) = repair::book(&mut journal)?;
    let mut hosts = Vec::new();
    for open in repair::interrupted(&journal, &operations) {
        let names: Vec<&str> = open
            .hosts
            .iter()
            .filter(|on| on.stands())
            .map(|on| on.host.as_str())
            .collect();
        out::complain(format_args!(
            "plimsoll: operation {} of {} did not come to its end on {}: plimsoll undo {} takes it back",
            open.id,
            open.began,
            names.join(", "),
            open.id
        ));
        hosts.extend(
            names
                .iter()
                .map(|name| ((*name).to_owned(), open.id.clone())),
        );
    }
    Ok(hosts)
}

/// All plans as text.
pub(super) fn shown(document: &Document, common: &Common, environment: &Environment) -> String {
    let style = out::terminal().style(common, environment);
    document
        .plans
        .iter()
        .map(|host| plan::text(host, &style))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Says which hosts have no plan, and why.
pub(super) fn tell_left_out(document: &Document) {
    for left in &document.left_out {
        let how = if left.refused { "refused" } else { "not read" };
        out::complain(format_args!(
            "plimsoll: {how}: {}: {}",
            left.host, left.because
        ));
    }
}
