//! One thing across the fleet: folded lines, the way there and back.

use plimsoll::domain::waiver::Waiver;
use plimsoll::tui::effect::Effect;
use plimsoll::tui::glyph::Glyphs;
use plimsoll::tui::model::Screen;
use plimsoll::tui::screen::across::{About, AcrossScreen, node_set};

use super::rows::NOW;
use super::script::{Script, setup};
use super::{done, fleet};

fn across(script: &Script) -> &AcrossScreen {
    match &script.model.screen {
        Screen::Across(screen) => screen,
        other => panic!("another screen: {other:?}"),
    }
}

fn at_home(script: &Script) -> bool {
    matches!(script.model.screen, Screen::Fleet) && script.model.overlay.is_none()
}

/// A waiver of the hand-made fleet's inventory; `days` are left of it.
pub(super) fn waiver(control: &str, hosts: &[&str], reason: &str, days: i64) -> Waiver {
    Waiver {
        control: control.into(),
        hosts: Some("prod".into()),
        matched_hosts: hosts.iter().map(|name| (*name).to_owned()).collect(),
        subject: Some("container:node-*".into()),
        image: None,
        label: None,
        owner: "platform team".into(),
        reason: reason.into(),
        approved_by: Some("security board".into()),
        granted: None,
        ticket: Some("OPS-17".into()),
        expires_day: NOW / 86_400_000 + days,
        expires: if days == 69 {
            "2027-01-31"
        } else {
            "2026-11-20"
        }
        .into(),
    }
}

/// The hand-made fleet with three waivers: one in force, one over, one that accepts nothing.
pub(super) fn waived() -> Script {
    let mut setup = setup(Glyphs::UNICODE);
    setup.waivers = vec![
        waiver(
            "run-privileged",
            &["web-prod-01"],
            "reads the host's counters",
            69,
        ),
        waiver("run-memory-limit", &["web-prod-01"], "measured first", -3),
        waiver("daemon-icc", &["web-prod-01"], "one network", 200),
    ];
    Script::with(done(), setup)
}

#[test]
fn a_control_is_folded_by_what_it_says_and_every_row_is_counted_once() {
    let script = Script::on(fleet::many(200)).keys("P<enter>");
    let screen = across(&script);
    let About::Control(id) = screen.about else {
        panic!("{:?}", screen.about);
    };
    let rows = script
        .model
        .fleet
        .hosts
        .iter()
        .flat_map(|host| &host.result)
        .flat_map(|result| &result.rows)
        .filter(|row| row.result.control == id)
        .count();
    assert_eq!(
        screen.lines.iter().map(|line| line.count).sum::<usize>(),
        rows
    );
    assert!(screen.lines.len() < rows, "equal rows share a line");
}

#[test]
fn enter_lists_the_hosts_of_a_line_and_the_way_back_is_kept() {
    let script = Script::on(fleet::many(200)).keys("P<enter>j");
    let wanted = across(&script).selected().unwrap().clone();
    assert!(wanted.hosts.len() > 1);
    let script = script.keys("<enter>");
    assert!(at_home(&script));
    let mut shown = script.model.list.order.clone();
    shown.sort_unstable();
    assert_eq!(shown, wanted.hosts);
    // Back finds the line that was left, and the list of hosts without the filter.
    let script = script.keys("[");
    assert_eq!(across(&script).selected(), Some(&wanted));
    assert!(script.model.list.filter.text.is_empty());
    let script = script.keys("]");
    assert_eq!(script.model.list.order.len(), wanted.hosts.len());
    let script = script.keys("<esc><esc>");
    assert!(at_home(&script) && script.model.list.filter.text.is_empty());
}

#[test]
fn a_line_of_one_host_opens_it() {
    let script = Script::on(done()).keys("<enter>jAG<enter>");
    let Screen::Host(screen) = &script.model.screen else {
        panic!("{:?}", script.model.screen);
    };
    assert!(script.effects.contains(&Effect::OpenHost(screen.host)));
}

#[test]
fn escape_goes_back_the_way_one_came_and_then_home() {
    let script = Script::on(done()).keys("<enter>A");
    assert!(matches!(script.model.screen, Screen::Across(_)));
    let script = script.keys("<esc>");
    assert!(matches!(script.model.screen, Screen::Host(_)));
    let script = script.keys("<esc>");
    assert!(at_home(&script));
}

#[test]
fn images_are_found_from_the_host_and_back() {
    let script = Script::on(done()).keys("<enter>3A");
    assert_eq!(across(&script).about, About::Images);
    let line = across(&script).selected().unwrap();
    assert_eq!(line.what, "docker:27-dind");
    assert_eq!(node_set(&script.model.fleet, &line.hosts), "web-prod-01");
}

#[test]
fn waivers_are_told_from_what_they_accept() {
    let script = waived().keys("W");
    let said: Vec<_> = across(&script)
        .lines
        .iter()
        .map(|line| (line.what.as_str(), line.said.as_str(), line.count))
        .collect();
    assert_eq!(
        said,
        [
            ("run-memory-limit", "ended 3 days ago", 0),
            ("run-privileged", "69 days left", 1),
            ("daemon-icc", "200 days left, accepts nothing", 0),
        ]
    );
    // A saved sweep knows no inventory: its rows tell of their waivers.
    let script = Script::on(done()).keys("W");
    assert_eq!(across(&script).lines.len(), 1);
}

#[test]
fn folded_lines_can_be_copied() {
    let script = Script::on(done()).keys("P<enter>yh");
    let Some(Effect::Copy(hosts)) = script.effects.last() else {
        panic!("{:?}", script.effects);
    };
    let line = across(&script).selected().unwrap();
    assert_eq!(*hosts, node_set(&script.model.fleet, &line.hosts));
}
