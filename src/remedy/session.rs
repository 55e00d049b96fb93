//! A running apply script: operations in, answers out, one at a time.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::script::SCRIPT;
use super::wire::{self, Reply, Status};
use crate::access::link::{Link, ReadWrite};
use crate::domain::text::clean;
use crate::transport::{ByteStream, Ended, Process};

/// Longest time for one operation: slow disks included.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long the end of a script that says nothing more is waited for.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Seconds after which the lock of a run that hangs is nobody's.
const LOCK_SECONDS: u32 = 900;
/// Bytes read at once.
const READ: usize = 32 << 10;

/// Why a session cannot be used, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Trouble {
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

impl Trouble {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// The script on one host, running as root.
pub struct Session {
    stream: ByteStream,
    held: Vec<u8>,
    ended: Option<oneshot::Receiver<Ended>>,
}

impl Session {
    /// Starts the script as root: as who we are, else with `sudo -n` where that is allowed.
    pub async fn open(link: &Link<ReadWrite>, may_sudo: bool) -> Result<Self, Trouble> {
        let (session, uid) = Self::start(link, false).await?;
        if uid == 0 {
            return Ok(session);
        }
        session.close().await;
        if !may_sudo {
            return Err(Trouble::new(
                format!(
                    "changes need root, this account is user {uid}, and the inventory says sudo = \"never\""
                ),
                "log in as root, or allow sudo for this host",
            ));
        }
        match Self::start(link, true).await? {
            (session, 0) => Ok(session),
            (_, uid) => Err(Trouble::new(
                format!("sudo gives a shell of user {uid}, and changes need root"),
                "look at the sudo rules of the host",
            )),
        }
    }

    /// Starts the script over `link`, with `sudo -n` where `sudo`; tells as which user it runs.
    async fn start(link: &Link<ReadWrite>, sudo: bool) -> Result<(Self, u32), Trouble> {
        let Process { stream, ended } = match link.apply(sudo).await {
            None => {
                return Err(Trouble::new(
                    "this way to the host has no shell",
                    "files are changed over SSH",
                ));
            }
            Some(Err(failure)) => return Err(Trouble::new(failure.message, failure.hint)),
            Some(Ok(process)) => process,
        };
        let mut session = Self {
            stream,
            held: Vec::new(),
            ended: Some(ended),
        };
        session.write(SCRIPT.as_bytes()).await?;
        let uid = loop {
            let told = wire::opening(&mut session.held)
                .map_err(|odd| Trouble::new(odd.to_string(), NO_SHELL))?;
            match told {
                Some(uid) => break uid,
                None => session.more().await?,
            }
        };
        Ok((session, uid))
    }

    /// Says who works on the host; the error says who does so already.
    pub async fn lock(&mut self, who: &str) -> Result<(), Trouble> {
        let line = format!("lock {} {LOCK_SECONDS}", wire::word(who.as_bytes()));
        let reply = self.ask(&line).await?;
        match reply.status {
            Status::Done => Ok(()),
            Status::Held => Err(Trouble::new(
                format!("{} works on this host", reply.said),
                "wait until it is done; the lock is /run/plimsoll.lock on the host",
            )),
            _ => Err(Trouble::new(
                format!("the host cannot be locked: {}", reply.said),
                "look at /run/plimsoll.lock on the host",
            )),
        }
    }

    /// Writes one line into the host's own log, where it has one.
    pub async fn note(&mut self, text: &str) -> Result<(), Trouble> {
        let line = format!("note {}", wire::word(text.as_bytes()));
        self.ask(&line).await.map(|_said| ())
    }

    /// Has one operation done. An error means that nobody knows whether it was.
    pub async fn ask(&mut self, line: &str) -> Result<Reply, Trouble> {
        self.write(line.as_bytes()).await?;
        self.write(b"\n").await?;
        loop {
            let told =
                wire::reply(&mut self.held).map_err(|odd| Trouble::new(odd.to_string(), LOST))?;
            match told {
                Some(reply) => return Ok(reply),
                None => self.more().await?,
            }
        }
    }

    /// Ends the script, which gives the lock back.
    pub async fn close(mut self) {
        if self.write(b"end\n").await.is_err() {
            // It has ended already.
            return;
        }
        while !self.held.ends_with(b"bye\n") {
            if self.more().await.is_err() {
                return;
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let writing = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(PATIENCE, writing).await {
            Ok(Ok(())) => Ok(()),
            // What the shell said before it went away is worth more than that it did.
            Ok(Err(_)) => self.drain().await,
            Err(_elapsed) => Err(late()),
        }
    }

    /// Reads on after the other side stopped reading, until it says no more.
    async fn drain(&mut self) -> Result<(), Trouble> {
        loop {
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), Trouble> {
        let mut buffer = vec![0; READ];
        match timeout(PATIENCE, self.stream.read(&mut buffer)).await {
            Ok(Ok(0)) => Err(self.last_words("").await),
            Ok(Err(error)) => Err(self.last_words(&error.to_string()).await),
            Ok(Ok(count)) => {
                self.held
                    .extend_from_slice(buffer.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(_elapsed) => Err(late()),
        }
    }

    async fn last_words(&mut self, error: &str) -> Trouble {
        let ended = match self.ended.take() {
            Some(ended) => timeout(LAST_WORDS, ended).await.ok().and_then(Result::ok),
            None => None,
        };
        let ended = ended.unwrap_or_default();
        let status = ended
            .status
            .map(|status| format!(" with status {status}"))
            .unwrap_or_default();
        let words: Vec<String> = [error.to_owned(), ended.stderr]
            .into_iter()
            .filter(|word| !word.trim().is_empty())
            .map(|word| clean(word.trim()))
            .collect();
        let why = if words.is_empty() {
            String::new()
        } else {
            format!(": {}", words.join("; "))
        };
        Trouble::new(format!("the apply script's shell ended{status}{why}"), LOST)
    }
}

const LOST: &str = "plimsoll journal says how far it came";
const NO_SHELL: &str = "the account needs a POSIX shell for commands, as root or through sudo -n";

fn late() -> Trouble {
    Trouble::new(
        format!("the host did not answer for {} s", PATIENCE.as_secs()),
        LOST,
    )
}
