//! What panes say: pure functions from the state to lines, used to draw and to know how far a text scrolls.

pub mod across;
pub mod cause;
pub mod container;
pub mod evidence;
pub mod explain;
pub mod fact;
pub mod failure;
pub mod help;
pub mod image;
pub mod path;
pub mod peek;
pub mod repair;
pub mod settings;
pub mod summary;

use super::line::Line;
use super::model::{Model, Screen};
use super::screen::tab::Tab;

/// What the first pane of a host says: the evidence of the selected line, or why there is none.
pub fn detail(model: &Model, columns: usize) -> Vec<Line> {
    let Screen::Host(screen) = &model.screen else {
        return Vec::new();
    };
    if !screen.has_lists(model) {
        return failure::lines(model, columns);
    }
    match screen.tab {
        Tab::Findings | Tab::Daemon => evidence::selected(model, screen, columns),
        Tab::Containers => container::lines(model, screen, columns),
        Tab::Images => image::lines(model, screen, columns),
        Tab::Permissions => path::lines(model, screen, columns),
        Tab::Host | Tab::Swarm => fact::lines(model, screen, columns),
    }
}
