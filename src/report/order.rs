//! Hosts finish in any order; a document lists them in the inventory's.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::event::{HostIndex, HostReport};

/// Reports handed out in the order of the inventory, each as soon as those before it are there.
#[derive(Debug, Default)]
pub(super) struct InOrder {
    next: HostIndex,
    waiting: BTreeMap<HostIndex, Arc<HostReport>>,
}

impl InOrder {
    /// Takes in a finished host.
    pub(super) fn insert(&mut self, host: HostIndex, report: &Arc<HostReport>) {
        self.waiting.insert(host, Arc::clone(report));
    }

    /// The next host, if it is there.
    pub(super) fn next(&mut self) -> Option<Arc<HostReport>> {
        let report = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some(report)
    }
}
