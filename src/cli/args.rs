//! What may be written on the command line. Every flag here does something; those of later commands come with them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{
    ArgAction, ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    ValueEnum,
};

use super::assess::AssessArgs;
use super::completions::CompletionsArgs;
use super::grant::{GrantArgs, RelayArgs};
use super::history::HistoryArgs;
use super::import::ImportArgs;
use super::man::ManArgs;
use super::repair_args::{ApplyArgs, JournalArgs, PlanArgs, ProbeArgs, UndoArgs};
use super::saved::{DiffArgs, ReplayArgs, ReportArgs};
pub use super::sweep_args::{FailOn, Group, ProgressArg, Saving, SweepArgs};
use super::waive::WaiveArgs;
use crate::app::fleet::Choice;
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

const DEMO: &str = "\
Examples:
  plimsoll demo
  plimsoll demo --hosts 5 --ascii
  plimsoll demo --sweep --group-by control";

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

impl Arguments {
    /// Reads a command line, the program's name first.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(words)?;
        if let Some(("demo", demo)) = matches.subcommand()
            && !demo.get_flag("sweep")
            && let Some(flag) = reporting(demo)
        {
            let message =
                format!("--{flag} belongs to a sweep: plimsoll demo --sweep --{flag} ...");
            return Err(command.error(ErrorKind::MissingRequiredArgument, message));
        }
        Self::from_arg_matches(&matches)
    }
}

/// The first flag of a sweep's report that was written on the command line.
fn reporting(demo: &ArgMatches) -> Option<String> {
    let report = SweepArgs::augment_args(clap::Command::new("sweep"));
    report
        .get_arguments()
        .find(|flag| demo.value_source(flag.get_id().as_str()) == Some(ValueSource::CommandLine))
        .and_then(|flag| flag.get_long().map(ToOwned::to_owned))
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

    /// Judge by this profile, whatever the inventory says: a name, or a file of your own
    #[arg(long, value_name = "NAME|FILE.toml", global = true)]
    pub profile: Option<String>,

    /// Hosts read at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), global = true)]
    pub jobs: Option<u16>,

    /// Longest time for one host, such as 30s or 2m
    #[arg(long, value_name = "DUR", value_parser = inventory::host_timeout, global = true)]
    pub timeout: Option<Duration>,
    /// What ssh_config says, from FILE instead of ~/.ssh/config and /etc/ssh/ssh_config; "none" reads none
    #[arg(
        short = 'F',
        long,
        value_name = "FILE",
        global = true,
        env = "PLIMSOLL_SSH_CONFIG"
    )]
    pub ssh_config: Option<PathBuf>,

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
    /// Open the dashboard on a simulated fleet: no Docker, no SSH server, no file needed
    Demo(DemoArgs),
    /// Read every selected host once and report; the exit code says how it went
    Sweep(SweepArgs),
    /// Judge saved evidence again, offline, by today's controls
    Assess(AssessArgs),
    /// Write a saved sweep in another format
    Report(ReportArgs),
    /// Tell what changed between two saved sweeps
    Diff(DiffArgs),
    /// Open a saved sweep in the dashboard
    Replay(ReplayArgs),
    /// Tell sweeps, hosts and findings over time
    History(HistoryArgs),
    /// Show what would be changed to put findings right, step by step; changes nothing
    Plan(PlanArgs),
    /// Put findings right: by a plan, or for controls that are named; asks first
    Apply(ApplyArgs),
    /// Take the last operation back, or the one that is named
    Undo(UndoArgs),
    /// List what was changed by whom
    Journal(JournalArgs),
    /// List the controls of the catalogue
    Controls(ControlsArgs),
    /// Explain controls: an id, a practice (S24) or a number of a framework (CIS:5.15, NIST:4.4.3)
    Explain(ExplainArgs),
    /// List the resolved inventory; nothing is contacted
    Hosts(HostsArgs),
    /// Try hosts stage by stage and say where and why it stops, and what to change
    Doctor(DoctorArgs),
    /// Write a commented inventory to start from
    Init(InitArgs),
    /// Write an accepted finding into the inventory, its formatting kept
    Waive(Box<WaiveArgs>),
    /// Print the read-only script that runs on hosts, with its SHA-256; with --apply the one that changes them
    Probe(ProbeArgs),
    /// Print the least-privilege set-up for an auditor's account on a host
    Grant(GrantArgs),
    /// Let nothing but a read-only sweep's requests reach the engine (the host's end of a grant)
    Relay(RelayArgs),
    /// Print the script for a shell's completions
    Completions(CompletionsArgs),
    /// Print the manual as a page for man
    Man(ManArgs),
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
    /// Everything about every control as a page
    Markdown,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll explain run-privileged\n  plimsoll explain S24\n  plimsoll explain CIS:5.15\n  \
                  plimsoll explain CIS-1.6:5.4"
)]
pub struct ExplainArgs {
    /// Id of a control, practice, number of the CIS Docker Benchmark (1.8.0; CIS-1.6: for older ones) or of another
    /// framework (NIST:4.4.3, ISO:A.8.9, SOC2:CC6.1, CIS-V8:4.1)
    #[arg(value_name = "ID|S24|CIS:5.15", required = true)]
    pub queries: Vec<String>,
}

/// Flags of `hosts`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll hosts\n  plimsoll hosts -l 'prod&!edge' --json\n  \
                  plimsoll hosts import --from ansible hosts.ini > inventory.toml",
    args_conflicts_with_subcommands = true
)]
pub struct HostsArgs {
    /// Something other than the list.
    #[command(subcommand)]
    pub command: Option<HostsCommand>,

    /// Everything that is known of each host, for programs
    #[arg(long)]
    pub json: bool,
}

/// What `hosts` does besides listing.
#[derive(Debug, Subcommand)]
pub enum HostsCommand {
    /// Print an inventory of the hosts that another tool knows; nothing is contacted
    Import(ImportArgs),
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll doctor web-01\n  plimsoll doctor 'edge-*' --format json\n\nExit codes: 0 every stage of every host \
                  went well, 3 one failed, 2 usage or inventory"
)]
pub struct DoctorArgs {
    /// Hosts of the inventory: names, globs, groups, node sets
    #[arg(value_name = "HOST", required = true)]
    pub hosts: Vec<String>,

    /// How it is told
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DoctorFormat,
}

/// How the doctor tells what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DoctorFormat {
    /// A block a host
    Text,
    /// One object (plimsoll.doctor/1)
    Json,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  plimsoll init\n  plimsoll init - | less")]
pub struct InitArgs {
    /// Where to write; `-` is standard output. An existing file is never overwritten
    #[arg(value_name = "PATH", default_value = "inventory.toml")]
    pub path: PathBuf,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
#[command(after_help = DEMO)]
pub struct DemoArgs {
    /// Only the first N hosts of the simulated fleet
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub hosts: Option<u16>,

    /// Sweep the simulated fleet and report instead of opening the dashboard
    #[arg(long)]
    pub sweep: bool,

    /// How the sweep is reported.
    #[command(flatten)]
    report: SweepArgs,
}

impl DemoArgs {
    /// How the sweep is reported, where there shall be one.
    pub fn report(&self) -> Option<&SweepArgs> {
        self.sweep.then_some(&self.report)
    }
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
            ssh_config: self.ssh_config.clone(),
        }
    }
}

/// The text of a filter that can be read.
fn filter(text: &str) -> Result<String, String> {
    Filter::parse(text)
        .map(|_read| text.to_owned())
        .map_err(|e| e.to_string())
}
