//! Puts repairs together: plans over many hosts, operations one host after the other, and taking them back.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::environment::{self, Environment};
use super::error::Error;
use super::fleet::{Choice, Fleet};
use super::run::{self, Prepared, Ways};
use crate::access::authority::{Authority, WriteGrant};
use crate::domain::evidence::HostEvidence;
use crate::domain::host::Mode;
use crate::domain::outcome::ControlResult;
use crate::domain::plan::{HostPlan, Step, Target};
use crate::inventory::spec::HostSpec;
use crate::remedy::apply::{self, Told, Work, stamp};
use crate::remedy::document::{Document, LeftOut};
use crate::remedy::guard::{self, Refusal};
use crate::remedy::journal::{Book, Event, How, Journal, Who};
use crate::remedy::operation::{self, Operation};
use crate::remedy::reading::Reader;
use crate::remedy::{plan, undo};
use crate::sweep::Sweep;

/// Largest plan that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Told of each thing that is done: the host, and a line.
pub type Tell<'a> = &'a (dyn Fn(&str, &str) + Send + Sync);

/// Everything that repairs need. Without the right to write it only plans.
pub struct Workshop {
    reader: Reader,
    hosts: Vec<HostSpec>,
    jobs: usize,
    grant: Option<WriteGrant>,
    who: Who,
    state: Option<PathBuf>,
}

impl Workshop {
    /// A workshop for the selected hosts of a fleet.
    pub fn new(fleet: &Fleet, choice: &Choice, environment: &Environment) -> Result<Self, Error> {
        let (ways, _nobody) = Ways::real(environment, false);
        let sweep: Prepared = run::sweep(fleet, choice, environment, ways, run::clock(), true)?;
        Ok(Self::of(&sweep, choice.read_only, environment))
    }

    /// A workshop for the hosts of a sweep.
    pub fn of(sweep: &Sweep, read_only: bool, environment: &Environment) -> Self {
        let authority = if read_only {
            Authority::Auditor
        } else {
            Authority::Operator
        };
        Self {
            reader: Reader {
                dialer: Arc::clone(&sweep.dialer),
                needs: sweep.needs.clone(),
                assessor: Arc::clone(&sweep.assessor),
                redactor: sweep.redactor.clone(),
                memory: sweep.memory.clone(),
                clock: Arc::clone(&sweep.clock),
            },
            hosts: sweep.hosts.to_vec(),
            jobs: sweep.jobs,
            grant: authority.grant(),
            who: Who {
                user: environment
                    .user
                    .clone()
                    .unwrap_or_else(environment::number_of_user),
                from: environment.machine.clone(),
            },
            state: environment.state.clone(),
        }
    }

    /// Whether it may change anything at all.
    pub fn may_write(&self) -> bool {
        self.grant.is_some()
    }

    /// The journal that its operations are written into.
    pub fn journal(&self) -> Result<Journal, Error> {
        open_journal(self.state.as_deref())
    }

    /// Every host.
    pub fn hosts(&self) -> &[HostSpec] {
        &self.hosts
    }

    /// Plans what puts one finding right, on what was read of the host already. Asks nobody.
    pub fn plan_for(
        &self,
        spec: &HostSpec,
        evidence: &HostEvidence,
        rows: &[ControlResult],
        target: &Target,
    ) -> HostPlan {
        let input = self.reader.input(spec, evidence);
        plan::host(&self.reader.assessor, &input, rows, |row| {
            row.control == target.control && row.subject.id == target.subject
        })
    }

