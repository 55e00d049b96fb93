//! Connections to simulated hosts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::apply;
use super::engine::{self, Manner};
use super::files::{self, Changes};
use super::probe;
use super::recording::Recording;
use super::scenario::{Failures, Fault, Part, Scenario};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::host::Transport;
use crate::inventory::spec::HostSpec;
use crate::transport::{
    ByteStream, Commands, Connection, Dial, Ended, Process, RemoteCommand, Task,
};

/// What a stream holds before its writer must wait, as a socket would.
const BUFFER: usize = 64 * 1024;

/// Reaches hosts that exist in recordings only.
pub struct Simulator {
    scenario: Scenario,
    failures: Failures,
    texts: BTreeMap<String, &'static str>,
    read: BTreeMap<String, OnceLock<Arc<Recording>>>,
    began: Instant,
    /// What repairs changed, by host: it outlives connections, as on a real one.
    changed: Mutex<BTreeMap<String, Arc<Mutex<Changes>>>>,
}

impl Simulator {
    /// A simulator of `scenario` with these recordings (name and JSON). A recording is read when it is first needed.
    pub fn new(
        scenario: Scenario,
        failures: Failures,
        recordings: &[(&str, &'static str)],
    ) -> Self {
        let names = || recordings.iter().map(|(name, _)| (*name).to_owned());
        Self {
            scenario,
            failures,
            texts: names()
                .zip(recordings.iter().map(|(_, text)| *text))
                .collect(),
            read: names().map(|name| (name, OnceLock::new())).collect(),
            began: Instant::now(),
            changed: Mutex::default(),
        }
    }

    fn recording(&self, name: &str) -> Option<Arc<Recording>> {
        let slot = self.read.get(name)?;
        if slot.get().is_none() {
            let parsed = Recording::parse(self.texts.get(name)?).ok()?;
            // Another host may have read the same recording meanwhile: then that one is used.
            return Some(Arc::clone(slot.get_or_init(|| Arc::new(parsed))));
        }
        slot.get().map(Arc::clone)
    }

    fn changes(&self, host: &str) -> Arc<Mutex<Changes>> {
        let mut all = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(host.to_owned()).or_default())
    }

    fn failure(&self, fault: &str, host: &str) -> Option<Failure> {
        let mut failure = self.failures.get(fault)?.clone();
        failure.message = failure.message.replace("{host}", host);
        failure.hint = failure.hint.replace("{host}", host);
        Some(failure)
    }

    async fn connect(
        &self,
        spec: &HostSpec,
        entered: &(dyn Fn(Stage) + Send + Sync),
    ) -> Result<Box<dyn Connection>, Failure> {
        let host = spec.header.name.as_str();
        let unknown = |what: &str| {
            Failure::new(
                FailureClass::Dns,
                Stage::Name,
                format!("the simulation has no {what} for {host}"),
                "look at the scenario",
            )
        };
        let part = self.scenario.part(host).ok_or_else(|| unknown("part"))?;
        let fault_name = part.fault.map_or("", Fault::word);
        let wrong = self.failure(fault_name, host);
        let stages: &[(Stage, u32)] = match spec.header.transport {
            Transport::Ssh => &[
                (Stage::Name, 0),
                (Stage::Tcp, 1),
                (Stage::Kex, 2),
                (Stage::Hostkey, 0),
                (Stage::Authentication, 3),
            ],
            Transport::Tls => &[(Stage::Name, 0), (Stage::Tcp, 1), (Stage::Tls, 1)],
            Transport::Local => &[(Stage::Tcp, 0)],
        };
        for (stage, trips) in stages {
            entered(*stage);
            sleep(part.latency * *trips).await;
            if part.fault == Some(Fault::Dead) && *stage == Stage::Tcp {
                sleep(spec.connect_timeout).await;
            }
            if let Some(failure) = wrong.as_ref().filter(|failure| failure.stage == *stage) {
                return Err(failure.clone());
            }
        }
        let recording = self
            .recording(&part.recording)
            .ok_or_else(|| unknown("recording"))?;
        let kept = kept(&part.keep).map_err(|_broken| unknown("usable glob"))?;
        Ok(Box::new(Simulated {
            recording: Arc::new(recording.as_host(host, &kept)),
            part: part.clone(),
            engine_failure: wrong,
            shell: spec.header.transport == Transport::Ssh,
            opened: AtomicU32::new(0),
            began: self.began,
            commands: Commands::default(),
            changes: self.changes(host),
        }))
    }
}

fn kept(globs: &[String]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(Glob::new(glob)?);
    }
    set.build()
}

