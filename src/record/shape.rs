//! The shapes of saved sweeps as they are read; members that are not known are passed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Recording, Unreadable, control_id, headers, setting};
use crate::controls;
use crate::domain::context::FleetFacts;
use crate::domain::event::{Asked, EngineLine, FleetEvent, HostReport, HostState, Requests};
use crate::domain::failure::Failure;
use crate::domain::gap::Gap;
use crate::domain::host::{HostHeader, Mode, Transport};
use crate::domain::outcome::{ControlResult, Outcome, Subject};
use crate::domain::policy::PolicyValue;
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;
use crate::domain::waiver::WaiverNote;
use crate::report::scope::{self, Parameters, Scope};

/// A line of a record or of NDJSON.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Line {
    Record(Start),
    Host(Box<HostDoc>),
    Fleet(FleetDoc),
    Summary(End),
    #[serde(other)]
    Other,
}

/// The first line of a record.
#[derive(Debug, Deserialize)]
pub(super) struct Start {
    id: String,
    tool: ToolDoc,
    started: Timestamp,
    scope: ScopeDoc,
    hosts: Vec<HostHeader>,
}

/// The last line of a record or of NDJSON.
#[derive(Debug, Deserialize)]
pub(super) struct End {
    pub(super) schema: String,
    tool: ToolDoc,
    started: Timestamp,
    finished: Timestamp,
    scope: ScopeDoc,
    #[serde(default)]
    cancelled: bool,
}

/// The JSON of a sweep.
#[derive(Debug, Deserialize)]
pub(super) struct SweepDoc {
    schema: String,
    tool: ToolDoc,
    started: Timestamp,
    finished: Timestamp,
    scope: ScopeDoc,
    #[serde(default)]
    cancelled: bool,
    hosts: Vec<HostDoc>,
    fleet: FleetDoc,
}

impl SweepDoc {
    pub(super) fn recording(self) -> Result<Recording, Unreadable> {
        let end = End {
            schema: self.schema,
            tool: self.tool,
            started: self.started,
            finished: self.finished,
            scope: self.scope,
            cancelled: self.cancelled,
        };
        gathered(None, self.hosts, self.fleet.results, Some(end))
    }
}

