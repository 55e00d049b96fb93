//! Turns at logging in to one and the same SSH server.
//!
//! sshd counts connections that have not logged in yet and drops further ones at random from the eleventh on
//! (`MaxStartups`). Several entries of an inventory may stand for one server, so the count is kept per server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Logins at once; two of the ten are left to others.
const AT_ONCE: usize = 8;

/// The turns of all servers.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<(String, u16), Arc<Semaphore>>>);

impl Turns {
    /// Waits for a turn at `host`, held until what is returned is dropped; none only if turns are no longer given.
    pub(super) async fn take(&self, host: &str, port: u16) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(
                all.entry((host.to_ascii_lowercase(), port))
                    .or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))),
            )
        };
        turns.acquire_owned().await.ok()
    }
}
