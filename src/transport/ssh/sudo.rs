//! Root by a password: asked for at most once a run, and written to sudo when it asks and to nobody else.
//!
//! sudo is told what to print when it waits (`-p`) and to read from its standard input (`-S`); the password is written
//! only after that text has come, and everything else only after a line that root's command prints. So a password never
//! reaches a shell, and nothing else is ever taken for a password.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Mutex, oneshot, watch};

use super::engine::SshConnection;
use super::exec::Prompts;
use crate::domain::failure::{Failure, Stage};
use crate::domain::host::HostHeader;
use crate::domain::question::{Answer, Prompt, Question, Secret, SecretKind, Wanted};
use crate::transport::ask::Desk;
use crate::transport::command::ROOT;
use crate::transport::net::Deadline;
use crate::transport::{Ended, Process, RemoteCommand};

/// Times a person is asked for one host.
const TIMES: usize = 2;

/// The word for all hosts that ask.
const ALL: &str = "all";

/// Longest line that is looked at while root's is waited for.
const LONGEST: usize = 256;

/// What sudo made of a password.
pub(super) enum Fed {
    /// It let us; the rest of the output is the command's.
    Root(Process),
    /// It asked again.
    Wrong,
    /// It ended, with or without having asked.
    Ended(Ended),
}

/// Whether sudo makes root of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    Root,
    /// The password is not this one.
    Wrong,
    /// Not by any password, or not without one.
    Refused,
}

impl Fed {
    pub(super) fn tried(&self) -> Tried {
        match self {
            Self::Root(_) => Tried::Root,
            Self::Wrong => Tried::Wrong,
            Self::Ended(_) => Tried::Refused,
        }
    }
}

impl From<Fed> for Process {
    /// A command that sudo did not let us run is one that ended at once.
    fn from(fed: Fed) -> Self {
        let ended = match fed {
            Fed::Root(process) => return process,
            Fed::Wrong => Ended {
                status: Some(1),
                stderr: "sudo: the password was refused".to_owned(),
            },
            Fed::Ended(ended) => ended,
        };
        let (tell, told) = oneshot::channel();
        if tell.send(ended).is_err() {
            // The receiver is right here.
        }
        Self {
            stream: Box::new(tokio::io::join(tokio::io::empty(), tokio::io::sink())),
            ended: told,
        }
    }
}

/// Gives `password` to the sudo behind `process` when it asks; `asked` counts how often it did.
pub(super) async fn feed(
    mut process: Process,
    mut asked: watch::Receiver<u32>,
    password: &Secret,
) -> Fed {
    let mut line = Vec::new();
    let mut given = false;
    let mut listening = true;
    loop {
        tokio::select! {
            byte = process.stream.read_u8() => match byte {
                Ok(b'\n') if line == ROOT.as_bytes() => return Fed::Root(process),
                // Start-up files of login shells print things too.
                Ok(b'\n') => line.clear(),
                Ok(byte) if line.len() < LONGEST => line.push(byte),
                Ok(_) => {}
                Err(_end) => {
                    drop(process.stream);
                    return Fed::Ended(process.ended.await.unwrap_or_default());
                }
            },
            changed = asked.changed(), if listening => {
                listening = changed.is_ok();
                let times = *asked.borrow_and_update();
                if times > 1 {
                    // Its input ends with the stream, and so does it.
                    return Fed::Wrong;
                }
                if times == 1 && !given {
                    given = true;
                    let writing = async {
                        process.stream.write_all(password.expose().as_bytes()).await?;
                        process.stream.write_all(b"\n").await?;
                        process.stream.flush().await
                    };
                    if writing.await.is_err() {
                        // It is over; what it said last comes with the end of its output.
                    }
                }
            }
        }
    }
}

impl SshConnection {
    /// Whether sudo makes root of us: with `password`, or without any.
    pub(super) async fn try_sudo(&self, password: Option<&Secret>) -> Result<Tried, Failure> {
        let trying = async {
            let opened = self.session.open_session().await?;
            let Some(password) = password else {
                let command = RemoteCommand::Sudo { asked: false };
                let process = self.start_bare(opened, command, None).await?;
                let ended = process.ended.await.unwrap_or_default();
                return Ok(match ended.status {
                    Some(0) => Tried::Root,
                    _ => Tried::Refused,
                });
            };
            let (prompts, asked) = Prompts::new();
            let command = RemoteCommand::Sudo { asked: true };
            let process = self.start_bare(opened, command, Some(prompts)).await?;
            Ok(feed(process, asked, password).await.tried())
        };
        let what = format!("sudo on {}", self.session.whom());
        Deadline::after(self.patience)
            .hold(Stage::Channel, &what, trying)
            .await
    }
}

