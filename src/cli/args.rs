//! What may be written on the command line. Every flag here does something; those of later commands come with them.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::app::fleet::Choice;
use crate::assess::profile;
use crate::domain::filter::Filter;
use crate::inventory;

const OVERVIEW: &str = "\
Examples:
  plimsoll demo                      look around on a simulated fleet
  plimsoll init                      write an inventory to fill in
  plimsoll                           open the dashboard on it
  plimsoll sweep -l 'prod&!edge'     read part of the fleet once and report
  plimsoll explain S28               which controls answer a practice, and why

The inventory is looked for in --inventory, $PLIMSOLL_INVENTORY,
./inventory.toml and inventory.toml in the configuration folder. Without one,
the engine on this machine is the fleet.";

const SWEEP: &str = "\
Examples:
  plimsoll sweep
  plimsoll sweep -l 'prod&!edge' --format text,json=posture.json
  plimsoll sweep --fail-on critical --progress none --format ndjson | jq .name

Exit codes: 0 nothing that matters, 1 findings, 2 usage, 3 a host was not fully
assessed, 4 both, 130 interrupted, 143 terminated.";

const PROBE: &str = "\
Examples:
  plimsoll probe | less
  plimsoll probe | tail -n +2 | sha256sum";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "plimsoll",
    version,
    about = "Shows and explains the security posture of fleets of Docker hosts, without agents",
    after_help = OVERVIEW,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// What to do; the dashboard where nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// The inventory to use
    #[arg(short, long, value_name = "FILE", global = true)]
    pub inventory: Option<PathBuf>,

    /// Only these hosts: names, globs, groups, node sets; `!` not, `&` and, `,` or
    #[arg(short, long, value_name = "EXPR", global = true)]
    pub limit: Option<String>,

    /// Show only what fits, such as 'sev>=high ctr:web*'; changes neither judging nor exit code
    #[arg(long, value_name = "EXPR", value_parser = filter, global = true)]
    pub filter: Option<String>,

    /// Treat every host as one that may only be read
    #[arg(long, global = true)]
    pub read_only: bool,

    /// Judge by this profile, whatever the inventory says
    #[arg(
        long,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(profile::names()),
        hide_possible_values = true,
        global = true
    )]
    pub profile: Option<String>,

    /// Hosts read at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), global = true)]
    pub jobs: Option<u16>,

    /// Longest time for one host, such as 30s or 2m
    #[arg(long, value_name = "DUR", value_parser = inventory::host_timeout, global = true)]
    pub timeout: Option<Duration>,

    /// Colours of the dashboard, by name
    #[arg(long, value_name = "NAME", global = true)]
    pub theme: Option<String>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,

    /// Draw and write nothing but ASCII
    #[arg(long, global = true)]
    pub ascii: bool,

    /// Write every event of the sweep to this file, a JSON object a line
    #[arg(long, value_name = "FILE", global = true)]
    pub log_file: Option<PathBuf>,

    /// Tell more: causes of failures and all gaps; twice: passes too
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless $NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the dashboard on a simulated fleet, played from recordings of real engines
    Demo,
    /// Read every selected host once, report, and exit with a meaning
    Sweep(SweepArgs),
    /// List the controls of the catalogue
    Controls(ControlsArgs),
    /// Explain controls: an id, a practice (S24) or a benchmark number (CIS:5.15)
    Explain(ExplainArgs),
    /// List the resolved inventory; nothing is contacted
    Hosts(HostsArgs),
    /// Write a commented inventory to start from
    Init(InitArgs),
    /// Print the read-only script that runs on hosts, with its SHA-256
    #[command(after_help = PROBE)]
    Probe,
    /// Print the script for a shell's completions
    Completions(CompletionsArgs),
}

/// Flags of `sweep`.
#[derive(Debug, Args)]
#[command(after_help = SWEEP)]
pub struct SweepArgs {
    /// How the report is written: text, json, ndjson; several with commas, each to a file with =FILE
    #[arg(
        long,
        value_name = "F[=FILE]",
        value_delimiter = ',',
        default_value = "text",
        value_parser = Format::parse
    )]
    pub format: Vec<Format>,

    /// Write the report that has no file of its own here instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// What the text report is grouped by
    #[arg(long, value_name = "WHAT", default_value = "host")]
    pub group_by: GroupBy,

    /// The mildest severity that fails the sweep
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub fail_on: FailOn,

    /// Count every gap, not only those that access would close
    #[arg(long)]
    pub strict: bool,

    /// Accept hosts that were reached but not fully assessed
    #[arg(long)]
    pub allow_partial: bool,

    /// Accept this many hosts that could not be read
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub max_unreachable: u32,

    /// How progress is told on standard error
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub progress: Progress,
}

/// One report: its form and the file it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The form.
    pub kind: FormatKind,
    /// The file; without one it goes where `--output` says, or to standard output.
    pub file: Option<PathBuf>,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatKind {
    /// For people
    Text,
    /// One document
    Json,
    /// One line a host, as it is read
    Ndjson,
}

impl Format {
    fn parse(text: &str) -> Result<Self, String> {
        let (kind, file) = match text.split_once('=') {
            Some((_, "")) => return Err("no file after `=`".to_owned()),
            Some((kind, file)) => (kind, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let kind = FormatKind::from_str(kind, false)
            .map_err(|_unknown| format!("no format `{kind}`; there are text, json, ndjson"))?;
        Ok(Self { kind, file })
    }
}

/// What a text report is grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupBy {
    /// Host by host
    Host,
    /// Control by control, hosts with equal findings folded
    Control,
}

/// The mildest severity that fails a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words say it all")]
pub enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    None,
}

/// How progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// One changing line on a terminal, else a line a host
    Auto,
    /// A line a host
    Plain,
    /// A JSON object an event
    Json,
    /// Not at all
    None,
}

/// Flags of `controls`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll controls\n  plimsoll controls --format json | jq -r '.[].id'"
)]
pub struct ControlsArgs {
    /// How the list is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
}

/// How the catalogue is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table
    Text,
    /// An array of objects
    Json,
    /// Tables by area
    Markdown,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll explain run-privileged\n  plimsoll explain S24\n  plimsoll explain CIS:5.15\n  \
                  plimsoll explain CIS-1.6:5.4"
)]
pub struct ExplainArgs {
    /// Id of a control, practice, or number of the CIS Docker Benchmark (1.8.0; CIS-1.6: for older ones)
    #[arg(value_name = "ID|S24|CIS:5.15", required = true)]
    pub queries: Vec<String>,
}

/// Flags of `hosts`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  plimsoll hosts\n  plimsoll hosts -l 'prod&!edge' --json")]
pub struct HostsArgs {
    /// Everything that is known of each host, for programs
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  plimsoll init\n  plimsoll init - | less")]
pub struct InitArgs {
    /// Where to write; `-` is standard output. An existing file is never overwritten
    #[arg(value_name = "PATH", default_value = "inventory.toml")]
    pub path: PathBuf,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll"
)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

impl Common {
    /// What these flags say of the hosts that are meant.
    pub fn choice(&self) -> Choice {
        Choice {
            inventory: self.inventory.clone(),
            limit: self.limit.clone(),
            read_only: self.read_only,
            profile: self.profile.clone(),
            jobs: self.jobs.map(usize::from),
            timeout: self.timeout,
        }
    }
}

/// The text of a filter that can be read.
fn filter(text: &str) -> Result<String, String> {
    Filter::parse(text)
        .map(|_read| text.to_owned())
        .map_err(|e| e.to_string())
}
