//! The sockets of engines on a host, and whether an account may use them.
//!
//! An SSH server that does not open a socket for us never says why. What the probe saw of the same path tells: it is not
//! there, this account may not use it, or the server itself forbids the channel.

use super::host::{FileStat, HostFacts};
use crate::domain::gap::Known;

/// What stands between an account and a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: the account may use it.
    Open,
    /// There is no such socket.
    Missing,
    /// It is there, and the account may not use it.
    Denied,
}

/// Where engines listen for an account with this number unless somebody moved them, the likeliest first.
pub fn usual(uid: u32) -> Vec<String> {
    vec![
        "/var/run/docker.sock".to_owned(),
        format!("/run/user/{uid}/docker.sock"),
        "/run/podman/podman.sock".to_owned(),
        format!("/run/user/{uid}/podman/podman.sock"),
    ]
}

/// What the account that logged in may do with the socket at `path`; nothing where that was not found out.
pub fn access(facts: &HostFacts, path: &str) -> Option<Access> {
    let reader = facts.reader.as_ref().ok()?;
    let stat = match facts.file(path) {
        Ok(Some(stat)) => followed(facts, stat)?,
        Ok(None) => return Some(Access::Missing),
        // Whoever may not even look into the folder may not use what is in it. That holds for the account only if the
        // probe ran as the account.
        Err(gap) => {
            let denied = gap.class == crate::domain::gap::GapClass::Permission
                && reader.uid == reader.login_uid;
            return denied.then_some(Access::Denied);
        }
    };
    if stat.kind != "socket" {
        return Some(Access::Missing);
    }
    let writable = |shift: u32| stat.mode >> shift & 0o2 != 0;
    let listed = stat.acl.iter().flatten().any(|entry| names(entry, reader));
    let open = reader.login_uid == 0
        || listed
        || if stat.uid == reader.login_uid {
            writable(6)
        } else if reader.groups.contains(&stat.group) {
            writable(3)
        } else {
            writable(0)
        };
    let way_in = open && reachable(facts, path);
    Some(if way_in { Access::Open } else { Access::Denied })
}

/// The sockets among the usual ones and those of the running engine that the account may use, the likeliest first.
pub fn open(facts: &HostFacts) -> Vec<String> {
    let Ok(reader) = &facts.reader else {
        return Vec::new();
    };
    let mut paths = usual(reader.login_uid);
    if let Ok(found) = &facts.found {
        paths.extend(found.engine_sockets.iter().cloned());
    }
    paths.retain(|path| access(facts, path) == Some(Access::Open));
    let mut seen = Vec::new();
    paths.retain(|path| {
        let new = !seen.contains(path);
        seen.push(path.clone());
        new
    });
    paths
}

/// Where the path leads.
fn followed<'f>(facts: &'f HostFacts, stat: &'f FileStat) -> Option<&'f FileStat> {
    match &stat.target {
        Some(target) if stat.kind == "link" => facts.file(target).ok().flatten(),
        _ => Some(stat),
    }
}

/// Whether an entry of an access control list, such as `user:deploy:rw-`, lets the account write.
fn names(entry: &str, reader: &super::host::Reader) -> bool {
    let mut parts = entry.split(':');
    let (kind, who, may) = (parts.next(), parts.next(), parts.next());
    let is_ours = match (kind, who) {
        (Some("user"), Some(who)) => who == reader.login || who == reader.login_uid.to_string(),
        (Some("group"), Some(who)) => reader.groups.iter().any(|group| group == who),
        _ => false,
    };
    is_ours && may.is_some_and(|may| may.contains('w'))
}

/// Whether every folder above lets the account through.
fn reachable(facts: &HostFacts, path: &str) -> bool {
    let passable = |folder: &str| -> Known<bool> {
        let Some(stat) = facts.file(folder)? else {
            return Ok(false);
        };
        let reader = facts.reader.as_ref().map_err(Clone::clone)?;
        let shift = if stat.uid == reader.login_uid {
            6
        } else if reader.groups.contains(&stat.group) {
            3
        } else {
            0
        };
        Ok(reader.login_uid == 0 || stat.kind == "link" || stat.mode >> shift & 0o1 != 0)
    };
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        // A folder of which nothing is known keeps nobody out.
        if !above.is_empty() && !passable(above).unwrap_or(true) {
            return false;
        }
        folder = above;
    }
    true
}
