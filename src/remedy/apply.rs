//! One plan on one host: read again and compare, lock, change step by step, read anew and let the rules judge. Whatever
//! goes wrong is rolled back, and everything is in the journal before it happens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::guard::{self, Refusal};
use super::journal::{Event, How, Journal, Who};
use super::plan;
use super::reading::{Reader, Reading};
use super::session::{Session, Trouble};
use super::steps::{self, Change, Ended, Fault};
use crate::access::authority::WriteGrant;
use crate::access::link::{Link, ReadWrite};
use crate::domain::failure::Failure;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::plan::{HostPlan, Step};
use crate::inventory::spec::{HostSpec, Sudo};

/// How often the lock of our own lost session is waited for, and how long each time.
pub(super) const PATIENCE: (u32, Duration) = (10, Duration::from_secs(1));

/// What one operation is done with.
pub struct Work<'a> {
    /// Reads hosts.
    pub reader: &'a Reader,
    /// The right to write at all.
    pub grant: &'a WriteGrant,
    /// Where everything is written down.
    pub journal: &'a Mutex<Journal>,
    /// Id of the operation.
    pub operation: &'a str,
    /// Who does it.
    pub who: &'a Who,
    /// Number of the change or ticket it belongs to.
    pub ticket: Option<&'a str>,
    /// Pulled to stop before the next step.
    pub cancel: &'a CancellationToken,
    /// Told of each thing that is done: the host, and a line.
    pub tell: &'a (dyn Fn(&str, &str) + Send + Sync),
}

/// What became of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The host.
    pub host: String,
    /// How it ended.
    pub how: How,
    /// Why it is not simply done; empty where it is.
    pub why: String,
    /// What to do next; empty where nothing is.
    pub hint: String,
    /// Whether a guardrail or read-only mode forbade it.
    pub refused: bool,
}

impl Told {
    pub(super) fn new(
        host: &str,
        how: How,
        why: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            host: host.to_owned(),
            how,
            why: why.into(),
            hint: hint.into(),
            refused: false,
        }
    }

    /// Nothing was changed, because it is forbidden.
    pub fn refused(host: &str, refusal: Refusal) -> Self {
        Self {
            refused: true,
            ..Self::new(host, How::Untouched, refusal.message, refusal.reason)
        }
    }

    fn unread(host: &str, failure: Failure) -> Self {
        Self::new(host, How::Untouched, failure.message, failure.hint)
    }

    fn trouble(host: &str, trouble: Trouble) -> Self {
        Self::new(host, How::Untouched, trouble.message, trouble.hint)
    }
}

impl Work<'_> {
    /// Writes down what happened. An error means that nothing may be changed any more.
    pub fn note(&self, event: Event) -> Result<(), String> {
        let at = stamp((self.reader.clock)());
        self.journal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(&at, self.operation, event)
            .map_err(|error| format!("the journal cannot be written: {error}"))
    }

    /// Opens the script on an elevated link and locks the host.
    pub(super) async fn enter(
        &self,
        link: &Link<ReadWrite>,
        spec: &HostSpec,
        tries: u32,
    ) -> Result<Session, Trouble> {
        let mut session = Session::open(link, spec.sudo != Sudo::Never).await?;
        let who = format!("{} ({})", self.who, self.operation);
        let mut left = tries;
        loop {
            match session.lock(&who).await {
                Ok(()) => return Ok(session),
                Err(trouble) if left == 0 => return Err(trouble),
                Err(_held) => left -= 1,
            }
            tokio::time::sleep(PATIENCE.1).await;
        }
    }

    /// The line for the host's own log.
    fn line(&self, what: &str) -> String {
        let ticket = self
            .ticket
            .map(|ticket| format!(", ticket {ticket}"))
            .unwrap_or_default();
        format!("{what} ({}) by {}{ticket}", self.operation, self.who)
    }
}

