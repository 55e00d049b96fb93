//! The way that led here: screens one has left, whole, so that going back finds them as they were.

use super::effect::Effect;
use super::model::{Filtering, Model, Screen};
use super::screen::{across, causes, fleet, host};

/// Screens that are kept.
const KEPT: usize = 50;

/// Screens left behind, and those that were gone back from.
#[derive(Debug, Default)]
pub struct Trail {
    back: Vec<Stop>,
    ahead: Vec<Stop>,
}

/// A screen that was left, and the filter that the list of hosts had then.
#[derive(Debug)]
struct Stop {
    screen: Screen,
    hosts: Filtering,
}

impl Trail {
    /// Whether there is something to go back to.
    pub fn has_back(&self) -> bool {
        !self.back.is_empty()
    }

    /// Whether there is something that was gone back from.
    pub fn has_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// The screens that led here, the first one first.
    pub fn screens(&self) -> impl Iterator<Item = &Screen> {
        self.back.iter().map(|stop| &stop.screen)
    }

    /// Forgets all of them: they speak of hosts by numbers that mean others now.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Goes into `screen`; the one before is kept.
pub fn enter(model: &mut Model, screen: Screen) {
    let stop = leave(model, screen);
    model.trail.ahead.clear();
    if model.trail.back.len() >= KEPT {
        model.trail.back.remove(0);
    }
    model.trail.back.push(stop);
}

/// Goes back to the screen before.
pub fn back(model: &mut Model) -> Vec<Effect> {
    let Some(stop) = model.trail.back.pop() else {
        return Vec::new();
    };
    let left = resume(model, stop);
    model.trail.ahead.push(left);
    arrive(model)
}

/// Goes to the screen that was gone back from.
pub fn ahead(model: &mut Model) -> Vec<Effect> {
    let Some(stop) = model.trail.ahead.pop() else {
        return Vec::new();
    };
    let left = resume(model, stop);
    model.trail.back.push(left);
    arrive(model)
}

/// Goes out one level: to where one came from, at last to the list of hosts.
pub fn out(model: &mut Model) -> Vec<Effect> {
    if model.trail.has_back() {
        return back(model);
    }
    model.screen = Screen::Fleet;
    arrive(model)
}

fn leave(model: &mut Model, screen: Screen) -> Stop {
    Stop {
        hosts: model.list.filter.clone(),
        screen: std::mem::replace(&mut model.screen, screen),
    }
}

fn resume(model: &mut Model, stop: Stop) -> Stop {
    let Stop { screen, hosts } = stop;
    let left = leave(model, screen);
    model.list.filter = hosts;
    left
}

/// Brings the screen up to date with what came in since it was left.
fn arrive(model: &mut Model) -> Vec<Effect> {
    match &model.screen {
        Screen::Fleet => fleet::arrange(model),
        Screen::Causes(_) => causes::arrange(model),
        Screen::Across(_) => across::arrange(model),
        Screen::Host(_) => return host::resume(model),
    }
    Vec::new()
}
