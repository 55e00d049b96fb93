//! `plimsoll doctor`: where and why a host cannot be read, stage by stage.

use super::args::{Common, DoctorArgs, DoctorFormat};
use super::{out, unwritable};
use crate::app::doctor;
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::fleet;
use crate::app::run::Ways;
use crate::domain::diagnosis::Diagnosis;
use crate::report;

/// Exit code where a stage of a host failed.
const NOT_REACHED: u8 = 3;

pub(super) fn run(
    args: &DoctorArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let mut choice = common.choice();
    if choice.limit.is_some() {
        return Err(
            Error::usage("doctor takes the hosts themselves, not --limit")
                .hint("plimsoll doctor web-01 'edge-*'"),
        );
    }
    choice.limit = Some(args.hosts.join(","));
    let fleet = fleet::load(&choice, environment)?;
    let (ways, _nobody) = Ways::real(environment, false);
    let diagnoses = doctor::examine(&fleet, environment, &ways)?;
    let text = match args.format {
        DoctorFormat::Text => {
            let style = out::terminal().style(common, environment);
            report::doctor::text(&diagnoses, &style)
        }
        DoctorFormat::Json => report::doctor::json(&diagnoses)
            .map_err(|e| Error::internal("cannot write the diagnosis").source(e))?,
    };
    out::print(&text).map_err(unwritable("the diagnosis"))?;
    let well = diagnoses.iter().all(Diagnosis::is_well);
    Ok(if well { 0 } else { NOT_REACHED })
}
