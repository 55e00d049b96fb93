//! `plimsoll probe`: the exact script that runs on hosts.

use super::{out, unwritable};
use crate::app::error::Error;
use crate::probe;

pub(super) fn run() -> Result<u8, Error> {
    out::print(&probe::describe()).map_err(unwritable("the script"))?;
    Ok(0)
}
