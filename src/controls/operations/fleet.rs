//! Comparisons between hosts, and the waivers of the fleet; judged once per sweep.

use std::collections::BTreeMap;

use crate::controls::prelude::*;
use crate::domain::context::{FleetContext, FleetFacts};
use crate::domain::version::Version;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "ops-duplicate-engine-id",
        title: "No two hosts share an engine id",
        why: "A cloned engine confuses everything that knows engines by their id; or one host is listed twice and counted \
              twice.",
        evidence: "The engine's id and the machine's keyed id of every host that was reached.",
        passes: "No other host has the same engine id.",
        area: Area::Operations,
        severity: Severity::Medium,
        rule: Rule::Fleet(duplicates),
        remedies: &[guide(
            RemedyClass::Manual,
            "On the clone: stop the engine, remove engine-id from its data root and start it. A host listed twice: remove \
             one entry.",
            "Put the old file back.",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-version-skew",
        title: "Hosts of one group run the same engine",
        why: "What was tested on one host behaves differently on the other, and the oldest one keeps its holes.",
        evidence: "Engine versions of the hosts of each group.",
        passes: "They are at most one minor version apart; another major version is too far.",
        area: Area::Operations,
        severity: Severity::Low,
        practices: &[8],
        cis: &[Cis::same("1.2.2", 1)],
        rule: Rule::Fleet(skew),
        remedies: &[guide(
            RemedyClass::Manual,
            "Upgrade the hosts that lag behind, one at a time.",
            "Install the recorded old version.",
        )],
        ..Control::BASE
    },
    Control {
        id: "ops-waivers-valid",
        title: "Exceptions have owner, reason and end date, and still match",
        why: "An exception that nobody owns, that has ended or that no longer matches hides nothing any more, or too much.",
        evidence: "The inventory's waivers and the findings that they accepted in this sweep.",
        passes: "It has not expired, it matched where all of its hosts were fully assessed, and it names a subject, image or \
                 label where it covers more than 20 subjects.",
        area: Area::Operations,
        severity: Severity::Low,
        rule: Rule::Fleet(waivers),
        remedies: &[guide(
            RemedyClass::Manual,
            "Renew, narrow or remove the waiver in the inventory.",
            "",
        )],
        ..Control::BASE
    },
];

fn host_subject(host: &FleetFacts) -> Subject {
    Subject::new(SubjectKind::Host, &host.name)
}

fn duplicates(fleet: &FleetContext<'_>) -> Judged {
    fleet
        .hosts
        .iter()
        .map(|host| {
            let verdict = host.engine_id.known().map(|id| {
                let twins: Vec<_> = fleet
                    .hosts
                    .iter()
                    .filter(|other| {
                        other.name != host.name
                            && matches!(&other.engine_id, Ok(other) if other == id)
                    })
                    .collect();
                let same_machine =
                    twins
                        .iter()
                        .any(|twin| match (&twin.machine_id, &host.machine_id) {
                            (Ok(one), Ok(other)) => one == other,
                            _ => false,
                        });
                let names: Vec<_> = twins.iter().map(|twin| twin.name.as_str()).collect();
                match (names.is_empty(), same_machine) {
                    (true, _) => Verdict::pass("no other host has it"),
                    (_, true) => Verdict::fail(
                        format!("the same machine as {}", facts::joined(&names)),
                        "each host listed once",
                    ),
                    (..) => Verdict::fail(
                        format!("the same engine id as {}", facts::joined(&names)),
                        "an id of its own",
                    ),
                }
            });
            (host_subject(host), verdict)
        })
        .collect()
}

fn skew(fleet: &FleetContext<'_>) -> Judged {
    let mut groups: BTreeMap<&str, Vec<&FleetFacts>> = BTreeMap::new();
    for host in fleet.hosts {
        for group in &host.groups {
            groups.entry(group).or_default().push(host);
        }
    }
    groups
        .into_iter()
        .map(|(group, hosts)| (Subject::new(SubjectKind::Fleet, group), skew_of(&hosts)))
        .collect()
}

fn skew_of(hosts: &[&FleetFacts]) -> Known<Verdict> {
    if hosts.len() < 2 {
        return Ok(Verdict::not_applicable("one host"));
    }
    let mut versions: Vec<Version> = Vec::new();
    let mut open = None;
    for host in hosts {
        match host.engine_version.known().map(|text| Version::parse(text)) {
            Ok(Some(version)) => versions.push(version),
            Ok(None) => {
                open = open.or(Some(Gap::no_data(format!(
                    "the version of {} cannot be compared",
                    host.name
                ))));
            }
            Err(gap) => open = open.or(Some(gap)),
        }
    }
    let (oldest, newest) = match (versions.iter().min(), versions.iter().max(), open.clone()) {
        (Some(oldest), Some(newest), _) => (oldest, newest),
        (_, _, Some(gap)) => return Err(gap),
        _ => return Ok(Verdict::not_applicable("no host")),
    };
    let apart =
        newest.number(0) != oldest.number(0) || newest.number(1).abs_diff(oldest.number(1)) > 1;
    let observed = format!("{} to {}", oldest.branch(3), newest.branch(3));
    match open {
        _ if apart => Ok(Verdict::fail(observed, "at most one minor version apart")),
        Some(gap) => Err(gap),
        None => Ok(Verdict::pass(observed)),
    }
}

/// Subjects that a waiver without subject, image or label may cover before it is too broad.
const BROAD: u32 = 20;

fn waivers(fleet: &FleetContext<'_>) -> Judged {
    if fleet.waivers.is_empty() {
        let none = Verdict::not_applicable("the inventory has no waivers");
        return vec![(Subject::new(SubjectKind::Fleet, "waivers"), Ok(none))];
    }
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    fleet
        .waivers
        .iter()
        .map(|standing| {
            let waiver = &standing.waiver;
            let scope = [&waiver.hosts, &waiver.subject, &waiver.image, &waiver.label];
            let mut key = waiver.control.clone();
            for part in scope.into_iter().flatten() {
                key.push(' ');
                key.push_str(part);
            }
            // Two waivers of one control and scope stay two subjects.
            let times = taken.entry(key.clone()).or_default();
            *times += 1;
            if *times > 1 {
                key = format!("{key} #{times}");
            }
            let narrow =
                waiver.subject.is_some() || waiver.image.is_some() || waiver.label.is_some();
            let expected = "in force, matching and narrow";
            let verdict = if standing.expired {
                Verdict::fail(
                    format!("expired on {} (owner {})", waiver.expires, waiver.owner),
                    expected,
                )
            } else if standing.covered == 0 && standing.judged_everywhere {
                Verdict::fail("matched nothing on its hosts", expected)
            } else if !narrow && standing.covered > BROAD {
                Verdict::fail(
                    format!(
                        "covers {} subjects and names none of them",
                        standing.covered
                    ),
                    expected,
                )
            } else {
                Verdict::pass(format!(
                    "{} findings accepted until {}",
                    standing.covered, waiver.expires
                ))
            };
            (Subject::new(SubjectKind::Waiver, &key), Ok(verdict))
        })
        .collect()
}
