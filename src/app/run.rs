//! Puts a sweep together: the hosts, the ways to them, the catalogue, the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::environment::{self, Environment};
use super::error::Error;
use super::fleet::{Choice, Fleet, Source};
use super::history::Chronicle;
use super::paths::Paths;
use super::state;
use super::talk::Talk;
use crate::assess::Assessor;
use crate::controls;
use crate::domain::event::{FleetEvent, HostIndex, HostReport};
use crate::domain::past::{Memory, Past};
use crate::probe::Needs;
use crate::sweep::{Clock, Compared, JOBS, Sweep};
use crate::transport::ask::{Desk, Notice};
use crate::transport::{Dial, Dialer, SshEnvironment};

/// Events that may wait for an audience before hosts wait for it.
pub const WAITING: usize = 1024;

/// Files that `ssh` reads for known hosts where nobody says otherwise.
const KNOWN_HOSTS: [&str; 2] = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];

/// A sweep that can be run, for those who need not know what it is made of.
pub type Prepared = Arc<Sweep>;

/// This machine's clock.
pub fn clock() -> Clock {
    Arc::new(environment::now)
}

/// known_hosts files of the person.
pub(super) fn own_known_hosts(environment: &Environment) -> Vec<PathBuf> {
    let folder = environment.home.iter().map(|home| home.join(".ssh"));
    folder
        .flat_map(|folder| ["known_hosts", "known_hosts2"].map(|name| folder.join(name)))
        .collect()
}

/// known_hosts files of the machine.
pub(super) fn global_known_hosts() -> Vec<PathBuf> {
    KNOWN_HOSTS.map(PathBuf::from).into()
}

/// Connections over real networks, whose questions go to `desk`.
fn dialer(environment: &Environment, desk: &Arc<Desk>) -> Arc<dyn Dial> {
    let mut known_hosts = own_known_hosts(environment);
    known_hosts.extend(global_known_hosts());
    let ours = SshEnvironment {
        agent: environment.ssh_agent.clone(),
        home: environment.home.clone(),
        user: environment.user.clone().unwrap_or_default(),
        known_hosts,
    };
    let memory = Paths::of(environment.state.as_deref());
    Arc::new(Dialer::remembering(
        ours,
        Arc::clone(desk),
        Arc::new(memory),
    ))
}

/// How hosts are reached, and where they ask what only a person knows.
#[derive(Clone)]
pub struct Ways {
    /// Opens connections.
    pub dialer: Arc<dyn Dial>,
    /// Takes questions.
    pub desk: Arc<Desk>,
}

impl Ways {
    /// Over real networks, with somebody to be asked where `person` says so; the receiver hears of questions.
    pub fn real(environment: &Environment, person: bool) -> (Self, Option<Notices>) {
        let (desk, notices) = if person {
            let (desk, notices) = Desk::new();
            (Arc::new(desk), Some(notices))
        } else {
            (Arc::new(Desk::nobody()), None)
        };
        let dialer = dialer(environment, &desk);
        (Self { dialer, desk }, notices)
    }

    /// Through `dialer`, which never asks.
    pub fn silent(dialer: Arc<dyn Dial>) -> Self {
        Self {
            dialer,
            desk: Arc::new(Desk::nobody()),
        }
    }
}

/// Hears of questions.
pub type Notices = mpsc::UnboundedReceiver<Notice>;

/// A sweep of the fleet's selected hosts over `ways`, by `clock`.
pub fn sweep(
    fleet: &Fleet,
    choice: &Choice,
    environment: &Environment,
    ways: Ways,
    clock: Clock,
    keep_evidence: bool,
) -> Result<Arc<Sweep>, Error> {
    let hosts: Vec<_> = fleet.hosts().into_iter().cloned().collect();
    let redactor = state::redactor(environment.state.as_deref())?;
    let hasher = redactor.clone();
    let assessor = Assessor::new(fleet.inventory.waivers.clone())
        .map_err(|e| Error::internal("the bundled tables are broken").source(e))?
        .with_profiles(fleet.profiles.clone())
        .with_fingerprint(move |value| hasher.fingerprint(value.as_bytes()));
    Ok(Arc::new(Sweep {
        hosts: Arc::new(hosts),
        dialer: ways.dialer,
        desk: ways.desk,
        needs: needs(),
        assessor: Arc::new(assessor),
        memory: Memory {
            past: past(fleet, environment),
            ..Memory::default()
        },
        redactor,
        clock,
        jobs: choice.jobs.unwrap_or(JOBS),
        keep_evidence,
    }))
}

