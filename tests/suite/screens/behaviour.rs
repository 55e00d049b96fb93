//! What keys and events do, apart from how it looks.

use std::sync::Arc;

use plimsoll::domain::event::{FleetEvent, HostState};
use plimsoll::domain::failure::Stage;
use plimsoll::tui::effect::Effect;
use plimsoll::tui::key::Key;
use plimsoll::tui::keymap::{Context, Keymap, offered};
use plimsoll::tui::line::Line;
use plimsoll::tui::model::{Explained, Overlay, Screen, Text};
use plimsoll::tui::msg::Msg;
use plimsoll::tui::pane;
use plimsoll::tui::screen::tab::Tab;

use super::rows::{NOW, fail, passes, report};
use super::script::Script;
use super::{done, fleet};

fn shown(script: &Script) -> Vec<String> {
    let model = &script.model;
    model
        .list
        .order
        .iter()
        .map(|index| model.fleet.hosts[*index].header.name.clone())
        .collect()
}

fn selected(script: &Script) -> &str {
    &script.model.host().unwrap().header.name
}

/// A finding on the clean host: it would move to the top.
fn bad_news(script: &Script) -> FleetEvent {
    let header = script.model.fleet.hosts[4].header.clone();
    let results = (0..9)
        .map(|index| {
            let container = super::rows::container(&format!("c{index}"));
            fail(
                "run-privileged",
                container,
                "privileged=true",
                "privileged=false",
            )
        })
        .collect();
    FleetEvent::Finished {
        host: 4,
        report: Arc::new(report(&header, HostState::Assessed, results)),
    }
}

#[test]
fn the_worst_come_first_and_nothing_is_missing() {
    let script = Script::on(fleet::mixed());
    assert_eq!(
        shown(&script),
        [
            "web-prod-01",
            "db-prod-02",
            "数据库-主机-01",
            "cache-01",
            "web-prod-02",
            "here",
            "edge-hk-01",
            "edge-hk-02",
            "edge-hk-03",
            "build-07",
            "build-08",
            "build-09",
            "web-prod-03",
        ]
    );
}

#[test]
fn rows_keep_their_place_while_keys_are_pressed() {
    let script = Script::on(fleet::mixed()).keys("jjj");
    let before = shown(&script);
    assert_eq!(selected(&script), "cache-01");
    let event = bad_news(&script);
    let script = script.event(event).wait(1_900);
    assert_eq!(
        shown(&script),
        before,
        "held for two seconds after the last key"
    );
    let script = script.wait(200);
    assert_eq!(shown(&script)[0], "web-prod-03");
    assert_eq!(
        selected(&script),
        "cache-01",
        "the cursor stays with its host"
    );
}

#[test]
fn an_untouched_cursor_stays_on_the_worst() {
    let script = Script::on(fleet::mixed());
    assert_eq!(selected(&script), "web-prod-01");
    let event = bad_news(&script);
    let script = script.event(event).wait(100);
    assert_eq!(selected(&script), "web-prod-03");
}

#[test]
fn the_selected_row_stays_on_its_line() {
    let script = Script::on(fleet::many(200))
        .size(80, 24)
        .keys("<pgdn><pgdn>kk");
    let list = &script.model.list;
    let line = list.cursor.at - list.cursor.top;
    let name = selected(&script).to_owned();
    // A sort by name turns the list upside down around it.
    let script = script.keys("sjj<enter>S");
    let list = &script.model.list;
    assert_eq!(selected(&script), name);
    assert!((list.cursor.at - list.cursor.top).abs_diff(line) <= 1);
}

#[test]
fn back_closes_clears_goes_out_and_never_quits() {
    let mut script = Script::on(done()).keys("/web<enter><enter>x");
    assert!(matches!(script.model.overlay, Some(Overlay::Explain(_))));
    script = script.keys("<esc>");
    assert!(script.model.overlay.is_none());
    assert!(matches!(script.model.screen, Screen::Host(_)));
    script = script.keys("<esc>");
    assert!(matches!(script.model.screen, Screen::Fleet));
    assert_eq!(script.model.list.filter.text, "web");
    script = script.keys("<esc>");
    assert_eq!(script.model.list.filter.text, "");
    script = script.keys("<esc><esc>hh<left>");
    assert!(
        !script
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Quit(_)))
    );
}

#[test]
fn quitting_asks_while_a_sweep_runs() {
    assert_eq!(Script::on(done()).keys("q").effects, [Effect::Quit(0)]);
    let script = Script::on(fleet::mixed()).keys("q");
    assert!(script.effects.is_empty());
    let script = script.keys("y<enter> ");
    assert!(
        script.effects.is_empty(),
        "neither y nor Enter nor space confirms"
    );
    let script = script.keys("<esc>");
    assert!(script.model.overlay.is_none() && script.effects.is_empty());
    let script = script.keys("qq");
    assert_eq!(script.effects, [Effect::CancelSweep, Effect::Quit(0)]);
}

