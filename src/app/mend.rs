//! Repairs for the dashboard: makes plans out of what was read, carries out what was agreed to, takes it back. One repair at a
//! time, on threads of its own, so that the dashboard stays alive and a repair is ended before the process is.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::error::Error;
use super::repair::{self, Done, Workshop};
use crate::domain::event::{HostIndex, HostReport};
use crate::domain::host::Mode;
use crate::domain::plan::{Risk, Target};
use crate::domain::repair::{Agree, Offer, Offered, Proposal, RepairEnd, RepairNews, Undo};
use crate::inventory::spec::{Confirm, HostSpec};
use crate::remedy::guard;
use crate::remedy::journal::{How, Journal};
use crate::remedy::operation::{OnHost, Operation};
use crate::remedy::steps;
use crate::tui::msg::News;

/// Repairs hosts for the dashboard.
pub(super) struct Mender {
    workshop: Arc<Workshop>,
    news: mpsc::Sender<News>,
    /// Stops what is under way, also when the dashboard is gone.
    stop: Option<(CancellationToken, DropGuard)>,
}

impl Mender {
    pub(super) fn new(workshop: Workshop, news: mpsc::Sender<News>) -> Self {
        Self {
            workshop: Arc::new(workshop),
            news,
            stop: None,
        }
    }

    async fn tell(&self, host: HostIndex, news: RepairNews) {
        // Without a dashboard nobody needs to know.
        let _gone = self.news.send(News::Repair(host, news)).await;
    }

    /// Says which operations were cut off in the middle.
    pub(super) async fn greet(&self) {
        if !self.workshop.may_write() {
            return;
        }
        let Ok((journal, operations)) = self.book() else {
            return;
        };
        let open = repair::interrupted(&journal, &operations);
        let Some(first) = open.first() else { return };
        let hosts: Vec<&str> = first.hosts.iter().map(|on| on.host.as_str()).collect();
        let text = format!(
            "{} did not come to its end on {}: u on that host takes it back",
            first.id,
            hosts.join(", ")
        );
        let _gone = self.news.send(News::Notice(text)).await;
    }

    fn book(&self) -> Result<(Journal, Vec<Operation>), Error> {
        let mut journal = self.workshop.journal()?;
        let (_, operations) = repair::book(&mut journal)?;
        Ok((journal, operations))
    }

    /// Answers the wish to put a finding right.
    pub(super) async fn propose(
        &self,
        host: HostIndex,
        target: &Target,
        report: Option<&HostReport>,
    ) {
        let proposal = self
            .plan(host, target, report)
            .unwrap_or_else(|nothing| nothing);
        self.tell(host, RepairNews::Proposed(proposal)).await;
    }

    fn plan(
        &self,
        host: HostIndex,
        target: &Target,
        report: Option<&HostReport>,
    ) -> Result<Proposal, Proposal> {
        let spec = self.writable(host)?;
        let (journal, operations) = self.book().map_err(|error| broken(&error))?;
        let name = &spec.header.name;
        for open in repair::interrupted(&journal, &operations) {
            if open.hosts.iter().any(|on| on.host == *name && on.is_open()) {
                return Err(Proposal::nothing(
                    format!("{} did not come to its end here", open.id),
                    "press u to see how it is taken back",
                ));
            }
        }
        let (Some(report), Some(evidence)) =
            (report, report.and_then(|report| report.evidence.as_ref()))
        else {
            return Err(Proposal::nothing(
                "what was read of it is gone",
                "press r to read it again",
            ));
        };
        let plan = self
            .workshop
            .plan_for(spec, evidence, &report.results, target);
        if plan.steps.is_empty() {
            let left = plan.unplanned.into_iter().next();
            let (because, instead) = left.map_or_else(
                || ("it is no finding any more".to_owned(), String::new()),
                |left| (left.because, left.instead),
            );
            return Err(Proposal::nothing(because, instead));
        }
        let steps = plan.steps.iter().map(|planned| &planned.step);
        if let Some(refusal) = self
            .workshop
            .forbids(spec, steps, plan.targets().into_iter())
        {
            return Err(Proposal::nothing(refusal.whole(), ""));
        }
        Ok(offered(spec, Offered::Change(plan)))
    }

    /// Answers the wish to take the last repair of a host back.
    pub(super) async fn propose_undo(&self, host: HostIndex) {
        let proposal = self.way_back(host).unwrap_or_else(|nothing| nothing);
        self.tell(host, RepairNews::Proposed(proposal)).await;
    }

