//! The section `files`, with links worked out.

use std::collections::BTreeMap;

use crate::domain::evidence::host::FileStat;
use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;

use super::frame::needs_root;
use super::path;
use super::plan::Plan;
use super::stat::{Files, Seen};

/// The section `files`, with links worked out.
pub(super) struct Reading<'a> {
    pub(super) files: &'a Files,
    seen: BTreeMap<&'a [u8], &'a Seen>,
    pub(super) missing: Option<Gap>,
}

impl<'a> Reading<'a> {
    /// Takes up the section, or the reason why there is none.
    pub(super) fn new(files: &'a Files, missing: Option<Gap>) -> Self {
        Self {
            files,
            seen: files
                .seen
                .iter()
                .map(|(path, seen)| (path.as_slice(), seen))
                .collect(),
            missing,
        }
    }

    /// Where a tidy path leads, where it is a link or passes one.
    pub(super) fn target(&self, tidy: &[u8]) -> Option<Vec<u8>> {
        let link = |path: &[u8]| match self.seen.get(path) {
            Some(Seen::Link(Some(target))) => Some(target.clone()),
            _ => None,
        };
        // The nearest link decides: where it leads was told with every link above it followed.
        let (length, mut target) = std::iter::once(tidy.to_vec())
            .chain(path::parents(tidy))
            .find_map(|path| Some((path.len(), link(&path)?)))?;
        target.extend_from_slice(tidy.get(length..).unwrap_or_default());
        Some(target)
    }

    /// The state of a tidy path.
    pub(super) fn state(&self, tidy: &[u8]) -> Known<Option<FileStat>> {
        let name = || path::text(tidy);
        match self.seen.get(tidy) {
            Some(Seen::Nothing) => return Ok(None),
            Some(Seen::Refused) => return Err(needs_root(&clean(&name()))),
            Some(_) => {}
            None if self.files.stat(tidy).is_some() => {}
            None => {
                return Err(self.missing.clone().unwrap_or_else(|| {
                    Gap::no_data("more paths than one probe looks at".to_owned())
                }));
            }
        }
        let mut stat = self.files.stat(tidy).ok_or_else(|| {
            Gap::protocol(format!("{} changed while it was read", clean(&name())))
        })?;
        stat.target = self.target(tidy).map(|target| path::text(&target));
        Ok(Some(stat))
    }

    /// Everything that was looked at, by text; what was wanted also under the text by which a rule will ask.
    pub(super) fn all(&self, plan: &Plan) -> BTreeMap<String, Known<Option<FileStat>>> {
        let seen = self.seen.keys().map(|path| path.to_vec());
        let told = self.files.paths().into_iter().cloned();
        let mut found: BTreeMap<_, _> = seen
            .chain(told)
            .map(|tidy| (path::text(&tidy), self.state(&tidy)))
            .collect();
        for (text, tidy) in &plan.wanted {
            let state = match tidy {
                Some(tidy) => self.state(tidy),
                None => Err(Gap::no_data(
                    "not looked at: it is no absolute path, or lies on a file system over the network",
                )),
            };
            found.insert(text.clone(), state);
        }
        // A file behind a link is also known by its real path.
        let real: Vec<_> = found
            .values()
            .filter_map(|state| state.as_ref().ok()?.as_ref())
            .filter(|stat| stat.kind != "link")
            .filter_map(|stat| {
                Some((
                    stat.target.clone()?,
                    FileStat {
                        target: None,
                        ..stat.clone()
                    },
                ))
            })
            .collect();
        for (path, stat) in real {
            found.entry(path).or_insert(Ok(Some(stat)));
        }
        // Where a link leads to nothing, that is known too.
        let dangling: Vec<_> = self
            .seen
            .values()
            .filter_map(|seen| match seen {
                Seen::Link(Some(target)) if self.files.stat(target).is_none() => {
                    Some(path::text(target))
                }
                _ => None,
            })
            .collect();
        for path in dangling {
            found.entry(path).or_insert(Ok(None));
        }
        found
    }
}
