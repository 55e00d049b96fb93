//! What may be written behind `plan`, `apply`, `undo` and `journal`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use crate::controls;
use crate::domain::plan::Risk;
use crate::report::catalogue::Catalogue;

/// Flags of `plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll plan --control perm-daemon-json-mode\n  \
                  plimsoll plan --control perm-daemon-json-mode,perm-daemon-json-owner -l prod --json > plan.json\n\n\
                  Exit codes: 0 a plan was made, 1 nothing to do, 2 usage, 6 refused by a guardrail or read-only mode"
)]
pub struct PlanArgs {
    /// Controls whose findings shall be put right
    #[arg(long, value_name = "ID", required = true, value_delimiter = ',', value_parser = id)]
    pub control: Vec<String>,

    /// Write the plan as JSON (plimsoll.plan/1), for `plimsoll apply`
    #[arg(long)]
    pub json: bool,
}

/// Flags of `apply`.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["plan", "control"]),
    after_help = "Examples:\n  plimsoll apply plan.json\n  plimsoll apply --control perm-daemon-json-mode -l web-01\n  \
                  plimsoll apply --control perm-daemon-json-mode -l prod --max-hosts 20 --yes\n\n\
                  Exit codes: 0 done, 2 usage, 5 a plan failed or was rolled back, 6 refused or declined"
)]
pub struct ApplyArgs {
    /// A plan that `plimsoll plan --json` wrote
    #[arg(value_name = "PLAN.json")]
    pub plan: Option<PathBuf>,

    /// Controls whose findings shall be put right
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = id)]
    pub control: Vec<String>,

    /// Do not ask; covers low and medium risk
    #[arg(long)]
    pub yes: bool,

    /// With --yes: cover this risk too
    #[arg(long, value_name = "RISK", requires = "yes")]
    pub accept_risk: Option<RiskArg>,

    /// Most hosts that may be changed; needed for more than one
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub max_hosts: usize,

    /// Number of the change or ticket, for the journal and the host's own log
    #[arg(long, value_name = "TEXT")]
    pub ticket: Option<String>,
}

/// `--accept-risk`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RiskArg {
    /// The daemon restarts, or the host may become unreachable
    High,
}

impl From<RiskArg> for Risk {
    fn from(risk: RiskArg) -> Self {
        match risk {
            RiskArg::High => Self::High,
        }
    }
}

/// Arguments of `undo`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll undo\n  plimsoll undo op-3fa2c1d0 --yes\n\n\
                  Exit codes: 0 done, 2 usage, 5 something could not be taken back, 6 refused or declined"
)]
pub struct UndoArgs {
    /// The operation; the last one that still stands where none is named
    #[arg(value_name = "OPERATION")]
    pub operation: Option<String>,

    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Flags of `journal`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  plimsoll journal\n  plimsoll journal --json | jq -r .event")]
pub struct JournalArgs {
    /// Write the entries themselves (plimsoll.journal/1), an object a line
    #[arg(long)]
    pub json: bool,
}

/// Flags of `probe`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll probe | less\n  plimsoll probe | tail -n +2 | sha256sum\n  plimsoll probe --apply"
)]
pub struct ProbeArgs {
    /// Print the script that changes hosts instead of the one that reads them
    #[arg(long)]
    pub apply: bool,
}

/// The id of a control; for a wrong one the nearest, not a page of all.
fn id(text: &str) -> Result<String, String> {
    if controls::by_id(text).is_some() {
        return Ok(text.to_owned());
    }
    let near = match Catalogue::new(controls::all()).find(text) {
        Err(unknown) => unknown.near.join(" or "),
        // A practice or a number of a framework answers to more than one.
        Ok(found) => (found.iter().map(|control| control.id))
            .collect::<Vec<_>>()
            .join(" or "),
    };
    Err(if near.is_empty() {
        "there is no such control; plimsoll controls lists them".to_owned()
    } else {
        format!("there is no such control; did you mean {near}?")
    })
}