/// Milliseconds since 1970-01-01 UTC as text.
pub fn stamp(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .unwrap_or(jiff::Timestamp::MAX)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// Applies `plan` on its host.
pub async fn host(work: &Work<'_>, spec: &HostSpec, plan: &HostPlan) -> Told {
    let name = &spec.header.name;
    if let Err(refusal) = guard::check(spec, plan, (work.reader.clock)()) {
        return Told::refused(name, refusal);
    }
    let Some(grant) = work.grant.for_host(spec.header.mode) else {
        return Told::refused(name, guard::read_only(spec));
    };
    (work.tell)(name, "reading the host again");
    let (link, before) = match work.reader.read(spec, work.cancel).await {
        Ok(read) => read,
        Err(failure) => return Told::unread(name, failure),
    };
    if let Some(stale) = stale(work.reader, spec, plan, &before) {
        link.close().await;
        return stale;
    }
    let link = link.elevate(grant);
    let result = match work.enter(&link, spec, 0).await {
        Err(trouble) => Told::trouble(name, trouble),
        Ok(session) => {
            let one = OneHost {
                work,
                spec,
                plan,
                before: &before,
            };
            one.carry_out(session).await
        }
    };
    link.close().await;
    result
}

/// Why a plan no longer fits its host, if so.
fn stale(reader: &Reader, spec: &HostSpec, plan: &HostPlan, now: &Reading) -> Option<Told> {
    let name = &spec.header.name;
    let machine = now.evidence.host.machine_id.as_ref().ok();
    if plan.machine_id.as_ref() != machine {
        return Some(Told::new(
            name,
            How::Untouched,
            "this is another machine than the one the plan was made for",
            "make a new plan",
        ));
    }
    let targets = plan.targets();
    let input = reader.input(spec, &now.evidence);
    let fresh = plan::host(&reader.assessor, &input, &now.rows, |row| {
        targets
            .iter()
            .any(|target| target.control == row.control && target.subject == row.subject.id)
    });
    let steps = |plan: &HostPlan| -> Vec<Step> {
        plan.steps
            .iter()
            .map(|planned| planned.step.clone())
            .collect()
    };
    if steps(plan) == steps(&fresh) {
        return None;
    }
    let changed: Vec<String> = plan
        .steps
        .iter()
        .filter(|planned| !fresh.steps.iter().any(|other| other.step == planned.step))
        .map(|planned| steps::text(&planned.step).title)
        .collect();
    Some(Told::new(
        name,
        How::Untouched,
        format!(
            "the host is no longer as it was when the plan was made: {}",
            if changed.is_empty() {
                "more would have to be done".to_owned()
            } else {
                changed.join("; ")
            }
        ),
        "make a new plan",
    ))
}

/// The plan on its host, with everything that is needed on the way.
struct OneHost<'a> {
    work: &'a Work<'a>,
    spec: &'a HostSpec,
    plan: &'a HostPlan,
    before: &'a Reading,
}

/// A step that was begun.
struct Begun {
    number: usize,
    change: Change,
    /// Whether it is known to have been done.
    certain: bool,
}

