//! The report owner by owner: each owner's hosts, worst first. A host's owner is its label `owner`.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::by_host::score;
use super::page::{Page, count};
use super::{Ended, HostReport};
use crate::domain::posture::Posture;
use crate::domain::severity::Severity;

/// The label of the inventory that names who answers for a host.
const LABEL: &str = "owner";

impl<'a> Ended<'a> {
    pub(super) fn by_owner(&self, page: &mut Page<'_>) {
        let mut owners: BTreeMap<Option<&str>, Vec<&'a HostReport>> = BTreeMap::new();
        for host in self.worst_first() {
            if self.shown(host).is_some() {
                let owner = host.header.labels.get(LABEL).map(String::as_str);
                owners.entry(owner).or_default().push(host);
            }
        }
        let mut owners: Vec<_> = (owners.into_iter())
            .map(|(owner, hosts)| (together(&hosts), owner, hosts))
            .collect();
        owners.sort_by_key(|(posture, ..)| {
            Severity::ALL.map(|severity| Reverse(posture.count(severity)))
        });
        for (posture, owner, hosts) in owners {
            page.gap();
            let line = format!(
                "{}, {}, {}",
                count(hosts.len(), "host"),
                super::counts(&posture),
                score(posture.score, posture.coverage)
            );
            page.heading(&format!("owner {}", owner.unwrap_or("(none)")), &line);
            for host in hosts {
                if let Some(rows) = self.shown(host) {
                    self.host(page, host, &rows);
                }
            }
        }
        self.between_hosts(page);
    }
}

fn together(hosts: &[&HostReport]) -> Posture {
    hosts.iter().fold(Posture::default(), |mut all, host| {
        all.add(&host.posture);
        all
    })
}
