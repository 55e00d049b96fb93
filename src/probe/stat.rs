//! The section `files` of round two: what is at each path.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::evidence::host::FileStat;
use crate::domain::text::clean;

use super::path;

/// What the script saw at a path before it asked for owner and mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// A folder; whether it may be listed.
    Folder(bool),
    /// Something else.
    Other,
    /// A link, and where it leads; nothing where that could not be told.
    Link(Option<Vec<u8>>),
    /// Nothing.
    Nothing,
    /// The reader may not look.
    Refused,
}

/// Everything that the section tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    /// What was seen, in the order in which it was asked for.
    pub(super) seen: Vec<(Vec<u8>, Seen)>,
    /// Owner, mode and so on by path; links are not followed.
    stats: BTreeMap<Vec<u8>, FileStat>,
    acl: Acl,
}

/// Access control lists, as far as they could be read.
#[derive(Debug, Clone, Default)]
struct Acl {
    /// Whether every path was looked at.
    read: bool,
    entries: BTreeMap<Vec<u8>, Vec<String>>,
}

impl Files {
    /// Takes the section apart. Parts of an unknown form are left out.
    pub(super) fn parse(raw: &[u8]) -> Self {
        let mut found = Self::default();
        let mut parts = fields(raw).into_iter();
        while let Some(part) = parts.next() {
            let Some((mark, rest)) = part.split_first() else {
                continue;
            };
            let seen = match mark {
                b'd' => Seen::Folder(true),
                b'D' => Seen::Folder(false),
                b'e' => Seen::Other,
                b'm' => Seen::Nothing,
                b'x' => Seen::Refused,
                b'l' => Seen::Link(parts.next().and_then(path::tidy)),
                b'S' => {
                    found
                        .stats
                        .extend(records(rest).into_iter().filter_map(stat));
                    continue;
                }
                b'A' => {
                    found.acl.read = true;
                    found.acl.entries.extend(getfacl(rest));
                    continue;
                }
                b'L' => {
                    found.acl.read = true;
                    found.acl.entries.extend(marked(rest));
                    continue;
                }
                _ => continue,
            };
            found.seen.push((rest.to_vec(), seen));
        }
        found
    }

    /// Owner, mode and so on at a path, links not followed.
    pub(super) fn stat(&self, tidy: &[u8]) -> Option<FileStat> {
        let mut stat = self.stats.get(tidy)?.clone();
        if self.acl.read && stat.kind != "link" {
            stat.acl = Some(self.acl.entries.get(tidy).cloned().unwrap_or_default());
        }
        Some(stat)
    }

    /// Every path with owner and mode.
    pub(super) fn paths(&self) -> BTreeSet<&Vec<u8>> {
        self.stats.keys().collect()
    }
}

/// Parts ended by NUL; none is left out, because a part may be empty.
fn fields(raw: &[u8]) -> Vec<&[u8]> {
    raw.split(|byte| *byte == 0).collect()
}

/// Records that begin with `//`, which occurs in no tidy path, each without the line end after it.
pub(super) fn records(raw: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut rest = raw;
    while let Some(at) = super::frame::find(rest, b"//") {
        rest = rest.get(at + 2..).unwrap_or_default();
        let end = super::frame::find(rest, b"\n//").unwrap_or(rest.len());
        let record = rest.get(..end).unwrap_or_default();
        found.push(if end == rest.len() {
            record.strip_suffix(b"\n").unwrap_or(record)
        } else {
            record
        });
        rest = rest.get(end..).unwrap_or_default();
    }
    found
}

/// `mode in hex:uid:gid:size:mtime:device:user:group:path`
fn stat(record: &[u8]) -> Option<(Vec<u8>, FileStat)> {
    let mut parts = record.splitn(9, |byte| *byte == b':');
    let mut text = || std::str::from_utf8(parts.next()?).ok();
    let mode = u32::from_str_radix(text()?, 16).ok()?;
    let kind = match mode & 0o170_000 {
        0o100_000 => "file",
        0o040_000 => "dir",
        0o140_000 => "socket",
        0o120_000 => "link",
        _ => "other",
    };
    let stat = FileStat {
        kind: kind.to_owned(),
        mode: mode & 0o7777,
        uid: text()?.parse().ok()?,
        gid: text()?.parse().ok()?,
        size: text()?.parse().ok()?,
        mtime: text()?.parse().ok()?,
        user: text().and_then(|_device| text()).map(clean)?,
        group: text().map(clean)?,
        target: None,
        acl: None,
    };
    Some((parts.next()?.to_vec(), stat))
}

