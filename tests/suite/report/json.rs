//! JSON and NDJSON: golden files, every member of the contract, and streams that break off.

use std::sync::Arc;

use plimsoll::domain::event::FleetEvent;
use plimsoll::report::Audience as _;
use plimsoll::report::audiences::Audiences;
use plimsoll::report::json::{Json, Ndjson};
use serde_json::Value;

use super::{Sink, has, json_of, ndjson_of, setting};
use crate::support::fleet;

#[test]
fn json_of_a_fleet() {
    insta::assert_snapshot!(json_of(&fleet::events(), false));
}

#[test]
fn ndjson_of_a_fleet() {
    insta::assert_snapshot!(ndjson_of(&fleet::events()));
}

fn has_row(row: &Value) {
    has(
        row,
        &[
            "id",
            "control",
            "title",
            "area",
            "severity",
            "outcome",
            "subject",
            "observed",
            "expected",
            "gap",
            "waiver",
            "references",
            "caused_by",
            "remedy",
        ],
    );
    has(&row["subject"], &["kind", "id", "name"]);
    has(&row["remedy"], &["kind", "class"]);
    assert!(["auto", "guide", "none"].contains(&row["remedy"]["kind"].as_str().unwrap()));
    let outcome = row["outcome"].as_str().unwrap();
    assert_eq!(row["gap"].is_object(), outcome == "not_checked", "{row}");
    assert_eq!(row["waiver"].is_object(), outcome == "waived", "{row}");
    if row["gap"].is_object() {
        has(&row["gap"], &["class", "message"]);
    }
    if row["waiver"].is_object() {
        has(&row["waiver"], &["owner", "reason", "expires"]);
    }
}

fn has_host(host: &Value) {
    has(
        host,
        &[
            "name",
            "groups",
            "mode",
            "profile",
            "identity",
            "score",
            "coverage",
            "endpoint",
            "transport",
            "state",
            "error",
            "engine",
            "os",
            "duration_ms",
            "requests",
            "results",
        ],
    );
    has(&host["identity"], &["machine_id", "key"]);
    has(&host["requests"], &["engine", "exec", "waves"]);
    let rows = host["results"].as_array().unwrap();
    rows.iter().for_each(has_row);
    if host["state"] == "failed" {
        assert!(rows.is_empty());
        has(&host["error"], &["class", "stage", "message", "hint"]);
        assert!(host["engine"].is_null() && host["os"].is_null() && host["score"].is_null());
    } else {
        has(&host["engine"], &["name", "version", "api", "rootless"]);
        has(&host["os"], &["name", "kernel"]);
        assert!(!rows.is_empty());
    }
}

fn has_summary(summary: &Value) {
    has(
        summary,
        &["hosts", "outcomes", "findings", "score", "coverage"],
    );
    has(
        &summary["hosts"],
        &["total", "assessed", "partial", "failed"],
    );
    has(
        &summary["outcomes"],
        &[
            "pass",
            "fail",
            "not_applicable",
            "not_checked",
            "blocked",
            "manual",
            "waived",
        ],
    );
    has(
        &summary["findings"],
        &["critical", "high", "medium", "low", "info"],
    );
}

#[test]
fn json_has_every_member_of_the_contract() {
    let sweep: Value = serde_json::from_str(&json_of(&fleet::events(), false)).unwrap();
    has(
        &sweep,
        &[
            "schema", "tool", "started", "finished", "scope", "summary", "hosts", "fleet",
        ],
    );
    assert_eq!(sweep["schema"], "plimsoll.sweep/1");
    has(&sweep["tool"], &["name", "version", "catalogue"]);
    has(
        &sweep["scope"],
        &[
            "inventory",
            "limit",
            "excluded_controls",
            "severity_overrides",
            "parameters",
            "waivers",
        ],
    );
    assert_eq!(sweep["scope"]["parameters"]["patching"], "central");
    assert_eq!(
        sweep["scope"]["parameters_by_host"]["docker_users"][0]["hosts"],
        "web-[01-02]"
    );
    assert_eq!(sweep["started"], "2026-11-23T16:40:00.123Z");
    assert_eq!(sweep["finished"], "2026-11-23T16:40:10.143Z");
    has_summary(&sweep["summary"]);
    let hosts = sweep["hosts"].as_array().unwrap();
    hosts.iter().for_each(has_host);
    sweep["fleet"]["results"]
        .as_array()
        .unwrap()
        .iter()
        .for_each(has_row);
    // The inventory's order, although hosts finished in another.
    let names: Vec<_> = hosts
        .iter()
        .map(|host| host["name"].as_str().unwrap())
        .collect();
    let wanted: Vec<_> = fleet::headers()
        .into_iter()
        .map(|header| header.name)
        .collect();
    assert_eq!(names, wanted);
}

