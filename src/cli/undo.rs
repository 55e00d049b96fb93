//! `plimsoll undo`: takes an operation back.

use tokio_util::sync::CancellationToken;

use super::apply::{tell, told};
use super::args::Common;
use super::confirm;
use super::plan::{REFUSED, read_only};
use super::repair_args::UndoArgs;
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::fleet;
use crate::app::repair::{self, Workshop};
use crate::remedy::operation::Operation;
use crate::remedy::steps;

pub(super) fn run(
    args: &UndoArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    if let Some(code) = read_only(common) {
        return Ok(code);
    }
    let choice = common.choice();
    let mut journal = repair::journal(environment)?;
    let (_, operations) = repair::book(&mut journal)?;
    let Some(operation) = wanted(args, &operations)? else {
        out::complain("plimsoll: nothing to take back");
        return Ok(0);
    };
    if journal.is_running(&operation.id) {
        out::complain(format_args!(
            "plimsoll: refused: {} is still under way",
            operation.id
        ));
        return Ok(REFUSED);
    }
    let fleet = fleet::load(&choice, environment)?;
    let workshop = Workshop::new(&fleet, &choice, environment)?;
    out::print(&described(operation)).map_err(unwritable("the plan"))?;
    if !args.yes
        && let Err(why) = confirm::ask("Take it back? Type yes: ", "yes")
    {
        out::complain(format_args!("plimsoll: {why}; nothing was changed"));
        return Ok(REFUSED);
    }
    let done = workshop.undo(
        journal,
        operation,
        |_host| true,
        &tell,
        &CancellationToken::new(),
    )?;
    let hosts = operation.hosts.iter().filter(|on| on.stands()).count();
    Ok(told(&done, hosts))
}

/// The named operation, or the last one that still stands.
fn wanted<'a>(
    args: &UndoArgs,
    operations: &'a [Operation],
) -> Result<Option<&'a Operation>, Error> {
    let Some(name) = &args.operation else {
        return Ok(operations.iter().rev().find(|operation| operation.stands()));
    };
    match operations.iter().find(|operation| operation.id == *name) {
        None => Err(
            Error::usage(format!("the journal knows no operation {name}"))
                .hint("plimsoll journal lists them"),
        ),
        Some(operation) => Ok(Some(operation).filter(|operation| operation.stands())),
    }
}

/// What will be done.
fn described(operation: &Operation) -> String {
    let mut lines = vec![format!(
        "{} of {} by {}",
        operation.id, operation.began, operation.who
    )];
    for on in operation.hosts.iter().rev().filter(|on| on.stands()) {
        lines.push(on.host.clone());
        for (number, step) in on.standing().rev() {
            let text = steps::text(&step.change.step);
            lines.push(format!("  {number}. {}", text.title));
            lines.push(format!("     $ {}", text.undo));
        }
    }
    out::lines(&lines)
}
