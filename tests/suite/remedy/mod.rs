//! Repairs without a host: plans as files, the journal, guardrails, and the script under the shells there are.

mod document;
mod journal;
mod refusals;
mod script;
mod twin;

use plimsoll::domain::plan::{Access, FileAccess, FileKind, PlannedStep, Step, Target};
use plimsoll::remedy::steps;

/// A step on `path` that serves `control`.
fn step(path: &str, control: &str) -> PlannedStep {
    let access = |uid, gid, mode| Access { uid, gid, mode };
    let step = Step::FileAccess(FileAccess {
        path: path.to_owned(),
        file: FileKind::File,
        before: access(1000, 1000, 0o666),
        after: access(0, 0, 0o644),
    });
    PlannedStep {
        text: steps::text(&step),
        step,
        targets: vec![Target {
            control: control.to_owned(),
            subject: format!("file:{path}"),
        }],
    }
}
