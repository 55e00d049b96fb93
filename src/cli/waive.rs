//! `plimsoll waive`: a finding that its owner accepts, written into the inventory.

use clap::Args;

use super::args::Common;
use super::{out, unwritable};
use crate::app::environment::{self, Environment};
use crate::app::error::Error;
use crate::app::waive::waive;
use crate::inventory::addition::Draft;

const DAY: i64 = 86_400_000;

/// Arguments of `waive`.
#[derive(Debug, Args)]
#[command(
    override_usage = "plimsoll waive CONTROL --owner WHO --reason WHY --expires DAY [OPTIONS]",
    after_help = "Example:\n  plimsoll waive run-privileged --hosts 'ci-*' --subject 'container:jenkins-*' \\\n      \
                        --owner 'platform team' --reason 'nested builds' --expires 2027-01-31"
)]
pub struct WaiveArgs {
    /// Id of the control
    #[arg(value_name = "CONTROL")]
    control: String,
    /// Only on these hosts: an expression as for --limit
    #[arg(long, value_name = "EXPR")]
    hosts: Option<String>,
    /// Only these subjects: a glob such as 'container:jenkins-*'
    #[arg(long, value_name = "GLOB")]
    subject: Option<String>,
    /// Only containers and images of these images
    #[arg(long, value_name = "GLOB")]
    image: Option<String>,
    /// Only containers and images with this label
    #[arg(long, value_name = "KEY=VALUE")]
    label: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "WHO")]
    owner: String,
    /// Why it is accepted
    #[arg(long, value_name = "WHY")]
    reason: String,
    /// The last day it holds, in UTC, such as 2027-01-31
    #[arg(long, value_name = "DAY")]
    expires: String,
    /// Who approved it
    #[arg(long, value_name = "WHO")]
    approved_by: Option<String>,
    /// Its number elsewhere
    #[arg(long, value_name = "NUMBER")]
    ticket: Option<String>,
    /// The day it was granted
    #[arg(long, value_name = "DAY")]
    granted: Option<String>,
    /// Print the change as a patch and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(
    args: &WaiveArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let draft = Draft {
        control: args.control.clone(),
        hosts: args.hosts.clone(),
        subject: args.subject.clone(),
        image: args.image.clone(),
        label: args.label.clone(),
        owner: args.owner.clone(),
        reason: args.reason.clone(),
        approved_by: args.approved_by.clone(),
        ticket: args.ticket.clone(),
        granted: args.granted.clone(),
        expires: args.expires.clone(),
    };
    let today = environment::now().div_euclid(DAY);
    let waived = waive(&draft, args.dry_run, today, &common.choice(), environment)?;
    if let Some(patch) = &waived.patch {
        out::print(patch).map_err(unwritable("the patch"))?;
    }
    let file = waived.path.display();
    if let Some(refused) = waived.refused {
        return Err(Error::usage(format!("cannot write {file}"))
            .hint("apply the patch on standard output where the file can be written")
            .source(refused));
    }
    if waived.patch.is_none() {
        let hosts = match waived.waiver.matched_hosts.len() {
            1 => "1 host".to_owned(),
            hosts => format!("{hosts} hosts"),
        };
        out::complain(format_args!(
            "plimsoll: {file}: {} is waived on {hosts} until {}",
            waived.waiver.control, waived.waiver.expires
        ));
    }
    Ok(0)
}
