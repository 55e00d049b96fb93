//! Drawing: from the state to cells. Writes nothing but the frame.

pub mod across;
pub mod causes;
pub mod cells;
pub mod fleet;
pub mod header;
pub mod host;
pub mod overlay;
pub mod palette;
pub mod question;
pub mod tabs;

use ratatui::Frame;
use ratatui::buffer::Buffer;

use super::canvas::Canvas;
use super::layout::{Rung, SMALLEST};
use super::model::{Model, Screen};
use super::theme::{Role, Theme};
use super::widget::footer;

/// Draws the state with a theme.
pub fn draw(model: &Model, theme: &Theme, frame: &mut Frame<'_>) {
    paint(model, theme, frame.buffer_mut());
}

/// Draws into a buffer; every write is cut to it.
pub fn paint(model: &Model, theme: &Theme, buffer: &mut Buffer) {
    let mut canvas = Canvas::new(buffer, theme, model.setup.glyphs);
    let layout = model.layout();
    if layout.rung == Rung::Tiny {
        tiny(&mut canvas, model);
        return;
    }
    if model.overlay.as_ref().is_some_and(overlay::covers) {
        overlay::draw(&mut canvas, model, &layout);
        footer::draw(&mut canvas, model, &layout, true);
        return;
    }
    match &model.screen {
        Screen::Fleet => fleet::draw(&mut canvas, model, &layout),
        Screen::Causes(screen) => causes::draw(&mut canvas, model, screen, &layout),
        Screen::Across(screen) => across::draw(&mut canvas, model, screen, &layout),
        Screen::Host(screen) => host::draw(&mut canvas, model, screen, &layout),
    }
    overlay::draw(&mut canvas, model, &layout);
    footer::draw(&mut canvas, model, &layout, false);
}

/// One sentence for a terminal too small for anything else.
fn tiny(canvas: &mut Canvas<'_>, model: &Model) {
    let (width, height) = model.size;
    let text = format!(
        "plimsoll needs {}x{}, this is {width}x{height}; q quits",
        SMALLEST.0, SMALLEST.1
    );
    let area = canvas.area();
    for (row, line) in (0..area.height).zip(super::line::wrap(&text, usize::from(area.width))) {
        canvas.put(area.x, area.y + row, area.width, Role::Text, &line);
    }
}
