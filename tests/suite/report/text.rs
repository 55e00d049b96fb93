//! Text and progress: golden files, width, filter, colour.

use std::sync::Arc;

use plimsoll::domain::event::{FleetEvent, HostState};
use plimsoll::domain::filter::Filter;
use plimsoll::domain::host::Transport;
use plimsoll::report::progress::Manner;
use plimsoll::report::style::{Palette, Style};
use plimsoll::report::text::{GroupBy, Layout};

use super::{progress_of, text_of};
use crate::support::fleet;

#[test]
fn text_by_host() {
    insta::assert_snapshot!(text_of(&fleet::events(), Layout::default()));
}

#[test]
fn text_by_control() {
    let layout = Layout {
        group_by: GroupBy::Control,
        ..Layout::default()
    };
    insta::assert_snapshot!(text_of(&fleet::events(), layout));
}

#[test]
fn text_by_requirement_and_owner() {
    for (name, group_by) in [
        ("text_by_practice", GroupBy::Practice),
        ("text_by_framework", GroupBy::Framework),
        ("text_by_owner", GroupBy::Owner),
    ] {
        let layout = Layout {
            group_by,
            ..Layout::default()
        };
        insta::assert_snapshot!(name, text_of(&fleet::events(), layout));
    }
}

#[test]
fn text_in_full_and_narrow() {
    let layout = Layout {
        style: Style::new(50, true, Palette::PLAIN),
        detail: 2,
        ..Layout::default()
    };
    insta::assert_snapshot!(text_of(&fleet::events(), layout));
}

#[test]
fn text_keeps_to_its_width() {
    for width in [40, 60, 80, 120] {
        for group_by in [
            GroupBy::Host,
            GroupBy::Control,
            GroupBy::Practice,
            GroupBy::Framework,
            GroupBy::Owner,
        ] {
            let layout = Layout {
                style: Style::new(width, false, Palette::PLAIN),
                group_by,
                ..Layout::default()
            };
            for line in text_of(&fleet::events(), layout).lines() {
                assert!(line.len() <= width, "wider than {width}: {line}");
            }
        }
    }
}

#[test]
fn text_shows_what_the_filter_lets_through() {
    let text = |filter: &str| {
        let layout = Layout {
            filter: Filter::parse(filter).unwrap(),
            ..Layout::default()
        };
        text_of(&fleet::events(), layout)
    };
    let critical = text("sev>=critical");
    assert!(critical.contains("run-privileged"));
    assert!(!critical.contains("daemon-icc:"), "{critical}");
    assert!(
        critical.contains("5 hosts hidden by the filter"),
        "{critical}"
    );
    let one = text("host:web-02");
    assert!(one.contains("no findings: 3 rows passed"), "{one}");
    assert!(!one.contains("run-privileged"), "{one}");
    let failed = text("err:timeout");
    assert!(failed.contains("edge-[01-02]"), "{failed}");
    assert!(!failed.contains("db-01"), "{failed}");
    // Totals never depend on what is shown.
    let totals = |text: &str| text.split_once("\nsummary").unwrap().1.to_owned();
    assert_eq!(totals(&critical), totals(&one));
}

#[test]
fn many_subjects_are_counted_and_long_lines_are_never_cut() {
    let header = fleet::header("web-01", "prod", Transport::Ssh);
    let rows: Vec<_> = (0..40)
        .map(|n| {
            let name = format!("{n:02}-{}", "x".repeat(30));
            fleet::fail("run-privileged", fleet::container(&name), "is", "should")
        })
        .collect();
    let events = [
        FleetEvent::Started {
            at: fleet::START,
            hosts: Arc::new(vec![header.clone()]),
        },
        FleetEvent::Finished {
            host: 0,
            report: Arc::new(fleet::read(&header, HostState::Assessed, rows)),
        },
        FleetEvent::Ended {
            at: fleet::START,
            fleet: Arc::default(),
            cancelled: false,
        },
    ];
    let text = |detail| {
        let layout = Layout {
            detail,
            ..Layout::default()
        };
        text_of(&events, layout)
    };
    let short = text(0);
    assert!(short.contains("11-x") && !short.contains("12-x"), "{short}");
    assert!(short.contains("and 28 more: is; wanted: should"), "{short}");
    let long = text(1);
    assert!(
        long.contains("39-x") && long.contains("wanted: should"),
        "{long}"
    );
}

#[test]
fn colour_changes_nothing_but_colour() {
    let coloured = text_of(
        &fleet::events(),
        Layout {
            style: Style::new(80, false, Palette::COLOUR),
            ..Layout::default()
        },
    );
    assert!(coloured.contains("\u{1b}[1;7;31m"));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, text_of(&fleet::events(), Layout::default()));
}

#[test]
fn progress_in_every_manner() {
    insta::assert_snapshot!(
        "progress_plain",
        progress_of(&fleet::events(), Manner::Plain)
    );
    insta::assert_snapshot!("progress_json", progress_of(&fleet::events(), Manner::Json));
    let line = progress_of(&fleet::events(), Manner::Line);
    insta::assert_snapshot!(
        "progress_line",
        line.replace('\r', "<CR>\n").replace('\u{1b}', "<ESC>")
    );
}
