//! The engine's half of a host: which questions are asked, in three waves.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use super::Order;
use super::answers::Answers;
use super::decode::{self, Listed};
use super::leads;
use crate::access::engine::{Asked, Engine, failure_gap, failure_of};
use crate::access::http::Patience;
use crate::access::ledger::Ledger;
use crate::access::link::{Link, ReadOnly};
use crate::access::question::{ApiVersion, EngineRead, ObjectId};
use crate::domain::evidence::Source;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::gap::{Gap, GapClass};
use crate::probe::Leads;

/// Containers and images that are looked into; further ones are gaps.
pub(super) const MOST_OBJECTS: usize = 5000;
/// Containers whose processes are listed.
const MOST_TOPS: usize = 1000;
/// Commands of one container that are looked into.
const MOST_EXECS: usize = 64;
/// The API from which on an engine measures a container at once, the build cache alone, and tells what is attached to
/// images.
const ONE_SHOT: ApiVersion = ApiVersion::new(1, 41);
const CACHE: ApiVersion = ApiVersion::new(1, 42);
const ATTESTED: ApiVersion = ApiVersion::new(1, 55);
/// How long an engine may be silent while it works on an answer.
const IDLE: Duration = Duration::from_secs(20);

/// What is asked first: nothing that depends on another answer. The list of containers leads, because the second wave
/// waits for it.
const FIRST: &[EngineRead] = &[
    EngineRead::Containers,
    EngineRead::Ping,
    EngineRead::Version,
    EngineRead::Info,
    EngineRead::Images,
    EngineRead::Networks,
    EngineRead::Volumes,
    EngineRead::Plugins,
];
/// What everything else rests on; an engine that gives none of it has told nothing.
const BASIC: &[EngineRead] = &[
    EngineRead::Containers,
    EngineRead::Version,
    EngineRead::Info,
];
/// What managers of a swarm are asked too.
const MANAGED: &[EngineRead] = &[
    EngineRead::Swarm,
    EngineRead::Nodes,
    EngineRead::Services,
    EngineRead::Secrets,
    EngineRead::Configs,
];

/// The state of the reading; kept outside the work, so that what came survives when the work is stopped.
pub(super) struct EngineHalf<'l> {
    engine: Option<Engine<'l>>,
    answers: Answers,
    failure: Option<Failure>,
    /// Our clock when the wave that is under way began.
    began_at: i64,
    /// Questions about single objects that were asked so far.
    looked_into: u32,
    pub(super) sources: Vec<Source>,
}

impl<'l> EngineHalf<'l> {
    pub(super) fn new() -> Self {
        Self {
            engine: None,
            answers: Answers::default(),
            failure: None,
            began_at: 0,
            looked_into: 0,
            sources: Vec::new(),
        }
    }

    /// Asks everything, in three waves; what the first two name on the host is told through `named`.
    pub(super) async fn run(
        &mut self,
        link: &'l Link<ReadOnly>,
        order: &Order<'_>,
        named: oneshot::Sender<Leads>,
    ) {
        let patience = Patience {
            idle: IDLE,
            end: order.deadline,
        };
        self.failure = None;
        let engine = match Engine::open(link, patience).await {
            Ok(engine) => self.engine.insert(engine),
            Err(failure) => {
                self.failure = Some(failure);
                return;
            }
        };
        (order.progress)(Stage::Engine, 0, 0);
        self.began_at = (order.clock)();
        engine.wave(FIRST.to_vec(), None, &|| ()).await;
        self.ask_all(order, named).await;
        if let Some(engine) = &self.engine {
            // Streams may be commands, and others may wait for one to end.
            engine.hang_up();
        }
    }

    /// Whether no stream to the engine came about.
    pub(super) fn was_not_reached(&self) -> bool {
        self.engine.is_none() && self.failure.is_some()
    }

    /// Gives a failure to reach the engine to somebody who knows more.
    pub(super) fn explain(&mut self, explain: impl FnOnce(Failure) -> Failure) {
        if self.engine.is_none() {
            self.failure = self.failure.take().map(explain);
        }
    }

