//! Whether a host's key is accepted: the files on file, the policy, and remembering a new key.
//!
//! Fails closed: a file that is there but cannot be read, and a key that cannot be remembered, refuse the host. Text
//! and verdicts are the matter of [`super::known_hosts`].

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use russh::keys::{Algorithm, PublicKey};

use super::known_hosts::{self, KnownHosts, OnFile, Verdict, fingerprint};
use crate::domain::failure::{Failure, FailureClass, Stage};
use crate::domain::question::{NewKey, Question};
use crate::inventory::spec::HostKeyPolicy;
use crate::transport::ask::{Desk, Unanswered};

/// Largest file that is read.
const MAX_FILE: u64 = 16 << 20;

/// The file that people name to have nothing on file.
const NOWHERE: &str = "/dev/null";

/// The files read so far, shared by all hosts, and the keys pinned for this run where no file can be had.
#[derive(Default)]
pub(super) struct HostKeys {
    read: Mutex<HashMap<PathBuf, (Stamp, Arc<KnownHosts>)>>,
    pinned: Mutex<String>,
}

/// Tells whether a file is still the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

/// How one server's key is checked.
pub(super) struct Check {
    pub(super) host: String,
    pub(super) port: u16,
    /// The server as `ssh-keyscan` is given it.
    pub(super) scan: String,
    pub(super) policy: HostKeyPolicy,
    /// The files asked for, also those that do not exist.
    pub(super) paths: Vec<PathBuf>,
    /// Their contents.
    pub(super) files: Vec<Arc<KnownHosts>>,
    pub(super) store: Arc<HostKeys>,
}

impl HostKeys {
    /// The contents of `paths`; files that do not exist are empty.
    pub(super) async fn load(
        self: &Arc<Self>,
        paths: Vec<PathBuf>,
    ) -> Result<Vec<Arc<KnownHosts>>, Failure> {
        let store = Arc::clone(self);
        blocking(move || {
            let mut files = Vec::with_capacity(paths.len() + 1);
            for path in &paths {
                files.extend(store.file(path).map_err(|error| unreadable(path, &error))?);
            }
            let pinned = store.pinned.lock().unwrap_or_else(PoisonError::into_inner);
            if !pinned.is_empty() {
                files.push(Arc::new(KnownHosts::parse(
                    &pinned,
                    Path::new("(this run)"),
                )));
            }
            Ok(files)
        })
        .await
    }

    fn file(&self, path: &Path) -> io::Result<Option<Arc<KnownHosts>>> {
        // A link that leads nowhere is not an absent file: somebody meant there to be one.
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let found = fs::metadata(path)?;
        if path == Path::new(NOWHERE) {
            return Ok(None);
        }
        if !found.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let stamp = Stamp {
            modified: found.modified().ok(),
            length: found.len(),
        };
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((then, known)) = read.get(path)
            && *then == stamp
        {
            return Ok(Some(Arc::clone(known)));
        }
        let known = Arc::new(KnownHosts::parse(&text(path)?, path));
        read.insert(path.to_owned(), (stamp, Arc::clone(&known)));
        Ok(Some(known))
    }

    /// Puts a new key on file, once more looking at what is there while the file is locked.
    async fn remember(self: &Arc<Self>, check: &Check, key: &PublicKey) -> Result<(), Failure> {
        let Some(line) = known_hosts::line_for(&check.host, check.port, key) else {
            return Err(check.refusal(
                FailureClass::HostkeyUnknown,
                key,
                "its name cannot be written into a known_hosts file",
                "put a plain host name or address into the inventory",
            ));
        };
        let kept = |path: &&PathBuf| path.as_path() != Path::new(NOWHERE);
        let Some(path) = check.paths.first().filter(kept).cloned() else {
            self.pinned
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_str(&line);
            return Ok(());
        };
        let (host, port, key_to_keep) = (check.host.clone(), check.port, key.clone());
        let kept =
            blocking(move || {
                append(&path, &line, &host, port, &key_to_keep).map_err(|error| {
                    Failure::new(
                    FailureClass::HostkeyUnknown,
                    Stage::Hostkey,
                    format!("the host key of {host} cannot be remembered in {}", path.display()),
                    "make the file writable, or name another one with known_hosts in the inventory",
                )
                .caused_by(&error)
                })
            })
            .await?;
        match kept {
            Verdict::Match | Verdict::Unknown => Ok(()),
            other => check.judge(key, other),
        }
    }
}

