//! `ssh_config`: the hosts that its `Host` lines name. What it says about them is read when they are reached, so only
//! their names are taken over.

use super::Found;
use super::entry::{Entry, Settings};
use crate::sshconfig::{Config, Facts, resolve};

/// The hosts of `config` whose names `wanted` accepts. `facts` are of this machine; their alias is of no meaning.
pub fn read(config: &Config, facts: &Facts<'_>, wanted: &dyn Fn(&str) -> bool) -> Found {
    let mut found = Found::default();
    for name in config.names() {
        if name.contains(['*', '?', '!']) {
            found.note(&name, "left out: a pattern, not a host");
            continue;
        }
        if !wanted(&name) || found.hosts.iter().any(|host| host.name == name) {
            continue;
        }
        let facts = Facts {
            alias: &name,
            ..*facts
        };
        match resolve(config, &facts) {
            Ok(settings) if settings.user.as_deref() == Some("git") => {
                found.note(&name, "left out: it logs in as git, and such servers run no engine for us");
                continue;
            }
            Ok(settings) if settings.proxy_command => found.note(
                &name,
                "ssh_config connects with ProxyCommand, which plimsoll does not run; write a `jump` for it",
            ),
            // Where the reader gives up, the ssh program knows more when the host is reached.
            Ok(_) | Err(_) => {}
        }
        found.add(Entry {
            name,
            groups: Vec::new(),
            settings: Settings::default(),
        });
    }
    found
}
