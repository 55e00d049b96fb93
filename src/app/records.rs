//! The saved sweeps of the state folder: written as they happen, found by name, removed when they are old.
//!
//! A record is written under a name that says it is unfinished, and gets its own when it is whole: nobody ever counts
//! half a sweep. Whoever writes one holds a lock on its file; whoever renames or removes holds the folder's lock.

use std::cell::RefCell;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;

use super::error::Error;
use super::state;
use crate::record::Recording;

/// The ending of a record.
const WHOLE: &str = ".ndjson.gz";
/// The ending of a record that is being written, or whose writer was stopped.
const PART: &str = ".part.ndjson.gz";
/// How long records are kept where the inventory says nothing.
pub const KEEP: Duration = Duration::from_hours(400 * 24);
/// Bytes that all records together may take; the oldest go first.
const MOST: u64 = 8 << 30;

/// The folder of saved sweeps.
#[derive(Debug, Clone)]
pub struct Records {
    folder: PathBuf,
}

impl Records {
    /// The saved sweeps of the state folder `state`; the folder is made when the first one is.
    pub fn of(state: &Path) -> Self {
        Self {
            folder: state.join("records"),
        }
    }

    /// Begins a record of a sweep that starts at `at`.
    pub fn begin(&self, at: i64) -> io::Result<Draft> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let id = new_id(at)?;
        let path = self.folder.join(format!("{id}{PART}"));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.lock()?;
        let writer = BufWriter::with_capacity(PIECE, GzEncoder::new(file, Compression::default()));
        Ok(Draft {
            id,
            path,
            folder: self.folder.clone(),
            writer: Rc::new(RefCell::new(Ok(writer))),
        })
    }

    /// The ids of all whole records, the newest first.
    pub fn ids(&self) -> Vec<String> {
        self.names(|name| match name.strip_suffix(PART) {
            Some(_) => None,
            None => name.strip_suffix(WHOLE),
        })
    }

    fn names(&self, wanted: impl Fn(&str) -> Option<&str>) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut ids: Vec<String> = entries
            .filter_map(|entry| wanted(entry.file_name().to_str()?).map(ToOwned::to_owned))
            .collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids
    }

    /// The file that `name` means: a path, `last`, `last-N`, a day (the last sweep of it, UTC), or an id or its beginning.
    pub fn find(&self, name: &str) -> Result<PathBuf, Error> {
        let path = Path::new(name);
        if path.is_file() {
            return Ok(path.to_path_buf());
        }
        let ids = self.ids();
        let found = match name.strip_prefix("last") {
            Some("") => ids.first(),
            Some(back) => back
                .strip_prefix('-')
                .and_then(|n| n.parse().ok())
                .and_then(|n: usize| ids.get(n)),
            None => {
                let day = name.replace('-', "");
                let of_day = |id: &&String| day.len() == 8 && id.starts_with(&format!("{day}T"));
                let by_id = |id: &&String| id.starts_with(name);
                ids.iter().find(of_day).or_else(|| ids.iter().find(by_id))
            }
        };
        if let Some(id) = found {
            return Ok(self.folder.join(format!("{id}{WHOLE}")));
        }
        // A sweep that was stopped has to be named in full.
        let part = self.folder.join(format!("{name}{PART}"));
        if !name.contains('/') && part.is_file() {
            return Ok(part);
        }
        let newest: Vec<&str> = ids.iter().take(3).map(String::as_str).collect();
        let error = Error::usage(format!(
            "there is no saved sweep called {}",
            crate::domain::text::clean(name)
        ));
        Err(error.hint(if newest.is_empty() {
            format!("nothing is saved in {} yet; plimsoll sweep saves each sweep", self.folder.display())
        } else {
            format!("the newest are {}; a file, last, last-1 or a day such as 2026-11-23 can be named too", newest.join(", "))
        }))
    }

    /// The newest sweep that was stopped: its name and its file. One that is still being written is none.
    pub fn unfinished(&self) -> Option<(String, PathBuf)> {
        let ids = self.names(|name| name.strip_suffix(PART));
        ids.into_iter().find_map(|id| {
            let path = self.folder.join(format!("{id}{PART}"));
            let free = File::open(&path).is_ok_and(|file| file.try_lock_shared().is_ok());
            free.then_some((id, path))
        })
    }

    /// Reads the sweep that `name` means.
    pub fn read(&self, name: &str) -> Result<Recording, Error> {
        let path = self.find(name)?;
        let broken = || Error::usage(format!("cannot read the saved sweep {}", path.display()));
        let file = File::open(&path).map_err(|e| broken().source(e))?;
        Recording::read(file).map_err(|e| broken().source(e))
    }

    /// Removes what is older than `keep` by `now`, and the oldest where all together are too large. What somebody is
    /// writing stays.
    pub fn prune(&self, now: i64, keep: Duration) -> io::Result<()> {
        let _held = state::locked(&self.folder)?;
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let oldest =
            Timestamp::from_millisecond(now.saturating_sub(keep)).unwrap_or(Timestamp::MIN);
        let oldest = oldest.strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut total = 0;
        for name in self.names(|name| name.ends_with(WHOLE).then_some(name)) {
            let path = self.folder.join(&name);
            total += fs::metadata(&path).map_or(0, |found| found.len());
            let out = name < oldest || total > MOST;
            if out && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// A name that sorts by time and that no other process takes.
fn new_id(at: i64) -> io::Result<String> {
    let time = Timestamp::from_millisecond(at).unwrap_or_default();
    let mut random = [0; 2];
    io::Read::read_exact(&mut File::open("/dev/urandom")?, &mut random)?;
    let tail = crate::domain::text::hex(&random);
    Ok(format!("{}-{tail}", time.strftime("%Y%m%dT%H%M%SZ")))
}

/// Bytes given to the encoder at once.
const PIECE: usize = 64 * 1024;

/// Lines come in small pieces, and each piece would cost the encoder the clearing of its whole output buffer: 40 % of a
/// sweep's processor time.
type Encoder = BufWriter<GzEncoder<File>>;

/// The writer, or why there is none any more.
type Writer = io::Result<Encoder>;

/// A record that is being written.
#[derive(Debug)]
pub struct Draft {
    id: String,
    path: PathBuf,
    folder: PathBuf,
    writer: Rc<RefCell<Writer>>,
}

impl Draft {
    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where its lines go. A record that cannot be written ends no sweep: [`Draft::finish`] tells.
    pub fn sink(&self) -> impl Write + 'static {
        Sink(Rc::clone(&self.writer))
    }

    /// Ends the record when its last line was written. One of a sweep that was stopped keeps the name of an unfinished
    /// one, so that nobody compares with it by accident.
    pub fn finish(self, whole: bool) -> io::Result<String> {
        let gone = || io::Error::other("the record was closed twice");
        let writer = self.writer.replace(Err(gone()))?;
        let encoder = writer.into_inner().map_err(IntoInnerError::into_error)?;
        let file = encoder.finish()?;
        file.sync_all()?;
        if whole {
            let _held = state::locked(&self.folder)?;
            fs::rename(&self.path, self.folder.join(format!("{}{WHOLE}", self.id)))?;
        }
        File::open(&self.folder)?.sync_all()?;
        Ok(self.id)
    }
}

/// A sink that fails in silence, once.
struct Sink(Rc<RefCell<Writer>>);

impl Sink {
    fn attempt(&self, what: impl FnOnce(&mut Encoder) -> io::Result<()>) {
        let mut writer = self.0.borrow_mut();
        let done = match writer.as_mut() {
            Ok(open) => what(open),
            Err(_) => return,
        };
        if let Err(e) = done {
            *writer = Err(e);
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|open| open.write_all(bytes));
        Ok(bytes.len())
    }

    /// Everything so far can be read back, whatever happens to us next.
    fn flush(&mut self) -> io::Result<()> {
        self.attempt(|open| {
            open.flush()?;
            open.get_mut().flush()
        });
        Ok(())
    }
}