    /// What follows the first wave.
    async fn ask_all(&mut self, order: &Order<'_>, named: oneshot::Sender<Leads>) {
        let asked = self.taken();
        let failure = unanswered(&asked);
        self.keep(asked, order);
        if failure.is_some() {
            self.failure = failure;
            return;
        }
        let version = match self.negotiate() {
            Ok(version) => version,
            Err(failure) => {
                self.failure = Some(failure);
                return;
            }
        };
        let reads = self.second(order);
        self.wave(reads, version, order).await;
        // Nobody listens where there is no probe.
        let _gone = named.send(leads::of(&self.answers));
        let reads = self.third(order, version);
        self.wave(reads, version, order).await;
    }

    /// Asks `reads` and keeps the answers.
    async fn wave(
        &mut self,
        reads: Vec<EngineRead>,
        version: Option<ApiVersion>,
        order: &Order<'_>,
    ) {
        let before = self.looked_into;
        let total = before.saturating_add(u32::try_from(reads.len()).unwrap_or(u32::MAX));
        self.looked_into = total;
        let done = AtomicU32::new(before);
        let told = || {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (order.progress)(Stage::Collect, done, total);
        };
        (order.progress)(Stage::Collect, before, total);
        self.began_at = (order.clock)();
        if let Some(engine) = &self.engine {
            engine.wave(reads, version, &told).await;
        }
        let asked = self.taken();
        self.keep(asked, order);
    }

    /// Takes what was answered since the last time.
    fn taken(&self) -> Vec<Asked> {
        self.engine
            .as_ref()
            .map(Engine::take_answers)
            .unwrap_or_default()
    }

    /// Makes answers the evidence's raw material.
    fn keep(&mut self, asked: Vec<Asked>, order: &Order<'_>) {
        let fastest = asked.iter().map(|asked| asked.after).min();
        for asked in asked {
            let at = self.began_at + millis(asked.after);
            if asked.read == EngineRead::Info {
                // Half of the shortest wait is about the way back.
                self.answers.info_at = Some(at - millis(fastest.unwrap_or_default()) / 2);
            }
            let body = asked.body.map_err(|gap| {
                // An engine's own words may quote what it holds.
                Gap::new(gap.class, order.redactor.text(&gap.message).shown)
            });
            let bytes = body.as_ref().map_or(0, Vec::len);
            self.sources.push(Source {
                what: format!("GET {}", asked.read.path()),
                at,
                bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
                sha256: String::new(),
                gap: body.as_ref().err().cloned(),
            });
            self.answers.insert(&asked.read.path(), body);
        }
    }

    /// The version to speak from now on; none where the engine does not tell one.
    fn negotiate(&self) -> Result<Option<ApiVersion>, Failure> {
        let hello = self.engine.as_ref().map(Engine::hello).unwrap_or_default();
        let said = decode::version(&self.answers).ok();
        let told = said
            .as_ref()
            .and_then(|version| ApiVersion::parse(&version.api));
        let least = said.and_then(|version| ApiVersion::parse(&version.min_api));
        if let Some(least) = least.filter(|least| *least > ApiVersion::OURS) {
            return Err(Failure::new(
                FailureClass::ApiTooOld,
                Stage::Engine,
                format!(
                    "the engine wants API {least} or newer, and this program speaks up to {}",
                    ApiVersion::OURS
                ),
                "update plimsoll, or lower min-api-version of the engine",
            ));
        }
        let Some(theirs) = hello.api.or(told) else {
            return Ok(None);
        };
        ApiVersion::negotiate(theirs).map(Some).ok_or_else(|| {
            Failure::new(
                FailureClass::ApiTooOld,
                Stage::Engine,
                format!(
                    "the engine speaks API {theirs}, and at least {} is needed",
                    ApiVersion::LEAST
                ),
                "update the engine: this one is without security fixes for years",
            )
        })
    }

