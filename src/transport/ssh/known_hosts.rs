//! What is on file about host keys: parsing and matching `known_hosts` text.
//!
//! Pure: takes text, knows no paths to open, no policy and no network. Every line is looked at before a verdict is
//! given, so a second key of a host never looks like a changed one and a revoked key never looks like a new one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::pattern::glob;
use hmac::{Hmac, KeyInit as _, Mac as _};
use russh::keys::ssh_key::known_hosts::HostPatterns;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, HashAlg, PublicKey};
use sha1::Sha1;

/// Port of SSH servers whose names stand without brackets in a file.
const SSH_PORT: u16 = 22;

/// The entries of one `known_hosts` text.
#[derive(Debug, Clone, Default)]
pub struct KnownHosts {
    file: Arc<PathBuf>,
    entries: Vec<Entry>,
    skipped: usize,
}

/// One line that could be read.
#[derive(Debug, Clone)]
struct Entry {
    line: usize,
    marker: Marker,
    hosts: Hosts,
    key: PublicKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Plain,
    Authority,
    Revoked,
}

#[derive(Debug, Clone)]
enum Hosts {
    Patterns(Vec<String>),
    Hashed { salt: Vec<u8>, hash: [u8; 20] },
}

/// A key on file and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnFile {
    /// The file.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// The type of the key, such as `ssh-ed25519`.
    pub kind: String,
    /// `SHA256:` fingerprint of the key.
    pub fingerprint: String,
}

/// What the files say about a key that a host offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This very key is on file for the host.
    Match,
    /// Nothing is on file for the host.
    Unknown,
    /// Only keys of other types are on file for the host.
    OtherTypeKnown(Vec<OnFile>),
    /// A key of the same type is on file, and it is a different one.
    Changed(Vec<OnFile>),
    /// The key is marked as revoked.
    Revoked(OnFile),
}

impl KnownHosts {
    /// Reads the lines of `text`; `file` is only named in verdicts. Lines that make no sense are skipped, as OpenSSH
    /// does, and counted.
    pub fn parse(text: &str, file: &Path) -> Self {
        let mut known = Self {
            file: Arc::new(file.to_owned()),
            ..Self::default()
        };
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match entry(line, index + 1) {
                Some(entry) => known.entries.push(entry),
                None => known.skipped += 1,
            }
        }
        known
    }

    /// Lines that could not be read.
    pub fn skipped(&self) -> usize {
        self.skipped
    }
}

/// The verdict of several files together on `key`, offered by `host` at `port`.
pub fn verdict(files: &[Arc<KnownHosts>], host: &str, port: u16, key: &PublicKey) -> Verdict {
    let name = lookup_name(host, port);
    let bare = lookup_name(host, SSH_PORT);
    let mut matched = false;
    let mut same_type = Vec::new();
    let mut other_type = Vec::new();
    for (file, entry) in each(files) {
        let same_key = entry.key.key_data() == key.key_data();
        match entry.marker {
            // Revoked for the host under any of its names is revoked.
            Marker::Revoked => {
                if same_key && (entry.hosts.cover(&name) || entry.hosts.cover(&bare)) {
                    return Verdict::Revoked(entry.on_file(file));
                }
            }
            // An authority's key signs host certificates; as a host's own key it means nothing.
            Marker::Authority => {}
            Marker::Plain if entry.hosts.cover(&name) => {
                if same_key {
                    matched = true;
                } else if entry.key.algorithm() == key.algorithm() {
                    same_type.push(entry.on_file(file));
                } else {
                    other_type.push(entry.on_file(file));
                }
            }
            // OpenSSH accepts a key that is on file for the host without its port, but learns nothing else from it.
            Marker::Plain => matched |= same_key && bare != name && entry.hosts.cover(&bare),
        }
    }
    if matched {
        Verdict::Match
    } else if !same_type.is_empty() {
        Verdict::Changed(same_type)
    } else if !other_type.is_empty() {
        Verdict::OtherTypeKnown(other_type)
    } else {
        Verdict::Unknown
    }
}

