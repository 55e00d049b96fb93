//! Judging as a whole: nothing disappears, nothing missing passes, everything keeps its place.

use std::collections::BTreeSet;

use plimsoll::assess::profile::{self, Profiles};
use plimsoll::controls;
use plimsoll::domain::control::Rule;
use plimsoll::domain::outcome::{ControlResult, Outcome};
use plimsoll::domain::severity::Severity;
use serde_json::json;

use super::case::Case;

pub(super) fn on(transport: &str) -> Case {
    Case {
        transport: Some(transport.into()),
        ..Case::default()
    }
}

/// Every enabled control that judges hosts has a row, and no subject has two.
pub(super) fn assert_complete(rows: &[ControlResult]) {
    for control in controls::all().filter(|control| !matches!(control.rule, Rule::Fleet(_))) {
        let own: Vec<_> = rows
            .iter()
            .filter(|row| row.control == control.id)
            .collect();
        assert!(!own.is_empty(), "{} has no row", control.id);
        let subjects: BTreeSet<_> = own.iter().map(|row| &row.subject.id).collect();
        assert_eq!(
            subjects.len(),
            own.len(),
            "{} has a subject twice",
            control.id
        );
    }
    let ids: BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), rows.len(), "ids are unique");
}

#[test]
fn every_control_answers_once_for_each_subject_on_every_transport() {
    for transport in ["ssh", "tls", "local"] {
        let rows = on(transport).judge();
        assert_complete(&rows);
        let order: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    controls::all().position(|c| c.id == row.control).unwrap(),
                    row.subject.id.clone(),
                )
            })
            .collect();
        assert!(
            order.is_sorted(),
            "in the order of the catalogue, then of subjects"
        );
        assert_eq!(rows, on(transport).judge(), "the same again");
    }
}

