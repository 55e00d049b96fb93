//! All audiences of one sweep as one, and the promise that each of them hears of every host.

use std::io;
use std::sync::Arc;

use super::Audience;
use crate::domain::event::{FleetEvent, HostIndex, HostReport, HostState, Requests};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::host::HostHeader;
use crate::domain::posture::Posture;

/// Passes events on to each audience in turn; an audience whose sink is lost is told nothing more.
#[derive(Default)]
pub struct Audiences {
    members: Vec<Option<Box<dyn Audience>>>,
    hosts: Arc<Vec<HostHeader>>,
    unread: Vec<HostIndex>,
    last: i64,
    ended: bool,
}

impl std::fmt::Debug for Audiences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audiences")
            .field("members", &self.members.len())
            .field("unread", &self.unread)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Audiences {
    /// Adds an audience; those added first are told first.
    pub fn add(&mut self, audience: impl Audience + 'static) {
        self.members.push(Some(Box::new(audience)));
    }

    /// Ends a stream that stopped without saying so, as a cancelled one.
    pub fn close(&mut self) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        self.hear(&FleetEvent::Ended {
            at: self.last,
            fleet: Arc::default(),
            cancelled: true,
        })
    }

    fn tell(&mut self, event: &FleetEvent) -> io::Result<()> {
        let mut told = Ok(());
        for member in &mut self.members {
            if let Some(audience) = member
                && let Err(e) = audience.hear(event)
            {
                *member = None;
                told = told.and(Err(e));
            }
        }
        told
    }
}

impl Audience for Audiences {
    /// The error is the first of those that the audiences had.
    fn hear(&mut self, event: &FleetEvent) -> io::Result<()> {
        let mut told = Ok(());
        match event {
            FleetEvent::Started { at, hosts } => {
                self.last = *at;
                self.hosts = Arc::clone(hosts);
                self.unread = (0..hosts.len()).collect();
            }
            FleetEvent::Entered { .. } => {}
            FleetEvent::Finished { host, report } => {
                self.unread.retain(|unread| unread != host);
                let ms = i64::try_from(report.duration_ms).unwrap_or_default();
                self.last = self.last.max(report.read_at.saturating_add(ms));
            }
            FleetEvent::Ended { at, cancelled, .. } => {
                // A host nobody reported on must not vanish from the report.
                for host in std::mem::take(&mut self.unread) {
                    if let Some(header) = self.hosts.get(host) {
                        let report = Arc::new(lost(header.clone(), *at, *cancelled));
                        told = told.and(self.tell(&FleetEvent::Finished { host, report }));
                    }
                }
                self.ended = true;
            }
        }
        told.and(self.tell(event))
    }
}

/// The report of a host whose reading ended without one.
fn lost(header: HostHeader, at: i64, cancelled: bool) -> HostReport {
    let error = if cancelled {
        Failure::new(
            FailureClass::Cancelled,
            Stage::Name,
            "the sweep was stopped before this host was read",
            "sweep this host again",
        )
    } else {
        Failure::new(
            FailureClass::Protocol,
            Stage::Judge,
            "reading this host ended without a result",
            "this is a fault of plimsoll: please report it with what was printed on standard error",
        )
    };
    HostReport {
        header,
        state: HostState::Failed,
        error: Some(error),
        machine_id: None,
        key: None,
        engine: None,
        os: None,
        kernel: None,
        read_at: at,
        duration_ms: 0,
        requests: Requests::default(),
        asked: Vec::new(),
        results: Vec::new(),
        posture: Posture::default(),
        compared: None,
        evidence: None,
    }
}
