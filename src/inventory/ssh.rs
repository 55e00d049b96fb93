//! What `ssh_config` adds to SSH servers: only what the inventory leaves open.

use std::path::PathBuf;

use super::endpoint;
use super::spec::{AgentUse, Endpoint, HostKeyPolicy, HostSpec, Open, SshTarget};
use crate::sshconfig::{Agent, Settings, Strictness};

/// Most hops that jumps of jumps may add up to.
const MOST_HOPS: usize = 8;

/// What is asked of `ssh_config`: an alias, with the user and the port where the inventory names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// The name of the host, as written.
    pub alias: String,
    /// The user.
    pub user: Option<String>,
    /// The port.
    pub port: Option<u16>,
}

/// The answer to a query: settings, or in words why there are none.
pub type Reply = Result<Settings, String>;

/// known_hosts files that `ssh` reads where its configuration names none.
#[derive(Debug, Clone, Default)]
pub struct UsualFiles {
    /// Of the user.
    pub user: Vec<PathBuf>,
    /// Of the machine.
    pub global: Vec<PathBuf>,
}

impl Query {
    /// The query for `target`.
    pub fn of(target: &SshTarget) -> Self {
        Self {
            alias: target.host.clone(),
            user: target.user.clone().filter(|_| !target.open.user),
            port: (!target.open.port).then_some(target.port),
        }
    }
}

/// Fills what `host` leaves open with what `lookup` says; the queries that it cannot answer yet, if there are any, in
/// which case the host stays as it is.
pub fn fill(
    host: &mut HostSpec,
    usual: &UsualFiles,
    lookup: &dyn Fn(&Query) -> Option<Reply>,
) -> Vec<Query> {
    let Endpoint::Ssh { target, .. } = &host.endpoint else {
        return Vec::new();
    };
    let mut filler = Filler {
        usual,
        lookup,
        missing: Vec::new(),
    };
    let mut target = target.clone();
    let own = filler.target(&mut target);
    let mut hops: Vec<SshTarget> = host.jumps.clone();
    if let Some(settings) = &own {
        if let (true, Some(timeout)) = (target.open.connect_timeout, settings.connect_timeout) {
            host.connect_timeout = timeout.min(host.host_timeout);
        }
        if let (true, Some(jumps)) = (target.open.jumps && hops.is_empty(), &settings.jumps) {
            hops = jumps
                .iter()
                .filter_map(|word| hop(word, &mut target))
                .collect();
        }
    }
    // What leads to the first hop comes before it; the others are reached through it.
    let mut chain: Vec<SshTarget> = Vec::new();
    let mut rest = hops;
    while !rest.is_empty() && chain.len() + rest.len() <= MOST_HOPS {
        let mut first = rest.remove(0);
        let settings = filler.target(&mut first);
        let jumps = settings
            .filter(|_| chain.is_empty() && first.open.jumps)
            .and_then(|settings| settings.jumps)
            .unwrap_or_default();
        if jumps.is_empty() {
            chain.push(first);
            continue;
        }
        first.open.jumps = false;
        rest.insert(0, first);
        let before: Vec<SshTarget> = jumps
            .iter()
            .filter_map(|word| hop(word, &mut target))
            .collect();
        rest.splice(0..0, before);
    }
    if !rest.is_empty() {
        refuse(
            &mut target,
            "its jumps lead to each other, or there are too many",
        );
    }
    if !filler.missing.is_empty() {
        return filler.missing;
    }
    for hop in chain.iter_mut().chain([&mut target]) {
        hop.open = Open::default();
    }
    host.header.jumps = if host.jumps.len() == chain.len() {
        std::mem::take(&mut host.header.jumps)
    } else {
        chain.iter().map(ToString::to_string).collect()
    };
    host.jumps = chain;
    if let Endpoint::Ssh { target: filled, .. } = &mut host.endpoint {
        *filled = target;
    }
    host.header.endpoint = host.endpoint.to_string();
    Vec::new()
}

struct Filler<'a> {
    usual: &'a UsualFiles,
    lookup: &'a dyn Fn(&Query) -> Option<Reply>,
    missing: Vec<Query>,
}

impl Filler<'_> {
    fn target(&mut self, target: &mut SshTarget) -> Option<Settings> {
        let query = Query::of(target);
        match (self.lookup)(&query) {
            None => {
                self.missing.push(query);
                None
            }
            Some(Err(why)) => {
                refuse(target, &why);
                None
            }
            Some(Ok(settings)) => {
                self.apply(target, &settings);
                Some(settings)
            }
        }
    }

    /// Everything but jumps and times.
    fn apply(&self, target: &mut SshTarget, settings: &Settings) {
        target.hostname.clone_from(&settings.hostname);
        target.host_key_alias.clone_from(&settings.host_key_alias);
        let open = target.open;
        if let (true, Some(user)) = (open.user, &settings.user) {
            target.user = Some(user.clone());
        }
        if let (true, Some(port)) = (open.port, settings.port) {
            target.port = port;
        }
        if open.identity_files {
            target.identity_files.clone_from(&settings.identity_files);
            target.certificates.clone_from(&settings.certificates);
            target.identities_only = settings.identities_only;
        }
        target.agent = match &settings.agent {
            None | Some(Agent::Environment) => AgentUse::Environment,
            Some(Agent::None) => AgentUse::None,
            Some(Agent::Socket(path)) => AgentUse::Socket(path.clone()),
        };
        let named = settings.user_known_hosts.is_some() || settings.global_known_hosts.is_some();
        if open.known_hosts && named {
            let user = settings.user_known_hosts.as_ref();
            let global = settings.global_known_hosts.as_ref();
            target.known_hosts = user
                .unwrap_or(&self.usual.user)
                .iter()
                .chain(global.unwrap_or(&self.usual.global))
                .cloned()
                .collect();
        }
        if let (true, Some(strictness)) = (open.host_key, settings.strictness) {
            target.host_key = match strictness {
                Strictness::Yes | Strictness::Ask => HostKeyPolicy::Strict,
                // Nothing here ever accepts a changed key, as `no` would have it.
                Strictness::AcceptNew | Strictness::No => HostKeyPolicy::AcceptNew,
            };
        }
        if settings.proxy_command && open.jumps {
            refuse(
                target,
                "ssh_config makes the connection with ProxyCommand, which plimsoll does not run",
            );
        }
    }
}

fn refuse(target: &mut SshTarget, why: &str) {
    target
        .refused
        .get_or_insert_with(|| crate::domain::text::clean(why));
}

/// The server of a jump that `ssh_config` names; one that makes no sense refuses `target`.
fn hop(word: &str, target: &mut SshTarget) -> Option<SshTarget> {
    match endpoint::server(word) {
        Ok(server) => Some(SshTarget::of(server.host, server.user, server.port)),
        Err(wrong) => {
            refuse(
                target,
                &format!("ssh_config names a bad jump: {}", wrong.message),
            );
            None
        }
    }
}
