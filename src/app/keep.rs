//! Keeps what the dashboard hands over: files that a person asked for, and `views.toml` in the state folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::tui::keeper::Keeper;
use crate::tui::views::Views;

use super::state;

const FILE: &str = "views.toml";

/// Largest state file that is read; ours has five lines.
const LARGEST: u64 = 16 * 1024;

/// The files of one dashboard.
#[derive(Debug)]
pub struct Files {
    /// Where files that a person asked for go first.
    here: PathBuf,
    state: Option<PathBuf>,
}

impl Files {
    /// Files in the folder that the program was started in and, where nothing can be written there, in `state`.
    pub fn new(state: Option<&Path>) -> Self {
        Self {
            here: PathBuf::from("."),
            state: state.map(Path::to_path_buf),
        }
    }

    /// What was remembered.
    pub fn views(&self) -> Views {
        let Some(folder) = &self.state else {
            return Views::default();
        };
        let mut text = String::new();
        let read = File::open(folder.join(FILE))
            .and_then(|file| file.take(LARGEST).read_to_string(&mut text));
        read.map_or_else(|_| Views::default(), |_| Views::parse(&text))
    }

    fn write_views(&self, views: &Views) -> io::Result<()> {
        let Some(folder) = &self.state else {
            return Ok(());
        };
        let _lock = state::locked(folder)?;
        let new = folder.join(format!("{FILE}.{}", std::process::id()));
        let written = private()
            .create(true)
            .truncate(true)
            .open(&new)
            .and_then(|mut file| file.write_all(views.text().as_bytes()))
            .and_then(|()| fs::rename(&new, folder.join(FILE)));
        if written.is_err() {
            let _gone = fs::remove_file(&new);
        }
        written
    }
}

impl Keeper for Files {
    fn save(&mut self, name: &str, text: &str) -> Result<String, String> {
        let folders = [Some(&self.here), self.state.as_ref()];
        let mut why = String::new();
        for folder in folders.into_iter().flatten() {
            match save(folder, name, text) {
                Ok(path) => return Ok(path.display().to_string()),
                Err(e) => why = format!("cannot write {name}: {e}"),
            }
        }
        Err(why)
    }

    fn remember(&mut self, views: &Views) {
        // Only convenience is lost where it cannot be kept.
        let _unkept = self.write_views(views);
    }
}

fn private() -> OpenOptions {
    OpenOptions::new().mode(0o600).write(true).to_owned()
}

/// Writes a new file; one that is there already is left alone, and the new one gets a number.
fn save(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    for number in 1..100 {
        let name = match number {
            1 => name.to_owned(),
            number => format!("{stem}-{number}.{ending}"),
        };
        let path = folder.join(name);
        match private().create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return fs::canonicalize(&path);
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Files, Keeper as _, Views};
    use crate::tui::screen::fleet::FleetSort;

    #[test]
    fn what_is_remembered_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::new(Some(folder.path()));
        assert_eq!(files.views(), Views::default());
        let views = Views {
            fleet: (FleetSort::Age, true),
            ..Views::default()
        };
        files.remember(&views);
        assert_eq!(files.views(), views);
    }

    #[test]
    fn a_file_that_is_there_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files {
            here: folder.path().to_path_buf(),
            state: None,
        };
        let first = files.save("fleet.csv", "one").unwrap();
        let second = files.save("fleet.csv", "two").unwrap();
        assert!(second.ends_with("fleet-2.csv"), "{second}");
        assert_eq!(fs::read_to_string(first).unwrap(), "one");
        files.here = folder.path().join("nowhere");
        let why = files.save("fleet.csv", "three").unwrap_err();
        assert!(why.starts_with("cannot write fleet.csv"), "{why}");
    }
}
