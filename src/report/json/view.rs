//! The shapes of `plimsoll.sweep/1`, borrowed from events. Members and their meaning are fixed by the contract.

use std::collections::BTreeMap;

use serde::Serialize;

use super::safe::Clean;
use crate::domain::context::FleetFacts;
use crate::domain::event::{Asked, AskedKind, EngineLine, HostIndex, HostReport, HostState};
use crate::domain::failure::Failure;
use crate::domain::gap::Gap;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::policy::PolicyValue;
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;
use crate::domain::waiver::WaiverNote;
use crate::report::Setting;
use crate::report::catalogue;
use crate::report::scope::{self, Scope};
use crate::report::summary::Summary;

#[derive(Debug, Serialize)]
pub(super) struct ToolView<'a> {
    name: &'static str,
    version: &'a str,
    catalogue: String,
}

impl<'a> ToolView<'a> {
    pub(super) fn of(setting: &'a Setting) -> Self {
        Self {
            name: "plimsoll",
            version: setting.version,
            catalogue: setting.catalogue.digest(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ScopeView<'a> {
    inventory: Option<String>,
    policy: Option<String>,
    program: Option<String>,
    script: Option<String>,
    limit: Option<Clean<'a>>,
    excluded_controls: &'a [String],
    severity_overrides: &'a BTreeMap<String, Severity>,
    parameters: &'a BTreeMap<String, PolicyValue>,
    parameters_by_host: &'a BTreeMap<String, Vec<scope::Setting>>,
    waivers: usize,
}

impl<'a> ScopeView<'a> {
    pub(super) fn of(scope: &'a Scope) -> Self {
        Self {
            inventory: scope::hash(&scope.inventory),
            policy: scope::hash(&scope.policy),
            program: scope::hash(&scope.program),
            script: scope::hash(&scope.script),
            limit: scope.limit.as_deref().map(Clean),
            excluded_controls: &scope.excluded_controls,
            severity_overrides: &scope.severity_overrides,
            parameters: &scope.parameters.everywhere,
            parameters_by_host: &scope.parameters.by_host,
            waivers: scope.waivers,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct SummaryView {
    hosts: HostCounts,
    outcomes: BTreeMap<&'static str, u32>,
    findings: Findings,
    score: Option<u8>,
    coverage: Option<f64>,
}

#[derive(Debug, Serialize)]
struct HostCounts {
    total: u32,
    assessed: u32,
    partial: u32,
    failed: u32,
}

/// Worst first, which a map would not keep.
#[derive(Debug, Serialize)]
struct Findings {
    critical: u32,
    high: u32,
    medium: u32,
    low: u32,
    info: u32,
}

impl Findings {
    fn of(posture: &Posture) -> Self {
        Self {
            critical: posture.count(Severity::Critical),
            high: posture.count(Severity::High),
            medium: posture.count(Severity::Medium),
            low: posture.count(Severity::Low),
            info: posture.count(Severity::Info),
        }
    }
}

impl SummaryView {
    pub(super) fn of(summary: &Summary) -> Self {
        let hosts = summary.hosts;
        Self {
            hosts: HostCounts {
                total: hosts.total,
                assessed: hosts.assessed,
                partial: hosts.partial,
                failed: hosts.failed,
            },
            outcomes: (Outcome::ALL.iter())
                .map(|outcome| (outcome.word(), summary.posture.rows(*outcome)))
                .collect(),
            findings: Findings::of(&summary.posture),
            score: summary.posture.score,
            coverage: coverage(&summary.posture),
        }
    }
}

/// Coverage with four places, rounded down so that anything less than all stays less than 1.
fn coverage(posture: &Posture) -> Option<f64> {
    let parts = (u64::from(posture.answered) * 10_000).checked_div(posture.applicable.into())?;
    u32::try_from(parts)
        .ok()
        .map(|parts| f64::from(parts) / 10_000.0)
}

#[derive(Debug, Serialize)]
pub(super) struct HostView<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// Its place in the list that a record begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<HostIndex>,
    /// What a sweep that goes on with this record needs of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<&'a FleetFacts>,
    name: Clean<'a>,
    labels: BTreeMap<&'a str, Clean<'a>>,
    groups: Vec<Clean<'a>>,
    mode: &'static str,
    profile: Clean<'a>,
    identity: Identity<'a>,
    score: Option<u8>,
    coverage: Option<f64>,
    endpoint: Clean<'a>,
    transport: &'static str,
    jumps: Vec<Clean<'a>>,
    state: &'static str,
    error: Option<ErrorView<'a>>,
    engine: Option<EngineView<'a>>,
    os: Option<OsView<'a>>,
    read: String,
    duration_ms: u64,
    requests: RequestsView,
    asked: Vec<AskedView<'a>>,
    findings: Findings,
    results: Vec<RowView<'a>>,
}

#[derive(Debug, Serialize)]
struct Identity<'a> {
    machine_id: Option<Clean<'a>>,
    key: Option<Clean<'a>>,
}

#[derive(Debug, Serialize)]
struct ErrorView<'a> {
    class: &'static str,
    stage: &'static str,
    message: Clean<'a>,
    hint: Clean<'a>,
    causes: Vec<Clean<'a>>,
}

impl<'a> ErrorView<'a> {
    fn of(failure: &'a Failure) -> Self {
        Self {
            class: failure.class.word(),
            stage: failure.stage.word(),
            message: Clean(&failure.message),
            hint: Clean(&failure.hint),
            causes: failure.causes.iter().map(|cause| Clean(cause)).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct EngineView<'a> {
    name: Clean<'a>,
    version: Clean<'a>,
    api: Clean<'a>,
    rootless: bool,
}

impl<'a> EngineView<'a> {
    fn of(engine: &'a EngineLine) -> Self {
        Self {
            name: Clean(&engine.name),
            version: Clean(&engine.version),
            api: Clean(&engine.api),
            rootless: engine.rootless,
        }
    }
}

#[derive(Debug, Serialize)]
struct OsView<'a> {
    name: Option<Clean<'a>>,
    kernel: Option<Clean<'a>>,
}

#[derive(Debug, Serialize)]
struct RequestsView {
    engine: u32,
    exec: u32,
    waves: u32,
    channels: u32,
}

#[derive(Debug, Serialize)]
struct AskedView<'a> {
    kind: AskedKind,
    what: Clean<'a>,
    count: u32,
}

impl<'a> AskedView<'a> {
    fn of(asked: &'a Asked) -> Self {
        Self {
            kind: asked.kind,
            what: Clean(&asked.what),
            count: asked.count,
        }
    }
}

impl<'a> HostView<'a> {
    pub(super) fn of(
        report: &'a HostReport,
        setting: &'a Setting,
        kind: Option<&'static str>,
    ) -> Self {
        let header = &report.header;
        let state = setting.state(report);
        // A failed host has no results (contract): rows of missing evidence would only repeat its error.
        let nothing = Posture::default();
        let (results, posture): (&[ControlResult], &Posture) = match state {
            HostState::Failed => (&[], &nothing),
            _ => (&report.results, &report.posture),
        };
        let os = report.os.as_deref().map(Clean);
        let kernel = report.kernel.as_deref().map(Clean);
        Self {
            kind,
            index: None,
            compared: None,
            name: Clean(&header.name),
            labels: (header.labels.iter())
                .map(|(key, value)| (key.as_str(), Clean(value)))
                .collect(),
            groups: header.groups.iter().map(|group| Clean(group)).collect(),
            mode: header.mode.word(),
            profile: Clean(&header.profile),
            identity: Identity {
                machine_id: report.machine_id.as_deref().map(Clean),
                key: report.key.as_deref().map(Clean),
            },
            score: posture.score,
            coverage: coverage(posture),
            endpoint: Clean(&header.endpoint),
            transport: header.transport.word(),
            jumps: header.jumps.iter().map(|jump| Clean(jump)).collect(),
            state: state.word(),
            error: report.error.as_ref().map(ErrorView::of),
            engine: report.engine.as_ref().map(EngineView::of),
            os: (os.is_some() || kernel.is_some()).then_some(OsView { name: os, kernel }),
            read: crate::report::time::stamp(report.read_at),
            duration_ms: report.duration_ms,
            requests: RequestsView {
                engine: report.requests.engine,
                exec: report.requests.exec,
                waves: report.requests.waves,
                channels: report.requests.channels,
            },
            asked: report.asked.iter().map(AskedView::of).collect(),
            findings: Findings::of(posture),
            results: results
                .iter()
                .map(|row| RowView::of(row, setting))
                .collect(),
        }
    }
}

impl<'a> HostView<'a> {
    /// The same as a line of a record.
    pub(super) fn at(mut self, index: HostIndex, compared: Option<&'a FleetFacts>) -> Self {
        self.index = Some(index);
        self.compared = compared;
        self
    }
}

#[derive(Debug, Serialize)]
pub(super) struct FleetView<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    results: Vec<RowView<'a>>,
}

impl<'a> FleetView<'a> {
    pub(super) fn of(
        rows: &'a [ControlResult],
        setting: &'a Setting,
        kind: Option<&'static str>,
    ) -> Self {
        Self {
            kind,
            results: rows.iter().map(|row| RowView::of(row, setting)).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct RowView<'a> {
    id: Clean<'a>,
    control: &'static str,
    title: &'static str,
    area: Option<&'static str>,
    severity: Severity,
    outcome: Outcome,
    subject: SubjectView<'a>,
    observed: Clean<'a>,
    expected: Clean<'a>,
    gap: Option<GapView<'a>>,
    waiver: Option<WaiverView<'a>>,
    references: Vec<String>,
    caused_by: Option<&'static str>,
    new: Option<bool>,
    scored: bool,
    momentary: bool,
    remedy: RemedyView,
}

#[derive(Debug, Serialize)]
struct SubjectView<'a> {
    kind: &'static str,
    id: Clean<'a>,
    name: Clean<'a>,
}

#[derive(Debug, Serialize)]
struct GapView<'a> {
    class: &'static str,
    message: Clean<'a>,
}

impl<'a> GapView<'a> {
    fn of(gap: &'a Gap) -> Self {
        Self {
            class: gap.class.word(),
            message: Clean(&gap.message),
        }
    }
}

#[derive(Debug, Serialize)]
struct WaiverView<'a> {
    owner: Clean<'a>,
    reason: Clean<'a>,
    expires: Clean<'a>,
}

impl<'a> WaiverView<'a> {
    fn of(note: &'a WaiverNote) -> Self {
        Self {
            owner: Clean(&note.owner),
            reason: Clean(&note.reason),
            expires: Clean(&note.expires),
        }
    }
}

#[derive(Debug, Serialize)]
struct RemedyView {
    kind: &'static str,
    class: &'static str,
}

impl<'a> RowView<'a> {
    pub(super) fn of(row: &'a ControlResult, setting: &Setting) -> Self {
        let control = setting.catalogue.get(row.control);
        let (kind, class) = catalogue::remedy_words(control);
        Self {
            id: Clean(&row.id),
            control: row.control,
            title: control.map_or("", |control| control.title),
            area: control.map(|control| control.area.word()),
            severity: row.severity,
            outcome: row.outcome,
            subject: SubjectView {
                kind: row.subject.kind.word(),
                id: Clean(&row.subject.id),
                name: Clean(&row.subject.name),
            },
            observed: Clean(&row.observed),
            expected: Clean(&row.expected),
            gap: row.gap.as_ref().map(GapView::of),
            waiver: row.waiver.as_ref().map(WaiverView::of),
            references: control.map(catalogue::references).unwrap_or_default(),
            caused_by: row.caused_by,
            new: setting.is_new(row),
            scored: row.scored,
            momentary: control.is_some_and(|control| control.momentary),
            remedy: RemedyView { kind, class },
        }
    }
}
