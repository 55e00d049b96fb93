//! Hosts of the recordings, read once over simulated connections without any delay.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use plimsoll::app::environment::Environment;
use plimsoll::app::fleet::{self, Choice, Source};
use plimsoll::app::run::{self, Ways};
use plimsoll::domain::context::FleetFacts;
use plimsoll::domain::event::{FleetEvent, HostReport};
use plimsoll::simulate::demo::RECORDINGS;
use plimsoll::simulate::dial::Simulator;
use plimsoll::simulate::recording::Recording;
use plimsoll::simulate::scenario::Scenario;
use plimsoll::sweep::{Compared, Sweep};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The recordings that are played, in turns.
const PLAYED: [&str; 3] = ["neglected", "clean-26", "clean-2010"];

/// A sweep of three hosts that can be run again and again.
pub(crate) struct Reading {
    pub(crate) sweep: Arc<Sweep>,
    pub(crate) now: i64,
    runtime: Runtime,
}

impl Reading {
    /// Three hosts with so many containers each.
    pub(crate) fn new(containers: usize) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let mut now = 0;
        let mut recordings: Vec<(&str, &'static str)> = Vec::new();
        for (name, text) in RECORDINGS.iter().filter(|(name, _)| PLAYED.contains(name)) {
            let recording = Recording::parse(text).expect("a recording");
            now = now.max(recording.at);
            let grown = serde_json::to_string(&recording.with_containers(containers));
            // Kept until the end of the program, as the demo's own are.
            recordings.push((name, grown.expect("JSON").leak()));
        }
        let (mut scenario, mut inventory) = (String::new(), String::from("version = 1\n"));
        for name in PLAYED {
            writeln!(
                scenario,
                "[[hosts]]\nname = {name:?}\nrecording = {name:?}\nlatency_ms = 0"
            )
            .expect("a string");
            writeln!(inventory, "[[hosts]]\nname = {name:?}").expect("a string");
        }
        let environment = Environment {
            home: None,
            config: None,
            state: None,
            ..Environment::read()
        };
        let scenario = Scenario::parse(&scenario).expect("a scenario");
        let simulator = Simulator::new(scenario, BTreeMap::new(), &recordings);
        let parsed = fleet::parse(&inventory, "bench", Path::new("/"), &environment);
        let choice = Choice::default();
        let fleet = fleet::select(
            parsed.expect("an inventory"),
            &choice,
            Source::Demo,
            &environment,
        );
        let fleet = fleet.expect("a fleet");
        let ways = Ways::silent(Arc::new(simulator));
        let clock = Arc::new(move || now);
        let sweep = {
            let _inside = runtime.enter();
            run::sweep(&fleet, &choice, &environment, ways, clock, true).expect("a sweep")
        };
        Self {
            sweep,
            now,
            runtime,
        }
    }

    /// The reports of all three, evidence included.
    pub(crate) fn reports(&self) -> Vec<Arc<HostReport>> {
        self.reports_of(PLAYED.len())
    }

    /// The reports of the first `count`.
    pub(crate) fn reports_of(&self, count: usize) -> Vec<Arc<HostReport>> {
        self.run(count).0
    }

    /// What is kept of each for the controls that compare hosts.
    pub(crate) fn facts(&self) -> Vec<FleetFacts> {
        self.run(PLAYED.len()).1.into_values().collect()
    }

    fn run(&self, count: usize) -> (Vec<Arc<HostReport>>, Compared) {
        self.runtime.block_on(async {
            let (events, mut heard) = mpsc::channel(run::WAITING);
            let hosts: Vec<usize> = (0..count).collect();
            let mut compared = Compared::new();
            let reading = self
                .sweep
                .run(&hosts, &mut compared, events, CancellationToken::new());
            let listening = async {
                let mut reports = Vec::new();
                while let Some(event) = heard.recv().await {
                    if let FleetEvent::Finished { report, .. } = event {
                        assert!(report.engine.is_some(), "{:?}", report.error);
                        reports.push(report);
                    }
                }
                reports
            };
            let ((), reports) = tokio::join!(reading, listening);
            (reports, compared)
        })
    }
}