impl Check {
    /// Types of host keys in the order in which they are asked for.
    pub(super) fn preferred_types(&self) -> Vec<Algorithm> {
        let mut wanted = known_hosts::types_on_file(&self.files, &self.host, self.port);
        wanted.extend(russh::Preferred::DEFAULT.key.iter().cloned());
        let mut types = Vec::new();
        for kind in wanted {
            match kind {
                // Signatures with SHA-1 are not accepted, whatever the key.
                Algorithm::Rsa { hash: None } => {
                    for hash in [russh::keys::HashAlg::Sha512, russh::keys::HashAlg::Sha256] {
                        types.push(Algorithm::Rsa { hash: Some(hash) });
                    }
                }
                Algorithm::Dsa => {}
                other => types.push(other),
            }
        }
        let mut once = Vec::new();
        for kind in types {
            if !once.contains(&kind) {
                once.push(kind);
            }
        }
        once
    }

    /// Types of keys whose certificates are asked for: none where no authority is on file.
    pub(super) fn certificate_types(&self) -> Vec<Algorithm> {
        if known_hosts::has_authority(&self.files, &self.host, self.port) {
            super::authority::kinds()
        } else {
            Vec::new()
        }
    }

    /// Accepts `key`, remembers it, or says why not.
    pub(super) async fn decide(&self, key: &PublicKey) -> Result<(), Failure> {
        let verdict = known_hosts::verdict(&self.files, &self.host, self.port, key);
        if verdict == Verdict::Unknown && self.policy == HostKeyPolicy::AcceptNew {
            return self.store.remember(self, key).await;
        }
        self.judge(key, verdict)
    }

    /// Whether a person may be asked about a key that was refused for this reason.
    pub(super) fn may_ask(&self, class: FailureClass) -> bool {
        self.policy == HostKeyPolicy::Ask && class == FailureClass::HostkeyUnknown
    }

    /// Asks about `key`, with nothing connected meanwhile, and puts it on file if it is to be trusted. `refusal` is what
    /// it comes to where nobody can be asked.
    pub(super) async fn ask(
        &self,
        key: &PublicKey,
        desk: &Desk,
        mut refusal: Failure,
    ) -> Result<(), Failure> {
        let question = Question::NewKey(NewKey {
            server: known_hosts::lookup_name(&self.host, self.port),
            kind: key.algorithm().as_str().to_owned(),
            fingerprint: fingerprint(key),
            compare: compare(key),
            file: self.paths.first().map_or_else(
                || "the memory of this run".to_owned(),
                |path| path.display().to_string(),
            ),
        });
        match desk.ask(question).await {
            Ok(_yes) => self.store.remember(self, key).await,
            Err(Unanswered::Declined) => {
                refusal
                    .causes
                    .push("you were asked and did not trust it".to_owned());
                Err(refusal)
            }
            Err(Unanswered::Nobody) => {
                refusal.causes.push(
                    "host_key = \"ask\", but nobody can be asked here: run it on a terminal"
                        .to_owned(),
                );
                Err(refusal)
            }
        }
    }

    pub(super) fn judge(&self, key: &PublicKey, verdict: Verdict) -> Result<(), Failure> {
        match verdict {
            Verdict::Match => Ok(()),
            Verdict::Unknown => {
                let hint = format!(
                    "compare this fingerprint on the host ({}), then: ssh-keyscan {} >> {}",
                    compare(key),
                    self.scan,
                    self.first_path()
                );
                let mut failure =
                    self.refusal(FailureClass::HostkeyUnknown, key, "it is not on file", hint);
                if known_hosts::has_authority(&self.files, &self.host, self.port) {
                    failure.causes.push(
                        "an authority is on file for it, but it has no certificate of that one"
                            .to_owned(),
                    );
                }
                Err(failure)
            }
            Verdict::Changed(on_file) => {
                Err(self.changed(key, &on_file, "a different one is on file"))
            }
            Verdict::OtherTypeKnown(on_file) => {
                Err(self.changed(key, &on_file, "only keys of another type are on file"))
            }
            Verdict::Revoked(entry) => {
                let mut failure = self.refusal(
                    FailureClass::HostkeyRevoked,
                    key,
                    "it is marked as revoked",
                    "do not connect; give the host a new key and put that one on file",
                );
                failure.causes.push(place(&entry));
                Err(failure)
            }
        }
    }