    /// What forbids to change the host now, if anything does.
    pub fn forbids<'a>(
        &self,
        spec: &HostSpec,
        steps: impl Iterator<Item = &'a Step>,
        targets: impl Iterator<Item = &'a Target>,
    ) -> Option<Refusal> {
        if spec.header.mode == Mode::Audit {
            return Some(guard::read_only(spec));
        }
        guard::check_steps(spec, steps, targets, (self.reader.clock)()).err()
    }

    /// The host of this name among the selected ones.
    pub fn host(&self, name: &str) -> Option<&HostSpec> {
        self.hosts.iter().find(|host| host.header.name == name)
    }

    /// Now, in UTC.
    pub fn now(&self) -> String {
        stamp((self.reader.clock)())
    }

    /// Reads every selected host and plans what puts the findings of `controls` right there. Changes nothing.
    pub fn plan(&self, controls: &[String]) -> Result<Document, Error> {
        let cancel = CancellationToken::new();
        let cancel = &cancel;
        let planning = async {
            let each = self.hosts.iter().map(|spec| async move {
                if spec.header.mode == Mode::Audit {
                    let refusal = guard::read_only(spec);
                    return Err(left_out(spec, refusal.to_string(), &refusal.reason, true));
                }
                let read = self.reader.read(spec, cancel).await;
                let (link, reading) =
                    read.map_err(|failure| left_out(spec, failure.message, &failure.hint, false))?;
                link.close().await;
                let input = self.reader.input(spec, &reading.evidence);
                let plan = plan::host(&self.reader.assessor, &input, &reading.rows, |row| {
                    controls.iter().any(|control| control == row.control)
                });
                match guard::check(spec, &plan, (self.reader.clock)()) {
                    Ok(()) => Ok(plan),
                    Err(refusal) => Err(left_out(spec, refusal.to_string(), &refusal.reason, true)),
                }
            });
            let all: Vec<_> = futures_util::stream::iter(each)
                .buffered(self.jobs)
                .collect()
                .await;
            all
        };
        let (mut plans, mut left) = (Vec::new(), Vec::new());
        for planned in run::runtime()?.block_on(planning) {
            match planned {
                Ok(plan) if plan.steps.is_empty() && plan.unplanned.is_empty() => {}
                Ok(plan) => plans.push(plan),
                Err(host) => left.push(host),
            }
        }
        Ok(Document::new(self.now(), plans, left))
    }

    /// Applies plans as one operation: one host after the other, and no further one after the first that is not as
    /// planned.
    pub fn apply(
        &self,
        journal: Journal,
        plans: &[(&HostSpec, &HostPlan)],
        ticket: Option<&str>,
        tell: Tell<'_>,
        cancel: &CancellationToken,
    ) -> Result<Done, Error> {
        let hosts = plans.iter().map(|(spec, _)| spec.header.name.clone());
        let begin = Begin {
            hosts: hosts.collect(),
            undoes: None,
            ticket,
            tell,
            cancel,
        };
        self.operate(journal, begin, async |work| {
            let mut told = Vec::new();
            for (spec, plan) in plans {
                let one = apply::host(work, spec, plan).await;
                let stop = one.how != How::Applied && !one.refused;
                told.push(one);
                if stop || work.cancel.is_cancelled() {
                    break;
                }
            }
            told
        })
    }

    /// Takes an operation back on the hosts that are `wanted`, the last one first.
    pub fn undo(
        &self,
        journal: Journal,
        undone: &Operation,
        wanted: impl Fn(&str) -> bool,
        tell: Tell<'_>,
        cancel: &CancellationToken,
    ) -> Result<Done, Error> {
        let standing: Vec<_> = undone
            .hosts
            .iter()
            .rev()
            .filter(|on| on.stands() && wanted(&on.host))
            .collect();
        let begin = Begin {
            hosts: standing.iter().map(|on| on.host.clone()).collect(),
            undoes: Some(undone.id.clone()),
            ticket: undone.ticket.as_deref(),
            tell,
            cancel,
        };
        self.operate(journal, begin, async |work| {
            let mut told = Vec::new();
            for on in standing {
                told.push(match self.host(&on.host) {
                    Some(spec) => undo::host(work, spec, on).await,
                    None => Told {
                        host: on.host.clone(),
                        how: How::Untouched,
                        why: "it is not among the selected hosts of the inventory".to_owned(),
                        hint: "name the inventory that has it".to_owned(),
                        refused: false,
                    },
                });
            }
            told
        })
    }

    fn operate(
        &self,
        journal: Journal,
        begin: Begin<'_>,
        act: impl AsyncFnOnce(&Work<'_>) -> Vec<Told>,
    ) -> Result<Done, Error> {
        let Some(grant) = &self.grant else {
            return Err(Error::usage("nothing is changed in read-only mode"));
        };
        let id = new_id()?;
        let running = journal
            .running(&id)
            .map_err(|e| Error::internal("cannot lock the operation").source(e))?;
        let journal = Mutex::new(journal);
        let cancel = begin.cancel;
        let work = Work {
            reader: &self.reader,
            grant,
            journal: &journal,
            operation: &id,
            who: &self.who,
            ticket: begin.ticket,
            cancel,
            tell: begin.tell,
        };
        let first = Event::Began {
            who: self.who.clone(),
            hosts: begin.hosts,
            undoes: begin.undoes,
            ticket: begin.ticket.map(str::to_owned),
        };
        work.note(first).map_err(Error::internal)?;
        let told = run::runtime()?.block_on(async {
            let stop = cancel.clone();
            let waiting = tokio::spawn(async move { stop_on_signal(stop).await });
            let told = act(&work).await;
            waiting.abort();
            told
        });
        // What was done is told even where the last line cannot be written.
        let _unwritten = work.note(Event::Ended);
        drop(running);
        Ok(Done {
            operation: id,
            told,
        })
    }
}

