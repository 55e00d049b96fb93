//! Reports of a hand-made fleet: golden files, the members of the contract, and hostile text.

mod catalogue;
mod formats;
mod hostile;
mod json;
mod records;
mod schema;
mod text;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;

use plimsoll::domain::event::FleetEvent;
use plimsoll::domain::policy::{Policy, PolicyValue};
use plimsoll::domain::severity::Severity;
use plimsoll::report::audiences::Audiences;
use plimsoll::report::catalogue::Catalogue;
use plimsoll::report::csv::Csv;
use plimsoll::report::html::Html;
use plimsoll::report::json::{Json, Ndjson};
use plimsoll::report::junit::Junit;
use plimsoll::report::markdown::Markdown;
use plimsoll::report::ocsf::Ocsf;
use plimsoll::report::oscal::Oscal;
use plimsoll::report::progress::{Manner, Progress};
use plimsoll::report::prometheus::Prometheus;
use plimsoll::report::sarif::Sarif;
use plimsoll::report::scope::{Parameters, Scope};
use plimsoll::report::style::Style;
use plimsoll::report::text::{Layout, Text};
use plimsoll::report::{Audience, Setting};
use serde_json::Value;

use crate::support::controls::CONTROLS;

/// A sink whose contents can be looked at while somebody else writes to it.
#[derive(Debug, Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

fn policy(users: &[&str]) -> Policy {
    let users = users.iter().map(|user| (*user).to_owned()).collect();
    Policy {
        values: BTreeMap::from([("docker_users".to_owned(), PolicyValue::List(users))]),
    }
}

fn setting(strict: bool) -> Arc<Setting> {
    let mut here = policy(&["deploy"]);
    here.values
        .insert("patching".into(), PolicyValue::Text("central".into()));
    let mut there = policy(&["deploy", "ci"]);
    there
        .values
        .insert("patching".into(), PolicyValue::Text("central".into()));
    Arc::new(Setting {
        version: "0.1.0",
        catalogue: Catalogue::new(CONTROLS),
        scope: Scope {
            inventory: "5f3c9a0bd1e2".repeat(5) + "abcd",
            policy: "90aa17".repeat(10) + "f00d",
            program: "77be01".repeat(10) + "cafe",
            script: "c0de42".repeat(10) + "beef",
            limit: Some("prod,edge".into()),
            excluded_controls: vec!["host-data-root-partition".into()],
            severity_overrides: BTreeMap::from([("daemon-icc".to_owned(), Severity::Medium)]),
            parameters: Parameters::of([("web-01", &here), ("web-02", &here), ("db-01", &there)]),
            waivers: 3,
        },
        strict,
        baseline: None,
    })
}

fn tell(audience: impl Audience + 'static, events: &[FleetEvent]) {
    let mut all = Audiences::default();
    all.add(audience);
    for event in events {
        all.hear(event).unwrap();
    }
}

fn json_of(events: &[FleetEvent], strict: bool) -> String {
    let sink = Sink::default();
    tell(Json::new(sink.clone(), setting(strict)), events);
    sink.text()
}

fn ndjson_of(events: &[FleetEvent]) -> String {
    let sink = Sink::default();
    tell(Ndjson::new(sink.clone(), setting(false)), events);
    sink.text()
}

/// The formats that have no options of their own.
const FORMATS: [&str; 8] = [
    "csv",
    "markdown",
    "html",
    "sarif",
    "junit",
    "oscal",
    "ocsf",
    "prometheus",
];

/// The report of `events` in one of [`FORMATS`].
fn written(format: &str, events: &[FleetEvent]) -> String {
    let (sink, setting) = (Sink::default(), setting(false));
    let to = sink.clone();
    match format {
        "csv" => tell(Csv::new(to, setting), events),
        "markdown" => tell(Markdown::new(to, setting), events),
        "html" => tell(Html::new(to, setting), events),
        "sarif" => tell(Sarif::new(to, setting), events),
        "junit" => tell(Junit::new(to, setting), events),
        "oscal" => tell(Oscal::new(to, setting), events),
        "ocsf" => tell(Ocsf::new(to, setting), events),
        "prometheus" => tell(Prometheus::new(to, setting), events),
        other => panic!("{other} is no format"),
    }
    sink.text()
}

fn text_of(events: &[FleetEvent], layout: Layout) -> String {
    let sink = Sink::default();
    tell(Text::new(sink.clone(), setting(false), layout), events);
    sink.text()
}

fn progress_of(events: &[FleetEvent], manner: Manner) -> String {
    let sink = Sink::default();
    let style = Style::default();
    tell(
        Progress::new(sink.clone(), setting(false), manner, style),
        events,
    );
    sink.text()
}

/// Members of an object, sorted, with what a null may stand for left out.
fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

fn has(value: &Value, wanted: &[&str]) {
    let there = members(value);
    for name in wanted {
        assert!(there.contains(name), "{name} is missing from {value}");
    }
}
