//! The probe's side of a byte stream, as a state machine: bytes in, bytes out, facts at the end. Waits for nothing.

use crate::domain::evidence::host::HostFacts;
use crate::domain::gap::Gap;
use crate::redact::Redactor;

use super::frame::{begin, end_mark, find};
use super::leads::Leads;
use super::round_one::RoundOne;
use super::round_two::{finish, finish_because, request};
use super::{Needs, SCRIPT};

/// Most bytes of noise that a login may print before the answer begins.
const MOST_NOISE: usize = 256 * 1024;

/// Most bytes of one round. All sections of the script together may not exceed it, encoding included.
const MOST_ANSWER: usize = 8 * 1024 * 1024;

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    /// Read on.
    More,
    /// Round one is over: [`Conversation::ask`] says what to write to the script, then read on.
    Ask,
    /// Everything was told.
    Done(Box<HostFacts>),
    /// Nothing usable can come any more; the stream should be closed.
    Failed(Gap),
}

/// One section that came, for the record of sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The section's name.
    pub section: String,
    /// Its size in bytes, decoded.
    pub bytes: usize,
}

#[derive(Debug)]
enum Stage {
    /// Waiting for the opening line and the end of round one.
    One,
    /// Waiting to be told what the engine named.
    Between(Box<RoundOne>),
    /// Waiting for the end of round two.
    Two(Box<RoundOne>),
    /// Told everything, or failed.
    Over,
}

/// One talk with the script on one host.
#[derive(Debug)]
pub struct Conversation {
    needs: Needs,
    leads: Leads,
    redactor: Redactor,
    stage: Stage,
    held: Vec<u8>,
    /// How far `held` was searched for the mark that is awaited.
    searched: usize,
    begun: bool,
    heard: Vec<Heard>,
    script: &'static str,
}

impl Conversation {
    /// A talk that has not begun.
    pub fn new(needs: Needs, redactor: Redactor) -> Self {
        Self {
            needs,
            leads: Leads::default(),
            redactor,
            stage: Stage::One,
            held: Vec::new(),
            searched: 0,
            begun: false,
            heard: Vec::new(),
            script: SCRIPT,
        }
    }

    /// The same with a script that the host already has: only what round two needs is written.
    pub fn installed(needs: Needs, redactor: Redactor) -> Self {
        Self {
            script: "",
            ..Self::new(needs, redactor)
        }
    }

    /// What is written first: the script, where the host does not have it. The stream must stay open for writing afterwards.
    pub fn initial_input(&self) -> Vec<u8> {
        self.script.as_bytes().to_vec()
    }

    /// Takes in what came.
    pub fn feed(&mut self, bytes: &[u8]) -> Step {
        if matches!(self.stage, Stage::Over | Stage::Between(_)) {
            return Step::More;
        }
        self.held.extend_from_slice(bytes);
        if !self.begun {
            match begin(&self.held) {
                Ok(Some(_)) => self.begun = true,
                Ok(None) if self.held.len() > MOST_NOISE => {
                    return self.fail(Gap::protocol(format!(
                        "more than {MOST_NOISE} bytes came, but no answer of the probe"
                    )));
                }
                Ok(None) => return Step::More,
                Err(gap) => return self.fail(gap),
            }
        }
        if self.held.len() > MOST_ANSWER {
            return self.fail(Gap::protocol(format!(
                "the probe's answer is longer than {MOST_ANSWER} bytes"
            )));
        }
        let mark = end_mark(if matches!(self.stage, Stage::One) {
            1
        } else {
            2
        });
        let unsearched = self.held.get(self.searched..).unwrap_or_default();
        let Some(at) = find(unsearched, &mark) else {
            self.searched = self.held.len().saturating_sub(mark.len());
            return Step::More;
        };
        let end = self.searched + at;
        self.searched = 0;
        let rest = self
            .held
            .get(end + mark.len()..)
            .unwrap_or_default()
            .to_vec();
        let round = std::mem::replace(&mut self.held, rest);
        self.end_of_round(round.get(..end).unwrap_or_default())
    }

    fn end_of_round(&mut self, round: &[u8]) -> Step {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::One => match RoundOne::parse(round, &self.redactor) {
                Ok(one) => {
                    self.hear(&one);
                    self.stage = Stage::Between(Box::new(one));
                    Step::Ask
                }
                Err(gap) => Step::Failed(gap),
            },
            Stage::Two(one) => {
                self.heard.push(Heard {
                    section: "round two".to_owned(),
                    bytes: round.len(),
                });
                Step::Done(Box::new(finish(*one, &self.needs, &self.leads, round)))
            }
            Stage::Between(_) | Stage::Over => Step::More,
        }
    }

    /// What is written to the script between the rounds, `leads` of the engine included; nothing where round one is not
    /// over.
    pub fn ask(&mut self, leads: Leads) -> Vec<u8> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Between(one) => {
                let request = request(&one, &self.needs, &leads);
                self.leads = leads;
                self.stage = Stage::Two(one);
                request
            }
            other => {
                self.stage = other;
                Vec::new()
            }
        }
    }

    fn hear(&mut self, one: &RoundOne) {
        self.heard
            .extend(one.sizes.iter().map(|(section, bytes)| Heard {
                section: section.clone(),
                bytes: *bytes,
            }));
    }

    fn fail(&mut self, gap: Gap) -> Step {
        self.stage = Stage::Over;
        self.held = Vec::new();
        Step::Failed(gap)
    }

    /// Whether the answer has begun: before that, nothing that came was the probe's.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Sections that came so far.
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }

    /// Ends the talk early: the stream ended, or there is no more time. What came is kept; `gap` is why the rest is
    /// missing.
    pub fn give_up(self, gap: &Gap) -> HostFacts {
        match self.stage {
            Stage::One => match RoundOne::parse_because(&self.held, &self.redactor, gap) {
                Ok(one) => finish_because(one, &self.needs, &self.leads, b"", gap),
                Err(gap) => HostFacts::missing(&gap),
            },
            Stage::Between(one) => finish_because(*one, &self.needs, &self.leads, b"", gap),
            Stage::Two(one) => finish_because(*one, &self.needs, &self.leads, &self.held, gap),
            Stage::Over => HostFacts::missing(gap),
        }
    }
}
