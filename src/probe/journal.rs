//! The sections `journal` and `profiles`: what the daemon complained about, and which AppArmor profiles are loaded.

use std::collections::BTreeMap;

use crate::domain::evidence::host::Journal;
use crate::domain::gap::{Gap, Known};
use crate::domain::text::{clean, fit};
use crate::redact::Redactor;

use super::frame::{Answer, needs_root};
use super::path::lines;

/// Columns of a message that are kept.
const KEPT: usize = 160;

/// Words of messages about logs that did not arrive.
const UNDELIVERED: &[&str] = &[
    "Failed to log msg",
    "failed to log message",
    "Error sending log message",
    "error while sending log",
    "logger: ",
    "fluentd: ",
    "gelf: ",
    "syslog: ",
    "splunk: ",
    "awslogs",
];

/// Errors of the daemon during the last day. Messages may quote what they are about, so only the newest are kept, and
/// without secrets.
pub(super) fn read(answer: &Answer, redactor: &Redactor) -> Known<Journal> {
    let section = answer.section("journal")?;
    match section.status {
        Some(4) => return Err(needs_root("the journal of the engine")),
        Some(5) => return Err(Gap::unsupported("the host keeps no journal")),
        _ => {}
    }
    // A day without errors ends with the status of a search that found nothing.
    let body = match section.status {
        Some(1) if section.body.is_empty() => &[],
        _ => section.whole("the journal of the engine")?,
    };
    let mut journal = Journal::default();
    for line in lines(body) {
        let shown = fit(&clean(&redactor.text(message(&line)).shown), KEPT);
        journal.errors += 1;
        if UNDELIVERED.iter().any(|words| line.contains(words)) {
            journal.undelivered += 1;
            journal.newest_undelivered.clone_from(&shown);
        }
        journal.newest = shown;
    }
    Ok(journal)
}

/// What the daemon wrote, without its time and level.
fn message(line: &str) -> &str {
    line.split_once("msg=").map_or(line, |(_, message)| message)
}

/// `docker-default (enforce)`
pub(super) fn profiles(answer: &Answer) -> Known<BTreeMap<String, String>> {
    let raw = answer.whole("profiles", "loaded AppArmor profiles")?;
    Ok(lines(raw)
        .iter()
        .filter_map(|line| {
            let (name, mode) = line.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
            Some((clean(name), clean(mode)))
        })
        .collect())
}
