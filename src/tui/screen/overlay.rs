//! What lies over a screen: help, explanation, choices, questions.

use super::super::action::Action;
use super::super::cursor::{Cursor, Step};
use super::super::effect::Effect;
use super::super::layout;
use super::super::model::{Explained, Model, Overlay, Screen, Text};
use super::super::pane;
use super::fleet::FleetSort;
use super::host::HostSort;
use super::palette;
use super::question::{self, Keys};

/// Lays over the screen what `action` asks for.
pub fn open(model: &mut Model, action: Action) {
    match action {
        Action::Help => model.overlay = Some(Overlay::Help(Text::default())),
        Action::Sort => open_sort(model),
        Action::Explain => open_explain(model),
        Action::Copy => model.overlay = Some(Overlay::Copy),
        Action::Export => model.overlay = Some(Overlay::Export),
        Action::Theme => open_themes(model),
        _ => {}
    }
}

/// Opens the choice of an order, on the one in force.
fn open_sort(model: &mut Model) {
    let at = match &model.screen {
        Screen::Fleet => FleetSort::ALL
            .iter()
            .position(|sort| *sort == model.list.sort),
        Screen::Causes(_) | Screen::Across(_) => None,
        Screen::Host(screen) => HostSort::ALL.iter().position(|sort| *sort == screen.sort),
    };
    model.overlay = Some(Overlay::Sort(Cursor {
        at: at.unwrap_or_default(),
        top: 0,
    }));
}

/// The words of the choice of an order.
pub fn sort_words(model: &Model) -> Vec<&'static str> {
    match &model.screen {
        Screen::Fleet => FleetSort::ALL.iter().map(|sort| sort.word()).collect(),
        // They have one order.
        Screen::Causes(_) | Screen::Across(_) => Vec::new(),
        Screen::Host(_) => HostSort::ALL.iter().map(|sort| sort.word()).collect(),
    }
}

/// Opens the choice of a theme, on the one in force.
fn open_themes(model: &mut Model) {
    let cursor = Cursor {
        at: model.theme,
        top: 0,
    };
    model.overlay = Some(Overlay::Themes(cursor, model.theme));
}

/// Shows the theme under the cursor of the choice.
fn preview(model: &mut Model) {
    if let Some(Overlay::Themes(cursor, _)) = &model.overlay {
        model.theme = cursor.at;
    }
}

/// Opens the explanation of the selected row's control.
fn open_explain(model: &mut Model) {
    if let Some(id) = model.control() {
        model.overlay = Some(Overlay::Explain(Explained {
            id,
            control: (model.setup.lookup)(id),
            text: Text::default(),
        }));
    }
}

/// Does `action` while something lies over the screen; movements come through [`travel`].
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Close => model.overlay = None,
        Action::QuitNow => return vec![Effect::CancelSweep, Effect::Quit(0)],
        Action::Enter => choose(model),
        Action::Theme => {
            let last = model.setup.themes.len().saturating_sub(1);
            if let Some(Overlay::Themes(cursor, _)) = &mut model.overlay {
                cursor.at = if cursor.at >= last { 0 } else { cursor.at + 1 };
            }
            preview(model);
        }
        Action::Reverse => {
            model.overlay = None;
            match &mut model.screen {
                Screen::Fleet => return super::fleet::act(model, Action::Reverse),
                Screen::Causes(_) | Screen::Across(_) => {}
                Screen::Host(_) => return super::host::act(model, Action::Reverse),
            }
        }
        Action::Help => {
            let columns = usize::from(layout::overlay(model.size).width);
            let legend = pane::help::legend_at(model, columns);
            if let Some(Overlay::Help(text)) = &mut model.overlay {
                text.top = legend;
            }
        }
        _ => {}
    }
    fit(model);
    Vec::new()
}

fn choose(model: &mut Model) {
    if matches!(model.overlay, Some(Overlay::Themes(..))) {
        model.overlay = None;
        model.theme_chosen = true;
        return;
    }
    let Some(Overlay::Sort(cursor)) = &model.overlay else {
        return;
    };
    let at = cursor.at;
    model.overlay = None;
    match &mut model.screen {
        Screen::Fleet => {
            model.list.sort = FleetSort::ALL.get(at).copied().unwrap_or_default();
            super::fleet::arrange(model);
        }
        Screen::Causes(_) | Screen::Across(_) => {}
        Screen::Host(screen) => {
            screen.sort = HostSort::ALL.get(at).copied().unwrap_or_default();
            super::host::arrange(model);
        }
    }
}

/// Moves in the text or the choice.
pub fn travel(model: &mut Model, step: Step) {
    let (length, shown) = size(model);
    match &mut model.overlay {
        Some(
            Overlay::Sort(cursor) | Overlay::Keys(Keys { cursor, .. }) | Overlay::Themes(cursor, _),
        ) => cursor.step(step, length, shown),
        Some(Overlay::Help(text) | Overlay::Explain(Explained { text, .. })) => {
            let last = (length + 1).saturating_sub(shown);
            text.top = step.from(text.top, last, shown);
        }
        Some(Overlay::Palette(palette)) => palette.cursor.step(step, length, shown),
        _ => {}
    }
    preview(model);
}

/// Keeps scrolling inside the text.
pub fn fit(model: &mut Model) {
    let (length, shown) = size(model);
    match &mut model.overlay {
        Some(
            Overlay::Sort(cursor) | Overlay::Keys(Keys { cursor, .. }) | Overlay::Themes(cursor, _),
        ) => cursor.fit(length, shown),
        Some(Overlay::Help(text) | Overlay::Explain(Explained { text, .. })) => {
            text.top = text.top.min(length.saturating_sub(shown));
        }
        Some(Overlay::Palette(palette)) => palette.cursor.fit(length, shown),
        _ => {}
    }
}

/// Lines of the text or the choice, and how many of them are seen.
fn size(model: &Model) -> (usize, usize) {
    let area = layout::overlay(model.size);
    let columns = usize::from(area.width);
    let seen = usize::from(area.height);
    match &model.overlay {
        Some(Overlay::Sort(_)) => (sort_words(model).len(), seen),
        Some(Overlay::Themes(..)) => (model.setup.themes.len(), seen),
        Some(Overlay::Palette(palette)) => (palette.found.len(), palette::seen(model)),
        Some(Overlay::Keys(_)) => (question::unknown(model).len(), question::seen(model)),
        Some(Overlay::Help(_)) => (pane::help::lines(model, columns).len(), seen),
        Some(Overlay::Explain(explained)) => {
            (pane::explain::lines(model, explained, columns).len(), seen)
        }
        _ => (0, seen),
    }
}