#[test]
fn the_first_interrupt_stops_the_second_quits() {
    let script = Script::on(fleet::mixed()).keys("<ctrl-c>");
    assert_eq!(script.effects, [Effect::CancelSweep]);
    let script = script.wait(2_500).keys("<ctrl-c>");
    assert!(
        !script.effects.contains(&Effect::Quit(130)),
        "too late to be the second"
    );
    let script = script.wait(1_000).keys("<ctrl-c>");
    assert!(script.effects.contains(&Effect::Quit(130)));
    // It works wherever one is.
    for keys in ["/web", "?", "<enter>", "q", "s"] {
        let script = Script::on(fleet::mixed())
            .keys(keys)
            .keys("<ctrl-c><ctrl-c>");
        assert_eq!(script.effects.last(), Some(&Effect::Quit(130)), "{keys}");
    }
}

#[test]
fn the_end_of_a_stopped_sweep_still_says_how_to_quit() {
    let stopped = || FleetEvent::Ended {
        at: NOW,
        fleet: Arc::new(Vec::new()),
        cancelled: true,
    };
    let notice = |script: Script| script.model.notice.unwrap().0;
    let script = Script::on(fleet::mixed()).keys("<ctrl-c>").wait(300);
    let soon = notice(script.event(stopped()));
    assert_eq!(
        soon,
        "sweep stopped; what was read is kept; Ctrl-C again quits"
    );
    let script = Script::on(fleet::mixed()).keys("<ctrl-c>").wait(2_500);
    let late = notice(script.event(stopped()));
    assert_eq!(late, "sweep stopped; what was read is kept");
}

#[test]
fn a_wrong_filter_leaves_the_list_as_it_was() {
    let script = Script::on(done()).keys("/sev>=high");
    let before = shown(&script);
    assert_eq!(
        before,
        ["web-prod-01", "db-prod-02", "数据库-主机-01", "cache-01"]
    );
    let script = script.keys(" |");
    assert_eq!(shown(&script), before);
    let error = script.model.input.as_ref().unwrap().error.clone().unwrap();
    assert_eq!(error.column, 11);
    let script = script.keys("<esc>");
    assert_eq!(shown(&script).len(), 13);
}

#[test]
fn pasted_text_presses_no_key() {
    let script = Script::on(done()).send(Msg::Paste("q\nR\r".into()));
    assert!(script.effects.is_empty());
    let script = script.keys("/").send(Msg::Paste("we\u{1b}b\nq".into()));
    assert_eq!(script.model.list.filter.text, "web");
    assert!(script.effects.is_empty());
}

#[test]
fn marks_choose_what_is_read_again() {
    let script = Script::on(done()).keys("j j r");
    assert_eq!(
        script.effects,
        [Effect::Reread(vec![1, 2])],
        "db-prod-02 and cache-01, two below each other in the list but for one"
    );
    let script = Script::on(done()).keys("/web-prod<enter>R");
    assert_eq!(script.effects, [Effect::Reread(vec![0, 3, 4])]);
    let script = Script::on(fleet::mixed()).keys("rR");
    assert!(script.effects.is_empty(), "not while a sweep runs");
}

#[test]
fn a_host_that_fails_later_keeps_its_result_marked_old() {
    let script = Script::on(done());
    let header = script.model.fleet.hosts[0].header.clone();
    let script = script
        .event(FleetEvent::Started {
            at: NOW,
            hosts: Arc::new(vec![header.clone()]),
        })
        .event(FleetEvent::Entered {
            host: 0,
            stage: Stage::Kex,
            done: 0,
            total: 0,
        })
        .wait(3_000);
    let words = script.model.fleet.hosts[0].state_words();
    assert_eq!(words, ["running", "stale", "assessed"]);
    assert_eq!(script.model.fleet.hosts.len(), 13, "the others stay");
    let script = script
        .event(FleetEvent::Finished {
            host: 0,
            report: Arc::new(fleet::failed(&header, fleet::refused())),
        })
        .event(fleet::ended())
        .wait(3_000)
        .size(120, 36);
    let host = &script.model.fleet.hosts[0];
    assert!(host.result.is_some() && host.is_stale());
    script.snapshot("stale-120x36");
    script.keys("<enter>").snapshot("stale-host-120x36");
}

#[test]
fn events_of_a_smaller_sweep_reach_the_right_hosts() {
    let script = Script::on(done());
    let header = script.model.fleet.hosts[3].header.clone();
    let script = script
        .event(FleetEvent::Started {
            at: NOW,
            hosts: Arc::new(vec![header.clone()]),
        })
        .event(FleetEvent::Finished {
            host: 0,
            report: Arc::new(report(&header, HostState::Assessed, passes(3))),
        });
    let hosts = &script.model.fleet.hosts;
    assert!(hosts[3].result.as_ref().unwrap().is_clean());
    assert!(!hosts[0].result.as_ref().unwrap().is_clean());
}

