//! Reading one host for a repair: connect, collect, judge. Each reading is a connection of its own, which proves that
//! the host can still be reached.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::access::link::{Link, ReadOnly};
use crate::assess::{Assessor, HostInput};
use crate::collect;
use crate::domain::evidence::HostEvidence;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::host::Mode;
use crate::domain::outcome::ControlResult;
use crate::domain::past::Memory;
use crate::inventory::spec::HostSpec;
use crate::probe::Needs;
use crate::redact::Redactor;
use crate::transport::Dial;

/// A clock: milliseconds since 1970-01-01 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What is needed to read hosts and judge them.
pub struct Reader {
    /// Opens connections.
    pub dialer: Arc<dyn Dial>,
    /// What the probe has to look for.
    pub needs: Needs,
    /// Judges what was read.
    pub assessor: Arc<Assessor>,
    /// Hides what may be secret.
    pub redactor: Redactor,
    /// What earlier sweeps and people said.
    pub memory: Memory,
    /// Tells the time.
    pub clock: Clock,
}

/// A host as it was read just now.
pub struct Reading {
    /// What was read.
    pub evidence: HostEvidence,
    /// Every outcome.
    pub rows: Vec<ControlResult>,
}

impl Reader {
    /// Connects to a host and reads nothing.
    pub async fn reach(&self, spec: &HostSpec) -> Result<Link<ReadOnly>, Failure> {
        let deadline = Instant::now() + spec.host_timeout;
        let dialled = timeout_at(deadline, self.dialer.dial(spec, &|_stage| {})).await;
        let connection = dialled.map_err(|_elapsed| {
            Failure::new(
                FailureClass::Timeout,
                Stage::Name,
                format!("not reached within {} s", spec.host_timeout.as_secs()),
                "raise host_timeout in the inventory, or look why the host is slow",
            )
        })??;
        Ok(Link::read_only(Arc::from(connection)))
    }

    /// Reads a host; the connection stays open.
    pub async fn read(
        &self,
        spec: &HostSpec,
        cancel: &CancellationToken,
    ) -> Result<(Link<ReadOnly>, Reading), Failure> {
        let deadline = Instant::now() + spec.host_timeout;
        let link = self.reach(spec).await?;
        let order = collect::Order {
            transport: spec.header.transport,
            needs: &self.needs,
            redactor: &self.redactor,
            sudo: spec.sudo,
            read_only: spec.header.mode == Mode::Audit,
            deadline,
            cancel,
            clock: &*self.clock,
            progress: &|_stage, _done, _total| {},
        };
        let collected = collect::host(&link, &order).await;
        if let Some(failure) = collected.engine_failure.or(collected.probe_failure) {
            link.close().await;
            return Err(failure);
        }
        let evidence = collected.evidence;
        let rows = self.assessor.host(&self.input(spec, &evidence));
        Ok((link, Reading { evidence, rows }))
    }

    /// A host as rules and plans see it.
    pub fn input<'a>(&'a self, spec: &'a HostSpec, evidence: &'a HostEvidence) -> HostInput<'a> {
        HostInput {
            header: &spec.header,
            evidence,
            policy: &spec.policy,
            insecure_endpoint: spec.tls.is_none(),
            past: self.memory.past_of(&spec.header.name),
            attestations: self.memory.stated_of(&spec.header.name),
            now: (self.clock)(),
        }
    }
}