/// What is known of the selected hosts' past. The simulated fleet has none: its clock begins anew with each run. A history
/// that cannot be read ends no sweep; that it could not be written is told when the sweep has ended.
fn past(fleet: &Fleet, environment: &Environment) -> BTreeMap<String, Past> {
    let (Some(state), false) = (&environment.state, fleet.source == Source::Demo) else {
        return BTreeMap::new();
    };
    let headers = fleet.hosts().into_iter().map(|host| &host.header);
    Chronicle::of(state).past(headers).unwrap_or_default()
}

/// What the probe has to look for.
pub fn needs() -> Needs {
    Needs {
        places: controls::places(),
        deep: false,
        sockets: Vec::new(),
    }
}

/// Runs `sweep` over all its hosts without a dashboard, but for those that are `known` from a sweep that was stopped; the
/// events end when it does.
pub fn headless(
    sweep: Arc<Sweep>,
    known: Vec<(HostIndex, Arc<HostReport>)>,
    cancel: CancellationToken,
) -> mpsc::Receiver<FleetEvent> {
    let (events, heard) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let started = FleetEvent::Started {
            at: (sweep.clock)(),
            hosts: Arc::new(sweep.headers()),
        };
        if events.send(started).await.is_ok() {
            let mut compared = Compared::new();
            let mut left: BTreeSet<HostIndex> = (0..sweep.hosts.len()).collect();
            for (host, report) in known {
                left.remove(&host);
                if let Some(facts) = &report.compared {
                    compared.insert(host, facts.as_ref().clone());
                }
                // An error means that nobody listens any more; the sweep finds that out too.
                let _gone = events.send(FleetEvent::Finished { host, report }).await;
            }
            let left: Vec<HostIndex> = left.into_iter().collect();
            sweep.run(&left, &mut compared, events, cancel).await;
        }
    });
    heard
}

/// Exit code after SIGINT.
const INTERRUPTED: u8 = 130;
/// Exit code after SIGTERM.
const TERMINATED: u8 = 143;

/// Runs `sweep` to its end and hands each event to `hear`. The first SIGINT or SIGTERM stops the sweep, and what was
/// read is kept; a second one ends it at once. Gives the exit code that a signal asks for. Questions of `notices` go to
/// the terminal; while one is open there, events wait, so that nothing is written in its midst.
pub fn listen(
    sweep: Arc<Sweep>,
    notices: Option<Notices>,
    known: Vec<(HostIndex, Arc<HostReport>)>,
    hear: &mut dyn FnMut(&FleetEvent),
) -> Result<Option<u8>, Error> {
    runtime()?.block_on(async {
        let broken = |e| Error::internal("cannot listen to signals").source(e);
        let mut interrupted = signal(SignalKind::interrupt()).map_err(broken)?;
        let mut terminated = signal(SignalKind::terminate()).map_err(broken)?;
        let cancel = CancellationToken::new();
        let mut talk = Talk::start(&sweep.desk, notices);
        let mut events = headless(sweep, known, cancel.clone());
        let mut told = None;
        let mut waiting = Vec::new();
        loop {
            let code = tokio::select! {
                event = events.recv() => match event {
                    Some(event) if talk.is_open() => {
                        waiting.push(event);
                        continue;
                    }
                    Some(event) => {
                        hear(&event);
                        continue;
                    }
                    None => {
                        waiting.iter().for_each(&mut *hear);
                        return Ok(told);
                    }
                },
                () = talk.changed() => {
                    if !talk.is_open() {
                        waiting.drain(..).for_each(|event| hear(&event));
                    }
                    continue;
                }
                _ = interrupted.recv() => INTERRUPTED,
                _ = terminated.recv() => TERMINATED,
            };
            if told.replace(code).is_some() {
                return Ok(told);
            }
            cancel.cancel();
        }
    })
}

/// The threads on which everything runs that waits.
pub fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::internal("cannot start threads").source(e))
}
