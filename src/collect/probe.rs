//! The probe's half of a host: starting its shell, carrying bytes to and fro, and what is said where that fails.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::Order;
use crate::access::link::{Link, ReadOnly};
use crate::domain::evidence::host::HostFacts;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::gap::{Gap, GapClass};
use crate::inventory::spec::Sudo;
use crate::probe::{Conversation, Heard, Leads, Needs, Step};
use crate::transport::{Ended, Process};

/// How long the script may be silent: slow disks and name services included.
const IDLE: Duration = Duration::from_secs(30);
/// How long a command that may be no probe at all may take to begin.
const BEGINNING: Duration = Duration::from_secs(5);
/// How long the end of a command that said nothing is waited for.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long the engine's answers are waited for between the rounds.
const LEADS: Duration = Duration::from_secs(15);
/// Bytes read at once.
const READ: usize = 32 << 10;

/// The state of the talk with the probe; kept outside the work, so that what came survives when the work is stopped.
pub(super) struct ProbeHalf {
    talk: Option<Conversation>,
    facts: Option<Box<HostFacts>>,
    failure: Option<Failure>,
    gap: Option<Gap>,
    pub(super) heard: Vec<Heard>,
}

/// How the probe is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By root's shell.
    Root,
    /// By the shell of the account that logged in.
    Account,
    /// By a forced command that knows no other.
    Installed,
}

/// How one attempt went.
enum Attempt {
    Told(Box<HostFacts>),
    /// The command ended before the script began: this shell or sudo is not for us.
    Refused(Ended),
    Broke(Gap),
    Lost(Failure),
    NoShell,
}

impl ProbeHalf {
    pub(super) fn new() -> Self {
        Self {
            talk: None,
            facts: None,
            failure: None,
            gap: None,
            heard: Vec::new(),
        }
    }

    /// Runs the probe: as root where that works without a password and is allowed, else as who we are.
    pub(super) async fn run(
        &mut self,
        link: &Link<ReadOnly>,
        order: &Order<'_>,
        mut leads: oneshot::Receiver<Leads>,
    ) {
        let mut refused = Vec::new();
        for way in [Way::Root, Way::Account, Way::Installed] {
            if way == Way::Root && order.sudo == Sudo::Never {
                continue;
            }
            match self.attempt(link, order, way, &mut leads).await {
                Attempt::Told(facts) => self.facts = Some(facts),
                Attempt::Refused(ended) => {
                    // What ended well is something else than a shell, and no other word makes it one.
                    let last =
                        way == Way::Installed || (way == Way::Account && ended.status == Some(0));
                    refused.push((way, ended));
                    if !last {
                        continue;
                    }
                    self.failure = Some(no_shell(&refused));
                }
                Attempt::Broke(gap) => self.gap = Some(gap),
                Attempt::Lost(failure) => self.failure = Some(failure),
                Attempt::NoShell if !refused.is_empty() => {
                    self.failure = Some(no_shell(&refused));
                }
                Attempt::NoShell => {
                    self.gap = Some(Gap::transport("host files need SSH"));
                }
            }
            return;
        }
    }

    /// What the probe told, if it told everything.
    pub(super) fn facts(&self) -> Option<&HostFacts> {
        self.facts.as_deref()
    }

    async fn attempt(
        &mut self,
        link: &Link<ReadOnly>,
        order: &Order<'_>,
        way: Way,
        leads: &mut oneshot::Receiver<Leads>,
    ) -> Attempt {
        let started = match way {
            Way::Root => link.probe(true).await,
            Way::Account => link.probe(false).await,
            Way::Installed => link.installed_probe().await,
        };
        let process = match started {
            None => return Attempt::NoShell,
            Some(Err(failure)) => return Attempt::Lost(failure),
            Some(Ok(process)) => process,
        };
        let needs = Needs {
            // They say why an SSH server may have opened no channel to them.
            sockets: link.sockets(),
            ..order.needs.clone()
        };
        let begin = match way {
            Way::Root | Way::Account => Conversation::new,
            Way::Installed => Conversation::installed,
        };
        let talk = self.talk.insert(begin(needs, order.redactor.clone()));
        let patience = match way {
            Way::Root | Way::Account => IDLE,
            Way::Installed => BEGINNING,
        };
        let attempt = carry(talk, process, order.deadline, patience, leads).await;
        self.heard = talk.heard().to_vec();
        attempt
    }

