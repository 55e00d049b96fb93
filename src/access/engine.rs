//! Asking an engine in waves: many questions at once, spread over a few streams, a second wave for what the first
//! one named.
//!
//! Streams are opened ahead of need and kept. A stream that ends, hangs or talks nonsense costs the one answer that it
//! owed next; what stood in line behind it is asked again on another one.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::http::{Answer, Broken, Patience, Talk};
use super::ledger::{Ledger, Request};
use super::link::{Link, ReadOnly};
use super::question::{ApiVersion, EngineRead};
pub use super::trouble::{Trouble, failure_gap, failure_of};
use super::trouble::{known, settle};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::gap::Known;

/// Streams used at once: more buy little, because engines serialise most of their work.
const MOST_STREAMS: usize = 4;
/// Streams opened before anything is asked.
const FIRST_STREAMS: usize = 2;
/// A way that allows so many streams opens them without starting anything on the host: then all are opened ahead.
const CHEAP_STREAMS: usize = 8;
/// Questions for which further streams are opened.
const MANY: usize = 16;
/// How long those streams are waited for that were asked for together with the first one.
const TOGETHER: Duration = Duration::from_millis(2);
/// Requests under way on one stream: enough to hide a long way, few enough for any buffer in between.
const WINDOW: usize = 64;
/// Most bytes of answers kept of one engine; more than any real one has to say.
const MOST_BYTES: usize = 128 << 20;
/// Failures in a row after which a stream's place in the wave is given up.
const MOST_FAILURES: u32 = 3;

/// A question and what came of it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The question.
    pub read: EngineRead,
    /// The body of the answer, or why there is none.
    pub body: Known<Vec<u8>>,
    /// What exactly went wrong, if anything did.
    pub trouble: Option<Trouble>,
    /// When the answer was complete, after the wave began.
    pub after: Duration,
}

/// What is known of the engine from the heads of its answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hello {
    /// Highest API version that it speaks.
    pub api: Option<ApiVersion>,
    /// Its `Server` header.
    pub server: Option<String>,
    /// Its `Date` header.
    pub date: Option<String>,
}

/// A reader of one engine.
pub struct Engine<'l> {
    link: &'l Link<ReadOnly>,
    patience: Patience,
    idle: Mutex<Vec<Talk>>,
    opening: Mutex<FuturesUnordered<Opening<'l>>>,
    state: Mutex<State>,
}

/// A stream that is being opened.
type Opening<'l> = Pin<Box<dyn Future<Output = Result<Talk, Failure>> + Send + 'l>>;

async fn stream(link: &Link<ReadOnly>, patience: Patience) -> Result<Talk, Failure> {
    match timeout_at(patience.end, link.ask()).await {
        Ok(opened) => opened.map(Talk::new),
        Err(_elapsed) => Err(no_stream()),
    }
}

#[derive(Default)]
struct State {
    hello: Hello,
    ledger: Ledger,
    answered: Vec<Asked>,
    bytes: usize,
    streams: u32,
}

/// What is still to be asked in a wave.
struct Wave<'w> {
    number: u32,
    version: Option<ApiVersion>,
    began: Instant,
    queue: Mutex<VecDeque<EngineRead>>,
    /// What went wrong last, for what can no longer be asked.
    last: Mutex<Option<Trouble>>,
    /// What each worker takes at once, so that everything leaves in the first flight if it fits.
    fair: usize,
    told: &'w (dyn Fn() + Send + Sync),
}

impl Wave<'_> {
    /// The next share of questions, at most `room`.
    fn share(&self, room: usize) -> Vec<EngineRead> {
        let mut queue = lock(&self.queue);
        let count = room.min(self.fair).min(queue.len());
        queue.drain(..count).collect()
    }

    /// Whether there are questions that nobody has taken.
    fn is_waiting(&self) -> bool {
        !lock(&self.queue).is_empty()
    }
}

/// `reads` in the order in which `workers` take their shares one after the other, so that each gets of every kind.
fn dealt(reads: &[EngineRead], workers: usize) -> VecDeque<EngineRead> {
    (0..workers)
        .flat_map(|worker| reads.iter().skip(worker).step_by(workers))
        .cloned()
        .collect()
}

fn no_stream() -> Failure {
    Failure::new(
        FailureClass::Timeout,
        Stage::Engine,
        "no stream to the engine could be opened in time",
        "raise host_timeout in the inventory, or look why the host is slow",
    )
}

