//! The form of the catalogue: ids, texts, and agreement with the list that programs read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use plimsoll::controls::{self, FAMILIES};
use plimsoll::domain::control::{Area, Cis, Control};

use plimsoll::report::catalogue::Catalogue;

use super::case::folder;

/// Rows of a table, by the name in the first column.
fn table(name: &str) -> BTreeMap<String, Vec<String>> {
    fs::read_to_string(folder().join("catalogue").join(name))
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>())
        .map(|cells| (cells[0].clone(), cells))
        .collect()
}

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ids_are_unique_kebab_case_and_of_their_area() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (area, topics) in FAMILIES {
        for control in topics.iter().flat_map(|topic| topic.iter()) {
            let id = control.id;
            let kebab = id.split('-').all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
            if !kebab {
                wrong.push(format!("{id} is no kebab-case"));
            }
            if !seen.insert(id) {
                wrong.push(format!("{id} is there twice"));
            }
            if control.area != *area || !id.starts_with(area.prefix()) {
                wrong.push(format!("{id} is in the area {}", area.word()));
            }
        }
    }
    assert_none(wrong);
    assert_eq!(
        FAMILIES.iter().map(|(area, _)| *area).collect::<Vec<_>>(),
        Area::ALL
    );
}

#[test]
fn every_area_has_its_controls() {
    for area in Area::ALL {
        let count = controls::all()
            .filter(|control| control.area == area)
            .count();
        assert!(count >= 3, "{} has {count} controls", area.word());
    }
    println!("{} controls", controls::all().count());
}

/// `2.8 (2.7), 3.11` as pairs; `(new)` has no older number.
fn numbers(text: &str) -> Vec<(String, Option<String>)> {
    text.split(", ")
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once(" (") {
            Some((number, "new)")) => (number.to_owned(), None),
            Some((number, old)) => (
                number.to_owned(),
                Some(old.trim_end_matches(')').to_owned()),
            ),
            None => (part.to_owned(), Some(part.to_owned())),
        })
        .collect()
}

