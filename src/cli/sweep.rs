//! `plimsoll sweep`: every selected host read once, reported, and an exit code that means something.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Common, ProgressArg, SweepArgs};
use super::format::FormatKind;
use super::gathering::Gathering;
use super::keeping::Keeping;
use super::out::{self, Terminal};
use super::outputs::Outputs;
use super::unwritable;
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::fleet::{self, Fleet};
use crate::app::identity;
use crate::app::log;
use crate::app::records::{self, Records};
use crate::app::resume::Resumed;
use crate::app::run::{self, Prepared, Ways};
use crate::assess::profile::Profile;
use crate::controls;
use crate::domain::control::Control;
use crate::domain::event::{FleetEvent, HostIndex, HostReport};
use crate::domain::filter::Filter;
use crate::domain::host::HostHeader;
use crate::domain::policy::Policy;
use crate::domain::severity::Severity;
use crate::probe;
use crate::record::{Recording, diff};
use crate::report::audiences::Audiences;
use crate::report::catalogue::Catalogue;
use crate::report::exit::{self, Terms};
use crate::report::json::Ndjson;
use crate::report::progress::{Manner, Progress};
use crate::report::scope::{Parameters, Scope};
use crate::report::summary::Summary;
use crate::report::text::Layout;
use crate::report::{Audience as _, Baseline, Setting};

/// Sweeps the hosts of the inventory.
pub(super) fn run(
    args: &SweepArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let choice = common.choice();
    let fleet = fleet::load(&choice, environment)?;
    let (ways, notices) = Ways::real(environment, out::person());
    let reading = Reading {
        args,
        common,
        environment,
        state: environment.state.clone(),
    };
    let setting = reading.setting(&fleet)?;
    let resumed = reading.resumed(&fleet, &setting)?;
    let known = known(resumed.as_ref());
    let keeping = reading.keeping(&fleet, run::clock()(), resumed);
    let keep = args.gathering.evidence.is_some();
    let prepared = run::sweep(&fleet, &choice, environment, ways, run::clock(), keep)?;
    let gathering = reading.gathering(&fleet, &prepared)?;
    reading.tell(setting, keeping, gathering, |hear| {
        run::listen(prepared, notices, known, hear)
    })
}

/// How one sweep is reported, and everything that this depends on.
pub(super) struct Reading<'a> {
    pub(super) args: &'a SweepArgs,
    pub(super) common: &'a Common,
    pub(super) environment: &'a Environment,
    /// The folder in which sweeps are saved and found.
    pub(super) state: Option<PathBuf>,
}

