//! `plimsoll grant` and `plimsoll relay`: the least that an auditor's account needs on a host, and its way to the engine.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::{out, unwritable};
use crate::app::error::Error;
use crate::app::{evidence, relay, run};
use crate::probe;

/// What is printed, with marks where names, key and script belong.
const SCRIPT: &str = include_str!("grant.sh");

/// Arguments of `grant`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll grant ~/.ssh/audit.pub > grant.sh\n  plimsoll grant ~/.ssh/audit.pub --user reader | ssh root@web-01 sh -s\n\n\
                  The script says what it does, how it is taken away again, and how to check it."
)]
pub struct GrantArgs {
    /// The auditor's public key
    #[arg(value_name = "KEY.pub")]
    pub key: PathBuf,
    /// The account on the hosts
    #[arg(long, value_name = "NAME", default_value = "plimsoll-audit", value_parser = account)]
    pub user: String,
}

/// Arguments of `relay`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example (as a forced command knows it):\n  sudo -n /usr/local/lib/plimsoll/plimsoll relay\n\nExit codes: 0 the end, 6 a request was refused, \
                  2 there is no engine"
)]
pub struct RelayArgs {
    /// The engine's socket
    #[arg(long, value_name = "PATH", default_value = "/var/run/docker.sock")]
    pub socket: PathBuf,
}

/// A name that means itself in every file it is written to.
fn account(name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if begins && name.len() <= 32 && name.chars().all(plain) {
        Ok(name.to_owned())
    } else {
        Err("a name of small letters, digits, - and _, at most 32 of them".to_owned())
    }
}

/// Prints the set-up, to be reviewed and run by whoever administers the hosts.
pub(super) fn run(args: &GrantArgs) -> Result<u8, Error> {
    let shown = args.key.display();
    let text = fs::read_to_string(&args.key)
        .map_err(|e| Error::usage(format!("cannot read {shown}")).source(e))?;
    let key = public(&text).ok_or_else(|| {
        Error::usage(format!("{shown} is no public key of SSH"))
            .hint("name the .pub file beside the private key; ssh-add -L lists those of the agent")
    })?;
    let script = SCRIPT
        .replace("@USER@", &args.user)
        .replace("@SHA256@", &probe::sha256())
        .replace("@KEY@", &key)
        .replace("@PROBE@", probe::SCRIPT);
    out::print(&script).map_err(unwritable("the script"))?;
    Ok(0)
}

/// Kind and body of the one key in the text of a `.pub` file; its comment is left out, for it may hold anything.
fn public(text: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (line, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    let words: Vec<&str> = line.split_whitespace().take(2).collect();
    let key = words.join(" ");
    (evidence::keys(&key).len() == 1).then_some(key)
}

/// Relays between standard streams and the engine what a read-only sweep asks, and nothing else.
pub(super) fn relay(args: &RelayArgs) -> Result<u8, Error> {
    let runtime = run::runtime()?;
    let ended = runtime.block_on(relay::run(&args.socket));
    // A read of standard input that is under way would be waited for, perhaps for ever.
    runtime.shutdown_background();
    ended.map(|()| 0)
}