/// Named entries by path from `getfacl -spn`, with the mask applied; entries that grant nothing are left out.
fn getfacl(raw: &[u8]) -> BTreeMap<Vec<u8>, Vec<String>> {
    let mut found: BTreeMap<Vec<u8>, Vec<String>> = BTreeMap::new();
    let text = String::from_utf8_lossy(raw);
    for block in text.split("\n\n") {
        let Some(name) = block.lines().find_map(|line| line.strip_prefix("# file: ")) else {
            continue;
        };
        let mask_of = |prefix: &str| {
            block
                .lines()
                .find_map(|line| line.strip_prefix(prefix)?.strip_prefix("mask::"))
                .map_or("rwx", |mask| mask)
        };
        let (mask, default_mask) = (mask_of(""), mask_of("default:"));
        let entries = block.lines().filter_map(|line| {
            let entry = line.split('\t').next()?.trim();
            let (bare, mask) = match entry.strip_prefix("default:") {
                Some(bare) => (bare, default_mask),
                None => (entry, mask),
            };
            let mut parts = bare.split(':');
            let (kind, who, what) = (parts.next()?, parts.next()?, parts.next()?);
            let granted: String = what
                .chars()
                .filter(|c| "rwx".contains(*c) && mask.contains(*c))
                .collect();
            let named = matches!(kind, "user" | "group") && !who.is_empty() && !granted.is_empty();
            let prefix = if bare == entry { "" } else { "default:" };
            named.then(|| clean(&format!("{prefix}{kind}:{who}:{granted}")))
        });
        found.insert(unescape(name), entries.collect());
    }
    found
}

/// Paths that GNU `ls -ldnb` marks with `+`: they have a list, but nobody can say what is in it.
fn marked(raw: &[u8]) -> BTreeMap<Vec<u8>, Vec<String>> {
    String::from_utf8_lossy(raw)
        .lines()
        .filter_map(|line| {
            let (_, name) = line.split_once(" /")?;
            Some((
                unescape(&format!("/{name}")),
                vec!["somebody (getfacl is not installed)".to_owned()],
            ))
        })
        .collect()
}

/// A name in which unusual characters are written as `\012`, `\n` or `\ `.
fn unescape(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let octal = rest
            .get(..3)
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        if let Some(value) = octal {
            out.push(value);
            rest = rest.get(3..).unwrap_or_default();
        } else if let Some((letter, after)) = rest.split_first() {
            out.push(match letter {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'a' => 7,
                b'b' => 8,
                b'v' => 11,
                b'f' => 12,
                other => *other,
            });
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Files, Seen};

    #[test]
    fn a_file_name_cannot_pass_for_a_record() {
        let forged = "/etc/certs/x\n81a4:0:0:1:1:1:root:root:/etc/shadow";
        let raw = format!(
            "e{forged}\0e/b\0S//89ed:1:2:3:-4:5:me:us:{forged}\n//c1b0:0:998:0:7:5:root:docker:/b\n\0"
        );
        let files = Files::parse(raw.as_bytes());
        assert_eq!(files.seen.len(), 2);
        assert_eq!(files.paths().len(), 2);
        let odd = files.stat(forged.as_bytes()).unwrap();
        assert_eq!(
            (odd.uid, odd.gid, odd.mode, odd.mtime, odd.kind.as_str()),
            (1, 2, 0o4755, -4, "file")
        );
        let socket = files.stat(b"/b").unwrap();
        assert_eq!(
            (
                socket.kind.as_str(),
                socket.mode,
                socket.group.as_str(),
                socket.acl
            ),
            ("socket", 0o660, "docker", None)
        );
        assert_eq!(files.stat(b"/etc/shadow"), None);
    }

    #[test]
    fn what_was_seen_keeps_its_kind() {
        let files = Files::parse(b"d/a\0D/b\0m/c\0x/d\0l/e\0/run/x\0l/f\0\0?junk\0");
        let kinds: Vec<_> = files.seen.into_iter().map(|(_, seen)| seen).collect();
        assert_eq!(
            kinds,
            [
                Seen::Folder(true),
                Seen::Folder(false),
                Seen::Nothing,
                Seen::Refused,
                Seen::Link(Some(b"/run/x".to_vec())),
                Seen::Link(None)
            ]
        );
    }

    #[test]
    fn named_entries_of_access_lists_are_kept_with_the_mask_applied() {
        let raw = b"S//81a0:0:0:1:1:1:root:root:/a b\n//81a0:0:0:1:1:1:root:root:/c\n\0A# file: /a\\040b\n# owner: 0\n# group: 0\n\
            user::rw-\nuser:1000:rwx\t#effective:r--\ngroup::r--\ngroup:5:-w-\nmask::r--\nother::---\ndefault:user:7:rwx\ndefault:mask::rwx\n\n\0";
        let files = Files::parse(raw);
        assert_eq!(
            files.stat(b"/a b").unwrap().acl.unwrap(),
            ["user:1000:r", "default:user:7:rwx"]
        );
        assert_eq!(
            files.stat(b"/c").unwrap().acl.unwrap(),
            Vec::<String>::new()
        );
        let raw =
            b"S//81a0:0:0:1:1:1:root:root:/a b\n\0L-rw-rw----+ 1 0 0 5 Nov 24 02:22 /a\\ b\n\0";
        assert_eq!(
            Files::parse(raw).stat(b"/a b").unwrap().acl.unwrap().len(),
            1
        );
    }
}
