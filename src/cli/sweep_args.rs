//! What may be written behind `sweep`, and behind the commands that report like one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::format::FormatArg;
use super::gathering::GatheringArgs;
use crate::domain::severity::Severity;
use crate::report;

const SWEEP: &str = "\
Examples:
  plimsoll sweep
  plimsoll sweep --format text,json=report.json,ndjson=hosts.ndjson
  plimsoll sweep --format html=report.html,sarif=report.sarif,junit=report.xml
  plimsoll sweep --fail-on critical --allow-partial --max-unreachable 2
  plimsoll sweep --group-by control --filter 'sev>=high'
  plimsoll sweep --only-new --baseline 2026-11-01

Exit codes:
  0  every selected host fully assessed, nothing at or above --fail-on
  1  findings at or above --fail-on; every host fully assessed
  2  usage, inventory or configuration error; nothing was contacted
  3  no such findings, but at least one host not fully assessed
  4  both 1 and 3
  70 internal error; 130 and 143 interrupted and terminated";

/// Flags of `sweep`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = SWEEP)]
pub struct SweepArgs {
    /// Formats, each with an optional file; without one it goes to --output or standard output: text, json,
    /// ndjson, csv, markdown, html, sarif, junit, oscal, ocsf, prometheus
    #[arg(
        long,
        value_name = "FORMAT[=FILE],...",
        value_delimiter = ',',
        default_value = "text"
    )]
    pub format: Vec<FormatArg>,

    /// The mildest severity whose findings fail the sweep
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub fail_on: FailOn,

    /// Count every gap in the evidence, also those that no access would close
    #[arg(long)]
    pub strict: bool,

    /// Write formats without a file here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// How progress is told on standard error
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub progress: ProgressArg,

    /// Accept hosts that were reached but not fully assessed: 3 becomes 0, 4 becomes 1
    #[arg(long)]
    pub allow_partial: bool,

    /// Accept up to this many hosts that could not be read
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub max_unreachable: u32,

    /// What is done with earlier sweeps, and with this one.
    #[command(flatten)]
    pub saving: Saving,

    /// What is kept of what was read.
    #[command(flatten)]
    pub gathering: GatheringArgs,

    /// What the text report is grouped by
    #[arg(long, value_name = "WHAT", default_value = "host")]
    pub group_by: Group,
}

/// Flags about earlier sweeps, and about saving this one.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Saving {
    /// Compare with an earlier sweep: a file, last, last-1, a day or an id
    #[arg(long, value_name = "RECORD")]
    pub baseline: Option<String>,

    /// Tell, and fail on, only findings that the baseline (else the last sweep) does not have
    #[arg(long)]
    pub only_new: bool,

    /// Go on with the newest sweep that was stopped or killed: hosts that it had read are not read again
    #[arg(long, conflicts_with = "evidence")]
    pub resume: bool,

    /// Do not save this sweep in the state folder
    #[arg(long)]
    pub no_record: bool,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "shown as they are; the words say it all")]
pub enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    None,
}

impl FailOn {
    /// The severity meant; none where findings never fail a sweep.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::None => None,
        }
    }
}

/// `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressArg {
    /// One line that is kept up to date on a terminal, else as plain
    Auto,
    /// One line a finished host
    Plain,
    /// One JSON object an event
    Json,
    /// Nothing
    None,
}

/// `--group-by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Host by host, worst first
    Host,
    /// Control by control, hosts with equal findings folded
    Control,
    /// Practice by practice (S1 to S40): what is met, what is not
    Practice,
    /// Number by number of the CIS benchmark, NIST SP 800-190, ISO 27001, SOC 2 and CIS Controls
    Framework,
    /// Owner by owner (the hosts' label `owner`), each one's hosts worst first
    Owner,
}

impl From<Group> for report::text::GroupBy {
    fn from(group: Group) -> Self {
        match group {
            Group::Host => Self::Host,
            Group::Control => Self::Control,
            Group::Practice => Self::Practice,
            Group::Framework => Self::Framework,
            Group::Owner => Self::Owner,
        }
    }
}
