//! What is known of the fleet, folded from the stream of events.
//!
//! Of each host the columns and the rows that are not passes are kept; passes are counts. Knows no screen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::control::{Area, Control};
use crate::domain::event::{EngineLine, FleetEvent, HostIndex, HostReport, HostState, Requests};
use crate::domain::failure::{Failure, Stage};
use crate::domain::filter::{Candidate, RowFacts};
use crate::domain::host::HostHeader;
use crate::domain::outcome::{ControlResult, Outcome, SubjectKind};
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;

use super::change::Change;
use super::held::{Held, Shared, images};

/// Looks a control up in the catalogue.
pub type Lookup = fn(&str) -> Option<&'static Control>;

/// The fleet as known so far.
#[derive(Debug, Default)]
pub struct Fleet {
    /// Hosts in the order of the inventory.
    pub hosts: Vec<Host>,
    /// The sweep that runs or ran last.
    pub run: Option<Run>,
    /// Rows of controls that compare hosts.
    pub rows: Arc<Vec<ControlResult>>,
    /// Texts that hosts have in common.
    texts: Shared,
    /// Host of each index of the running sweep's events.
    members: Vec<HostIndex>,
}

/// One sweep's progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When it began, milliseconds since 1970-01-01 UTC.
    pub started: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// Hosts that take part.
    pub total: usize,
    /// Hosts that are finished.
    pub done: usize,
    /// Whether it was stopped.
    pub cancelled: bool,
    /// Milliseconds that finished hosts took.
    durations: Vec<u64>,
}

/// What is being done with a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    Idle,
    /// Waits for its turn.
    Queued,
    /// Is at a stage, with objects read and known.
    At(Stage, u32, u32),
}

/// One host.
#[derive(Debug)]
pub struct Host {
    /// As declared.
    pub header: HostHeader,
    /// What is being done with it.
    pub work: Work,
    /// The newest result that came from the host itself.
    pub result: Option<Summary>,
    /// What is different since it was read before; nothing where it was read once.
    pub change: Change,
    /// Why the newest attempt failed; an older result may still be there, and is stale then.
    pub failure: Option<Failure>,
}

/// What is kept of a host's report.
#[derive(Debug)]
pub struct Summary {
    /// Assessed or partial.
    pub state: HostState,
    /// What made it partial.
    pub error: Option<Failure>,
    /// The engine.
    pub engine: Option<EngineLine>,
    /// Name of the operating system.
    pub os: Option<String>,
    /// Fingerprint of the host's key or certificate.
    pub key: Option<String>,
    /// When it was read.
    pub read_at: i64,
    /// How long that took.
    pub duration_ms: u64,
    /// What it cost.
    pub requests: Requests,
    /// Counts, score and coverage.
    pub posture: Posture,
    /// Images held, where the engine listed them.
    pub images: Vec<Held>,
    /// Containers seen; `None` where the engine did not tell.
    pub containers: Option<usize>,
    /// Rows that are neither passes nor out of scope, in the report's order.
    pub rows: Vec<Row>,
}

/// A row with what filters look at.
#[derive(Debug, Clone)]
pub struct Row {
    /// The row.
    pub result: ControlResult,
    /// Its control's area.
    pub area: Option<Area>,
    /// What free text is searched in, in lower case.
    pub text: String,
}

impl Row {
    /// Makes a row ready to be searched.
    pub fn new(result: &ControlResult, lookup: Lookup) -> Self {
        let control = lookup(result.control);
        let title = control.map_or("", |control| control.title);
        let name = &result.subject.name;
        Self {
            result: result.clone(),
            area: area(result.control, control),
            text: format!("{} {name} {title}", result.control).to_lowercase(),
        }
    }

    /// What a filter sees.
    pub fn facts(&self) -> RowFacts<'_> {
        RowFacts {
            control: self.result.control,
            area: self.area,
            severity: self.result.severity,
            container: (self.result.subject.kind == SubjectKind::Container)
                .then_some(self.result.subject.name.as_str()),
            text: &self.text,
        }
    }
}