#[test]
fn the_clean_host_is_clean() {
    let rows = Case::default().judge();
    let bad: Vec<_> = rows
        .iter()
        .filter(|row| {
            matches!(
                row.outcome,
                Outcome::Fail | Outcome::NotChecked | Outcome::Blocked
            )
        })
        .filter(|row| row.severity != Severity::Info)
        .map(|row| {
            format!(
                "{} {} {}: {} {:?}",
                row.outcome.word(),
                row.control,
                row.subject.id,
                row.observed,
                row.gap
            )
        })
        .filter(|line| {
            !line.contains("daemon-userns-remap") && !line.contains("daemon-authz-plugin")
        })
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn what_three_transports_can_answer_they_answer_alike() {
    let (ssh, tls, local) = (on("ssh").judge(), on("tls").judge(), on("local").judge());
    assert_eq!(ssh, local);
    for row in tls.iter().filter(|row| row.outcome != Outcome::NotChecked) {
        let other = ssh.iter().find(|other| other.id == row.id);
        let Some(other) = other else {
            panic!(
                "{} on {} is told over TLS alone",
                row.control, row.subject.id
            );
        };
        let same = other.outcome == row.outcome;
        // Over TLS the listener we came through is known, over SSH there is none.
        let listener = row.control == "daemon-tls-verify";
        assert!(
            same || listener,
            "{}: {:?} over SSH, {:?} over TLS",
            row.control,
            other.outcome,
            row.outcome
        );
    }
}

#[test]
fn stopped_containers_are_judged_milder_and_not_scored() {
    let privileged = json!({"HostConfig": {"Privileged": true}});
    let running = Case {
        container: Some(privileged.clone()),
        ..Case::default()
    };
    let stopped = Case {
        container: Some(privileged),
        listed: Some(json!({"State": "exited", "Status": "Exited (0) 2 days ago"})),
        ..Case::default()
    };
    let row = |case: &Case| {
        case.judge()
            .into_iter()
            .find(|row| row.control == "run-privileged")
            .unwrap()
    };
    let (running, stopped) = (row(&running), row(&stopped));
    assert_eq!(
        (running.severity, running.scored),
        (Severity::Critical, true)
    );
    assert_eq!((stopped.severity, stopped.scored), (Severity::High, false));
    assert!(stopped.observed.ends_with("(stopped)"));
    assert_eq!(running.id, stopped.id);
}

#[test]
fn a_privileged_container_is_one_finding() {
    let case = Case {
        container: Some(json!({
            "HostConfig": {"Privileged": true, "MaskedPaths": [], "ReadonlyPaths": []},
            "AppArmorProfile": "unconfined",
        })),
        process: Some(json!({"seccomp": 0, "cap_eff": 0x1ff_ffff_ffff_u64})),
        ..Case::default()
    };
    let rows = case.judge();
    let findings: Vec<_> = rows
        .iter()
        .filter(|row| row.is_finding() && row.control.starts_with("run-"))
        .collect();
    let ids: Vec<_> = findings.iter().map(|row| row.control).collect();
    assert_eq!(ids, ["run-privileged"], "{findings:#?}");
    for id in [
        "run-caps-critical",
        "run-seccomp",
        "run-apparmor",
        "run-masked-paths",
        "run-writable-cgroups",
    ] {
        let row = rows.iter().find(|row| row.control == id).unwrap();
        assert_eq!(
            (row.outcome, row.caused_by),
            (Outcome::Fail, Some("run-privileged")),
            "{id}"
        );
    }
}

#[test]
fn one_open_listener_is_one_finding() {
    let case = Case {
        found: Some(json!({"flags": {"values": {"hosts": ["fd://", "tcp://0.0.0.0:2375"]}}})),
        info: Some(json!({"Warnings": [
            "[DEPRECATION NOTICE]: API is accessible on http://0.0.0.0:2375 without encryption."]})),
        ..Case::default()
    };
    let rows = case.judge();
    let findings: Vec<_> = rows
        .iter()
        .filter(|row| {
            row.is_finding()
                && ["host-api-listener", "daemon-tls-verify", "daemon-tcp-bind"]
                    .contains(&row.control)
        })
        .map(|row| row.control)
        .collect();
    assert_eq!(findings, ["host-api-listener"]);
    assert!(
        !rows
            .iter()
            .any(|row| row.control == "ops-daemon-warnings" && row.outcome == Outcome::Fail)
    );
}

#[test]
fn a_task_is_repaired_through_its_service() {
    let (engine, _) = Case {
        base: vec!["manager".into()],
        ..Case::default()
    }
    .answers();
    let mut services = engine["/services"].clone();
    services[0]["Spec"]["TaskTemplate"]["ContainerSpec"]["ReadOnly"] = json!(false);
    let task = |manager: bool| Case {
        base: vec!["manager".into()],
        listed: Some(json!({"Labels": {"com.docker.swarm.service.name": "shop_api"}})),
        container: Some(json!({"HostConfig": {"ReadonlyRootfs": false}})),
        info: Some(json!({"Swarm": {"ControlAvailable": manager}})),
        engine: [("/services".to_owned(), services.clone())]
            .into_iter()
            .collect(),
        ..Case::default()
    };
    let cause = |case: Case| {
        let rows = case.judge();
        let row = rows
            .iter()
            .find(|row| row.control == "run-readonly-rootfs")
            .unwrap();
        assert_eq!(row.outcome, Outcome::Fail);
        row.caused_by
    };
    assert_eq!(cause(task(true)), Some("swarm-services-hardening"));
    assert_eq!(cause(task(false)), None, "a worker sees no service");
}

#[test]
fn a_cause_outside_the_profile_does_not_hide_its_effects() {
    // cis-1.6 has seccomp and privileged, but no masked paths; the listener's cause belongs to it as well.
    let case = Case {
        profile: Some("practices".into()),
        container: Some(json!({"HostConfig": {"Privileged": true, "MaskedPaths": []}})),
        ..Case::default()
    };
    let rows = case.judge();
    let masked = rows
        .iter()
        .find(|row| row.control == "run-masked-paths")
        .unwrap();
    assert_eq!(masked.caused_by, Some("run-privileged"));
    assert!(rows.iter().all(|row| row.caused_by.is_none_or(|cause| {
        rows.iter()
            .any(|other| other.control == cause && other.outcome == Outcome::Fail)
    })));
}

#[test]
fn without_auditd_the_watches_are_blocked_once() {
    let case = Case {
        host: Some(
            json!({"audit": {"Ok": {"daemon": false, "enabled": {"Ok": 0}, "rules": {"Ok": []}}}}),
        ),
        ..Case::default()
    };
    let rows = case.judge();
    let audit: Vec<_> = rows
        .iter()
        .filter(|row| row.control.starts_with("host-audit-"))
        .collect();
    assert!(audit.iter().any(|row| row.outcome == Outcome::Blocked));
    assert!(
        audit
            .iter()
            .all(|row| matches!(row.outcome, Outcome::Blocked | Outcome::NotApplicable)),
        "{audit:#?}"
    );
    assert_eq!(
        rows.iter()
            .filter(|row| row.control == "host-auditd-active" && row.outcome == Outcome::Fail)
            .count(),
        1
    );
}

#[test]
fn replicas_share_a_subject_and_the_worst_of_them_speaks() {
    let (mut engine, _) = Case::default().answers();
    let path = engine
        .keys()
        .find(|path| path.starts_with("/containers/1a") && path.ends_with("/json"))
        .unwrap()
        .clone();
    let other = path.replace("1a", "7b");
    let mut listed = engine["/containers/json"][0].clone();
    listed["Id"] = json!("7b".repeat(32));
    listed["Names"] = json!(["/shop-web-run-1"]);
    let mut inspect = engine[&path].clone();
    inspect["HostConfig"]["Privileged"] = json!(true);
    engine.insert(other.clone(), inspect.clone());
    let both = json!([engine["/containers/json"][0].clone(), listed]);
    let case = Case {
        engine: [("/containers/json".to_owned(), both), (other, inspect)]
            .into_iter()
            .collect(),
        ..Case::default()
    };
    let rows = case.judge();
    assert_complete(&rows);
    let row = rows
        .iter()
        .find(|row| row.control == "run-privileged")
        .unwrap();
    assert_eq!(row.subject.id, "container:compose:shop/web");
    assert_eq!(row.outcome, Outcome::Fail);
    assert!(row.observed.contains("worst of 2"), "{}", row.observed);
}

#[test]
fn an_empty_host_says_so_in_every_control() {
    let case = Case {
        engine: ["/containers/json", "/images/json", "/networks"]
            .map(|path| (path.to_owned(), json!([])))
            .into_iter()
            .collect(),
        ..Case::default()
    };
    let rows = case.judge();
    assert_complete(&rows);
    for row in rows
        .iter()
        .filter(|row| row.control.starts_with("run-") && row.control != "run-network-shared")
    {
        assert_eq!(row.outcome, Outcome::NotApplicable, "{}", row.control);
    }
}

#[test]
fn text_of_hosts_cannot_carry_escapes_into_rows() {
    let evil = "\u{1b}]0;owned\u{7}";
    let case = Case {
        listed: Some(
            json!({"Names": [format!("/{evil}")], "Labels": {"com.docker.compose.project": evil}}),
        ),
        container: Some(json!({
            "HostConfig": {"RestartPolicy": {"Name": evil}, "NetworkMode": evil, "CgroupParent": evil},
            "Config": {"User": evil, "Image": evil},
        })),
        ..Case::default()
    };
    for row in case.judge() {
        for text in [
            &row.observed,
            &row.expected,
            &row.subject.id,
            &row.subject.name,
        ] {
            assert!(
                !text.chars().any(char::is_control),
                "{}: {text:?}",
                row.control
            );
        }
    }
}

#[test]
fn profiles_select_what_their_names_say() {
    let ids = |name: &str| {
        let profiles = Profiles::default();
        let profile = profiles.named(name);
        assert_eq!(profile.name(), name);
        controls::all()
            .filter(|control| profile.includes(control))
            .map(|control| control.id)
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(profile::names().first(), Some(&"recommended"));
    assert!(ids("essential").is_subset(&ids("recommended")));
    assert!(ids("recommended").is_subset(&ids("hardened")));
    assert!(ids("cis-1.8-l1").is_subset(&ids("cis-1.8-l2")));
    assert_eq!(ids("cis-1.8"), ids("cis-1.8-l2"));
    assert!(
        ids("cis-1.8").contains("daemon-storage-devicemapper")
            && !ids("cis-1.6").contains("daemon-storage-devicemapper")
    );
    assert!(
        ids("essential").contains("perm-docker-sock-mode")
            && !ids("essential").contains("run-healthcheck")
    );
    assert!(
        !ids("recommended").contains("run-caps-drop-all")
            && ids("hardened").contains("run-caps-drop-all")
    );
    assert_eq!(ids("all").len(), controls::all().count());
    assert_eq!(Profiles::default().named("no-such").name(), "recommended");
}
