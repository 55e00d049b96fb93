//! The state folder: what is kept between runs, readable by its owner only.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::error::Error;
use crate::redact::Redactor;

const KEY_FILE: &str = "fingerprint.key";

/// The redactor whose key lives in the state folder, made on first use (contract, section 6). Without a folder the
/// key lives as long as the process: fingerprints then cannot be compared with those of another run.
pub fn redactor(folder: Option<&Path>) -> Result<Redactor, Error> {
    let Some(folder) = folder else {
        return Ok(Redactor::new(random_key()?));
    };
    let broken = |e: std::io::Error| {
        Error::usage(format!("cannot use the state folder {}", folder.display()))
            .hint("set PLIMSOLL_STATE to a folder that you own")
            .source(e)
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(broken)?;
    let path = folder.join(KEY_FILE);
    // Another process may make the key at the same moment: whoever links first wins, both then read the same file.
    if !path.exists() {
        let mine = folder.join(format!("{KEY_FILE}.{}", std::process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&mine)
            .map_err(broken)?;
        file.write_all(&random_key()?).map_err(broken)?;
        file.sync_all().map_err(broken)?;
        let linked = fs::hard_link(&mine, &path);
        fs::remove_file(&mine).map_err(broken)?;
        if let Err(e) = linked
            && e.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(broken(e));
        }
    }
    let mut file = fs::File::open(&path).map_err(broken)?;
    let mode = file.metadata().map_err(broken)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Error::usage(format!(
            "{} can be read by others (mode {:04o})",
            path.display(),
            mode & 0o7777
        ))
        .hint(format!("chmod 600 {}", path.display())));
    }
    let mut key = [0; 32];
    file.read_exact(&mut key).map_err(|e| {
        Error::usage(format!("{} is not a key of 32 bytes", path.display()))
            .hint("remove it; a new one is made, and old fingerprints can no longer be compared")
            .source(e)
    })?;
    Ok(Redactor::new(key))
}

/// Holds the lock of `folder` until it is dropped; waits for whoever holds it.
pub(super) fn locked(folder: &Path) -> std::io::Result<fs::File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(folder.join("lock"))?;
    file.lock()?;
    Ok(file)
}

fn random_key() -> Result<[u8; 32], Error> {
    let mut key = [0; 32];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut key))
        .map_err(|e| Error::internal("cannot read random bytes from /dev/urandom").source(e))?;
    Ok(key)
}
