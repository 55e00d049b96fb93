//! `plimsoll journal`: what was done by whom.

use super::repair_args::JournalArgs;
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::repair;
use crate::remedy::operation::Operation;

pub(super) fn run(args: &JournalArgs, environment: &Environment) -> Result<u8, Error> {
    let mut journal = repair::journal(environment)?;
    let (book, operations) = repair::book(&mut journal)?;
    let mut text = String::new();
    if args.json {
        for entry in &book.entries {
            let line = serde_json::to_string(entry)
                .map_err(|e| Error::internal("cannot write the journal").source(e))?;
            text.push_str(&line);
            text.push('\n');
        }
    } else {
        for operation in &operations {
            let running = journal.is_running(&operation.id);
            text.push_str(&described(operation, running));
        }
    }
    out::print(&text).map_err(unwritable("the journal"))?;
    if operations.is_empty() {
        out::complain("plimsoll: nothing was changed yet");
    }
    for line in &book.unread {
        out::complain(format_args!(
            "plimsoll: line {line} of the journal cannot be understood"
        ));
    }
    for line in &book.broken {
        out::complain(format_args!(
            "plimsoll: line {line} of the journal does not follow from the line before: somebody changed the file"
        ));
    }
    Ok(0)
}

fn described(operation: &Operation, running: bool) -> String {
    let mut line = format!("{}  {}  {}", operation.id, operation.began, operation.who);
    if let Some(undone) = &operation.undoes {
        line.push_str("  undoes ");
        line.push_str(undone);
    }
    if let Some(ticket) = &operation.ticket {
        line.push_str("  ticket ");
        line.push_str(ticket);
    }
    let mut lines = vec![line];
    for on in &operation.hosts {
        let how = match on.how {
            Some(how) => how.word(),
            None if running => "under way",
            None => "interrupted",
        };
        let standing = if on.stands() || operation.undoes.is_some() {
            ""
        } else {
            ", nothing of it stands"
        };
        let why = if on.why.is_empty() {
            String::new()
        } else {
            format!(": {}", on.why)
        };
        lines.push(format!("  {}  {how}{standing}{why}", on.host));
    }
    out::lines(&lines)
}
