//! The shapes of OSCAL assessment results, as far as a sweep fills them.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use crate::domain::event::HostReport;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::text::clean_whole;
use crate::report::{Setting, first_page, time};

/// Version of the format that is written.
const VERSION: &str = "1.1.2";
/// What our own properties are named in.
const NAMESPACE: &str = "urn:plimsoll";

/// Makes the identifiers of one document: the same sweep always gets the same ones, two sweeps never do.
#[derive(Debug, Default)]
pub(super) struct Names(Uuid);

impl Names {
    pub(super) fn of(started: i64, setting: &Setting) -> Self {
        let limit = setting.scope.limit.as_deref().map_or("", |limit| limit);
        let seed = format!("{started}\0{}\0{limit}", setting.scope.inventory);
        let ours = Uuid::new_v5(&Uuid::NAMESPACE_OID, NAMESPACE.as_bytes());
        Self(Uuid::new_v5(&ours, seed.as_bytes()))
    }

    /// The identifier of the thing `key` of a kind.
    pub(super) fn uuid(&self, kind: &str, key: &str) -> String {
        Uuid::new_v5(&self.0, format!("{kind}\0{key}").as_bytes()).to_string()
    }
}

/// Text as the format wants it: not empty, no space at its ends.
fn text(raw: &str) -> String {
    let clean = clean_whole(raw);
    match clean.trim() {
        "" => "-".to_owned(),
        text => text.to_owned(),
    }
}

#[derive(Debug, Serialize)]
struct Property {
    name: &'static str,
    ns: &'static str,
    value: String,
}

