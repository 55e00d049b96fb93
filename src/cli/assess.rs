//! `plimsoll assess` and `plimsoll report verify`: what is done with saved evidence. Nothing is contacted.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::args::{Common, ProgressArg, SweepArgs};
use super::sweep::{Reading, setting};
use super::{out, unwritable};
use crate::app::assess::{self, Instead};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::evidence::{self, Saved};
use crate::app::{fleet, run};
use crate::bundle::{MANIFEST, NAMESPACE, SIGNATURE};

/// Arguments of `assess`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll assess evidence/\n  plimsoll assess evidence/ --profile cis-1.8-l1 --format html=report.html\n  \
                  plimsoll assess evidence/ -i inventory.toml\n\nHosts are judged by today's controls, and by the policy that was saved with the \
                  evidence;\nwith --inventory by that of the inventory. Exit codes as those of a sweep."
)]
pub struct AssessArgs {
    /// Folders that `sweep --evidence` wrote
    #[arg(value_name = "EVIDENCE", required = true)]
    pub folders: Vec<PathBuf>,
    /// How it is reported.
    #[command(flatten)]
    pub report: SweepArgs,
}

/// Judges saved evidence again.
pub(super) fn run(
    args: &AssessArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    args.report.gathering.refuse()?;
    let choice = common.choice();
    let declared = match &common.inventory {
        Some(_) => Some(fleet::declared(&choice, environment)?),
        None => None,
    };
    let instead = Instead {
        profile: common.profile.clone(),
        fleet: declared,
    };
    let judged = assess::assess(&args.folders, &instead, environment, run::clock()())?;
    let told = SweepArgs {
        progress: ProgressArg::None,
        ..args.report.clone()
    };
    let mut said = match &instead.fleet {
        Some(fleet) => setting(fleet, common, told.strict),
        None => judged.recording.setting.clone(),
    };
    said.strict = told.strict;
    let reading = Reading {
        args: &told,
        common,
        environment,
        state: environment.state.clone(),
    };
    said.baseline = reading.baseline(judged.recording.headers().iter())?;
    if judged.recording.catalogue != said.catalogue.digest() {
        out::complain(
            "plimsoll: another catalogue judged this evidence when it was read; these are the results of today's",
        );
    }
    reading.tell(said, None, None, |hear| {
        judged.events.iter().for_each(hear);
        Ok(None)
    })
}

/// Arguments of `report verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  plimsoll report verify evidence/\n  plimsoll report verify evidence/ --signers ~/.ssh/allowed_signers\n\n\
                  The signature is that of ssh-keygen: ssh-keygen -Y verify -f allowed_signers -I NAME\n  -n plimsoll-evidence -s \
                  manifest.ndjson.sig < manifest.ndjson\n\nExit codes: 0 everything holds, 1 nobody or nobody known signed it, 2 it does not hold"
)]
pub struct VerifyArgs {
    /// The folder that `sweep --evidence` wrote
    #[arg(value_name = "EVIDENCE")]
    pub folder: PathBuf,
    /// It must be signed by one of these keys: a file of allowed signers, or of public keys
    #[arg(long, value_name = "FILE")]
    pub signers: Option<PathBuf>,
}

/// Verifies saved evidence: chain, hashes, signature.
pub(super) fn verify(args: &VerifyArgs) -> Result<u8, Error> {
    let known = match &args.signers {
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|e| Error::usage(format!("cannot read {}", path.display())).source(e))?;
            let keys = evidence::keys(&text);
            if keys.is_empty() {
                let said = format!("{} names no key", path.display());
                return Err(Error::usage(said).hint(
                    "a line is a name and a public key: ops@example.net ssh-ed25519 AAAA...",
                ));
            }
            Some(keys)
        }
        None => None,
    };
    let saved = Saved::open(&args.folder)?;
    let parts = saved.manifest.parts.len();
    let (code, signed) = match (&saved.signer, known) {
        (None, None) => (0, "not signed".to_owned()),
        (None, Some(_)) => (
            1,
            "not signed, although one of the named keys had to".to_owned(),
        ),
        (Some(key), None) => (
            0,
            format!("signed by {key}; whose key that is, --signers or ssh-keygen -Y verify tells"),
        ),
        (Some(key), Some(known)) if known.contains(key) => (
            0,
            format!("signed by {key}, which is one of the named keys"),
        ),
        (Some(key), Some(_)) => (
            1,
            format!("signed by {key}, which is none of the named keys"),
        ),
    };
    let text = format!(
        "{}: {parts} files, read by {} from {}; the chain of {MANIFEST} and every hash hold\n{SIGNATURE} ({NAMESPACE}): {signed}\n",
        args.folder.display(),
        crate::domain::text::clean(&saved.manifest.tool),
        crate::domain::text::clean(&saved.manifest.started),
    );
    out::print(&text).map_err(unwritable("the verification"))?;
    Ok(code)
}
