//! Who is in the fleet and how each host is reached: the inventory, parsed, validated and resolved.
//!
//! Takes text, never paths; contacts nothing. Start with [`parse`] and with [`spec::HostSpec`], what all later modules
//! work from. The way of a file: `document` reads tables, `resolve` puts them together; `limit` chooses hosts.

pub mod addition;
pub mod config;
mod document;
mod endpoint;
pub mod files;
mod guard;
mod jump;
pub mod keys;
mod layer;
pub mod limit;
pub mod problem;
mod profile;
mod read;
mod resolve;
mod settle;
pub mod show;
mod source;
pub mod spec;
pub mod ssh;
mod syntax;
mod values;
mod waiver;
mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

pub use self::files::{Readable, check_files};
pub use self::limit::{LimitError, select};
pub use self::problem::Problem;
pub use self::profile::profile;
use self::spec::{Endpoint, HostSpec, Inventory};
pub use self::words::one_of;
use crate::domain::control::ParameterKind;
use crate::domain::text::hex;
use crate::sshconfig::Config;

/// A commented inventory that names every key; what `plimsoll init` writes.
pub const EXAMPLE: &str = include_str!("../../inventory.example.toml");

/// What the text of an inventory cannot say: whose it is, and which words the rest of the program knows.
#[derive(Debug, Clone, Default)]
pub struct Environment<'a> {
    /// The home folder, for `~`.
    pub home: Option<PathBuf>,
    /// The user of this process, who logs in where no user is named; `None` where it is not known.
    pub user: Option<String>,
    /// The folder of the file, where relative paths start; absolute.
    pub base: PathBuf,
    /// Ids of all controls.
    pub controls: &'a [&'a str],
    /// Names of all parameters of controls, with the kind of their values.
    pub parameters: &'a [(&'a str, ParameterKind)],
    /// Names of all profiles.
    pub profiles: &'a [&'a str],
    /// What `ssh_config` says, whose aliases may stand as jumps.
    pub ssh: Option<&'a Config>,
}

/// Reads the inventory `text`, called `file` in messages; all its mistakes at once, in the order of the file.
pub fn parse(
    text: &str,
    file: &str,
    environment: &Environment<'_>,
) -> Result<Inventory, Vec<Problem>> {
    let mut log = read::Log::new(file, text);
    let (root, broken) = syntax::read(&log.source, text);
    let document = document::whole(&mut log, root.get_ref(), environment);
    let mut inventory = document
        .map(|document| resolve::resolve(&mut log, document, environment))
        .unwrap_or_default();
    let problems = log.finish(broken);
    if !problems.is_empty() {
        return Err(problems);
    }
    inventory.sha256 = hex(&Sha256::digest(text.as_bytes()));
    Ok(inventory)
}

/// A time for everything on one host as the command line gives it, such as `30s` or `2m`; bounded as in a file.
pub fn host_timeout(text: &str) -> Result<Duration, String> {
    values::duration(text, layer::LEAST_TIMEOUT, layer::MOST_HOST).map_err(|wrong| {
        let hint = wrong.hint.map(|hint| format!(", {hint}"));
        format!("{}{}", wrong.message, hint.unwrap_or_default())
    })
}

/// The fleet where there is no inventory: the engine behind `socket` on this machine.
pub fn local(socket: &Path) -> Inventory {
    let endpoint = Endpoint::Unix {
        path: socket.to_path_buf(),
    };
    Inventory {
        hosts: vec![HostSpec::new("local", endpoint)],
        ..Inventory::default()
    }
}