/// Passwords of this run, in memory that is wiped.
#[derive(Default)]
pub(super) struct Passwords {
    known: Mutex<Vec<Known>>,
    declined: AtomicBool,
}

/// A password, and where the person wants it used.
#[derive(Clone)]
struct Known {
    user: String,
    scope: Scope,
    password: Secret,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    Host(String),
    Group(String),
    All,
}

impl Known {
    fn is_for(&self, host: &HostHeader, user: &str) -> bool {
        self.user == user
            && match &self.scope {
                Scope::Host(name) => *name == host.name,
                Scope::Group(name) => host.groups.contains(name),
                Scope::All => true,
            }
    }
}

impl Passwords {
    /// The password that sudo on `connection` wants of `user`; nothing where it wants none, or the person does not say.
    pub(super) async fn of(
        &self,
        connection: &SshConnection,
        host: &HostHeader,
        user: &str,
        desk: &Desk,
    ) -> Result<Option<Secret>, Failure> {
        let declined = || self.declined.load(Ordering::Relaxed);
        if !desk.is_attended() || declined() || connection.try_sudo(None).await? == Tried::Root {
            return Ok(None);
        }
        // A password that was refused here once is not tried again: hosts count, and lock accounts.
        let mut refused = None;
        if let Some(known) = self.latest(host, user).await {
            match connection.try_sudo(Some(&known)).await? {
                Tried::Root => return Ok(Some(known)),
                Tried::Refused => return Ok(None),
                Tried::Wrong => refused = Some(known),
            }
        }
        // One question at a time: its answer may be meant for those who wait.
        let mut all = self.known.lock().await;
        let latest = all.iter().rev().find(|known| known.is_for(host, user));
        let fresh = latest.filter(|known| refused.as_ref() != Some(&known.password));
        if let Some(fresh) = fresh.map(|known| known.password.clone()) {
            drop(all);
            return Ok(match connection.try_sudo(Some(&fresh)).await? {
                Tried::Root => Some(fresh),
                Tried::Wrong | Tried::Refused => None,
            });
        }
        let mut complaint =
            refused.map(|_| "The password that you gave for others is refused here.");
        for _ in 0..TIMES {
            if declined() {
                break;
            }
            let answer = desk.ask(question(host, user, complaint)).await;
            let Ok(Answer::Secrets(secrets)) = answer else {
                self.declined.store(true, Ordering::Relaxed);
                break;
            };
            let mut secrets = secrets.into_iter();
            let Some(password) = secrets.next().filter(|password| password.count() > 0) else {
                self.declined.store(true, Ordering::Relaxed);
                break;
            };
            let Some(scope) = scope(secrets.next().as_ref(), host) else {
                complaint = Some("That is no group of this host; please type both again.");
                continue;
            };
            match connection.try_sudo(Some(&password)).await? {
                Tried::Root => {
                    all.push(Known {
                        user: user.to_owned(),
                        scope,
                        password: password.clone(),
                    });
                    return Ok(Some(password));
                }
                Tried::Wrong => complaint = Some("That was not it."),
                Tried::Refused => break,
            }
        }
        Ok(None)
    }

    async fn latest(&self, host: &HostHeader, user: &str) -> Option<Secret> {
        let known = self.known.lock().await;
        let latest = known.iter().rev().find(|known| known.is_for(host, user));
        latest.map(|known| known.password.clone())
    }
}

fn question(host: &HostHeader, user: &str, complaint: Option<&str>) -> Question {
    let mut words: Vec<&str> = host.groups.iter().map(String::as_str).collect();
    words.push(ALL);
    let mut lines: Vec<String> = complaint.map(str::to_owned).into_iter().collect();
    lines.push(format!(
        "Give the password to other hosts too: {}. Nothing: {} alone.",
        words.join(", "),
        host.name
    ));
    Question::Secret(Wanted {
        kind: SecretKind::Sudo,
        subject: format!("{user} at {}", host.name),
        lines,
        prompts: vec![
            Prompt {
                label: "Password".to_owned(),
                echo: false,
            },
            Prompt {
                label: "Also for".to_owned(),
                echo: true,
            },
        ],
    })
}

/// Whom the person means; nothing where the word means nobody.
fn scope(word: Option<&Secret>, host: &HostHeader) -> Option<Scope> {
    match word.map_or("", Secret::expose).trim() {
        "" => Some(Scope::Host(host.name.clone())),
        ALL => Some(Scope::All),
        group => {
            let known = host.groups.iter().any(|name| name == group);
            known.then(|| Scope::Group(group.to_owned()))
        }
    }
}
