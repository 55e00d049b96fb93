//! The one channel of questions from whoever needs an answer to whoever can give it.
//!
//! A [`Desk`] takes questions and hands them, as [`Notice`]s, to the dashboard or the terminal; where neither is
//! there, every question is refused at once. Equal questions are asked once. A question whose askers are all gone is
//! withdrawn.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::domain::question::{Answer, Question, QuestionId};

/// What the one who answers is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A question was asked.
    Asked(QuestionId, Question),
    /// It need not be answered any more.
    Withdrawn(QuestionId),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// Nobody is there to be asked.
    Nobody,
    /// The person said no.
    Declined,
}

/// Where questions are asked and answered; shared by both sides.
pub struct Desk {
    state: Mutex<State>,
    notices: Option<mpsc::UnboundedSender<Notice>>,
    /// How many questions are open.
    open: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    next: QuestionId,
    open: Vec<Open>,
}

struct Open {
    id: QuestionId,
    question: Question,
    askers: Vec<oneshot::Sender<Option<Answer>>>,
}

impl Default for Desk {
    fn default() -> Self {
        Self::nobody()
    }
}

impl Desk {
    /// A desk with somebody behind it who hears of questions from the receiver.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Notice>) {
        let (notices, heard) = mpsc::unbounded_channel();
        let desk = Self {
            state: Mutex::default(),
            notices: Some(notices),
            open: watch::Sender::new(0),
        };
        (desk, heard)
    }

    /// A desk that nobody sits at: pipelines, tests.
    pub fn nobody() -> Self {
        Self {
            state: Mutex::default(),
            notices: None,
            open: watch::Sender::new(0),
        }
    }

    /// Whether somebody is there to be asked.
    pub fn is_attended(&self) -> bool {
        self.notices
            .as_ref()
            .is_some_and(|notices| !notices.is_closed())
    }

    /// Asks, and waits as long as the person takes.
    pub async fn ask(&self, question: Question) -> Result<Answer, Unanswered> {
        let (tell, told) = oneshot::channel();
        let id = self.enter(question, tell)?;
        // Dropped after `told`, which the wait below owns: by then it is plain whether anybody still waits.
        let _leave = Leave { desk: self, id };
        match told.await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(Unanswered::Declined),
            Err(_) => Err(Unanswered::Nobody),
        }
    }

    /// Gives the answer to all who asked; `None` declines. A question that is no longer open is none.
    pub fn answer(&self, id: QuestionId, answer: Option<&Answer>) {
        let Some(open) = self.take(id) else {
            return;
        };
        for asker in open.askers {
            if asker.send(answer.cloned()).is_err() {
                // That host was given up in the meantime.
            }
        }
    }

    /// Tells everybody who waits that nobody is there; for the one who answered and will not any more.
    pub fn abandon(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Dropping the askers' ends wakes them.
        state.open.clear();
        self.open.send_replace(0);
    }

    /// What `work` gives, if it ends before `budget` is used up, with what is left of it. Time in which a person is
    /// being asked does not count: nobody has to hurry, and no host is late because of it.
    pub async fn within<T>(
        &self,
        budget: Duration,
        work: impl Future<Output = T>,
    ) -> Option<(T, Duration)> {
        let mut left = budget;
        let mut open = self.open.subscribe();
        tokio::pin!(work);
        loop {
            let asking = *open.borrow_and_update() > 0;
            let since = Instant::now();
            let spent = |left: Duration| {
                if asking {
                    left
                } else {
                    left.saturating_sub(since.elapsed())
                }
            };
            tokio::select! {
                biased;
                done = &mut work => return Some((done, spent(left))),
                // The sender lives in `self`, so there is always somebody to tell of changes.
                _changed = open.changed() => left = spent(left),
                () = tokio::time::sleep(left), if !asking => return None,
            }
        }
    }

    fn enter(
        &self,
        question: Question,
        asker: oneshot::Sender<Option<Answer>>,
    ) -> Result<QuestionId, Unanswered> {
        let notices = self.notices.as_ref().ok_or(Unanswered::Nobody)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = state.open.iter_mut().find(|open| open.question == question) {
            open.askers.push(asker);
            return Ok(open.id);
        }
        let id = state.next;
        notices
            .send(Notice::Asked(id, question.clone()))
            .map_err(|_gone| Unanswered::Nobody)?;
        state.next += 1;
        state.open.push(Open {
            id,
            question,
            askers: vec![asker],
        });
        self.open.send_replace(state.open.len());
        Ok(id)
    }

    fn take(&self, id: QuestionId) -> Option<Open> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let at = state.open.iter().position(|open| open.id == id)?;
        let open = state.open.remove(at);
        self.open.send_replace(state.open.len());
        Some(open)
    }

    /// Forgets a question that nobody waits for any more.
    fn leave(&self, id: QuestionId) {
        let deserted = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let open = state.open.iter().find(|open| open.id == id);
            open.is_some_and(|open| open.askers.iter().all(oneshot::Sender::is_closed))
        };
        if deserted
            && self.take(id).is_some()
            && let Some(notices) = &self.notices
            && notices.send(Notice::Withdrawn(id)).is_err()
        {
            // Nobody is left to be told.
        }
    }
}

/// Takes an asker away when its wait ends, whichever way.
struct Leave<'a> {
    desk: &'a Desk,
    id: QuestionId,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.desk.leave(self.id);
    }
}