impl Reading<'_> {
    /// What the audiences of a sweep of `fleet` need to know, the baseline that it is compared with among it.
    pub(super) fn setting(&self, fleet: &Fleet) -> Result<Setting, Error> {
        let mut setting = setting(fleet, self.common, self.args.strict);
        let headers = fleet.hosts().into_iter().map(|host| &host.header);
        setting.baseline = self.baseline(headers)?;
        Ok(setting)
    }

    /// The baseline that the command line asks for; `--only-new` alone means the last sweep.
    pub(super) fn baseline<'h>(
        &self,
        headers: impl Iterator<Item = &'h HostHeader>,
    ) -> Result<Option<Baseline>, Error> {
        let name = match (&self.args.saving.baseline, self.args.saving.only_new) {
            (Some(name), _) => name.as_str(),
            (None, true) => "last",
            (None, false) => return Ok(None),
        };
        let saved = saved(self.state.as_deref(), name)?;
        diff::comparable(saved.headers(), headers).map_err(|e| {
            Error::usage("the baseline cannot be compared with this sweep")
                .hint("sweep with the same --profile, or name another --baseline")
                .source(e)
        })?;
        Ok(Some(saved.baseline(self.args.saving.only_new)))
    }

    /// Begins to save a sweep that starts at `at`, unless the command line forbids it.
    pub(super) fn keeping(
        &self,
        fleet: &Fleet,
        at: i64,
        resumed: Option<Resumed>,
    ) -> Option<Keeping> {
        let state = self
            .state
            .as_deref()
            .filter(|_| !self.args.saving.no_record)?;
        let keep = fleet.inventory.store.keep.unwrap_or(records::KEEP);
        Some(Keeping::begin(state, at, keep)?.instead_of(resumed))
    }

    /// The sweep that is gone on with, where the command line asks for it.
    pub(super) fn resumed(
        &self,
        fleet: &Fleet,
        setting: &Setting,
    ) -> Result<Option<Resumed>, Error> {
        if !self.args.saving.resume {
            return Ok(None);
        }
        let records = Records::of(self.state.as_deref().unwrap_or(Path::new("")));
        let headers = fleet.hosts().into_iter().map(|host| &host.header);
        Resumed::newest(&records, headers, setting).map(Some)
    }

    /// Begins to save what is read, where the command line asks for it.
    pub(super) fn gathering<'s>(
        &'s self,
        fleet: &'s Fleet,
        sweep: &Prepared,
    ) -> Result<Option<Gathering<'s>>, Error> {
        let asked = &self.args.gathering;
        let begin = |folder| {
            Gathering::begin(
                folder,
                asked.sign.as_deref(),
                fleet,
                sweep,
                self.environment,
            )
        };
        asked.evidence.as_deref().map(begin).transpose()
    }

    /// Opens the outputs, lets `source` tell what happens, and reports; gives the exit code. What happens is written
    /// to `keeping` too.
    pub(super) fn tell(
        &self,
        setting: Setting,
        mut keeping: Option<Keeping>,
        mut gathering: Option<Gathering<'_>>,
        source: impl FnOnce(&mut dyn FnMut(&FleetEvent)) -> Result<Option<u8>, Error>,
    ) -> Result<u8, Error> {
        let setting = Arc::new(setting);
        let mut audiences = Audiences::default();
        if let Some(keeping) = &keeping {
            audiences.add(Ndjson::record(keeping.sink(), &setting, keeping.id()));
        }
        if let Some(gathering) = &gathering {
            let id = keeping.as_ref().map_or_else(String::new, Keeping::id);
            audiences.add(Ndjson::record(gathering.sink()?, &setting, id));
        }
        self.add_progress(&setting, &mut audiences)?;
        let layout = |to_terminal| self.layout(to_terminal);
        let outputs = Outputs::open(self.args, &setting, layout, &mut audiences)?;
        let mut summary = Summary::default();
        let mut told = Ok(());
        let signal = source(&mut |event| {
            let stripped = gathering.as_mut().map(|gathering| gathering.hear(event));
            let event = stripped.as_ref().unwrap_or(event);
            summary.hear(&setting, event);
            if let Some(keeping) = &mut keeping {
                keeping.hear(event);
            }
            if let (Ok(()), Err(e)) = (&told, audiences.hear(event)) {
                told = Err(e);
            }
        })?;
        told.and(audiences.close())
            .map_err(unwritable("a report"))?;
        drop(audiences);
        if let Some(keeping) = keeping {
            let whole = signal.is_none() && !summary.cancelled;
            if let Some(id) = keeping.finish(whole, &setting.catalogue.digest()) {
                self.saved(&id);
            }
        }
        outputs.finish().map_err(unwritable("a report"))?;
        if let Some(gathering) = gathering {
            gathering.finish(&setting.catalogue.digest())?;
        }
        Ok(self.ended(signal, &summary))
    }

    /// Says where a sweep is saved, the way progress is told.
    fn saved(&self, id: &str) {
        match self.args.progress {
            ProgressArg::None => {}
            ProgressArg::Json => {
                out::complain(serde_json::json!({"event": "saved", "id": id}));
            }
            ProgressArg::Auto | ProgressArg::Plain => {
                out::complain(format_args!("saved as {id}"));
            }
        }
    }

    /// The exit code, and on standard error why it is not 0.
    fn ended(&self, signal: Option<u8>, summary: &Summary) -> u8 {
        let terms = self.terms();
        let (code, reason) = match signal {
            Some(code) => (
                code,
                Some("stopped: the report holds what was read".to_owned()),
            ),
            None => (
                exit::exit_code(summary, terms),
                exit::reason(summary, terms),
            ),
        };
        let quiet = matches!(self.args.progress, ProgressArg::None | ProgressArg::Json);
        if let (Some(reason), false) = (reason, quiet) {
            out::complain(format_args!("plimsoll: {reason}"));
        }
        code
    }

    fn terms(&self) -> Terms {
        Terms {
            fail_on: self.args.fail_on.severity(),
            strict: self.args.strict,
            allow_partial: self.args.allow_partial,
            max_unreachable: self.args.max_unreachable,
        }
    }

    fn layout(&self, to_terminal: bool) -> Layout {
        let terminal = if to_terminal {
            out::terminal()
        } else {
            Terminal::NONE
        };
        // The command line was read with this very grammar.
        let filter = self.common.filter.as_deref().map(Filter::parse);
        let filter = filter.and_then(Result::ok).unwrap_or_default();
        Layout {
            style: terminal.style(self.common, self.environment),
            group_by: self.args.group_by.into(),
            filter,
            detail: self.common.verbose,
        }
    }

    fn add_progress(&self, setting: &Arc<Setting>, audiences: &mut Audiences) -> Result<(), Error> {
        let terminal = out::error_terminal();
        let style = terminal.style(self.common, self.environment);
        let manner = match self.args.progress {
            ProgressArg::None => None,
            ProgressArg::Plain => Some(Manner::Plain),
            ProgressArg::Json => Some(Manner::Json),
            ProgressArg::Auto => Some(self.manner(terminal)),
        };
        if let Some(manner) = manner {
            audiences.add(Progress::new(
                out::stderr(),
                Arc::clone(setting),
                manner,
                style,
            ));
        }
        if let Some(path) = &self.common.log_file {
            audiences.add(log::open(path, Arc::clone(setting))?);
        }
        Ok(())
    }

    /// A line that is written over would be torn apart by lines that stream to the same terminal.
    fn manner(&self, terminal: Terminal) -> Manner {
        let streams = self.args.output.is_none()
            && (self.args.format.iter())
                .any(|format| format.file.is_none() && format.kind != FormatKind::Text);
        let torn = streams && out::terminal().there;
        if terminal.there && self.environment.term != "dumb" && !torn {
            Manner::Line
        } else {
            Manner::Plain
        }
    }
}