/// How an operation begins.
struct Begin<'a> {
    hosts: Vec<String>,
    undoes: Option<String>,
    ticket: Option<&'a str>,
    tell: Tell<'a>,
    cancel: &'a CancellationToken,
}

/// What an operation came to.
#[derive(Debug)]
pub struct Done {
    /// Its id.
    pub operation: String,
    /// What became of each host that was begun with.
    pub told: Vec<Told>,
}

/// Stops before the next step; what has begun is ended or taken back.
async fn stop_on_signal(stop: CancellationToken) {
    let (Ok(mut interrupted), Ok(mut terminated)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return;
    };
    loop {
        tokio::select! {
            _ = interrupted.recv() => stop.cancel(),
            _ = terminated.recv() => stop.cancel(),
        }
    }
}

fn left_out(spec: &HostSpec, because: String, more: &str, refused: bool) -> LeftOut {
    LeftOut {
        host: spec.header.name.clone(),
        because: if more.is_empty() {
            because
        } else {
            format!("{because} ({more})")
        },
        refused,
    }
}

/// An id that nobody has used: `op-` and eight hexadecimal digits.
fn new_id() -> Result<String, Error> {
    let mut bytes = [0; 4];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|e| Error::internal("cannot read random bytes from /dev/urandom").source(e))?;
    Ok(format!("op-{:08x}", u32::from_be_bytes(bytes)))
}

/// Opens the journal of the state folder.
pub fn journal(environment: &Environment) -> Result<Journal, Error> {
    open_journal(environment.state.as_deref())
}

fn open_journal(folder: Option<&Path>) -> Result<Journal, Error> {
    let Some(folder) = folder else {
        return Err(Error::usage("there is no folder for the journal")
            .hint("set PLIMSOLL_STATE to a folder that you own"));
    };
    Journal::open(folder).map_err(|e| {
        Error::usage(format!("cannot open the journal in {}", folder.display()))
            .hint("set PLIMSOLL_STATE to a folder that you own")
            .source(e)
    })
}

/// Takes the journal of a simulated fleet away, whose hosts have forgotten everything too.
pub(super) fn forget(folder: &Path) -> Result<(), Error> {
    match Journal::forget(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::usage(format!(
            "cannot take the old journal of the demo away in {}",
            folder.display()
        ))
        .source(e)),
        _ => Ok(()),
    }
}

/// What the journal says, and every operation in it.
pub fn book(journal: &mut Journal) -> Result<(Book, Vec<Operation>), Error> {
    let book = journal
        .read()
        .map_err(|e| Error::internal("cannot read the journal").source(e))?;
    let operations = operation::all(&book);
    Ok((book, operations))
}

/// Operations that were cut off or left a host as it should not be, and that nobody works on now.
pub fn interrupted<'a>(journal: &Journal, operations: &'a [Operation]) -> Vec<&'a Operation> {
    operations
        .iter()
        .filter(|operation| operation.is_open() && !journal.is_running(&operation.id))
        .collect()
}

/// Reads a plan's file.
pub fn read_plan(path: &Path) -> Result<Document, Error> {
    let broken = |e: std::io::Error| {
        Error::usage(format!("cannot read the plan {}", path.display())).source(e)
    };
    let mut text = String::new();
    fs::File::open(path)
        .map_err(broken)?
        .take(LARGEST)
        .read_to_string(&mut text)
        .map_err(broken)?;
    Document::read(&text).map_err(|e| {
        Error::usage(format!("{}: {e}", path.display())).hint("plimsoll plan --json makes one")
    })
}
