//! Repairs: a plan is asked for, read, agreed to and watched, and can be taken back.
//!
//! Nothing is changed by a key that was pressed for something else: Enter never applies, and keys that come within half a
//! second of a plan are dropped, for they were typed before it was seen.

use crate::domain::event::HostIndex;
use crate::domain::host::Mode;
use crate::domain::outcome::Outcome;
use crate::domain::plan::Target;
use crate::domain::repair::{Agree, Offer, Offered, Proposal, RepairEnd, RepairNews};

use super::super::action::Action;
use super::super::cursor::Step;
use super::super::effect::Effect;
use super::super::key::Key;
use super::super::layout;
use super::super::model::{Model, Overlay, Screen, Text};
use super::super::pane;

/// How long a plan must have been there before it can be agreed to.
const SETTLED_MS: i64 = 500;

/// Longest name that is typed.
const LONGEST: usize = 255;

/// The repair that is looked at or under way; one at a time.
#[derive(Debug)]
pub struct Repair {
    /// Which host.
    pub host: HostIndex,
    /// Its name.
    pub name: String,
    /// How far it is.
    pub stage: Stage,
    /// When that began.
    pub since: i64,
    /// Where the text is.
    pub text: Text,
    /// What was typed of the host's name.
    pub typed: String,
}

/// How far a repair is.
#[derive(Debug)]
pub enum Stage {
    /// A plan was asked for.
    Asked,
    /// It can be read.
    Proposed(Proposal),
    /// It is being done; what was done so far.
    Doing(Vec<String>),
    /// It ended; what was done.
    Ended(Vec<String>, RepairEnd),
}

impl Repair {
    /// What can be agreed to now.
    pub fn offer(&self) -> Option<&Offer> {
        match &self.stage {
            Stage::Proposed(Proposal::Offer(offer)) => Some(offer),
            _ => None,
        }
    }

    /// Whether something is being done.
    pub fn is_doing(&self) -> bool {
        matches!(self.stage, Stage::Doing(_))
    }

    fn now_at(&mut self, stage: Stage, now: i64) {
        self.stage = stage;
        self.since = now;
        self.typed.clear();
    }
}

/// Whether a repair lies over the screen.
pub fn is_open(model: &Model) -> bool {
    matches!(model.overlay, Some(Overlay::Repair))
}

/// Whether something is being done.
pub fn is_doing(model: &Model) -> bool {
    model.repair.as_ref().is_some_and(Repair::is_doing)
}

/// The finding that `f` would put right.
pub fn target(model: &Model) -> Option<Target> {
    if !matches!(model.screen, Screen::Host(_)) {
        return None;
    }
    let result = &model.row()?.result;
    (result.outcome == Outcome::Fail).then(|| Target {
        control: result.control.to_owned(),
        subject: result.subject.id.clone(),
    })
}

/// Whether `action` would do something now.
pub fn available(model: &Model, action: Action) -> bool {
    let repair = model.repair.as_ref().filter(|_| is_open(model));
    let asks = |agree| {
        repair
            .and_then(Repair::offer)
            .is_some_and(|offer| offer.agree == agree)
    };
    match action {
        Action::Fix => is_doing(model) || target(model).is_some(),
        Action::Undo if is_open(model) => {
            repair.is_some_and(|repair| matches!(&repair.stage, Stage::Ended(_, end) if end.stands))
        }
        Action::Undo => matches!(model.screen, Screen::Host(_)),
        Action::Apply => asks(Agree::Key),
        Action::ApplyStrongly => asks(Agree::StrongKey),
        Action::ApplyTyped => asks(Agree::TypeHost),
        _ => true,
    }
}

/// Asks for the plan of the selected finding, or for the way back; shows what is under way instead.
pub fn open(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(host) = model.host_index() else {
        return Vec::new();
    };
    if is_doing(model) {
        model.overlay = Some(Overlay::Repair);
        return Vec::new();
    }
    let Some(name) = model.host().map(|host| host.header.name.clone()) else {
        return Vec::new();
    };
    let (stage, effect) = match (read_only(model), action) {
        (Some(nothing), _) => (Stage::Proposed(nothing), None),
        (None, Action::Undo) => (Stage::Asked, Some(Effect::PlanUndo(host))),
        (None, _) => match target(model) {
            Some(target) => (Stage::Asked, Some(Effect::Plan(host, target))),
            None => return Vec::new(),
        },
    };
    model.repair = Some(Repair {
        host,
        name,
        stage,
        since: model.now,
        text: Text::default(),
        typed: String::new(),
    });
    model.overlay = Some(Overlay::Repair);
    effect.into_iter().collect()
}

