//! The command line: what was asked for, who does it, and the exit code. One file a command.
//!
//! The only module that prints. It knows nothing of how hosts are read: `app` does that and hands back events.

mod apply;
pub mod args;
pub mod assess;
pub mod completions;
mod confirm;
mod controls;
mod dashboard;
mod demo;
mod doctor;
mod explain;
pub mod format;
pub mod gathering;
pub mod grant;
pub mod history;
mod hosts;
mod import;
mod init;
mod journal;
mod keeping;
pub mod man;
mod out;
mod outputs;
mod plan;
mod probe;
pub mod repair_args;
pub mod saved;
mod sweep;
pub mod sweep_args;
mod undo;
pub mod waive;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use self::args::{Arguments, Command};
use crate::app::environment::Environment;
use crate::app::error::Error;

/// Exit code of a usage error.
const USAGE: u8 = 2;
/// Exit code of a fault of our own.
const INTERNAL: u8 = 70;

/// Does what `arguments` (the program's name first) ask for and tells how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: &Environment) -> ExitCode {
    let arguments = match Arguments::read(arguments) {
        Ok(arguments) => arguments,
        Err(e) => return ExitCode::from(told(&e)),
    };
    match command(&arguments, environment) {
        Ok(code) => ExitCode::from(code),
        Err(e) => {
            complain(&e);
            ExitCode::from(e.exit_code())
        }
    }
}

/// Says that the program itself failed, after a panic told why; gives the exit code.
pub fn broken() -> ExitCode {
    out::complain("plimsoll: internal error; please report it with the lines above");
    ExitCode::from(INTERNAL)
}

fn command(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let common = &arguments.common;
    match &arguments.command {
        Some(Command::Controls(args)) => controls::run(args, common, environment),
        Some(Command::Explain(args)) => explain::run(args, common, environment),
        Some(Command::History(args)) => history::run(args, common, environment),
        Some(Command::Hosts(args)) => hosts::run(args, common, environment),
        Some(Command::Doctor(args)) => doctor::run(args, common, environment),
        Some(Command::Init(args)) => init::run(args),
        Some(Command::Demo(args)) => demo::run(args, common, environment),
        Some(Command::Sweep(args)) => sweep::run(args, common, environment),
        Some(Command::Waive(args)) => waive::run(args, common, environment),
        Some(Command::Assess(args)) => assess::run(args, common, environment),
        Some(Command::Report(args)) => saved::report(args, common, environment),
        Some(Command::Diff(args)) => saved::diff(args, common, environment),
        Some(Command::Replay(args)) => saved::replay(args, common, environment),
        Some(Command::Plan(args)) => plan::run(args, common, environment),
        Some(Command::Apply(args)) => apply::run(args, common, environment),
        Some(Command::Undo(args)) => undo::run(args, common, environment),
        Some(Command::Journal(args)) => journal::run(args, environment),
        Some(Command::Probe(args)) => probe::run(args),
        Some(Command::Grant(args)) => grant::run(args),
        Some(Command::Relay(args)) => grant::relay(args),
        Some(Command::Completions(args)) => completions::run(args),
        Some(Command::Man(args)) => man::run(args),
        None => dashboard::run(common, environment),
    }
}

/// Prints help, version or what is wrong with the arguments; gives the exit code.
fn told(e: &clap::Error) -> u8 {
    // A lost terminal is nothing that help could be printed about.
    let _lost = e.print();
    match e.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
        _ => USAGE,
    }
}

/// An error for people: what failed, why, and what to do next.
fn complain(error: &Error) {
    out::complain(format_args!("error: {error}"));
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        let line = crate::domain::text::clean(&source.to_string());
        out::complain(format_args!("  because: {line}"));
        cause = source.source();
    }
    if let Some(hint) = &error.hint {
        out::complain(format_args!("  hint: {hint}"));
    }
}

/// An output that cannot be written to, as an error of the machine.
fn unwritable(what: &str) -> impl FnOnce(std::io::Error) -> Error {
    move |e| Error::internal(format!("cannot write {what}")).source(e)
}
