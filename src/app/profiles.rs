//! Profiles that people declared: finds, reads and checks those that are meant.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::error::Error;
use super::fleet::{listed, words};
use crate::assess::profile::{self, Profiles};
use crate::controls;
use crate::inventory;

/// Largest profile that is read.
const LARGEST: u64 = 1024 * 1024;

/// Names of profiles and, for those that stand in files, where.
#[derive(Debug, Default)]
pub struct Shelf {
    files: BTreeMap<String, PathBuf>,
}

impl Shelf {
    /// The profiles in the folder `profiles` of the configuration.
    pub fn of(environment: &Environment) -> Self {
        let folder = environment
            .config
            .as_ref()
            .map(|config| config.join("profiles"));
        // A folder that is not there holds no profiles; a name from one that cannot be read will not be found.
        let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
        let files = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter_map(|path| Some((name_of(&path)?, path)))
            .collect();
        Self { files }
    }

    /// The names that an inventory may use.
    pub fn names(&self) -> Vec<&str> {
        let own = self.files.keys().map(String::as_str);
        profile::names().into_iter().chain(own).collect()
    }

    /// The name of the profile that `--profile` means: a name, or a file by its path.
    pub fn chosen(&mut self, written: &str) -> Result<String, Error> {
        if self.names().contains(&written) {
            return Ok(written.to_owned());
        }
        let path = PathBuf::from(written);
        let looks_like_a_path = written.contains('/') || name_of(&path).is_some();
        let Some(name) = name_of(&path).filter(|_| looks_like_a_path) else {
            return Err(
                Error::usage(format!("--profile: unknown profile `{written}`"))
                    .hint(inventory::one_of(written, &self.names())),
            );
        };
        self.files.insert(name.clone(), path);
        Ok(name)
    }

    /// Reads those of `used` that stand in files.
    pub fn load(
        &self,
        used: &BTreeSet<&str>,
        environment: &Environment,
    ) -> Result<Profiles, Error> {
        let mut profiles = Profiles::default();
        for (name, path) in &self.files {
            if used.contains(name.as_str()) {
                let text = read(path)?;
                let file = path.display().to_string();
                let declared = words(environment, Path::new("/"), &profile::names(), |words| {
                    inventory::profile(&text, &file, name, words)
                });
                profiles.add(declared.map_err(|problems| listed(&problems, "profile"))?);
                if !controls::all().any(|control| profiles.named(name).includes(control)) {
                    return Err(
                        Error::usage(format!("{file}: the profile selects no control"))
                            .hint("exclude less of it"),
                    );
                }
            }
        }
        Ok(profiles)
    }
}

/// The name of the profile in the file `path`; none where it is no TOML file.
fn name_of(path: &Path) -> Option<String> {
    let toml = path
        .extension()
        .is_some_and(|extension| extension == "toml");
    let stem = path.file_stem()?.to_str()?;
    toml.then(|| stem.to_owned())
}

fn read(path: &Path) -> Result<String, Error> {
    let broken = |e: std::io::Error| {
        Error::usage(format!("cannot read the profile {}", path.display()))
            .hint("docs/profiles.md says how one is written")
            .source(e)
    };
    let size = fs::metadata(path).map_err(broken)?.len();
    if size > LARGEST {
        return Err(Error::usage(format!(
            "the profile {} has {size} bytes; at most {LARGEST} are read",
            path.display()
        )));
    }
    fs::read_to_string(path).map_err(broken)
}
