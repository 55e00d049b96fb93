//! The tabs of a host: what each lists, and when it is there.

use plimsoll::tui::model::Screen;
use plimsoll::tui::screen::host::HostScreen;
use plimsoll::tui::screen::tab::Tab;

use super::script::Script;
use super::{done, fleet};

fn screen(script: &Script) -> &HostScreen {
    match &script.model.screen {
        Screen::Host(screen) => screen,
        other => panic!("another screen: {other:?}"),
    }
}

#[test]
fn only_a_node_of_a_swarm_has_the_tab() {
    let script = Script::on(fleet::mixed()).keys("<enter>7");
    assert_eq!(screen(&script).tab, Tab::Findings);
    let script = Script::on(fleet::mixed()).keys("jjj<enter>7");
    assert_eq!(screen(&script).tab, Tab::Swarm);
    // The next host is in none: its findings are shown instead of an empty page.
    let script = script.keys(">");
    assert!(!screen(&script).has(Tab::Swarm));
    assert_eq!(screen(&script).tab, Tab::Findings);
}

#[test]
fn what_could_not_be_read_is_listed_with_its_reason() {
    let script = Script::on(done()).keys("jjj<enter>6");
    let items = &screen(&script).list().items;
    assert!(items.len() >= 10);
    assert!(
        items
            .iter()
            .filter_map(|item| item.fact.as_ref())
            .all(|fact| fact.value.is_err())
    );
    assert!(script.text().contains("transport: files of the host"));
}

#[test]
fn a_filter_finds_what_no_control_judges() {
    let script = Script::on(done()).keys("<enter>3/nginx");
    assert_eq!(screen(&script).list().items.len(), 1);
    let script = Script::on(done()).keys("<enter>6/!nginx listener");
    let names: Vec<_> = screen(&script)
        .list()
        .items
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert!(names.contains(&"listener 0.0.0.0:2375"), "{names:?}");
}

#[test]
fn the_kernel_outweighs_the_settings_of_a_container() {
    let script = Script::on(done()).keys("<enter>2/api<enter>z");
    let text = script.text();
    assert!(text.contains("none (the kernel says)"), "{text}");
    assert!(text.contains("uid 1000 on the host"));
    let script = Script::on(done()).keys("<enter>2/jenkins<enter>z");
    assert!(script.text().contains("all 41 (by its settings)"));
}
