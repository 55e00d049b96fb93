//! Questions to the person: unknown host keys as one list, secrets typed unseen.
//!
//! Nothing is trusted by a key pressed for something else: keys are ticked first, and Enter without a tick does nothing.

use std::collections::BTreeSet;

use crate::domain::question::{Answer, NewKey, Question, QuestionId, Secret, Wanted};

use super::super::action::Action;
use super::super::cursor::Cursor;
use super::super::effect::Effect;
use super::super::key::Key;
use super::super::layout;
use super::super::model::{Model, Overlay};

/// The list of unknown keys while it is open.
#[derive(Debug, Default)]
pub struct Keys {
    /// Where in the list.
    pub cursor: Cursor,
    /// Keys that are to be trusted.
    pub ticked: BTreeSet<QuestionId>,
}

/// A secret while it is typed.
#[derive(Debug)]
pub struct Typing {
    /// The question.
    pub id: QuestionId,
    /// What was typed for each prompt so far; the last one is being typed.
    pub typed: Vec<Secret>,
}

/// Takes a new question in.
pub fn asked(model: &mut Model, id: QuestionId, question: Question) {
    model.questions.push((id, question));
    if model.input.is_some() || model.overlay.is_some() && !is_open(model) {
        model.tell("a question waits for you: close what is open");
    }
}

/// Forgets a question that needs no answer any more.
pub fn withdrawn(model: &mut Model, id: QuestionId) {
    model.questions.retain(|(asked, _)| *asked != id);
    let over = match &mut model.overlay {
        Some(Overlay::Keys(keys)) => {
            keys.ticked.remove(&id);
            unknown(model).is_empty()
        }
        Some(Overlay::Secret(typing)) => typing.id == id,
        _ => false,
    };
    if over {
        model.overlay = None;
        model.tell("the question was withdrawn");
    }
}

/// Opens the next question where nothing else has the keys.
pub fn open_next(model: &mut Model) {
    if model.overlay.is_some() || model.input.is_some() {
        return;
    }
    model.overlay = match model.questions.first() {
        None => None,
        Some((_, Question::NewKey(_))) => Some(Overlay::Keys(Keys::default())),
        Some((id, Question::Secret(_))) => Some(Overlay::Secret(Typing {
            id: *id,
            typed: vec![Secret::new()],
        })),
    };
}

/// Whether a question is what lies over the screen.
pub fn is_open(model: &Model) -> bool {
    matches!(model.overlay, Some(Overlay::Keys(_) | Overlay::Secret(_)))
}

/// The unknown keys that are asked about.
pub fn unknown(model: &Model) -> Vec<(QuestionId, &NewKey)> {
    let keys = model.questions.iter().filter_map(|(id, question)| {
        let Question::NewKey(key) = question else {
            return None;
        };
        Some((*id, key))
    });
    keys.collect()
}

/// The secret that is asked for under `id`.
pub fn wanted(model: &Model, id: QuestionId) -> Option<&Wanted> {
    model
        .questions
        .iter()
        .find_map(|(asked, question)| match question {
            Question::Secret(wanted) if *asked == id => Some(wanted),
            _ => None,
        })
}

/// Rows of the list of keys that are seen.
pub fn seen(model: &Model) -> usize {
    usize::from(layout::overlay(model.size).height)
        .saturating_sub(9)
        .max(1)
}

/// Takes a key in that is typed into a secret; hands back one that is not.
pub fn typed(model: &mut Model, key: Key) -> Option<Key> {
    let Some(Overlay::Secret(typing)) = &mut model.overlay else {
        return Some(key);
    };
    let Some(secret) = typing.typed.last_mut() else {
        return Some(key);
    };
    match key {
        Key::Char(c) => secret.push(c),
        Key::Backspace => secret.pop(),
        Key::Ctrl('u') => *secret = Secret::new(),
        other => return Some(other),
    }
    None
}

/// Takes pasted text into the secret that is typed; whether there is one.
pub fn paste(model: &mut Model, text: &str) -> bool {
    let Some(Overlay::Secret(typing)) = &mut model.overlay else {
        return false;
    };
    if let Some(secret) = typing.typed.last_mut() {
        let line = text.lines().next().unwrap_or_default();
        line.chars().for_each(|c| secret.push(c));
    }
    true
}

/// Does `action` while a question is open.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Tick => tick(model),
        Action::TickAll => tick_all(model),
        Action::Trust => return trust(model),
        Action::Answer => return answer(model),
        Action::Decline => return decline(model),
        _ => {}
    }
    Vec::new()
}

fn tick(model: &mut Model) {
    let ids: Vec<QuestionId> = unknown(model).iter().map(|(id, _)| *id).collect();
    if let Some(Overlay::Keys(keys)) = &mut model.overlay
        && let Some(id) = ids.get(keys.cursor.at)
        && !keys.ticked.remove(id)
    {
        keys.ticked.insert(*id);
    }
}

fn tick_all(model: &mut Model) {
    let ids: BTreeSet<QuestionId> = unknown(model).iter().map(|(id, _)| *id).collect();
    if let Some(Overlay::Keys(keys)) = &mut model.overlay {
        keys.ticked = if keys.ticked == ids {
            BTreeSet::new()
        } else {
            ids
        };
    }
}

fn trust(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Keys(keys)) = &model.overlay else {
        return Vec::new();
    };
    if keys.ticked.is_empty() {
        model.tell("no key is ticked: space ticks one, Esc trusts none");
        return Vec::new();
    }
    let ticked = keys.ticked.clone();
    let answers = unknown(model)
        .iter()
        .map(|(id, _)| (*id, ticked.contains(id).then_some(Answer::Yes)))
        .collect();
    close(model, answers)
}

fn answer(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Secret(typing)) = &model.overlay else {
        return Vec::new();
    };
    let id = typing.id;
    if typing.typed.last().is_none_or(|secret| secret.count() == 0) {
        model.tell("nothing is typed yet; Esc declines");
        return Vec::new();
    }
    let prompts = wanted(model, id).map_or(0, |wanted| wanted.prompts.len());
    let Some(Overlay::Secret(typing)) = &mut model.overlay else {
        return Vec::new();
    };
    if typing.typed.len() < prompts {
        typing.typed.push(Secret::new());
        return Vec::new();
    }
    let secrets = std::mem::take(&mut typing.typed);
    close(model, vec![(id, Some(Answer::Secrets(secrets)))])
}

fn decline(model: &mut Model) -> Vec<Effect> {
    let answers = match &model.overlay {
        Some(Overlay::Keys(_)) => unknown(model).iter().map(|(id, _)| (*id, None)).collect(),
        Some(Overlay::Secret(typing)) => vec![(typing.id, None)],
        _ => return Vec::new(),
    };
    close(model, answers)
}

fn close(model: &mut Model, answers: Vec<(QuestionId, Option<Answer>)>) -> Vec<Effect> {
    model
        .questions
        .retain(|(asked, _)| answers.iter().all(|(id, _)| id != asked));
    model.overlay = None;
    vec![Effect::Answer(answers)]
}
