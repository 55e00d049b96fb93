//! Proving who we are: key files of the inventory, else the agent, then the usual files.
//!
//! Never more than [`MAX_TRIES`] keys, because servers count refused ones and lock out who offers many. On failure it
//! says which keys were refused and what else the server would take.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::{Certificate, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};
use russh::{MethodKind, MethodSet};

use super::agent::{Agent, Holding};
use super::handler::{Guard, State};
use super::keys::{KeyFile, KeyStore};
use super::known_hosts::fingerprint;
use super::trouble;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::inventory::spec::SshTarget;
use crate::transport::ask::Desk;
use crate::transport::net;

/// Keys offered to one server; sshd ends the connection after six refused ones by default.
const MAX_TRIES: usize = 5;

/// Files tried when neither inventory nor agent has a key that fits, below `~/.ssh`.
pub(super) const USUAL_FILES: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// Where keys come from and who is asked, shared by all connections.
pub(super) struct Credentials {
    pub(super) keys: Arc<KeyStore>,
    pub(super) agent: Option<PathBuf>,
    pub(super) home: Option<PathBuf>,
    pub(super) desk: Arc<Desk>,
    /// Whether a person would rather not be asked for passwords.
    pub(super) declined: AtomicBool,
}

impl Credentials {
    /// Logs `user` in on `handle`: named keys first, then those of the agent, then the usual files, then a person.
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
            target,
            state,
            agent: Agent::NotAsked,
            refused: Vec::new(),
            notes: Vec::new(),
            methods: None,
            partial: false,
            locked: None,
        };
        for path in &target.identity_files {
            if attempt.by_file(path, true).await? {
                return Ok(());
            }
        }
        if !target.identities_only && attempt.by_agent().await? {
            return Ok(());
        }
        if target.identity_files.is_empty() {
            for path in self.files_for(target) {
                if attempt.by_file(&path, false).await? {
                    return Ok(());
                }
            }
        }
        attempt.ask_for_methods().await?;
        if attempt.by_person().await? {
            return Ok(());
        }
        Err(attempt.failure())
    }
}

/// One login.
pub(super) struct Attempt<'a> {
    pub(super) credentials: &'a Credentials,
    pub(super) handle: &'a mut Handle<Guard>,
    pub(super) user: &'a str,
    pub(super) whom: String,
    pub(super) target: &'a SshTarget,
    pub(super) state: &'a State,
    pub(super) agent: Agent,
    /// Keys offered and refused, for people.
    pub(super) refused: Vec<(Option<PublicKey>, String)>,
    /// Why others were not offered.
    pub(super) notes: Vec<String>,
    /// What the server would still take.
    pub(super) methods: Option<MethodSet>,
    /// Whether a key was accepted and more is asked for.
    pub(super) partial: bool,
    /// The first encrypted key that no agent holds.
    pub(super) locked: Option<PathBuf>,
}

impl Attempt<'_> {
    /// The key in a file with its certificates, or its twin in the agent where the file is encrypted; `named` files must
    /// be there.
    async fn by_file(&mut self, path: &Path, named: bool) -> Result<bool, Failure> {
        if self.no_more_keys() {
            return Ok(false);
        }
        let from = path.display().to_string();
        let keys = &self.credentials.keys;
        match keys.load(path).await {
            Ok(KeyFile::Open(key)) => {
                let (certificates, notes) =
                    keys.certificates(path, &self.target.certificates).await;
                self.notes.extend(notes);
                for certificate in certificates {
                    let fits = certificate.public_key() == key.public_key().key_data();
                    if fits && self.offer_certificate(&key, certificate, &from).await? {
                        return Ok(true);
                    }
                }
                self.offer(key, &from).await
            }
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
        let (held, certificates) = match &self.agent {
            Agent::Here(agent) => (agent.find(key), agent.certificates(key)),
            Agent::NotAsked | Agent::Absent => (None, Vec::new()),
        };
        if held.is_some() {
            let keys = &self.credentials.keys;
            let (beside, notes) = keys.certificates(path, &self.target.certificates).await;
            self.notes.extend(notes);
            for certificate in certificates.into_iter().chain(beside) {
                let comment = path.display().to_string();
                let fits = certificate.public_key() == key.key_data();
                let identity = AgentIdentity::Certificate {
                    certificate,
                    comment,
                };
                if fits && self.offer_held(identity).await? {
                    return Ok(true);
                }
            }
        }
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
            Agent::Here(agent) => agent.identities.clone(),
            Agent::NotAsked | Agent::Absent => Vec::new(),
        };
        for identity in identities {
            if self.no_more_keys() {
                break;
            }
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
        let Some(path) = self.credentials.agent_for(self.target) else {
            return;
        };
        match Holding::connect(&path, self.handle.agent_session_binding()).await {
            Ok(held) => {
                if held.identities.is_empty() {
                    let note = format!("the agent at {} holds no keys", path.display());
                    self.notes.push(note);
                }
                self.agent = Agent::Here(Box::new(held));
            }
            Err(why) => self.notes.push(why),
        }
    }

    /// Whether a key was accepted already and the server now wants something else.
    fn no_more_keys(&self) -> bool {
        let takes = |methods: &MethodSet| methods.contains(&MethodKind::PublicKey);
        self.partial && !self.methods.as_ref().is_some_and(takes)
    }

    /// A user certificate with its key. RSA ones are left to agents: the library signs them with SHA-1 only.
    async fn offer_certificate(
        &mut self,
        key: &Arc<PrivateKey>,
        certificate: Certificate,
        from: &str,
    ) -> Result<bool, Failure> {
        let public = key.public_key().clone();
        let label = format!(
            "certificate {} of {} ({from})",
            certificate.serial(),
            fingerprint(&public)
        );
        if public.algorithm().is_rsa() {
            self.notes.push(format!(
                "{label} was not tried: certificates of RSA keys are used through an agent only"
            ));
            return Ok(false);
        }
        self.check_tries()?;
        let tried = self
            .handle
            .authenticate_openssh_cert(self.user, Arc::clone(key), certificate)
            .await;
        match tried {
            Ok(result) => self.heard(result, None, label),
            Err(error) => Err(self.lost().caused_by(&error)),
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
            Ok(result) => self.heard(result, Some(public), label),
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
        let bare = certificate.is_none().then(|| public.clone());
        match &bare {
            Some(key) if self.is_done(key)? => return Ok(false),
            Some(_) => {}
            None => self.check_tries()?,
        }
        let Ok(hash) = self.hash(&public, &label).await? else {
            return Ok(false);
        };
        let Agent::Here(agent) = &mut self.agent else {
            return Ok(false);
        };
        let signer = &mut agent.client;
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
            Ok(result) => self.heard(result, bare, label),
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
        let same = |refused: &Option<PublicKey>| {
            (refused.as_ref()).is_some_and(|refused| refused.key_data() == key.key_data())
        };
        if self.refused.iter().any(|(refused, _)| same(refused)) {
            return Ok(true);
        }
        self.check_tries()?;
        Ok(false)
    }

    /// An error where nothing further may be offered.
    fn check_tries(&self) -> Result<(), Failure> {
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
        Ok(())
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
        key: Option<PublicKey>,
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
            } => {
                self.partial = true;
                self.methods = Some(remaining_methods);
                // It needs no second offer.
                self.refused.push((key, label));
                Ok(false)
            }
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

    pub(super) fn lost(&self) -> Failure {
        trouble::lost(Stage::Authentication, &self.whom, self.state.farewell())
    }
}