#[derive(Debug, Deserialize)]
struct ToolDoc {
    catalogue: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct FleetDoc {
    pub(super) results: Vec<RowDoc>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ScopeDoc {
    inventory: Option<String>,
    policy: Option<String>,
    program: Option<String>,
    script: Option<String>,
    limit: Option<String>,
    excluded_controls: Vec<String>,
    severity_overrides: BTreeMap<String, Severity>,
    parameters: BTreeMap<String, PolicyValue>,
    parameters_by_host: BTreeMap<String, Vec<scope::Setting>>,
    waivers: usize,
}

impl ScopeDoc {
    fn scope(self) -> Scope {
        Scope {
            inventory: hex(self.inventory),
            policy: hex(self.policy),
            program: hex(self.program),
            script: hex(self.script),
            limit: self.limit,
            excluded_controls: self.excluded_controls,
            severity_overrides: self.severity_overrides,
            parameters: Parameters {
                everywhere: self.parameters,
                by_host: self.parameters_by_host,
            },
            waivers: self.waivers,
        }
    }
}

/// A hash without the name of its algorithm.
fn hex(hash: Option<String>) -> String {
    let hash = hash.unwrap_or_default();
    hash.strip_prefix("sha256:")
        .map(ToOwned::to_owned)
        .unwrap_or(hash)
}

#[derive(Debug, Deserialize)]
pub(super) struct HostDoc {
    index: Option<usize>,
    name: String,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    mode: Mode,
    profile: String,
    identity: IdentityDoc,
    endpoint: String,
    transport: Transport,
    #[serde(default)]
    jumps: Vec<String>,
    state: HostState,
    error: Option<Failure>,
    engine: Option<EngineLine>,
    os: Option<OsDoc>,
    read: Timestamp,
    duration_ms: u64,
    #[serde(default)]
    requests: Requests,
    #[serde(default)]
    asked: Vec<Asked>,
    compared: Option<FleetFacts>,
    results: Vec<RowDoc>,
}

#[derive(Debug, Deserialize)]
struct IdentityDoc {
    machine_id: Option<String>,
    key: Option<String>,
}

#[derive(Debug, Deserialize)]
struct OsDoc {
    name: Option<String>,
    kernel: Option<String>,
}

impl HostDoc {
    fn report(self) -> Result<HostReport, Unreadable> {
        let results = rows(self.results)?;
        let weight =
            |id: &str| controls::by_id(id).map_or(Severity::Info, |control| control.severity);
        let (os, kernel) = self.os.map_or((None, None), |os| (os.name, os.kernel));
        Ok(HostReport {
            posture: Posture::of(&results, weight),
            header: HostHeader {
                name: self.name,
                groups: self.groups,
                labels: self.labels,
                mode: self.mode,
                profile: self.profile,
                endpoint: self.endpoint,
                transport: self.transport,
                jumps: self.jumps,
            },
            state: self.state,
            error: self.error,
            machine_id: self.identity.machine_id,
            key: self.identity.key,
            engine: self.engine,
            os,
            kernel,
            read_at: self.read.as_millisecond(),
            duration_ms: self.duration_ms,
            requests: self.requests,
            asked: self.asked,
            results,
            compared: self.compared.map(Arc::new),
            evidence: None,
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RowDoc {
    id: String,
    control: String,
    subject: Subject,
    outcome: Outcome,
    severity: Severity,
    observed: String,
    expected: String,
    gap: Option<Gap>,
    waiver: Option<WaiverNote>,
    caused_by: Option<String>,
    #[serde(default = "yes")]
    scored: bool,
}

fn yes() -> bool {
    true
}

fn rows(docs: Vec<RowDoc>) -> Result<Vec<ControlResult>, Unreadable> {
    docs.into_iter()
        .map(|row| {
            Ok(ControlResult {
                id: row.id,
                control: control_id(&row.control)?,
                subject: row.subject,
                outcome: row.outcome,
                severity: row.severity,
                observed: row.observed,
                expected: row.expected,
                gap: row.gap,
                waiver: row.waiver,
                caused_by: row.caused_by.as_deref().map(control_id).transpose()?,
                scored: row.scored,
            })
        })
        .collect()
}

/// The parts of a saved sweep put together as events.
pub(super) fn gathered(
    start: Option<Start>,
    hosts: Vec<HostDoc>,
    fleet: Vec<RowDoc>,
    end: Option<End>,
) -> Result<Recording, Unreadable> {
    let places: Vec<Option<usize>> = hosts.iter().map(|host| host.index).collect();
    let reports = hosts
        .into_iter()
        .map(|host| host.report().map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    let cut = end.is_none();
    let finish = end
        .as_ref()
        .map(|end| (end.finished.as_millisecond(), end.cancelled));
    let (id, tool, started, scope, headers) = match (start, end) {
        (Some(start), _) => (
            Some(start.id),
            start.tool,
            start.started,
            start.scope,
            start.hosts,
        ),
        (None, Some(end)) => (None, end.tool, end.started, end.scope, headers(&reports)),
        (None, None) => {
            let said = "neither its first nor its last line says what it is";
            return Err(Unreadable::Shape(said.to_owned()));
        }
    };
    let total = headers.len();
    let mut events = vec![FleetEvent::Started {
        at: started.as_millisecond(),
        hosts: Arc::new(headers),
    }];
    for (position, (report, place)) in reports.into_iter().zip(places).enumerate() {
        let host = place.unwrap_or(position);
        if host >= total {
            return Err(Unreadable::Shape(
                "a host has no place in its list".to_owned(),
            ));
        }
        events.push(FleetEvent::Finished { host, report });
    }
    if let Some((at, cancelled)) = finish {
        events.push(FleetEvent::Ended {
            at,
            fleet: Arc::new(rows(fleet)?),
            cancelled,
        });
    }
    Ok(Recording {
        id,
        setting: setting(scope.scope()),
        catalogue: tool.catalogue,
        events,
        cut,
    })
}