impl OneHost<'_> {
    async fn carry_out(&self, mut session: Session) -> Told {
        let name = &self.spec.header.name;
        let start = Event::Host {
            host: name.clone(),
            targets: self.plan.targets().into_iter().cloned().collect(),
            risk: self.plan.weight.risk,
        };
        if let Err(why) = self.work.note(start) {
            session.close().await;
            return Told::new(
                name,
                How::Untouched,
                why,
                "make room, or see who owns the state folder",
            );
        }
        let mut begun = Vec::new();
        let result = match self.forward(&mut session, &mut begun).await {
            Ok(()) => {
                session.close().await;
                Told::new(name, How::Applied, "", "")
            }
            Err(why) => self.back(session, begun, why).await,
        };
        let ended = Event::HostEnded {
            host: name.clone(),
            how: result.how,
            why: result.why.clone(),
        };
        match self.work.note(ended) {
            Ok(()) => result,
            Err(journal) => Told {
                why: format!(
                    "{}{}{journal}",
                    result.why,
                    if result.why.is_empty() { "" } else { "; " }
                ),
                ..result
            },
        }
    }

    /// Every step, then the judgement of the rules.
    async fn forward(&self, session: &mut Session, begun: &mut Vec<Begun>) -> Result<(), String> {
        let name = &self.spec.header.name;
        let line = self.work.line("changes begin");
        session
            .note(&line)
            .await
            .map_err(|trouble| trouble.message)?;
        for (at, planned) in self.plan.steps.iter().enumerate() {
            let number = at + 1;
            if self.work.cancel.is_cancelled() {
                return Err("stopped by the operator".to_owned());
            }
            let change = steps::prepare(session, &planned.step)
                .await
                .map_err(|fault| fault.to_string())?;
            self.work.note(Event::Intent {
                host: name.clone(),
                step: number,
                change: change.clone(),
            })?;
            (self.work.tell)(name, &steps::text(&planned.step).title);
            begun.push(Begun {
                number,
                change: change.clone(),
                certain: false,
            });
            match steps::apply(session, &change).await {
                Ok(Ended::Done(commands)) => {
                    if let Some(last) = begun.last_mut() {
                        last.certain = true;
                    }
                    self.work.note(Event::Done {
                        host: name.clone(),
                        step: number,
                        commands,
                    })?;
                }
                Ok(Ended::AlreadySo) => {}
                // Nothing of it was done.
                Err(Fault::Lost(Trouble { message: why, .. }) | Fault::Unchanged(why)) => {
                    begun.pop();
                    self.work.note(Event::Failed {
                        host: name.clone(),
                        step: number,
                        why: why.clone(),
                    })?;
                    return Err(why);
                }
                Err(fault) => return Err(fault.to_string()),
            }
        }
        (self.work.tell)(name, "reading anew, over a new connection");
        self.verify().await
    }

    /// Whether the controls say that it is right, and nothing else got worse.
    async fn verify(&self) -> Result<(), String> {
        let (link, after) = self
            .work
            .reader
            .read(self.spec, &CancellationToken::new())
            .await
            .map_err(|failure| format!("the host cannot be read any more: {}", failure.message))?;
        link.close().await;
        for target in self.plan.targets() {
            let row = after
                .rows
                .iter()
                .find(|row| row.control == target.control && row.subject.id == target.subject);
            match row {
                Some(row) if row.outcome == Outcome::Pass => {}
                Some(row) => {
                    return Err(format!(
                        "{} on {} is {} still: {}",
                        target.control,
                        target.subject,
                        row.outcome.word(),
                        row.observed
                    ));
                }
                None => {
                    return Err(format!(
                        "{} no longer judges {}",
                        target.control, target.subject
                    ));
                }
            }
        }
        match worse(&self.before.rows, &after.rows) {
            Some(row) => Err(format!(
                "{} on {} got worse: {}",
                row.control,
                row.subject.id,
                row.gap.as_ref().map_or(&row.observed, |gap| &gap.message)
            )),
            None => Ok(()),
        }
    }

    /// Takes everything back that was begun, over a new connection where the old one is lost.
    async fn back(&self, mut session: Session, begun: Vec<Begun>, why: String) -> Told {
        let name = &self.spec.header.name;
        if begun.is_empty() {
            session.close().await;
            return Told::new(name, How::Untouched, why, "");
        }
        (self.work.tell)(name, &format!("rolling back: {why}"));
        let mut open = Vec::new();
        let mut again = None;
        for step in begun.into_iter().rev() {
            let mut taken = self.take_back(&mut session, &step).await;
            if matches!(taken, Err(Fault::Lost(_) | Fault::Unknown(_))) && again.is_none() {
                match self.reconnect().await {
                    Ok((link, fresh)) => {
                        session = fresh;
                        again = Some(link);
                        taken = self.take_back(&mut session, &step).await;
                    }
                    Err(trouble) => taken = Err(Fault::Unknown(trouble)),
                }
            }
            if let Err(fault) = taken {
                open.push(format!("step {}: {fault}", step.number));
            }
        }
        session.close().await;
        if let Some(link) = again {
            link.close().await;
        }
        if open.is_empty() {
            Told::new(name, How::RolledBack, why, "")
        } else {
            Told::new(
                name,
                How::Open,
                format!("{why}; and the way back failed: {}", open.join("; ")),
                format!(
                    "when the host can be reached: plimsoll undo {}",
                    self.work.operation
                ),
            )
        }
    }

    async fn take_back(&self, session: &mut Session, step: &Begun) -> Result<(), Fault> {
        let host = self.spec.header.name.clone();
        let number = step.number;
        // A journal that is full must not keep a host from being put right.
        let _unwritten = self.work.note(Event::GoingBack {
            host: host.clone(),
            step: number,
        });
        let commands = match steps::take_back(session, &step.change, step.certain).await? {
            Ended::Done(commands) => commands,
            Ended::AlreadySo => Vec::new(),
        };
        let _unwritten = self.work.note(Event::Back {
            host,
            step: number,
            commands,
        });
        Ok(())
    }

    async fn reconnect(&self) -> Result<(Link<ReadWrite>, Session), Trouble> {
        let lost = |failure: Failure| Trouble {
            message: failure.message,
            hint: failure.hint,
        };
        let grant = self.work.grant.for_host(self.spec.header.mode);
        let Some(grant) = grant else {
            return Err(Trouble {
                message: "this host may only be read".to_owned(),
                hint: String::new(),
            });
        };
        let link = self.work.reader.reach(self.spec).await.map_err(lost)?;
        let link = link.elevate(grant);
        let session = self.work.enter(&link, self.spec, PATIENCE.0).await?;
        Ok((link, session))
    }
}

/// The first row that was as wanted and no longer is; momentary states come and go by themselves.
pub fn worse<'a>(
    before: &[ControlResult],
    after: &'a [ControlResult],
) -> Option<&'a ControlResult> {
    after.iter().find(|row| {
        let bad = matches!(
            row.outcome,
            Outcome::Fail | Outcome::NotChecked | Outcome::Blocked
        );
        bad && row.scored
            && before.iter().any(|was| {
                was.id == row.id && matches!(was.outcome, Outcome::Pass | Outcome::NotApplicable)
            })
    })
}
