//! The catalogue in words: lists, explanations, looking controls up.

use plimsoll::report::catalogue::Catalogue;
use plimsoll::report::style::Style;
use plimsoll::report::{controls, explain};
use serde_json::Value;

use super::has;
use crate::support::controls::CONTROLS;

#[test]
fn the_catalogue_s_digest_changes_with_its_words() {
    let whole = Catalogue::new(CONTROLS).digest();
    assert_eq!(whole.len(), "sha256:".len() + 64);
    assert_eq!(whole, Catalogue::new(CONTROLS).digest());
    assert_ne!(whole, Catalogue::new(&CONTROLS[1..]).digest());
}

#[test]
fn explain_and_controls() {
    let catalogue = Catalogue::new(CONTROLS);
    let style = Style::default();
    let page = |id: &str| explain::explain(&catalogue, catalogue.get(id).unwrap(), &style);
    insta::assert_snapshot!("explain_privileged", page("run-privileged"));
    insta::assert_snapshot!("explain_caps", page("run-caps-added"));
    insta::assert_snapshot!("explain_group", page("host-docker-group-trusted"));
    let list = |format| controls::list(&catalogue, format, &style);
    insta::assert_snapshot!("controls_text", list(controls::Format::Text));
    insta::assert_snapshot!("controls_markdown", list(controls::Format::Markdown));
    insta::assert_snapshot!("controls_json", list(controls::Format::Json));
    let all: Value = serde_json::from_str(&list(controls::Format::Json)).unwrap();
    for control in all.as_array().unwrap() {
        has(
            control,
            &[
                "id",
                "title",
                "area",
                "severity",
                "set",
                "references",
                "practices",
                "evidence",
                "remedy",
                "parameters",
            ],
        );
    }
}

#[test]
fn controls_are_found_by_id_practice_and_number() {
    let catalogue = Catalogue::new(CONTROLS);
    let ids = |query: &str| -> Vec<&str> {
        catalogue
            .find(query)
            .unwrap()
            .into_iter()
            .map(|control| control.id)
            .collect()
    };
    assert_eq!(ids("Run-Privileged "), ["run-privileged"]);
    assert_eq!(ids("S22"), ["run-privileged", "run-caps-added"]);
    assert_eq!(ids("s28"), ["daemon-icc"]);
    assert_eq!(ids("CIS:5.4"), ["run-caps-added"]);
    assert_eq!(ids("cis-1.6:5.4"), ["run-privileged", "run-caps-added"]);
    assert_eq!(ids("CIS-1.8:5.1"), ["swarm-unneeded"]);
    let near = |query: &str| catalogue.find(query).unwrap_err().near;
    assert_eq!(near("run-priviliged")[0], "run-privileged");
    assert_eq!(near("icc")[0], "daemon-icc");
    assert_eq!(near("CIS-1.6:5.1"), Vec::<&str>::new());
    assert_eq!(near("S41"), Vec::<&str>::new());
    assert_eq!(near("\u{1b}[31m"), Vec::<&str>::new());
}
