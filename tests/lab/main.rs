//! The tests against real engines and real SSH servers. They run inside a lab: `tests/lab/with-lab cargo test --test lab`.
//! Without one each test says that it was left out; with `CI=true` it fails instead.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    reason = "a test stops at the first surprise, in its helpers too; it needs clock and environment"
)]

mod dashboard;
mod engines;
mod expected;
mod guard;
mod harness;
mod imports;
mod leftovers;
mod logins;
mod pairs;
mod planted;
mod probe;
mod program;
mod reading;
mod recorder;
mod recordings;
mod remedies;
mod repairs;
mod servers;
mod sudo;
mod sweeps;
#[path = "../suite/probe/talk.rs"]
mod talk;
#[path = "../suite/terminal.rs"]
#[expect(dead_code, reason = "the suite uses all of it")]
mod terminal;
mod tls_endpoints;
mod transports;
mod trouble;
mod ways_in;
mod witness;
