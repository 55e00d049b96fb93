//! `plimsoll report`, `diff` and `replay`: what is done with saved sweeps. Nothing is contacted.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::args::{Common, ProgressArg, SweepArgs};
use super::assess::{self, VerifyArgs};
use super::dashboard;
use super::sweep::{Reading, saved};
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::{replay as player, run};
use crate::domain::outcome::ControlResult;
use crate::domain::text::clean_whole;
use crate::record::diff::{self, Change, Changed};
use crate::report::catalogue::Catalogue;

/// What `RECORD` may be, for the help.
const NAMES: &str = "\
A record is a file (a record, or the JSON or NDJSON of a report), last, last-1
and so on, a day such as 2026-11-23 (its last sweep), or an id or its beginning.";

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = format!("Examples:\n  plimsoll report last --format html=report.html\n  plimsoll report 2026-11-23 --group-by control\n\n{NAMES}")
)]
pub struct ReportArgs {
    /// What is done instead.
    #[command(subcommand)]
    pub command: Option<ReportCommand>,
    /// The saved sweep
    #[arg(value_name = "RECORD", default_value = "last")]
    pub record: String,
    /// How it is reported.
    #[command(flatten)]
    pub report: SweepArgs,
}

/// What `report` does besides reporting.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Verify saved evidence: its chain, its hashes, its signature
    Verify(VerifyArgs),
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = format!("Example:\n  plimsoll replay last\n\n{NAMES}"))]
pub struct ReplayArgs {
    /// The saved sweep
    #[arg(value_name = "RECORD", default_value = "last")]
    pub record: String,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(
    after_help = format!("Examples:\n  plimsoll diff\n  plimsoll diff 2026-11-01 last --format json\n\nExit codes: 0 the same, 1 different.\n\n{NAMES}")
)]
pub struct DiffArgs {
    /// The earlier sweep
    #[arg(value_name = "BEFORE", default_value = "last-1")]
    pub before: String,
    /// The later sweep
    #[arg(value_name = "AFTER", default_value = "last")]
    pub after: String,
    /// How the changes are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DiffFormat,
}

/// How changes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// A line for each change
    Text,
    /// One document
    Json,
}

/// Writes a saved sweep in another format; gives the exit code that its sweep would have.
pub(super) fn report(
    args: &ReportArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    if let Some(ReportCommand::Verify(args)) = &args.command {
        return assess::verify(args);
    }
    args.report.gathering.refuse()?;
    let recording = saved(environment.state.as_deref(), &args.record)?;
    // Nobody waits for a report that is made at once.
    let told = SweepArgs {
        progress: ProgressArg::None,
        ..args.report.clone()
    };
    let reading = Reading {
        args: &told,
        common,
        environment,
        state: environment.state.clone(),
    };
    let mut setting = recording.setting.clone();
    setting.strict = told.strict;
    setting.baseline = reading.baseline(recording.headers().iter())?;
    if recording.cut {
        out::complain("plimsoll: this sweep was stopped; hosts that it had not read are missing");
    }
    if recording.catalogue != setting.catalogue.digest() {
        out::complain(
            "plimsoll: another catalogue judged this sweep; texts and references are today's",
        );
    }
    reading.tell(setting, None, None, |hear| {
        recording.events.iter().for_each(hear);
        Ok(None)
    })
}

/// Opens a saved sweep in the dashboard.
pub(super) fn replay(
    args: &ReplayArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    dashboard::need_terminal(environment)?;
    let recording = saved(environment.state.as_deref(), &args.record)?;
    let name = recording.id.clone().unwrap_or_else(|| args.record.clone());
    let look = dashboard::look(&format!("saved {name}"), common);
    run::runtime()?.block_on(player::run(recording, &look, environment))
}

/// Tells what changed; 0 where nothing did.
pub(super) fn diff(
    args: &DiffArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let state = environment.state.as_deref();
    let before = saved(state, &args.before)?;
    let after = saved(state, &args.after)?;
    diff::comparable(before.headers(), after.headers()).map_err(|e| {
        Error::usage("these sweeps cannot be compared")
            .hint("compare sweeps that used the same profile")
            .source(e)
    })?;
    let changed = diff::between(&before, &after);
    let catalogue = &after.setting.catalogue;
    let text = match args.format {
        DiffFormat::Text => {
            let style = out::terminal().style(common, environment);
            let mut text = String::new();
            for one in &changed {
                text.push_str(&style.clean(&line(one)));
                text.push('\n');
            }
            text.push_str(&totals(&changed));
            text
        }
        DiffFormat::Json => {
            let objects: Vec<_> = changed.iter().map(|one| object(one, catalogue)).collect();
            let document = json!({
                "schema": "plimsoll.diff/1", "before": before.id, "after": after.id, "changes": objects,
            });
            format!("{document}\n")
        }
    };
    out::print(&text).map_err(unwritable("the changes"))?;
    Ok(u8::from(!changed.is_empty()))
}

fn line(one: &Changed<'_>) -> String {
    let Some(row) = one.row() else {
        return String::new();
    };
    let host = if one.host.is_empty() {
        "(fleet)"
    } else {
        one.host
    };
    let said = |row: Option<&ControlResult>| {
        row.map_or_else(
            || "gone".to_owned(),
            |row| {
                let gap = row.gap.as_ref().map(|gap| gap.message.as_str());
                let said = gap.unwrap_or(&row.observed);
                format!("{} {said}", row.outcome.word().replace('_', " "))
            },
        )
    };
    format!(
        "{:<8}  {:<8}  {host}  {}  {}: {} -> {}",
        one.change.word(),
        row.severity.word(),
        row.control,
        row.subject.id,
        said(one.before),
        said(one.after),
    )
}

fn totals(changed: &[Changed<'_>]) -> String {
    let counts: Vec<String> = Change::ALL
        .into_iter()
        .map(|change| {
            (
                change,
                changed.iter().filter(|one| one.change == change).count(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .map(|(change, count)| format!("{count} {}", change.word()))
        .collect();
    if counts.is_empty() {
        "nothing changed\n".to_owned()
    } else {
        format!("{}\n", counts.join(", "))
    }
}

fn object(one: &Changed<'_>, catalogue: &Catalogue) -> serde_json::Value {
    let told = |row: Option<&ControlResult>| {
        row.map(|row| {
            json!({
                "outcome": row.outcome, "severity": row.severity, "observed": clean_whole(&row.observed),
                "expected": clean_whole(&row.expected),
                "gap": row.gap.as_ref().map(|gap| clean_whole(&gap.message)),
            })
        })
    };
    let row = one.row();
    json!({
        "change": one.change.word(),
        "id": row.map(|row| clean_whole(&row.id)),
        "host": clean_whole(one.host),
        "control": row.map(|row| row.control),
        "title": row.and_then(|row| catalogue.get(row.control)).map(|control| control.title),
        "subject": row.map(|row| clean_whole(&row.subject.id)),
        "before": told(one.before),
        "after": told(one.after),
    })
}
