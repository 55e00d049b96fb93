//! From evidence to outcomes: runs the rules of a profile on one host, applies prerequisites, causes and waivers, and
//! compares hosts once all are read. Pure: asks nobody, reads no clock and no file.

mod fleet;
mod judge;
pub mod profile;
mod rows;
pub mod tables;
mod waivers;

use crate::controls;
use crate::domain::context::FleetFacts;
use crate::domain::control::Control;
use crate::domain::event::HostState;
use crate::domain::evidence::HostEvidence;
use crate::domain::host::HostHeader;
use crate::domain::outcome::{ControlResult, Outcome, Subject};
use crate::domain::past::{Attestation, Past};
use crate::domain::plan::{CannotPlan, Step};
use crate::domain::policy::Policy;
use crate::domain::severity::Severity;
use crate::domain::tables::Tables;
use crate::domain::waiver::Waiver;

use profile::{Profile, Profiles};

/// One host, ready to be judged.
#[derive(Debug, Clone, Copy)]
pub struct HostInput<'a> {
    /// The host as declared; its profile is looked up by name, and an unknown name means `recommended`.
    pub header: &'a HostHeader,
    /// What was read.
    pub evidence: &'a HostEvidence,
    /// Parameters that the inventory sets for it.
    pub policy: &'a Policy,
    /// Whether a TCP endpoint is used without TLS; without meaning for other transports.
    pub insecure_endpoint: bool,
    /// Earlier sweeps of it; `None` where no history is kept.
    pub past: Option<&'a Past>,
    /// What people stated of it.
    pub attestations: &'a [Attestation],
    /// Now, in milliseconds since 1970-01-01 UTC: waivers hold until the end of their day, facts are judged as of their
    /// reading.
    pub now: i64,
}

/// Keyed hash of a value, the one with which hidden values were made.
type Fingerprint = Box<dyn Fn(&str) -> String + Send + Sync>;

/// Judges the hosts of one fleet.
pub struct Assessor {
    tables: Tables,
    waivers: Vec<Waiver>,
    profiles: Profiles,
    fingerprint: Option<Fingerprint>,
}

impl std::fmt::Debug for Assessor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assessor")
            .field("waivers", &self.waivers.len())
            .finish_non_exhaustive()
    }
}

impl Assessor {
    /// Judges with the bundled tables and these waivers, whose hosts are already resolved. Fails only if a bundled
    /// table is malformed, which a test rules out.
    pub fn new(waivers: Vec<Waiver>) -> Result<Self, tables::Malformed> {
        Ok(Self {
            tables: tables::bundled()?,
            waivers,
            profiles: Profiles::default(),
            fingerprint: None,
        })
    }

    /// The same with the keyed hash under which values of labels were hidden: without it no waiver can match a label.
    #[must_use]
    pub fn with_fingerprint(
        mut self,
        hash: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        self.fingerprint = Some(Box::new(hash));
        self
    }

    /// The same with profiles that people declared.
    #[must_use]
    pub fn with_profiles(mut self, profiles: Profiles) -> Self {
        self.profiles = profiles;
        self
    }

    /// Every outcome on one host: in the order of the catalogue, then of subjects' ids, each subject once.
    pub fn host(&self, input: &HostInput<'_>) -> Vec<ControlResult> {
        let profile = self.profile_of(input.header);
        let mut results = judge::host(input, profile, &self.tables);
        waivers::apply(
            &mut results,
            input,
            &self.waivers,
            self.fingerprint.as_deref(),
        );
        results
    }

    /// The outcomes of one control on one host, with neither prerequisites nor waivers: what is looked at again after a
    /// repair.
    pub fn control(&self, input: &HostInput<'_>, control: &'static Control) -> Vec<ControlResult> {
        judge::control(input, self.profile_of(input.header), &self.tables, control)
    }

    /// The steps of the control's first remedy that put its finding on `subject` right; pure, like the rule.
    pub fn plan(
        &self,
        input: &HostInput<'_>,
        control: &'static Control,
        subject: &Subject,
    ) -> Result<Vec<Step>, CannotPlan> {
        judge::plan(
            input,
            self.profile_of(input.header),
            &self.tables,
            control,
            subject,
        )
    }

    /// What is kept of a host for the controls that compare hosts; `results` are those of [`Assessor::host`].
    pub fn facts(
        &self,
        header: &HostHeader,
        evidence: &HostEvidence,
        results: &[ControlResult],
    ) -> FleetFacts {
        fleet::facts(header, evidence, results, &self.waivers)
    }

    /// Outcomes of the controls that compare hosts, on the hosts that were reached. `now` in milliseconds.
    pub fn fleet(&self, hosts: &[FleetFacts], now: i64) -> Vec<ControlResult> {
        fleet::judge(hosts, &self.profiles, &self.waivers, day(now))
    }

    /// How far a host was assessed: partially only if some gap would be closed by access.
    pub fn state(&self, results: &[ControlResult]) -> HostState {
        state_of(results)
    }

    /// The severity with which a control weighs on a host: its own unless the profile says otherwise; `info`, which
    /// weighs nothing, for an unknown one.
    pub fn severity(&self, header: &HostHeader, control: &str) -> Severity {
        let changed = self.profile_of(header).severity(control);
        changed.unwrap_or_else(|| {
            controls::by_id(control).map_or(Severity::Info, |control| control.severity)
        })
    }

    fn profile_of(&self, header: &HostHeader) -> &Profile {
        self.profiles.named(&header.profile)
    }

    /// The bundled tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }
}

/// How far a host was assessed: partially only if some gap would be closed by access (contract, section 2).
pub fn state_of(results: &[ControlResult]) -> HostState {
    let partial = results.iter().any(|row| {
        row.outcome == Outcome::NotChecked
            && row
                .gap
                .as_ref()
                .is_some_and(|gap| gap.class.makes_partial())
    });
    if partial {
        HostState::Partial
    } else {
        HostState::Assessed
    }
}

/// The UTC day of a time in milliseconds, as days since 1970-01-01.
fn day(now: i64) -> i64 {
    now.div_euclid(86_400_000)
}
