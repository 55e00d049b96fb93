//! Owner and mode of a simulated host's files: as they were recorded, but for what a repair changed since.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::recording::ProbeRecording;
use crate::domain::plan::Access;

/// What repairs changed on one host, by path.
pub type Changes = BTreeMap<String, Access>;

/// How the section of the probe's second round begins that tells of files.
const SECTION: &str = "\u{1e}files ";

/// Columns of base64 in a line, as the hosts' own tool writes it.
const COLUMNS: usize = 76;

/// What was recorded of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the recording, which stands for its inode.
    pub number: usize,
    /// Type and permission bits.
    pub bits: u32,
    /// Owner and mode.
    pub access: Access,
}

/// The section of files, apart: its head, its body and its status.
struct Section<'a> {
    first: usize,
    last: usize,
    head: &'a str,
    body: Vec<u8>,
    status: &'a str,
}

impl<'a> Section<'a> {
    fn of(lines: &'a [String]) -> Option<Self> {
        let first = lines.iter().position(|line| line.starts_with(SECTION))?;
        let length = lines
            .get(first..)?
            .iter()
            .position(|line| line.contains('\u{1f}'))?;
        let last = first + length;
        let (limit, begun) = lines.get(first)?.get(SECTION.len()..)?.split_once(' ')?;
        let head = lines.get(first)?.get(..SECTION.len() + limit.len() + 1)?;
        let mut encoded = begun.to_owned();
        for line in lines.get(first + 1..=last)? {
            encoded.push_str(line);
        }
        let (encoded, _) = encoded.split_once('\u{1f}')?;
        let (_, status) = lines.get(last)?.split_once('\u{1f}')?;
        Some(Self {
            first,
            last,
            head,
            body: STANDARD.decode(encoded.trim_end()).ok()?,
            status,
        })
    }
}

/// One line of the host's `stat`, as the probe asks for it.
fn record(line: &str) -> Option<(Vec<&str>, &str)> {
    let mut parts: Vec<&str> = line.strip_prefix("//")?.splitn(9, ':').collect();
    let path = parts.pop()?;
    (parts.len() == 8).then_some((parts, path))
}

/// What was recorded at `path`; links are not followed.
pub fn recorded(probe: &ProbeRecording, path: &str) -> Option<Recorded> {
    let section = Section::of(&probe.round_two)?;
    let body = String::from_utf8_lossy(&section.body);
    let mut records = body
        .split('\0')
        .filter_map(|part| part.strip_prefix('S'))
        .flat_map(str::lines)
        .filter_map(record)
        .enumerate();
    let (number, (parts, _)) = records.find(|(_, (_, at))| *at == path)?;
    let bits = u32::from_str_radix(parts.first()?, 16).ok()?;
    Some(Recorded {
        number,
        bits,
        access: Access {
            uid: parts.get(1)?.parse().ok()?,
            gid: parts.get(2)?.parse().ok()?,
            mode: bits & 0o7777,
        },
    })
}

/// The recording as the host would answer after `changes`.
pub fn changed(probe: &ProbeRecording, changes: &Changes) -> ProbeRecording {
    let mut now = probe.clone();
    if changes.is_empty() {
        return now;
    }
    let Some(section) = Section::of(&probe.round_two) else {
        return now;
    };
    let Ok(body) = String::from_utf8(section.body) else {
        return now;
    };
    let parts: Vec<String> = body
        .split('\0')
        .map(|part| match part.strip_prefix('S') {
            None => part.to_owned(),
            Some(stats) => {
                let lines: Vec<String> =
                    stats.split('\n').map(|line| told(line, changes)).collect();
                format!("S{}", lines.join("\n"))
            }
        })
        .collect();
    let encoded = STANDARD.encode(parts.join("\0"));
    let mut lines: Vec<String> = encoded
        .as_bytes()
        .chunks(COLUMNS)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    if let Some(line) = lines.first_mut() {
        line.insert_str(0, section.head);
    }
    lines.push(format!(" \u{1f}{}", section.status));
    now.round_two.splice(section.first..=section.last, lines);
    now
}

/// A line of `stat` as it would be after `changes`.
fn told(line: &str, changes: &Changes) -> String {
    let known = record(line).and_then(|(parts, path)| Some((parts, path, changes.get(path)?)));
    let Some((parts, path, access)) = known else {
        return line.to_owned();
    };
    let [bits, uid, gid, size, at, device, user, group] = parts.as_slice() else {
        return line.to_owned();
    };
    let kind = u32::from_str_radix(bits, 16).unwrap_or_default() & !0o7777;
    let name = |id: u32, was: &str, name: &str| match id {
        _ if id.to_string() == was => name.to_owned(),
        0 => "root".to_owned(),
        id => id.to_string(),
    };
    format!(
        "//{:x}:{}:{}:{size}:{at}:{device}:{}:{}:{path}",
        kind | access.mode,
        access.uid,
        access.gid,
        name(access.uid, uid, user),
        name(access.gid, gid, group)
    )
}
