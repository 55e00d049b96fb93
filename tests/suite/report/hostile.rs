//! What a hostile host sends is harmless in every format.

use std::sync::Arc;

use plimsoll::domain::event::{FleetEvent, HostState};
use plimsoll::domain::failure::{Failure, FailureClass, Stage};
use plimsoll::domain::gap::Gap;
use plimsoll::domain::host::Transport;
use plimsoll::domain::outcome::Outcome;
use plimsoll::domain::waiver::WaiverNote;
use plimsoll::report::progress::Manner;
use plimsoll::report::style::{Palette, Style};
use plimsoll::report::text::{GroupBy, Layout};
use serde_json::Value;

use super::{FORMATS, json_of, ndjson_of, progress_of, text_of, written};
use crate::support::fleet::{self, START};

/// Text that a hostile host could send: colours, a title, C1 controls, line breaks, right-to-left, a formula.
const HOSTILE: &str = "=cmd();=cmd()<script>alert(1)</script>\" onclick=\"x' `|](javascript:x)]]>-->{}\\\u{ffff}\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J\u{85}\r\nline\u{2028}two\u{202e}cba\u{7f}\0\u{feff}";

/// No character that acts on a terminal, no line break but our own, no line that a spreadsheet would calculate.
fn harmless(what: &str, text: &str) {
    for c in text.chars() {
        let ours = c == '\n';
        assert!(ours || !c.is_control(), "{what} holds {c:?}");
        assert!(
            !"\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{feff}".contains(c),
            "{what} holds {c:?}"
        );
    }
    // The page's own style has lines that begin like formulas.
    let text = match text.split_once("</style>") {
        Some((_, behind)) => behind,
        None => text,
    };
    for line in text.lines() {
        assert!(
            !line.starts_with(['=', '+', '@', '\t']),
            "{what} has the line {line}"
        );
        assert!(!line.starts_with("line"), "{what} let a line break through");
    }
}

pub(super) fn hostile_events() -> Vec<FleetEvent> {
    let mut header = fleet::header("evil", "prod", Transport::Ssh);
    header.groups.push(HOSTILE.into());
    let mut subject = fleet::container("x");
    subject.id = HOSTILE.into();
    subject.name = HOSTILE.into();
    let mut rows = Vec::new();
    for outcome in Outcome::ALL {
        let mut row = fleet::fail("run-privileged", subject.clone(), HOSTILE, HOSTILE);
        row.outcome = outcome;
        if outcome == Outcome::NotChecked {
            row.gap = Some(Gap::protocol(HOSTILE));
        }
        if outcome == Outcome::Waived {
            row.waiver = Some(WaiverNote {
                owner: HOSTILE.into(),
                reason: HOSTILE.into(),
                expires: HOSTILE.into(),
            });
        }
        rows.push(row);
    }
    let failure = || Failure {
        class: FailureClass::Auth,
        stage: Stage::Authentication,
        message: HOSTILE.into(),
        hint: HOSTILE.into(),
        causes: vec![HOSTILE.into()],
    };
    let mut report = fleet::read(&header, HostState::Partial, rows.clone());
    report.error = Some(failure());
    report.machine_id = Some(HOSTILE.into());
    report.key = Some(HOSTILE.into());
    report.os = Some(HOSTILE.into());
    report.kernel = Some(HOSTILE.into());
    let engine = report.engine.as_mut().unwrap();
    engine.name = HOSTILE.into();
    engine.version = HOSTILE.into();
    engine.api = HOSTILE.into();
    let dead = fleet::dead(&header, failure());
    vec![
        FleetEvent::Started {
            at: START,
            hosts: Arc::new(vec![header.clone(), header]),
        },
        FleetEvent::Finished {
            host: 0,
            report: Arc::new(report),
        },
        FleetEvent::Finished {
            host: 1,
            report: Arc::new(dead),
        },
        FleetEvent::Ended {
            at: START,
            fleet: Arc::new(rows),
            cancelled: false,
        },
    ]
}

#[test]
fn hostile_text_is_harmless_in_every_format() {
    let events = hostile_events();
    let json = json_of(&events, false);
    harmless("json", &json);
    // Harmless not only as written, but also for a program that prints a string it read.
    let sweep: Value = serde_json::from_str(&json).unwrap();
    let name = sweep["hosts"][0]["results"][0]["subject"]["name"]
        .as_str()
        .unwrap();
    assert!(!name.chars().any(char::is_control), "{name:?}");
    assert!(
        name.contains("red") && name.contains("cba"),
        "still readable: {name}"
    );
    harmless("ndjson", &ndjson_of(&events));
    for format in FORMATS {
        harmless(format, &written(format, &events));
    }
    for group_by in [GroupBy::Host, GroupBy::Control] {
        let layout = Layout {
            group_by,
            detail: 2,
            ..Layout::default()
        };
        harmless("text", &text_of(&events, layout));
    }
    harmless("plain progress", &progress_of(&events, Manner::Plain));
    harmless("json progress", &progress_of(&events, Manner::Json));
}

#[test]
fn ascii_means_ascii() {
    let mut events = hostile_events();
    if let Some(FleetEvent::Finished { report, .. }) = events.get_mut(1) {
        Arc::make_mut(report).os = Some("Dëbian ☃".into());
    }
    let ascii = text_of(
        &events,
        Layout {
            style: Style::new(80, true, Palette::PLAIN),
            ..Layout::default()
        },
    );
    assert!(ascii.is_ascii());
    assert!(ascii.contains("D\\u{eb}bian"), "{ascii}");
}
