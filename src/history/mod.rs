//! What became of hosts and findings over time: a database of our own beside the records, made from them.
//!
//! A record is the truth, and the database can be made again from records. A sweep is written in one transaction, after
//! its record was synced: nobody ever reads half of one, and what is listed can be opened. Several processes may use the
//! file at once. Start with [`History::open`]; [`add`](History::add) is the one way in.

mod add;
mod check;
mod look;
mod past;
mod prune;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

pub use look::{Finding, Moved, Swept, Visit};

/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What made each version of the tables from the one before; never changed, only added to.
const MIGRATIONS: &[&str] = &[include_str!("001.sql")];

/// The history of a fleet.
#[derive(Debug)]
pub struct History {
    db: Connection,
}

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The file is no database, or a damaged one: it can be made again from the records.
    #[error("the history is damaged")]
    Damaged(#[source] rusqlite::Error),
    /// A newer program made its tables.
    #[error("the history was written by a newer plimsoll (version {0} of its tables, this one knows {known})", known = MIGRATIONS.len())]
    Newer(i64),
    /// Anything else that the database says.
    #[error("the history cannot be used")]
    Other(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for Broken {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(e),
            _ => Self::Other(e),
        }
    }
}

impl History {
    /// Opens the database at `path`, makes it where there is none, and brings its tables up to date. Whoever calls holds
    /// the lock of its folder; the file exists already where it must not be readable by others.
    pub fn open(path: &Path) -> Result<Self, Broken> {
        let mut db = Connection::open(path)?;
        db.busy_timeout(PATIENCE)?;
        // Has to be said before the first table is made: space of what is removed is given back.
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        // What was committed survives a loss of power, as the records do.
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        migrate(&mut db)?;
        Ok(Self { db })
    }
}

fn migrate(db: &mut Connection) -> Result<(), Broken> {
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = step.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = usize::try_from(version).map_err(|_negative| Broken::Newer(version))?;
    let missing = MIGRATIONS.get(known..).ok_or(Broken::Newer(version))?;
    for migration in missing {
        step.execute_batch(migration)?;
    }
    step.pragma_update(None, "user_version", count(MIGRATIONS.len()))?;
    step.commit()?;
    Ok(())
}

/// A number as the database holds it.
fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
