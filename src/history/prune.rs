//! What is forgotten: by age, and where the file grows too large, the oldest first.

use rusqlite::{Transaction, TransactionBehavior, params};

use super::{Broken, History};

/// Rounds in which a file that is too large is made smaller; each forgets a quarter of the sweeps.
const ROUNDS: usize = 8;

impl History {
    /// Forgets what ended before `oldest`, and as much more as it takes to hold at most `most` bytes. What is the case
    /// now is never forgotten, unless its host was not read since `oldest`.
    pub fn prune(&mut self, oldest: i64, most: u64) -> Result<(), Broken> {
        self.forget(oldest)?;
        for _ in 0..ROUNDS {
            if self.bytes()? <= most {
                break;
            }
            let quarter: Option<i64> = self.db.query_row(
                "SELECT max(finished) FROM
                     (SELECT finished FROM sweep ORDER BY finished LIMIT (SELECT (count(*) + 3) / 4 FROM sweep))",
                [],
                |row| row.get(0),
            )?;
            let Some(quarter) = quarter else { break };
            self.forget(quarter.saturating_add(1))?;
        }
        Ok(())
    }

    /// Bytes of the database without what is free in it.
    pub fn bytes(&self) -> Result<u64, Broken> {
        let pragma = |name: &str| -> rusqlite::Result<i64> {
            self.db.pragma_query_value(None, name, |row| row.get(0))
        };
        let pages = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
        Ok(u64::try_from(pages.saturating_mul(pragma("page_size")?)).unwrap_or_default())
    }

    fn forget(&mut self, oldest: i64) -> Result<(), Broken> {
        let step = (self.db).transaction_with_behavior(TransactionBehavior::Immediate)?;
        forgotten(&step, oldest)?;
        step.commit()?;
        self.db.execute_batch("PRAGMA incremental_vacuum")?;
        Ok(())
    }
}

fn forgotten(step: &Transaction<'_>, oldest: i64) -> rusqlite::Result<()> {
    for query in [
        "DELETE FROM sweep WHERE finished < ?1",
        "DELETE FROM change WHERE finished < ?1",
        "DELETE FROM row WHERE gone < ?1",
        "DELETE FROM row WHERE host IN (SELECT name FROM host WHERE finished < ?1)",
        "DELETE FROM host WHERE finished < ?1",
    ] {
        step.execute(query, params![oldest])?;
    }
    Ok(())
}
