//! `plimsoll` by itself: the dashboard on the inventory.

use std::io::IsTerminal as _;
use std::sync::Arc;

use super::args::{Color, Common};
use super::sweep::setting;
use crate::app::dashboard::{self, Look};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::app::fleet::{self, Fleet, Source};
use crate::app::log;
use crate::app::repair::Workshop;
use crate::app::run::{self, Notices, Prepared, Ways};

/// The dashboard on the inventory.
pub(super) fn run(common: &Common, environment: &Environment) -> Result<u8, Error> {
    let choice = common.choice();
    let fleet = fleet::load(&choice, environment)?;
    let (ways, notices) = Ways::real(environment, true);
    let prepared = run::sweep(&fleet, &choice, environment, ways, run::clock(), true)?;
    let workshop = Workshop::of(&prepared, common.read_only, environment);
    open(&fleet, common, environment, notices, Some(workshop), || {
        Ok(prepared)
    })
}

/// Opens the dashboard on the sweep that `prepared` makes and stays until it is left; gives the exit code.
pub(super) fn open(
    fleet: &Fleet,
    common: &Common,
    environment: &Environment,
    notices: Option<Notices>,
    workshop: Option<Workshop>,
    prepared: impl FnOnce() -> Result<Prepared, Error>,
) -> Result<u8, Error> {
    need_terminal(environment)?;
    let mut look = look(&place(fleet), common);
    look.waivers.clone_from(&fleet.inventory.waivers);
    let log = match &common.log_file {
        Some(path) => Some(log::open(path, Arc::new(setting(fleet, common, false)))?),
        None => None,
    };
    run::runtime()?.block_on(dashboard::run(
        prepared()?,
        &look,
        notices,
        log,
        workshop,
        environment,
    ))
}

/// Refuses to draw where nobody can see it.
pub(super) fn need_terminal(environment: &Environment) -> Result<(), Error> {
    if environment.term == "dumb" {
        return Err(Error::usage(
            "the dashboard needs a terminal that can move its cursor, and TERM is dumb",
        )
        .hint("plimsoll sweep needs none"));
    }
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Error::usage("the dashboard needs a terminal").hint("plimsoll sweep needs none"))
}

/// Where the hosts come from, in a word or two.
fn place(fleet: &Fleet) -> String {
    match &fleet.source {
        Source::Demo => "demo".to_owned(),
        Source::Local(_) => "local engine".to_owned(),
        Source::File(path) => path
            .file_stem()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
    }
}

/// How a dashboard on the hosts of `place` looks.
pub(super) fn look(place: &str, common: &Common) -> Look {
    let scope = match &common.limit {
        Some(limit) => format!("{place} {limit}"),
        None => place.to_owned(),
    };
    Look {
        theme: common.theme.clone(),
        color: match common.color {
            Color::Auto => None,
            Color::Always => Some(true),
            Color::Never => Some(false),
        },
        ascii: common.ascii,
        filter: common.filter.clone(),
        scope: crate::domain::text::clean(&scope),
        read_only: common.read_only,
        waivers: Vec::new(),
    }
}
