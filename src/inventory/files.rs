//! Whether the files that an inventory names can be read, for the hosts that are meant.
//!
//! Looks at nothing itself: the caller says what a path is.

use std::collections::BTreeMap;
use std::path::Path;

use super::problem::Problem;
use super::spec::{FileRole, FileUse, HostSpec};
use crate::domain::nodeset;

/// What became of an attempt to read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readable {
    /// It can be read.
    Yes,
    /// It is not there.
    Missing,
    /// It may not be read.
    Denied,
    /// It is a folder or a device.
    NotAFile,
}

/// Checks every file that reaching `hosts` needs; each file is looked at once.
pub fn check_files(hosts: &[&HostSpec], exists: &dyn Fn(&Path) -> Readable) -> Vec<Problem> {
    let mut uses: BTreeMap<(&Path, usize, usize), (&FileUse, Vec<&str>)> = BTreeMap::new();
    for host in hosts {
        for file in &host.files {
            uses.entry((&file.path, file.at.line, file.at.column))
                .or_insert_with(|| (file, Vec::new()))
                .1
                .push(&host.header.name);
        }
    }
    let mut answers: BTreeMap<&Path, Readable> = BTreeMap::new();
    let mut problems: Vec<Problem> = uses
        .into_values()
        .filter_map(|(file, names)| {
            let answer = *answers
                .entry(&file.path)
                .or_insert_with(|| exists(&file.path));
            let why = match answer {
                Readable::Yes => return None,
                Readable::Missing => "is not there",
                Readable::Denied => "cannot be read",
                Readable::NotAFile => "is not a file",
            };
            let message = format!("{} `{}` {why}", role(file.role), file.path.display());
            let hint = format!("needed for {}", nodeset::fold(&names));
            Some(Problem::at(&file.at, message, Some(hint)))
        })
        .collect();
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

fn role(role: FileRole) -> &'static str {
    match role {
        FileRole::Identity => "the key file",
        FileRole::KnownHosts => "the known_hosts file",
        FileRole::Ca => "the CA file",
        FileRole::Cert => "the certificate",
        FileRole::Key => "the certificate's key",
    }
}
