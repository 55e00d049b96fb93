//! The mouse, where it is taken: everything it does, and what it must not.

use plimsoll::tui::effect::Effect;
use plimsoll::tui::model::{Overlay, Screen};
use plimsoll::tui::mouse::Mouse;
use plimsoll::tui::msg::Msg;
use plimsoll::tui::screen::fleet::FleetSort;
use plimsoll::tui::screen::tab::Tab;

use super::script::Script;
use super::{done, fleet};

fn press(script: Script, x: u16, y: u16) -> Script {
    script.send(Msg::Mouse(Mouse::Press(x, y)))
}

/// Column and row of `text` on the screen.
fn place(script: &Script, text: &str) -> (u16, u16) {
    let shown = script.text();
    let found = shown.lines().enumerate().find_map(|(y, line)| {
        let before = line.split(text).next().filter(|rest| *rest != line)?;
        Some((plimsoll::domain::text::width(before), y))
    });
    let (x, y) = found.unwrap_or_else(|| panic!("{text} is not shown:\n{shown}"));
    (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
}

#[test]
fn m_takes_it_and_leaves_it_again() {
    let script = Script::on(done()).keys("mm");
    assert_eq!(script.effects, [Effect::Mouse(true), Effect::Mouse(false)]);
}

#[test]
fn a_press_selects_and_a_second_one_goes_in() {
    let script = Script::on(done()).size(80, 24);
    let (x, y) = place(&script, "web-prod-02");
    let script = press(script, x, y);
    let name = |script: &Script| script.model.host().unwrap().header.name.clone();
    assert_eq!(name(&script), "web-prod-02");
    assert!(matches!(script.model.screen, Screen::Fleet));
    let script = press(script, x, y);
    assert!(matches!(script.model.screen, Screen::Host(_)));
    assert_eq!(name(&script), "web-prod-02");
}

#[test]
fn heads_sort_and_turn_the_order_round() {
    let script = Script::on(done()).size(120, 36);
    let (x, y) = place(&script, "SCORE");
    let script = press(script, x, y);
    assert_eq!(
        (script.model.list.sort, script.model.list.reverse),
        (FleetSort::Score, false)
    );
    let script = press(script, x, y);
    assert!(script.model.list.reverse);
}

#[test]
fn tabs_and_the_words_of_the_last_line_can_be_pressed() {
    for (width, height) in [(60, 15), (80, 24), (120, 36)] {
        let script = Script::on(done()).size(width, height).keys("<enter>");
        let (x, y) = place(&script, " 5");
        let script = press(script, x + 1, y);
        let Screen::Host(screen) = &script.model.screen else {
            panic!("no host is open");
        };
        assert_eq!(screen.tab, Tab::Permissions, "{width}x{height}");
    }
    let script = Script::on(done()).size(80, 24);
    let (x, y) = place(&script, "? help");
    let script = press(script, x, y);
    assert!(matches!(script.model.overlay, Some(Overlay::Help(_))));
}

#[test]
fn the_wheel_moves_the_list_and_the_pane_under_it() {
    let wheel = |x, y| Msg::Mouse(Mouse::Wheel(true, x, y));
    let script = Script::on(fleet::many(200)).size(80, 24).send(wheel(3, 5));
    assert_eq!(script.model.list.cursor.at, 3);
    let script = Script::on(done()).size(120, 36).keys("<enter>5");
    let script = script.send(wheel(100, 12));
    let Screen::Host(screen) = &script.model.screen else {
        panic!("no host is open");
    };
    assert_eq!(screen.list().cursor.at, 0);
}

#[test]
fn while_a_line_is_typed_or_a_question_is_open_it_does_nothing() {
    let script = Script::on(done()).size(80, 24).keys("/");
    let script = press(script, 4, 5);
    assert!(script.model.input.is_some() && script.model.list.cursor.at == 0);
    let script = Script::on(done())
        .size(80, 24)
        .send(Msg::Asked(1, super::question::any(1)));
    let before = script.effects.len();
    let script = press(script, 2, 23);
    assert_eq!(script.effects.len(), before);
    assert!(script.model.overlay.is_some());
}
