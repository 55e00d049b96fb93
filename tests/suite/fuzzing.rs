//! The short run of the fuzzed entries: on what was found and kept (`fuzz/corpus`), and on mutations of it. The long
//! one, guided by coverage, is `fuzz/run`.

#[path = "../../fuzz/entries.rs"]
mod entries;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Mutated inputs for each entry.
const MUTATIONS: u32 = 200;

/// The kept inputs of an entry.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{name} has no corpus");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// One change of bytes: at a place (a part of the length), what is cut out there, and what is put in.
fn change() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let telling = prop::sample::select(vec![
        b"\0".to_vec(),
        b"\n".to_vec(),
        b"\x1e".to_vec(),
        b"\x1b]52;".to_vec(),
        b"\"".to_vec(),
        b"[".to_vec(),
        b"{".to_vec(),
        b"-1".to_vec(),
        b"99999999999999999999".to_vec(),
        b"\xff\xfe".to_vec(),
        "\u{202e}".as_bytes().to_vec(),
    ]);
    let put = prop_oneof![telling, prop::collection::vec(any::<u8>(), 0..8)];
    (any::<prop::sample::Index>(), 0..16_usize, put)
}

fn changed(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, usize, Vec<u8>)]) -> Vec<u8> {
    for (place, cut, put) in changes {
        let from = place.index(bytes.len() + 1);
        let to = (from + cut).min(bytes.len());
        bytes.splice(from..to, put.iter().copied());
    }
    bytes
}

fn run(name: &str) {
    let (_, entry) = entries::ENTRIES
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap();
    let corpus = corpus(name);
    for input in &corpus {
        entry(input);
    }
    let mut runner = TestRunner::new(Config {
        cases: MUTATIONS,
        failure_persistence: None,
        ..Config::default()
    });
    let inputs = (
        prop::sample::select(corpus),
        prop::collection::vec(change(), 0..6),
    );
    runner
        .run(&inputs, |(input, changes)| {
            entry(&changed(input, &changes));
            Ok(())
        })
        .unwrap();
}

#[test]
fn every_folder_of_the_corpus_has_its_entry() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for kept in fs::read_dir(folder).unwrap() {
        let name = kept.unwrap().file_name();
        let known = entries::ENTRIES.iter().any(|(known, _)| name == **known);
        assert!(known, "{} belongs to no entry", name.display());
    }
}

macro_rules! entries {
    ($($name:ident)*) => {
        $(#[test] fn $name() { run(stringify!($name)); })*

        #[test]
        fn every_entry_is_run() {
            let run = [$(stringify!($name)),*];
            let all: Vec<_> = entries::ENTRIES.iter().map(|(name, _)| *name).collect();
            assert_eq!(run.as_slice(), all);
        }
    };
}

entries! { inventory limit filter nodeset known_hosts probe engine record keys text }
