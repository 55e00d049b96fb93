//! Every remedy of one key on a real host: what the pairs set wrong is put right at once, each control says so, nothing got
//! worse, and undoing it brings every file back as it was.

use std::collections::BTreeSet;
use std::fs;

use plimsoll::controls;
use plimsoll::domain::control::RemedyKind;
use serde_json::Value;

use crate::pairs;
use crate::program::{Row, Swept};
use crate::repairs::{Bench, HOST, on_broken_host, worse};

/// Everything about files that a repair could change, but for the time of the last change of that.
const STATE: &str = "find /etc /root /usr/bin /usr/lib/systemd/system /run/docker.sock /run/docker.pid /run/docker /run/containerd \
                     /var/lib/docker /var/lib/containerd -maxdepth 5 ! -path '/run/containerd/*/*' ! -path '/var/lib/*/*/*' \
                     -printf '%p %y %i %m %U:%G %s %T@\\n' | sort; \
                     find /etc -type f -exec sha256sum {} + | sort";

fn one_key(control: &str) -> bool {
    controls::by_id(control)
        .and_then(|control| control.remedies.first())
        .is_some_and(|remedy| remedy.kind == RemedyKind::Auto)
}

/// Rows of the controls that have a remedy of one key.
fn rows(swept: &Swept) -> Vec<Row> {
    let mut rows = swept.rows(HOST);
    rows.retain(|(control, ..)| one_key(control));
    rows
}

fn differing<'a>(one: &'a str, other: &str) -> Vec<&'a str> {
    let other: BTreeSet<_> = other.lines().collect();
    one.lines().filter(|line| !other.contains(line)).collect()
}

/// All controls of one key, as an argument.
fn all() -> String {
    let ids: Vec<_> = controls::all()
        .map(|control| control.id)
        .filter(|id| one_key(id))
        .collect();
    ids.join(",")
}

fn steps(plan: &str) -> usize {
    let plan: Value = serde_json::from_str(plan).unwrap();
    plan["plans"][0]["steps"].as_array().map_or(0, Vec::len)
}

fn there_and_back(bench: &Bench, wrong: &pairs::Wrong) {
    let broken = bench.inside(STATE);
    let before = bench.sweep();
    let failed: Vec<_> = rows(&before)
        .into_iter()
        .filter(|row| row.2 == "fail")
        .map(|row| (row.0, row.1))
        .collect();
    for pair in &wrong.pairs {
        assert!(failed.contains(pair), "{pair:?} is not wrong: {failed:?}");
    }

    let planned = bench.run(&["plan", "--json", "--control", &all()]);
    assert_eq!(planned.code, Some(0), "{}", planned.err);
    let file = bench.state().join("plan.json");
    fs::write(&file, &planned.out).unwrap();
    let applied = bench.run(&["apply", file.to_str().unwrap(), "--yes"]);
    assert_eq!(applied.code, Some(0), "{}", applied.err);

    let after = bench.sweep();
    let left: Vec<_> = rows(&after)
        .into_iter()
        .filter(|row| row.2 == "fail")
        .collect();
    assert_eq!(left, Vec::<Row>::new(), "{}", planned.out);
    assert_eq!(worse(&before, &after), Vec::<String>::new());
    assert!(steps(&planned.out) >= 20, "{}", planned.out);

    let undone = bench.run(&["undo", "--yes"]);
    assert_eq!(undone.code, Some(0), "{}", undone.err);
    let back = bench.inside(STATE);
    assert_eq!(differing(&back, &broken), Vec::<&str>::new());
    assert_eq!(differing(&broken, &back), Vec::<&str>::new());
    assert_eq!(rows(&bench.sweep()), rows(&before));
}

#[test]
fn every_remedy_of_one_key_puts_right_and_goes_back() {
    on_broken_host(|bench| {
        let wrong = pairs::wrong(bench.lab, HOST, "pair-plain", "50-files", one_key);
        let proven: BTreeSet<_> = wrong.pairs.iter().map(|pair| pair.0.as_str()).collect();
        let unproven: Vec<_> = controls::all()
            .map(|control| control.id)
            .filter(|id| one_key(id) && !proven.contains(id))
            .collect();
        assert_eq!(unproven, Vec::<&str>::new(), "these may only be guides");
        there_and_back(bench, &wrong);
    });
}
