//! The store that a cluster of hosts agrees in.

use std::collections::BTreeMap;

use crate::controls::prelude::*;
use crate::domain::context::{FleetContext, SwarmView};

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "os-cluster-leader",
    title: "Exactly one leader is agreed on by all members",
    why: "Managers that follow different leaders are two clusters that believe to be one: both hand out work, and one of them \
          will lose what it wrote.",
    evidence: "The leader that each manager of a swarm names, on every manager that the sweep reached.",
    passes: "All managers name the same node. It takes two managers of the sweep to compare; what an etcd says of its leader \
             is not read.",
    area: Area::Os,
    severity: Severity::High,
    set: Set::Policy,
    practices: &[5],
    rule: Rule::Fleet(leader),
    remedies: &[guide(
        RemedyClass::Manual,
        "Find which side has the quorum, bring the other managers back to it, and make them join anew where they cannot.",
        "",
    )],
    ..Control::BASE
}];

/// Managers of one swarm: their names and what each sees.
type Managers<'a> = Vec<(&'a str, &'a SwarmView)>;

fn leader(fleet: &FleetContext<'_>) -> Judged {
    let mut swarms: BTreeMap<&str, Managers<'_>> = BTreeMap::new();
    let mut rows = Vec::new();
    for host in fleet.hosts {
        match &host.swarm {
            Ok(Some(seen)) => swarms.entry(&seen.id).or_default().push((&host.name, seen)),
            Ok(None) => {}
            Err(gap) => rows.push((
                Subject::new(SubjectKind::Host, &host.name),
                Err(gap.clone()),
            )),
        }
    }
    rows.extend(
        swarms
            .into_iter()
            .map(|(id, managers)| (Subject::new(SubjectKind::Swarm, id), agreed(&managers))),
    );
    if rows.is_empty() {
        let none = Verdict::not_applicable("no host manages a swarm");
        rows.push((Subject::new(SubjectKind::Fleet, "all"), Ok(none)));
    }
    rows
}

fn agreed(managers: &Managers<'_>) -> Known<Verdict> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (host, seen) in managers {
        let leader = seen.leader.as_deref().map_or("nobody", |leader| leader);
        named.entry(leader).or_default().push(host);
    }
    let observed: Vec<_> = named
        .iter()
        .map(|(leader, hosts)| format!("{} name {leader}", hosts.join(", ")))
        .collect();
    let observed = observed.join("; ");
    if named.len() > 1 || named.contains_key("nobody") {
        return Ok(Verdict::fail(observed, "one leader, named by all managers"));
    }
    match managers.as_slice() {
        [(_, alone)] if alone.managers <= 1 => {
            Ok(Verdict::not_applicable("the swarm has one manager"))
        }
        [_] => Err(Gap::no_data(format!(
            "{observed}; no other manager of this swarm was reached to compare"
        ))),
        _ => Ok(Verdict::pass(observed)),
    }
}
