//! The program: a thin entrance to the library.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use plimsoll::app::environment::Environment;
use plimsoll::cli;

fn main() -> ExitCode {
    let environment = Environment::read();
    // The panic hook has told what happened and where; what remains is the exit code of the contract.
    catch_unwind(AssertUnwindSafe(|| {
        cli::run(std::env::args_os(), &environment)
    }))
    .unwrap_or_else(|_told| cli::broken())
}
