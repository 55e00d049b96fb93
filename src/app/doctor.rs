//! Tries the selected hosts stage by stage, a few at a time.

use futures_util::stream::{self, StreamExt as _};

use super::environment::Environment;
use super::error::Error;
use super::fleet::Fleet;
use super::run::{self, Ways};
use super::state;
use crate::doctor;
use crate::domain::diagnosis::Diagnosis;

/// Hosts tried at once: each is looked at on its own, and its times should not be those of its neighbours.
const AT_ONCE: usize = 4;

/// What stands between us and each selected host, in the order of the inventory.
pub fn examine(
    fleet: &Fleet,
    environment: &Environment,
    ways: &Ways,
) -> Result<Vec<Diagnosis>, Error> {
    let redactor = state::redactor(environment.state.as_deref())?;
    let clock = run::clock();
    let needs = run::needs();
    let hosts = fleet.hosts();
    let examined = async {
        stream::iter(hosts)
            .map(|spec| doctor::examine(spec, &*ways.dialer, &redactor, &needs, &*clock))
            .buffered(AT_ONCE)
            .collect()
            .await
    };
    Ok(run::runtime()?.block_on(examined))
}