    fn changed(&self, key: &PublicKey, on_file: &[OnFile], what: &str) -> Failure {
        let expected = on_file
            .first()
            .map_or_else(String::new, |entry| format!(" ({})", entry.fingerprint));
        let file = on_file.first().map_or_else(
            || self.first_path(),
            |entry| entry.file.display().to_string(),
        );
        let mut failure = self.refusal(
            FailureClass::HostkeyChanged,
            key,
            &format!("{what}{expected}"),
            format!(
                "somebody may sit in between; only if the host was set up anew: ssh-keygen -f {file} -R '{}', \
                 then put its new key on file",
                known_hosts::lookup_name(&self.host, self.port)
            ),
        );
        failure.causes.extend(on_file.iter().take(6).map(place));
        failure
    }

    fn refusal(
        &self,
        class: FailureClass,
        key: &PublicKey,
        why: &str,
        hint: impl Into<String>,
    ) -> Failure {
        Failure::new(
            class,
            Stage::Hostkey,
            format!(
                "the host key of {}, {} {}, is refused: {why}",
                known_hosts::lookup_name(&self.host, self.port),
                key.algorithm().as_str(),
                fingerprint(key)
            ),
            hint,
        )
    }

    fn first_path(&self) -> String {
        self.paths.first().map_or_else(
            || "a known_hosts file".to_owned(),
            |path| path.display().to_string(),
        )
    }
}

fn place(entry: &OnFile) -> String {
    format!(
        "{}:{} has {} {}",
        entry.file.display(),
        entry.line,
        entry.kind,
        entry.fingerprint
    )
}

/// The command that prints the fingerprint of `key` on the host.
fn compare(key: &PublicKey) -> String {
    format!(
        "ssh-keygen -lf /etc/ssh/ssh_host_{}_key.pub",
        short_type(key)
    )
}

fn short_type(key: &PublicKey) -> &'static str {
    match key.algorithm() {
        Algorithm::Rsa { .. } => "rsa",
        Algorithm::Ecdsa { .. } => "ecdsa",
        _ => "ed25519",
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        FailureClass::HostkeyUnknown,
        Stage::Hostkey,
        format!(
            "{} is there but cannot be read, so no host key can be checked",
            path.display()
        ),
        "make the file readable, or name another one with known_hosts in the inventory",
    )
    .caused_by(error)
}

fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::Error::other("larger than 16 MiB"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Appends `line` under a lock unless the file says something about the host by now, which is then the verdict.
fn append(path: &Path, line: &str, host: &str, port: u16, key: &PublicKey) -> io::Result<Verdict> {
    if let Some(folder) = path.parent()
        && !folder.as_os_str().is_empty()
    {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    file.lock()?;
    let mut before = Vec::new();
    (&file).take(MAX_FILE + 1).read_to_end(&mut before)?;
    if before.len() as u64 > MAX_FILE {
        return Err(io::Error::other("larger than 16 MiB"));
    }
    let known = KnownHosts::parse(&String::from_utf8_lossy(&before), path);
    let verdict = known_hosts::verdict(&[Arc::new(known)], host, port, key);
    if verdict == Verdict::Unknown {
        // One write, so that a reader without the lock never sees half a line.
        let whole_lines = before.last().is_none_or(|last| *last == b'\n');
        let text = if whole_lines {
            line.to_owned()
        } else {
            format!("\n{line}")
        };
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
    }
    file.unlock()?;
    Ok(verdict)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Failure::new(
            FailureClass::Cancelled,
            Stage::Hostkey,
            "the known_hosts files were not read: the program is ending",
            "run it again",
        )
        .caused_by(&error)),
    }
}
