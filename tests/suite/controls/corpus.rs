//! Bug threads of peers, one file each in `tests/corpus`: what went wrong there has to come out right here.

use std::collections::BTreeSet;
use std::fs;

use plimsoll::controls;
use serde::Deserialize;

use super::case::{Case, folder};
use super::cases::check;

/// One thread.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thread {
    /// Where it was told, such as `owner/name#12`.
    #[serde(rename = "thread")]
    source: String,
    /// What was wrong, in words.
    fault: String,
    case: Vec<Case>,
}

/// Threads that the corpus has at least: a count may not drop.
const LEAST: usize = 33;

#[test]
fn what_went_wrong_elsewhere_comes_out_right() {
    let mut wrong = Vec::new();
    let mut told = BTreeSet::new();
    for entry in fs::read_dir(folder().join("corpus")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let thread: Thread = toml::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if let Some((_, number)) = thread.source.split_once('#')
            && !name.split('-').any(|part| part == number)
        {
            wrong.push(format!("{name} is not named after {}", thread.source));
        }
        if thread.fault.split_whitespace().count() < 3 || thread.case.is_empty() {
            wrong.push(format!("{name} does not say what went wrong"));
        }
        for case in &thread.case {
            let control = case.control.as_deref().and_then(controls::by_id);
            match control.map(|control| check(control, case)) {
                None => wrong.push(format!("{name}, {}: no such control", case.name)),
                Some(Some(why)) => wrong.push(format!("{name}, {}: {why}", case.name)),
                Some(None) => {}
            }
        }
        told.insert(name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        told.len() >= LEAST,
        "{} threads, there were {LEAST}",
        told.len()
    );
}
