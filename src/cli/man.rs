//! `plimsoll man`: the manual as pages for `man`, one for the program and one for each command.

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use super::args::Arguments;
use super::{out, unwritable};
use crate::app::error::Error;
use crate::inventory;

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll man | man -l -\n  plimsoll man sweep > ~/.local/share/man/man1/plimsoll-sweep.1"
)]
pub struct ManArgs {
    /// The command to describe; the whole program where none is named
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

pub(super) fn run(args: &ManArgs) -> Result<u8, Error> {
    let mut command = Arguments::command();
    // Flags that every command takes reach its page only this way.
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => {
            let known: Vec<&str> = command
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            let found = command.find_subcommand(name).cloned().ok_or_else(|| {
                Error::usage(format!("there is no command called {name}"))
                    .hint(inventory::one_of(name, &known))
            })?;
            found.display_name(format!("plimsoll-{name}"))
        }
    };
    let mut text = Vec::new();
    Man::new(page)
        .render(&mut text)
        .map_err(unwritable("the page"))?;
    out::print(&String::from_utf8_lossy(&text)).map_err(unwritable("the page"))?;
    Ok(0)
}
