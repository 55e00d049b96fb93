//! `plimsoll apply`: carries plans out, after asking.

use tokio_util::sync::CancellationToken;

use super::args::Common;
use super::confirm::{self, Asked};
use super::plan::{REFUSED, read_only, shown, tell_left_out, warn};
use super::repair_args::ApplyArgs;
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::fleet;
use crate::app::repair::{self, Done, Workshop};
use crate::domain::plan::HostPlan;
use crate::inventory::spec::HostSpec;
use crate::remedy::document::Document;
use crate::remedy::guard;
use crate::remedy::journal::How;

/// Exit code of a plan that failed or was rolled back.
pub(super) const FAILED: u8 = 5;

pub(super) fn run(
    args: &ApplyArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    if let Some(code) = read_only(common) {
        return Ok(code);
    }
    let given = args.plan.as_deref().map(repair::read_plan).transpose()?;
    let choice = common.choice();
    let fleet = fleet::load(&choice, environment)?;
    let workshop = Workshop::new(&fleet, &choice, environment)?;
    let open = warn(environment)?;
    let touched = |host: &str| match &given {
        Some(document) => document.plans.iter().any(|plan| plan.host == host),
        None => workshop.host(host).is_some(),
    };
    if let Some((host, operation)) = open.iter().find(|(host, _)| touched(host)) {
        out::complain(format_args!(
            "plimsoll: refused: {host} is where {operation} left it: first plimsoll undo {operation}"
        ));
        return Ok(REFUSED);
    }
    let mut document = match given {
        Some(document) => document,
        None => workshop.plan(&args.control)?,
    };
    let there = document.plans.len();
    document.plans.retain(|plan| !plan.steps.is_empty());
    tell_left_out(&document);
    let forbidden = document.left_out.iter().any(|left| left.refused);
    if document.plans.is_empty() {
        out::complain(if there == 0 {
            "plimsoll: nothing to do"
        } else {
            "plimsoll: nothing that plimsoll could do: plimsoll plan says why"
        });
        return Ok(if forbidden { REFUSED } else { 0 });
    }
    let plans = paired(&workshop, &document)?;
    if let Some(why) = forbids(args, &plans) {
        out::complain(format_args!("plimsoll: refused: {why}"));
        return Ok(REFUSED);
    }
    out::print(&shown(&document, common, environment)).map_err(unwritable("the plan"))?;
    let asked = Asked {
        plans: &plans,
        yes: args.yes,
        accepted: args.accept_risk.map(Into::into),
    };
    if let Err(why) = confirm::apply(&asked) {
        out::complain(format_args!("plimsoll: {why}; nothing was changed"));
        return Ok(REFUSED);
    }
    let done = workshop.apply(
        repair::journal(environment)?,
        &plans,
        args.ticket.as_deref(),
        &tell,
        &CancellationToken::new(),
    )?;
    let code = told(&done, plans.len());
    Ok(if code == 0 && forbidden {
        REFUSED
    } else {
        code
    })
}

/// Each plan with its host; a plan for a host that nobody selected is a mistake, not a wish.
fn paired<'a>(
    workshop: &'a Workshop,
    document: &'a Document,
) -> Result<Vec<(&'a HostSpec, &'a HostPlan)>, Error> {
    document
        .plans
        .iter()
        .map(|plan| match workshop.host(&plan.host) {
            Some(spec) => Ok((spec, plan)),
            None => Err(Error::usage(format!(
                "the plan is for {}, which is not among the selected hosts",
                crate::domain::text::clean(&plan.host)
            ))
            .hint("plimsoll hosts lists what the inventory declares")),
        })
        .collect()
}

/// What forbids to change so many hosts.
fn forbids(args: &ApplyArgs, plans: &[(&HostSpec, &HostPlan)]) -> Option<String> {
    if plans.len() > args.max_hosts {
        return Some(format!(
            "this changes {} hosts, and --max-hosts is {}",
            plans.len(),
            args.max_hosts
        ));
    }
    plans.iter().find_map(|(spec, _)| {
        let refusal = guard::check_batch(spec, plans.len()).err()?;
        Some(refusal.whole())
    })
}

/// One line of progress.
pub(super) fn tell(host: &str, line: &str) {
    out::complain(format_args!(
        "{host}: {}",
        crate::domain::text::clean_whole(line)
    ));
}

/// Says how each host ended; gives the exit code.
pub(super) fn told(done: &Done, hosts: usize) -> u8 {
    for one in &done.told {
        let why = if one.why.is_empty() {
            String::new()
        } else {
            format!(": {}", one.why)
        };
        tell(&one.host, &format!("{}{why}", one.how.word()));
        if !one.hint.is_empty() {
            tell(&one.host, &format!("hint: {}", one.hint));
        }
    }
    let waiting = hosts.saturating_sub(done.told.len());
    if waiting > 0 {
        out::complain(format_args!(
            "plimsoll: stopped; not begun with and untouched: {waiting}"
        ));
    }
    let good = |how| matches!(how, How::Applied | How::Undone);
    let changed = done.told.iter().any(|one| one.how == How::Applied);
    if changed {
        out::complain(format_args!(
            "plimsoll: operation {}; plimsoll undo takes it back",
            done.operation
        ));
    }
    if done.told.iter().any(|one| !good(one.how) && !one.refused) || waiting > 0 {
        FAILED
    } else if done.told.iter().any(|one| one.refused) {
        REFUSED
    } else {
        0
    }
}
