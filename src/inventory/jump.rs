//! The way to a host through others: jumps resolved to servers, own chains of jump hosts included.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::Environment;
use super::endpoint;
use super::read::{At, Log};
use super::settle::Login;
use super::spec::{Endpoint, FileRole, FileUse, HostSpec, SshTarget};
use super::values::Wrong;
use super::words::did_you_mean;

/// Most hops in front of a host.
const MOST_HOPS: usize = 8;

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

/// A mistake and its place.
struct Fault {
    span: Range<usize>,
    wrong: Wrong,
    kind: FaultKind,
}

enum FaultKind {
    /// The word means nothing here.
    Undefined,
    /// The hosts of a circle.
    Circle(BTreeSet<usize>),
    Other,
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
    let mut circles: Vec<BTreeSet<usize>> = Vec::new();
    let mut chains = Vec::with_capacity(hosts.len());
    for index in 0..hosts.len() {
        let Fault { span, wrong, kind } = match ways.to(index, &mut Vec::new()) {
            Ok(hops) => {
                chains.push(hops);
                continue;
            }
            Err(fault) => fault,
        };
        chains.push(Vec::new());
        match kind {
            FaultKind::Undefined => log.undefined(&span, wrong.message, wrong.hint),
            FaultKind::Circle(members) if circles.contains(&members) => {}
            FaultKind::Circle(members) => {
                circles.push(members);
                log.add(&span, wrong.message, wrong.hint);
            }
            FaultKind::Other => log.add(&span, wrong.message, wrong.hint),
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
            let Some(&next) = self.names.get(word.value.as_str()) else {
                hops.push(self.outside(word)?);
                continue;
            };
            if let Some(start) = trail.iter().position(|waiting| *waiting == next) {
                return Err(self.circle(word, trail.get(start..).unwrap_or_default()));
            }
            if trail.len() > MOST_HOPS {
                return Err(too_long(word));
            }
            // The rest of a chain is reached through its beginning, whatever jumps those hosts have alone.
            if position == 0 {
                hops.extend(self.to(next, trail)?);
            }
            hops.push(self.inside(word, next)?);
        }
        trail.pop();
        match wish.words.first() {
            Some(first) if hops.len() > MOST_HOPS => Err(too_long(first)),
            _ => Ok(hops),
        }
    }

    /// A jump that is a host of the inventory.
    fn inside(&self, word: &At<String>, index: usize) -> Result<Hop, Fault> {
        let host = self.hosts.get(index);
        let Some((host, Endpoint::Ssh { target, .. })) = host.map(|host| (host, &host.endpoint))
        else {
            return Err(Fault {
                span: word.span.clone(),
                wrong: Wrong::new(format!("the jump `{}` has no ssh endpoint", word.value)),
                kind: FaultKind::Other,
            });
        };
        let for_login =
            |file: &&FileUse| matches!(file.role, FileRole::Identity | FileRole::KnownHosts);
        Ok(Hop {
            name: word.value.clone(),
            target: target.clone(),
            files: host.files.iter().filter(for_login).cloned().collect(),
        })
    }

    /// A jump given as an address.
    fn outside(&self, word: &At<String>) -> Result<Hop, Fault> {
        if !word.value.contains(['@', '.', ':']) {
            let nearest = did_you_mean(&word.value, self.names.keys().copied());
            let usual = "a host of the inventory or `user@host:port`";
            return Err(Fault {
                span: word.span.clone(),
                wrong: Wrong {
                    message: format!("undefined jump `{}`", word.value),
                    hint: nearest.or_else(|| Some(usual.to_owned())),
                },
                kind: FaultKind::Undefined,
            });
        }
        let server = endpoint::server(&word.value).map_err(|wrong| Fault {
            span: word.span.clone(),
            wrong: Wrong {
                message: format!("bad jump: {}", wrong.message),
                hint: wrong.hint,
            },
            kind: FaultKind::Other,
        })?;
        let name = server.host.clone();
        let (target, files) = self.login.target(server, &name, self.environment);
        Ok(Hop {
            name: word.value.clone(),
            target,
            files,
        })
    }

    fn circle(&self, word: &At<String>, members: &[usize]) -> Fault {
        let names: Vec<&str> = members
            .iter()
            .filter_map(|index| self.hosts.get(*index))
            .map(|host| host.header.name.as_str())
            .chain([word.value.as_str()])
            .collect();
        Fault {
            span: word.span.clone(),
            wrong: Wrong::new(format!("jumps in a circle: {}", names.join(" \u{2192} "))),
            kind: FaultKind::Circle(members.iter().copied().collect()),
        }
    }
}

fn too_long(word: &At<String>) -> Fault {
    Fault {
        span: word.span.clone(),
        wrong: Wrong::new(format!("more than {MOST_HOPS} jumps in a row")),
        kind: FaultKind::Other,
    }
}