/// The area of a control; for one that the catalogue lacks, what its id says.
fn area(id: &str, control: Option<&Control>) -> Option<Area> {
    control.map(|control| control.area).or_else(|| {
        Area::ALL
            .into_iter()
            .find(|area| id.starts_with(area.prefix()))
    })
}

impl Summary {
    fn new(report: &HostReport, lookup: Lookup, texts: &mut Shared) -> Self {
        Self {
            images: images(report, texts),
            state: report.state,
            error: report.error.clone(),
            engine: report.engine.clone(),
            os: report.os.clone(),
            key: report.key.clone(),
            read_at: report.read_at,
            duration_ms: report.duration_ms,
            requests: report.requests,
            posture: report.posture.clone(),
            containers: containers(report),
            rows: report
                .results
                .iter()
                .filter(|row| !matches!(row.outcome, Outcome::Pass | Outcome::NotApplicable))
                .map(|row| Row::new(row, lookup))
                .collect(),
        }
    }

    /// Rows whose answer is missing.
    pub fn unknown(&self) -> u32 {
        self.posture.rows(Outcome::NotChecked) + self.posture.rows(Outcome::Blocked)
    }

    /// Whether nothing is wrong and nothing is unknown.
    pub fn is_clean(&self) -> bool {
        self.state == HostState::Assessed
            && self.posture.worst().is_none_or(|s| s == Severity::Info)
            && self.unknown() == 0
    }

    /// The findings that count, worst first.
    pub fn findings(&self) -> Vec<&Row> {
        let mut found: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row.result.is_finding())
            .collect();
        found.sort_by_key(|row| row.result.severity);
        found
    }
}

fn containers(report: &HostReport) -> Option<usize> {
    if let Some(evidence) = &report.evidence {
        return evidence.engine.containers.as_ref().map(Vec::len).ok();
    }
    let names: BTreeSet<_> = report
        .results
        .iter()
        .filter(|row| row.subject.kind == SubjectKind::Container)
        .map(|row| (&row.subject.id, &row.subject.name))
        .collect();
    (!names.is_empty()).then_some(names.len())
}

impl Host {
    fn new(header: &HostHeader) -> Self {
        Self {
            header: header.clone(),
            work: Work::Idle,
            result: None,
            change: Change::default(),
            failure: None,
        }
    }

    /// Whether something is being done or waits to be done.
    pub fn is_busy(&self) -> bool {
        self.work != Work::Idle
    }

    /// Whether what is shown comes from an earlier attempt.
    pub fn is_stale(&self) -> bool {
        self.result.is_some() && (self.is_busy() || self.failure.is_some())
    }

    /// Whether the host could not be assessed at all.
    pub fn is_failed(&self) -> bool {
        !self.is_busy() && self.failure.is_some()
    }

    /// The failure to show: of the last attempt, or what made the host partial.
    pub fn error(&self) -> Option<&Failure> {
        self.failure
            .as_ref()
            .or_else(|| self.result.as_ref()?.error.as_ref())
    }

    /// The worst severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.result.as_ref()?.posture.worst()
    }

    /// The words that `state:` compares with.
    pub fn state_words(&self) -> Vec<&'static str> {
        let mut words = Vec::new();
        if self.is_busy() {
            words.push("running");
        }
        if self.is_stale() {
            words.push("stale");
        }
        if self.failure.is_some() {
            words.push("failed");
        } else if let Some(result) = &self.result {
            words.push(result.state.word());
            if result.is_clean() {
                words.push("clean");
            }
        }
        words
    }

    /// Hands what filters see of this host to `then`.
    pub fn candidate<T>(&self, then: impl FnOnce(&Candidate<'_>) -> T) -> T {
        let states = self.state_words();
        then(&Candidate {
            host: &self.header.name,
            groups: &self.header.groups,
            states: &states,
            error: self.error().map(|failure| failure.class.word()),
            via: self.header.transport.word(),
        })
    }
}

