//! One entry's settings, the nearest chosen, and each of its hosts made from them.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::Environment;
use super::document::Entry;
use super::endpoint::{self, Address, Server};
use super::guard;
use super::jump::Wish;
use super::layer::{Layer, Security};
use super::problem::Spot;
use super::read::{At, Log};
use super::spec::{
    Endpoint, FileRole, FileUse, HostKeyPolicy, HostSpec, Open, SSH_PORT, SshTarget, TlsFiles,
};
use super::values::{Wrong, check_template, fill, path};

/// The endpoint of a host that says nothing else.
const USUAL: &str = "ssh://{name}";

/// Paths as written, each with where it is named.
type Files = Vec<(String, Arc<Spot>)>;

/// The settings of an entry, the nearest already chosen.
pub(super) struct Settled<'d> {
    /// Everything but what depends on the host's name.
    pattern: HostSpec,
    login: Login,
    endpoint: At<String>,
    security: Option<&'d At<Security>>,
    /// The TLS files, where the security is TLS.
    tls: Vec<(FileRole, String, Arc<Spot>)>,
    /// Whether the security is the host's own.
    own_security: bool,
    jump: &'d [At<String>],
    own_jump: bool,
}

/// How to log in to an SSH server, for a name still to be filled in.
pub(super) struct Login {
    user: Option<String>,
    identity_files: Files,
    known_hosts: Files,
    host_key: HostKeyPolicy,
    /// What no level says.
    open: Open,
}

impl Login {
    pub(super) fn of(log: &Log<'_>, levels: &[&Layer], environment: &Environment<'_>) -> Self {
        let files = |pick: fn(&Layer) -> Option<&Vec<At<String>>>| -> Files {
            let nearest = levels.iter().find_map(|level| pick(level));
            nearest.map(|paths| located(log, paths)).unwrap_or_default()
        };
        let unsaid = |said: fn(&Layer) -> bool| levels.iter().all(|level| !said(level));
        Self {
            open: Open {
                user: unsaid(|level| level.user.is_some()),
                port: true,
                identity_files: unsaid(|level| level.identity_files.is_some()),
                known_hosts: unsaid(|level| level.known_hosts.is_some()),
                host_key: unsaid(|level| level.host_key.is_some()),
                jumps: unsaid(|level| level.jump.is_some()),
                connect_timeout: unsaid(|level| level.connect_timeout.is_some()),
            },
            user: levels
                .iter()
                .find_map(|level| level.user.clone())
                .or_else(|| environment.user.clone()),
            identity_files: files(|level| level.identity_files.as_ref()),
            known_hosts: files(|level| level.known_hosts.as_ref()),
            host_key: levels
                .iter()
                .find_map(|level| level.host_key)
                .unwrap_or_default(),
        }
    }

    /// The server with these settings, and the files that logging in needs.
    pub(super) fn target(
        &self,
        server: Server,
        name: &str,
        environment: &Environment<'_>,
    ) -> (SshTarget, Vec<FileUse>) {
        let uses = |files: &Files, role| -> Vec<FileUse> {
            files
                .iter()
                .map(|(text, at)| FileUse {
                    path: path(&fill(text, name), environment),
                    role,
                    at: Arc::clone(at),
                })
                .collect()
        };
        let identities = uses(&self.identity_files, FileRole::Identity);
        let known = uses(&self.known_hosts, FileRole::KnownHosts);
        let paths = |uses: &[FileUse]| uses.iter().map(|file| file.path.clone()).collect();
        let target = SshTarget {
            open: Open {
                user: self.open.user && server.user.is_none(),
                port: server.port.is_none(),
                ..self.open
            },
            host: server.host,
            port: server.port.unwrap_or(SSH_PORT),
            user: server.user.or_else(|| self.user.clone()),
            // Whoever names keys means these and no others.
            identities_only: !identities.is_empty(),
            identity_files: paths(&identities),
            known_hosts: paths(&known),
            host_key: self.host_key,
            ..SshTarget::default()
        };
        let mut needed = identities;
        // Where new keys are accepted or asked about, the file may be made by the first of them.
        if self.host_key == HostKeyPolicy::Strict {
            needed.extend(known);
        }
        (target, needed)
    }
}

fn located(log: &Log<'_>, paths: &[At<String>]) -> Files {
    paths
        .iter()
        .map(|path| (path.value.clone(), Arc::new(log.spot(path))))
        .collect()
}

