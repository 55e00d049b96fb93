//! Secrets of a person: passphrases before anything is connected, passwords and prompts during the login.
//!
//! Asked for, never read from a file or a flag; kept in memory that is wiped, and no longer than they are needed.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use russh::client::{AuthResult, KeyboardInteractiveAuthResponse as Reply};
use russh::keys::PublicKey;
use russh::{MethodKind, MethodSet};

use super::agent::Holding;
use super::auth::{Attempt, Credentials, USUAL_FILES};
use super::keys::{KeyFile, Unlocking};
use crate::domain::failure::Failure;
use crate::domain::question::{Answer, Prompt, Question, Secret, SecretKind, Wanted};
use crate::domain::text::clean;
use crate::inventory::spec::{AgentUse, SshTarget};

/// Times a passphrase is asked for.
const PASSPHRASES: usize = 3;

/// Times a password is asked for: servers count refused ones and lock accounts.
const PASSWORDS: usize = 2;

/// Rounds of prompts that a server may ask in one login, and prompts in one round.
const ROUNDS: usize = 8;

impl Credentials {
    /// Unlocks the keys that `target` needs and no agent holds, before anything is connected: servers do not wait.
    pub(super) async fn prepare(&self, target: &SshTarget) {
        if !self.desk.is_attended() {
            return;
        }
        let agent = self.agent_for(target);
        for path in self.files_for(target) {
            let Ok(KeyFile::Locked(public)) = self.keys.load(&path).await else {
                continue;
            };
            // Keys that nobody named are asked about only where there is no agent to try first.
            let held = match &agent {
                Some(agent) => match Holding::connect(agent, None).await {
                    Ok(held) if target.identity_files.is_empty() => !held.identities.is_empty(),
                    Ok(held) => public.as_ref().is_some_and(|key| holds(&held, key)),
                    Err(_) => false,
                },
                None => false,
            };
            if !held {
                self.unlock(&path).await;
            }
        }
    }

    /// The socket of the agent that `target` is to use.
    pub(super) fn agent_for(&self, target: &SshTarget) -> Option<PathBuf> {
        match &target.agent {
            AgentUse::Environment => self.agent.clone(),
            AgentUse::None => None,
            AgentUse::Socket(path) => Some(path.clone()),
        }
    }

    /// The key files of `target`: those that are named, else the usual ones.
    pub(super) fn files_for(&self, target: &SshTarget) -> Vec<PathBuf> {
        if !target.identity_files.is_empty() {
            return target.identity_files.clone();
        }
        let folder = self.home.iter().map(|home| home.join(".ssh"));
        folder
            .flat_map(|folder| USUAL_FILES.map(|name| folder.join(name)))
            .collect()
    }

    /// Asks for the passphrase of `path` until it fits, once for all hosts that use the key.
    async fn unlock(&self, path: &Path) {
        let _one = self.keys.asking.lock().await;
        for time in 0..PASSPHRASES {
            if !self.keys.wants_passphrase(path) {
                return;
            }
            let question = Question::Secret(Wanted {
                kind: SecretKind::Passphrase,
                subject: path.display().to_string(),
                lines: match time {
                    0 => vec!["The key is encrypted, and no agent holds it.".to_owned()],
                    _ => vec!["That was not it.".to_owned()],
                },
                prompts: vec![unseen("Passphrase")],
            });
            let Some(secret) = self.secrets(question).await.and_then(first) else {
                break;
            };
            match self.keys.unlock(path, secret).await {
                Unlocking::Open => return,
                Unlocking::Wrong => {}
                Unlocking::Gone => break,
            }
        }
        self.keys.decline(path);
    }

    async fn secrets(&self, question: Question) -> Option<Vec<Secret>> {
        match self.desk.ask(question).await {
            Ok(Answer::Secrets(secrets)) => Some(secrets),
            Ok(Answer::Yes) | Err(_) => None,
        }
    }
}

fn holds(agent: &Holding, key: &PublicKey) -> bool {
    agent.find(key).is_some()
}

fn first(secrets: Vec<Secret>) -> Option<Secret> {
    secrets.into_iter().next()
}

fn unseen(label: &str) -> Prompt {
    Prompt {
        label: label.to_owned(),
        echo: false,
    }
}

