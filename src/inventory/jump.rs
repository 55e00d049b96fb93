//! The way to a host through others: jumps resolved to servers, own chains of jump hosts included.

use std::collections::{BTreeSet, HashMap};

use super::Environment;
use super::endpoint;
use super::read::{At, Log};
use super::settle::Login;
use super::spec::{Endpoint, FileRole, FileUse, HostSpec, SshTarget};
use super::values::Wrong;
use super::words::did_you_mean;
use crate::sshconfig::Config;

/// Most hops in front of a host.
const MOST_HOPS: usize = 8;

/// Undefined words whose nearest name is looked for; in a large fleet each search costs.
const MOST_HINTS: usize = 100;

/// The jumps that a host asks for, outermost first.
#[derive(Default)]
pub(super) struct Wish<'d> {
    pub(super) words: &'d [At<String>],
    /// Whether the host itself asks, and not a group or the defaults.
    pub(super) own: bool,
}

/// One server in front of a host.
#[derive(Clone)]
struct Hop {
    /// The name in the inventory, or the address as written.
    name: String,
    target: SshTarget,
    files: Vec<FileUse>,
}

/// Why there is no chain to a host.
enum Fault {
    /// One of its words is wrong; said of the word itself already.
    Word,
    /// These hosts lead to each other, at this word.
    Circle(At<String>, Vec<usize>),
    /// More hops than anybody needs, at this word.
    TooLong(At<String>),
}

/// Gives every host its hops. `login` is for jumps that are no hosts of the inventory.
pub(super) fn connect(
    log: &mut Log<'_>,
    hosts: &mut [HostSpec],
    wishes: &[Wish<'_>],
    login: &Login,
    environment: &Environment<'_>,
) {
    let names = hosts
        .iter()
        .enumerate()
        .map(|(index, host)| (host.header.name.as_str(), index))
        .collect();
    let ways = Ways {
        hosts,
        names,
        wishes,
        login,
        environment,
    };
    ways.check_words(log);
    let mut told: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    let mut chains = Vec::with_capacity(hosts.len());
    for index in 0..hosts.len() {
        let fault = match ways.to(index, &mut Vec::new()) {
            Ok(hops) => {
                chains.push(hops);
                continue;
            }
            Err(fault) => fault,
        };
        chains.push(Vec::new());
        match fault {
            Fault::Word => {}
            Fault::Circle(word, members) => {
                if told.insert(members.iter().copied().collect()) {
                    log.add(&word.span, ways.circle(&word, &members), None);
                }
            }
            Fault::TooLong(word) => {
                log.add(
                    &word.span,
                    format!("more than {MOST_HOPS} jumps in a row"),
                    None,
                );
            }
        }
    }
    for (host, hops) in hosts.iter_mut().zip(chains) {
        for hop in hops {
            host.header.jumps.push(hop.name);
            host.jumps.push(hop.target);
            host.files.extend(hop.files);
        }
    }
}

struct Ways<'w> {
    hosts: &'w [HostSpec],
    names: HashMap<&'w str, usize>,
    wishes: &'w [Wish<'w>],
    login: &'w Login,
    environment: &'w Environment<'w>,
}