fn property(name: &'static str, value: &str) -> Property {
    Property {
        name,
        ns: NAMESPACE,
        value: text(value),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Metadata {
    title: &'static str,
    last_modified: String,
    version: String,
    oscal_version: &'static str,
    remarks: String,
}

impl Metadata {
    pub(super) fn of(started: i64, setting: &Setting) -> Self {
        let facts: Vec<String> = first_page::facts(setting, started)
            .into_iter()
            .map(|(about, said)| format!("{about}: {said}"))
            .collect();
        Self {
            title: "Docker posture",
            last_modified: time::stamp(started),
            version: time::stamp(started),
            oscal_version: VERSION,
            remarks: facts.join("; "),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct HostResult {
    uuid: String,
    title: String,
    description: String,
    start: String,
    end: String,
    props: Vec<Property>,
    local_definitions: Definitions,
    reviewed_controls: Reviewed,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observations: Vec<Observation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Definitions {
    inventory_items: [Item; 1],
}

#[derive(Debug, Serialize)]
struct Item {
    uuid: String,
    description: String,
    props: Vec<Property>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Reviewed {
    control_selections: [Selection; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Selection {
    include_all: Everything,
}

/// An empty object.
#[derive(Debug, Serialize)]
struct Everything {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Observation {
    uuid: String,
    title: String,
    description: String,
    props: Vec<Property>,
    methods: [&'static str; 1],
    subjects: [SubjectRef; 1],
    collected: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct SubjectRef {
    subject_uuid: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Finding {
    uuid: String,
    title: String,
    description: String,
    target: Target,
    related_observations: Vec<Related>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Target {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "target-id")]
    id: &'static str,
    status: Status,
}

#[derive(Debug, Serialize)]
struct Status {
    state: &'static str,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remarks: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Related {
    observation_uuid: String,
}

impl HostResult {
    pub(super) fn of(report: &HostReport, names: &Names, setting: &Setting) -> Self {
        let header = &report.header;
        let ms = i64::try_from(report.duration_ms).unwrap_or_default();
        let state = setting.state(report);
        let mut props = vec![
            property("state", state.word()),
            property("profile", &header.profile),
        ];
        if let Some(error) = &report.error {
            let said = format!(
                "{} at {}: {}",
                error.class.word(),
                error.stage.word(),
                error.message
            );
            props.push(property("error", &said));
        }
        let about = vec![
            property("endpoint", &header.endpoint),
            property("mode", header.mode.word()),
            property("system", report.os.as_deref().unwrap_or_default()),
        ];
        let span = (report.read_at, report.read_at.saturating_add(ms));
        let rows = setting.rows(report);
        Self::made(&header.name, about, (rows, props), span, names, setting)
    }

    /// The controls that compare hosts.
    pub(super) fn fleet(
        rows: &[ControlResult],
        span: (i64, i64),
        names: &Names,
        setting: &Setting,
    ) -> Self {
        let props = vec![property("state", "compared")];
        Self::made("(fleet)", Vec::new(), (rows, props), span, names, setting)
    }

    fn made(
        name: &str,
        about: Vec<Property>,
        (rows, props): (&[ControlResult], Vec<Property>),
        (start, end): (i64, i64),
        names: &Names,
        setting: &Setting,
    ) -> Self {
        let item = names.uuid("host", name);
        let mut about = about;
        about.push(property("host", name));
        let observation = |row| Observation::of(row, &item, start, names, setting);
        Self {
            uuid: names.uuid("result", name),
            title: text(name),
            description: format!("What was seen of {}", text(name)),
            start: time::stamp(start),
            end: time::stamp(end),
            props,
            local_definitions: Definitions {
                inventory_items: [Item {
                    uuid: item.clone(),
                    description: text(name),
                    props: about,
                }],
            },
            reviewed_controls: Reviewed {
                control_selections: [Selection {
                    include_all: Everything {},
                }],
            },
            observations: rows.iter().map(observation).collect(),
            findings: findings(name, rows, names, setting),
        }
    }
}

impl Observation {
    fn of(row: &ControlResult, item: &str, at: i64, names: &Names, setting: &Setting) -> Self {
        let title = setting
            .catalogue
            .get(row.control)
            .map_or("", |control| control.title);
        let mut props = vec![
            property("control", row.control),
            property("outcome", row.outcome.word()),
            property("severity", row.severity.word()),
            property("subject", &row.subject.id),
            property("result-id", &row.id),
        ];
        if !row.expected.is_empty() {
            props.push(property("expected", &row.expected));
        }
        if let Some(gap) = &row.gap {
            props.push(property("gap", gap.class.word()));
        }
        if let Some(waiver) = &row.waiver {
            let said = format!(
                "{} until {}: {}",
                waiver.owner, waiver.expires, waiver.reason
            );
            props.push(property("waiver", &said));
        }
        if let Some(cause) = row.caused_by {
            props.push(property("caused-by", cause));
        }
        let said = row.gap.as_ref().map_or(&row.observed, |gap| &gap.message);
        Self {
            uuid: observation_uuid(item, row, names),
            title: text(title),
            description: text(said),
            props,
            methods: ["TEST"],
            subjects: [SubjectRef {
                subject_uuid: item.to_owned(),
                kind: "inventory-item",
            }],
            collected: time::stamp(at),
        }
    }
}

fn observation_uuid(item: &str, row: &ControlResult, names: &Names) -> String {
    names.uuid(
        "observation",
        &format!("{item}\0{}\0{}", row.control, row.subject.id),
    )
}

/// A finding for each control that applies: its worst subject decides.
fn findings(host: &str, rows: &[ControlResult], names: &Names, setting: &Setting) -> Vec<Finding> {
    let item = names.uuid("host", host);
    let mut by_control: BTreeMap<&'static str, Vec<&ControlResult>> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| row.outcome != Outcome::NotApplicable)
    {
        by_control.entry(row.control).or_default().push(row);
    }
    by_control
        .into_iter()
        .map(|(control, rows)| {
            let title = setting
                .catalogue
                .get(control)
                .map_or("", |control| control.title);
            Finding {
                uuid: names.uuid("finding", &format!("{host}\0{control}")),
                title: text(title),
                description: text(title),
                target: Target {
                    kind: "objective-id",
                    id: control,
                    status: status(&rows),
                },
                related_observations: (rows.iter())
                    .map(|row| Related {
                        observation_uuid: observation_uuid(&item, row, names),
                    })
                    .collect(),
            }
        })
        .collect()
}

/// Only what was seen to pass everywhere is satisfied.
fn status(rows: &[&ControlResult]) -> Status {
    let has = |outcome| rows.iter().any(|row| row.outcome == outcome);
    let (state, reason, remarks) = if has(Outcome::Fail) {
        ("not-satisfied", "fail", None)
    } else if has(Outcome::Waived) {
        ("not-satisfied", "fail", Some("accepted by a waiver"))
    } else if has(Outcome::NotChecked) || has(Outcome::Blocked) {
        ("not-satisfied", "other", Some("evidence is missing"))
    } else if has(Outcome::Manual) {
        ("not-satisfied", "other", Some("a person must look"))
    } else {
        ("satisfied", "pass", None)
    };
    Status {
        state,
        reason,
        remarks: remarks.map(ToOwned::to_owned),
    }
}

#[derive(Debug, Serialize)]
pub(super) struct BackMatter {
    resources: [Resource; 1],
}

#[derive(Debug, Serialize)]
struct Resource {
    uuid: String,
    title: &'static str,
    description: String,
}

impl BackMatter {
    /// The plan that the results import: the catalogue is what was planned to be assessed.
    pub(super) fn of(names: &Names, finished: &str, setting: &Setting) -> Self {
        Self {
            resources: [Resource {
                uuid: names.uuid("plan", ""),
                title: "What plimsoll assesses",
                description: format!(
                    "The controls of plimsoll {}, catalogue {}; the sweep ended at {finished}",
                    setting.version,
                    setting.catalogue.digest()
                ),
            }],
        }
    }
}
