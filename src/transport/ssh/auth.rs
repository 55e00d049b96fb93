//! Proving who we are: key files of the inventory, else the agent, then the usual files.
//!
//! Never more than [`MAX_TRIES`] keys, because servers count refused ones and lock out who offers many. On failure it
//! says which keys were refused and what else the server would take.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};
use russh::{MethodKind, MethodSet};
use tokio::net::UnixStream;

use super::handler::{Guard, State};
use super::keys::{KeyFile, KeyStore};
use super::known_hosts::fingerprint;
use super::trouble;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::inventory::spec::SshTarget;
use crate::transport::net;

/// Keys offered to one server; sshd ends the connection after six refused ones by default.
const MAX_TRIES: usize = 5;

/// Files tried when neither inventory nor agent has a key that fits, below `~/.ssh`.
const USUAL_FILES: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// Where keys come from, shared by all connections.
pub(super) struct Credentials {
    pub(super) keys: Arc<KeyStore>,
    pub(super) agent: Option<PathBuf>,
    pub(super) home: Option<PathBuf>,
}

impl Credentials {
    /// Logs `user` in on `handle`.
    pub(super) async fn authenticate(
        &self,
        handle: &mut Handle<Guard>,
        user: &str,
        target: &SshTarget,
        state: &State,
    ) -> Result<(), Failure> {
        let mut attempt = Attempt {
            credentials: self,
            handle,
            user,
            whom: net::shown(target.server(), target.port),
            named: !target.identity_files.is_empty(),
            state,
            agent: Agent::NotAsked,
            refused: Vec::new(),
            notes: Vec::new(),
            methods: None,
            locked: None,
        };
        if target.identity_files.is_empty() {
            if attempt.by_agent().await? {
                return Ok(());
            }
            if let Some(home) = &self.home {
                for name in USUAL_FILES {
                    if attempt
                        .by_file(&home.join(".ssh").join(name), false)
                        .await?
                    {
                        return Ok(());
                    }
                }
            }
        } else {
            for path in &target.identity_files {
                if attempt.by_file(path, true).await? {
                    return Ok(());
                }
            }
        }
        attempt.ask_for_methods().await?;
        Err(attempt.failure())
    }
}

/// The agent of this user: one connection for each SSH session, because an agent binds it to the session.
enum Agent {
    NotAsked,
    Here(Box<(AgentClient<UnixStream>, Vec<AgentIdentity>)>),
    Absent,
}

/// One login.
struct Attempt<'a> {
    credentials: &'a Credentials,
    handle: &'a mut Handle<Guard>,
    user: &'a str,
    whom: String,
    /// Whether the inventory names the keys.
    named: bool,
    state: &'a State,
    agent: Agent,
    /// Keys offered and refused, for people.
    refused: Vec<(PublicKey, String)>,
    /// Why others were not offered.
    notes: Vec<String>,
    /// What the server would still take.
    methods: Option<MethodSet>,
    /// The first encrypted key that no agent holds.
    locked: Option<PathBuf>,
}

