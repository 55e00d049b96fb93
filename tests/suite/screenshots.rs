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
use tokio_util::sync::CancellationToken;

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
            let clock: Clock = Arc::new(move || {
                then + i64::try_from(began.elapsed().as_millis()).unwrap()
            });
            let sweep = run::sweep(
                &fleet,
                &choice,
                &environment,
                demo::dialer().unwrap(),
                clock,
                true,
            )
            .unwrap();
            let mut heard = run::headless(sweep, CancellationToken::new());
            let mut events = Vec::new();
            while let Some(event) = heard.recv().await {
                events.push(event);
            }
            events
        })
}