    /// The facts, or as much of them as came before the work was stopped for `stopped`.
    pub(super) fn finish(self, stopped: Option<&Gap>) -> (HostFacts, Option<Failure>) {
        if let Some(facts) = self.facts {
            return (*facts, None);
        }
        if let Some(failure) = self.failure {
            return (HostFacts::missing(&probe_gap(&failure)), Some(failure));
        }
        let gap = match (self.gap, stopped) {
            (Some(gap), _) => gap,
            (None, Some(gap)) => gap.clone(),
            (None, None) => Gap::protocol("the probe did not run"),
        };
        let failure = (gap.class != GapClass::Transport).then(|| broke(&gap));
        let facts = match self.talk {
            Some(talk) if gap.class != GapClass::Transport => talk.give_up(&gap),
            _ => HostFacts::missing(&gap),
        };
        (facts, failure)
    }
}

/// Carries bytes between the script and the conversation until one of them is done.
async fn carry(
    talk: &mut Conversation,
    process: Process,
    deadline: Instant,
    patience: Duration,
    leads: &mut oneshot::Receiver<Leads>,
) -> Attempt {
    let Process { stream, ended } = process;
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut outgoing = talk.initial_input();
    let mut sent = 0;
    let mut buffer = vec![0; READ];
    let mut idle = Instant::now() + patience;
    loop {
        let unsent = outgoing.get(sent..).unwrap_or_default();
        let arrived = tokio::select! {
            // A broken connection ends the script as surely as its own end.
            read = reader.read(&mut buffer) => read.unwrap_or_default(),
            written = writer.write(unsent), if !unsent.is_empty() => {
                match written {
                    Ok(count) => sent += count,
                    // Nobody reads any more; what the command said last is still to come.
                    Err(_closed) => sent = outgoing.len(),
                }
                if sent == outgoing.len() && writer.flush().await.is_err() {
                    // As above.
                }
                continue;
            }
            () = sleep_until(idle.min(deadline)) => {
                if patience < IDLE && !talk.has_begun() && idle < deadline {
                    return Attempt::Refused(Ended::default());
                }
                let limit = if deadline < idle { "before the host's time was over".to_owned() } else {
                    format!("for {} s", IDLE.as_secs())
                };
                return Attempt::Broke(Gap::timeout(format!("the probe told nothing more {limit}")));
            }
        };
        idle = Instant::now() + IDLE;
        if arrived == 0 {
            if talk.has_begun() {
                return Attempt::Broke(Gap::protocol(
                    "the probe ended before it had told everything",
                ));
            }
            let last = tokio::time::timeout(LAST_WORDS, ended).await;
            return Attempt::Refused(last.ok().and_then(Result::ok).unwrap_or_default());
        }
        match talk.feed(buffer.get(..arrived).unwrap_or_default()) {
            Step::More => {}
            Step::Ask => {
                // An engine that is slow or silent names nothing, and the host's own files are read all the same.
                let named = tokio::time::timeout(LEADS, &mut *leads).await;
                outgoing = talk.ask(named.ok().and_then(Result::ok).unwrap_or_default());
                sent = 0;
                idle = Instant::now() + IDLE;
            }
            Step::Done(facts) => return Attempt::Told(facts),
            Step::Failed(gap) => return Attempt::Broke(gap),
        }
    }
}

/// The gap that a probe's failure leaves.
fn probe_gap(failure: &Failure) -> Gap {
    crate::access::engine::failure_gap(failure)
}

fn broke(gap: &Gap) -> Failure {
    let class = match gap.class {
        GapClass::Timeout => FailureClass::Timeout,
        GapClass::Cancelled => FailureClass::Cancelled,
        _ => FailureClass::Protocol,
    };
    Failure::new(
        class,
        Stage::Probe,
        &gap.message,
        "run the script by hand to see where it stops: plimsoll probe | ssh HOST sh -s",
    )
}

/// Neither root's shell nor our own ran the script, and no forced command did.
fn no_shell(refused: &[(Way, Ended)]) -> Failure {
    let of = |wanted: Way| {
        refused
            .iter()
            .find(|(way, _)| *way == wanted)
            .map(|(_, ended)| ended)
    };
    let status = of(Way::Account).and_then(|ended| ended.status).map_or_else(
        || "no status".to_owned(),
        |status| format!("status {status}"),
    );
    let mut failure = Failure::new(
        FailureClass::Protocol,
        Stage::Probe,
        format!("the host's shell did not run the probe and ended with {status}"),
        "the account needs a POSIX shell for commands, or a forced command that runs the probe at the word probe",
    );
    for (way, name) in [
        (Way::Account, "sh"),
        (Way::Root, "sudo"),
        (Way::Installed, "probe"),
    ] {
        if let Some(ended) = of(way).filter(|ended| !ended.stderr.is_empty()) {
            failure.causes.push(format!("{name}: {}", ended.stderr));
        }
    }
    failure
}
