//! A saved sweep in the dashboard: the same events, nothing behind them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::dashboard::{self, Look};
use super::environment::Environment;
use super::error::Error;
use super::run::{self, WAITING};
use crate::domain::event::{FleetEvent, HostIndex, HostReport};
use crate::domain::repair::{Proposal, RepairNews};
use crate::record::Recording;
use crate::report::Audience;
use crate::report::audiences::Audiences;
use crate::tui::effect::Effect;
use crate::tui::msg::News;

/// Opens the dashboard on a saved sweep and stays until it is left; gives the exit code.
pub async fn run(
    recording: Recording,
    look: &Look,
    environment: &Environment,
) -> Result<u8, Error> {
    let (news, heard) = mpsc::channel(WAITING);
    let player = |effects| play(whole(&recording), news, effects);
    dashboard::show(look, environment, heard, run::clock(), player).await
}

/// Every event, and those that a recording without an end lacks.
fn whole(recording: &Recording) -> Vec<FleetEvent> {
    let (said, heard) = std::sync::mpsc::channel();
    let mut audiences = Audiences::default();
    audiences.add(Listener(said));
    for event in &recording.events {
        // The listener never fails.
        let _infallible = audiences.hear(event);
    }
    let _infallible = audiences.close();
    drop(audiences);
    heard.into_iter().collect()
}

struct Listener(std::sync::mpsc::Sender<FleetEvent>);

impl Audience for Listener {
    fn hear(&mut self, event: &FleetEvent) -> std::io::Result<()> {
        self.0.send(event.clone()).map_err(std::io::Error::other)
    }
}

async fn play(
    events: Vec<FleetEvent>,
    news: mpsc::Sender<News>,
    mut effects: mpsc::Receiver<Effect>,
) {
    let mut reports: BTreeMap<HostIndex, Arc<HostReport>> = BTreeMap::new();
    for event in events {
        if let FleetEvent::Finished { host, report } = &event {
            reports.insert(*host, Arc::clone(report));
        }
        if news.send(News::Fleet(event)).await.is_err() {
            return;
        }
    }
    while let Some(effect) = effects.recv().await {
        match effect {
            Effect::OpenHost(host) => {
                if let Some(report) = reports.get(&host) {
                    let _gone = news.send(News::Opened(host, Arc::clone(report))).await;
                }
            }
            Effect::Reread(hosts) => {
                for host in hosts {
                    if let Some(report) = reports.get(&host) {
                        let report = Arc::clone(report);
                        let again = FleetEvent::Finished { host, report };
                        let _gone = news.send(News::Fleet(again)).await;
                    }
                }
                let said = "a saved sweep: hosts are not read again".to_owned();
                let _gone = news.send(News::Notice(said)).await;
            }
            Effect::Plan(host, _) | Effect::PlanUndo(host) => {
                let nothing =
                    Proposal::nothing("this is a saved sweep", "open the fleet itself: plimsoll");
                let told = News::Repair(host, RepairNews::Proposed(nothing));
                let _gone = news.send(told).await;
            }
            // Nothing runs that could be stopped or asks, and the loop does the rest itself.
            _ => {}
        }
    }
}
