//! `plimsoll history`: sweeps, hosts and findings over time. Nothing is contacted.

use std::path::Path;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::args::Common;
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::history::Chronicle;
use crate::domain::text::clean_whole;
use crate::history::{Finding, History, Moved, Swept, Visit};

/// Arguments of `history`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll history\n  plimsoll history 'web-*' --last 5\n  plimsoll history --findings --format json\n  \
                  plimsoll history db-01 --changes\n\nExit codes: 0, and with --check 1 where something is wrong with it"
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct HistoryArgs {
    /// Sweeps of the hosts whose names fit this glob, instead of whole sweeps
    #[arg(value_name = "HOST")]
    pub host: Option<String>,

    /// Open findings, the oldest first: since when, and when they changed last
    #[arg(long, group = "what")]
    pub findings: bool,

    /// What changed from sweep to sweep, newest first
    #[arg(long, group = "what")]
    pub changes: bool,

    /// Check that the history is whole and that each record can be read
    #[arg(long, group = "what", conflicts_with = "host")]
    pub check: bool,

    /// Make the history again from the saved sweeps
    #[arg(long, group = "what", conflicts_with = "host")]
    pub rebuild: bool,

    /// How many lines at most, the newest sweeps and changes first
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub last: u32,

    /// Look at the history of the simulated fleet
    #[arg(long)]
    pub demo: bool,

    /// How it is told
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: HistoryFormat,
}

/// How the history is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// A table
    Text,
    /// One object (plimsoll.history/1)
    Json,
}

/// What is told: the member's name, and each entry as a line and as an object.
struct Told {
    name: &'static str,
    entries: Vec<(Vec<String>, Value)>,
    wrong: bool,
}

/// Tells what is remembered.
pub(super) fn run(
    args: &HistoryArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let state = environment.state.as_deref().ok_or_else(|| {
        Error::usage("there is no state folder, and no history without one")
            .hint("set PLIMSOLL_STATE to a folder that you own")
    })?;
    let state = if args.demo {
        state.join("demo")
    } else {
        state.to_path_buf()
    };
    let told = told(args, &state)?;
    let text = match args.format {
        HistoryFormat::Text => {
            let style = out::terminal().style(common, environment);
            let lines: Vec<Vec<String>> = (told.entries.iter())
                .map(|(line, _)| line.iter().map(|cell| style.clean(cell)).collect())
                .collect();
            table(&lines)
        }
        HistoryFormat::Json => {
            let entries: Vec<&Value> = told.entries.iter().map(|(_, object)| object).collect();
            format!(
                "{}\n",
                json!({"schema": "plimsoll.history/1", told.name: entries})
            )
        }
    };
    out::print(&text).map_err(unwritable("the history"))?;
    if told.entries.is_empty() {
        out::complain(match told.name {
            "wrong" => "plimsoll: the history is whole, and every record can be read",
            "changes" => "plimsoll: nothing has changed between sweeps that were saved",
            _ => "plimsoll: no sweep of this was saved yet",
        });
    }
    Ok(u8::from(told.wrong))
}

fn told(args: &HistoryArgs, state: &Path) -> Result<Told, Error> {
    let chronicle = Chronicle::of(state);
    if args.rebuild {
        let (history, aside) = chronicle.rebuild()?;
        if let Some(aside) = aside {
            out::complain(format_args!("plimsoll: the old one is {}", aside.display()));
        }
        return sweeps(&history, args.last);
    }
    let history = chronicle.open()?;
    if args.check {
        return checked(&history, state);
    }
    let hosts = args.host.as_deref().unwrap_or("*");
    let (name, entries) = if args.findings {
        let found = history.findings(hosts, args.last)?;
        ("findings", found.iter().map(finding).collect())
    } else if args.changes {
        let found = history.changes(hosts, args.last)?;
        ("changes", found.iter().map(moved).collect())
    } else if args.host.is_some() {
        let found = history.visits(hosts, args.last)?;
        ("hosts", found.iter().map(visit).collect())
    } else {
        return sweeps(&history, args.last);
    };
    Ok(Told {
        name,
        entries,
        wrong: false,
    })
}

fn sweeps(history: &History, last: u32) -> Result<Told, Error> {
    let found = history.sweeps(last)?;
    Ok(Told {
        name: "sweeps",
        entries: found.iter().map(swept).collect(),
        wrong: false,
    })
}

fn checked(history: &History, state: &Path) -> Result<Told, Error> {
    let mut wrong = history.check()?;
    let records = crate::app::records::Records::of(state);
    for id in records.ids() {
        if let Err(e) = records.read(&id) {
            wrong.push(format!(
                "{e}: {}",
                std::error::Error::source(&e).map_or_else(String::new, ToString::to_string)
            ));
        }
    }
    Ok(Told {
        name: "wrong",
        wrong: !wrong.is_empty(),
        entries: wrong
            .into_iter()
            .map(|said| (vec![said.clone()], json!(clean_whole(&said))))
            .collect(),
    })
}

