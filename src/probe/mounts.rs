//! Mounted file systems, and how full they are.

use std::collections::BTreeMap;

use crate::domain::evidence::host::FileSystem;

use super::path;

/// One line of `/proc/self/mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// `major:minor`.
    device: String,
    at: Vec<u8>,
    kind: String,
    options: Vec<String>,
}

/// Reads the section `mounts`.
pub(super) fn parse(raw: &[u8]) -> Vec<Mount> {
    raw.split(|byte| *byte == b'\n').filter_map(mount).collect()
}

fn mount(line: &[u8]) -> Option<Mount> {
    let words: Vec<_> = line.split(|byte| *byte == b' ').collect();
    let dash = words.iter().position(|word| *word == b"-")?;
    let text = |at: usize| words.get(at).map(|word| path::text(word));
    let mut options: Vec<String> = Vec::new();
    for list in [text(5)?, text(dash + 3).unwrap_or_default()] {
        for option in list.split(',').filter(|option| !option.is_empty()) {
            // Names of option keys are told; values may be addresses or credentials of network file systems.
            let option = option
                .split_once('=')
                .map_or(option, |(key, _)| key)
                .to_owned();
            if !options.contains(&option) {
                options.push(option);
            }
        }
    }
    Some(Mount {
        device: text(2)?,
        at: unescape(words.get(4)?),
        kind: text(dash + 1)?,
        options,
    })
}

/// A mount point with its octal escapes resolved.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        let octal = after
            .get(..3)
            .filter(|_| *byte == b'\\')
            .and_then(|digits| {
                let text = std::str::from_utf8(digits).ok()?;
                u8::from_str_radix(text, 8).ok()
            });
        if let Some(value) = octal {
            out.push(value);
            rest = after.get(3..).unwrap_or_default();
        } else {
            out.push(*byte);
            rest = after;
        }
    }
    out
}

/// Whether users see their own processes alone.
pub(super) fn hide_processes(mounts: &[Mount]) -> bool {
    mounts
        .iter()
        .any(|mount| mount.at == b"/proc" && mount.options.iter().any(|option| option == "hidepid"))
}

/// The mount that holds `place`: the deepest above it, among equals the newest.
pub(super) fn holding<'a>(mounts: &'a [Mount], place: &[u8]) -> Option<&'a Mount> {
    mounts
        .iter()
        .filter(|mount| {
            mount.at == b"/"
                || place
                    .strip_prefix(mount.at.as_slice())
                    .is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
        })
        .max_by_key(|mount| mount.at.len())
}

/// Whether what is at `place` is reached over a network, or mounted only when somebody looks.
pub(super) fn is_remote(mounts: &[Mount], place: &[u8]) -> bool {
    const REMOTE: &[&str] = &[
        "9p",
        "afs",
        "autofs",
        "ceph",
        "cifs",
        "davfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "virtiofs",
    ];
    holding(mounts, place)
        .is_some_and(|mount| REMOTE.contains(&&*mount.kind) || mount.kind.starts_with("fuse"))
}

/// Blocks and inodes of the file system below one path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fill {
    used: Option<u8>,
    inodes: Option<u8>,
}

/// Reads the section `space`: records `//blocks:free:available:inodes:free inodes:path`.
pub(super) fn fills(raw: &[u8]) -> BTreeMap<Vec<u8>, Fill> {
    super::stat::records(raw)
        .into_iter()
        .filter_map(|record| {
            let mut parts = record.splitn(6, |byte| *byte == b':');
            let mut number =
                || -> Option<u64> { std::str::from_utf8(parts.next()?).ok()?.parse().ok() };
            let (blocks, free, available) = (number()?, number()?, number()?);
            let (inodes, free_inodes) = (number()?, number()?);
            let used = blocks.checked_sub(free)?;
            let fill = Fill {
                used: percent(used, used.saturating_add(available)),
                inodes: percent(inodes.checked_sub(free_inodes)?, inodes),
            };
            Some((parts.next()?.to_vec(), fill))
        })
        .collect()
}

/// `part` of `whole` in percent, rounded up as `df` does; nothing where the file system counts none.
fn percent(part: u64, whole: u64) -> Option<u8> {
    if whole == 0 {
        return None;
    }
    let value = (u128::from(part) * 100).div_ceil(u128::from(whole));
    u8::try_from(value).ok()
}

/// The file system below `asked`, which leads to `real`.
pub(super) fn file_system(
    mounts: &[Mount],
    asked: &str,
    real: &[u8],
    fill: Fill,
) -> Option<FileSystem> {
    let mount = holding(mounts, real)?;
    Some(FileSystem {
        path: asked.to_owned(),
        device: mount.device.clone(),
        kind: mount.kind.clone(),
        mount: path::text(&mount.at),
        options: mount.options.clone(),
        used_percent: fill.used,
        inodes_percent: fill.inodes,
    })
}

#[cfg(test)]
mod tests {
    use super::{fills, holding, parse};

    const MOUNTS: &[u8] = b"22 27 0:21 / /proc rw,relatime - proc proc rw\n\
        27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n\
        30 27 8:1 / /var/lib/docker\\040x rw,nosuid - xfs /dev/sda1 rw\n\
        31 27 0:40 / /srv rw - cifs //nas/share rw,username=svc,password=hunter2\n";

    #[test]
    fn the_deepest_mount_holds_a_path() {
        let mounts = parse(MOUNTS);
        assert_eq!(
            holding(&mounts, b"/var/lib/docker x/overlay2")
                .unwrap()
                .kind,
            "xfs"
        );
        assert_eq!(
            holding(&mounts, b"/var/lib/docker xy").unwrap().kind,
            "ext4"
        );
        assert_eq!(holding(&mounts, b"/").unwrap().device, "254:0");
    }

    #[test]
    fn options_keep_no_values() {
        let mounts = parse(MOUNTS);
        assert_eq!(
            holding(&mounts, b"/srv").unwrap().options,
            ["rw", "username", "password"]
        );
    }

    #[test]
    fn space_is_rounded_up_as_df_does() {
        let found = fills(b"//1000:500:400:100:99:/a\n//0:0:0:0:0:/b\n//junk\n");
        assert_eq!(
            (found[b"/a".as_slice()].used, found[b"/a".as_slice()].inodes),
            (Some(56), Some(1))
        );
        assert_eq!(found[b"/b".as_slice()].used, None);
        assert_eq!(found.len(), 2);
    }
}
