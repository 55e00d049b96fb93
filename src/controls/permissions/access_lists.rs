//! Access control lists, which give rights that the mode does not show.

use std::collections::BTreeSet;

use crate::controls::files::real;
use crate::controls::prelude::*;

pub(super) const CONTROLS: &[Control] = &[Control {
    id: "perm-acl",
    title: "No extended ACL widens a checked file",
    why: "An access control list gives rights past the mode that everybody looks at.",
    evidence: "Named entries of the access control list of every file that another control checks, with the mask applied.",
    passes: "No entry names a user or group with the right to write, on private keys also none with the right to read.",
    area: Area::Permissions,
    severity: Severity::Medium,
    set: Set::Hardened,
    practices: &[38],
    rule: Rule::Many(|ctx| Ok(widened(ctx))),
    remedies: &[guide(
        RemedyClass::Live,
        "setfacl -x the entry, after finding out who relies on it.",
        "setfacl --restore with the saved list.",
    )],
    ..Control::BASE
}];

/// Whether what is at `path` is a private key, whose readers matter too.
fn is_key(place: Place, path: &str) -> bool {
    place == Place::Setting("tlskey") || ["key.pem", ".key"].iter().any(|end| path.ends_with(end))
}

fn widened(ctx: &Context<'_>) -> Judged {
    let mut rows: Judged = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = None;
    for place in crate::controls::places() {
        let paths = match crate::controls::files::paths(ctx, place) {
            Ok(paths) => paths,
            Err(gap) => {
                open = open.or(Some(gap));
                continue;
            }
        };
        for path in paths {
            let real = match real(ctx, &path) {
                Ok(Some(real)) => real,
                Ok(None) => continue,
                Err(gap) => {
                    open = open.or(Some(gap));
                    continue;
                }
            };
            if seen.insert(real.canonical.to_owned()) {
                let verdict = judge(real.stat.acl.as_deref(), is_key(place, real.canonical));
                rows.push((Subject::file(real.canonical), verdict));
            }
        }
    }
    if let Some(gap) = open {
        rows.push((Subject::host(), Err(gap)));
    }
    rows
}

fn judge(entries: Option<&[String]>, key: bool) -> Known<Verdict> {
    let Some(entries) = entries else {
        return Err(Gap::unsupported(
            "access control lists were not read (getfacl is not installed)",
        ));
    };
    // An entry is `user:1000:rw`; one that could not be read in detail has no rights to tell.
    let widens = |entry: &&String| match entry.rsplit_once(':') {
        Some((_, rights)) => rights.contains('w') || (key && rights.contains('r')),
        None => true,
    };
    let bad: Vec<_> = entries.iter().filter(widens).collect();
    Ok(if bad.is_empty() {
        Verdict::pass("no entry that widens")
    } else {
        Verdict::fail(facts::joined(&bad), "no such entry")
    })
}