#[test]
fn the_open_host_is_loaded_again_when_it_was_read_again() {
    let script = Script::on(done()).keys("<enter>");
    assert_eq!(script.effects, [Effect::OpenHost(0)]);
    assert!(script.model.report().is_some());
    let header = script.model.fleet.hosts[0].header.clone();
    let script = script.event(FleetEvent::Finished {
        host: 0,
        report: Arc::new(report(&header, HostState::Assessed, passes(5))),
    });
    assert_eq!(script.effects.len(), 2);
    assert!(
        script.text().contains("No findings: all 5"),
        "{}",
        script.text()
    );
}

#[test]
fn what_is_copied_is_harmless_and_says_where() {
    for key in ["y", "i", "j", "c", "h"] {
        let script = Script::on(done()).keys("jj<enter>y").keys(key);
        let Some(Effect::Copy(text)) = script.effects.last() else {
            panic!("{key} copied nothing");
        };
        assert!(!text.chars().any(char::is_control), "{text}");
        if key == "j" {
            let json: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(json["control"], "run-socket-mount");
        }
    }
    let script = Script::on(done()).keys("jjjjjjyc");
    let command = "ssh -v -J bastion-hk -- ops@edge-hk-01 docker version";
    assert_eq!(script.effects, [Effect::Copy(command.into())]);
}

#[test]
fn no_frame_holds_what_a_host_sent_raw() {
    for keys in [
        "",
        "jj<enter>",
        "jj<enter><enter>",
        "jj<enter>2",
        "jj<enter>!",
    ] {
        let buffer = Script::on(done()).size(200, 60).keys(keys).buffer();
        for cell in &buffer.content {
            let raw = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!cell.symbol().chars().any(raw), "{:?}", cell.symbol());
        }
    }
}

#[test]
fn rows_that_follow_are_folded_and_can_be_seen() {
    let script = Script::on(done()).size(120, 36).keys("<enter>");
    assert!(script.text().contains("daemon-tls-verify +1"));
    assert!(script.text().contains("1 finding follows"));
    let script = script.keys("!");
    assert!(script.text().contains("   host-api-listener"));
}

#[test]
fn each_key_means_one_thing_in_each_place() {
    let forbidden = [
        Key::Ctrl('a'),
        Key::Ctrl('b'),
        Key::Ctrl('s'),
        Key::Ctrl('q'),
        Key::Ctrl('h'),
        Key::Ctrl('i'),
        Key::Ctrl('m'),
        Key::Delete,
        Key::Backspace,
    ];
    let keymap = Keymap::default();
    for context in Context::ALL {
        let mut seen = Vec::new();
        for (keys, action) in keymap.bindings(context) {
            for key in keys {
                assert!(!seen.contains(key), "{key} twice in {context:?}");
                assert!(!forbidden.contains(key), "{key} in {context:?}");
                assert_eq!(key.to_string().parse(), Ok(*key));
                assert_eq!(keymap.action(context, *key), Some(action));
                seen.push(*key);
            }
        }
        for offer in offered(context) {
            let keys = keymap.keys(context, *offer);
            assert!(!keys.is_empty(), "{offer:?} has no key in {context:?}");
        }
    }
}

#[test]
fn the_footer_offers_only_what_works_and_always_help() {
    let script = Script::on(fleet::mixed()).size(80, 24);
    let footer = |script: &Script| script.text().lines().last().unwrap().to_owned();
    assert!(
        !footer(&script).contains("re-read"),
        "not while a sweep runs"
    );
    let script = script.event(fleet::ended());
    assert!(footer(&script).contains("r re-read"));
    for (width, height) in super::SIZES {
        for keys in ["", "<enter>", "<enter><enter>"] {
            let script = Script::on(done()).size(width, height).keys(keys);
            let text = footer(&script);
            assert!(text.contains("? help") && text.contains("q quit"), "{text}");
        }
    }
}

#[test]
fn every_control_of_the_catalogue_is_explained_at_every_width() {
    let script = Script::on(Vec::new());
    for control in plimsoll::controls::all() {
        let explained = Explained {
            id: control.id,
            control: Some(control),
            text: Text::default(),
        };
        for columns in [18, 38, 78, 118] {
            let lines = pane::explain::lines(&script.model, &explained, columns);
            let widest = lines.iter().map(Line::width).max().unwrap();
            assert!(widest <= columns, "{} at {columns}: {widest}", control.id);
            let text: String = lines.iter().map(|line| line.text() + " ").collect();
            assert!(text.contains(control.id) || columns < 78);
        }
    }
}

/// The list is filled twice: with what the fleet's model keeps, then with the whole report, passes included.
#[test]
fn the_cursor_stays_at_the_top_when_the_whole_report_comes() {
    let script = Script::on(fleet::mixed()).keys("<enter>");
    let Screen::Host(screen) = &script.model.screen else {
        panic!("no host is open");
    };
    assert!(screen.tab_list(Tab::Findings).items.len() > 1);
    assert_eq!(screen.tab_list(Tab::Findings).cursor.at, 0);
}
