//! Runs sweeps for the dashboard: the first one, re-reads, and what happens when it is told to stop.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::log::Log;
use super::mend::Mender;
use super::repair::Workshop;
use super::run::{Notices, WAITING};
use crate::domain::event::{FleetEvent, HostIndex, HostReport, HostState};
use crate::domain::repair::{Proposal, RepairNews};
use crate::report::Audience as _;
use crate::sweep::{Compared, Sweep};
use crate::transport::ask::Notice;
use crate::tui::effect::Effect;
use crate::tui::msg::News;

/// The one owner of running sweeps while the dashboard is open.
pub struct Conductor {
    sweep: Arc<Sweep>,
    news: mpsc::Sender<News>,
    reports: BTreeMap<HostIndex, Arc<HostReport>>,
    compared: Compared,
    running: Option<Running>,
    /// Hosts to be read again when the running sweep has ended.
    next: Vec<HostIndex>,
    /// Where events are written besides; lost with the first line that cannot be.
    log: Option<Log>,
    /// Hears of questions; nothing where nobody asks.
    questions: Option<Notices>,
    /// Repairs hosts; nothing where nobody does.
    mender: Option<Mender>,
}

struct Running {
    cancel: CancellationToken,
    events: mpsc::Receiver<FleetEvent>,
    task: JoinHandle<Compared>,
}

impl Conductor {
    /// A conductor of `sweep` that tells `news`.
    pub fn new(sweep: Arc<Sweep>, news: mpsc::Sender<News>) -> Self {
        Self {
            sweep,
            news,
            reports: BTreeMap::new(),
            compared: Compared::new(),
            running: None,
            next: Vec::new(),
            log: None,
            questions: None,
            mender: None,
        }
    }

    /// Lets hosts be repaired.
    #[must_use]
    pub fn with_repairs(mut self, workshop: Option<Workshop>) -> Self {
        let news = self.news.clone();
        self.mender = workshop.map(|workshop| Mender::new(workshop, news));
        self
    }

    /// Brings the questions of `notices` to the dashboard, and its answers back.
    #[must_use]
    pub fn with_questions(mut self, notices: Option<Notices>) -> Self {
        self.questions = notices;
        self
    }

    /// Writes every event to `log` too.
    #[must_use]
    pub fn with_log(mut self, log: Option<Log>) -> Self {
        self.log = log;
        self
    }

    /// Tells the dashboard and the log; whether the dashboard is still there.
    async fn tell(&mut self, event: FleetEvent) -> bool {
        if let Some(log) = &mut self.log
            && log.hear(&event).is_err()
        {
            self.log = None;
        }
        self.news.send(News::Fleet(event)).await.is_ok()
    }

    /// Sweeps every host once, then serves `effects` until the dashboard is gone.
    pub async fn run(mut self, mut effects: mpsc::Receiver<Effect>) {
        let started = FleetEvent::Started {
            at: (self.sweep.clock)(),
            hosts: Arc::new(self.sweep.headers()),
        };
        if !self.tell(started).await {
            return;
        }
        self.start((0..self.sweep.hosts.len()).collect());
        if let Some(mender) = &self.mender {
            mender.greet().await;
        }
        loop {
            tokio::select! {
                event = next_event(&mut self.running) => self.heard(event).await,
                notice = next_question(&mut self.questions) => self.ask(notice).await,
                effect = effects.recv() => match effect {
                    Some(effect) => self.act(effect).await,
                    None => break,
                },
            }
        }
        if let Some(running) = self.running.take() {
            running.cancel.cancel();
        }
    }

    fn start(&mut self, selection: Vec<HostIndex>) {
        let (events, heard) = mpsc::channel(WAITING);
        let cancel = CancellationToken::new();
        let sweep = Arc::clone(&self.sweep);
        let mut compared = std::mem::take(&mut self.compared);
        let token = cancel.clone();
        let task = tokio::spawn(async move {
            sweep.run(&selection, &mut compared, events, token).await;
            compared
        });
        self.running = Some(Running {
            cancel,
            events: heard,
            task,
        });
    }

    async fn heard(&mut self, event: Option<FleetEvent>) {
        let Some(event) = event else {
            if let Some(running) = self.running.take() {
                // A sweep that panicked has lost its comparisons; the next one gathers them again.
                self.compared = running.task.await.unwrap_or_default();
            }
            if !self.next.is_empty() {
                let next = std::mem::take(&mut self.next);
                self.start(next);
            }
            return;
        };
        let told = match event {
            FleetEvent::Finished { host, report } => {
                // A host that cannot be read any more still shows what was read last.
                if report.state != HostState::Failed || !self.reports.contains_key(&host) {
                    self.reports.insert(host, Arc::clone(&report));
                }
                FleetEvent::Finished { host, report }
            }
            other => other,
        };
        // Without a dashboard `effects` ends next, and with it this task.
        let _gone = self.tell(told).await;
    }

    async fn ask(&mut self, notice: Notice) {
        let news = match notice {
            Notice::Asked(id, question) => News::Asked(id, question),
            Notice::Withdrawn(id) => News::Withdrawn(id),
        };
        let _gone = self.news.send(news).await;
    }

    async fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Reread(hosts) if self.running.is_none() => self.start(hosts),
            Effect::Reread(hosts) => {
                for host in hosts {
                    if !self.next.contains(&host) {
                        self.next.push(host);
                    }
                }
            }
            Effect::CancelSweep => {
                self.next.clear();
                if let Some(running) = &self.running {
                    running.cancel.cancel();
                }
            }
            Effect::OpenHost(host) => {
                if let Some(report) = self.reports.get(&host) {
                    let opened = News::Opened(host, Arc::clone(report));
                    let _gone = self.news.send(opened).await;
                }
            }
            Effect::Answer(answers) => {
                for (id, answer) in answers {
                    self.sweep.desk.answer(id, answer.as_ref());
                }
            }
            Effect::Plan(..) | Effect::PlanUndo(_) | Effect::Repair(..) | Effect::StopRepair => {
                self.repair(effect).await;
            }
            // The loop does these itself.
            Effect::Quit(_)
            | Effect::Copy(_)
            | Effect::Export { .. }
            | Effect::Remember(_)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Redraw => {}
        }
    }
}

impl Conductor {
    async fn repair(&mut self, effect: Effect) {
        match (&mut self.mender, effect) {
            (None, Effect::Plan(host, _) | Effect::PlanUndo(host)) => {
                let nothing = Proposal::nothing("nobody repairs anything here", "");
                let nothing = RepairNews::Proposed(nothing);
                let _gone = self.news.send(News::Repair(host, nothing)).await;
            }
            (Some(mender), Effect::Plan(host, target)) => {
                let report = self.reports.get(&host);
                mender.propose(host, &target, report.map(Arc::as_ref)).await;
            }
            (Some(mender), Effect::PlanUndo(host)) => mender.propose_undo(host).await,
            (Some(mender), Effect::Repair(host, what)) => mender.start(host, *what),
            (Some(mender), Effect::StopRepair) => mender.stop(),
            _ => {}
        }
    }
}

/// The next question; never comes where nobody asks.
async fn next_question(questions: &mut Option<Notices>) -> Notice {
    if let Some(notices) = questions
        && let Some(notice) = notices.recv().await
    {
        return notice;
    }
    std::future::pending().await
}

/// The next event of the running sweep; never ends where none runs.
async fn next_event(running: &mut Option<Running>) -> Option<FleetEvent> {
    match running {
        Some(running) => running.events.recv().await,
        None => std::future::pending().await,
    }
}
