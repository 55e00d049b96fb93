//! `plimsoll hosts import`: what other tools know of a fleet, as the text of an inventory.

use clap::{Args, ValueEnum};

use super::args::Common;
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::import::{self, From};

/// Arguments of `hosts import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll hosts import --from ansible hosts.ini > inventory.toml\n  \
                  ansible-inventory --list | plimsoll hosts import --from ansible -\n  \
                  plimsoll hosts import --from docker-context 'prod-*'\n  \
                  plimsoll hosts import --from ssh-config 'web-*' db\n  \
                  plimsoll hosts import --from list hosts.txt\n\n\
                  The inventory goes to standard output, what was left out and why to standard\nerror. Secrets are never taken over."
)]
pub struct ImportArgs {
    /// What the hosts are taken from
    #[arg(long, value_name = "WHAT")]
    from: Source,

    /// Ansible and lists: files, folders or `-` for standard input; the others: names or globs (all, where none is given)
    #[arg(value_name = "FILE|NAME")]
    what: Vec<String>,
}

/// `--from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    /// Inventories in INI or YAML, what lies beside them, and the JSON of ansible-inventory
    Ansible,
    /// The contexts of the docker command, with their TLS files
    DockerContext,
    /// The hosts that ssh_config names
    SshConfig,
    /// A host a line: a name, user@host:port, an endpoint, a node set, or an address and a name
    List,
}

pub(super) fn run(
    args: &ImportArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let from = match args.from {
        Source::Ansible => From::Ansible,
        Source::DockerContext => From::DockerContext,
        Source::SshConfig => From::SshConfig,
        Source::List => From::List,
    };
    let mut input = std::io::stdin();
    let imported = import::import(
        from,
        &args.what,
        common.ssh_config.as_deref(),
        environment,
        &mut input,
    )?;
    for note in &imported.notes {
        out::complain(format_args!("plimsoll: {note}"));
    }
    if imported.hosts == 0 {
        return Err(Error::usage("no host was found that can be taken over"));
    }
    out::print(&imported.text).map_err(unwritable("the inventory"))?;
    Ok(0)
}
