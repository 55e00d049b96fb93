//! The dashboard at 10,000 hosts: from a key or an event to a drawn frame.

use std::hint::black_box;
use std::sync::Arc;

use criterion::Criterion;
use plimsoll::controls;
use plimsoll::domain::event::{FleetEvent, HostReport};
use plimsoll::domain::outcome::Outcome;
use plimsoll::tui::glyph::Glyphs;
use plimsoll::tui::key::Key;
use plimsoll::tui::keymap::Keymap;
use plimsoll::tui::model::{Model, Setup};
use plimsoll::tui::msg::Msg;
use plimsoll::tui::theme::Theme;
use plimsoll::tui::update::update;
use plimsoll::tui::view;
use plimsoll::tui::views::Views;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::fleet::Reading;

/// Hosts of the fleet.
const HOSTS: usize = 10_000;
/// Rows kept of each: 200,000 altogether.
const ROWS: usize = 20;
/// A usual terminal.
const SIZE: (u16, u16) = (120, 36);

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dashboard, 10,000 hosts");
    let reading = Reading::new(10);
    let events = events(&reading.reports(), reading.now);
    let theme = Theme::built_in().expect("themes").remove(0);
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    let mut model = told(&events, reading.now);
    let mut now = reading.now;
    group.bench_function("a key and its frame", |b| {
        b.iter(|| {
            update(&mut model, Msg::Key(Key::Down));
            view::paint(&model, &theme, &mut buffer);
        });
    });
    let finished = events.get(1).expect("a finished host");
    group.bench_function("a host finishes, a tick and its frame", |b| {
        b.iter(|| {
            now += 100;
            update(&mut model, Msg::Fleet(finished.clone()));
            update(&mut model, Msg::Tick(now));
            view::paint(&model, &theme, &mut buffer);
        });
    });
    group.bench_function("a filter is typed, six keys and frames", |b| {
        b.iter(|| {
            for key in "/9-42<".chars() {
                let key = if key == '<' { Key::Esc } else { Key::Char(key) };
                update(&mut model, Msg::Key(key));
                view::paint(&model, &theme, &mut buffer);
            }
        });
    });
    group.bench_function("all events of a sweep", |b| {
        b.iter(|| black_box(told(&events, reading.now)));
    });
    group.finish();
}

/// A dashboard that heard `events`.
fn told(events: &[FleetEvent], now: i64) -> Model {
    let setup = Setup {
        scope: "bench".into(),
        read_only: true,
        glyphs: Glyphs::UNICODE,
        themes: vec!["default".into()],
        theme: 0,
        utc_offset_s: 0,
        lookup: controls::by_id,
        catalogue: || controls::all().collect(),
        filter: None,
        keymap: Keymap::default(),
        waivers: Vec::new(),
        mouse: false,
        refresh: None,
        views: Views::default(),
    };
    let mut model = Model::new(setup, SIZE, now);
    for event in events {
        update(&mut model, Msg::Fleet(event.clone()));
    }
    update(&mut model, Msg::Tick(now + 1000));
    model
}

/// A sweep of ten thousand hosts, each with the worst rows of one of `reports`.
fn events(reports: &[Arc<HostReport>], now: i64) -> Vec<FleetEvent> {
    let reports: Vec<HostReport> = reports.iter().map(|report| shortened(report)).collect();
    let all: Vec<Arc<HostReport>> = reports
        .iter()
        .cycle()
        .take(HOSTS)
        .enumerate()
        .map(|(number, report)| {
            let mut report = report.clone();
            report.header.name = format!("web-{number}");
            Arc::new(report)
        })
        .collect();
    let hosts = all.iter().map(|report| report.header.clone()).collect();
    let mut events = vec![FleetEvent::Started {
        at: now,
        hosts: Arc::new(hosts),
    }];
    let finished = all.into_iter().enumerate();
    events.extend(finished.map(|(host, report)| FleetEvent::Finished { host, report }));
    events
}

fn shortened(report: &HostReport) -> HostReport {
    let mut report = report.clone();
    report.evidence = None;
    report
        .results
        .sort_by_key(|row| row.outcome != Outcome::Fail);
    report.results.truncate(ROWS);
    report
}