    fn way_back(&self, host: HostIndex) -> Result<Proposal, Proposal> {
        let spec = self.writable(host)?;
        let (journal, operations) = self.book().map_err(|error| broken(&error))?;
        let Some((operation, on)) = last(&operations, &spec.header.name) else {
            return Err(Proposal::nothing(
                "the journal knows no repair of this host that stands",
                "",
            ));
        };
        if journal.is_running(&operation.id) {
            return Err(Proposal::nothing(
                format!("{} is still under way", operation.id),
                "",
            ));
        }
        let changed = || on.standing().map(|(_, step)| &step.change.step);
        if !on.is_open()
            && let Some(refusal) = self.workshop.forbids(spec, changed(), on.targets.iter())
        {
            return Err(Proposal::nothing(refusal.whole(), ""));
        }
        let undo = Undo {
            operation: operation.id.clone(),
            began: operation.began.clone(),
            who: operation.who.to_string(),
            steps: on
                .standing()
                .rev()
                .map(|(_, step)| steps::text(&step.change.step))
                .collect(),
            risk: steps::weight(changed()).risk,
        };
        Ok(offered(spec, Offered::Undo(undo)))
    }

    fn writable(&self, host: HostIndex) -> Result<&HostSpec, Proposal> {
        let spec = self
            .workshop
            .hosts()
            .get(host)
            .ok_or_else(|| Proposal::nothing("the inventory has no such host", ""))?;
        if self.workshop.may_write() && spec.header.mode == Mode::Operator {
            Ok(spec)
        } else {
            Err(Proposal::nothing(guard::read_only(spec).whole(), ""))
        }
    }

    /// Begins what was agreed to.
    pub(super) fn start(&mut self, host: HostIndex, what: Offered) {
        let cancel = CancellationToken::new();
        self.stop = Some((cancel.clone(), cancel.clone().drop_guard()));
        let workshop = Arc::clone(&self.workshop);
        let news = self.news.clone();
        // The runtime waits for it when the process ends.
        let _on_its_own = tokio::task::spawn_blocking(move || {
            let lines = news.clone();
            let tell = move |_host: &str, line: &str| {
                // A line that finds no room is missed; the end is not.
                let doing = RepairNews::Doing(line.to_owned());
                let _full = lines.try_send(News::Repair(host, doing));
            };
            let done = carry_out(&workshop, host, &what, &tell, &cancel);
            let end = RepairNews::Ended(done.unwrap_or_else(|error| failed(&error)));
            let _gone = news.blocking_send(News::Repair(host, end));
        });
    }

    /// Stops before the next step.
    pub(super) fn stop(&self) {
        if let Some((cancel, _)) = &self.stop {
            cancel.cancel();
        }
    }
}

fn carry_out(
    workshop: &Workshop,
    host: HostIndex,
    what: &Offered,
    tell: repair::Tell<'_>,
    cancel: &CancellationToken,
) -> Result<RepairEnd, Error> {
    let gone = || Error::internal("the inventory has no such host");
    let spec = workshop.hosts().get(host).ok_or_else(gone)?;
    let mut journal = workshop.journal()?;
    let done = match what {
        Offered::Change(plan) => workshop.apply(journal, &[(spec, plan)], None, tell, cancel)?,
        Offered::Undo(undo) => {
            let (_, operations) = repair::book(&mut journal)?;
            let operation = operations
                .iter()
                .find(|operation| operation.id == undo.operation)
                .ok_or_else(|| Error::internal("the journal has lost the operation"))?;
            let name = &spec.header.name;
            workshop.undo(journal, operation, |host| host == name, tell, cancel)?
        }
    };
    Ok(ended(done))
}

fn ended(done: Done) -> RepairEnd {
    let Some(told) = done.told.into_iter().next() else {
        return RepairEnd {
            how: How::Untouched.word(),
            well: false,
            why: "there was nothing to do".to_owned(),
            hint: String::new(),
            operation: None,
            stands: false,
        };
    };
    RepairEnd {
        how: told.how.word(),
        well: matches!(told.how, How::Applied | How::Undone),
        why: told.why,
        hint: told.hint,
        operation: Some(done.operation),
        stands: matches!(told.how, How::Applied | How::Open),
    }
}

fn failed(error: &Error) -> RepairEnd {
    RepairEnd {
        how: How::Untouched.word(),
        well: false,
        why: error.to_string(),
        hint: error.hint.clone().unwrap_or_default(),
        operation: None,
        stands: false,
    }
}

/// The last operation of which something stands on the host.
fn last<'a>(operations: &'a [Operation], host: &str) -> Option<(&'a Operation, &'a OnHost)> {
    operations.iter().rev().find_map(|operation| {
        let on = operation
            .hosts
            .iter()
            .find(|on| on.host == host && on.stands())?;
        Some((operation, on))
    })
}

fn offered(spec: &HostSpec, what: Offered) -> Proposal {
    let risk = what.risk();
    let typed = guard::confirmation(spec, risk) == Confirm::TypeHost;
    let agree = match risk {
        _ if typed => Agree::TypeHost,
        Risk::Low => Agree::Key,
        Risk::Medium => Agree::StrongKey,
        Risk::High => Agree::TypeHost,
    };
    let reason = match &spec.guardrails.reason {
        Some(reason) if typed && risk != Risk::High => reason.clone(),
        _ => String::new(),
    };
    Proposal::Offer(Box::new(Offer {
        what,
        agree,
        reason,
    }))
}

fn broken(error: &Error) -> Proposal {
    Proposal::nothing(error.to_string(), error.hint.clone().unwrap_or_default())
}
