//! Runs rules on one host.

use std::collections::BTreeMap;

use super::HostInput;
use super::profile::Profile;
use super::rows::{Judgement, rows};
use crate::controls::{self, files};
use crate::domain::context::Context;
use crate::domain::control::{Control, Judged, Rule};
use crate::domain::evidence::container::Container;
use crate::domain::evidence::image::Image;
use crate::domain::gap::{AsKnown as _, Known};
use crate::domain::outcome::{ControlResult, Outcome, Subject, SubjectKind, Verdict};
use crate::domain::plan::{CannotPlan, Step};
use crate::domain::policy::Policy;
use crate::domain::tables::Tables;

/// Every outcome of the profile's controls on one host, before waivers.
pub(super) fn host(
    input: &HostInput<'_>,
    profile: &Profile,
    tables: &Tables,
) -> Vec<ControlResult> {
    let hearing = Hearing::new(input, profile, tables);
    let mut results = Vec::new();
    let mut broken: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for control in controls::all().filter(|control| profile.includes(control)) {
        if matches!(control.rule, Rule::Fleet(_) | Rule::Rows(_)) {
            continue;
        }
        let mut own = hearing.judged(control);
        for need in control.needs {
            let reason = broken.entry(need).or_insert_with(|| hearing.reason(need));
            if let Some(reason) = reason {
                block(&mut own, need, reason);
            }
        }
        results.extend(own);
    }
    leave_to_services(&mut results);
    drop_lost_causes(&mut results);
    let looking_back: Vec<_> = controls::all()
        .filter(|control| profile.includes(control))
        .filter_map(|control| hearing.over_rows(control, &results))
        .flatten()
        .collect();
    results.extend(looking_back);
    results
}

/// The rows of one control on one host.
pub(super) fn control(
    input: &HostInput<'_>,
    profile: &Profile,
    tables: &Tables,
    control: &'static Control,
) -> Vec<ControlResult> {
    if matches!(control.rule, Rule::Rows(_)) {
        let mut all = host(input, profile, tables);
        all.retain(|row| row.control == control.id);
        return all;
    }
    Hearing::new(input, profile, tables).judged(control)
}

/// The steps that put a finding of `control` on `subject` right.
pub(super) fn plan(
    input: &HostInput<'_>,
    profile: &Profile,
    tables: &Tables,
    control: &'static Control,
    subject: &Subject,
) -> Result<Vec<Step>, CannotPlan> {
    let Some(plan) = control.remedies.first().and_then(|remedy| remedy.plan) else {
        return Err(CannotPlan::new(
            "plimsoll has no steps for it",
            control.remedies.first().map_or("", |remedy| remedy.action),
        ));
    };
    let hearing = Hearing::new(input, profile, tables);
    plan(&hearing.context(control), control, subject)
}

/// One host before the rules of one profile.
struct Hearing<'a> {
    input: &'a HostInput<'a>,
    profile: &'a Profile,
    policy: Policy,
    tables: &'a Tables,
}

impl<'a> Hearing<'a> {
    fn new(input: &'a HostInput<'a>, profile: &'a Profile, tables: &'a Tables) -> Self {
        Self {
            input,
            profile,
            policy: profile.policy(input.policy),
            tables,
        }
    }

    /// The rows of one control under the host's parameters.
    fn judged(&self, control: &'static Control) -> Vec<ControlResult> {
        self.rows(control, apply(&self.context(control), &control.rule))
    }

    /// The rows of a control that judges the rows of all others; `None` for any other control.
    fn over_rows(
        &self,
        control: &'static Control,
        results: &[ControlResult],
    ) -> Option<Vec<ControlResult>> {
        let Rule::Rows(judge) = control.rule else {
            return None;
        };
        let ctx = self.context(control);
        let judged = plain(Ok(judge(&ctx, results)));
        Some(self.rows(control, judged))
    }

    fn rows(&self, control: &'static Control, judged: Vec<Judgement>) -> Vec<ControlResult> {
        let host = &self.input.header.name;
        rows(control, host, self.profile.severity(control.id), judged)
    }

