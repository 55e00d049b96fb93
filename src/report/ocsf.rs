//! A sweep as compliance findings of OCSF 1.5, one event a line, which collectors of security events take in.

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Audience, Setting, catalogue};
use crate::domain::control::Control;
use crate::domain::event::{FleetEvent, HostReport};
use crate::domain::host::HostHeader;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::severity::Severity;
use crate::domain::text::clean_whole;

/// Version of the schema that the events follow.
const VERSION: &str = "1.5.0";
/// Class "compliance finding" of category "findings".
const CLASS: u32 = 2003;
/// Activity "create": each sweep tells what it saw, and the finding's uid says whether it is a known one.
const CREATE: u32 = 1;

/// Writes the events of a host as it finishes. What is not applicable is no event.
#[derive(Debug)]
pub struct Ocsf<W: Write> {
    sink: W,
    setting: Arc<Setting>,
}

impl<W: Write> Ocsf<W> {
    /// Events written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self { sink, setting }
    }

    fn host(&mut self, report: &HostReport) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        let rows = setting.rows(report);
        if let (true, Some(error)) = (rows.is_empty(), &report.error) {
            let uid = format!("unread/{}", report.header.name);
            let said = format!("{} at {}", error.message, error.stage.word());
            let event = self.event(&Told {
                at: report.read_at,
                header: Some(&report.header),
                uid: &uid,
                title: "The host can be read",
                message: &said,
                severity: Severity::Info,
                standing: UNKNOWN,
                row: None,
            });
            super::json::line(&mut self.sink, &event)?;
        }
        for row in rows {
            self.row(row, report.read_at, Some(&report.header))?;
        }
        Ok(())
    }

    fn row(&mut self, row: &ControlResult, at: i64, header: Option<&HostHeader>) -> io::Result<()> {
        let standing = match row.outcome {
            Outcome::NotApplicable => return Ok(()),
            Outcome::Pass => PASS,
            Outcome::Fail => FAIL,
            Outcome::Waived => WAIVED,
            Outcome::Manual => MANUAL,
            Outcome::NotChecked | Outcome::Blocked => UNKNOWN,
        };
        let control = self.setting.catalogue.get(row.control);
        let gap = row.gap.as_ref().map(|gap| gap.message.as_str());
        let event = self.event(&Told {
            at,
            header,
            uid: &row.id,
            title: control.map_or(row.control, |control| control.title),
            message: gap.unwrap_or(&row.observed),
            // A pass of a critical control is not a critical event.
            severity: if row.outcome == Outcome::Fail {
                row.severity
            } else {
                Severity::Info
            },
            standing,
            row: Some(row),
        });
        super::json::line(&mut self.sink, &event)
    }

    fn event(&self, told: &Told<'_>) -> Value {
        let control = told
            .row
            .and_then(|row| self.setting.catalogue.get(row.control));
        let severity = severity_id(told.severity);
        let mut event = json!({
            "class_uid": CLASS, "class_name": "Compliance Finding",
            "category_uid": CLASS / 1000, "category_name": "Findings",
            "activity_id": CREATE, "activity_name": "Create",
            "type_uid": CLASS * 100 + CREATE, "type_name": "Compliance Finding: Create",
            "time": told.at,
            "severity_id": severity.0, "severity": severity.1,
            "status_id": told.standing.status.0, "status": told.standing.status.1,
            "message": clean_whole(told.message),
            "metadata": {
                "version": VERSION,
                "product": {"name": "plimsoll", "vendor_name": "plimsoll", "version": self.setting.version},
            },
            "finding_info": {
                "uid": clean_whole(told.uid), "title": told.title, "created_time": told.at,
                "desc": control.map_or("", |control| control.why), "types": ["posture"],
            },
            "compliance": {
                "control": told.row.map_or("plimsoll.read", |row| row.control),
                "requirements": control.map(catalogue::references).unwrap_or_default(),
                "standards": standards(control),
                "status_id": told.standing.compliance.0, "status": told.standing.compliance.1,
            },
            "resources": [resource(told)],
            "unmapped": {
                "outcome": told.row.map(|row| row.outcome.word()),
                "control_severity": told.row.map(|row| row.severity.word()),
                "expected": told.row.map(|row| clean_whole(&row.expected)),
                "caused_by": told.row.and_then(|row| row.caused_by),
                "gap": told.row.and_then(|row| row.gap.as_ref()).map(|gap| gap.class.word()),
            },
        });
        if let (Some(event), Some(remedy)) = (
            event.as_object_mut(),
            control.and_then(|control| control.remedies.first()),
        ) {
            event.insert("remediation".to_owned(), json!({ "desc": remedy.action }));
        }
        event
    }
}

impl<W: Write> Audience for Ocsf<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        match event {
            FleetEvent::Started { .. } | FleetEvent::Entered { .. } => Ok(()),
            FleetEvent::Finished { report, .. } => self.host(report),
            FleetEvent::Ended { at, fleet, .. } => {
                for row in fleet.iter() {
                    self.row(row, *at, None)?;
                }
                Ok(())
            }
        }
    }
}

/// What an event tells.
struct Told<'a> {
    at: i64,
    header: Option<&'a HostHeader>,
    uid: &'a str,
    title: &'a str,
    message: &'a str,
    severity: Severity,
    standing: Standing,
    row: Option<&'a ControlResult>,
}

/// The schema's numbers and words for an outcome: of the finding, and of the compliance.
#[derive(Debug, Clone, Copy)]
struct Standing {
    status: (u8, &'static str),
    compliance: (u8, &'static str),
}

const NEW: (u8, &str) = (1, "New");
const PASS: Standing = Standing {
    status: (4, "Resolved"),
    compliance: (1, "Pass"),
};
const FAIL: Standing = Standing {
    status: NEW,
    compliance: (3, "Fail"),
};
const WAIVED: Standing = Standing {
    status: (3, "Suppressed"),
    compliance: (3, "Fail"),
};
const MANUAL: Standing = Standing {
    status: NEW,
    compliance: (2, "Warning"),
};
const UNKNOWN: Standing = Standing {
    status: NEW,
    compliance: (0, "Unknown"),
};

fn severity_id(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Critical => (5, "Critical"),
        Severity::High => (4, "High"),
        Severity::Medium => (3, "Medium"),
        Severity::Low => (2, "Low"),
        Severity::Info => (1, "Informational"),
    }
}

fn standards(control: Option<&Control>) -> Vec<&'static str> {
    let benchmark = control.is_some_and(|control| !control.cis.is_empty());
    benchmark
        .then_some("CIS Docker Benchmark")
        .into_iter()
        .collect()
}

fn resource(told: &Told<'_>) -> Value {
    let host = told.header.map_or("(fleet)", |header| header.name.as_str());
    let subject = told.row.map(|row| &row.subject);
    json!({
        "uid": clean_whole(&subject.map_or_else(|| host.to_owned(), |subject| format!("{host}/{}", subject.id))),
        "name": clean_whole(subject.map_or(host, |subject| &subject.name)),
        "type": subject.map_or("host", |subject| subject.kind.word()),
        "namespace": clean_whole(host),
        "labels": told.header.map(|header| header.groups.iter().map(|group| clean_whole(group)).collect::<Vec<_>>())
            .unwrap_or_default(),
    })
}
