//! `plimsoll probe`: the exact scripts that run on hosts.

use super::repair_args::ProbeArgs;
use super::{out, unwritable};
use crate::app::error::Error;
use crate::probe;
use crate::remedy::script;

pub(super) fn run(args: &ProbeArgs) -> Result<u8, Error> {
    let text = if args.apply {
        script::describe()
    } else {
        probe::describe()
    };
    out::print(&text).map_err(unwritable("the script"))?;
    Ok(0)
}
