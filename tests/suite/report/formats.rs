//! The formats other than text and JSON: golden files, read back by readers that know nothing of plimsoll.
//!
//! `tests/readers/run` holds the same files against the schemas and the programs of others.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::hostile::hostile_events;
use super::{FORMATS, written};
use crate::support::fleet;

/// The endings of golden files, in the order of [`FORMATS`].
const ENDINGS: [&str; FORMATS.len()] = [
    "csv", "md", "html", "sarif", "xml", "json", "ndjson", "prom",
];

#[test]
fn golden_files() {
    for (format, ending) in FORMATS.into_iter().zip(ENDINGS) {
        let name = format!("fleet_{format}.{ending}");
        insta::assert_binary_snapshot!(&name, written(format, &fleet::events()).into_bytes());
        let name = format!("hostile_{format}.{ending}");
        insta::assert_binary_snapshot!(&name, written(format, &hostile_events()).into_bytes());
    }
}

fn table(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .records()
        .map(|record| record.unwrap().iter().map(ToOwned::to_owned).collect())
        .collect()
}

#[test]
fn csv_has_a_line_for_each_outcome_and_each_unread_host() {
    let lines = table(&written("csv", &fleet::events()), b',');
    let head = &lines[0];
    assert!(lines.iter().all(|line| line.len() == head.len()));
    let column = |name: &str| head.iter().position(|column| column == name).unwrap();
    let (host, outcome) = (column("host"), column("outcome"));
    let unread: Vec<&str> = lines[1..]
        .iter()
        .filter(|line| line[outcome].is_empty())
        .map(|line| line[host].as_str())
        .collect();
    assert_eq!(unread, ["edge-01", "edge-02", "db-01"]);
    let fails = lines.iter().filter(|line| line[outcome] == "fail").count();
    assert_eq!(
        fails, 10,
        "one for each fail of the fleet, caused and momentary ones too"
    );
}

