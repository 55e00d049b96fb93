//! Connections to jump hosts, one for all the hosts behind each.
//!
//! A jump host sees a single login however many hosts are read through it. The login runs in a task of its own, so
//! that a host which gives up does not take the others' way with it, and a refusal is remembered: servers lock out
//! an address that keeps trying.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::session::Session;
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::inventory::spec::SshTarget;

/// How long a refusal stands before a jump host is tried again.
const STANDS: Duration = Duration::from_secs(30);

type Told = Result<Arc<Session>, Failure>;

/// The connections, by the chain that leads to them.
#[derive(Default)]
pub(super) struct Pool {
    entries: Mutex<Vec<(Vec<SshTarget>, Entry)>>,
}

enum Entry {
    Connecting(Vec<oneshot::Sender<Told>>),
    /// Lives as long as some host uses it.
    Open(Weak<Session>),
    Failed(Failure, Instant),
}

impl Pool {
    /// The connection to the end of `chain`: an open one, or what `connect` gives to all who ask meanwhile. `owner`
    /// holds this pool.
    pub(super) async fn get<O>(
        &self,
        owner: &Arc<O>,
        chain: &[SshTarget],
        connect: impl Future<Output = Told> + Send + 'static,
    ) -> Told
    where
        O: AsRef<Self> + Send + Sync + 'static,
    {
        let (tell, told) = oneshot::channel();
        {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            match entries.iter_mut().find(|(key, _)| key == chain) {
                Some((_, Entry::Connecting(waiting))) => waiting.push(tell),
                Some((_, entry)) => {
                    match entry {
                        Entry::Open(session) => {
                            if let Some(session) = session.upgrade()
                                && !session.is_closed()
                            {
                                return Ok(session);
                            }
                        }
                        Entry::Failed(failure, since) if since.elapsed() < STANDS => {
                            return Err(failure.clone());
                        }
                        Entry::Failed(..) | Entry::Connecting(_) => {}
                    }
                    *entry = Entry::Connecting(vec![tell]);
                    spawn(Arc::clone(owner), chain.to_vec(), connect);
                }
                None => {
                    entries.push((chain.to_vec(), Entry::Connecting(vec![tell])));
                    spawn(Arc::clone(owner), chain.to_vec(), connect);
                }
            }
        }
        match told.await {
            Ok(told) => told,
            Err(error) => Err(Failure::new(
                FailureClass::Cancelled,
                Stage::Tcp,
                "the login to the jump host was stopped",
                "read the host again",
            )
            .caused_by(&error)),
        }
    }

    /// Lets the next one who asks try again at once.
    pub(super) fn forget_failures(&self) {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(_, entry)| !matches!(entry, Entry::Failed(..)));
    }

    fn settle(&self, chain: &[SshTarget], told: &Told) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, entry)) = entries.iter_mut().find(|(key, _)| key == chain) else {
            return;
        };
        let settled = match told {
            Ok(session) => Entry::Open(Arc::downgrade(session)),
            Err(failure) => Entry::Failed(failure.clone(), Instant::now()),
        };
        if let Entry::Connecting(waiting) = std::mem::replace(entry, settled) {
            for tell in waiting {
                if tell.send(told.clone()).is_err() {
                    // That host gave up in the meantime.
                }
            }
        }
    }
}

fn spawn<O>(
    owner: Arc<O>,
    chain: Vec<SshTarget>,
    connect: impl Future<Output = Told> + Send + 'static,
) where
    O: AsRef<Pool> + Send + Sync + 'static,
{
    tokio::spawn(async move {
        let told = connect.await;
        (*owner).as_ref().settle(&chain, &told);
    });
}