impl Run {
    /// Milliseconds until the end, from the median of finished hosts; `None` while too few are finished.
    pub fn remaining_ms(&self, in_flight: usize) -> Option<u64> {
        let mut durations = self.durations.clone();
        durations.sort_unstable();
        let median = *durations.get(durations.len() / 2)?;
        let left = u64::try_from(self.total.saturating_sub(self.done)).ok()?;
        let lanes = u64::try_from(in_flight.max(1)).ok()?;
        (self.done >= 3).then(|| median * left.div_ceil(lanes))
    }
}

impl Fleet {
    /// Takes an event in.
    pub fn fold(&mut self, event: &FleetEvent, lookup: Lookup) {
        match event {
            FleetEvent::Started { at, hosts } => self.start(*at, hosts),
            FleetEvent::Entered {
                host,
                stage,
                done,
                total,
            } => {
                if let Some(host) = self.member(*host) {
                    host.work = Work::At(*stage, *done, *total);
                }
            }
            FleetEvent::Finished { host, report } => self.finish(*host, report, lookup),
            FleetEvent::Ended {
                at,
                fleet,
                cancelled,
            } => {
                if let Some(run) = &mut self.run {
                    run.ended = Some(*at);
                    run.cancelled = *cancelled;
                }
                for host in &mut self.hosts {
                    host.work = Work::Idle;
                }
                self.rows = Arc::clone(fleet);
            }
        }
    }

    /// A sweep of hosts that are all known reads those again; any other list is the fleet from now on, and hosts
    /// that were known keep what is known of them.
    fn start(&mut self, at: i64, headers: &[HostHeader]) {
        let place: BTreeMap<String, HostIndex> = self
            .hosts
            .iter()
            .enumerate()
            .map(|(index, host)| (host.header.name.clone(), index))
            .collect();
        let known: Option<Vec<HostIndex>> = headers
            .iter()
            .map(|header| place.get(&header.name).copied())
            .collect();
        self.members = if let Some(members) = known {
            members
        } else {
            let mut before: BTreeMap<String, Host> = self
                .hosts
                .drain(..)
                .map(|host| (host.header.name.clone(), host))
                .collect();
            self.hosts = headers
                .iter()
                .map(|header| {
                    let mut host = before
                        .remove(&header.name)
                        .unwrap_or_else(|| Host::new(header));
                    host.header = header.clone();
                    host
                })
                .collect();
            (0..headers.len()).collect()
        };
        for index in &self.members {
            if let Some(host) = self.hosts.get_mut(*index) {
                host.work = Work::Queued;
            }
        }
        self.run = Some(Run {
            started: at,
            ended: None,
            total: headers.len(),
            done: 0,
            cancelled: false,
            durations: Vec::new(),
        });
    }

    fn member(&mut self, index: HostIndex) -> Option<&mut Host> {
        let index = *self.members.get(index)?;
        self.hosts.get_mut(index)
    }

    fn finish(&mut self, index: HostIndex, report: &HostReport, lookup: Lookup) {
        let result = (report.state != HostState::Failed)
            .then(|| Summary::new(report, lookup, &mut self.texts));
        let Some(host) = self.member(index) else {
            return;
        };
        host.work = Work::Idle;
        if let Some(result) = result {
            host.failure = None;
            host.change = host
                .result
                .as_ref()
                .map_or_else(Change::default, |before| Change::between(before, &result));
            host.result = Some(result);
        } else {
            host.failure.clone_from(&report.error);
        }
        if let Some(run) = &mut self.run {
            run.done += 1;
            if report.state != HostState::Failed {
                run.durations.push(report.duration_ms);
            }
        }
    }

    /// The host of an event's index, as a position in [`Fleet::hosts`].
    pub fn position(&self, index: HostIndex) -> Option<HostIndex> {
        self.members.get(index).copied()
    }

    /// Whether a sweep runs.
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.ended.is_none())
    }
}
