//! The simulated fleet in place of a real one; everything above the byte streams is the same.

use std::path::Path;
use std::sync::Arc;

use super::environment::{self, Environment};
use super::error::Error;
use super::fleet::{self, Choice, Fleet, Source};
use super::repair;
use crate::simulate::demo;
use crate::sweep::Clock;
use crate::transport::Dial;

/// The demo's fleet, selected and adjusted by what the command line says.
pub fn load(choice: &Choice, environment: &Environment) -> Result<Fleet, Error> {
    let inventory = fleet::parse(
        demo::INVENTORY,
        "demo inventory",
        Path::new("/demo"),
        environment,
    )?;
    fleet::select(inventory, choice, Source::Demo, environment)
}

/// The environment with a journal of the demo's own, which begins anew each time, as its hosts do.
pub fn own(environment: &Environment) -> Result<Environment, Error> {
    let state = environment.state.as_ref().map(|state| state.join("demo"));
    if let Some(folder) = &state {
        repair::forget(folder)?;
    }
    Ok(Environment {
        state,
        ..environment.clone()
    })
}

/// Ways to the demo's hosts.
pub fn dialer() -> Result<Arc<dyn Dial>, Error> {
    let simulator = demo::simulator()
        .map_err(|e| Error::internal("the demo's own data is broken").source(e))?;
    Ok(Arc::new(simulator))
}

/// A clock that starts when the recordings were made and goes on as this machine's does.
pub fn clock() -> Result<Clock, Error> {
    let then = demo::recorded_at()
        .map_err(|e| Error::internal("the demo's own data is broken").source(e))?;
    let start = environment::now();
    Ok(Arc::new(move || then + (environment::now() - start)))
}
