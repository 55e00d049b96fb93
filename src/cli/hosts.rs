//! `plimsoll hosts`: the resolved inventory. Contacts nothing.

use super::args::{Common, HostsArgs, HostsCommand};
use super::{import, out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::fleet;
use crate::inventory::show;

pub(super) fn run(
    args: &HostsArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    if let Some(HostsCommand::Import(args)) = &args.command {
        return import::run(args, common, environment);
    }
    let fleet = fleet::load(&common.choice(), environment)?;
    let hosts = fleet.hosts();
    let text = if args.json {
        show::json(&fleet.inventory, &hosts)
            .map_err(|e| Error::internal("cannot list the hosts").source(e))?
    } else {
        let terminal = out::terminal();
        // Whoever pipes the table on wants whole names.
        show::table(&hosts, terminal.there.then_some(terminal.columns))
    };
    out::print(&text).map_err(unwritable("the list"))?;
    Ok(0)
}
