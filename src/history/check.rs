//! Whether the history is whole.

use super::{Broken, History};

impl History {
    /// What is wrong with it, in words; nothing where it is whole.
    pub fn check(&self) -> Result<Vec<String>, Broken> {
        let mut wrong = Vec::new();
        let mut asking = self.db.prepare("PRAGMA integrity_check")?;
        for said in asking.query_map([], |row| row.get::<_, String>(0))? {
            let said = said?;
            if said != "ok" {
                wrong.push(format!("integrity: {said}"));
            }
        }
        let mut asking = self.db.prepare("PRAGMA foreign_key_check")?;
        for table in asking.query_map([], |row| row.get::<_, String>(0))? {
            wrong.push(format!("a row of {} belongs to no sweep", table?));
        }
        let mut asking = self.db.prepare(
            "SELECT id, hosts, (SELECT count(*) FROM visit WHERE sweep = sweep.id) AS visits FROM sweep
             WHERE visits <> hosts OR hosts <> assessed + partial + failed",
        )?;
        let halves = asking.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
            ))
        })?;
        for half in halves {
            let (id, hosts, visits) = half?;
            wrong.push(format!("the sweep {id} has {visits} of its {hosts} hosts"));
        }
        Ok(wrong)
    }
}
