//! The command palette: what it finds, and where that leads.

use plimsoll::tui::effect::Effect;
use plimsoll::tui::model::{Model, Overlay, Screen};
use plimsoll::tui::msg::Msg;
use plimsoll::tui::screen::across::About;
use plimsoll::tui::screen::palette::{Palette, Target};
use plimsoll::tui::screen::tab::Tab;

use super::script::Script;
use super::{done, fleet};

fn palette(model: &Model) -> &Palette {
    match &model.overlay {
        Some(Overlay::Palette(palette)) => palette,
        other => panic!("no palette: {other:?}"),
    }
}

#[test]
fn a_host_is_found_by_letters_of_its_name() {
    let script = Script::on(done()).keys(":wbprod3");
    let found = palette(&script.model).selected().unwrap();
    assert_eq!(found.text, "web-prod-03");
    let script = script.keys("<enter>");
    let Screen::Host(screen) = &script.model.screen else {
        panic!("no host is open");
    };
    let host = &script.model.fleet.hosts[screen.host];
    assert_eq!(host.header.name, "web-prod-03");
    assert!(script.effects.contains(&Effect::OpenHost(screen.host)));
}

#[test]
fn a_control_and_a_container_are_found() {
    let script = Script::on(done()).keys(":run-priv<enter>");
    let Screen::Across(screen) = &script.model.screen else {
        panic!("{:?}", script.model.screen);
    };
    assert_eq!(screen.about, About::Control("run-privileged"));
    let script = Script::on(done()).keys(":portainer<enter>");
    let Screen::Host(screen) = &script.model.screen else {
        panic!("{:?}", script.model.screen);
    };
    assert_eq!(screen.tab, Tab::Containers);
    assert_eq!(screen.selected().unwrap().name, "portainer");
}

#[test]
fn only_what_can_be_done_here_is_offered() {
    let does = |script: &Script, name: &str| {
        palette(&script.model)
            .entries
            .iter()
            .filter(|entry| matches!(entry.target, Target::Do(_)))
            .any(|entry| entry.text.starts_with(name))
    };
    let script = Script::on(fleet::mixed()).keys(":");
    assert!(does(&script, "waivers:") && !does(&script, "reread-all:"));
    let script = Script::on(done()).keys(":");
    assert!(does(&script, "reread-all:") && !does(&script, "down:"));
    let script = Script::on(done()).keys(":reread-all<enter>");
    assert!(matches!(script.effects.last(), Some(Effect::Reread(_))));
}

#[test]
fn letters_and_pastes_are_typed_and_never_pressed() {
    let script = Script::on(done())
        .keys(":q")
        .send(Msg::Paste("uit\nq".to_owned()));
    assert_eq!(palette(&script.model).input.text(), "quit");
    assert!(script.effects.is_empty());
    let script = script.keys("<esc>");
    assert!(script.model.overlay.is_none());
    assert!(script.effects.is_empty());
}
