//! `plimsoll controls`: the catalogue as a list.

use super::args::{Common, ControlsArgs, ListFormat};
use super::{out, unwritable};
use crate::app::environment::Environment;
use crate::app::error::Error;
use crate::controls;
use crate::report::catalogue::Catalogue;
use crate::report::controls::{Format, list};

pub(super) fn run(
    args: &ControlsArgs,
    common: &Common,
    environment: &Environment,
) -> Result<u8, Error> {
    let format = match args.format {
        ListFormat::Text => Format::Text,
        ListFormat::Json => Format::Json,
        ListFormat::Markdown => Format::Markdown,
    };
    let style = out::terminal().style(common, environment);
    let text = list(&Catalogue::new(controls::all()), format, &style);
    out::print(&text).map_err(unwritable("the list"))?;
    Ok(0)
}
