//! Comparing hosts once all that can be reached were read.

use std::collections::{BTreeMap, BTreeSet};

use super::profile::Profiles;
use super::rows::{Judgement, rows};
use super::{state_of, waivers};
use crate::controls;
use crate::domain::context::{FleetContext, FleetFacts, SwarmView};
use crate::domain::control::Rule;
use crate::domain::event::HostState;
use crate::domain::evidence::HostEvidence;
use crate::domain::evidence::engine::Info;
use crate::domain::evidence::host::Discovery;
use crate::domain::gap::{AsKnown as _, Known};
use crate::domain::host::HostHeader;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::severity::Severity;
use crate::domain::waiver::{Waiver, WaiverStanding};

/// What is kept of a host.
pub(super) fn facts(
    header: &HostHeader,
    evidence: &HostEvidence,
    results: &[ControlResult],
    waivers: &[Waiver],
) -> FleetFacts {
    let mut waived: BTreeMap<usize, u32> = BTreeMap::new();
    for row in results.iter().filter(|row| row.outcome == Outcome::Waived) {
        let by = waivers.iter().position(|waiver| {
            waiver.control == row.control
                && waiver.matched_hosts.contains(&header.name)
                && row.waiver.as_ref() == Some(&waivers::note(waiver))
                && waivers::names(waiver, &row.subject.id)
        });
        if let Some(position) = by {
            *waived.entry(position).or_default() += 1;
        }
    }
    FleetFacts {
        name: header.name.clone(),
        groups: header.groups.clone(),
        profile: header.profile.clone(),
        engine_id: evidence.engine.info.known().map(|info| info.id.clone()),
        machine_id: evidence.host.machine_id.clone(),
        engine_version: evidence
            .engine
            .version
            .known()
            .map(|version| version.engine.clone()),
        reported: evidence.engine.info.known().map(reported),
        configured: evidence.host.found.known().and_then(configured),
        swarm: swarm(evidence),
        assessed: state_of(results) == HostState::Assessed,
        waived,
    }
}

/// How the engine is set up, by what it reports.
fn reported(info: &Info) -> BTreeMap<String, String> {
    let joined = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort();
        texts.join(" ")
    };
    let security: Vec<String> = info
        .security
        .iter()
        .map(|option| option.name.clone())
        .collect();
    [
        ("storage driver", info.driver.clone()),
        ("log driver", info.logging_driver.clone()),
        (
            "cgroup driver",
            info.cgroup_driver.clone().unwrap_or_default(),
        ),
        (
            "cgroup version",
            info.cgroup_version.clone().unwrap_or_default(),
        ),
        ("default runtime", info.default_runtime.clone()),
        ("security options", joined(&security)),
        ("insecure registries", joined(&info.insecure_registries)),
        ("mirrors", joined(&info.mirrors)),
        ("authorization plugins", joined(&info.authorization_plugins)),
        ("live restore", info.live_restore.to_string()),
        ("debug", info.debug.to_string()),
        ("experimental", info.experimental.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Settings that name the host itself and differ on purpose.
const OWN: &[&str] = &[
    "bip",
    "cluster-advertise",
    "default-gateway",
    "fixed-cidr",
    "fixed-cidr-v6",
    "host-gateway-ip",
    "hosts",
    "ip",
    "labels",
    "metrics-addr",
    "node-generic-resources",
    "swarm-default-advertise-addr",
];

/// What the daemon was told; unknown where its file could not be read or understood.
fn configured(found: &Discovery) -> Known<BTreeMap<String, String>> {
    controls::facts::daemon(found)?;
    let file = controls::facts::config(found)?;
    Ok(file
        .into_iter()
        .flatten()
        .chain(&found.flags.values)
        .filter(|(key, _)| !OWN.contains(&key.as_str()))
        .map(|(key, setting)| (key.clone(), setting.to_string()))
        .collect())
}

/// The swarm as this host sees it, if it manages one.
fn swarm(evidence: &HostEvidence) -> Known<Option<SwarmView>> {
    let Some(swarm) = evidence.engine.swarm.known()? else {
        return Ok(None);
    };
    let nodes = evidence.engine.nodes.known()?;
    Ok(Some(SwarmView {
        id: swarm.id.clone(),
        leader: nodes
            .iter()
            .find(|node| node.leader)
            .map(|node| node.id.clone()),
        managers: nodes.iter().filter(|node| node.manager).count(),
    }))
}

/// Outcomes of the controls that compare hosts: each on the hosts whose profile has it.
pub(super) fn judge(
    hosts: &[FleetFacts],
    profiles: &Profiles,
    waivers: &[Waiver],
    today: i64,
) -> Vec<ControlResult> {
    let standings = standings(hosts, waivers, today);
    let mut results = Vec::new();
    let reached = hosts.len();
    for control in controls::all() {
        let Rule::Fleet(judge) = control.rule else {
            continue;
        };
        let (hosts, severities): (Vec<FleetFacts>, Vec<Option<Severity>>) = hosts
            .iter()
            .map(|host| (host, profiles.named(&host.profile)))
            .filter(|(_, profile)| profile.includes(control))
            .map(|(host, profile)| (host.clone(), profile.severity(control.id)))
            .unzip();
        if hosts.is_empty() && reached > 0 {
            continue;
        }
        let judged = judge(&FleetContext {
            hosts: &hosts,
            waivers: &standings,
        });
        let judged = judged
            .into_iter()
            .map(|(subject, verdict)| Judgement::new(subject, verdict));
        // One row is about several hosts: where their profiles disagree, the worst one decides.
        let changed = severities
            .into_iter()
            .map(|changed| changed.unwrap_or(control.severity))
            .min()
            .filter(|severity| *severity != control.severity);
        results.extend(rows(control, "", changed, judged.collect()));
    }
    results
}

fn standings(hosts: &[FleetFacts], waivers: &[Waiver], today: i64) -> Vec<WaiverStanding> {
    let assessed: BTreeSet<&str> = hosts
        .iter()
        .filter(|host| host.assessed)
        .map(|host| host.name.as_str())
        .collect();
    waivers
        .iter()
        .enumerate()
        .map(|(position, waiver)| WaiverStanding {
            waiver: waiver.clone(),
            expired: waiver.expires_day < today,
            covered: hosts
                .iter()
                .filter_map(|host| host.waived.get(&position))
                .sum(),
            judged_everywhere: waiver
                .matched_hosts
                .iter()
                .all(|host| assessed.contains(host.as_str())),
        })
        .collect()
}
