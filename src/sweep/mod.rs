//! Many hosts at once: bounded, with deadlines, cancellable, told as one stream of events.
//!
//! [`Sweep`] owns what all hosts share; [`Sweep::run`] is the only place that starts host tasks. One bad host is a
//! row, never the end of a sweep.

mod host_task;
pub mod judge;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::assess::Assessor;
use crate::domain::context::FleetFacts;
use crate::domain::event::{FleetEvent, HostIndex, HostReport};
use crate::domain::host::HostHeader;
use crate::domain::past::Memory;
use crate::inventory::spec::HostSpec;
use crate::probe::Needs;
use crate::redact::Redactor;
use crate::transport::Dial;
use crate::transport::ask::Desk;

/// Hosts read at once where nobody says otherwise.
pub const JOBS: usize = 64;

/// A clock: milliseconds since 1970-01-01 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What all hosts of a sweep share.
pub struct Sweep {
    /// Every host that may be read; events carry positions in this list.
    pub hosts: Arc<Vec<HostSpec>>,
    /// Opens connections.
    pub dialer: Arc<dyn Dial>,
    /// Where hosts ask what only a person knows; such time is no host's.
    pub desk: Arc<Desk>,
    /// What the probe has to look for, derived from the catalogue.
    pub needs: Needs,
    /// Judges what was read.
    pub assessor: Arc<Assessor>,
    /// What earlier sweeps and people told of the hosts.
    pub memory: Memory,
    /// Hides what may be secret.
    pub redactor: Redactor,
    /// Tells the time.
    pub clock: Clock,
    /// Hosts read at once.
    pub jobs: usize,
    /// Whether reports carry the evidence (the dashboard shows it, a report does not).
    pub keep_evidence: bool,
}

/// What is kept of each host for the controls that compare hosts.
pub type Compared = BTreeMap<HostIndex, FleetFacts>;

/// The report of a host and what is kept of it for comparison.
type HostOutcome = (HostReport, Option<FleetFacts>);

impl Sweep {
    /// The hosts as every audience sees them.
    pub fn headers(&self) -> Vec<HostHeader> {
        self.hosts.iter().map(|host| host.header.clone()).collect()
    }

    /// Reads and judges the hosts at `selection`, telling `events`; ends when all are done, `cancel` is pulled, or
    /// nobody listens any more. `compared` keeps what fleet-wide controls need, over several runs.
    pub async fn run(
        self: &Arc<Self>,
        selection: &[HostIndex],
        compared: &mut Compared,
        events: mpsc::Sender<FleetEvent>,
        cancel: CancellationToken,
    ) {
        let slots = Arc::new(Semaphore::new(self.jobs.max(1)));
        let mut tasks = JoinSet::new();
        for &index in selection {
            let task =
                Arc::clone(self).one(index, Arc::clone(&slots), events.clone(), cancel.clone());
            tasks.spawn(async move { (index, task.await) });
        }
        while let Some(ended) = tasks.join_next().await {
            // A panic in a host's task is told by the panic hook; that host stays unread.
            let Ok((host, Some((report, facts)))) = ended else {
                continue;
            };
            match facts {
                Some(facts) => compared.insert(host, facts),
                None => compared.remove(&host),
            };
            let report = Arc::new(report);
            if events
                .send(FleetEvent::Finished { host, report })
                .await
                .is_err()
            {
                cancel.cancel();
            }
        }
        let hosts: Vec<FleetFacts> = compared.values().cloned().collect();
        let ended = FleetEvent::Ended {
            at: (self.clock)(),
            fleet: Arc::new(self.assessor.fleet(&hosts, (self.clock)())),
            cancelled: cancel.is_cancelled(),
        };
        // An error means that nobody listens any more: then there is nobody to tell.
        let _gone = events.send(ended).await;
    }

    /// One host, when its turn comes.
    async fn one(
        self: Arc<Self>,
        index: HostIndex,
        slots: Arc<Semaphore>,
        events: mpsc::Sender<FleetEvent>,
        cancel: CancellationToken,
    ) -> Option<HostOutcome> {
        let spec = self.hosts.get(index)?;
        let slot = tokio::select! {
            slot = slots.acquire_owned() => slot.ok(),
            () = cancel.cancelled() => None,
        };
        if slot.is_none() || cancel.is_cancelled() {
            return Some((host_task::never_started(&self, spec), None));
        }
        Some(host_task::read(&self, spec, index, &events, &cancel).await)
    }
}
