//! Hosts that differ from their group, without anybody saying how the group should be.

use std::collections::{BTreeMap, BTreeSet};

use crate::controls::prelude::*;
use crate::domain::context::{FleetContext, FleetFacts};
use crate::domain::gap::GapClass;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "ops-config-outlier",
    title: "Host configuration matches its group",
    why: "One host that differs from all its peers was changed by hand, or left out of a change.",
    evidence: "Settings that the engine reports, and the daemon's configuration where host files are read, of every host of a \
               group.",
    passes: "Where at least four of five hosts of the group have the same value, this host has it too. Groups of fewer than five \
             hosts are not compared.",
    area: Area::Operations,
    severity: Severity::Low,
    rule: Rule::Fleet(outliers),
    remedies: &[guide(
        RemedyClass::Manual,
        "Bring each named setting in line, or move the host into a group of its own.",
        "Set the old value.",
    )],
    ..Control::BASE
}];

/// Hosts that a group must have before one of them can stand out, and the share of a majority in percent.
const FEWEST: usize = 5;
const MAJORITY: usize = 80;

fn outliers(fleet: &FleetContext<'_>) -> Judged {
    let mut groups: BTreeMap<&str, Vec<&FleetFacts>> = BTreeMap::new();
    for host in fleet.hosts {
        for group in &host.groups {
            groups.entry(group).or_default().push(host);
        }
    }
    fleet
        .hosts
        .iter()
        .map(|host| {
            let parts = host
                .groups
                .iter()
                .filter_map(|group| Some((group, groups.get(group.as_str())?)))
                .filter(|(_, members)| members.len() >= FEWEST)
                .map(|(group, members)| compared(host, group, members));
            let verdict = match all(parts) {
                Ok(Verdict::NotApplicable(_)) => Ok(Verdict::not_applicable(
                    "no group of five hosts to compare with",
                )),
                verdict => verdict,
            };
            (Subject::new(SubjectKind::Host, &host.name), verdict)
        })
        .collect()
}

fn compared(host: &FleetFacts, group: &str, members: &[&FleetFacts]) -> Known<Verdict> {
    let reported = differences(host, members, |facts| &facts.reported)?;
    let expected = format!("as most of {group}");
    let verdict = |found: Vec<String>| {
        if found.is_empty() {
            Verdict::pass(&*expected)
        } else {
            Verdict::fail(facts::joined(&found), &*expected)
        }
    };
    let configured = match differences(host, members, |facts| &facts.configured) {
        // Over TLS nobody can know the daemon's file; what the engine reports is compared all the same.
        Err(gap) if gap.class == GapClass::Transport => Ok(Verdict::not_applicable(gap.message)),
        configured => configured.map(verdict),
    };
    all([Ok(verdict(reported)), configured])
}

/// Settings of `host` in which most others agree on another value.
fn differences(
    host: &FleetFacts,
    members: &[&FleetFacts],
    of: impl Fn(&FleetFacts) -> &Known<BTreeMap<String, String>>,
) -> Known<Vec<String>> {
    const UNSET: &str = "not set";
    let own = of(host).known()?;
    let known: Vec<_> = members
        .iter()
        .filter_map(|member| of(member).iter().next())
        .collect();
    if known.len() < FEWEST {
        return Ok(Vec::new());
    }
    let keys: BTreeSet<&String> = known.iter().flat_map(|settings| settings.keys()).collect();
    let value = |settings: &BTreeMap<String, String>, key: &String| {
        settings.get(key).map_or(UNSET.to_owned(), Clone::clone)
    };
    let mut found = Vec::new();
    for key in keys {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for settings in &known {
            *counts.entry(value(settings, key)).or_default() += 1;
        }
        let Some((usual, count)) = counts.into_iter().max_by_key(|(_, count)| *count) else {
            continue;
        };
        let mine = value(own, key);
        if count * 100 >= known.len() * MAJORITY && mine != usual {
            found.push(format!("{key}: {mine}, most have {usual}"));
        }
    }
    Ok(found)
}
