//! Accepting findings: which waiver, if any, covers a row.

use globset::{Glob, GlobMatcher};

use super::{HostInput, day};
use crate::domain::evidence::HostEvidence;
use crate::domain::evidence::secret::Hidden;
use crate::domain::outcome::{ControlResult, Outcome, Subject};
use crate::domain::waiver::{Waiver, WaiverNote};

/// Turns findings into waived rows where a waiver in force covers them; the first one in the inventory wins. A row
/// that follows from another one is left to its cause.
pub(super) fn apply(
    results: &mut [ControlResult],
    input: &HostInput<'_>,
    waivers: &[Waiver],
    fingerprint: Option<&(dyn Fn(&str) -> String + Send + Sync)>,
) {
    let today = day(input.now);
    for waiver in waivers {
        let here = waiver.matched_hosts.contains(&input.header.name);
        if !here || waiver.expires_day < today {
            continue;
        }
        let Some(scope) = Scope::of(waiver) else {
            continue;
        };
        for row in results.iter_mut() {
            let finding = row.control == waiver.control && row.outcome == Outcome::Fail;
            if finding && scope.covers(&row.subject, input.evidence, fingerprint) {
                row.outcome = Outcome::Waived;
                row.waiver = Some(note(waiver));
            }
        }
    }
}

/// What a waived row says of its waiver.
pub(super) fn note(waiver: &Waiver) -> WaiverNote {
    WaiverNote {
        owner: waiver.owner.clone(),
        reason: waiver.reason.clone(),
        expires: waiver.expires.clone(),
    }
}

/// Whether `waiver` names the subject `id`, as far as ids tell.
pub(super) fn names(waiver: &Waiver, id: &str) -> bool {
    waiver
        .subject
        .as_deref()
        .is_none_or(|pattern| matcher(pattern).is_some_and(|glob| glob.is_match(id)))
}

/// A glob whose stars also pass slashes: ids hold paths and repositories.
fn matcher(pattern: &str) -> Option<GlobMatcher> {
    Glob::new(pattern).ok().map(|glob| glob.compile_matcher())
}

/// What a waiver names. All that it names must fit.
struct Scope<'a> {
    subject: Option<GlobMatcher>,
    image: Option<GlobMatcher>,
    label: Option<(&'a str, &'a str)>,
}

impl<'a> Scope<'a> {
    /// `None` where a pattern is broken: then the waiver covers nothing rather than everything.
    fn of(waiver: &'a Waiver) -> Option<Self> {
        let glob = |pattern: &Option<String>| match pattern {
            None => Some(None),
            Some(pattern) => matcher(pattern).map(Some),
        };
        let label = match &waiver.label {
            None => None,
            Some(label) => Some(label.split_once('=')?),
        };
        Some(Self {
            subject: glob(&waiver.subject)?,
            image: glob(&waiver.image)?,
            label,
        })
    }

    fn covers(
        &self,
        subject: &Subject,
        evidence: &HostEvidence,
        fingerprint: Option<&(dyn Fn(&str) -> String + Send + Sync)>,
    ) -> bool {
        if self
            .subject
            .as_ref()
            .is_some_and(|glob| !glob.is_match(&subject.id))
        {
            return false;
        }
        if self.image.is_none() && self.label.is_none() {
            return true;
        }
        // A subject that stands for several containers is covered only if all of them are.
        let things = things(subject, evidence);
        !things.is_empty()
            && things.iter().all(|thing| {
                let image = self
                    .image
                    .as_ref()
                    .is_none_or(|glob| thing.names.iter().any(|name| glob.is_match(name)));
                let label = self.label.is_none_or(|(key, value)| {
                    fingerprint.is_some_and(|hash| {
                        let wanted = hash(value);
                        thing
                            .labels
                            .iter()
                            .any(|label| label.name == key && label.fingerprint == wanted)
                    })
                });
                image && label
            })
    }
}

/// A container or image behind a subject.
struct Thing<'a> {
    names: Vec<&'a str>,
    labels: &'a [Hidden],
}

fn things<'a>(subject: &Subject, evidence: &'a HostEvidence) -> Vec<Thing<'a>> {
    let mut things = Vec::new();
    for container in evidence.engine.containers.iter().flatten() {
        if container.subject().id == subject.id {
            let mut names = vec![container.image.as_str()];
            if let Ok(detail) = &container.detail {
                names.push(detail.image.as_str());
            }
            things.push(Thing {
                names,
                labels: &container.labels,
            });
        }
    }
    for image in evidence.engine.images.iter().flatten() {
        if image.subject().id == subject.id {
            let names = image
                .tags
                .iter()
                .chain(&image.digests)
                .map(String::as_str)
                .collect();
            let labels = match &image.detail {
                Ok(detail) => detail.labels.as_slice(),
                Err(_) => &[],
            };
            things.push(Thing { names, labels });
        }
    }
    things
}
