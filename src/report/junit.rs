//! A sweep as JUnit XML, which pipelines show as test results: a suite for each host, a case for each outcome.
//!
//! A finding is a failure, evidence that access would give is an error, and everything that cannot fail a sweep is
//! skipped with its reason.

use std::io::{self, Write};
use std::sync::Arc;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::order::InOrder;
use super::{Audience, Setting, time};
use crate::domain::event::{FleetEvent, HostReport};
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::text;

/// The name of the suite that holds controls which compare hosts.
const FLEET: &str = "(fleet)";

/// Writes a suite for each host, in the order of the inventory, each as soon as those before it are written.
pub struct Junit<W: Write> {
    xml: Writer<W>,
    setting: Arc<Setting>,
    hosts: InOrder,
}

impl<W: Write> Junit<W> {
    /// A document written to `sink`.
    pub fn new(sink: W, setting: Arc<Setting>) -> Self {
        Self {
            xml: Writer::new_with_indent(sink, b' ', 1),
            setting,
            hosts: InOrder::default(),
        }
    }

    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        self.xml.write_event(event)
    }

    fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> io::Result<()> {
        let element = element(name, attributes);
        self.event(Event::Start(element))
    }

    fn close(&mut self, name: &'static str) -> io::Result<()> {
        self.event(Event::End(BytesEnd::new(name)))
    }

    fn host(&mut self, report: &HostReport) -> io::Result<()> {
        let setting = Arc::clone(&self.setting);
        let rows = setting.rows(report);
        let mut cases: Vec<Case<'_>> = rows.iter().map(|row| Case::of(row, &setting)).collect();
        cases.extend(rows.is_empty().then(|| Case::unread(report)));
        let seconds = format!(
            "{}.{:03}",
            report.duration_ms / 1000,
            report.duration_ms % 1000
        );
        let properties = [
            ("endpoint", report.header.endpoint.as_str()),
            ("mode", report.header.mode.word()),
            ("profile", report.header.profile.as_str()),
            ("state", setting.state(report).word()),
        ];
        self.suite(
            &report.header.name,
            &[
                ("timestamp", &seconds_of(report.read_at)),
                ("time", &seconds),
            ],
            &properties,
            &cases,
        )
    }

    fn suite(
        &mut self,
        name: &str,
        more: &[(&str, &str)],
        properties: &[(&str, &str)],
        cases: &[Case<'_>],
    ) -> io::Result<()> {
        let count = |verdict: Kind| cases.iter().filter(|case| case.kind == verdict).count();
        let totals = [
            ("tests", cases.len().to_string()),
            ("failures", count(Kind::Failure).to_string()),
            ("errors", count(Kind::Error).to_string()),
            ("skipped", count(Kind::Skipped).to_string()),
        ];
        let mut attributes = vec![("name", name)];
        attributes.extend(totals.iter().map(|(key, value)| (*key, value.as_str())));
        attributes.extend(more);
        self.open("testsuite", &attributes)?;
        if !properties.is_empty() {
            self.open("properties", &[])?;
            for (key, value) in properties {
                let element = element("property", &[("name", key), ("value", value)]);
                self.event(Event::Empty(element))?;
            }
            self.close("properties")?;
        }
        for case in cases {
            self.case(case)?;
        }
        self.close("testsuite")
    }

    fn case(&mut self, case: &Case<'_>) -> io::Result<()> {
        let attributes = [
            ("classname", case.class.as_str()),
            ("name", case.name),
            ("time", "0"),
        ];
        let Some(word) = case.kind.element() else {
            return self.event(Event::Empty(element("testcase", &attributes)));
        };
        self.open("testcase", &attributes)?;
        let mut verdict = vec![("message", case.message.as_str())];
        if case.kind != Kind::Skipped {
            verdict.push(("type", case.sort));
        }
        let verdict = element(word, &verdict);
        if case.detail.is_empty() {
            self.event(Event::Empty(verdict))?;
        } else {
            self.event(Event::Start(verdict))?;
            let detail = text_of(&case.detail);
            self.event(Event::Text(BytesText::new(&detail)))?;
            self.close(word)?;
        }
        self.close("testcase")
    }
}

