//! The log file: every event of a sweep, a JSON object a line, as it happens.

use std::fs::File;
use std::io::LineWriter;
use std::path::Path;
use std::sync::Arc;

use super::error::Error;
use crate::report::Setting;
use crate::report::progress::{Manner, Progress};
use crate::report::style::Style;

/// An audience that writes a log file.
pub type Log = Progress<LineWriter<File>>;

/// Starts the log file `path` anew.
pub fn open(path: &Path, setting: Arc<Setting>) -> Result<Log, Error> {
    let file = File::create(path).map_err(|e| {
        Error::usage(format!("cannot write the log file {}", path.display())).source(e)
    })?;
    let file = LineWriter::new(file);
    Ok(Progress::new(file, setting, Manner::Json, Style::default()))
}
