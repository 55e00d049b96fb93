//! Saved sweeps: what is read back is what was told, whole or cut, and two of them can be compared.

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use plimsoll::controls;
use plimsoll::domain::event::{FleetEvent, HostReport};
use plimsoll::domain::outcome::{Outcome, Subject};
use plimsoll::domain::posture::Posture;
use plimsoll::domain::severity::Severity;
use plimsoll::record::diff::{Change, between, comparable};
use plimsoll::record::{Recording, Unreadable};
use plimsoll::report::catalogue::Catalogue;
use plimsoll::report::json::{Json, Ndjson};
use plimsoll::report::{Baseline, Setting};

use super::hostile::hostile_events;
use super::{Sink, json_of, members, setting, tell};
use crate::support::fleet;

const ID: &str = "20261123T164000Z-cafe";

/// The setting of a record: the real catalogue, as the reader has it.
fn real() -> Arc<Setting> {
    Arc::new(Setting {
        catalogue: Catalogue::new(controls::all()),
        ..Setting::clone(&setting(false))
    })
}

fn record(events: &[FleetEvent]) -> String {
    let sink = Sink::default();
    tell(Ndjson::record(sink.clone(), &real(), ID.to_owned()), events);
    sink.text()
}

fn compressed(text: &str) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    for line in text.split_inclusive('\n') {
        writer.write_all(line.as_bytes()).unwrap();
        writer.flush().unwrap();
    }
    writer.finish().unwrap()
}

fn json(setting: &Setting, events: &[FleetEvent]) -> String {
    let sink = Sink::default();
    tell(Json::new(sink.clone(), Arc::new(setting.clone())), events);
    sink.text()
}

/// The same events with the figures that follow from the real catalogue.
fn rated(mut events: Vec<FleetEvent>) -> Vec<FleetEvent> {
    let catalogue = Catalogue::new(controls::all());
    for event in &mut events {
        if let FleetEvent::Finished { report, .. } = event {
            let report = Arc::make_mut(report);
            report.posture = Posture::of(&report.results, |id| catalogue.severity(id));
        }
    }
    events
}

#[test]
fn a_record_tells_the_sweep_again() {
    for events in [rated(fleet::events()), rated(hostile_events())] {
        let told = json(&real(), &events);
        let text = record(&events);
        for bytes in [text.clone().into_bytes(), compressed(&text)] {
            let recording = Recording::read(bytes.as_slice()).unwrap();
            assert_eq!(recording.id.as_deref(), Some(ID));
            assert!(!recording.cut);
            let again = json(&recording.setting, &recording.events);
            assert!(again == told, "told differently: {again}");
        }
        // The JSON of a report is as good.
        let recording = Recording::read(told.as_bytes()).unwrap();
        let again = json(&recording.setting, &recording.events);
        assert!(again == told, "told differently: {again}");
    }
}

#[test]
fn a_record_cut_anywhere_holds_the_hosts_that_were_whole() {
    let text = record(&fleet::events());
    let bytes = compressed(&text);
    let mut seen = 0;
    for end in (0..bytes.len()).step_by(7) {
        match Recording::read(&bytes[..end]) {
            Ok(recording) => {
                let hosts = recording.reports().count();
                assert!(hosts >= seen, "a longer record holds fewer hosts");
                seen = hosts;
                assert!(recording.cut || hosts == 7);
            }
            // Not even its first line is there.
            Err(e) => assert_eq!(seen, 0, "{e}"),
        }
    }
    assert_eq!(seen, 7);
    assert!(!Recording::read(bytes.as_slice()).unwrap().cut);
}

#[test]
fn what_is_no_record_is_refused_by_what_it_is() {
    for (text, said) in [
        ("", "neither a record nor"),
        ("{}", "has the schema"),
        ("[1, 2]", "neither a record nor"),
        ("{\"schema\":\"plimsoll.sweep/2\"}", "plimsoll.sweep/2"),
        (
            "{\"type\":\"record\",\"schema\":\"plimsoll.record/2\",\"id\":7}\n",
            "plimsoll.record/2",
        ),
        ("{\"schema\":\"other/1\"}", "other/1"),
        ("\u{1f}\u{8b}", "neither a record nor"),
    ] {
        let error = Recording::read(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(said), "{text}: {error}");
    }
    let minor = record(&fleet::events()).replacen("plimsoll.record/1", "plimsoll.record/1.7", 1);
    assert!(
        Recording::read(minor.as_bytes()).is_ok(),
        "a newer minor version is read"
    );
    // A host that claims a place outside of the list, and a control whose name is no name.
    let text = record(&fleet::events());
    for broken in [
        text.replacen("\"index\":0", "\"index\":70", 1),
        text.replacen("\"control\":\"daemon-icc\"", "\"control\":\"../x\"", 1),
    ] {
        let error = Recording::read(broken.as_bytes()).unwrap_err();
        assert!(matches!(error, Unreadable::Shape(_)), "{error}");
    }
}

