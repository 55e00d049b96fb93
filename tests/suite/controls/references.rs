//! What is said of controls outside the code: numbers of frameworks, and the page of the catalogue.

use std::collections::BTreeSet;
use std::fs;

use plimsoll::controls::frameworks::{self, Framework, order};
use plimsoll::controls::{self, by_id};
use plimsoll::report::catalogue::Catalogue;
use plimsoll::report::controls::{Format, list};
use plimsoll::report::style::Style;

use super::case::folder;

/// The form of a framework's numbers.
fn well_formed(framework: Framework, number: &str) -> bool {
    let dotted = |text: &str, parts: usize| {
        let numbers: Vec<_> = text.split('.').map(str::parse::<u8>).collect();
        numbers.len() == parts && numbers.iter().all(Result::is_ok)
    };
    match framework {
        Framework::CisDocker => number.split('.').all(|part| part.parse::<u8>().is_ok()),
        // Countermeasures only: chapter 3 of the publication tells risks.
        Framework::Nist => dotted(number, 3) && number.starts_with("4."),
        Framework::Iso => number.strip_prefix("A.").is_some_and(|rest| {
            let last = rest
                .split_once('.')
                .map_or(0, |(_, last)| last.parse().unwrap_or(0));
            let most = match rest.split('.').next() {
                Some("5") => 37,
                Some("6") => 8,
                Some("7") => 14,
                Some("8") => 34,
                _ => 0,
            };
            dotted(rest, 2) && (1..=most).contains(&last)
        }),
        Framework::Soc2 => number
            .strip_prefix("CC")
            .or_else(|| number.strip_prefix('A'))
            .is_some_and(|rest| dotted(rest, 2)),
        Framework::CisControls => dotted(number, 2),
    }
}

#[test]
fn every_control_has_a_line_and_every_line_is_a_control_of_the_catalogue() {
    let lines: Vec<&str> = frameworks::listed().collect();
    let once: BTreeSet<&str> = lines.iter().copied().collect();
    assert_eq!(once.len(), lines.len(), "a line is there twice");
    for control in controls::all() {
        assert!(once.contains(control.id), "{} has no line", control.id);
    }
    let catalogue = fs::read_to_string(folder().join("catalogue/controls.tsv")).unwrap();
    let planned: BTreeSet<&str> = catalogue
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    for line in lines {
        assert!(planned.contains(line), "{line} is no control");
    }
}

#[test]
fn numbers_have_the_form_of_their_framework_and_stand_in_order() {
    for control in controls::all() {
        for framework in Framework::ALL {
            let numbers = framework.numbers(control);
            for number in &numbers {
                assert!(well_formed(framework, number), "{}: {number}", control.id);
            }
            let mut sorted = numbers.clone();
            if framework != Framework::CisDocker {
                sorted.sort_by(|a, b| order(a).cmp(&order(b)));
                sorted.dedup();
            }
            assert_eq!(numbers, sorted, "{}", control.id);
        }
    }
    assert!(order("A.8.9") < order("A.8.10") && order("CC6.1") < order("CC7.1"));
    assert!(order("4.4.3") < order("4.10.1") && order("S9") < order("S10"));
}

#[test]
fn controls_are_found_by_the_numbers_of_frameworks() {
    let catalogue = Catalogue::new(controls::all());
    let found = |query: &str| {
        let found = catalogue.find(query).unwrap();
        found.iter().any(|control| control.id == "run-privileged")
    };
    assert!(found("NIST:4.4.3") && found("iso:A.8.2") && found("soc2:cc6.3"));
    assert!(found("CIS-v8:4.1"));
    assert!(!found("NIST:4.5.3") && catalogue.find("ISO:A.5.99").is_err());
    assert_eq!(
        Framework::Nist.numbers(by_id("run-privileged").unwrap()),
        ["4.4.3"]
    );
}

#[test]
fn the_page_of_the_catalogue_is_today_s() {
    let page = list(
        &Catalogue::new(controls::all()),
        Format::Markdown,
        &Style::default(),
    );
    let path = folder().parent().unwrap().join("docs/controls.md");
    let written = fs::read_to_string(path).unwrap_or_default();
    let differs = || {
        let mut lines = page.lines().zip(written.lines());
        let line = lines.position(|(now, then)| now != then);
        line.map_or_else(
            || "its length".to_owned(),
            |line| format!("line {}", line + 1),
        )
    };
    assert!(
        page == written,
        "docs/controls.md is not today's ({}): cargo run -- controls --format markdown > docs/controls.md",
        differs()
    );
}
