//! A lab leaves nothing behind, neither after an orderly end nor after its owner was killed.

use std::process::Command;

use crate::harness::{Answer, bounded, folder, lab, run};

/// A script of the lab, for another run than the one the tests are in.
fn script(name: &str, run_id: &str) -> Command {
    let mut command = bounded(folder().join(name));
    command
        .env("PLIMSOLL_LAB_RUN", run_id)
        .env_remove("PLIMSOLL_LAB_OWNER");
    command
}

fn left(run_id: &str) -> Answer {
    run(&mut script("left.sh", run_id))
}

#[test]
fn nothing_is_left_of_a_lab_that_was_taken_down() {
    if lab().is_none() {
        return;
    }
    let id = format!("orderly-{}", std::process::id());
    let up = run(script("up", &id).arg("tls-only"));
    assert!(up.ok, "{}", up.err);
    // The check sees a lab that is there; else it would prove nothing.
    let standing = left(&id);
    assert!(!standing.ok);
    for thing in ["cgroup", "process", "mount", "network namespace", "folder"] {
        assert!(
            standing.out.contains(thing),
            "{thing} not seen:\n{}",
            standing.out
        );
    }
    let down = run(&mut script("down", &id));
    assert!(down.ok, "{}", down.err);
    assert_eq!(left(&id).out, "");
}

#[test]
fn the_lab_of_a_killed_owner_is_swept_away() {
    if lab().is_none() {
        return;
    }
    let id = format!("orphaned-{}", std::process::id());
    let mut owner = Command::new("sleep").arg("1000").spawn().unwrap();
    let up = run(script("up", &id)
        .env("PLIMSOLL_LAB_OWNER", owner.id().to_string())
        .arg("tls-only"));
    assert!(up.ok, "{}", up.err);

    // While the owner lives nobody sweeps its lab away.
    assert!(run(&mut script("sweep.sh", "anyone")).ok);
    assert!(!left(&id).ok);

    owner.kill().unwrap();
    owner.wait().unwrap();
    let sweep = run(&mut script("sweep.sh", "anyone"));
    assert!(sweep.ok, "{}", sweep.err);
    assert_eq!(left(&id).out, "");
}
