//! A sweep whose evidence is being saved.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::evidence::{Bundle, Signer};
use crate::app::fleet::Fleet;
use crate::app::run::Prepared;
use crate::domain::event::FleetEvent;

/// Flags about keeping what was read.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct GatheringArgs {
    /// Save what was read, secrets hidden, in this new folder: plimsoll assess judges it again
    #[arg(long, value_name = "DIR")]
    pub evidence: Option<PathBuf>,

    /// Sign the evidence with this SSH key: a private key, or a public one whose private half the agent holds
    #[arg(long, value_name = "KEY", requires = "evidence")]
    pub sign: Option<PathBuf>,
}

impl GatheringArgs {
    /// Nothing is read where a saved sweep is told again, so nothing of it can be kept.
    pub(super) fn refuse(&self) -> Result<(), Error> {
        match &self.evidence {
            Some(_) => Err(Error::usage(
                "--evidence belongs to a sweep: here nothing is read",
            )),
            None => Ok(()),
        }
    }
}

/// The bundle, and whoever signs it. Unlike a record, evidence was asked for: what goes wrong with it is an error.
pub(super) struct Gathering<'a> {
    bundle: Bundle,
    signer: Option<Signer<'a>>,
    fleet: &'a Fleet,
}

impl<'a> Gathering<'a> {
    /// Begins a bundle in `folder`, to be signed with `key`.
    pub(super) fn begin(
        folder: &Path,
        key: Option<&'a Path>,
        fleet: &'a Fleet,
        sweep: &Prepared,
        environment: &'a Environment,
    ) -> Result<Self, Error> {
        // A key that cannot sign must not leave a folder behind.
        let signer = key.map(|key| Signer::new(key, environment)).transpose()?;
        Ok(Self {
            bundle: Bundle::create(folder, sweep)?,
            signer,
            fleet,
        })
    }

    /// Where the lines of the sweep's record go.
    pub(super) fn sink(&self) -> Result<File, Error> {
        self.bundle.sink()
    }

    /// Takes in one event; gives it without the evidence.
    pub(super) fn hear(&mut self, event: &FleetEvent) -> FleetEvent {
        self.bundle.hear(event)
    }

    /// Ends the bundle.
    pub(super) fn finish(self, catalogue: &str) -> Result<(), Error> {
        let waivers = &self.fleet.inventory.waivers;
        self.bundle.finish(waivers, catalogue, self.signer.as_ref())
    }
}
