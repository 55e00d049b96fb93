//! The shapes of SARIF 2.1.0, as far as a sweep fills them.

use serde::Serialize;

use crate::domain::control::Control;
use crate::domain::failure::Failure;
use crate::domain::gap::GapClass;
use crate::domain::outcome::ControlResult;
use crate::domain::severity::Severity;
use crate::domain::text::clean_whole;
use crate::report::{Setting, catalogue};

/// Text for people. Markdown that a host might have written stays text, for only `text` is filled.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    text: String,
}

impl Message {
    fn of(text: &str) -> Self {
        Self {
            text: clean_whole(text),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Tool {
    pub(super) driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
    properties: DriverProperties,
}

#[derive(Debug, Serialize)]
struct DriverProperties {
    catalogue: String,
}

impl Driver {
    pub(super) fn of(rules: Vec<Rule>, setting: &Setting) -> Self {
        Self {
            name: "plimsoll",
            semantic_version: setting.version,
            rules,
            properties: DriverProperties {
                catalogue: setting.catalogue.digest(),
            },
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Message>,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
struct RuleProperties {
    tags: Vec<String>,
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    severity: Severity,
}

impl Rule {
    pub(super) fn of(id: &'static str, setting: &Setting) -> Self {
        let control = setting.catalogue.get(id);
        let severity = setting.catalogue.severity(id);
        let said = |text: &str| (!text.is_empty()).then(|| Message::of(text));
        Self {
            id,
            short_description: control.and_then(|control| said(control.title)),
            full_description: control.and_then(|control| said(control.why)),
            help: control.map(|control| Message::of(&help(control))),
            default_configuration: Configuration {
                level: level(severity),
            },
            properties: RuleProperties {
                tags: control.map(tags).unwrap_or_default(),
                security_severity: security_severity(severity),
                severity,
            },
        }
    }
}

/// What to do, and where the control comes from.
fn help(control: &Control) -> String {
    let mut parts = vec![format!("Passes {}.", control.passes)];
    for remedy in control.remedies {
        parts.push(format!(
            "Remedy ({}): {}.",
            remedy.class.word(),
            remedy.action
        ));
    }
    let references = catalogue::references(control);
    if !references.is_empty() {
        parts.push(format!("References: {}.", references.join("; ")));
    }
    parts.join(" ")
}

fn tags(control: &Control) -> Vec<String> {
    let mut tags = vec!["security".to_owned(), control.area.word().to_owned()];
    tags.extend(catalogue::references(control));
    tags
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The number by which code scanners sort: their words for it start at 9, 7, 4 and above 0.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultView {
    rule_id: &'static str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
    properties: RowProperties,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    #[serde(rename = "plimsoll/v1")]
    plimsoll: String,
    /// The one name that code scanners look for; without it they would hash source files that do not exist.
    primary_location_line_hash: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    logical_locations: [Logical; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u8,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Debug, Serialize)]
struct RowProperties {
    host: String,
    severity: Severity,
    expected: String,
}

impl ResultView {
    pub(super) fn of(host: &str, row: &ControlResult, index: usize, setting: &Setting) -> Self {
        let title = setting
            .catalogue
            .get(row.control)
            .map_or("", |control| control.title);
        let expected = match row.expected.as_str() {
            "" => String::new(),
            expected => format!(" (expected: {expected})"),
        };
        let suppressions = row.waiver.iter().map(|waiver| Suppression {
            kind: "external",
            status: "accepted",
            justification: clean_whole(&format!(
                "{}, until {}: {}",
                waiver.owner, waiver.expires, waiver.reason
            )),
        });
        Self {
            rule_id: row.control,
            rule_index: index,
            kind: "fail",
            level: level(row.severity),
            baseline_state: (setting.is_new(row)).map(|new| if new { "new" } else { "unchanged" }),
            message: Message::of(&format!(
                "{host}, {}: {title}. Observed: {}{expected}",
                row.subject.name, row.observed
            )),
            locations: [location(host, row)],
            partial_fingerprints: Fingerprints {
                plimsoll: clean_whole(&row.id),
                primary_location_line_hash: clean_whole(&format!("{}:1", row.id)),
            },
            suppressions: suppressions.collect(),
            properties: RowProperties {
                host: clean_whole(host),
                severity: row.severity,
                expected: clean_whole(&row.expected),
            },
        }
    }
}

fn location(host: &str, row: &ControlResult) -> Location {
    let subject = clean_whole(&row.subject.id);
    let path = subject.trim_start_matches("file:").trim_start_matches('/');
    Location {
        physical_location: Physical {
            artifact_location: Artifact {
                uri: format!("{}/{}", escaped(&clean_whole(host)), escaped(path)),
            },
            region: Region { start_line: 1 },
        },
        logical_locations: [Logical {
            name: clean_whole(&row.subject.name),
            fully_qualified_name: format!("{}/{subject}", clean_whole(host)),
            kind: "resource",
        }],
    }
}

/// `text` as part of a relative URI: what is neither a letter, a digit nor harmless in a path is written in hex. A part
/// that would climb out is not a part.
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for part in text.split('/') {
        if !out.is_empty() {
            out.push('/');
        }
        if matches!(part, "." | "..") {
            out.push_str("%2E");
            continue;
        }
        for byte in part.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
                out.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _infallible = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub(super) execution_successful: bool,
    pub(super) start_time_utc: String,
    pub(super) end_time_utc: String,
    pub(super) tool_execution_notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
pub(super) struct Notification {
    level: &'static str,
    descriptor: Descriptor,
    message: Message,
}

#[derive(Debug, Serialize)]
struct Descriptor {
    id: String,
}

impl Notification {
    /// A host that could not be read, or not fully.
    pub(super) fn unread(host: &str, error: &Failure) -> Self {
        Self {
            level: "error",
            descriptor: Descriptor {
                id: format!("host/{}", error.class.word()),
            },
            message: Message::of(&format!(
                "{host}: {} at {}; {}",
                error.message,
                error.stage.word(),
                error.hint
            )),
        }
    }

    /// Evidence that is missing on `hosts`.
    pub(super) fn gap(class: GapClass, message: &str, hosts: &str) -> Self {
        Self {
            level: if class.makes_partial() {
                "warning"
            } else {
                "note"
            },
            descriptor: Descriptor {
                id: format!("gap/{}", class.word()),
            },
            message: Message::of(&format!("{hosts}: {message}")),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Automation {
    id: String,
}

impl Automation {
    /// Tells apart the runs of different selections, which would else replace each other.
    pub(super) fn of(setting: &Setting) -> Self {
        let limit = setting.scope.limit.as_deref().map_or("all", |limit| limit);
        Self {
            id: format!("plimsoll/{}/", escaped(&clean_whole(limit))),
        }
    }
}