/// Types of the keys on file for `host`, in the order of the files: what to ask the server for first, so that nobody
/// in between can make it offer a type that is not on file.
pub fn types_on_file(files: &[Arc<KnownHosts>], host: &str, port: u16) -> Vec<Algorithm> {
    let name = lookup_name(host, port);
    let mut types = Vec::new();
    for (_, entry) in each(files) {
        let kind = entry.key.algorithm();
        if entry.marker == Marker::Plain && entry.hosts.cover(&name) && !types.contains(&kind) {
            types.push(kind);
        }
    }
    types
}

/// Whether a certificate authority is on file for `host`.
pub fn has_authority(files: &[Arc<KnownHosts>], host: &str, port: u16) -> bool {
    let name = lookup_name(host, port);
    each(files).any(|(_, entry)| entry.marker == Marker::Authority && entry.hosts.cover(&name))
}

/// Whether `authority` is on file as one that may vouch for `host`.
pub fn vouches(files: &[Arc<KnownHosts>], host: &str, port: u16, authority: &PublicKey) -> bool {
    let name = lookup_name(host, port);
    each(files).any(|(_, entry)| {
        entry.marker == Marker::Authority
            && entry.key.key_data() == authority.key_data()
            && entry.hosts.cover(&name)
    })
}

/// The line that puts `key` on file for `host`; `None` where the name holds anything that could be read as more than
/// a name (a comma, a blank, a line break, a wildcard).
pub fn line_for(host: &str, port: u16, key: &PublicKey) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    if host.is_empty() || host.starts_with('-') || !host.chars().all(plain) {
        return None;
    }
    let mut bare = key.clone();
    bare.set_comment("");
    let text = bare.to_openssh().ok()?;
    Some(format!("{} {}\n", lookup_name(host, port), text.trim_end()))
}

/// `SHA256:` fingerprint of a key, as `ssh-keygen -l` prints it.
pub fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// The name under which a host stands in a file.
pub fn lookup_name(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == SSH_PORT {
        host
    } else {
        format!("[{host}]:{port}")
    }
}

fn each(files: &[Arc<KnownHosts>]) -> impl Iterator<Item = (&Path, &Entry)> {
    files.iter().flat_map(|known| {
        known
            .entries
            .iter()
            .map(|entry| (known.file.as_path(), entry))
    })
}

impl Entry {
    fn on_file(&self, file: &Path) -> OnFile {
        OnFile {
            file: file.to_owned(),
            line: self.line,
            kind: self.key.algorithm().as_str().to_owned(),
            fingerprint: fingerprint(&self.key),
        }
    }
}

/// One line; fields may be parted by any run of blanks and tabs.
fn entry(text: &str, line: usize) -> Option<Entry> {
    let mut words = text.split_ascii_whitespace();
    let first = words.next()?;
    let (marker, hosts) = match first {
        "@cert-authority" => (Marker::Authority, words.next()?),
        "@revoked" => (Marker::Revoked, words.next()?),
        other if other.starts_with('@') => return None,
        other => (Marker::Plain, other),
    };
    let kind = words.next()?;
    let data = words.next()?;
    let key = PublicKey::from_openssh(&format!("{kind} {data}")).ok()?;
    // A key of a type that this program cannot check must not stand for one that it can.
    if matches!(key.key_data(), KeyData::Other(_)) {
        return None;
    }
    let hosts = match hosts.parse().ok()? {
        HostPatterns::Patterns(patterns) => Hosts::Patterns(
            patterns
                .iter()
                .map(|pattern| pattern.to_ascii_lowercase())
                .collect(),
        ),
        HostPatterns::HashedName { salt, hash } => Hosts::Hashed { salt, hash },
    };
    Some(Entry {
        line,
        marker,
        hosts,
        key,
    })
}

impl Hosts {
    /// Whether this line speaks about `name`: some pattern matches and no negated one does.
    fn cover(&self, name: &str) -> bool {
        match self {
            Self::Patterns(patterns) => {
                let mut matched = false;
                for pattern in patterns {
                    match pattern.strip_prefix('!') {
                        Some(negated) if glob(negated, name) => return false,
                        Some(_) => {}
                        None => matched |= glob(pattern, name),
                    }
                }
                matched
            }
            Self::Hashed { salt, hash } => match Hmac::<Sha1>::new_from_slice(salt) {
                Ok(mac) => mac.chain_update(name.as_bytes()).verify_slice(hash).is_ok(),
                Err(_) => false,
            },
        }
    }
}