#[test]
fn the_page_on_records_names_every_member_of_the_first_line() {
    let text = record(&fleet::events());
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let page = include_str!("../../../docs/record.md");
    for name in members(&first) {
        assert!(page.contains(&format!("| `{name}`")), "{name}");
    }
    assert!(page.contains("plimsoll.record/1"));
}

/// The fleet's sweep with the report of its first host changed.
fn changed(change: impl FnOnce(&mut HostReport)) -> Recording {
    let mut events = fleet::events();
    let mut change = Some(change);
    for event in &mut events {
        if let FleetEvent::Finished { host: 0, report } = event
            && let Some(change) = change.take()
        {
            change(Arc::make_mut(report));
        }
    }
    Recording::read(record(&events).as_bytes()).unwrap()
}

#[test]
fn a_diff_tells_each_kind_of_change_and_nothing_else() {
    let before = changed(number);
    assert_eq!(between(&before, &changed(number)), []);
    let after = changed(|report| {
        number(report);
        for row in &mut report.results {
            match (row.control, row.subject.name.as_str()) {
                // A state of the moment comes and goes.
                ("run-privileged", "jenkins") | ("ops-unhealthy", _) => row.outcome = Outcome::Pass,
                ("run-privileged", "shop") => row.outcome = Outcome::Fail,
                ("daemon-icc", _) => row.severity = Severity::High,
                ("perm-docker-sock-mode", _) => row.outcome = Outcome::NotChecked,
                _ => {}
            }
        }
    });
    let found: Vec<_> = between(&before, &after)
        .into_iter()
        .map(|one| (one.change, one.host.to_owned(), one.row().unwrap().control))
        .collect();
    let host = || "web-01".to_owned();
    assert_eq!(
        found,
        [
            (Change::Appeared, host(), "run-privileged"),
            (Change::Worse, host(), "daemon-icc"),
            (Change::Unknown, host(), "perm-docker-sock-mode"),
            (Change::Vanished, host(), "run-privileged"),
        ]
    );
}

/// Gives each row an id of its own, which the hand-made fleet does not care for.
fn number(report: &mut HostReport) {
    for (number, row) in report.results.iter_mut().enumerate() {
        row.id = format!("{:016x}", 0xabc0 + number);
    }
}

#[test]
fn a_host_that_was_not_read_has_not_improved() {
    let before = changed(number);
    let after = changed(|report| report.results.clear());
    assert_eq!(between(&before, &after), []);
}

#[test]
fn other_profiles_do_not_compare() {
    let before = changed(|_| ());
    let mut headers = before.headers().to_vec();
    assert_eq!(comparable(before.headers(), &headers), Ok(()));
    headers[2].profile = "all".to_owned();
    let error = comparable(before.headers(), &headers).unwrap_err();
    assert!(error.to_string().contains("web-03"), "{error}");
}

#[test]
fn only_what_is_new_counts_against_a_baseline() {
    let saved = changed(number);
    let mut events = fleet::events();
    for event in &mut events {
        if let FleetEvent::Finished { host: 0, report } = event {
            let report = Arc::make_mut(report);
            number(report);
            let mut fresh = fleet::fail("run-privileged", Subject::daemon(), "new", "none");
            fresh.id = "00000000000000ff".to_owned();
            report.results.push(fresh);
        }
    }
    let mut setting = Setting::clone(&real());
    setting.baseline = Some(saved.baseline(true));
    let told = json(&setting, &events);
    assert_eq!(told.matches("\"new\":true").count(), 1, "{told}");
    assert!(told.matches("\"new\":false").count() > 5);
    let mut summary = plimsoll::report::summary::Summary::default();
    for event in &events {
        summary.hear(&setting, event);
    }
    assert_eq!(summary.failing.values().sum::<u32>(), 1);
    // Without `only_new` all of them count, and are marked.
    setting.baseline = Some(Baseline {
        only_new: false,
        ..saved.baseline(false)
    });
    let mut summary = plimsoll::report::summary::Summary::default();
    for event in &events {
        summary.hear(&setting, event);
    }
    assert!(summary.failing.values().sum::<u32>() > 5);
    assert!(
        !json_of(&events, false).contains("\"new\":true"),
        "no baseline, nothing is new"
    );
}
