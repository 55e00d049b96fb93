//! Making a plan for one host out of its findings: pure, so that the same evidence always gives the same plan.
//!
//! Several findings merge: one file is changed once, folders come before what is in them, and the mildest class comes
//! first. What cannot be planned says why.

use std::collections::BTreeMap;

use super::steps;
use crate::assess::{Assessor, HostInput};
use crate::controls;
use crate::domain::evidence::host::HostFacts;
use crate::domain::outcome::{ControlResult, Outcome};
use crate::domain::plan::{Access, FileAccess, HostPlan, PlannedStep, Step, Target, Unplanned};

/// Plans what puts the findings among `rows` right that `wanted` names.
pub fn host(
    assessor: &Assessor,
    input: &HostInput<'_>,
    rows: &[ControlResult],
    wanted: impl Fn(&ControlResult) -> bool,
) -> HostPlan {
    let mut steps = Steps::default();
    for row in rows
        .iter()
        .filter(|row| row.outcome == Outcome::Fail && wanted(row))
    {
        let target = Target {
            control: row.control.to_owned(),
            subject: row.subject.id.clone(),
        };
        if let Some(cause) = row.caused_by {
            steps.leave(
                target,
                format!("it follows from {cause}"),
                format!("put {cause} right: plimsoll plan --control {cause}"),
            );
            continue;
        }
        let Some(control) = controls::by_id(row.control) else {
            continue;
        };
        match assessor.plan(input, control, &row.subject) {
            Ok(planned) => planned
                .into_iter()
                .for_each(|step| steps.add(step, target.clone())),
            Err(cannot) => steps.leave(
                target,
                cannot.because.into_owned(),
                cannot.instead.into_owned(),
            ),
        }
    }
    steps.finish(
        &input.header.name,
        input.evidence.host.machine_id.clone().ok(),
        &input.evidence.host,
    )
}

/// Steps as they gather.
#[derive(Debug, Default)]
struct Steps {
    /// By path: a folder sorts before what is in it.
    access: BTreeMap<String, (FileAccess, Vec<Target>)>,
    unplanned: Vec<Unplanned>,
}

impl Steps {
    fn leave(&mut self, target: Target, because: String, instead: String) {
        self.unplanned.push(Unplanned {
            target,
            because,
            instead,
        });
    }

    fn add(&mut self, step: Step, target: Target) {
        match step {
            Step::FileAccess(step) => {
                let (known, targets) = self
                    .access
                    .entry(step.path.clone())
                    .or_insert_with(|| (step.clone(), Vec::new()));
                known.after = both(known, step.after);
                targets.push(target);
            }
        }
    }

    fn finish(mut self, host: &str, machine_id: Option<String>, facts: &HostFacts) -> HostPlan {
        self.leave_unsafe(facts);
        let steps: Vec<PlannedStep> = self
            .access
            .into_values()
            .map(|(step, mut targets)| {
                targets.sort();
                targets.dedup();
                let step = Step::FileAccess(step);
                PlannedStep {
                    text: steps::text(&step),
                    step,
                    targets,
                }
            })
            .collect();
        HostPlan {
            host: host.to_owned(),
            machine_id,
            weight: steps::weight(steps.iter().map(|planned| &planned.step)),
            steps,
            unplanned: self.unplanned,
        }
    }

    /// Leaves out files in whose place somebody else could put another one, unless an earlier step closes the folder.
    fn leave_unsafe(&mut self, facts: &HostFacts) {
        let paths: Vec<String> = self.access.keys().cloned().collect();
        for path in paths {
            let Some(folder) = open_folder(&path, &self.access, facts) else {
                continue;
            };
            let Some((_, targets)) = self.access.remove(&path) else {
                continue;
            };
            for target in targets {
                self.leave(
                    target,
                    format!("users other than root may replace files in {folder}"),
                    format!("close {folder} first, and see who relies on it"),
                );
            }
        }
    }
}

/// What two steps on the same file want together: each leaves alone what it does not care for.
fn both(known: &FileAccess, other: Access) -> Access {
    let FileAccess { before, after, .. } = known;
    let pick = |was: u32, one: u32, other: u32| if one == was { other } else { one };
    Access {
        uid: pick(before.uid, after.uid, other.uid),
        gid: pick(before.gid, after.gid, other.gid),
        // What either takes away is gone; what either gives (x to a folder) is there.
        mode: (after.mode & other.mode) | (after.mode & !before.mode) | (other.mode & !before.mode),
    }
}

/// The first folder above `path` that others than root may write to once the steps before are done, or of which that
/// is not known.
fn open_folder(
    path: &str,
    planned: &BTreeMap<String, (FileAccess, Vec<Target>)>,
    facts: &HostFacts,
) -> Option<String> {
    let mut folders = Vec::new();
    let mut rest = path;
    while let Some((folder, _)) = rest.rsplit_once('/') {
        folders.push(if folder.is_empty() { "/" } else { folder });
        rest = folder;
    }
    folders.reverse();
    let open = folders.into_iter().find(|folder| {
        if let Some((step, _)) = planned.get(*folder) {
            return step.after.is_open_to_others();
        }
        match facts.file(folder) {
            Ok(Some(stat)) => Access {
                uid: stat.uid,
                gid: stat.gid,
                mode: stat.mode & 0o7777,
            }
            .is_open_to_others(),
            // The script looks too, and closer; here only what is known to be open counts.
            Ok(None) | Err(_) => false,
        }
    });
    open.map(str::to_owned)
}