/// Why nothing may be changed here, if so: known before anybody is asked.
fn read_only(model: &Model) -> Option<Proposal> {
    let host = model.host()?;
    let because = if model.setup.read_only {
        "this plimsoll only reads (--read-only)".to_owned()
    } else if host.header.mode == Mode::Audit {
        format!(
            "{} may only be read: the inventory says mode = \"audit\"",
            host.header.name
        )
    } else {
        return None;
    };
    let control = model.control().and_then(|id| (model.setup.lookup)(id));
    let remedy = control.and_then(|control| control.remedies.first());
    Some(Proposal::Nothing {
        because,
        instead: remedy.map_or_else(String::new, |remedy| remedy.action.to_owned()),
    })
}

/// Takes in what a repair of `host` tells.
pub fn heard(model: &mut Model, host: HostIndex, news: RepairNews) -> Vec<Effect> {
    let now = model.now;
    let Some(repair) = model.repair.as_mut().filter(|repair| repair.host == host) else {
        return Vec::new();
    };
    match (news, &mut repair.stage) {
        (RepairNews::Proposed(proposal), Stage::Asked) => {
            repair.now_at(Stage::Proposed(proposal), now);
            repair.text.top = 0;
        }
        (RepairNews::Doing(line), Stage::Doing(lines)) => lines.push(line),
        (RepairNews::Ended(end), Stage::Doing(lines)) => {
            let lines = std::mem::take(lines);
            let told = format!("{}: {}", repair.name, end.how);
            repair.now_at(Stage::Ended(lines, end), now);
            repair.text.top = 0;
            if model.overlay.is_none() && model.input.is_none() {
                model.overlay = Some(Overlay::Repair);
            }
            model.tell(told);
            return vec![Effect::Reread(vec![host])];
        }
        // Of a plan that nobody waits for any more.
        _ => {}
    }
    Vec::new()
}

/// Takes a key in that is typed into the host's name; hands back one that is not.
pub fn typed(model: &mut Model, key: Key) -> Option<Key> {
    if !is_open(model) {
        return Some(key);
    }
    let now = model.now;
    let Some(repair) = &mut model.repair else {
        return Some(key);
    };
    if repair
        .offer()
        .is_none_or(|offer| offer.agree != Agree::TypeHost)
    {
        return Some(key);
    }
    match key {
        Key::Char(_) if now - repair.since < SETTLED_MS => {}
        Key::Char(c) if repair.typed.chars().count() < LONGEST => repair.typed.push(c),
        Key::Char(_) => {}
        Key::Backspace => drop(repair.typed.pop()),
        Key::Ctrl('u') => repair.typed.clear(),
        other => return Some(other),
    }
    None
}

/// Does `action` while a repair lies over the screen.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Undo => return open(model, action),
        Action::Apply | Action::ApplyStrongly | Action::ApplyTyped => return apply(model),
        _ => {}
    }
    Vec::new()
}

fn apply(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let Some(repair) = &mut model.repair else {
        return Vec::new();
    };
    let Some(offer) = repair.offer() else {
        return Vec::new();
    };
    if now - repair.since < SETTLED_MS {
        model.tell("that was typed before the plan could be read");
        return Vec::new();
    }
    if offer.agree == Agree::TypeHost && repair.typed != repair.name {
        let told = format!("type {} to apply; Esc leaves it", repair.name);
        model.tell(told);
        return Vec::new();
    }
    let what: Offered = offer.what.clone();
    let host = repair.host;
    repair.now_at(Stage::Doing(Vec::new()), now);
    repair.text.top = 0;
    vec![Effect::Repair(host, Box::new(what))]
}

/// Moves in the text.
pub fn travel(model: &mut Model, step: Step) {
    let (length, seen) = size(model);
    if let Some(repair) = &mut model.repair {
        let last = (length + 1).saturating_sub(seen);
        repair.text.top = step.from(repair.text.top, last, seen);
    }
}

/// Keeps scrolling inside the text; what is being done stays in sight.
pub fn fit(model: &mut Model) {
    let (length, seen) = size(model);
    if let Some(repair) = &mut model.repair {
        let last = length.saturating_sub(seen);
        repair.text.top = if repair.is_doing() {
            last
        } else {
            repair.text.top.min(last)
        };
    }
}

fn size(model: &Model) -> (usize, usize) {
    let area = layout::overlay(model.size);
    let length = model.repair.as_ref().map_or(0, |repair| {
        pane::repair::lines(repair, usize::from(area.width)).len()
    });
    (length, usize::from(area.height))
}
