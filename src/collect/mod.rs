//! From an open link to evidence: what the engine answered and what the probe found, redacted and typed.
//!
//! Start with [`host()`]. [`decode`] is pure and shared with recordings and case files.

pub mod answers;
pub mod decode;
mod engine;
mod leads;
mod probe;
mod sources;
mod unreached;
mod withheld;

use std::collections::BTreeMap;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::engine::EngineHalf;
use self::probe::ProbeHalf;
use crate::access::ledger::Ledger;
use crate::access::link::{Link, ReadOnly};
use crate::domain::event::{Asked, AskedKind, Requests};
use crate::domain::evidence::HostEvidence;
use crate::domain::evidence::engine::Engine;
use crate::domain::evidence::host::HostFacts;
use crate::domain::evidence::sockets;
use crate::domain::failure::{Failure, Stage};
use crate::domain::gap::{Gap, GapClass};
use crate::domain::host::Transport;
use crate::inventory::spec::Sudo;
use crate::probe::Needs;
use crate::redact::Redactor;
use crate::transport::RemoteCommand;

/// What is to be collected, and within which bounds.
pub struct Order<'a> {
    /// How the host is reached.
    pub transport: Transport,
    /// What the probe is to look at.
    pub needs: &'a Needs,
    /// Hides what may be secret.
    pub redactor: &'a Redactor,
    /// Whether and how root is used.
    pub sudo: Sudo,
    /// Whether the host may only be read, in which mode no password is asked for.
    pub read_only: bool,
    /// When everything has to be done.
    pub deadline: Instant,
    /// Pulled when nobody waits any more.
    pub cancel: &'a CancellationToken,
    /// Tells the time, milliseconds since 1970-01-01 UTC.
    pub clock: &'a (dyn Fn() -> i64 + Send + Sync),
    /// Told of stages, of objects read and of objects known.
    pub progress: &'a (dyn Fn(Stage, u32, u32) + Send + Sync),
}

/// What came of one host.
#[derive(Debug)]
pub struct Collected {
    /// The evidence; what is missing is a gap in its place.
    pub evidence: HostEvidence,
    /// What it cost.
    pub requests: Requests,
    /// Every command and request, equal ones counted.
    pub asked: Vec<Asked>,
    /// Every request to the engine.
    pub ledger: Ledger,
    /// Why the engine told nothing, if so.
    pub engine_failure: Option<Failure>,
    /// Why the probe told nothing or not everything, if so.
    pub probe_failure: Option<Failure>,
}

/// Reads one host: probe and engine at the same time. Never fails as a whole: what came is kept, and the rest is a
/// gap with its reason.
pub async fn host(link: &Link<ReadOnly>, order: &Order<'_>) -> Collected {
    let collected_at = (order.clock)();
    (order.progress)(Stage::Probe, 0, 0);
    let mut probe = ProbeHalf::new();
    let mut engine = EngineHalf::new();
    let stopped = {
        // The probe's command goes first: once a command runs, an SSH server no longer holds small packets back.
        // The engine's answers name paths on the host, which the probe's second round looks at.
        let (named, leads) = oneshot::channel();
        let both = async {
            tokio::join!(
                probe.run(link, order, leads),
                engine.run(link, order, named)
            );
            // The host itself may have told of a socket that nobody could have guessed. What that engine names comes too
            // late for the probe.
            if engine.was_not_reached()
                && let Some(facts) = probe.facts()
                && link.suggest(sockets::open(facts))
            {
                engine.run(link, order, oneshot::channel().0).await;
            }
        };
        tokio::select! {
            () = both => None,
            () = order.cancel.cancelled() => {
                Some(Gap::new(GapClass::Cancelled, "stopped by the operator"))
            }
            () = sleep_until(order.deadline) => {
                Some(Gap::timeout("not read before the host's time was over"))
            }
        }
    };
    let heard = std::mem::take(&mut probe.heard);
    let (mut facts, probe_failure) = probe.finish(stopped.as_ref());
    engine.explain(|failure| unreached::explained(failure, &facts, &link.sockets()));
    let withheld = match order.sudo {
        Sudo::Never => Some("the inventory says sudo = \"never\""),
        Sudo::Ask if order.read_only => Some("no password is asked for where a host is only read"),
        Sudo::Ask | Sudo::Auto => None,
    };
    if let Some(why) = withheld {
        facts = withheld::laid_to(why, facts);
    }
    let finished = engine.finish(order, stopped.as_ref());
    let engine = decode::engine(&finished.answers, order.redactor);
    if order.transport == Transport::Local
        && let Some(gap) = elsewhere(link.peer_pid(), &facts, &engine)
    {
        facts = HostFacts::missing(&gap);
    }
    let commands = link.commands();
    let requests = Requests {
        engine: finished.ledger.count(),
        exec: u32::try_from(commands.len()).unwrap_or(u32::MAX),
        waves: finished.ledger.waves(),
        channels: link.opened(),
    };
    let mut sources = finished.sources;
    sources::hash(&mut sources, &engine);
    sources.extend(sources::of_probe(&heard, &facts, (order.clock)()));
    Collected {
        evidence: HostEvidence {
            collected_at,
            transport: order.transport,
            sources,
            engine,
            host: facts,
        },
        requests,
        asked: asked(&commands, &finished.ledger),
        ledger: finished.ledger,
        engine_failure: finished.failure,
        probe_failure,
    }
}

/// Commands, then requests, each with its count.
fn asked(commands: &[RemoteCommand], ledger: &Ledger) -> Vec<Asked> {
    let mut started: BTreeMap<&str, u32> = BTreeMap::new();
    for command in commands {
        *started.entry(command.words()).or_default() += 1;
    }
    let commands = started.into_iter().map(|(words, count)| Asked {
        kind: AskedKind::Command,
        what: words.to_owned(),
        count,
    });
    let requests = ledger.counted().into_iter().map(|(what, count)| Asked {
        kind: AskedKind::Request,
        what,
        count,
    });
    commands.chain(requests).collect()
}

/// Why what the probe tells of this machine may not be judged together with an engine behind a local socket: a socket
/// can lead elsewhere, through a forward or into a virtual machine.
fn elsewhere(peer: Option<u32>, facts: &HostFacts, engine: &Engine) -> Option<Gap> {
    let found = match &facts.found {
        Ok(found) => found,
        Err(gap) => return Some(gap.clone()),
    };
    let same_kernel = || match (&facts.kernel, &engine.info) {
        (Ok(ours), Ok(info)) => *ours == info.kernel,
        _ => false,
    };
    let same_root = || {
        engine
            .info
            .as_ref()
            .is_ok_and(|info| info.root_dir == found.data_root)
    };
    let here = match (peer.map(i64::from), &found.daemon) {
        (Some(peer), Some(daemon)) if peer == daemon.pid => true,
        // systemd opened the socket and handed it over.
        (Some(1), Some(_)) => same_kernel() && same_root(),
        _ => false,
    };
    (!here).then(|| {
        Gap::transport(format!(
            "the engine behind this socket was not shown to be this machine's own (the socket belongs to process {})",
            peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_string())
        ))
    })
}
