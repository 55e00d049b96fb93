//! The section `accounts`: entries of passwd and group.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::evidence::host::{Accounts, Group};
use crate::domain::gap::{Gap, Known};

use super::path::lines;

/// All accounts that the host told of. Only the groups of interest become evidence.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    /// Primary group by account.
    primary: Vec<(String, u32)>,
    /// Home folder by account and number.
    homes: Vec<(String, u32, String)>,
    groups: BTreeMap<String, Group>,
}

impl Directory {
    /// Reads the section.
    pub(super) fn parse(raw: &[u8]) -> Known<Self> {
        let mut parts = raw.splitn(2, |byte| *byte == 0);
        let (Some(passwd), Some(group)) = (parts.next(), parts.next()) else {
            return Err(Gap::protocol("accounts: the answer was cut short"));
        };
        let mut found = Self::default();
        for line in lines(passwd) {
            let fields: Vec<_> = line.split(':').collect();
            let number = |at: usize| fields.get(at).and_then(|text| text.parse().ok());
            if let (Some(name), Some(gid)) = (fields.first(), number(3)) {
                found.primary.push(((*name).to_owned(), gid));
            }
            if let (Some(name), Some(uid), Some(home)) = (
                fields.first(),
                number(2),
                fields.get(5).filter(|home| home.starts_with('/')),
            ) {
                found
                    .homes
                    .push(((*name).to_owned(), uid, (*home).to_owned()));
            }
        }
        for line in lines(group) {
            let fields: Vec<_> = line.split(':').collect();
            let [name, _, gid, members] = fields.as_slice() else {
                continue;
            };
            let Ok(gid) = gid.parse() else {
                continue;
            };
            let group = found
                .groups
                .entry((*name).to_owned())
                .or_insert_with(|| Group {
                    name: (*name).to_owned(),
                    gid,
                    members: Vec::new(),
                });
            // A name may be listed twice, by files and by a directory service; its members add up.
            let more = members
                .split(',')
                .filter(|member| !member.is_empty())
                .map(str::to_owned);
            group.members.extend(more);
        }
        if found.primary.is_empty() && found.groups.is_empty() {
            return Err(Gap::protocol("accounts: no entry was read"));
        }
        Ok(found)
    }

    /// Home folders of everybody but root in the groups with these names.
    pub(super) fn homes_of(&self, groups: &[String]) -> BTreeMap<String, String> {
        let members: BTreeSet<&String> = self
            .groups
            .values()
            .filter(|group| groups.contains(&group.name))
            .flat_map(|group| {
                let by_primary = self
                    .primary
                    .iter()
                    .filter(|(_, gid)| *gid == group.gid)
                    .map(|(name, _)| name);
                group.members.iter().chain(by_primary)
            })
            .collect();
        self.homes
            .iter()
            .filter(|(name, uid, _)| *uid != 0 && members.contains(name))
            .map(|(name, _, home)| (name.clone(), home.clone()))
            .collect()
    }

    /// Home folder of the account with this number.
    pub(super) fn home_of(&self, uid: u32) -> Option<String> {
        self.homes
            .iter()
            .find(|(_, number, _)| *number == uid)
            .map(|(_, _, home)| home.clone())
    }

    /// The groups with these names or numbers, with all their members.
    pub(super) fn of_interest(&self, names: &BTreeSet<String>, gids: &BTreeSet<u32>) -> Accounts {
        let groups = self
            .groups
            .values()
            .filter(|group| names.contains(&group.name) || gids.contains(&group.gid))
            .map(|group| {
                let by_primary = self
                    .primary
                    .iter()
                    .filter(|(_, gid)| *gid == group.gid)
                    .map(|(name, _)| name);
                let members: BTreeSet<_> =
                    group.members.iter().chain(by_primary).cloned().collect();
                Group {
                    members: members.into_iter().collect(),
                    ..group.clone()
                }
            })
            .collect();
        Accounts { groups }
    }
}

#[cfg(test)]
mod tests {
    use super::Directory;

    #[test]
    fn members_by_primary_group_count() {
        let raw = b"root:x:0:0:root:/root:/bin/sh\nci:x:1001:998::/home/ci:/bin/sh\n\0docker:x:998:bob,alice\nroot:x:0:\ndocker:x:998:bob,carol\n";
        let accounts = Directory::parse(raw)
            .unwrap()
            .of_interest(&["docker".to_owned()].into(), &[].into());
        assert_eq!(accounts.groups.len(), 1);
        assert_eq!(accounts.groups[0].members, ["alice", "bob", "carol", "ci"]);
    }

    #[test]
    fn a_section_without_its_second_half_is_a_gap() {
        assert!(Directory::parse(b"root:x:0:0:root:/root:/bin/sh\n").is_err());
        assert!(Directory::parse(b"\0").is_err());
    }
}
