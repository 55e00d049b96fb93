//! Writes a waiver into the inventory: nothing but the new lines changes, and the file is the old or the new one at any
//! moment.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::error::Error;
use super::fleet::{self, Choice};
use super::ssh::SshConfig;
use crate::domain::waiver::Waiver;
use crate::inventory::addition::{Draft, Insertion, insertion};

/// What became of a waiver.
#[derive(Debug)]
pub struct Waived {
    /// The inventory.
    pub path: PathBuf,
    /// The waiver as the inventory now understands it.
    pub waiver: Waiver,
    /// What to apply by hand: asked for, or needed because the file could not be written.
    pub patch: Option<String>,
    /// Why the file could not be written.
    pub refused: Option<io::Error>,
}

/// Adds `draft` to the inventory that `choice` means, or only shows how (`dry`). `today` counts days since 1970-01-01.
pub fn waive(
    draft: &Draft,
    dry: bool,
    today: i64,
    choice: &Choice,
    environment: &Environment,
) -> Result<Waived, Error> {
    let found = fleet::find(choice, environment).ok_or_else(|| {
        Error::usage("there is no inventory to write a waiver into")
            .hint("plimsoll init writes one; --inventory names another one")
    })?;
    let old = fleet::read(&found)?;
    let name = found.display().to_string();
    let folder = fleet::folder_of(&found);
    // Its aliases may stand as jumps.
    let ssh = SshConfig::read(choice.ssh_config.as_deref(), environment)?;
    let ssh = Some(ssh.config());
    let before = fleet::parse_with(&old, &name, &folder, environment, ssh)?;
    let added = insertion(&old, draft).ok_or_else(|| {
        Error::usage(format!(
            "{name} lists its waivers in one value: `waivers = [ … ]`"
        ))
        .hint("write them as [[waivers]] tables, or add this one by hand")
    })?;
    let new = added.applied(&old);
    let after = fleet::parse_with(
        &new,
        &format!("{name} with the waiver"),
        &folder,
        environment,
        ssh,
    )?;
    let waiver = match after.waivers.split_last() {
        Some((waiver, rest)) if rest == before.waivers.as_slice() => waiver.clone(),
        _ => {
            return Err(Error::internal(format!(
                "{name} cannot be extended by a waiver"
            )));
        }
    };
    if waiver.expires_day < today {
        return Err(Error::usage(format!(
            "the waiver would have expired on {}",
            waiver.expires
        ))
        .hint("--expires is the last day it holds"));
    }
    let refused = if dry {
        None
    } else {
        replace(&found, &old, &new).err()
    };
    let patch = (dry || refused.is_some()).then(|| patch(&name, &old, &added));
    Ok(Waived {
        path: found,
        waiver,
        patch,
        refused,
    })
}

/// Puts `new` in the place of the file at `path`, which must still be `old`; owner, group and mode stay.
fn replace(path: &Path, old: &str, new: &str) -> io::Result<()> {
    // A link stays a link: the file behind it is replaced.
    let path = fs::canonicalize(path)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::other("it is no file in a folder"));
    };
    let was = fs::metadata(&path)?;
    let beside = folder.join(format!(
        ".{}.{}",
        name.to_string_lossy(),
        std::process::id()
    ));
    let written = write(&beside, new, &was).and_then(|()| {
        if fs::read_to_string(&path)? == old {
            fs::rename(&beside, &path)
        } else {
            Err(io::Error::other(
                "somebody else changed it at the same moment",
            ))
        }
    });
    if written.is_err() {
        // What failed is told; a file that is left over is not in the way of the next one.
        let _left = fs::remove_file(&beside);
    }
    written?;
    fs::File::open(folder)?.sync_all()
}

fn write(path: &Path, text: &str, like: &fs::Metadata) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        fchown(&file, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(like.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Lines around a change that a patch shows.
const AROUND: usize = 3;

/// The insertion as a patch for `patch -p0`.
fn patch(name: &str, old: &str, added: &Insertion) -> String {
    let (before, after) = old.split_at(added.at);
    let above: Vec<&str> = before.split_inclusive('\n').collect();
    let below: Vec<&str> = after.split_inclusive('\n').take(AROUND).collect();
    let skipped = above.len().saturating_sub(AROUND);
    let context = above.get(skipped..).unwrap_or_default();
    let unfinished = !before.is_empty() && !before.ends_with('\n');
    // A last line without a line end gets one: it is taken away and put back.
    let text = if unfinished {
        added.text.trim_start_matches('\r').trim_start_matches('\n')
    } else {
        &added.text
    };
    let new: Vec<&str> = text.split_inclusive('\n').collect();
    let length = context.len() + below.len();
    let first = if length == 0 { 0 } else { skipped + 1 };
    let mut out = format!("--- {name}\n+++ {name}\n");
    // Writing to a string cannot fail.
    let _infallible = writeln!(
        out,
        "@@ -{first},{length} +{},{} @@",
        skipped + 1,
        length + new.len()
    );
    for (place, line) in context.iter().enumerate() {
        if unfinished && place + 1 == context.len() {
            let _infallible = write!(out, "-{line}\n\\ No newline at end of file\n+{line}\n");
        } else {
            let _infallible = write!(out, " {line}");
        }
    }
    for line in new {
        let _infallible = write!(out, "+{line}");
    }
    for line in below {
        let _infallible = write!(out, " {line}");
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
    out
}
