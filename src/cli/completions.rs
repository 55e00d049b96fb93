//! `plimsoll completions`: what a shell needs to complete our command lines.

use clap::{Args, CommandFactory as _};

use super::args::Arguments;
use super::{out, unwritable};
use crate::app::error::Error;

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll"
)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> Result<u8, Error> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(args.shell, &mut command, "plimsoll", &mut script);
    let script = String::from_utf8_lossy(&script);
    out::print(&script).map_err(unwritable("the script"))?;
    Ok(0)
}
