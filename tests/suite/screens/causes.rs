//! Fix once, clears N: the list of causes, apart from how it looks.

use plimsoll::tui::effect::Effect;
use plimsoll::tui::model::Screen;
use plimsoll::tui::screen::causes::CausesScreen;

use super::script::Script;
use super::{done, fleet};

fn causes(script: &Script) -> &CausesScreen {
    match &script.model.screen {
        Screen::Causes(screen) => screen,
        other => panic!("another screen: {other:?}"),
    }
}

fn ids(script: &Script) -> Vec<&str> {
    causes(script)
        .items
        .iter()
        .map(|cause| cause.control)
        .collect()
}

#[test]
fn what_is_worth_most_comes_first_and_everything_is_counted_once() {
    let script = Script::on(done()).keys("P");
    let items = &causes(&script).items;
    let worth: Vec<usize> = items
        .iter()
        .map(|cause| usize::try_from(cause.severity.weight()).unwrap() * cause.hosts.len())
        .collect();
    assert!(worth.is_sorted_by(|a, b| a >= b), "{worth:?}");
    let listed: usize = items.iter().map(|cause| cause.findings).sum();
    let rows = script
        .model
        .fleet
        .hosts
        .iter()
        .flat_map(|host| &host.result);
    let found: usize = rows.map(|result| result.findings().len()).sum();
    assert_eq!(listed, found);
    let listener = items
        .iter()
        .find(|cause| cause.control == "daemon-tls-verify");
    assert_eq!(listener.unwrap().follow, 1, "its symptom goes with it");
}

#[test]
fn a_filter_leaves_what_fits_and_escape_leads_home() {
    let script = Script::on(done()).keys("P/sev>=critical<enter>");
    let fitting = ids(&script).len();
    assert!(fitting > 0 && fitting < causes(&script).total);
    let script = script.keys("<esc>");
    assert_eq!(ids(&script).len(), causes(&script).total);
    let script = script.keys("<esc>");
    assert!(matches!(script.model.screen, Screen::Fleet));
    let script = script.keys("PP");
    assert!(matches!(script.model.screen, Screen::Fleet), "P goes back");
}

#[test]
fn the_selected_cause_stays_selected_while_hosts_come_in() {
    let events = fleet::many(60);
    let (early, late) = events.split_at(events.len() / 2);
    let script = Script::on(early.to_vec()).keys("Pj").wait(3_000);
    let before = causes(&script).selected().unwrap().clone();
    let mut script = script;
    for event in late {
        script = script.event(event.clone());
    }
    let script = script.wait(3_000);
    let after = causes(&script).selected().unwrap();
    assert_eq!(after.control, before.control);
    assert!(after.hosts.len() > before.hosts.len());
}

#[test]
fn a_cause_can_be_copied_and_explained() {
    let script = Script::on(done()).keys("P");
    let id = causes(&script).selected().unwrap().control;
    let script = script.keys("yi");
    assert_eq!(script.effects, [Effect::Copy(id.to_owned())]);
    let script = script.keys("yc");
    let Some(Effect::Copy(command)) = script.effects.last() else {
        panic!("{:?}", script.effects);
    };
    assert!(
        command.ends_with(&format!("--filter 'rule:{id}'")),
        "{command}"
    );
    let script = script.keys("x");
    assert!(script.model.overlay.is_some());
}
