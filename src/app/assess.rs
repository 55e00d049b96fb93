//! Saved evidence judged again: offline, by today's controls, and by the policy of then or of an inventory.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::environment::Environment;
use super::error::Error;
use super::evidence::Saved;
use super::fleet::Fleet;
use super::profiles::Shelf;
use super::state;
use crate::assess::{Assessor, HostInput};
use crate::bundle::HostPart;
use crate::domain::event::{FleetEvent, HostReport};
use crate::domain::evidence::HostEvidence;
use crate::domain::waiver::Waiver;
use crate::record::Recording;
use crate::sweep::judge::{self, Reading};

/// What evidence is judged by instead of what was saved with it.
#[derive(Debug, Clone, Default)]
pub struct Instead {
    /// The hosts, waivers and profiles of this inventory.
    pub fleet: Option<Fleet>,
    /// This profile.
    pub profile: Option<String>,
}

/// What came of judging evidence again.
pub struct Judged {
    /// What the first of the bundles said of itself.
    pub recording: Recording,
    /// Everything that there is to report.
    pub events: Vec<FleetEvent>,
}

/// Judges the bundles in `folders`, `now` being milliseconds since 1970-01-01 UTC: waivers hold as of today, facts are
/// judged as of their reading.
pub fn assess(
    folders: &[PathBuf],
    instead: &Instead,
    environment: &Environment,
    now: i64,
) -> Result<Judged, Error> {
    let bundles = folders
        .iter()
        .map(|folder| Saved::open(folder))
        .collect::<Result<Vec<_>, _>>()?;
    let recordings = bundles
        .iter()
        .map(Saved::recording)
        .collect::<Result<Vec<_>, _>>()?;
    let assessor = assessor(&bundles, &recordings, instead, environment)?;
    let mut headers = Vec::new();
    let mut finished = Vec::new();
    let mut compared = Vec::new();
    let (mut began, mut ended, mut cancelled) = (i64::MAX, 0, false);
    for (bundle, recording) in bundles.iter().zip(&recordings) {
        let first = headers.len();
        headers.extend(recording.headers().to_vec());
        for part in bundle.hosts() {
            let mut part = part?;
            instead.apply(&mut part)?;
            let place = headers.get_mut(first..).and_then(|these| {
                these
                    .iter_mut()
                    .enumerate()
                    .find(|(_, header)| header.name == part.header.name)
            });
            let Some((offset, header)) = place else {
                return Err(Error::usage(format!(
                    "{} is not in its own sweep",
                    part.header.name
                )));
            };
            header.clone_from(&part.header);
            let (report, facts) = judged(&assessor, part, now);
            compared.extend(facts.map(|facts| (first + offset, facts)));
            finished.push(FleetEvent::Finished {
                host: first + offset,
                report: Arc::new(report),
            });
        }
        if let Some(FleetEvent::Started { at, .. }) = recording.events.first() {
            began = began.min(*at);
        }
        if let Some(FleetEvent::Ended {
            at,
            cancelled: stopped,
            ..
        }) = recording.events.last()
        {
            ended = ended.max(*at);
            cancelled |= stopped;
        }
    }
    unique(headers.iter().map(|header| header.name.as_str()))?;
    compared.sort_by_key(|(place, _)| *place);
    let compared: Vec<_> = compared.into_iter().map(|(_, facts)| facts).collect();
    let mut events = vec![FleetEvent::Started {
        at: began,
        hosts: Arc::new(headers),
    }];
    events.append(&mut finished);
    events.push(FleetEvent::Ended {
        at: ended,
        fleet: Arc::new(assessor.fleet(&compared, now)),
        cancelled,
    });
    let recording = recordings.into_iter().next();
    let recording = recording.ok_or_else(|| Error::usage("no evidence is named"))?;
    Ok(Judged { recording, events })
}

impl Instead {
    /// Changes what a host is judged by.
    fn apply(&self, part: &mut HostPart) -> Result<(), Error> {
        if let Some(fleet) = &self.fleet {
            let spec = (fleet.inventory.hosts.iter())
                .find(|spec| spec.header.name == part.header.name)
                .ok_or_else(|| {
                    Error::usage(format!("the inventory does not declare {}", part.header.name))
                        .hint("leave --inventory out: then each host is judged by what was saved with its evidence")
                })?;
            part.policy = spec.policy.clone();
            part.header.profile.clone_from(&spec.header.profile);
        }
        if let Some(profile) = &self.profile {
            part.header.profile.clone_from(profile);
        }
        Ok(())
    }
}

fn assessor(
    bundles: &[Saved],
    recordings: &[Recording],
    instead: &Instead,
    environment: &Environment,
) -> Result<Assessor, Error> {
    let mut waivers: Vec<Waiver> = Vec::new();
    if let Some(fleet) = &instead.fleet {
        waivers.clone_from(&fleet.inventory.waivers);
    } else {
        for bundle in bundles {
            for waiver in bundle.judging()?.waivers {
                if !waivers.contains(&waiver) {
                    waivers.push(waiver);
                }
            }
        }
    }
    let profiles = match (&instead.fleet, &instead.profile) {
        (Some(fleet), _) => fleet.profiles.clone(),
        (None, chosen) => {
            let mut shelf = Shelf::of(environment);
            let chosen = chosen
                .as_deref()
                .map(|name| shelf.chosen(name))
                .transpose()?;
            let headers = recordings.iter().flat_map(Recording::headers);
            let used: BTreeSet<&str> = match &chosen {
                Some(name) => BTreeSet::from([name.as_str()]),
                None => headers.map(|header| header.profile.as_str()).collect(),
            };
            shelf.load(&used, environment)?
        }
    };
    let hasher = state::redactor(environment.state.as_deref())?;
    Ok(Assessor::new(waivers)
        .map_err(|e| Error::internal("the bundled tables are broken").source(e))?
        .with_profiles(profiles)
        .with_fingerprint(move |value| hasher.fingerprint(value.as_bytes())))
}

fn judged(
    assessor: &Assessor,
    part: HostPart,
    now: i64,
) -> (HostReport, Option<crate::domain::context::FleetFacts>) {
    let reading = Reading {
        error: part.error,
        key: part.key,
        requests: part.requests,
        asked: part.asked,
        read_at: part.read_at,
        duration_ms: part.duration_ms,
    };
    let Some(evidence) = part.evidence else {
        return (judge::unread(&part.header, reading), None);
    };
    let evidence: &HostEvidence = &evidence;
    let input = HostInput {
        header: &part.header,
        evidence,
        policy: &part.policy,
        insecure_endpoint: part.insecure_endpoint,
        past: part.past.as_ref(),
        attestations: &part.attestations,
        now,
    };
    let (report, facts) = judge::judged(assessor, &input, reading);
    (report, Some(facts))
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::usage(format!("{name} is in more than one bundle"))
                .hint("judge them one by one"));
        }
    }
    Ok(())
}
