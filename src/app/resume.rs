//! A sweep that was stopped or killed, gone on with: hosts that it had read are not read again.

use std::path::PathBuf;
use std::sync::Arc;

use super::error::Error;
use super::records::Records;
use crate::domain::event::{FleetEvent, HostIndex, HostReport, HostState};
use crate::domain::host::HostHeader;
use crate::record::Recording;
use crate::report::Setting;

/// What an unfinished sweep had read.
#[derive(Debug, Default)]
pub struct Resumed {
    /// Its name.
    pub id: String,
    /// The hosts that it had read, by their place in the sweep.
    pub reports: Vec<(HostIndex, Arc<HostReport>)>,
    file: PathBuf,
}

impl Resumed {
    /// The newest unfinished sweep of `records`, to be gone on with as a sweep of `headers` by `setting`. Hosts that it
    /// could not read are read again.
    pub fn newest<'a>(
        records: &Records,
        headers: impl Iterator<Item = &'a HostHeader>,
        setting: &Setting,
    ) -> Result<Self, Error> {
        let Some((id, file)) = records.unfinished() else {
            return Err(Error::usage("there is no unfinished sweep to go on with")
                .hint("leave --resume out; a sweep that was stopped or killed leaves one"));
        };
        let recording = records.read(&id)?;
        let headers: Vec<&HostHeader> = headers.collect();
        same(&recording, &headers, setting).map_err(|what| {
            Error::usage(format!(
                "the unfinished sweep {id} cannot be gone on with: {what}"
            ))
            .hint(
                "leave --resume out to begin anew; plimsoll report tells what that sweep had read",
            )
        })?;
        let reports = recording.events.iter().filter_map(|event| match event {
            FleetEvent::Finished { host, report } if report.state != HostState::Failed => {
                Some((*host, Arc::clone(report)))
            }
            _ => None,
        });
        Ok(Self {
            reports: reports.collect(),
            id,
            file,
        })
    }

    /// Takes the unfinished record away, once everything that it held is saved in another.
    pub fn done(&self) -> std::io::Result<()> {
        std::fs::remove_file(&self.file)
    }
}

/// Why rows of the unfinished sweep would not be those of this one, if so.
fn same(recording: &Recording, headers: &[&HostHeader], setting: &Setting) -> Result<(), String> {
    if recording.catalogue != setting.catalogue.digest() {
        return Err("another version of the controls judged it".to_owned());
    }
    if recording.setting.scope.policy != setting.scope.policy {
        return Err("another policy, profile or waiver judged it".to_owned());
    }
    let were = recording.headers();
    if were.len() != headers.len() || were.iter().zip(headers).any(|(were, are)| were != *are) {
        return Err("it was about other hosts, or they were declared otherwise".to_owned());
    }
    Ok(())
}
