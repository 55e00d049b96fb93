//! A sweep's counts add up: every enabled control answers once for each subject, on every way to a host, and what the
//! summary counts are the rows that stand in the report.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use plimsoll::assess::profile::Profiles;
use plimsoll::controls;
use plimsoll::domain::control::Rule;
use plimsoll::domain::event::{FleetEvent, HostState};
use plimsoll::domain::host::Transport;
use plimsoll::report::catalogue::Catalogue;
use plimsoll::report::json::Json;
use plimsoll::report::scope::Scope;
use plimsoll::report::text::{Layout, Text};
use plimsoll::report::{Audience, Setting};
use serde_json::Value;

use crate::screenshots::played;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What an audience makes of `events`.
fn told<A: Audience>(
    events: &[FleetEvent],
    audience: impl FnOnce(Sink, Arc<Setting>) -> A,
) -> String {
    let setting = Arc::new(Setting {
        version: "0.1.0",
        catalogue: Catalogue::new(controls::all()),
        scope: Scope::default(),
        strict: false,
        baseline: None,
    });
    let sink = Sink::default();
    let mut audience = audience(sink.clone(), setting);
    for event in events {
        audience.hear(event).unwrap();
    }
    drop(audience);
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_enabled_control_answers_once_for_each_subject_of_the_demo() {
    let profiles = Profiles::default();
    let mut ways = BTreeSet::new();
    for event in played() {
        let FleetEvent::Finished { report, .. } = event else {
            continue;
        };
        let name = &report.header.name;
        if report.state == HostState::Failed {
            assert!(report.results.is_empty(), "{name} failed and has rows");
            continue;
        }
        ways.insert(report.header.transport.word());
        let mut subjects: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in &report.results {
            let new = subjects
                .entry(row.control)
                .or_default()
                .insert(&row.subject.id);
            assert!(new, "{name}: {} on {} twice", row.control, row.subject.id);
        }
        let profile = profiles.named(&report.header.profile);
        for control in controls::all().filter(|c| !matches!(c.rule, Rule::Fleet(_))) {
            let answered = subjects.contains_key(control.id);
            assert_eq!(
                answered,
                profile.includes(control),
                "{name}: {}",
                control.id
            );
        }
    }
    for way in [Transport::Ssh, Transport::Tls] {
        assert!(
            ways.contains(way.word()),
            "no host was read over {}",
            way.word()
        );
    }
}

#[test]
fn the_summary_counts_the_rows_of_the_report() {
    let events = played();
    let report: Value = serde_json::from_str(&told(&events, Json::new)).unwrap();
    let hosts = report["hosts"].as_array().unwrap();
    let fleet = report["fleet"]["results"].as_array().unwrap();
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut findings: BTreeMap<&str, u64> = BTreeMap::new();
    let rows = hosts
        .iter()
        .flat_map(|host| host["results"].as_array().unwrap());
    for row in rows.chain(fleet) {
        *outcomes
            .entry(row["outcome"].as_str().unwrap())
            .or_default() += 1;
        if row["outcome"] == "fail" && row["caused_by"].is_null() {
            *findings
                .entry(row["severity"].as_str().unwrap())
                .or_default() += 1;
        }
    }
    let summary = &report["summary"];
    for (counted, rows) in [("outcomes", &outcomes), ("findings", &findings)] {
        for (word, count) in summary[counted].as_object().unwrap() {
            let there = rows.get(word.as_str()).copied().unwrap_or_default();
            assert_eq!(count.as_u64().unwrap(), there, "{counted}: {word}");
        }
        assert!(
            rows.values().sum::<u64>() > 100,
            "{counted} of a fleet worth counting"
        );
    }
    let states =
        ["assessed", "partial", "failed"].map(|state| summary["hosts"][state].as_u64().unwrap());
    assert_eq!(
        states.iter().sum::<u64>(),
        summary["hosts"]["total"].as_u64().unwrap()
    );
    assert_eq!(
        hosts.len() as u64,
        summary["hosts"]["total"].as_u64().unwrap()
    );
}

#[test]
fn no_score_stands_without_its_coverage() {
    let text = told(&played(), |sink, setting| {
        Text::new(sink, setting, Layout::default())
    });
    // Lines are wrapped, so a score may end one and its coverage begin the next.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_number = |text: &&str| text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    let scores: Vec<&str> = flat.split("score ").skip(1).filter(is_number).collect();
    assert!(scores.len() > 3);
    for score in scores {
        let behind = score.split_once(' ').map_or("", |(_, rest)| rest);
        assert!(
            behind.starts_with("coverage "),
            "{}",
            &score[..score.len().min(40)]
        );
    }
}
