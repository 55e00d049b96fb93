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
pub(super) struct Turns(Mutex<HashMap<(String, u16), Arc<Server>>>);

/// The turns of one server.
struct Server {
    turns: Arc<Semaphore>,
    /// How many there are; never none.
    width: Mutex<usize>,
}

/// The leave to log in to a server, until it is dropped.
pub(super) struct Turn {
    permit: OwnedSemaphorePermit,
    server: Arc<Server>,
}

impl Turns {
    /// Waits for a turn at `host`; none only if turns are no longer given.
    pub(super) async fn take(&self, host: &str, port: u16) -> Option<Turn> {
        let server = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(
                all.entry((host.to_ascii_lowercase(), port))
                    .or_insert_with(|| {
                        Arc::new(Server {
                            turns: Arc::new(Semaphore::new(AT_ONCE)),
                            width: Mutex::new(AT_ONCE),
                        })
                    }),
            )
        };
        let permit = Arc::clone(&server.turns).acquire_owned().await.ok()?;
        Some(Turn { permit, server })
    }
}

impl Turn {
    /// Gives the turn back for good, unless it is the last one: this server takes fewer logins at once than we thought.
    pub(super) fn narrow(self) {
        let mut width = self
            .server
            .width
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *width > 1 {
            *width -= 1;
            self.permit.forget();
        }
    }
}
