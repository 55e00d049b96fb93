//! One host from the first packet to its report.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::judge::{self, Reading};
use super::{HostOutcome, Sweep};
use crate::access::link::Link;
use crate::assess::HostInput;
use crate::collect::{self, Collected};
use crate::domain::event::{FleetEvent, HostIndex, HostReport};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::host::Mode;
use crate::inventory::spec::HostSpec;

/// Reads and judges one host; never fails, because a failure is its report.
pub(super) async fn read(
    sweep: &Arc<Sweep>,
    spec: &HostSpec,
    index: HostIndex,
    events: &mpsc::Sender<FleetEvent>,
    cancel: &CancellationToken,
) -> HostOutcome {
    let began = Instant::now();
    let read_at = (sweep.clock)();
    let stages = Stages::new(index, events.clone());
    let (mut report, facts) = match reach(sweep, spec, &stages, cancel).await {
        Ok((collected, key)) => {
            stages.enter(Stage::Judge);
            judged(sweep, spec, collected, key)
        }
        Err(reading) => (judge::unread(&spec.header, *reading), None),
    };
    report.read_at = read_at;
    report.duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    (report, facts)
}

/// The report of a host whose turn never came.
pub(super) fn never_started(sweep: &Sweep, spec: &HostSpec) -> HostReport {
    let mut report = judge::unread(&spec.header, nothing(stopped(Stage::Name)));
    report.read_at = (sweep.clock)();
    report
}

/// Connects and collects, within the host's deadline.
async fn reach(
    sweep: &Sweep,
    spec: &HostSpec,
    stages: &Stages,
    cancel: &CancellationToken,
) -> Result<(Collected, Option<String>), Box<Reading>> {
    let entered = |stage| stages.enter(stage);
    let dialling = sweep.dialer.dial(spec, &entered);
    let dialled = tokio::select! {
        dialled = sweep.desk.within(spec.host_timeout, dialling) => dialled,
        () = cancel.cancelled() => return Err(Box::new(nothing(stopped(stages.last())))),
    };
    let Some((connection, left)) = dialled else {
        return Err(Box::new(nothing(late(spec, stages.last()))));
    };
    let connection = connection.map_err(|failure| Box::new(nothing(failure)))?;
    let deadline = Instant::now() + left;
    let key = connection.peer_key();
    let link = Link::read_only(Arc::from(connection));
    let order = collect::Order {
        transport: spec.header.transport,
        needs: &sweep.needs,
        redactor: &sweep.redactor,
        sudo: spec.sudo,
        read_only: spec.header.mode == Mode::Audit,
        deadline,
        cancel,
        clock: &*sweep.clock,
        progress: &|stage, done, total| stages.progress(stage, done, total),
    };
    let collected = collect::host(&link, &order).await;
    link.close().await;
    if cancel.is_cancelled() && collected.evidence.engine.info.is_err() {
        return Err(Box::new(in_vain(stopped(stages.last()), collected, key)));
    }
    match &collected.engine_failure {
        // Nothing at all came back: the host is not partial but unread.
        Some(failure) if collected.evidence.host.found.is_err() => {
            Err(Box::new(in_vain(failure.clone(), collected, key)))
        }
        _ => Ok((collected, key)),
    }
}

/// Judges what was read.
fn judged(
    sweep: &Sweep,
    spec: &HostSpec,
    collected: Collected,
    key: Option<String>,
) -> HostOutcome {
    let evidence = Arc::new(collected.evidence);
    let input = HostInput {
        header: &spec.header,
        evidence: &evidence,
        policy: &spec.policy,
        insecure_endpoint: spec.tls.is_none(),
        past: sweep.memory.past_of(&spec.header.name),
        attestations: sweep.memory.stated_of(&spec.header.name),
        now: (sweep.clock)(),
    };
    let reading = Reading {
        error: collected.engine_failure.or(collected.probe_failure),
        key,
        requests: collected.requests,
        asked: collected.asked,
        ..Reading::default()
    };
    let (mut report, facts) = judge::judged(&sweep.assessor, &input, reading);
    report.compared = Some(Arc::new(facts.clone()));
    report.evidence = sweep.keep_evidence.then(|| Arc::clone(&evidence));
    (report, Some(facts))
}

/// A host that was asked nothing.
fn nothing(failure: Failure) -> Reading {
    Reading {
        error: Some(failure),
        ..Reading::default()
    }
}

/// A host that was asked and told nothing.
fn in_vain(failure: Failure, collected: Collected, key: Option<String>) -> Reading {
    Reading {
        key,
        requests: collected.requests,
        asked: collected.asked,
        ..nothing(failure)
    }
}

fn stopped(stage: Stage) -> Failure {
    Failure::new(
        FailureClass::Cancelled,
        stage,
        "stopped before it was read",
        "read it again",
    )
}

fn late(spec: &HostSpec, stage: Stage) -> Failure {
    Failure::new(
        FailureClass::Timeout,
        stage,
        format!("not finished within {} s", spec.host_timeout.as_secs()),
        "raise host_timeout in the inventory, or look why the host is slow",
    )
}

/// Tells the audience how far a host is, and remembers it for failures that come from outside.
struct Stages {
    host: HostIndex,
    events: mpsc::Sender<FleetEvent>,
    last: AtomicU8,
}

const STAGES: [Stage; 11] = [
    Stage::Name,
    Stage::Tcp,
    Stage::Tls,
    Stage::Kex,
    Stage::Hostkey,
    Stage::Authentication,
    Stage::Channel,
    Stage::Probe,
    Stage::Engine,
    Stage::Collect,
    Stage::Judge,
];

impl Stages {
    fn new(host: HostIndex, events: mpsc::Sender<FleetEvent>) -> Self {
        Self {
            host,
            events,
            last: AtomicU8::new(0),
        }
    }

    fn enter(&self, stage: Stage) {
        self.progress(stage, 0, 0);
    }

    fn progress(&self, stage: Stage, done: u32, total: u32) {
        let at = STAGES.iter().position(|known| *known == stage);
        self.last.store(
            at.and_then(|at| u8::try_from(at).ok()).unwrap_or_default(),
            Ordering::Relaxed,
        );
        // Progress is worth showing only while it is fresh: a full queue drops it rather than slow the host down.
        let _full = self.events.try_send(FleetEvent::Entered {
            host: self.host,
            stage,
            done,
            total,
        });
    }

    fn last(&self) -> Stage {
        let at = usize::from(self.last.load(Ordering::Relaxed));
        STAGES.get(at).copied().unwrap_or(Stage::Name)
    }
}