/// The hosts that need not be read.
pub(super) fn known(resumed: Option<&Resumed>) -> Vec<(HostIndex, Arc<HostReport>)> {
    resumed.map_or_else(Vec::new, |resumed| resumed.reports.clone())
}

/// What every audience of a sweep of `fleet` needs to know besides its events.
pub(super) fn setting(fleet: &Fleet, common: &Common, strict: bool) -> Setting {
    let hosts = fleet.hosts();
    // What a profile sets is as binding as what the inventory sets.
    let policies: Vec<(&str, Policy)> = hosts
        .iter()
        .map(|host| {
            let profile = fleet.profiles.named(&host.header.profile);
            (host.header.name.as_str(), profile.policy(&host.policy))
        })
        .collect();
    Setting {
        version: env!("CARGO_PKG_VERSION"),
        catalogue: Catalogue::new(controls::all()),
        scope: Scope {
            inventory: fleet.inventory.sha256.clone(),
            policy: identity::policy(fleet, &policies),
            program: identity::program(),
            script: probe::sha256(),
            limit: common.limit.clone(),
            parameters: Parameters::of(policies.iter().map(|(name, policy)| (*name, policy))),
            waivers: fleet.inventory.waivers.len(),
            excluded_controls: excluded(fleet),
            severity_overrides: severities(fleet),
        },
        strict,
        baseline: None,
    }
}

/// The profiles that judge the selected hosts, each once.
fn profiles(fleet: &Fleet) -> impl Iterator<Item = &Profile> {
    let hosts = fleet.hosts();
    let names: BTreeSet<&str> = hosts
        .iter()
        .map(|host| host.header.profile.as_str())
        .collect();
    names.into_iter().map(|name| fleet.profiles.named(name))
}

/// Controls that some profile leaves out on purpose.
fn excluded(fleet: &Fleet) -> Vec<String> {
    let left_out = |control: &&Control| profiles(fleet).any(|profile| profile.excluded(control));
    let ids = controls::all().filter(left_out);
    ids.map(|control| control.id.to_owned()).collect()
}

/// Severities that some profile changes; where two of them disagree, the worse one.
fn severities(fleet: &Fleet) -> BTreeMap<String, Severity> {
    let mut changed: BTreeMap<String, Severity> = BTreeMap::new();
    for (control, severity) in profiles(fleet).flat_map(Profile::severities) {
        let known = changed.entry(control.clone()).or_insert(*severity);
        *known = (*known).min(*severity);
    }
    changed
}

/// The saved sweep that `name` means.
pub(super) fn saved(state: Option<&Path>, name: &str) -> Result<Recording, Error> {
    // Without a state folder there are still files.
    Records::of(state.unwrap_or(Path::new(""))).read(name)
}
