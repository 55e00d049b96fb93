//! What is different on a host since it was read before.

use std::collections::BTreeSet;

use super::fleet::Summary;

/// Findings that came and went between two readings of a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Ids of findings that were not there before.
    pub new: BTreeSet<String>,
    /// How many are not there any more.
    pub gone: usize,
}

impl Change {
    /// The change from `before` to `now`.
    pub fn between(before: &Summary, now: &Summary) -> Self {
        let (before, now) = (ids(before), ids(now));
        Self {
            new: now.difference(&before).map(|id| (*id).to_owned()).collect(),
            gone: before.difference(&now).count(),
        }
    }

    /// What came and went in a few letters; nothing where nothing did.
    pub fn words(&self) -> String {
        match (self.new.len(), self.gone) {
            (0, 0) => String::new(),
            (new, 0) => format!("+{new}"),
            (0, gone) => format!("-{gone}"),
            (new, gone) => format!("+{new} -{gone}"),
        }
    }
}

fn ids(summary: &Summary) -> BTreeSet<&str> {
    let rows = summary.rows.iter().map(|row| &row.result);
    rows.filter(|row| row.is_finding())
        .map(|row| row.id.as_str())
        .collect()
}