impl Attempt<'_> {
    /// The key in a file, or its twin in the agent where the file is encrypted; `named` files must be there.
    async fn by_file(&mut self, path: &Path, named: bool) -> Result<bool, Failure> {
        let from = path.display().to_string();
        match self.credentials.keys.load(path).await {
            Ok(KeyFile::Open(key)) => self.offer(key, &from).await,
            Ok(KeyFile::Public(key)) => self.twin(&key, path, false).await,
            Ok(KeyFile::Locked(Some(key))) => self.twin(&key, path, true).await,
            Ok(KeyFile::Locked(None)) => {
                self.note_locked(path);
                Ok(false)
            }
            Err(super::keys::NoKey::Missing) if !named => Ok(false),
            Err(reason) => {
                self.notes.push(format!("{from} was not tried: {reason}"));
                Ok(false)
            }
        }
    }

    fn note_locked(&mut self, path: &Path) {
        self.notes.push(format!(
            "{} was not tried: it is encrypted, and the agent does not hold it",
            path.display()
        ));
        self.locked.get_or_insert_with(|| path.to_owned());
    }

    /// The private half of `key`, held by the agent.
    async fn twin(&mut self, key: &PublicKey, path: &Path, locked: bool) -> Result<bool, Failure> {
        self.reach_agent().await;
        let held = match &self.agent {
            Agent::Here(agent) => agent.1.iter().find_map(|identity| match identity {
                AgentIdentity::PublicKey { key: held, .. } if held.key_data() == key.key_data() => {
                    Some(identity.clone())
                }
                _ => None,
            }),
            Agent::NotAsked | Agent::Absent => None,
        };
        match held {
            Some(identity) => self.offer_held(identity).await,
            None if locked => {
                self.note_locked(path);
                Ok(false)
            }
            None => {
                self.notes.push(format!(
                    "{} was not tried: it is a public key, and the agent does not hold its private half",
                    path.display()
                ));
                Ok(false)
            }
        }
    }

    /// All keys of the agent, in its order.
    async fn by_agent(&mut self) -> Result<bool, Failure> {
        self.reach_agent().await;
        let identities = match &self.agent {
            Agent::Here(agent) => agent.1.clone(),
            Agent::NotAsked | Agent::Absent => Vec::new(),
        };
        for identity in identities {
            if self.offer_held(identity).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn reach_agent(&mut self) {
        if !matches!(self.agent, Agent::NotAsked) {
            return;
        }
        self.agent = Agent::Absent;
        let Some(path) = &self.credentials.agent else {
            return;
        };
        let mut client = match AgentClient::connect_uds(path).await {
            Ok(client) => client,
            Err(error) => {
                self.notes.push(format!(
                    "the agent at {} was not asked: {error}",
                    path.display()
                ));
                return;
            }
        };
        if let Some(binding) = self.handle.agent_session_binding()
            && let Err(error) = client.bind_session(binding, false).await
            && !matches!(error, russh::keys::Error::AgentFailure)
        {
            // Agents that do not know the extension say so and work all the same; anything else is no agent.
            self.notes.push(format!(
                "the agent at {} broke off: {error}",
                path.display()
            ));
            return;
        }
        match client.request_identities().await {
            Ok(identities) => {
                if identities.is_empty() {
                    self.notes
                        .push(format!("the agent at {} holds no keys", path.display()));
                }
                self.agent = Agent::Here(Box::new((client, identities)));
            }
            Err(error) => self.notes.push(format!(
                "the agent at {} does not list its keys: {error}",
                path.display()
            )),
        }
    }

    async fn offer(&mut self, key: Arc<PrivateKey>, from: &str) -> Result<bool, Failure> {
        let public = key.public_key().clone();
        let label = format!("{} {} ({from})", public.algorithm(), fingerprint(&public));
        if self.is_done(&public)? {
            return Ok(false);
        }
        let Ok(hash) = self.hash(&public, &label).await? else {
            return Ok(false);
        };
        let tried = self
            .handle
            .authenticate_publickey(self.user, PrivateKeyWithHashAlg::new(key, hash))
            .await;
        match tried {
            Ok(result) => self.heard(result, public, label),
            Err(error) => Err(self.lost().caused_by(&error)),
        }
    }

    async fn offer_held(&mut self, identity: AgentIdentity) -> Result<bool, Failure> {
        let (public, comment, certificate) = match identity {
            AgentIdentity::PublicKey { key, comment } => (key, comment, None),
            AgentIdentity::Certificate {
                certificate,
                comment,
            } => {
                let key = PublicKey::new(certificate.public_key().clone(), "");
                (key, comment, Some(certificate))
            }
        };
        let label = format!(
            "{} {} (agent: {comment})",
            if certificate.is_some() {
                "certificate of"
            } else {
                ""
            },
            fingerprint(&public)
        );
        let label = format!("{} {}", public.algorithm(), label.trim_start());
        // A certificate and its bare key are two things to a server.
        if certificate.is_none() && self.is_done(&public)? {
            return Ok(false);
        }
        let Ok(hash) = self.hash(&public, &label).await? else {
            return Ok(false);
        };
        let Agent::Here(agent) = &mut self.agent else {
            return Ok(false);
        };
        let signer = &mut agent.0;
        let tried = match certificate {
            Some(certificate) => {
                self.handle
                    .authenticate_certificate_with(self.user, certificate, hash, signer)
                    .await
            }
            None => {
                self.handle
                    .authenticate_publickey_with(self.user, public.clone(), hash, signer)
                    .await
            }
        };
        match tried {
            Ok(result) => self.heard(result, public, label),
            Err(_) if self.handle.is_closed() => Err(self.lost()),
            Err(error) => {
                self.notes
                    .push(format!("the agent does not sign with {label}: {error}"));
                Ok(false)
            }
        }
    }

    /// Whether this key need not be offered (again); an error where no further one may be.
    fn is_done(&self, key: &PublicKey) -> Result<bool, Failure> {
        if self
            .refused
            .iter()
            .any(|(refused, _)| refused.key_data() == key.key_data())
        {
            return Ok(true);
        }
        if self.refused.len() >= MAX_TRIES {
            let mut failure = trouble::too_many(
                &self.whom,
                &format!("{MAX_TRIES} were tried as {}, there are more", self.user),
            );
            failure.causes = self.causes();
            return Err(failure);
        }
        if self
            .methods
            .as_ref()
            .is_some_and(|methods| !methods.contains(&MethodKind::PublicKey))
        {
            return Err(self.failure());
        }
        Ok(false)
    }

    /// How an RSA key is to sign; the outer error is a lost connection, the inner one a key that cannot be used.
    async fn hash(
        &mut self,
        key: &PublicKey,
        label: &str,
    ) -> Result<Result<Option<HashAlg>, ()>, Failure> {
        if !key.algorithm().is_rsa() {
            return Ok(Ok(None));
        }
        match self.handle.best_supported_rsa_hash().await {
            Ok(Some(Some(hash))) => Ok(Ok(Some(hash))),
            // Servers that do not say usually know it.
            Ok(None) => Ok(Ok(Some(HashAlg::Sha256))),
            Ok(Some(None)) => {
                self.notes.push(format!(
                    "{label} was not tried: the server takes RSA keys only with SHA-1, which is broken"
                ));
                Ok(Err(()))
            }
            Err(error) => Err(self.lost().caused_by(&error)),
        }
    }

    fn heard(
        &mut self,
        result: AuthResult,
        key: PublicKey,
        label: String,
    ) -> Result<bool, Failure> {
        let verdict = match &result {
            AuthResult::Success => "accepted",
            AuthResult::Failure {
                partial_success: true,
                ..
            } => "accepted, but not enough",
            AuthResult::Failure { .. } => "refused",
        };
        self.state.note(
            Stage::Authentication,
            format!("publickey {label}: {verdict}"),
        );
        match result {
            AuthResult::Success => Ok(true),
            AuthResult::Failure { .. } if self.handle.is_closed() => {
                self.refused.push((key, label));
                let mut failure = self.lost();
                failure.causes.extend(self.causes());
                Err(failure)
            }
            AuthResult::Failure {
                remaining_methods,
                partial_success: true,
            } => Err(Failure::new(
                FailureClass::Auth,
                Stage::Authentication,
                format!(
                    "{} accepted the key of {} but asks for more: {}",
                    self.whom,
                    self.user,
                    names(&remaining_methods)
                ),
                "give this account a login by key alone (AuthenticationMethods in sshd_config)",
            )),
            AuthResult::Failure {
                remaining_methods, ..
            } => {
                self.refused.push((key, label));
                self.methods = Some(remaining_methods);
                Ok(false)
            }
        }
    }

    /// Where nothing could be offered: what the server would have taken.
    async fn ask_for_methods(&mut self) -> Result<(), Failure> {
        if self.methods.is_some() {
            return Ok(());
        }
        match self.handle.authenticate_none(self.user).await {
            Ok(AuthResult::Failure {
                remaining_methods, ..
            }) if !self.handle.is_closed() => {
                self.methods = Some(remaining_methods);
                Ok(())
            }
            Ok(AuthResult::Failure { .. }) => Err(self.lost()),
            // An account without any proof of identity is nothing to log in to unasked.
            Ok(AuthResult::Success) => Err(Failure::new(
                FailureClass::Auth,
                Stage::Authentication,
                format!("{} lets {} in without any key", self.whom, self.user),
                "close this door (PermitEmptyPasswords in sshd_config) and give the account a key",
            )),
            Err(error) => Err(self.lost().caused_by(&error)),
        }
    }

    fn lost(&self) -> Failure {
        trouble::lost(Stage::Authentication, &self.whom, self.state.farewell())
    }

    fn causes(&self) -> Vec<String> {
        self.refused
            .iter()
            .map(|(_, label)| format!("refused: {label}"))
            .chain(self.notes.iter().cloned())
            .map(|cause| crate::domain::text::clean(&cause))
            .collect()
    }

    fn failure(&self) -> Failure {
        let (whom, user) = (&self.whom, self.user);
        let takes = self.methods.as_ref().map_or_else(String::new, |methods| {
            format!("; it takes {}", names(methods))
        });
        let no_keys_taken = self
            .methods
            .as_ref()
            .is_some_and(|methods| !methods.contains(&MethodKind::PublicKey));
        let message = match self.refused.len() {
            _ if no_keys_taken => format!("{whom} takes no keys from {user}{takes}"),
            0 => format!("there is no key to offer to {whom} as {user}{takes}"),
            1 => format!("{whom} refused the key of {user}{takes}"),
            n => format!("{whom} refused all {n} keys of {user}{takes}"),
        };
        let hint = match &self.locked {
            _ if no_keys_taken => {
                "look at PubkeyAuthentication and AuthenticationMethods in its sshd_config".to_owned()
            }
            Some(path) => format!("unlock the key for the agent: ssh-add {}", path.display()),
            None if self.refused.is_empty() && self.named => {
                "correct identity_file in the inventory, or put the key there".to_owned()
            }
            None if self.refused.is_empty() => {
                "start an agent and add a key to it, or name a key file with identity_file in the inventory"
                    .to_owned()
            }
            None => format!(
                "check the user name, and that one of these keys stands in ~{user}/.ssh/authorized_keys on the host"
            ),
        };
        let mut failure = Failure::new(FailureClass::Auth, Stage::Authentication, message, hint);
        failure.causes = self.causes();
        failure
    }
}

fn names(methods: &MethodSet) -> String {
    let names: Vec<&str> = methods.iter().map(Into::into).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}
