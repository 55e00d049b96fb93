//! What is fuzzed: each entry takes any bytes and must neither panic nor hang, whatever they are; what else must hold
//! is asserted in place. Shared by `fuzz/targets/any.rs` and by the suite, which runs every entry on its corpus and on
//! mutations of it (`tests/suite/fuzzing.rs`).

use std::path::{Path, PathBuf};

use plimsoll::collect::answers::Answers;
use plimsoll::collect::decode;
use plimsoll::domain::filter::Filter;
use plimsoll::domain::nodeset;
use plimsoll::domain::text::{clean, fit, width};
use plimsoll::inventory::{self, Environment};
use plimsoll::probe::{Conversation, Leads, Needs, Step};
use plimsoll::record::Recording;
use plimsoll::redact::Redactor;
use plimsoll::transport::ssh::known_hosts::{KnownHosts, types_on_file};
use plimsoll::tui::key::Key;

/// An entry: its name, which is also the name of its folder of `fuzz/corpus`, and what it does with bytes.
pub(crate) type Entry = (&'static str, fn(&[u8]));

/// Every entry.
pub(crate) const ENTRIES: &[Entry] = &[
    ("inventory", inventory),
    ("limit", limit),
    ("filter", filter),
    ("nodeset", nodeset),
    ("known_hosts", known_hosts),
    ("probe", probe),
    ("engine", engine),
    ("record", record),
    ("keys", keys),
    ("text", text),
];

/// The text in `data`, where it is one.
fn utf8(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

fn environment() -> Environment<'static> {
    Environment {
        home: Some(PathBuf::from("/home/ann")),
        user: Some("ann".to_owned()),
        base: PathBuf::from("/srv/fleet"),
        ..Environment::default()
    }
}

/// An inventory: what is wrong with it has a place inside the file.
fn inventory(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    if let Err(problems) = inventory::parse(text, "inventory.toml", &environment()) {
        assert!(!problems.is_empty(), "refused without a reason");
        for problem in problems {
            let line = problem.line;
            assert!(line <= text.lines().count() + 1, "line {line} is not there");
        }
    }
}

/// A host expression, on the fleet of the example.
fn limit(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let fleet = inventory::parse(inventory::EXAMPLE, "example", &environment());
    if let Ok(fleet) = fleet
        && let Ok(selected) = inventory::select(&fleet, text)
    {
        assert!(selected.iter().all(|host| *host < fleet.hosts.len()));
    }
}

fn filter(data: &[u8]) {
    if let Some(text) = utf8(data) {
        let _read = Filter::parse(text);
    }
}

/// A node set: what it names folds into one that names the same.
fn nodeset(data: &[u8]) {
    const MOST: usize = 2000;
    let Some(names) = utf8(data).and_then(|text| nodeset::expand(text, MOST).ok()) else {
        return;
    };
    assert!(names.len() <= MOST);
    let folded = nodeset::fold(&names);
    if let Ok(mut again) = nodeset::expand(&folded, MOST) {
        let mut names = names;
        again.sort();
        again.dedup();
        names.sort();
        names.dedup();
        assert_eq!(names, again, "folded into {folded}");
    }
}

fn known_hosts(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let file = KnownHosts::parse(&text, Path::new("known_hosts"));
    let _types = types_on_file(&[file.into()], "web-01.example.net", 2222);
}

/// What the probe answers, in pieces of different sizes.
fn probe(data: &[u8]) {
    let (size, data) = data.split_first().map_or((1, data), |(size, rest)| {
        (usize::from(*size).max(1) * 16, rest)
    });
    let mut talk = Conversation::new(Needs::default(), Redactor::new([7; 32]));
    for piece in data.chunks(size) {
        match talk.feed(piece) {
            Step::More => {}
            Step::Ask => drop(talk.ask(Leads::default())),
            Step::Done(_) | Step::Failed(_) => return,
        }
    }
}

/// Answers of an engine: the requests by line, `PATH<tab>BODY`.
fn engine(data: &[u8]) {
    let mut answers = Answers::default();
    for line in data.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b'\t');
        if let (Some(path), Some(body)) = (parts.next().and_then(utf8), parts.next()) {
            answers.insert(path, Ok(body.to_vec()));
        }
    }
    let evidence = decode::engine(&answers, &Redactor::new([7; 32]));
    let told = serde_json::to_string(&evidence);
    assert!(told.is_ok(), "evidence that cannot be written");
}

fn record(data: &[u8]) {
    if let Ok(recording) = Recording::read(data) {
        let _rows = recording.rows().count();
    }
}

/// Names of keys, as a configuration file has them: what is read is written the same way.
fn keys(data: &[u8]) {
    if let Some(key) = utf8(data).and_then(|text| text.parse::<Key>().ok()) {
        assert_eq!(key.to_string().parse(), Ok(key));
    }
}

/// Text of a host on its way to a terminal: no control character is left, and what is cut fits.
fn text(data: &[u8]) {
    let raw = String::from_utf8_lossy(data);
    let shown = clean(&raw);
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    for columns in [0, 1, 2, 7, 40] {
        assert!(
            width(&fit(&shown, columns)) <= columns,
            "{shown:?} in {columns}"
        );
    }
}