#[test]
fn no_cell_is_a_formula_wherever_a_spreadsheet_splits() {
    let text = written("csv", &hostile_events());
    for delimiter in [b',', b';', b'\t'] {
        for cell in table(&text, delimiter).iter().flatten() {
            let start = cell.trim_start_matches([' ', '"']);
            assert!(
                !start.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
}

/// An element of a page: its name and attributes.
type Element = (String, BTreeMap<String, String>);

/// A suite: its attributes, and how many elements of each kind are in it.
type Suite<'a> = (BTreeMap<String, String>, BTreeMap<&'a str, usize>);

fn elements(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                let attributes = element
                    .attributes()
                    .map(|attribute| {
                        let attribute = attribute.unwrap();
                        let key = attribute.key.as_ref().to_owned();
                        (key, attribute.value.into_owned())
                    })
                    .collect();
                let name = element.name().as_ref().to_owned();
                found.push((name, attributes));
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn junit_counts_what_it_lists() {
    for events in [fleet::events(), hostile_events()] {
        let found = elements(&written("junit", &events));
        let mut suites: Vec<Suite<'_>> = Vec::new();
        for (name, attributes) in &found {
            match name.as_str() {
                "testsuite" => suites.push((attributes.clone(), BTreeMap::new())),
                "testcase" | "failure" | "error" | "skipped" => {
                    *suites.last_mut().unwrap().1.entry(name).or_default() += 1;
                }
                "testsuites" | "properties" | "property" => {}
                other => panic!("{other} is no element of JUnit"),
            }
        }
        assert!(suites.len() > 2);
        for (attributes, counted) in suites {
            for (attribute, element) in [
                ("tests", "testcase"),
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            ] {
                let said: usize = attributes[attribute].parse().unwrap();
                let there = counted.get(element).copied().unwrap_or_default();
                assert_eq!(said, there, "{attribute} of {attributes:?}");
            }
        }
    }
}

#[test]
fn sarif_results_point_to_their_rules_and_keep_their_fingerprints() {
    let log: Value = serde_json::from_str(&written("sarif", &fleet::events())).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    let mut prints = BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"];
        prints.insert((place.as_str().unwrap(), result["ruleId"].as_str().unwrap()));
        let print = result["partialFingerprints"]["plimsoll/v1"]
            .as_str()
            .unwrap();
        assert_eq!(print.len(), 16);
    }
    assert_eq!(prints.len(), results.len(), "each finding once");
    let suppressed: Vec<_> = results
        .iter()
        .filter(|result| result.get("suppressions").is_some())
        .collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["ruleId"], "image-nonroot-user");
    // Consequences and momentary states are no alerts; hosts that were not read are told.
    assert!(
        results
            .iter()
            .all(|result| result["ruleId"] != "ops-unhealthy")
    );
    let told = run["invocations"][0]["toolExecutionNotifications"].to_string();
    for host in ["edge-01", "edge-02", "db-01", "web-03"] {
        assert!(told.contains(host), "{host} in {told}");
    }
}

#[test]
fn oscal_findings_point_to_observations_and_only_passes_satisfy() {
    let document: Value = serde_json::from_str(&written("oscal", &fleet::events())).unwrap();
    let none = Vec::new();
    let (mut uuids, mut satisfied) = (BTreeSet::new(), 0);
    for result in document["assessment-results"]["results"]
        .as_array()
        .unwrap()
    {
        let observations = result["observations"].as_array().unwrap_or(&none);
        let mut outcomes = BTreeMap::new();
        for observation in observations {
            let uuid = observation["uuid"].as_str().unwrap();
            assert!(uuids.insert(uuid), "{uuid} twice");
            let props = observation["props"].as_array().unwrap();
            let outcome = props.iter().find(|prop| prop["name"] == "outcome").unwrap();
            outcomes.insert(uuid, outcome["value"].as_str().unwrap());
        }
        for finding in result["findings"].as_array().unwrap_or(&none) {
            let status = &finding["target"]["status"]["state"];
            for related in finding["related-observations"].as_array().unwrap() {
                let outcome = outcomes[related["observation-uuid"].as_str().unwrap()];
                assert!(status != "satisfied" || outcome == "pass", "{finding}");
            }
            satisfied += usize::from(status == "satisfied");
        }
    }
    assert_eq!(
        satisfied, 5,
        "controls that pass on every subject of a host"
    );
}

#[test]
fn ocsf_has_an_event_for_each_outcome_that_applies() {
    let text = written("ocsf", &fleet::events());
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |status: u64| {
        let fits = |event: &&Value| event["compliance"]["status_id"] == status;
        events.iter().filter(fits).count()
    };
    // Passes; fails with the waived one; what a person must look at; unread hosts, gaps and blocked rows.
    assert_eq!((of(1), of(3), of(2), of(0)), (6, 11, 1, 8));
    let severe = events.iter().filter(|event| event["severity_id"] == 5);
    assert!(severe.clone().count() >= 3);
    assert!(
        severe
            .clone()
            .all(|event| event["compliance"]["status"] == "Fail")
    );
}

#[test]
fn markup_of_a_host_is_text_on_the_page() {
    let page = written("html", &hostile_events());
    assert_eq!(
        page.matches("<script").count(),
        1,
        "the one script of our own"
    );
    assert!(page.contains("&#60;script&#62;alert(1)"), "still readable");
    assert!(
        !page.contains("\" onclick="),
        "no attribute of a host's making"
    );
    for outside in ["src=", "href=", "url(", "@import", "http:", "https:"] {
        assert!(!page.contains(outside), "{outside} would load from outside");
    }
}

#[test]
fn markdown_keeps_what_a_host_says_inside_code_spans() {
    let page = written("markdown", &hostile_events());
    for line in page.lines() {
        // Outside of spans nothing of a host's may stand; spans alternate with our own text.
        let ours: String = line.split('`').step_by(2).collect();
        assert!(!ours.contains("cmd()") && !ours.contains('<'), "{line}");
        assert!(line.matches('`').count().is_multiple_of(2), "{line}");
    }
}

#[test]
fn metrics_stand_together_and_name_each_series_once() {
    for events in [fleet::events(), hostile_events()] {
        let text = written("prometheus", &events);
        let (mut series, mut closed, mut current) = (BTreeSet::new(), BTreeSet::new(), "");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (labelled, value) = line.rsplit_once(' ').unwrap();
            value.parse::<f64>().unwrap();
            let name = labelled.split('{').next().unwrap();
            if name != current {
                assert!(closed.insert(name), "{name} is torn apart");
                current = name;
            }
            // Two hosts of the hostile fleet share a name, which an inventory refuses.
            assert!(
                series.insert(labelled) || labelled.contains("evil"),
                "{labelled} twice"
            );
        }
        assert!(series.len() > 50);
    }
}
