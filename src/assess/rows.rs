//! Rows as reports see them: ids, severities, one row for each subject.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::domain::control::Control;
use crate::domain::gap::Known;
use crate::domain::outcome::{ControlResult, Outcome, Subject, Verdict};
use crate::domain::severity::Severity;
use crate::domain::text::clean;

/// A verdict on a subject before it becomes a row.
#[derive(Debug, Clone)]
pub(super) struct Judgement {
    pub(super) subject: Subject,
    pub(super) verdict: Known<Verdict>,
    /// Whether it is about a container that does not run.
    pub(super) stopped: bool,
}

impl Judgement {
    pub(super) fn new(subject: Subject, verdict: Known<Verdict>) -> Self {
        Self {
            subject,
            verdict,
            stopped: false,
        }
    }
}

/// First 16 hex digits of SHA-256 over control, host and subject id, separated by NUL: the same from sweep to sweep.
pub(super) fn result_id(control: &str, host: &str, subject: &str) -> String {
    let mut hash = Sha256::new();
    for (position, part) in [control, host, subject].into_iter().enumerate() {
        if position > 0 {
            hash.update([0]);
        }
        hash.update(part.as_bytes());
    }
    let mut id = String::with_capacity(16);
    for byte in hash.finalize().iter().take(8) {
        // Writing to a string cannot fail.
        let _infallible = write!(id, "{byte:02x}");
    }
    id
}

/// The rows of one control on one host, in the order of subjects' ids; every fail of the severity `changed` where the
/// profile says so.
pub(super) fn rows(
    control: &'static Control,
    host: &str,
    changed: Option<Severity>,
    judged: Vec<Judgement>,
) -> Vec<ControlResult> {
    let mut by_subject: BTreeMap<String, Vec<Judgement>> = BTreeMap::new();
    for judgement in judged {
        by_subject
            .entry(judgement.subject.id.clone())
            .or_default()
            .push(judgement);
    }
    by_subject
        .into_values()
        .filter_map(|same| merged(control, same))
        .map(|(row, alike)| {
            let mut row = result(control, host, changed, row);
            if alike > 1 {
                let _infallible = write!(row.observed, " (worst of {alike} of that name)");
            }
            row
        })
        .collect()
}

/// The worst of several judgements on one subject, such as the replicas of a service; what runs counts before what
/// is stopped.
fn merged(control: &Control, mut same: Vec<Judgement>) -> Option<(Judgement, usize)> {
    if same.iter().any(|judgement| !judgement.stopped) {
        same.retain(|judgement| !judgement.stopped);
    }
    let alike = same.len();
    let worst = same
        .into_iter()
        .min_by_key(|judgement| match &judgement.verdict {
            Ok(Verdict::Fail(fault)) => (
                0,
                u8::from(fault.caused_by.is_some()),
                fault.severity.unwrap_or(control.severity),
            ),
            Err(_) => (1, 0, Severity::Info),
            Ok(Verdict::Manual(_)) => (2, 0, Severity::Info),
            Ok(Verdict::Pass(_)) => (3, 0, Severity::Info),
            Ok(Verdict::NotApplicable(_)) => (4, 0, Severity::Info),
        })?;
    Some((worst, alike))
}

fn result(
    control: &'static Control,
    host: &str,
    changed: Option<Severity>,
    judgement: Judgement,
) -> ControlResult {
    let severity = changed.unwrap_or(control.severity);
    let Judgement {
        subject,
        verdict,
        stopped,
    } = judgement;
    let mut row = ControlResult {
        id: result_id(control.id, host, &subject.id),
        control: control.id,
        subject,
        outcome: Outcome::Pass,
        severity,
        observed: String::new(),
        expected: String::new(),
        gap: None,
        waiver: None,
        caused_by: None,
        scored: !control.momentary && !stopped,
    };
    match verdict {
        Ok(Verdict::Pass(observed)) => row.observed = clean(&observed),
        Ok(Verdict::Fail(fault)) => {
            row.outcome = Outcome::Fail;
            row.observed = clean(&fault.observed);
            row.expected = clean(&fault.expected);
            row.severity = changed.or(fault.severity).unwrap_or(severity);
            row.caused_by = fault.caused_by;
            if stopped {
                row.severity = row.severity.lower();
            }
        }
        Ok(Verdict::NotApplicable(reason)) => {
            row.outcome = Outcome::NotApplicable;
            row.observed = clean(&reason);
        }
        Ok(Verdict::Manual(seen)) => {
            row.outcome = Outcome::Manual;
            row.observed = clean(&seen);
        }
        Err(mut gap) => {
            row.outcome = Outcome::NotChecked;
            gap.message = clean(&gap.message);
            row.gap = Some(gap);
        }
    }
    if stopped && row.outcome != Outcome::NotChecked {
        row.observed.push_str(" (stopped)");
    }
    row
}

#[cfg(test)]
mod tests {
    use super::result_id;

    #[test]
    fn ids_are_those_of_the_written_rule() {
        // printf 'run-privileged\0web-01\0container:jenkins' | sha256sum
        assert_eq!(
            result_id("run-privileged", "web-01", "container:jenkins"),
            "cdece1bea1c30e80"
        );
        assert_ne!(result_id("a", "bc", "d"), result_id("ab", "c", "d"));
    }
}
