//! The ledger: how each control is proven beyond its cases, which is never less than before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use plimsoll::controls;
use plimsoll::domain::control::Area;

use super::case::folder;

/// How each control is proven: what the ledger does not list is documented by its cases alone.
fn ledger() -> BTreeMap<&'static str, String> {
    let text = fs::read_to_string(folder().join("controls/ledger.toml")).unwrap();
    let listed: BTreeMap<String, String> = toml::from_str(&text).unwrap();
    let strange: Vec<_> = listed
        .keys()
        .filter(|id| controls::by_id(id).is_none())
        .collect();
    assert!(strange.is_empty(), "no such controls: {strange:?}");
    controls::all()
        .map(|control| {
            (
                control.id,
                listed
                    .get(control.id)
                    .map_or("documented", String::as_str)
                    .to_owned(),
            )
        })
        .collect()
}

/// Ways of proof, the best first, with the least number of controls proven so or better: a count may not drop.
const PROVEN: &[(&str, usize)] = &[("live", 191), ("recorded", 191), ("documented", 271)];

#[test]
fn the_ledger_says_how_each_control_is_proven() {
    let ledger = ledger();
    let mut so_far = 0;
    for (way, least) in PROVEN {
        let count = ledger.values().filter(|known| *known == way).count();
        so_far += count;
        println!("{way}: {count}");
        assert!(
            so_far >= *least,
            "{way} or better: {so_far}, there were {least}"
        );
    }
    assert_eq!(
        so_far,
        ledger.len(),
        "the ledger has a way of proof of its own"
    );
}

#[test]
fn every_area_has_controls_with_a_live_pair() {
    let ledger = ledger();
    for area in Area::ALL {
        let live = controls::all()
            .filter(|control| control.area == area && ledger[control.id] == "live")
            .count();
        println!("{}: {live} live", area.word());
        assert!(live >= 3, "{} has {live}", area.word());
    }
}

/// What the lab set up on its hosts, right and wrong: `[HOST.fail]` and `[HOST.pass]`, control to subjects.
type Expected = BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<String>>>>;

/// Controls that are right on one of the lab's hosts and wrong on another.
fn across_hosts() -> BTreeSet<String> {
    let text = fs::read_to_string(folder().join("lab/expected.toml")).unwrap();
    let mut expected: Expected = toml::from_str(&text).unwrap();
    let mut named = |kind: &str| -> BTreeSet<String> {
        expected
            .values_mut()
            .filter_map(|host| host.remove(kind))
            .flat_map(BTreeMap::into_keys)
            .collect()
    };
    let (fail, pass) = (named("fail"), named("pass"));
    &fail & &pass
}

/// Controls of which one host of the lab is first set up wrong and then right.
fn in_turn() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder().join("lab/pairs")];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "toml") {
                found.extend(named_in(&path));
            }
        }
    }
    found
}

fn named_in(path: &Path) -> Vec<String> {
    let topic: toml::Table = toml::from_str(&fs::read_to_string(path).unwrap())
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let pairs = topic["pair"].as_array().unwrap();
    pairs
        .iter()
        .map(|pair| pair["control"].as_str().unwrap().to_owned())
        .collect()
}

/// The lab's own test holds the ledger against the pairs that it has just seen fail and pass; this one only needs the files.
#[test]
fn what_counts_as_live_has_its_pair_in_the_lab() {
    let pairs = &across_hosts() | &in_turn();
    let mut wrong: Vec<String> = pairs
        .iter()
        .filter(|id| controls::by_id(id).is_none())
        .map(|id| format!("a pair of {id}, which is no control"))
        .collect();
    for (id, way) in ledger() {
        let pair = pairs.contains(id);
        if pair != (way == "live") {
            wrong.push(format!("{id} is {way}, and a pair in the lab: {pair}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