    fn context(&self, control: &'static Control) -> Context<'_> {
        Context {
            header: self.input.header,
            evidence: self.input.evidence,
            policy: &self.policy,
            tables: self.tables,
            parameters: control.parameters,
            insecure_endpoint: self.input.insecure_endpoint,
            past: self.input.past,
            attestations: self.input.attestations,
        }
    }

    /// What the prerequisite `id` fails with, whether or not the profile includes it; `None` where it does not fail.
    fn reason(&self, id: &str) -> Option<String> {
        let rows = self.judged(controls::by_id(id)?);
        rows.into_iter()
            .find(|row| row.outcome == Outcome::Fail)
            .map(|row| row.observed)
    }
}

/// Runs a rule on its subjects. Nothing disappears: no subject, and no list of subjects, is a row of the host.
fn apply(ctx: &Context<'_>, rule: &Rule) -> Vec<Judgement> {
    match *rule {
        Rule::Host(judge) => vec![Judgement::new(Subject::host(), judge(ctx))],
        Rule::Daemon(judge) => vec![Judgement::new(Subject::daemon(), judge(ctx))],
        Rule::EachContainer(judge) => {
            let one = |container: &Container| Judgement {
                subject: container.subject(),
                verdict: judge(ctx, container),
                stopped: !container.is_running(),
            };
            each(
                ctx.evidence.engine.containers.known(),
                |_| true,
                one,
                "there is no container",
            )
        }
        Rule::EachImage(judge) => {
            let one = |image: &Image| Judgement::new(image.subject(), judge(ctx, image));
            let used = |image: &Image| !image.used_by.is_empty();
            let engine = &ctx.evidence.engine;
            // Which images are in use is known only together with the containers.
            let images = engine
                .containers
                .known()
                .and_then(|_| engine.images.known());
            each(images, used, one, "no container uses an image of the list")
        }
        Rule::EachNetwork(judge) => {
            let networks = ctx.evidence.engine.networks.known();
            each(
                networks,
                |_| true,
                |network| Judgement::new(network.subject(), judge(ctx, network)),
                "there is no network",
            )
        }
        Rule::FileOwner(place, owner) => plain(Ok(files::owner(ctx, place, owner))),
        Rule::FileMode { place, at_most } => plain(Ok(files::mode(ctx, place, at_most))),
        Rule::AuditWatch(place, permissions) => {
            plain(Ok(files::watched(ctx, &[place], permissions)))
        }
        Rule::Many(judge) => plain(judge(ctx)),
        Rule::Rows(_) | Rule::Fleet(_) => Vec::new(),
    }
}

fn each<T>(
    list: Known<&Vec<T>>,
    wanted: impl Fn(&T) -> bool,
    judge: impl Fn(&T) -> Judgement,
    none: &'static str,
) -> Vec<Judgement> {
    let judged: Vec<_> = match list {
        Err(gap) => return vec![Judgement::new(Subject::host(), Err(gap))],
        Ok(list) => list.iter().filter(|item| wanted(item)).map(judge).collect(),
    };
    if judged.is_empty() {
        return vec![Judgement::new(
            Subject::host(),
            Ok(Verdict::not_applicable(none)),
        )];
    }
    judged
}

fn plain(judged: Known<Judged>) -> Vec<Judgement> {
    match judged {
        Err(gap) => vec![Judgement::new(Subject::host(), Err(gap))],
        Ok(rows) if rows.is_empty() => {
            vec![Judgement::new(
                Subject::host(),
                Ok(Verdict::not_applicable("nothing of the kind is there")),
            )]
        }
        Ok(rows) => rows
            .into_iter()
            .map(|(subject, verdict)| Judgement::new(subject, verdict))
            .collect(),
    }
}

/// Rows whose prerequisite failed say so instead; what does not apply stays what it is.
fn block(rows: &mut [ControlResult], need: &str, reason: &str) {
    for row in rows {
        if row.outcome != Outcome::NotApplicable {
            row.outcome = Outcome::Blocked;
            row.gap = None;
            row.observed = format!("{need} failed: {reason}");
            row.expected = String::new();
            row.caused_by = None;
        }
    }
}

/// What the definition of a swarm service decides for its tasks, and `swarm-services-hardening` judges there.
const BY_SERVICE: &[&str] = &["run-caps-added", "run-memory-limit", "run-readonly-rootfs"];

/// A task is made anew from its service, so a finding on it follows from the service's where that one is known to
/// fail: on a manager. On a worker it stands on its own.
fn leave_to_services(results: &mut [ControlResult]) {
    let failing: Vec<String> = results
        .iter()
        .filter(|row| row.control == SERVICES && row.outcome == Outcome::Fail)
        .filter_map(|row| row.subject.id.strip_prefix("service:").map(str::to_owned))
        .collect();
    for row in results {
        let task = row.subject.id.strip_prefix("container:swarm:");
        if row.outcome == Outcome::Fail
            && row.caused_by.is_none()
            && BY_SERVICE.contains(&row.control)
            && task.is_some_and(|service| failing.iter().any(|name| name == service))
        {
            row.caused_by = Some(SERVICES);
        }
    }
}

const SERVICES: &str = "swarm-services-hardening";

/// A row follows from another only if that other one is there and fails: on the same subject where the cause judges
/// such subjects, else anywhere on the host. Otherwise it stands on its own, or nobody would see it.
fn drop_lost_causes(results: &mut [ControlResult]) {
    let mut failing: BTreeMap<&'static str, Vec<Subject>> = BTreeMap::new();
    for row in results.iter().filter(|row| row.outcome == Outcome::Fail) {
        failing
            .entry(row.control)
            .or_default()
            .push(row.subject.clone());
    }
    for row in results {
        let Some(cause) = row.caused_by else {
            continue;
        };
        let holds = failing.get(cause).is_some_and(|subjects| {
            let comparable =
                |kind: SubjectKind| kind == row.subject.kind && kind == SubjectKind::Container;
            subjects
                .iter()
                .any(|subject| subject.id == row.subject.id || !comparable(subject.kind))
        });
        if !holds {
            row.caused_by = None;
        }
    }
}