/// The state of a mutex; one that a panic left behind is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl<'l> Engine<'l> {
    /// Opens streams and returns with the first one; the others come in while questions are asked.
    pub async fn open(link: &'l Link<ReadOnly>, patience: Patience) -> Result<Self, Failure> {
        let engine = Self {
            link,
            patience,
            idle: Mutex::new(Vec::new()),
            opening: Mutex::new(FuturesUnordered::new()),
            state: Mutex::new(State::default()),
        };
        engine.order(FIRST_STREAMS);
        let mut failed = None;
        while lock(&engine.idle).is_empty() {
            match engine.arrival().await {
                Some(Ok(talk)) => lock(&engine.idle).push(talk),
                Some(Err(failure)) => failed = Some(failure),
                None => {
                    return Err(failed.unwrap_or_else(no_stream));
                }
            }
        }
        // What was asked for together arrives together where it shares a connection; what takes a handshake of its own
        // is not worth waiting for.
        while let Ok(Some(Ok(talk))) = timeout(TOGETHER, engine.arrival()).await {
            lock(&engine.idle).push(talk);
        }
        if link.streams() >= CHEAP_STREAMS {
            engine.order(MOST_STREAMS);
        }
        Ok(engine)
    }

    /// Lets go of all streams; further questions open new ones.
    pub fn hang_up(&self) {
        lock(&self.idle).clear();
        lock(&self.opening).clear();
    }

    /// Has streams opened until there are `wanted`, as far as the way there allows.
    fn order(&self, wanted: usize) {
        let opening = lock(&self.opening);
        let have = lock(&self.idle).len() + opening.len();
        for _ in have..wanted.min(self.link.streams()) {
            opening.push(Box::pin(stream(self.link, self.patience)));
        }
    }

    /// The next stream that is being opened; none where none is.
    fn arrival(&self) -> impl Future<Output = Option<Result<Talk, Failure>>> + '_ {
        poll_fn(|cx| {
            let next = lock(&self.opening).poll_next_unpin(cx);
            if let Poll::Ready(Some(Ok(_))) = &next {
                lock(&self.state).streams += 1;
            }
            next
        })
    }

    /// Asks `reads` over the streams that are open now; returns when each has its answer or its gap. `told` is called
    /// after each. Answers are kept here, even if the caller stops waiting: see [`Self::take_answers`].
    pub async fn wave(
        &self,
        reads: Vec<EngineRead>,
        version: Option<ApiVersion>,
        told: &(dyn Fn() + Send + Sync),
    ) {
        if reads.is_empty() {
            return;
        }
        if reads.len() > MANY {
            self.order(MOST_STREAMS);
        }
        let talks = std::mem::take(&mut *lock(&self.idle));
        // Those that are on their way find their share waiting.
        let workers = (talks.len() + lock(&self.opening).len()).max(1);
        let wave = Wave {
            number: lock(&self.state).ledger.begin_wave(),
            version,
            began: Instant::now(),
            fair: reads.len().div_ceil(workers),
            queue: Mutex::new(dealt(&reads, workers)),
            last: Mutex::new(None),
            told,
        };
        let mut talks: Vec<Option<Talk>> = talks.into_iter().map(Some).collect();
        if talks.is_empty() {
            talks.push(None);
        }
        let mut working: FuturesUnordered<_> = talks
            .into_iter()
            .map(|talk| self.work(&wave, talk))
            .collect();
        while !working.is_empty() {
            tokio::select! {
                Some(kept) = working.next() => lock(&self.idle).extend(kept),
                Some(opened) = self.arrival() => match opened {
                    Ok(talk) if wave.is_waiting() => working.push(self.work(&wave, Some(talk))),
                    Ok(talk) => lock(&self.idle).push(talk),
                    // One stream is enough, if slower.
                    Err(_failure) => {}
                },
                else => break,
            }
        }
        // Whatever is left stood behind streams that were given up.
        let left = std::mem::take(&mut *lock(&wave.queue));
        let trouble = lock(&wave.last)
            .clone()
            .unwrap_or(Trouble::Broken(Broken::Silent));
        for read in left {
            self.settled(&wave, read, Err(trouble.clone()));
        }
    }

    /// Answers that came so far and were not taken yet.
    pub fn take_answers(&self) -> Vec<Asked> {
        std::mem::take(&mut lock(&self.state).answered)
    }

    /// What the heads of answers told.
    pub fn hello(&self) -> Hello {
        lock(&self.state).hello.clone()
    }

    /// Streams opened so far.
    pub fn streams(&self) -> u32 {
        lock(&self.state).streams
    }

    /// Every request made so far.
    pub fn ledger(&self) -> Ledger {
        lock(&self.state).ledger.clone()
    }

    /// One stream's part in a wave; gives the stream back where it is still good.
    async fn work(&self, wave: &Wave<'_>, mut talk: Option<Talk>) -> Option<Talk> {
        // Sent on this stream and not answered yet; then taken but not sent yet.
        let mut under_way: VecDeque<(EngineRead, usize, Instant)> = VecDeque::new();
        let mut unsent: VecDeque<EngineRead> = VecDeque::new();
        let mut failures = 0;
        loop {
            if under_way.len() <= WINDOW / 2 {
                unsent.extend(wave.share(WINDOW.saturating_sub(under_way.len() + unsent.len())));
            }
            if under_way.is_empty() && unsent.is_empty() {
                return talk;
            }
            let Some(open) = &mut talk else {
                match stream(self.link, self.patience).await {
                    Ok(opened) => {
                        lock(&self.state).streams += 1;
                        talk = Some(opened);
                    }
                    Err(failure) => {
                        for read in unsent.drain(..) {
                            let trouble = Trouble::Unopened(Box::new(failure.clone()));
                            self.settled(wave, read, Err(trouble));
                        }
                        return None;
                    }
                }
                continue;
            };
            let mut outcome = Ok(());
            if !unsent.is_empty() {
                outcome = open.send(&unsent, wave.version, self.patience).await;
                if outcome == Err(Broken::Refused) {
                    self.refuse(wave, &mut unsent);
                    continue;
                }
                for read in unsent.drain(..) {
                    let entry = self.leaves(wave, &read);
                    under_way.push_back((read, entry, Instant::now()));
                }
            }
            let Some((read, entry, sent)) = under_way.pop_front() else {
                continue;
            };
            let answer = match outcome {
                Ok(()) => {
                    let room = self.reserve(&read);
                    let answer = open.answer(room, self.patience).await;
                    self.release(room, answer.as_ref().map_or(0, |answer| answer.body.len()));
                    answer
                }
                Err(broken) => Err(broken),
            };
            let last = answer.as_ref().map_or(true, |answer| answer.last);
            if let Ok(answer) = &answer {
                self.comes(entry, answer, sent);
            }
            // A stream that ended after an answer may have had its reasons.
            let innocent =
                open.has_answered() && matches!(answer, Err(Broken::Silent | Broken::Lost(_)));
            failures = if answer.is_ok() || innocent {
                0
            } else {
                failures + 1
            };
            if innocent {
                unsent.push_back(read);
            } else {
                self.settled(wave, read, settle(answer));
            }
            if last {
                talk = None;
                unsent.extend(under_way.drain(..).map(|(read, _, _)| read));
                if failures >= MOST_FAILURES {
                    lock(&wave.queue).extend(unsent);
                    return None;
                }
            }
        }
    }

    /// A writer's slip: nothing left, and nothing of this share ever will.
    fn refuse(&self, wave: &Wave<'_>, unsent: &mut VecDeque<EngineRead>) {
        for read in unsent.drain(..) {
            self.settled(wave, read, Err(Trouble::Broken(Broken::Refused)));
        }
    }

    /// Sets aside as many bytes as the answer to `read` may have.
    fn reserve(&self, read: &EngineRead) -> usize {
        let mut state = lock(&self.state);
        let room = read.limit().min(MOST_BYTES.saturating_sub(state.bytes));
        state.bytes += room;
        room
    }

    fn release(&self, room: usize, used: usize) {
        let mut state = lock(&self.state);
        state.bytes = state.bytes.saturating_sub(room.saturating_sub(used));
    }

    fn leaves(&self, wave: &Wave<'_>, read: &EngineRead) -> usize {
        lock(&self.state).ledger.note(Request {
            target: read.target(wave.version),
            wave: wave.number,
            status: None,
            bytes: 0,
            took: Duration::ZERO,
        })
    }

    fn comes(&self, entry: usize, answer: &Answer, sent: Instant) {
        let mut state = lock(&self.state);
        state
            .ledger
            .answered(entry, answer.status, answer.body.len(), sent.elapsed());
        let hello = &mut state.hello;
        hello.api = hello.api.or(answer.api);
        if hello.server.is_none() {
            hello.server.clone_from(&answer.server);
        }
        if hello.date.is_none() {
            hello.date.clone_from(&answer.date);
        }
    }

    fn settled(&self, wave: &Wave<'_>, read: EngineRead, body: Result<Vec<u8>, Trouble>) {
        let (body, trouble) = known(&read, body);
        if trouble.is_some() {
            lock(&wave.last).clone_from(&trouble);
        }
        lock(&self.state).answered.push(Asked {
            read,
            body,
            trouble,
            after: wave.began.elapsed(),
        });
        (wave.told)();
    }
}
