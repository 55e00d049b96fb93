//! Evidence bundles on disk: written while hosts are read, read back, verified.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::Environment;
use super::error::Error;
use super::run::{self, Prepared};
use crate::bundle::{
    Chain, Entry, HostPart, JUDGING, Judging, MANIFEST, Manifest, NAMESPACE, SCHEMA, SIGNATURE,
    SWEEP, host_file, sha256,
};
use crate::domain::event::{FleetEvent, HostReport};
use crate::domain::text;
use crate::domain::waiver::Waiver;
use crate::record::Recording;
use crate::report::json::harmless;
use crate::transport::ssh::signature;

/// Largest file that is read of a bundle.
const LARGEST: u64 = 1 << 30;

/// A bundle that is being written. Without its manifest it is none: a sweep that was stopped or killed leaves no bundle
/// that anybody could take for a whole one.
pub struct Bundle {
    folder: PathBuf,
    sweep: Prepared,
    entries: BTreeMap<usize, Entry>,
    trouble: Option<io::Error>,
}

impl Bundle {
    /// Begins a bundle in `folder`, which must be empty or not be there yet.
    pub fn create(folder: &Path, sweep: &Prepared) -> Result<Self, Error> {
        let broken = |e: io::Error| {
            Error::usage(format!("cannot write evidence to {}", folder.display())).source(e)
        };
        let private = |path: &Path| {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(broken)
        };
        private(folder)?;
        if fs::read_dir(folder).map_err(broken)?.next().is_some() {
            let said = format!("{} is not empty", folder.display());
            return Err(Error::usage(said).hint("name a new folder for each sweep's evidence"));
        }
        // It may have been there already, for others to read.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(broken)?;
        private(&folder.join("hosts"))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            sweep: Arc::clone(sweep),
            entries: BTreeMap::new(),
            trouble: None,
        })
    }

    /// Where the lines of the sweep's record go.
    pub fn sink(&self) -> Result<File, Error> {
        create(&self.folder.join(SWEEP)).map_err(|e| self.unwritten(e))
    }

    /// Takes in one event, and gives it without the evidence: others need not hold it.
    pub fn hear(&mut self, event: &FleetEvent) -> FleetEvent {
        let FleetEvent::Finished { host, report } = event else {
            return event.clone();
        };
        if self.trouble.is_none() {
            match self.keep(*host, report) {
                Ok(entry) => {
                    self.entries.insert(*host, entry);
                }
                Err(e) => self.trouble = Some(e),
            }
        }
        let report = HostReport {
            evidence: None,
            ..report.as_ref().clone()
        };
        FleetEvent::Finished {
            host: *host,
            report: Arc::new(report),
        }
    }

    fn keep(&self, host: usize, report: &HostReport) -> io::Result<Entry> {
        let spec = self.sweep.hosts.get(host);
        let spec = spec.ok_or_else(|| io::Error::other("a host has no place in the sweep"))?;
        let memory = &self.sweep.memory;
        let part = HostPart {
            schema: SCHEMA.to_owned(),
            header: report.header.clone(),
            read_at: report.read_at,
            duration_ms: report.duration_ms,
            key: report.key.clone(),
            error: report.error.clone(),
            requests: report.requests,
            asked: report.asked.clone(),
            policy: spec.policy.clone(),
            insecure_endpoint: spec.tls.is_none(),
            past: memory.past_of(&report.header.name).cloned(),
            attestations: memory.stated_of(&report.header.name).to_vec(),
            evidence: report.evidence.clone(),
        };
        let entry = self.file(&host_file(host), &harmless(&part)?)?;
        let engine = (report.engine.as_ref())
            .map(|engine| text::clean_whole(&format!("{} {}", engine.name, engine.version)));
        Ok(Entry {
            host: Some(text::clean_whole(&report.header.name)),
            read: Some(stamp(report.read_at)),
            transport: Some(report.header.transport.word().to_owned()),
            engine,
            ..entry
        })
    }

    /// Writes a file and syncs it.
    fn file(&self, name: &str, bytes: &[u8]) -> io::Result<Entry> {
        let mut file = create(&self.folder.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(entry(name, bytes))
    }

    /// Ends the bundle when the record's last line was written: the manifest, and its signature where `signer` makes one.
    pub fn finish(
        mut self,
        waivers: &[Waiver],
        catalogue: &str,
        signer: Option<&Signer<'_>>,
    ) -> Result<(), Error> {
        if let Some(e) = self.trouble.take() {
            return Err(self.unwritten(e));
        }
        let written = self
            .manifest(waivers, catalogue)
            .map_err(|e| self.unwritten(e))?;
        let Some(signer) = signer else { return Ok(()) };
        let signature = signer.sign(written.as_bytes())?;
        self.file(SIGNATURE, signature.as_bytes())
            .map_err(|e| self.unwritten(e))?;
        Ok(())
    }

    fn manifest(&self, waivers: &[Waiver], catalogue: &str) -> io::Result<String> {
        let sweep = self.folder.join(SWEEP);
        let lines = fs::read(&sweep)?;
        File::open(&sweep)?.sync_all()?;
        let started = (Recording::read(lines.as_slice()).ok())
            .and_then(|recording| match recording.events.first() {
                Some(FleetEvent::Started { at, .. }) => Some(stamp(*at)),
                _ => None,
            })
            .unwrap_or_default();
        let tool = concat!("plimsoll ", env!("CARGO_PKG_VERSION"));
        let mut chain = Chain::begin(tool, catalogue, &started);
        chain.part(entry(SWEEP, &lines));
        let judging = Judging {
            waivers: waivers.to_vec(),
        };
        chain.part(self.file(JUDGING, &harmless(&judging)?)?);
        for entry in self.entries.values() {
            chain.part(entry.clone());
        }
        let text = chain.end();
        self.file(MANIFEST, text.as_bytes())?;
        for folder in [self.folder.join("hosts"), self.folder.clone()] {
            File::open(folder)?.sync_all()?;
        }
        Ok(text)
    }

    fn unwritten(&self, e: io::Error) -> Error {
        let shown = self.folder.display();
        Error::internal(format!("the evidence in {shown} could not be written"))
            .hint("take the folder away, and sweep again where there is room for it")
            .source(e)
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn entry(name: &str, bytes: &[u8]) -> Entry {
    Entry {
        file: name.to_owned(),
        sha256: sha256(bytes),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        host: None,
        read: None,
        transport: None,
        engine: None,
        previous: String::new(),
    }
}

fn stamp(at: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Whoever signs manifests.
pub struct Signer<'a> {
    key: &'a Path,
    environment: &'a Environment,
}

impl<'a> Signer<'a> {
    /// The key in the file `key`, or held by the agent. Tried at once: a key that cannot sign should not be found out
    /// when all hosts have been read.
    pub fn new(key: &'a Path, environment: &'a Environment) -> Result<Self, Error> {
        let signer = Self { key, environment };
        signer.sign(b"")?;
        Ok(signer)
    }

    fn sign(&self, message: &[u8]) -> Result<String, Error> {
        let agent = self.environment.ssh_agent.as_deref();
        let signing = signature::sign(self.key, agent, NAMESPACE, message);
        let signed = run::runtime()?.block_on(signing).map_err(|e| {
            Error::usage("the evidence cannot be signed")
                .hint("name a private key, or a public one whose private half the agent holds (ssh-add)")
                .source(e)
        })?;
        Ok(signed.text)
    }
}

/// A bundle whose chain and hashes hold.
pub struct Saved {
    folder: PathBuf,
    /// What its manifest says.
    pub manifest: Manifest,
    /// The fingerprint of the key that signed it, if somebody did.
    pub signer: Option<String>,
}

impl Saved {
    /// Reads and verifies the bundle in `folder`: the manifest's chain, the hash of each file, that there are no
    /// others, and the signature where there is one.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let wrong = |what: String| {
            Error::usage(format!(
                "{} is no whole bundle of evidence: {what}",
                folder.display()
            ))
        };
        let text = read(&folder.join(MANIFEST)).map_err(|e| {
            wrong(format!("{MANIFEST} cannot be read"))
                .hint("name the folder that sweep --evidence wrote; a sweep that was stopped leaves none")
                .source(e)
        })?;
        let text = String::from_utf8(text)
            .map_err(|e| wrong(format!("{MANIFEST} is no text")).source(e))?;
        let manifest = Manifest::read(&text).map_err(|e| wrong(format!("{MANIFEST}: {e}")))?;
        let saved = Self {
            folder: folder.to_path_buf(),
            signer: signer(folder, &text).map_err(|said| wrong(format!("{SIGNATURE}: {said}")))?,
            manifest,
        };
        let known: BTreeSet<&str> = (saved.manifest.parts.iter())
            .map(|part| part.file.as_str())
            .collect();
        for part in &saved.manifest.parts {
            saved.bytes(part)?;
        }
        for entry in fs::read_dir(folder.join("hosts")).into_iter().flatten() {
            let name = entry.map_err(|e| wrong("hosts cannot be listed".to_owned()).source(e))?;
            let name = format!("hosts/{}", name.file_name().to_string_lossy());
            if !known.contains(name.as_str()) {
                let shown = text::clean(&name);
                return Err(wrong(format!("{shown} is not in its manifest")));
            }
        }
        Ok(saved)
    }

    /// The bytes of a file, if they are those that the manifest names.
    fn bytes(&self, part: &Entry) -> Result<Vec<u8>, Error> {
        let path = self.folder.join(&part.file);
        let bytes = read(&path)
            .map_err(|e| Error::usage(format!("cannot read {}", path.display())).source(e))?;
        if sha256(&bytes) == part.sha256 {
            return Ok(bytes);
        }
        Err(Error::usage(format!(
            "{} is not what the manifest names: its hash is another",
            path.display()
        ))
        .hint("it was changed after the sweep; nothing of this bundle should be relied on"))
    }

    fn named(&self, file: &str) -> Result<Vec<u8>, Error> {
        let part = self.manifest.parts.iter().find(|part| part.file == file);
        let part =
            part.ok_or_else(|| Error::usage(format!("{} lacks {file}", self.folder.display())))?;
        self.bytes(part)
    }

    /// What the sweep said then.
    pub fn recording(&self) -> Result<Recording, Error> {
        let lines = self.named(SWEEP)?;
        Recording::read(lines.as_slice()).map_err(|e| self.broken(SWEEP, e))
    }

    /// What hosts were judged by then.
    pub fn judging(&self) -> Result<Judging, Error> {
        serde_json::from_slice(&self.named(JUDGING)?).map_err(|e| self.broken(JUDGING, e))
    }

    /// What was read from each host, one after the other.
    pub fn hosts(&self) -> impl Iterator<Item = Result<HostPart, Error>> {
        let parts = self.manifest.parts.iter();
        parts
            .filter(|part| part.file.starts_with("hosts/"))
            .map(|part| {
                let read: HostPart = serde_json::from_slice(&self.bytes(part)?)
                    .map_err(|e| self.broken(&part.file, e))?;
                Ok(read)
            })
    }

    fn broken(&self, file: &str, e: impl std::error::Error + Send + Sync + 'static) -> Error {
        let path = self.folder.join(file);
        Error::usage(format!("{} cannot be understood", path.display())).source(e)
    }
}

/// The fingerprints of the keys in the text of a file of allowed signers or of public keys.
pub fn keys(text: &str) -> Vec<String> {
    signature::fingerprints(text)
}

/// Who signed the manifest; an error where the signature is not of it.
fn signer(folder: &Path, manifest: &str) -> Result<Option<String>, String> {
    let signature = match read(&folder.join(SIGNATURE)) {
        Ok(signature) => signature,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.to_string()),
    };
    let signature = String::from_utf8(signature).map_err(|e| e.to_string())?;
    let key = signature::verify(&signature, NAMESPACE, manifest.as_bytes());
    key.map(Some).map_err(|e| e.to_string())
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 1 GiB"));
    }
    Ok(bytes)
}
