//! `plimsoll sweep`: reads every selected host once, reports, and exits with a meaning.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;

use super::args::{Common, FailOn, FormatKind, GroupBy, Progress as Told, SweepArgs};
use super::out;
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::fleet::{self, Fleet};
use crate::app::run;
use crate::controls;
use crate::domain::filter::Filter;
use crate::domain::severity::Severity;
use crate::report::audiences::Audiences;
use crate::report::catalogue::Catalogue;
use crate::report::exit::{Terms, exit_code};
use crate::report::json::{Json, Ndjson};
use crate::report::progress::{Manner, Progress};
use crate::report::scope::{Parameters, Scope};
use crate::report::style::Style;
use crate::report::summary::Summary;
use crate::report::text::{self, Layout, Text};
use crate::report::{Audience as _, Setting};

/// Exit code of a fault of the machine or our own.
const INTERNAL: u8 = 70;

pub(super) fn run(
    args: &SweepArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let choice = common.choice();
    let fleet = fleet::load(&choice, environment)?;
    let setting = Arc::new(setting(&fleet, common, args.strict));
    let mut audiences = audiences(args, common, environment, &setting)?;
    let sweep = run::sweep(
        &fleet,
        &choice,
        environment,
        run::dialer(environment),
        run::clock(),
        false,
    )?;
    let mut summary = Summary::default();
    let mut lost = None;
    let signal = run::listen(sweep, &mut |event| {
        summary.hear(&setting, event);
        if let Err(e) = audiences.hear(event) {
            lost.get_or_insert(e);
        }
    })?;
    if let Err(e) = audiences.close() {
        lost.get_or_insert(e);
    }
    if let Some(e) = lost {
        out::complain(format_args!("error: cannot write the report: {e}"));
        return Ok(signal.unwrap_or(INTERNAL));
    }
    Ok(signal.unwrap_or_else(|| exit_code(&summary, terms(args))))
}

fn terms(args: &SweepArgs) -> Terms {
    Terms {
        fail_on: match args.fail_on {
            FailOn::Critical => Some(Severity::Critical),
            FailOn::High => Some(Severity::High),
            FailOn::Medium => Some(Severity::Medium),
            FailOn::Low => Some(Severity::Low),
            FailOn::None => None,
        },
        strict: args.strict,
        allow_partial: args.allow_partial,
        max_unreachable: args.max_unreachable,
    }
}

/// What all audiences need to know besides the events.
fn setting(fleet: &Fleet, common: &Common, strict: bool) -> Setting {
    let hosts = fleet.hosts();
    Setting {
        version: env!("CARGO_PKG_VERSION"),
        catalogue: Catalogue::new(controls::all()),
        scope: Scope {
            inventory: fleet.inventory.sha256.clone(),
            limit: common.limit.clone(),
            excluded_controls: Vec::new(),
            severity_overrides: std::collections::BTreeMap::new(),
            parameters: Parameters::of(
                hosts
                    .iter()
                    .map(|host| (host.header.name.as_str(), &host.policy)),
            ),
            waivers: fleet.inventory.waivers.len(),
        },
        strict,
    }
}

/// Those who listen: the reports, progress, the log.
fn audiences(
    args: &SweepArgs,
    common: &Common,
    environment: &Environment,
    setting: &Arc<Setting>,
) -> Result<Audiences, Error> {
    let mut audiences = Audiences::default();
    let unnamed = args.format.iter().filter(|format| format.file.is_none());
    if unnamed.count() > 1 {
        return Err(Error::usage("only one report can go to one place")
            .hint("give the others a file: --format text,json=FILE"));
    }
    for format in &args.format {
        let place = format.file.as_deref().or(args.output.as_deref());
        let sink: Box<dyn Write> = match place {
            Some(path) => Box::new(create(path)?),
            None => Box::new(out::stdout()),
        };
        match format.kind {
            FormatKind::Json => audiences.add(Json::new(sink, Arc::clone(setting))),
            FormatKind::Ndjson => audiences.add(Ndjson::new(sink, Arc::clone(setting))),
            FormatKind::Text => {
                let style = match place {
                    Some(_) => Style::default(),
                    None => out::terminal().style(common, environment),
                };
                let layout = layout(args, common, style)?;
                audiences.add(Text::new(sink, Arc::clone(setting), layout));
            }
        }
    }
    if let Some(path) = &common.log_file {
        audiences.add(Progress::new(
            create(path)?,
            Arc::clone(setting),
            Manner::Json,
            Style::default(),
        ));
    }
    let on_terminal = std::io::stderr().is_terminal();
    let manner = match args.progress {
        Told::Auto if on_terminal => Some(Manner::Line),
        Told::Auto | Told::Plain => Some(Manner::Plain),
        Told::Json => Some(Manner::Json),
        Told::None => None,
    };
    if let Some(manner) = manner {
        let style = out::error_terminal().style(common, environment);
        audiences.add(Progress::new(
            out::stderr(),
            Arc::clone(setting),
            manner,
            style,
        ));
    }
    Ok(audiences)
}

fn layout(args: &SweepArgs, common: &Common, style: Style) -> Result<Layout, Error> {
    let filter = match &common.filter {
        Some(text) => Filter::parse(text).map_err(|e| Error::usage(format!("--filter: {e}")))?,
        None => Filter::default(),
    };
    Ok(Layout {
        style,
        group_by: match args.group_by {
            GroupBy::Host => text::GroupBy::Host,
            GroupBy::Control => text::GroupBy::Control,
        },
        filter,
        detail: common.verbose,
    })
}

/// A new file for a report, before anything is contacted.
fn create(path: &Path) -> Result<BufWriter<File>, Error> {
    File::create(path).map(BufWriter::new).map_err(|e| {
        Error::usage(format!("cannot write {}", path.display()))
            .hint("name a file in a folder that exists and that you may write to")
            .source(e)
    })
}