/// Columns as wide as their widest cell, the last one as it comes.
fn table(lines: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            let width = crate::domain::text::width(cell);
            match widths.get_mut(column) {
                Some(known) => *known = (*known).max(width),
                None => widths.push(width),
            }
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut out = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            out.push_str(cell);
            let missing = width.saturating_sub(crate::domain::text::width(cell));
            out.push_str(&" ".repeat(missing + 2));
        }
        text.push_str(out.trim_end());
        text.push('\n');
    }
    text
}

fn time(at: i64, format: &str) -> String {
    let time = Timestamp::from_millisecond(at).unwrap_or_default();
    time.strftime(format).to_string()
}

fn minute(at: i64) -> String {
    time(at, "%Y-%m-%d %H:%M")
}

fn stamp(at: i64) -> String {
    time(at, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

const WORDS: [&str; 5] = ["critical", "high", "medium", "low", "info"];

fn counts(findings: [u32; 5]) -> String {
    let parts: Vec<String> = (WORDS.iter().zip(findings))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() {
        "no findings".to_owned()
    } else {
        parts.join(", ")
    }
}

fn rated(score: Option<u8>, answered: u32, applicable: u32) -> String {
    let score = score.map_or_else(|| "-".to_owned(), |score| score.to_string());
    let coverage = (u64::from(answered) * 100).checked_div(applicable.into());
    let coverage = coverage.map_or_else(|| "-".to_owned(), |percent| format!("{percent}%"));
    format!("score {score}, coverage {coverage}")
}

fn object(findings: [u32; 5]) -> Value {
    (WORDS.iter().zip(findings))
        .map(|(word, count)| ((*word).to_owned(), json!(count)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn swept(one: &Swept) -> (Vec<String>, Value) {
    let line = vec![
        minute(one.finished),
        one.id.clone(),
        format!(
            "{} hosts: {} assessed, {} partial, {} failed",
            one.hosts, one.assessed, one.partial, one.failed
        ),
        rated(one.score, one.answered, one.applicable),
        counts(one.findings),
    ];
    let object = json!({
        "id": one.id, "started": stamp(one.started), "finished": stamp(one.finished),
        "hosts": {"total": one.hosts, "assessed": one.assessed, "partial": one.partial, "failed": one.failed},
        "findings": object(one.findings), "score": one.score, "answered": one.answered, "applicable": one.applicable,
    });
    (line, object)
}

fn visit(one: &Visit) -> (Vec<String>, Value) {
    let state = match &one.error {
        Some(error) => format!("{} ({error})", one.state),
        None => one.state.clone(),
    };
    let line = vec![
        minute(one.finished),
        one.host.clone(),
        state,
        rated(one.score, one.answered, one.applicable),
        counts(one.findings),
    ];
    let object = json!({
        "host": clean_whole(&one.host), "sweep": one.sweep, "finished": stamp(one.finished), "state": one.state,
        "error": one.error, "profile": clean_whole(&one.profile), "findings": object(one.findings), "score": one.score,
        "answered": one.answered, "applicable": one.applicable,
    });
    (line, object)
}

/// Whom a row belongs to, for people.
fn place(host: &str) -> String {
    if host.is_empty() {
        "(fleet)".to_owned()
    } else {
        host.to_owned()
    }
}

fn finding(one: &Finding) -> (Vec<String>, Value) {
    let line = vec![
        format!("since {}", minute(one.first_seen)),
        format!("changed {}", minute(one.changed)),
        one.severity.clone(),
        place(&one.host),
        one.control.clone(),
        format!("{}: {}", one.subject, one.observed),
    ];
    let object = json!({
        "host": clean_whole(&one.host), "id": clean_whole(&one.id), "control": one.control,
        "subject": clean_whole(&one.subject), "severity": one.severity, "observed": clean_whole(&one.observed),
        "first_seen": stamp(one.first_seen), "changed": stamp(one.changed),
    });
    (line, object)
}

fn moved(one: &Moved) -> (Vec<String>, Value) {
    let said = |outcome: &Option<String>| outcome.as_deref().unwrap_or("-").replace('_', " ");
    let line = vec![
        minute(one.finished),
        format!("{} -> {}", said(&one.before), said(&one.after)),
        one.severity.clone(),
        place(&one.host),
        one.control.clone(),
        one.subject.clone(),
    ];
    let object = json!({
        "host": clean_whole(&one.host), "sweep": one.sweep, "finished": stamp(one.finished),
        "id": clean_whole(&one.id), "control": one.control, "subject": clean_whole(&one.subject),
        "before": one.before, "after": one.after, "severity": one.severity,
    });
    (line, object)
}