#[test]
fn severity_set_and_numbers_agree_with_the_list() {
    let list = table("controls.tsv");
    let mut wrong = Vec::new();
    for control in controls::all() {
        let Some(cells) = list.get(control.id) else {
            wrong.push(format!("{} is not on the list", control.id));
            continue;
        };
        let set = match cells[3].as_str() {
            "B" => "baseline",
            "H" => "hardened",
            "P" => "policy",
            _ => "informational",
        };
        let mut practices: Vec<u8> = cells[4]
            .split(", ")
            .filter_map(|text| text.strip_prefix('S'))
            .map(|text| text.parse().unwrap())
            .collect();
        practices.sort_unstable();
        let cis: Vec<_> = control
            .cis
            .iter()
            .map(|cis| (cis.v18.to_owned(), cis.v16.map(str::to_owned)))
            .collect();
        for (what, here, there) in [
            ("area", control.area.word().to_owned(), cells[1].clone()),
            (
                "severity",
                control.severity.word().to_owned(),
                cells[2].clone(),
            ),
            ("set", control.set.word().to_owned(), set.to_owned()),
            (
                "practices",
                format!("{:?}", control.practices),
                format!("{practices:?}"),
            ),
            (
                "cis",
                format!("{cis:?}"),
                format!("{:?}", numbers(&cells[5])),
            ),
            ("title", control.title.to_owned(), cells[8].clone()),
        ] {
            if here != there {
                wrong.push(format!(
                    "{}: {what} is {here}, the list has {there}",
                    control.id
                ));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn levels_agree_with_the_benchmark() {
    let levels = table("cis.tsv");
    let mut wrong = Vec::new();
    for control in controls::all() {
        for cis in control.cis {
            let row = &levels[cis.v18];
            // The source states no level for two numbers; they are held to the level of their neighbours.
            let level = if row[2] == "?" { "2" } else { &row[2] };
            if cis.level.to_string() != level {
                wrong.push(format!("{}: {} has level {level}", control.id, cis.v18));
            }
            if cis.v16.unwrap_or_default() != row[1] {
                wrong.push(format!("{}: {} was {:?}", control.id, cis.v18, row[1]));
            }
        }
    }
    assert_none(wrong);
}

/// Every text of a control.
fn texts(control: &'static Control) -> Vec<&'static str> {
    let mut texts = vec![control.title, control.why, control.evidence, control.passes];
    texts.extend(
        control
            .remedies
            .iter()
            .flat_map(|remedy| [remedy.action, remedy.undo]),
    );
    texts.extend(control.parameters.iter().map(|parameter| parameter.about));
    texts
}

#[test]
fn every_control_says_what_it_is_about() {
    let mut wrong = Vec::new();
    for control in controls::all() {
        for (what, text) in [
            ("title", control.title),
            ("why", control.why),
            ("evidence", control.evidence),
            ("passes", control.passes),
        ] {
            if text.split_whitespace().count() < 2 {
                wrong.push(format!("{} has no {what}", control.id));
            }
            if what != "title" && !text.ends_with('.') {
                wrong.push(format!("{}: {what} is no sentence", control.id));
            }
        }
        if control.title.ends_with('.') || control.title.chars().count() > 120 {
            wrong.push(format!(
                "{}: a title is one short line without a full stop",
                control.id
            ));
        }
        if control.remedies.is_empty()
            || control
                .remedies
                .iter()
                .any(|remedy| remedy.action.is_empty())
        {
            wrong.push(format!("{} has no remedy", control.id));
        }
        for text in texts(control) {
            if text.contains("  ") || text.chars().any(char::is_control) {
                wrong.push(format!("{}: broken spacing in {text:?}", control.id));
            }
        }
        for need in control.needs {
            if controls::by_id(need).is_none() {
                wrong.push(format!("{} needs {need}, which is no control", control.id));
            }
        }
    }
    assert_none(wrong);
}

/// Advice that is obsolete or does harm.
const NEVER: &[&str] = &[
    "disable-legacy-registry",
    "DOCKER_CONTENT_TRUST",
    "docker daemon ",
    "444 on",
    "chmod 444",
    "/foobar",
    "cap-add SYS_ADMIN",
    "cap-add=SYS_ADMIN",
    "MAINTAINER",
    "systemctl restart auditd",
    "exit 0",
    "|| true",
    "system prune",
    "usermod -aG docker",
    "gpasswd -a USER docker to",
    "storage-driver overlay,",
    "to aufs",
    "to devicemapper",
    "noexec on",
    "nosuid on",
];

#[test]
fn obsolete_advice_occurs_nowhere() {
    let mut wrong = Vec::new();
    for control in controls::all() {
        for text in texts(control) {
            wrong.extend(
                NEVER
                    .iter()
                    .filter(|advice| text.contains(*advice))
                    .map(|advice| format!("{}: {advice}", control.id)),
            );
        }
    }
    assert_none(wrong);
}

#[test]
fn rules_cannot_turn_missing_evidence_into_a_value() {
    let mut open = vec![folder().parent().unwrap().join("src/controls")];
    let mut wrong = Vec::new();
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
                if ["unwrap_or", ".ok()", "is_ok"]
                    .iter()
                    .any(|name| line.contains(name))
                {
                    wrong.push(format!(
                        "{}:{}: {}",
                        path.display(),
                        number + 1,
                        line.trim()
                    ));
                }
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn parameters_of_one_name_are_the_same() {
    let mut known: BTreeMap<&str, (String, &str)> = BTreeMap::new();
    for control in controls::all() {
        for parameter in control.parameters {
            let seen = known
                .entry(parameter.name)
                .or_insert((format!("{:?}", parameter.default), control.id));
            assert_eq!(
                seen.0,
                format!("{:?}", parameter.default),
                "{} of {} and {}",
                parameter.name,
                seen.1,
                control.id
            );
        }
    }
}

#[test]
fn controls_are_found_by_id_practice_and_number() {
    let catalogue = Catalogue::new(controls::all());
    let ids = |query: &str| -> Vec<&str> {
        catalogue
            .find(query)
            .unwrap()
            .iter()
            .map(|control| control.id)
            .collect()
    };
    assert_eq!(ids("run-privileged"), ["run-privileged"]);
    assert!(ids("S24").contains(&"run-restart-policy"));
    assert_eq!(
        ids("CIS:5.15"),
        ["run-restart-policy", "swarm-services-hardening"]
    );
    assert_eq!(ids("CIS-1.6:2.15"), ["daemon-live-restore"]);
    assert_eq!(
        ids("CIS-1.8:2.7"),
        ["daemon-storage-driver", "daemon-storage-devicemapper"]
    );
    assert!(!ids("CIS-1.6:2.7").contains(&"daemon-storage-driver"));
    assert!(catalogue.find("S99").is_err() && catalogue.find("CIS:99.1").is_err());
}

#[test]
fn references_quote_both_editions() {
    let quotes = |id: &str| controls::references(controls::by_id(id).unwrap());
    assert_eq!(
        quotes("daemon-live-restore"),
        ["CIS Docker 1.8.0 2.16", "CIS Docker 1.6.0 2.15"]
    );
    assert!(quotes("os-time-sync").is_empty());
    let new = controls::by_id("daemon-storage-devicemapper").unwrap();
    assert_eq!(new.cis, [Cis::new_in_18("2.7", 1)]);
}
