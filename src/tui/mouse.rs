//! The mouse, where it is switched on: everything that it does has a key too.

use super::action::Action;
use super::canvas::rows;
use super::cursor::Step;
use super::effect::Effect;
use super::model::{Model, Screen};
use super::screen::{fleet, host};
use super::update;
use super::view;
use super::widget::footer;

/// Lines that a turn of the wheel moves.
const TURN: isize = 3;

/// Something that was done with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// The left button was pressed at this column and row.
    Press(u16, u16),
    /// The wheel was turned towards the person at this column and row, or away.
    Wheel(bool, u16, u16),
}

/// Does what was done with the mouse.
pub fn act(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    // While a line is typed or a question is open the mouse could only do harm.
    if model.input.is_some() || super::screen::question::is_open(model) {
        return Vec::new();
    }
    match mouse {
        Mouse::Wheel(down, x, y) => {
            wheel(model, if down { TURN } else { -TURN }, x, y);
            Vec::new()
        }
        Mouse::Press(x, y) => press(model, x, y),
    }
}

fn wheel(model: &mut Model, by: isize, x: u16, y: u16) {
    let pane = model
        .layout()
        .text()
        .is_some_and(|area| area.contains((x, y).into()));
    if model.overlay.is_none()
        && pane
        && let Screen::Host(screen) = &mut model.screen
    {
        screen.scroll = screen.scroll.saturating_add_signed(by);
        host::fit(model);
        return;
    }
    update::travel(model, Step::By(by));
}

fn press(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let layout = model.layout();
    let at = (x, y).into();
    if layout.footer.contains(at) {
        return match footer::action_at(model, usize::from(x)) {
            // What applies a plan is typed: a click may have been meant for something else.
            Some(action) if !action.applies() && update::available(model, action) => {
                update::act(model, action)
            }
            _ => Vec::new(),
        };
    }
    if model.overlay.is_some() {
        return Vec::new();
    }
    if rows(layout.header, layout.header.height.saturating_sub(1), 1).contains(at)
        && let Some(tab) = view::host::tab_at(model, usize::from(x))
    {
        host::show(model, tab);
        return Vec::new();
    }
    if layout.head.contains(at) && matches!(model.screen, Screen::Fleet) {
        if let Some(sort) = view::fleet::sort_at(model, usize::from(x)) {
            let again = model.list.sort == sort;
            model.list.reverse = again && !model.list.reverse;
            model.list.sort = sort;
            fleet::arrange(model);
        }
        return Vec::new();
    }
    if layout.rows.contains(at) {
        return press_row(model, usize::from(y - layout.rows.y));
    }
    if layout.text().is_some_and(|area| area.contains(at))
        && let Screen::Host(screen) = &mut model.screen
    {
        screen.detail = screen.selected().is_some();
        host::fit(model);
    }
    Vec::new()
}

/// Selects the line; a press on the selected line goes in.
fn press_row(model: &mut Model, line: usize) -> Vec<Effect> {
    let (cursor, length) = match &model.screen {
        Screen::Fleet => (model.list.cursor, model.list.order.len()),
        Screen::Causes(screen) => (screen.cursor, screen.items.len()),
        Screen::Across(screen) => (screen.cursor, screen.lines.len()),
        Screen::Host(screen) => (screen.list().cursor, screen.list().items.len()),
    };
    let position = cursor.top + line;
    if position >= length {
        return Vec::new();
    }
    if position == cursor.at {
        return if update::available(model, Action::Enter) {
            update::act(model, Action::Enter)
        } else {
            Vec::new()
        };
    }
    let by = isize::try_from(position).unwrap_or(0) - isize::try_from(cursor.at).unwrap_or(0);
    if let Screen::Host(screen) = &mut model.screen {
        screen.detail = false;
    }
    update::travel(model, Step::By(by));
    Vec::new()
}