#[test]
fn summary_adds_up_from_the_rows() {
    let sweep: Value = serde_json::from_str(&json_of(&fleet::events(), false)).unwrap();
    let rows: Vec<&Value> = sweep["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|host| host["results"].as_array().unwrap())
        .chain(sweep["fleet"]["results"].as_array().unwrap())
        .collect();
    for (outcome, count) in sweep["summary"]["outcomes"].as_object().unwrap() {
        let found = rows
            .iter()
            .filter(|row| row["outcome"] == *outcome.as_str())
            .count();
        assert_eq!(count.as_u64().unwrap(), found as u64, "{outcome}");
    }
    for (severity, count) in sweep["summary"]["findings"].as_object().unwrap() {
        let found = rows
            .iter()
            .filter(|row| row["outcome"] == "fail" && row["severity"] == *severity.as_str())
            .filter(|row| row["caused_by"].is_null())
            .count();
        assert_eq!(count.as_u64().unwrap(), found as u64, "{severity}");
    }
}

#[test]
fn ndjson_is_a_line_a_host_then_fleet_then_summary() {
    let text = ndjson_of(&fleet::events());
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, [vec!["host"; 7], vec!["fleet", "summary"]].concat());
    assert_eq!(
        lines[0]["name"], "web-02",
        "the order in which hosts finished"
    );
    lines[..7].iter().for_each(has_host);
    has(&lines[7], &["results"]);
    has_summary(&lines[8]);
    has(
        &lines[8],
        &["schema", "tool", "started", "finished", "scope"],
    );
    // The same host, but for the member that says so, in both formats.
    let sweep: Value = serde_json::from_str(&json_of(&fleet::events(), false)).unwrap();
    let mut host = lines[0].clone();
    host.as_object_mut().unwrap().remove("type");
    assert_eq!(host, sweep["hosts"][1]);
}

#[test]
fn ndjson_tells_a_host_before_the_next_one_is_done() {
    let sink = Sink::default();
    let mut ndjson = Ndjson::new(sink.clone(), setting(false));
    let mut told = 0;
    for event in fleet::events() {
        ndjson.hear(&event).unwrap();
        if matches!(event, FleetEvent::Finished { .. }) {
            told += 1;
            assert_eq!(sink.text().lines().count(), told);
        }
    }
    assert_eq!(told, 7);
}

#[test]
fn a_long_list_is_not_cut() {
    let mut events = fleet::events();
    let long = vec!["one more thing"; 200].join(", ");
    for event in &mut events {
        if let FleetEvent::Finished { report, .. } = event {
            for row in &mut Arc::make_mut(report).results {
                row.observed.clone_from(&long);
            }
        }
    }
    let sweep: Value = serde_json::from_str(&json_of(&events, false)).unwrap();
    assert_eq!(sweep["hosts"][0]["results"][0]["observed"], long);
}

#[test]
fn strict_makes_a_host_with_any_gap_partial() {
    let state = |strict| {
        let sweep: Value = serde_json::from_str(&json_of(&fleet::events(), strict)).unwrap();
        let partial = sweep["summary"]["hosts"]["partial"].as_u64().unwrap();
        (
            sweep["hosts"][6]["state"].as_str().unwrap().to_owned(),
            partial,
        )
    };
    assert_eq!(state(false), ("assessed".to_owned(), 1));
    assert_eq!(state(true), ("partial".to_owned(), 2));
}

#[test]
fn a_host_nobody_reported_on_is_a_failed_row() {
    let mut events = fleet::events();
    events.retain(|event| !matches!(event, FleetEvent::Finished { host: 1, .. }));
    let sweep: Value = serde_json::from_str(&json_of(&events, false)).unwrap();
    assert_eq!(sweep["hosts"].as_array().unwrap().len(), 7);
    assert_eq!(sweep["hosts"][1]["state"], "failed");
    assert_eq!(sweep["hosts"][1]["error"]["class"], "protocol");
    assert_eq!(sweep["summary"]["hosts"]["failed"], 4);
}

#[test]
fn a_stream_that_breaks_off_still_gives_a_whole_document() {
    let mut events = fleet::events();
    events.truncate(12);
    let sink = Sink::default();
    let mut all = Audiences::default();
    all.add(Json::new(sink.clone(), setting(false)));
    for event in &events {
        all.hear(event).unwrap();
    }
    all.close().unwrap();
    all.close().unwrap();
    let sweep: Value = serde_json::from_str(&sink.text()).unwrap();
    assert_eq!(sweep["cancelled"], true);
    assert_eq!(sweep["hosts"].as_array().unwrap().len(), 7);
    assert_eq!(sweep["hosts"][5]["error"]["class"], "cancelled");
    assert_eq!(sweep["hosts"][6]["state"], "assessed");
}
