//! Where the reports of a sweep go: files, standard output, or both; opened before anything is contacted.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::args::SweepArgs;
use super::format::{FormatArg, FormatKind};
use super::out;
use crate::app::error::Error;
use crate::report::Setting;
use crate::report::audiences::Audiences;
use crate::report::csv::Csv;
use crate::report::html::Html;
use crate::report::json::{Json, Ndjson};
use crate::report::junit::Junit;
use crate::report::markdown::Markdown;
use crate::report::ocsf::Ocsf;
use crate::report::oscal::Oscal;
use crate::report::prometheus::Prometheus;
use crate::report::sarif::Sarif;
use crate::report::text::{Layout, Text};

/// A sink that an audience owns.
type Sink = Box<dyn Write>;

/// What is left to do when all audiences have heard the end.
#[derive(Default)]
pub(super) struct Outputs {
    /// Files written beside their place, to be moved there when they are whole.
    finished: Vec<(PathBuf, PathBuf)>,
    /// The common output, and the reports that wait for the one before them on it.
    common: Option<Sink>,
    waiting: Vec<Rc<RefCell<Vec<u8>>>>,
}

impl Outputs {
    /// Opens every output and adds an audience for each format, in the order named.
    pub(super) fn open(
        args: &SweepArgs,
        setting: &Arc<Setting>,
        mut layout: impl FnMut(bool) -> Layout,
        audiences: &mut Audiences,
    ) -> Result<Self, Error> {
        refuse_twice(args)?;
        let mut outputs = Self::default();
        let mut first = true;
        for FormatArg { kind, file } in &args.format {
            let to_terminal = file.is_none() && args.output.is_none();
            let sink: Sink = match file {
                Some(path) => outputs.file(path, *kind)?,
                None if first => {
                    first = false;
                    match &args.output {
                        Some(path) => outputs.file(path, *kind)?,
                        None => Box::new(out::stdout()),
                    }
                }
                None => outputs.behind(),
            };
            let setting = Arc::clone(setting);
            match kind {
                FormatKind::Text => audiences.add(Text::new(sink, setting, layout(to_terminal))),
                FormatKind::Json => audiences.add(Json::new(sink, setting)),
                FormatKind::Ndjson => audiences.add(Ndjson::new(sink, setting)),
                FormatKind::Csv => audiences.add(Csv::new(sink, setting)),
                FormatKind::Markdown => audiences.add(Markdown::new(sink, setting)),
                FormatKind::Html => audiences.add(Html::new(sink, setting)),
                FormatKind::Sarif => audiences.add(Sarif::new(sink, setting)),
                FormatKind::Junit => audiences.add(Junit::new(sink, setting)),
                FormatKind::Oscal => audiences.add(Oscal::new(sink, setting)),
                FormatKind::Ocsf => audiences.add(Ocsf::new(sink, setting)),
                FormatKind::Prometheus => audiences.add(Prometheus::new(sink, setting)),
            }
        }
        if !outputs.waiting.is_empty() {
            outputs.common = Some(match &args.output {
                Some(path) => outputs.again(path)?,
                None => Box::new(out::stdout()),
            });
        }
        Ok(outputs)
    }

    /// Puts the finished reports in their places; to be called when the audiences are gone.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if let Some(common) = &mut self.common {
            for report in self.waiting.drain(..) {
                common.write_all(&report.borrow())?;
            }
            common.flush()?;
        }
        for (beside, place) in self.finished.drain(..) {
            fs::rename(beside, place)?;
        }
        Ok(())
    }

    /// A file. A report that is only of use when whole is written beside its place first, so that a reader never finds
    /// half of one; lines are of use as they come, and devices and pipes have no beside.
    fn file(&mut self, path: &Path, kind: FormatKind) -> Result<Sink, Error> {
        // A link stays a link: what it points to is replaced.
        let place = fs::canonicalize(path).unwrap_or_else(|_absent| path.to_path_buf());
        let special = fs::metadata(&place).is_ok_and(|found| !found.is_file());
        let target = if special || kind.streams() {
            place
        } else {
            let mut name = place.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{}.part", std::process::id()));
            let beside = place.with_file_name(name);
            self.finished.push((beside.clone(), place));
            beside
        };
        let file = File::create(&target).map_err(|e| unwritable(path, e))?;
        Ok(Box::new(BufWriter::new(out::Quiet::new(file))))
    }

    /// The file of `--output` once more, for the reports behind the first.
    fn again(&self, path: &Path) -> Result<Sink, Error> {
        let place = fs::canonicalize(path).unwrap_or_else(|_absent| path.to_path_buf());
        let beside = self.finished.iter().find(|(_, found)| *found == place);
        let target = beside.map_or(&place, |(beside, _)| beside);
        let file = File::options().append(true).open(target);
        Ok(Box::new(file.map_err(|e| unwritable(path, e))?))
    }

    /// A report that waits until the one before it on the common output is whole.
    fn behind(&mut self) -> Sink {
        let report = Rc::new(RefCell::new(Vec::new()));
        self.waiting.push(Rc::clone(&report));
        Box::new(Shared(report))
    }
}

impl Drop for Outputs {
    /// Removes what was not finished.
    fn drop(&mut self) {
        for (beside, _) in &self.finished {
            // It may never have come into being.
            let _absent = fs::remove_file(beside);
        }
    }
}

/// A report kept in memory until its turn.
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Two reports in one file would overwrite each other.
fn refuse_twice(args: &SweepArgs) -> Result<(), Error> {
    let mut places = BTreeSet::new();
    for path in args
        .output
        .iter()
        .chain(args.format.iter().filter_map(|f| f.file.as_ref()))
    {
        let place = fs::canonicalize(path).unwrap_or_else(|_absent| path.clone());
        if !places.insert(place) {
            let shown = path.display();
            return Err(Error::usage(format!(
                "two reports would be written to {shown}"
            )));
        }
    }
    Ok(())
}

fn unwritable(path: &Path, e: io::Error) -> Error {
    Error::usage(format!("cannot write {}", path.display())).source(e)
}
