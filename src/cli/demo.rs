//! `plimsoll demo`: the dashboard, or a sweep, on the simulated fleet.

use super::args::{Common, DemoArgs};
use super::dashboard;
use super::sweep::{Reading, known};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::repair::Workshop;
use crate::app::{demo, run};

pub(super) fn run(
    args: &DemoArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let choice = common.choice();
    let mut fleet = demo::load(&choice, environment)?;
    if let Some(hosts) = args.hosts {
        let there = fleet.selected.len();
        if usize::from(hosts) > there {
            return Err(Error::usage(format!(
                "the simulated fleet has {there} hosts, not {hosts}"
            )));
        }
        fleet.selected.truncate(hosts.into());
    }
    let (ways, clock) = (run::Ways::silent(demo::dialer()?), demo::clock()?);
    let started = clock();
    let prepared =
        |keep_evidence| run::sweep(&fleet, &choice, environment, ways, clock, keep_evidence);
    let Some(report) = args.report() else {
        let sweep = prepared(true)?;
        let own = demo::own(environment)?;
        let workshop = Workshop::of(&sweep, common.read_only, &own);
        return dashboard::open(&fleet, common, environment, None, Some(workshop), || {
            Ok(sweep)
        });
    };
    // The simulated fleet has a memory of its own: it is no part of anybody's history.
    let state = (environment.state.as_deref()).map(|state| state.join("demo"));
    let reading = Reading {
        args: report,
        common,
        environment,
        state,
    };
    let setting = reading.setting(&fleet)?;
    let resumed = reading.resumed(&fleet, &setting)?;
    let known = known(resumed.as_ref());
    let keeping = reading.keeping(&fleet, started, resumed);
    let prepared = prepared(report.gathering.evidence.is_some())?;
    let gathering = reading.gathering(&fleet, &prepared)?;
    reading.tell(setting, keeping, gathering, |hear| {
        run::listen(prepared, None, known, hear)
    })
}