impl<'d> Settled<'d> {
    pub(super) fn of(
        log: &Log<'_>,
        levels: &[&'d Layer],
        entry: &'d Entry,
        environment: &Environment<'_>,
    ) -> Self {
        let security = levels.iter().find_map(|level| level.security.as_ref());
        let tls = match security.map(|at| &at.value) {
            Some(Security::Tls { files, .. }) => files
                .iter()
                .map(|(role, file)| (*role, file.value.clone(), Arc::new(log.spot(file))))
                .collect(),
            _ => Vec::new(),
        };
        let usual = || At {
            value: USUAL.to_owned(),
            span: entry.at.clone(),
        };
        Self {
            pattern: pattern(levels, entry),
            login: Login::of(log, levels, environment),
            endpoint: levels
                .iter()
                .find_map(|level| level.endpoint.clone())
                .unwrap_or_else(usual),
            security,
            tls,
            own_security: entry.layer.security.is_some(),
            jump: levels
                .iter()
                .find_map(|level| level.jump.as_deref())
                .unwrap_or_default(),
            own_jump: entry.layer.jump.is_some(),
        }
    }

    /// The host `name`, and the way to it that it asks for. What is wrong goes to `complain`.
    pub(super) fn host(
        &self,
        name: &str,
        environment: &Environment<'_>,
        complain: &mut dyn FnMut(&Range<usize>, Wrong),
    ) -> (HostSpec, Wish<'d>) {
        let mut host = self.pattern.clone();
        name.clone_into(&mut host.header.name);
        let address = check_template(&self.endpoint.value)
            .and_then(|()| endpoint::address(&fill(&self.endpoint.value, name)));
        let address = match address {
            Ok(address) => address,
            Err(wrong) => {
                complain(&self.endpoint.span, wrong);
                return (host, Wish::default());
            }
        };
        let mut jump = self.jump;
        if !matches!(address, Address::Ssh { .. }) {
            if let (Some(first), true) = (self.jump.first(), self.own_jump) {
                complain(&first.span, Wrong::new("`jump` needs an ssh endpoint"));
            }
            jump = &[];
        }
        if !matches!(address, Address::Tcp { .. })
            && let (Some(At { value, span }), true) = (self.security, self.own_security)
            && !matches!(value, Security::Unset)
        {
            let wrong = Wrong::new("`tls` and `insecure` are for tcp endpoints");
            complain(
                span,
                wrong.hint("write `endpoint = \"tcp://host:port\"`, or leave it out"),
            );
        }
        host.endpoint = match address {
            Address::Ssh { server, socket } => {
                let (target, files) = self.login.target(server, name, environment);
                host.files = files;
                Endpoint::Ssh { target, socket }
            }
            Address::Tcp { host: server, port } => {
                host.tls = self.secure(&mut host.files, name, environment, complain);
                Endpoint::Tcp {
                    host: server,
                    port: port.unwrap_or_else(|| endpoint::tcp_port(host.tls.is_some())),
                }
            }
            Address::Unix { path } => Endpoint::Unix { path },
        };
        host.header.endpoint = host.endpoint.to_string();
        host.header.transport = host.endpoint.transport();
        let wish = Wish {
            words: jump,
            own: self.own_jump,
        };
        (host, wish)
    }

    /// The TLS files of a TCP endpoint; none for plain HTTP, which must be asked for.
    fn secure(
        &self,
        files: &mut Vec<FileUse>,
        name: &str,
        environment: &Environment<'_>,
        complain: &mut dyn FnMut(&Range<usize>, Wrong),
    ) -> Option<TlsFiles> {
        match self.security.map(|at| &at.value) {
            Some(Security::Tls {
                system_roots,
                server_name,
                ..
            }) => {
                let mut tls = TlsFiles {
                    system_roots: *system_roots,
                    server_name: server_name.as_deref().map(|text| fill(text, name)),
                    ..TlsFiles::default()
                };
                for (role, text, at) in &self.tls {
                    let path = path(&fill(text, name), environment);
                    files.push(FileUse {
                        path: path.clone(),
                        role: *role,
                        at: Arc::clone(at),
                    });
                    match role {
                        FileRole::Ca => tls.ca = Some(path),
                        FileRole::Cert => tls.cert = Some(path),
                        FileRole::Key => tls.key = Some(path),
                        FileRole::Identity | FileRole::KnownHosts => {}
                    }
                }
                Some(tls)
            }
            Some(Security::Plain | Security::Broken) => None,
            Some(Security::Unset) | None => {
                let wrong = Wrong::new("a tcp endpoint needs `tls`");
                complain(
                    &self.endpoint.span,
                    wrong.hint("or `insecure = true` for plain HTTP, which is a critical finding"),
                );
                None
            }
        }
    }
}

/// Everything of an entry's hosts that is the same for each of them.
fn pattern(levels: &[&Layer], entry: &Entry) -> HostSpec {
    let nowhere = Endpoint::Unix {
        path: PathBuf::new(),
    };
    let mut host = HostSpec::new("", nowhere);
    host.header.groups = entry
        .groups
        .iter()
        .map(|group| group.value.clone())
        .collect();
    host.header.mode = levels
        .iter()
        .filter_map(|level| level.mode)
        .max()
        .unwrap_or_default();
    host.mode_reason = levels
        .iter()
        .filter(|level| level.mode == Some(host.header.mode))
        .find_map(|level| level.reason.clone());
    for level in levels.iter().rev() {
        host.header.labels.extend(level.labels.clone());
        host.policy.values.extend(level.policy.clone());
    }
    if let Some(profile) = levels.iter().find_map(|level| level.profile.clone()) {
        host.header.profile = profile;
    }
    if let Some(sudo) = levels.iter().find_map(|level| level.sudo) {
        host.sudo = sudo;
    }
    if let Some(timeout) = levels.iter().find_map(|level| level.host_timeout) {
        host.host_timeout = timeout;
    }
    if let Some(timeout) = levels.iter().find_map(|level| level.connect_timeout) {
        host.connect_timeout = timeout;
    }
    // No connection may take longer than everything on the host may.
    host.connect_timeout = host.connect_timeout.min(host.host_timeout);
    host.guardrails = guard::strictest(levels.iter().map(|level| &level.guardrails));
    host
}