    /// What the first wave's answers name.
    fn second(&mut self, order: &Order<'_>) -> Vec<EngineRead> {
        let mut reads = Vec::new();
        if decode::manages_swarm(&self.answers, order.redactor) {
            reads.extend_from_slice(MANAGED);
        }
        let mut images = BTreeSet::new();
        for (place, container) in self.listed().into_iter().enumerate() {
            match ObjectId::new(&container.id) {
                Some(id) if place < MOST_OBJECTS => reads.push(EngineRead::Container(id)),
                id => self.skip(
                    &[format!("/containers/{}/json", container.id)],
                    id.is_some(),
                ),
            }
            if !container.image_id.is_empty() {
                images.insert(container.image_id);
            }
        }
        for (place, image) in images.into_iter().enumerate() {
            let paths = [
                format!("/images/{image}/json"),
                format!("/images/{image}/history"),
            ];
            match ObjectId::new(&image) {
                Some(id) if place < MOST_OBJECTS => {
                    reads.push(EngineRead::Image(id.clone()));
                    reads.push(EngineRead::History(id));
                }
                id => self.skip(&paths, id.is_some()),
            }
        }
        reads
    }

    fn listed(&self) -> Vec<Listed> {
        self.answers
            .get("/containers/json")
            .and_then(decode::containers_listed)
            .unwrap_or_default()
    }

    /// What the second wave's answers name, and what costs the engine most.
    fn third(&mut self, order: &Order<'_>, version: Option<ApiVersion>) -> Vec<EngineRead> {
        let is_docker =
            decode::version(&self.answers).is_ok_and(|version| version.product == "docker");
        let mut reads = Vec::new();
        let listed = self.listed();
        for image in listed
            .iter()
            .map(|container| container.image_id.as_str())
            .filter(|id| !id.is_empty())
            .collect::<BTreeSet<_>>()
        {
            match ObjectId::new(image) {
                Some(id) if version >= Some(ATTESTED) => reads.push(EngineRead::Attestations(id)),
                _ => self.answers.insert(
                    &format!("/images/{image}/attestations"),
                    Err(Gap::unsupported(format!(
                        "this engine does not tell what is attached to images (needs API {ATTESTED})"
                    ))),
                ),
            }
        }
        if order.needs.deep && version >= Some(CACHE) {
            reads.push(EngineRead::BuildCache);
        } else {
            let gap = if order.needs.deep {
                Gap::unsupported(format!("measuring the build cache alone needs API {CACHE}"))
            } else {
                Gap::new(GapClass::Tier, "measured by a deep sweep only")
            };
            self.answers.insert("/system/df", Err(gap));
        }
        if is_docker && let Some((since, until)) = self.window(order) {
            self.answers.window = Some((since, until));
            if let (Ok(since), Ok(until)) = (u64::try_from(since), u64::try_from(until)) {
                reads.push(EngineRead::Events { since, until });
            }
        } else {
            let gap = Gap::unsupported("this engine does not tell of its past");
            self.answers.insert("/events", Err(gap));
        }
        // Each of the last kind starts a `ps` on the host, so they come last and stop early.
        let mut tops = Vec::new();
        for container in listed.iter().filter(|container| container.running) {
            self.running(container, is_docker, version, (&mut reads, &mut tops));
        }
        reads.append(&mut tops);
        reads
    }

    /// The last day by the engine's clock; it ends in the past, so that the answer ends at once.
    fn window(&self, order: &Order<'_>) -> Option<(i64, i64)> {
        let skew = decode::clock_skew(&self.answers, order.redactor)?;
        let until = ((order.clock)() + skew).div_euclid(1000) - 1;
        Some((until - decode::WINDOW_S, until))
    }