impl<W: Write> Audience for Junit<W> {
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        match event {
            FleetEvent::Started { .. } => {
                self.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
                self.open("testsuites", &[("name", "plimsoll")])?;
            }
            FleetEvent::Entered { .. } => return Ok(()),
            FleetEvent::Finished { host, report } => {
                self.hosts.insert(*host, report);
                while let Some(report) = self.hosts.next() {
                    self.host(&report)?;
                }
            }
            FleetEvent::Ended { fleet, .. } => {
                let setting = Arc::clone(&self.setting);
                let cases: Vec<_> = fleet.iter().map(|row| Case::of(row, &setting)).collect();
                if !cases.is_empty() {
                    self.suite(FLEET, &[], &[], &cases)?;
                }
                self.close("testsuites")?;
                self.xml.get_mut().write_all(b"\n")?;
            }
        }
        self.xml.get_mut().flush()
    }
}

/// What a pipeline makes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Passed,
    Failure,
    Error,
    Skipped,
}

impl Kind {
    fn element(self) -> Option<&'static str> {
        match self {
            Self::Passed => None,
            Self::Failure => Some("failure"),
            Self::Error => Some("error"),
            Self::Skipped => Some("skipped"),
        }
    }
}

/// A case of a suite.
#[derive(Debug)]
struct Case<'a> {
    class: String,
    name: &'a str,
    kind: Kind,
    message: String,
    sort: &'static str,
    detail: String,
}

impl<'a> Case<'a> {
    fn of(row: &'a ControlResult, setting: &Setting) -> Self {
        let control = setting.catalogue.get(row.control);
        let area = control.map_or("unknown", |control| control.area.word());
        let mut case = Self {
            class: format!("{area}.{}", row.control),
            name: &row.subject.id,
            kind: Kind::Skipped,
            message: String::new(),
            sort: row.severity.word(),
            detail: String::new(),
        };
        let said = &row.observed;
        match row.outcome {
            Outcome::Pass => case.kind = Kind::Passed,
            Outcome::Fail => {
                if let Some(why) = setting.aside(row) {
                    case.message = format!("{why}: {said}");
                } else {
                    case.kind = Kind::Failure;
                    case.message = format!("{}: {said}", row.severity.word());
                    let title = control.map_or("", |control| control.title);
                    case.detail = format!("{title}. Observed: {said}. Expected: {}", row.expected);
                }
            }
            Outcome::NotChecked => {
                let gap = row.gap.as_ref();
                let open = gap.is_some_and(|gap| setting.strict || gap.class.makes_partial());
                let class = gap.map_or("", |gap| gap.class.word());
                let message = gap.map_or("", |gap| gap.message.as_str());
                case.kind = if open { Kind::Error } else { Kind::Skipped };
                case.sort = class;
                case.message = format!("not checked, {class}: {message}");
            }
            Outcome::Waived => {
                let by = row.waiver.as_ref().map_or_else(String::new, |waiver| {
                    format!(
                        " by {} until {}: {}",
                        waiver.owner, waiver.expires, waiver.reason
                    )
                });
                case.message = format!("waived{by}");
            }
            Outcome::NotApplicable | Outcome::Blocked | Outcome::Manual => {
                case.message = format!("{}: {said}", row.outcome.word().replace('_', " "));
            }
        }
        case
    }

    /// The only case of a host that could not be read.
    fn unread(report: &HostReport) -> Self {
        let error = report.error.as_ref();
        Self {
            class: "plimsoll.read".to_owned(),
            name: "host",
            kind: Kind::Error,
            message: error.map_or_else(String::new, |error| {
                format!("{} at {}", error.message, error.stage.word())
            }),
            sort: error.map_or("unknown", |error| error.class.word()),
            detail: error.map_or_else(String::new, |error| error.hint.clone()),
        }
    }
}

/// An element whose attributes cannot break out of it.
fn element(name: &'static str, attributes: &[(&str, &str)]) -> BytesStart<'static> {
    let mut element = BytesStart::new(name);
    for (key, value) in attributes {
        element.push_attribute((*key, text_of(value).as_str()));
    }
    element
}

/// Text that XML can hold; the writer does the rest.
fn text_of(raw: &str) -> String {
    text::clean_whole(raw)
}

/// The time to the second, without a zone, as readers of JUnit expect it; it is UTC.
fn seconds_of(at: i64) -> String {
    let stamp = time::stamp(at);
    stamp.split('.').next().unwrap_or_default().to_owned()
}
