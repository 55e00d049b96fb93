//! The one test binary for everything that needs no real engine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    reason = "a test stops at the first surprise, in its helpers too"
)]

mod architecture;
mod cli;
mod collect;
mod collect_bounds;
mod config;
mod controls;
mod decode;
mod decode_odd;
mod doctor;
mod evidence;
mod exit;
mod filter;
mod fuzzing;
mod gate;
mod grant;
mod history;
mod http;
mod import;
mod inventory;
mod killed;
mod known_hosts;
mod paths;
mod probe;
mod pty;
mod redact;
mod remedy;
mod report;
mod saved;
mod screens;
mod screenshots;
mod sockets;
mod sshconfig;
mod support;
mod sweeping;
mod terminal;
mod themes;
mod transport;
mod waive;
mod waves;