    /// What a running container is asked.
    fn running(
        &mut self,
        container: &Listed,
        is_docker: bool,
        version: Option<ApiVersion>,
        (reads, tops): (&mut Vec<EngineRead>, &mut Vec<EngineRead>),
    ) {
        let path = |what: &str| format!("/containers/{}/{what}", container.id);
        let Some(id) = ObjectId::new(&container.id) else {
            self.skip(&[path("top"), path("stats")], false);
            return;
        };
        if !is_docker {
            // Podman answers `top` by running ps inside the container, which is more than reading.
            let inside = "this engine lists processes only from inside the container";
            self.answers
                .insert(&path("top"), Err(Gap::unsupported(inside)));
            let measured = "this engine takes a second for each container that it measures";
            self.answers
                .insert(&path("stats"), Err(Gap::unsupported(measured)));
        } else if tops.len() >= MOST_TOPS {
            for what in ["top", "stats"] {
                let few =
                    format!("processes of only the first {MOST_TOPS} containers are looked at");
                self.answers.insert(&path(what), Err(Gap::no_data(few)));
            }
        } else {
            if version >= Some(ONE_SHOT) {
                reads.push(EngineRead::Stats(id.clone()));
            } else {
                let old = format!("measuring a container at once needs API {ONE_SHOT}");
                self.answers
                    .insert(&path("stats"), Err(Gap::unsupported(old)));
            }
            tops.push(EngineRead::Top(id));
        }
        let execs = decode::exec_ids(&self.answers, &container.id).unwrap_or_default();
        let execs = execs.iter().filter_map(|id| ObjectId::new(id));
        reads.extend(execs.take(MOST_EXECS).map(EngineRead::Exec));
    }

    /// Leaves questions out, and says why.
    fn skip(&mut self, paths: &[String], is_id: bool) {
        for path in paths {
            let gap = if is_id {
                Gap::no_data(format!(
                    "only the first {MOST_OBJECTS} of a kind are looked into"
                ))
            } else {
                Gap::protocol("the engine told an id that is none")
            };
            self.answers.insert(path, Err(gap));
        }
    }

    /// The raw answers, or as much as came before the work was stopped for `stopped`.
    pub(super) fn finish(mut self, order: &Order<'_>, stopped: Option<&Gap>) -> Finished {
        let asked = self.taken();
        self.keep(asked, order);
        let ledger = self.engine.as_ref().map(Engine::ledger).unwrap_or_default();
        if let (None, Some(gap)) = (&self.failure, stopped) {
            self.failure = self.cut_short(gap);
        }
        let gap = match (&self.failure, stopped) {
            (Some(failure), _) => Some(failure_gap(failure)),
            (None, gap) => gap.cloned(),
        };
        Finished {
            answers: self.answers.or_because(gap),
            failure: self.failure,
            ledger,
            sources: self.sources,
        }
    }
}

impl EngineHalf<'_> {
    /// The failure of an engine that had told nothing when the work was stopped for `gap`.
    fn cut_short(&self, gap: &Gap) -> Option<Failure> {
        if BASIC
            .iter()
            .any(|read| self.answers.get(&read.path()).is_ok())
        {
            return None;
        }
        let class = match gap.class {
            GapClass::Cancelled => FailureClass::Cancelled,
            _ => FailureClass::Timeout,
        };
        let stage = match self.engine {
            Some(_) => Stage::Engine,
            None => Stage::Channel,
        };
        Some(Failure::new(
            class,
            stage,
            format!("the engine told nothing: {}", gap.message),
            "raise host_timeout in the inventory, or look why the engine is slow",
        ))
    }
}

/// What the engine's half came to.
pub(super) struct Finished {
    pub(super) answers: Answers,
    pub(super) failure: Option<Failure>,
    pub(super) ledger: Ledger,
    pub(super) sources: Vec<Source>,
}

/// The failure of an engine that gave none of the answers that everything else rests on.
fn unanswered(asked: &[Asked]) -> Option<Failure> {
    let told = |read: &EngineRead| {
        asked
            .iter()
            .any(|asked| asked.read == *read && asked.body.is_ok())
    };
    if BASIC.iter().any(told) {
        return None;
    }
    failure_of(asked.iter().filter(|asked| BASIC.contains(&asked.read)))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
