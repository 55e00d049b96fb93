//! `plimsoll init`: a commented inventory to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::args::InitArgs;
use super::{out, unwritable};
use crate::app::error::Error;
use crate::inventory::EXAMPLE;

pub(super) fn run(args: &InitArgs) -> Result<u8, Error> {
    if args.path == Path::new("-") {
        out::print(EXAMPLE).map_err(unwritable("the inventory"))?;
        return Ok(0);
    }
    let shown = args.path.display();
    // Asking whether the file exists first would leave a moment in which it could appear.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.path)
        .map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => Error::usage(format!("{shown} exists already"))
                .hint("name another file, or - for standard output"),
            _ => Error::usage(format!("cannot write {shown}")).source(e),
        })?;
    file.write_all(EXAMPLE.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(unwritable("the inventory"))?;
    out::complain(format_args!(
        "wrote {shown}: name your hosts in it, then run plimsoll"
    ));
    Ok(0)
}