impl Ways<'_> {
    /// Complains of every word that leads nowhere, once for all hosts that share it.
    fn check_words(&self, log: &mut Log<'_>) {
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut hints = MOST_HINTS;
        for word in self.wishes.iter().flat_map(|wish| wish.words) {
            if !seen.insert(word.span.start) {
                continue;
            }
            match self.hop(word) {
                Ok(_) => {}
                Err(Some(wrong)) => log.add(&word.span, wrong.message, wrong.hint),
                Err(None) => {
                    let usual =
                        "a host of the inventory, an alias of ssh_config or `user@host:port`";
                    let names = self.names.keys().copied();
                    let nearest = (hints > 0)
                        .then(|| did_you_mean(&word.value, names))
                        .flatten();
                    hints = hints.saturating_sub(1);
                    log.undefined(
                        &word.span,
                        format!("undefined jump `{}`", word.value),
                        nearest.or_else(|| Some(usual.to_owned())),
                    );
                }
            }
        }
    }

    /// The hops in front of host `index`, outermost first. `trail` are the hosts that wait for this answer.
    fn to(&self, index: usize, trail: &mut Vec<usize>) -> Result<Vec<Hop>, Fault> {
        let (Some(host), Some(wish)) = (self.hosts.get(index), self.wishes.get(index)) else {
            return Ok(Vec::new());
        };
        let own_name = |word: &&At<String>| word.value != host.header.name;
        // A bastion inside of the group whose bastion it is: the part of the chain before it leads to it.
        let words: Vec<&At<String>> = if wish.own {
            wish.words.iter().collect()
        } else {
            wish.words.iter().take_while(own_name).collect()
        };
        trail.push(index);
        let mut hops = Vec::new();
        for (position, word) in words.into_iter().enumerate() {
            if let Some(&next) = self.names.get(word.value.as_str()) {
                if let Some(start) = trail.iter().position(|waiting| *waiting == next) {
                    let members = trail.get(start..).unwrap_or_default();
                    return Err(Fault::Circle(word.clone(), members.to_vec()));
                }
                if trail.len() > MOST_HOPS {
                    return Err(Fault::TooLong(word.clone()));
                }
                // The rest of a chain is reached through its beginning, whatever jumps those hosts have alone.
                if position == 0 {
                    hops.extend(self.to(next, trail)?);
                }
            }
            hops.push(self.hop(word).map_err(|_said| Fault::Word)?);
        }
        trail.pop();
        match wish.words.first() {
            Some(first) if hops.len() > MOST_HOPS => Err(Fault::TooLong(first.clone())),
            _ => Ok(hops),
        }
    }

    /// The server that a word means. `Err(None)` is a word that means nothing here.
    fn hop(&self, word: &At<String>) -> Result<Hop, Option<Wrong>> {
        if let Some(host) = self
            .names
            .get(word.value.as_str())
            .and_then(|index| self.hosts.get(*index))
        {
            return inside(word, host).map_err(Some);
        }
        let alias = |config: &Config| config.knows(&word.value);
        if !word.value.contains(['@', '.', ':']) && !self.environment.ssh.is_some_and(alias) {
            return Err(None);
        }
        let server = endpoint::server(&word.value).map_err(|wrong| {
            Some(Wrong {
                message: format!("bad jump: {}", wrong.message),
                hint: wrong.hint,
            })
        })?;
        let name = server.host.clone();
        let (mut target, files) = self.login.target(server, &name, self.environment);
        // A jump of the defaults is for the hosts behind it, not for itself.
        target.open.jumps = true;
        Ok(Hop {
            name: word.value.clone(),
            target,
            files,
        })
    }

    fn circle(&self, word: &At<String>, members: &[usize]) -> String {
        let names: Vec<&str> = members
            .iter()
            .filter_map(|index| self.hosts.get(*index))
            .map(|host| host.header.name.as_str())
            .chain([word.value.as_str()])
            .collect();
        format!("jumps in a circle: {}", names.join(" \u{2192} "))
    }
}

/// A jump that is a host of the inventory.
fn inside(word: &At<String>, host: &HostSpec) -> Result<Hop, Wrong> {
    let Endpoint::Ssh { target, .. } = &host.endpoint else {
        return Err(Wrong::new(format!(
            "the jump `{}` has no ssh endpoint",
            word.value
        )));
    };
    let for_login =
        |file: &&FileUse| matches!(file.role, FileRole::Identity | FileRole::KnownHosts);
    Ok(Hop {
        name: word.value.clone(),
        target: target.clone(),
        files: host.files.iter().filter(for_login).cloned().collect(),
    })
}
