//! What is taken along: exports, marks, what is remembered; and what changes while the dashboard is open.

use plimsoll::domain::event::FleetEvent;
use plimsoll::tui::effect::Effect;
use plimsoll::tui::glyph::Glyphs;
use plimsoll::tui::model::Screen;
use plimsoll::tui::screen::fleet::FleetSort;
use plimsoll::tui::screen::host::HostSort;
use plimsoll::tui::views::Views;

use super::script::{Script, setup};
use super::{done, fleet};

fn exported(script: &Script) -> (&str, &str) {
    match script.effects.last() {
        Some(Effect::Export { name, text }) => (name, text),
        other => panic!("nothing was exported: {other:?}"),
    }
}

#[test]
fn every_list_is_exported_in_its_order_and_whole() {
    let script = Script::on(done()).keys("oc");
    let (name, text) = exported(&script);
    assert!(name.starts_with("plimsoll-fleet-"), "{name}");
    assert_eq!(text.lines().count(), 1 + script.model.list.order.len());
    assert!(text.starts_with("\"host\",\"groups\""));
    let script = Script::on(done()).keys("/group:edge<enter>oj");
    let (_, text) = exported(&script);
    let rows: serde_json::Value = serde_json::from_str(text).unwrap();
    let names: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["host"])
        .collect();
    assert_eq!(names.len(), script.model.list.order.len());
    for (keys, kind) in [
        ("Pom", "fix-once"),
        ("P<enter>om", "everywhere"),
        ("<enter>om", "findings"),
        ("<enter>2om", "containers"),
        ("<enter>6om", "host"),
        ("Iom", "everywhere"),
    ] {
        let script = Script::on(done()).keys(keys);
        let (name, text) = exported(&script);
        assert!(name.starts_with(&format!("plimsoll-{kind}-")), "{name}");
        assert!(text.lines().count() > 2, "{keys}: {text}");
    }
}

#[test]
fn an_empty_list_exports_nothing() {
    let script = Script::on(Vec::new()).keys("oc");
    assert!(script.effects.is_empty());
    assert!(script.text().contains("nothing is shown"));
}

#[test]
fn what_a_hostile_host_says_is_no_formula_and_no_escape() {
    let script = Script::on(fleet::mixed()).keys("jj<enter>oc");
    let (_, text) = exported(&script);
    assert!(
        !text
            .chars()
            .any(|c| c.is_control() && c != '\r' && c != '\n')
    );
    assert!(text.contains("gpj.exe"));
}

#[test]
fn a_range_is_marked_from_the_last_mark() {
    let script = Script::on(fleet::many(60))
        .event(fleet::ended())
        .keys(" jjjv");
    assert_eq!(script.model.list.marks.len(), 5);
    let script = script.keys("r");
    assert!(matches!(script.effects.last(), Some(Effect::Reread(hosts)) if hosts.len() == 5));
}

#[test]
fn orders_and_the_theme_are_remembered_and_taken_up_again() {
    let script = Script::on(done()).keys("sjjj<enter>S");
    let Some(Effect::Remember(views)) = script.effects.last() else {
        panic!("{:?}", script.effects);
    };
    assert_eq!(views.fleet, (FleetSort::Score, true));
    let mut setup = setup(Glyphs::UNICODE);
    setup.views = Views {
        host: (HostSort::Subject, false),
        ..views.clone()
    };
    let script = Script::with(done(), setup);
    assert_eq!(script.model.list.sort, FleetSort::Score);
    let script = script.keys("<enter>");
    let Screen::Host(screen) = &script.model.screen else {
        panic!("no host is open");
    };
    assert_eq!(screen.sort, HostSort::Subject);
    // Moving about changes nothing that is remembered.
    let script = script.keys("jk2<esc>j/web<enter>");
    assert!(
        !script
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Remember(_)))
    );
}

#[test]
fn a_theme_is_seen_before_it_is_chosen() {
    let script = Script::on(done()).keys("Tj");
    let before = script.model.setup.theme;
    assert_eq!(script.model.theme, before + 1);
    let script = script.keys("<esc>");
    assert_eq!(script.model.theme, before);
    assert!(script.effects.is_empty(), "only looked at");
    let script = script.keys("TT<enter>");
    assert_eq!(script.model.theme, before + 1);
    let Some(Effect::Remember(views)) = script.effects.last() else {
        panic!("{:?}", script.effects);
    };
    let name = &script.model.setup.themes[before + 1];
    assert_eq!(views.theme.as_ref(), Some(name));
}

#[test]
fn the_fleet_is_read_again_when_its_time_comes_and_not_while_it_is_read() {
    let mut setup = setup(Glyphs::UNICODE);
    setup.refresh = Some(60_000);
    let reads = |script: &Script| {
        let rereads = script.effects.iter();
        rereads
            .filter(|effect| matches!(effect, Effect::Reread(_)))
            .count()
    };
    let script = Script::with(fleet::mixed(), setup.clone()).wait(120_000);
    assert_eq!(reads(&script), 0, "a sweep runs");
    let script = Script::with(done(), setup).wait(120_000).wait(1_000);
    assert_eq!(reads(&script), 1);
    let script = script.wait(61_000);
    assert_eq!(
        reads(&script),
        2,
        "it is asked for again should nothing have come of it"
    );
}

#[test]
fn what_came_and_went_is_told_and_marked() {
    let again: Vec<FleetEvent> = fleet::many(60);
    let script = Script::on(again.clone()).event(fleet::ended());
    assert!(
        script
            .model
            .fleet
            .hosts
            .iter()
            .all(|host| host.change.words().is_empty())
    );
    // The same report again changes nothing; another host's report in its place changes much.
    let reports: Vec<_> = again
        .iter()
        .filter_map(|event| match event {
            FleetEvent::Finished { host, report } => Some((*host, report)),
            _ => None,
        })
        .collect();
    let findings = |at: usize| {
        reports[at]
            .1
            .results
            .iter()
            .filter(|row| row.is_finding())
            .count()
    };
    let (few, many) = (0..reports.len())
        .flat_map(|a| (0..reports.len()).map(move |b| (a, b)))
        .find(|(a, b)| findings(*a) + 1 < findings(*b))
        .unwrap();
    let script = script.event(FleetEvent::Finished {
        host: reports[few].0,
        report: std::sync::Arc::clone(reports[many].1),
    });
    let host = &script.model.fleet.hosts[reports[few].0];
    assert!(!host.change.new.is_empty());
    let script = script.wait(5_000).size(200, 60);
    assert!(script.text().contains("CHANGE"));
}