impl Dial for Simulator {
    fn dial<'a>(
        &'a self,
        spec: &'a HostSpec,
        entered: &'a (dyn Fn(Stage) + Send + Sync),
    ) -> Task<'a, Result<Box<dyn Connection>, Failure>> {
        Box::pin(self.connect(spec, entered))
    }
}

/// A connection to a simulated host.
struct Simulated {
    recording: Arc<Recording>,
    part: Part,
    engine_failure: Option<Failure>,
    shell: bool,
    opened: AtomicU32,
    /// When the fleet began to be simulated.
    began: Instant,
    commands: Commands,
    changes: Arc<Mutex<Changes>>,
}

impl Simulated {
    fn manner(&self) -> Manner {
        match self.part.fault {
            Some(Fault::Html) => Manner::Html,
            Some(Fault::Truncated) => Manner::Truncates,
            Some(Fault::Silent) => Manner::Silent,
            _ => Manner::Good,
        }
    }

    /// Starts the probe's shell, or that of the apply script.
    async fn start_shell(&self, sudo: bool, apply: bool) -> Process {
        self.opened.fetch_add(1, Ordering::Relaxed);
        sleep(self.part.latency).await;
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        let (told, ended) = oneshot::channel();
        let refused = sudo && self.part.fault == Some(Fault::NoSudo);
        let who = if sudo { "root" } else { "user" };
        let recorded = self.recording.probes.get(who).cloned();
        let latency = self.part.latency;
        let changes = Arc::clone(&self.changes);
        tokio::spawn(async move {
            let end = match recorded.filter(|_| !refused) {
                Some(recorded) if apply => {
                    let mut twin =
                        apply::Twin::new(&recorded, &changes, if sudo { 0 } else { 1000 });
                    play(theirs, |bytes| twin.feed(bytes), latency).await
                }
                Some(recorded) => {
                    let now = {
                        let changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
                        files::changed(&recorded, &changes)
                    };
                    let mut twin = probe::Twin::new(&now);
                    play(theirs, |bytes| twin.feed(bytes), latency).await
                }
                None => Ended {
                    status: Some(1),
                    stderr: "sudo: a password is required".to_owned(),
                },
            };
            // The caller may have lost interest in how it ended.
            let _uninterested = told.send(end);
        });
        Process {
            stream: Box::new(ours),
            ended,
        }
    }
}

/// The host's shell running a script, of which `feed` is the twin.
async fn play(
    mut stream: DuplexStream,
    mut feed: impl FnMut(&[u8]) -> (Vec<u8>, bool),
    latency: Duration,
) -> Ended {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        let (answer, done) = feed(buffer.get(..read).unwrap_or_default());
        if !answer.is_empty() {
            sleep(latency).await;
            if stream.write_all(&answer).await.is_err() {
                break;
            }
        }
        if done {
            return Ended {
                status: Some(0),
                stderr: String::new(),
            };
        }
    }
    Ended::default()
}

impl Connection for Simulated {
    fn open_engine(&self) -> Task<'_, Result<ByteStream, Failure>> {
        Box::pin(async move {
            sleep(self.part.latency).await;
            if let Some(failure) = &self.engine_failure {
                return Err(failure.clone());
            }
            self.opened.fetch_add(1, Ordering::Relaxed);
            let (ours, theirs) = tokio::io::duplex(BUFFER);
            tokio::spawn(engine::serve(
                theirs,
                Arc::clone(&self.recording),
                self.manner(),
                self.part.latency,
                self.began,
            ));
            Ok(Box::new(ours) as ByteStream)
        })
    }

    fn run(&self, command: RemoteCommand) -> Option<Task<'_, Result<Process, Failure>>> {
        if !self.shell {
            return None;
        }
        match command {
            RemoteCommand::Probe { sudo } => Some(Box::pin(async move {
                self.commands.note(command);
                Ok(self.start_shell(sudo, false).await)
            })),
            RemoteCommand::Apply { sudo } => Some(Box::pin(async move {
                self.commands.note(command);
                Ok(self.start_shell(sudo, true).await)
            })),
            RemoteCommand::DialStdio { .. }
            | RemoteCommand::Sudo { .. }
            | RemoteCommand::ProbeByPassword
            | RemoteCommand::RelayByPassword
            | RemoteCommand::InstalledProbe
            | RemoteCommand::InstalledRelay => None,
        }
    }

    fn commands(&self) -> Vec<RemoteCommand> {
        self.commands.all()
    }

    fn peer_key(&self) -> Option<String> {
        None
    }

    fn engine_route(&self) -> String {
        "simulated".to_owned()
    }

    fn engine_streams(&self) -> usize {
        8
    }

    fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    fn close(&self) -> Task<'_, ()> {
        Box::pin(async {})
    }
}