impl Attempt<'_> {
    /// What a person may type: the server's own prompts, else a password. One who declined is left alone.
    pub(super) async fn by_person(&mut self) -> Result<bool, Failure> {
        let credentials = self.credentials;
        if !credentials.desk.is_attended() || credentials.declined.load(Ordering::Relaxed) {
            return Ok(false);
        }
        for time in 0..PASSWORDS {
            let takes = |method| {
                self.methods
                    .as_ref()
                    .is_some_and(|methods: &MethodSet| methods.contains(&method))
            };
            let answered = if takes(MethodKind::KeyboardInteractive) {
                self.by_prompts(time > 0).await?
            } else if takes(MethodKind::Password) {
                self.by_password(time > 0).await?
            } else {
                return Ok(false);
            };
            match answered {
                Some(true) => return Ok(true),
                Some(false) => self.notes.push("what you typed was refused".to_owned()),
                None => {
                    credentials.declined.store(true, Ordering::Relaxed);
                    self.notes
                        .push("you were asked and gave no answer".to_owned());
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    /// Nothing where the person declined.
    async fn by_password(&mut self, again: bool) -> Result<Option<bool>, Failure> {
        let question = Question::Secret(Wanted {
            kind: SecretKind::Password,
            subject: self.subject(),
            lines: refused_before(again),
            prompts: vec![unseen("Password")],
        });
        let Some(secret) = self.credentials.secrets(question).await.and_then(first) else {
            return Ok(None);
        };
        let tried = self
            .handle
            .authenticate_password(self.user, secret.expose())
            .await;
        match tried {
            Ok(AuthResult::Success) => Ok(Some(true)),
            Ok(AuthResult::Failure { .. }) if self.handle.is_closed() => Err(self.lost()),
            Ok(AuthResult::Failure {
                remaining_methods, ..
            }) => {
                self.methods = Some(remaining_methods);
                Ok(Some(false))
            }
            Err(error) => Err(self.lost().caused_by(&error)),
        }
    }

    /// The same for prompts. A last round without any is answered with nothing.
    async fn by_prompts(&mut self, again: bool) -> Result<Option<bool>, Failure> {
        let mut reply = self
            .handle
            .authenticate_keyboard_interactive_start(self.user, None)
            .await;
        for _ in 0..ROUNDS {
            let (name, instructions, prompts) = match reply {
                Ok(Reply::Success) => return Ok(Some(true)),
                Ok(Reply::Failure { .. }) if self.handle.is_closed() => return Err(self.lost()),
                Ok(Reply::Failure {
                    remaining_methods, ..
                }) => {
                    self.methods = Some(remaining_methods);
                    return Ok(Some(false));
                }
                Ok(Reply::InfoRequest {
                    name,
                    instructions,
                    prompts,
                }) => (name, instructions, prompts),
                Err(error) => return Err(self.lost().caused_by(&error)),
            };
            let responses = if prompts.is_empty() {
                Vec::new()
            } else if prompts.len() > ROUNDS {
                return Ok(Some(false));
            } else {
                let mut lines = refused_before(again);
                lines.extend(
                    [name, instructions]
                        .iter()
                        .map(|text| clean(text.trim()))
                        .filter(|text| !text.is_empty()),
                );
                let question = Question::Secret(Wanted {
                    kind: SecretKind::Interactive,
                    subject: self.subject(),
                    lines,
                    prompts: prompts
                        .iter()
                        .map(|prompt| Prompt {
                            label: clean(&prompt.prompt),
                            echo: prompt.echo,
                        })
                        .collect(),
                });
                match self.credentials.secrets(question).await {
                    Some(secrets) => secrets
                        .iter()
                        .map(|secret| secret.expose().to_owned())
                        .collect(),
                    None => return Ok(None),
                }
            };
            reply = self
                .handle
                .authenticate_keyboard_interactive_respond(responses)
                .await;
        }
        Ok(Some(false))
    }

    fn subject(&self) -> String {
        format!("{} at {}", self.user, self.whom)
    }
}

fn refused_before(again: bool) -> Vec<String> {
    let line = again.then(|| "What you typed before was refused.".to_owned());
    line.into_iter().collect()
}
