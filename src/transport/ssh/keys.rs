//! The key loader: private keys from files, decoded once and shared by all hosts.
//!
//! One of the few places that read files. A key never leaves it but as the handle that signs, and nothing here puts
//! key material into an error.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use russh::keys::{Certificate, PrivateKey, PublicKey};

use crate::domain::question::Secret;

/// Largest file that is read as a key.
const MAX_FILE: u64 = 64 << 10;

/// What a key file gives.
#[derive(Clone)]
pub(super) enum KeyFile {
    /// A key that can sign.
    Open(Arc<PrivateKey>),
    /// An encrypted key; which one, where that can be told without the passphrase.
    Locked(Option<PublicKey>),
    /// Only the public half; an agent may hold the other.
    Public(PublicKey),
}

/// Why a file gives no key.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum NoKey {
    #[error("it does not exist")]
    Missing,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("it holds no private key in a known format")]
    Format,
}

type Decoded = Result<KeyFile, NoKey>;

/// Keys decoded so far.
#[derive(Default)]
pub(super) struct KeyStore {
    decoded: Mutex<HashMap<PathBuf, (Option<SystemTime>, Decoded)>>,
    /// Keys whose passphrase nobody gave.
    declined: Mutex<HashSet<PathBuf>>,
    /// Held by the one who asks for a passphrase: the others wait for what comes of it.
    pub(super) asking: tokio::sync::Mutex<()>,
}

/// What became of a passphrase.
pub(super) enum Unlocking {
    /// The key is open from now on.
    Open,
    /// It does not fit.
    Wrong,
    /// There is no such key any more.
    Gone,
}

impl KeyStore {
    /// The key in `path`, decoded again only if the file has changed.
    pub(super) async fn load(self: &Arc<Self>, path: &Path) -> Decoded {
        let (store, path) = (Arc::clone(self), path.to_owned());
        let loading = tokio::task::spawn_blocking(move || {
            let modified = fs::metadata(&path).and_then(|found| found.modified()).ok();
            // Held while decoding: fifty hosts that start together wait for one decoding.
            let mut decoded = store.decoded.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((then, key)) = decoded.get(&path)
                && *then == modified
            {
                return key.clone();
            }
            let key = read(&path);
            decoded.insert(path, (modified, key.clone()));
            key
        });
        match loading.await {
            Ok(key) => key,
            Err(error) => Err(NoKey::Unreadable(error.to_string())),
        }
    }
}

impl KeyStore {
    /// Whether the key in `path` is still locked, and its passphrase not declined.
    pub(super) fn wants_passphrase(&self, path: &Path) -> bool {
        let declined = self.declined.lock().unwrap_or_else(PoisonError::into_inner);
        let decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        let locked = matches!(decoded.get(path), Some((_, Ok(KeyFile::Locked(_)))));
        locked && !declined.contains(path)
    }

    /// Nobody gives the passphrase of `path`.
    pub(super) fn decline(&self, path: &Path) {
        self.declined
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_owned());
    }

    /// Forgets what was declined.
    pub(super) fn forget_declined(&self) {
        self.declined
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Opens the key in `path` with `passphrase`, for all who load it from now on.
    pub(super) async fn unlock(self: &Arc<Self>, path: &Path, passphrase: Secret) -> Unlocking {
        let (store, path) = (Arc::clone(self), path.to_owned());
        let opening = tokio::task::spawn_blocking(move || {
            let modified = fs::metadata(&path).and_then(|found| found.modified()).ok();
            let Ok(text) = text(&path) else {
                return Unlocking::Gone;
            };
            match russh::keys::decode_secret_key(&text, Some(passphrase.expose())) {
                Ok(key) => {
                    let mut decoded = store.decoded.lock().unwrap_or_else(PoisonError::into_inner);
                    decoded.insert(path, (modified, Ok(KeyFile::Open(Arc::new(key)))));
                    Unlocking::Open
                }
                Err(_) => Unlocking::Wrong,
            }
        });
        opening.await.unwrap_or(Unlocking::Gone)
    }

    /// The certificates that go with the key in `path`: those of `named` files, and the one beside it. Files that cannot be read
    /// are told of only where they are named.
    pub(super) async fn certificates(
        &self,
        path: &Path,
        named: &[PathBuf],
    ) -> (Vec<Certificate>, Vec<String>) {
        let mut beside = path.as_os_str().to_owned();
        beside.push("-cert.pub");
        let files: Vec<(PathBuf, bool)> = named
            .iter()
            .map(|path| (path.clone(), true))
            .chain([(PathBuf::from(beside), false)])
            .collect();
        let reading = tokio::task::spawn_blocking(move || {
            let (mut found, mut notes) = (Vec::new(), Vec::new());
            for (path, named) in files {
                let read = text(&path).map_err(|error| error.to_string());
                let read = read.and_then(|text| {
                    Certificate::from_openssh(text.trim()).map_err(|error| error.to_string())
                });
                match read {
                    Ok(certificate) => found.push(certificate),
                    Err(why) if named => {
                        notes.push(format!("{} is no certificate: {why}", path.display()));
                    }
                    Err(_) => {}
                }
            }
            (found, notes)
        });
        reading.await.unwrap_or_default()
    }
}

fn read(path: &Path) -> Decoded {
    let text = match text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NoKey::Missing),
        Err(error) => return Err(NoKey::Unreadable(error.to_string())),
    };
    match russh::keys::decode_secret_key(&text, None) {
        Ok(key) => Ok(KeyFile::Open(Arc::new(key))),
        Err(russh::keys::Error::KeyIsEncrypted) => Ok(KeyFile::Locked(public_half(path, &text))),
        Err(_) => match PublicKey::from_openssh(text.trim()) {
            Ok(key) => Ok(KeyFile::Public(key)),
            Err(_) => Err(NoKey::Format),
        },
    }
}

/// The public half of an encrypted key: in the file itself, or beside it.
fn public_half(path: &Path, private: &str) -> Option<PublicKey> {
    if let Ok(key) = PrivateKey::from_openssh(private) {
        return Some(key.public_key().clone());
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    let beside = text(Path::new(&beside)).ok()?;
    PublicKey::from_openssh(beside.trim()).ok()
}

fn text(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut text = String::new();
    let read = fs::File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_string(&mut text)?;
    if read as u64 > MAX_FILE {
        return Err(io::Error::other("larger than 64 KiB"));
    }
    Ok(text)
}
