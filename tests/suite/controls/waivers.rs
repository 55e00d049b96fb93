//! Accepted findings: what a waiver covers, and until when.

use std::collections::BTreeMap;

use plimsoll::domain::outcome::Outcome;
use plimsoll::domain::waiver::Waiver;
use serde_json::json;

use super::case::{Case, Compared, NOW};

const TODAY: i64 = NOW / 86_400_000;

fn waiver() -> Waiver {
    Waiver {
        control: "run-privileged".into(),
        hosts: Some("web-*".into()),
        matched_hosts: vec!["web-01".into()],
        subject: None,
        image: None,
        label: None,
        owner: "platform team".into(),
        reason: "nested builds".into(),
        approved_by: None,
        granted: None,
        ticket: None,
        expires_day: TODAY,
        expires: "2026-11-20".into(),
    }
}

/// The outcome of `run-privileged` on a privileged container under `waivers`.
fn outcome(waivers: Vec<Waiver>) -> Outcome {
    let case = Case {
        container: Some(json!({"HostConfig": {"Privileged": true}})),
        waivers,
        ..Case::default()
    };
    let rows = case.judge();
    let row = rows
        .iter()
        .find(|row| row.control == "run-privileged")
        .unwrap();
    assert_eq!(row.waiver.is_some(), row.outcome == Outcome::Waived);
    let followers = rows
        .iter()
        .filter(|row| row.caused_by == Some("run-privileged"))
        .count();
    assert!(
        followers > 0,
        "an accepted cause still explains what follows from it"
    );
    assert!(
        rows.iter()
            .all(|other| other.control == row.control || other.outcome != Outcome::Waived)
    );
    row.outcome
}

#[test]
fn a_waiver_holds_until_the_end_of_its_last_day() {
    assert_eq!(outcome(vec![waiver()]), Outcome::Waived);
    assert_eq!(
        outcome(vec![Waiver {
            expires_day: TODAY - 1,
            ..waiver()
        }]),
        Outcome::Fail
    );
    assert_eq!(outcome(vec![]), Outcome::Fail);
}

#[test]
fn everything_that_a_waiver_names_must_fit() {
    let fits = |change: fn(&mut Waiver)| {
        let mut waiver = waiver();
        change(&mut waiver);
        outcome(vec![waiver]) == Outcome::Waived
    };
    assert!(fits(|w| w.subject = Some("container:compose:shop/*".into())));
    assert!(!fits(|w| w.subject = Some("container:jenkins-*".into())));
    assert!(fits(
        |w| w.image = Some("registry.example.net/shop/*".into())
    ));
    assert!(!fits(|w| w.image = Some("docker.io/*".into())));
    assert!(fits(|w| w.label = Some("team=shop".into())));
    assert!(!fits(|w| w.label = Some("team=other".into())));
    assert!(!fits(|w| w.label = Some("owner=shop".into())));
    assert!(!fits(|w| {
        w.image = Some("registry.example.net/shop/*".into());
        w.subject = Some("container:jenkins-*".into());
    }));
    assert!(!fits(|w| w.control = "run-host-pid".into()));
    assert!(!fits(|w| w.matched_hosts = vec!["web-02".into()]));
    assert!(
        !fits(|w| w.subject = Some("[".into())),
        "a broken pattern covers nothing"
    );
}

#[test]
fn a_pass_and_a_gap_are_not_waived() {
    let rows = Case {
        waivers: vec![waiver()],
        ..Case::default()
    }
    .judge();
    assert!(rows.iter().all(|row| row.outcome != Outcome::Waived));
    let case = Case {
        waivers: vec![waiver()],
        missing: vec!["container".into()],
        ..Case::default()
    };
    assert!(
        case.judge()
            .iter()
            .all(|row| row.outcome != Outcome::Waived)
    );
}

/// What `ops-waivers-valid` says of one waiver that covered so many subjects.
fn standing(waiver: Waiver, covered: u32, partial: bool) -> (Outcome, String) {
    let case = Case {
        waivers: vec![waiver],
        fleet: vec![Compared {
            name: "web-01".into(),
            partial,
            waived: BTreeMap::from([("0".to_owned(), covered)]),
            ..Compared::default()
        }],
        ..Case::default()
    };
    let rows = case.compare();
    let row = rows
        .iter()
        .find(|row| row.control == "ops-waivers-valid")
        .unwrap();
    (row.outcome, row.observed.clone())
}

#[test]
fn waivers_are_judged_themselves() {
    assert_eq!(standing(waiver(), 3, false).0, Outcome::Pass);
    let (outcome, said) = standing(
        Waiver {
            expires_day: TODAY - 1,
            ..waiver()
        },
        0,
        false,
    );
    assert_eq!(outcome, Outcome::Fail);
    assert!(said.contains("expired"));
    assert_eq!(
        standing(waiver(), 0, false).0,
        Outcome::Fail,
        "it matched nothing"
    );
    assert_eq!(
        standing(waiver(), 0, true).0,
        Outcome::Pass,
        "a host was only partially read"
    );
    let elsewhere = Waiver {
        matched_hosts: vec!["web-01".into(), "web-02".into()],
        ..waiver()
    };
    assert_eq!(
        standing(elsewhere, 0, false).0,
        Outcome::Pass,
        "a host was not read"
    );
    assert_eq!(
        standing(waiver(), 21, false).0,
        Outcome::Fail,
        "it is too broad"
    );
    let narrow = Waiver {
        subject: Some("container:*".into()),
        ..waiver()
    };
    assert_eq!(standing(narrow, 21, false).0, Outcome::Pass);
}
