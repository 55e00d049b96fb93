//! Runs every case of `tests/controls/<id>.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use plimsoll::controls;
use plimsoll::domain::control::{Control, Rule};
use plimsoll::domain::outcome::{ControlResult, Outcome};

use super::case::{Case, File, folder, read};

/// The case files by control id.
pub(super) fn files() -> BTreeMap<String, File> {
    fs::read_dir(folder().join("controls"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_some_and(|e| e == "toml") && path.file_stem().unwrap() != "ledger"
        })
        .map(|path| {
            (
                path.file_stem().unwrap().to_str().unwrap().to_owned(),
                read(&path),
            )
        })
        .collect()
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 0,
        Outcome::NotChecked => 1,
        Outcome::Manual => 2,
        Outcome::Blocked => 3,
        Outcome::Waived => 4,
        Outcome::Pass => 5,
        Outcome::NotApplicable => 6,
    }
}

/// What is wrong with the rows of a case; nothing is good.
pub(super) fn check(control: &'static Control, case: &Case) -> Option<String> {
    let rows = if matches!(control.rule, Rule::Fleet(_)) {
        case.compare()
    } else {
        case.judge()
    };
    let mut rows: Vec<ControlResult> = rows
        .into_iter()
        .filter(|row| row.control == control.id)
        .collect();
    if let Some(subject) = &case.subject {
        let found: Vec<String> = rows.iter().map(|row| row.subject.id.clone()).collect();
        rows.retain(|row| row.subject.id == *subject);
        if rows.is_empty() {
            return Some(format!("no row on {subject}, only on {}", found.join(", ")));
        }
    }
    rows.sort_by_key(|row| (rank(row.outcome), row.severity));
    let Some(row) = rows.first() else {
        return Some("no row at all".into());
    };
    let said = row
        .gap
        .as_ref()
        .map_or(row.observed.as_str(), |gap| gap.message.as_str());
    let shown = format!(
        "{} on {} ({}): {said} / {}",
        row.outcome.word(),
        row.subject.id,
        row.severity.word(),
        row.expected
    );
    if row.outcome.word() != case.outcome {
        return Some(format!("wanted {}, got {shown}", case.outcome));
    }
    if let Some(part) = &case.observed
        && !said.contains(part.as_str())
    {
        return Some(format!("wanted {part:?} in it, got {shown}"));
    }
    if let Some(class) = &case.gap
        && row.gap.as_ref().map(|gap| gap.class.word()) != Some(class.as_str())
    {
        return Some(format!("wanted a gap {class}, got {:?}", row.gap));
    }
    if row.outcome == Outcome::Fail {
        let severity = case.severity.as_deref().unwrap_or(control.severity.word());
        if row.severity.word() != severity {
            return Some(format!("wanted severity {severity}, got {shown}"));
        }
        if row.caused_by != case.caused_by.as_deref() {
            return Some(format!(
                "wanted cause {:?}, got {:?} of {shown}",
                case.caused_by, row.caused_by
            ));
        }
        if row.expected.is_empty() {
            return Some(format!("a fail must say what is wanted: {shown}"));
        }
    }
    if row.outcome != Outcome::NotChecked && row.observed.is_empty() {
        return Some(format!("nothing is said: {shown}"));
    }
    None
}

#[test]
fn every_case_comes_out_as_written() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (id, file) in files() {
        let Some(control) = controls::by_id(&id) else {
            continue;
        };
        for case in &file.case {
            count += 1;
            if let Some(why) = check(control, case) {
                wrong.push(format!("{id}, {}: {why}", case.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{count} cases");
}

#[test]
fn every_control_has_its_cases_and_no_file_is_orphaned() {
    let files = files();
    let mut wrong = Vec::new();
    for control in controls::all() {
        let Some(file) = files.get(control.id) else {
            wrong.push(format!(
                "{} has no tests/controls/{}.toml",
                control.id, control.id
            ));
            continue;
        };
        let outcomes: BTreeSet<&str> = file.case.iter().map(|case| case.outcome.as_str()).collect();
        let named: BTreeSet<&str> = file.case.iter().map(|case| case.name.as_str()).collect();
        if named.len() != file.case.len() || named.contains("") {
            wrong.push(format!(
                "{} has cases without a name of their own",
                control.id
            ));
        }
        // Obsolete advice: the question never arises, so there is neither a pass nor a fail.
        if control.id == "image-content-trust-legacy" {
            assert!(outcomes.contains("not_applicable") && outcomes.contains("not_checked"));
            continue;
        }
        if !outcomes.contains("pass") {
            wrong.push(format!("{} has no passing case", control.id));
        }
        if !outcomes.contains("fail") {
            wrong.push(format!("{} has no failing case", control.id));
        }
        // Waivers are read with the inventory, and a sweep's own rows are there: their evidence cannot be missing.
        let own = ["ops-waivers-valid", "ops-evidence-complete"];
        if !outcomes.contains("not_checked") && !own.contains(&control.id) {
            wrong.push(format!("{} has no case of missing evidence", control.id));
        }
    }
    let known: BTreeSet<&str> = controls::all().map(|control| control.id).collect();
    wrong.extend(
        files
            .keys()
            .filter(|id| !known.contains(id.as_str()))
            .map(|id| format!("{id}.toml names no control")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
