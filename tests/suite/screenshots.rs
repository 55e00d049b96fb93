//! The pictures under `screenshots/`: drawn from the demo's fleet by `tests/screenshots`, compared exactly by the test.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll::app::environment::Environment;
use plimsoll::app::fleet::Choice;
use plimsoll::app::{demo, run};
use plimsoll::domain::event::FleetEvent;
use plimsoll::simulate::demo::recorded_at;
use plimsoll::sweep::Clock;
use plimsoll::tui::glyph::Glyphs;
use plimsoll::tui::model::Setup;
use plimsoll::tui::svg::{self, Ground};
use tokio_util::sync::CancellationToken;

use crate::screens::script::{Script, setup, themes};

/// Everything that a sweep of the demo's fleet tells. Time is virtual, so that it is the same every time.
pub(crate) fn played() -> Vec<FleetEvent> {
    let state = tempfile::tempdir().unwrap();
    let key = state.path().join("fingerprint.key");
    fs::write(&key, [7; 32]).unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut environment = Environment::read();
    environment.state = Some(state.path().to_path_buf());
    environment.home = Some(PathBuf::from("/home/ops"));
    environment.user = Some("ops".to_owned());
    let choice = Choice::default();
    let fleet = demo::load(&choice, &environment).unwrap();
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(async {
            let began = tokio::time::Instant::now();
            let then = recorded_at().unwrap();
            let clock: Clock =
                Arc::new(move || then + i64::try_from(began.elapsed().as_millis()).unwrap());
            let sweep = run::sweep(
                &fleet,
                &choice,
                &environment,
                run::Ways::silent(demo::dialer().unwrap()),
                clock,
                true,
            )
            .unwrap();
            let mut heard = run::headless(sweep, Vec::new(), CancellationToken::new());
            let mut events = Vec::new();
            while let Some(event) = heard.recv().await {
                events.push(event);
            }
            events
        })
}

/// A dashboard in the theme at `theme` that has heard `events`, a whole sweep of the demo's fleet.
fn dashboard(events: &[FleetEvent], theme: usize) -> Script {
    let setup = Setup {
        scope: "demo".to_owned(),
        lookup: plimsoll::controls::by_id,
        theme,
        ..setup(Glyphs::UNICODE)
    };
    let then = recorded_at().unwrap();
    Script::between(events.to_vec(), setup, then, then + 12_000).wait(5_000)
}

/// The theme of all pictures but those of themes.
const DARK: usize = 1;

/// Name, title and the way to each picture.
const PICTURES: [(&str, &str, &str, (u16, u16)); 7] = [
    ("fleet", "The fleet", "", (120, 36)),
    ("fleet-80x24", "The fleet in 80 columns", "", (80, 24)),
    (
        "host-findings",
        "Findings of a host with their evidence",
        "/legacy-erp<enter><enter>",
        (120, 36),
    ),
    (
        "host-containers",
        "Containers of a host",
        "/legacy-erp<enter><enter>2",
        (120, 36),
    ),
    (
        "host-daemon",
        "Settings of a daemon",
        "/legacy-erp<enter><enter>3",
        (120, 36),
    ),
    (
        "host-permissions",
        "Owners and modes on a host",
        "/legacy-erp<enter><enter>4",
        (120, 36),
    ),
    (
        "host-failed",
        "A host that could not be reached",
        "/edge-hk-02<enter><enter>",
        (120, 36),
    ),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots")
}

/// Draws a picture, or names it in `old` where its file shows something else.
fn compare(name: &str, title: &str, script: &Script, ground: Ground, old: &mut Vec<String>) {
    let picture = svg::export(&script.buffer(), ground, title);
    let path = folder().join(format!("{name}.svg"));
    if std::env::var("PLIMSOLL_DRAW").is_ok() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&path, picture).unwrap();
    } else if fs::read_to_string(&path).ok() != Some(picture) {
        old.push(name.to_owned());
    }
}

#[test]
fn pictures_show_the_program_of_today() {
    let events = played();
    let mut old = Vec::new();
    for (name, title, keys, (width, height)) in PICTURES {
        let script = dashboard(&events, DARK)
            .size(width, height)
            .keys(keys)
            .wait(5_000);
        compare(name, title, &script, Ground::DARK, &mut old);
    }
    for (index, theme) in themes().iter().enumerate() {
        let script = dashboard(&events, index).size(80, 24).wait(5_000);
        let name = format!("theme-{}", theme.name);
        let title = format!("The theme {}", theme.name);
        compare(&name, &title, &script, Ground::DARK, &mut old);
    }
    assert!(old.is_empty(), "run tests/screenshots and look at {old:?}");
}
