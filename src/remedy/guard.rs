//! What forbids a plan before anything is contacted for it: read-only mode, the host's mode, and the guardrails of the
//! inventory. They can only ever raise what is asked.

use std::collections::BTreeSet;

use globset::Glob;

use crate::domain::plan::{HostPlan, Risk, Step, Target};
use crate::inventory::spec::{Confirm, HostSpec, Window};

/// Why a plan is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What forbids it.
    pub message: String,
    /// Why, in the inventory's words; empty where it gives no reason.
    pub reason: String,
}

impl Refusal {
    /// All of it in one line.
    pub fn whole(&self) -> String {
        if self.reason.is_empty() {
            self.message.clone()
        } else {
            format!("{} ({})", self.message, self.reason)
        }
    }

    fn new(message: impl Into<String>, spec: &HostSpec) -> Self {
        Self {
            message: message.into(),
            reason: spec.guardrails.reason.clone().unwrap_or_default(),
        }
    }
}

/// Whether the inventory says that the host may only be read.
pub fn read_only(spec: &HostSpec) -> Refusal {
    Refusal {
        message: format!(
            "{} may only be read (mode = \"audit\" or --read-only)",
            spec.header.name
        ),
        reason: spec.mode_reason.clone().unwrap_or_default(),
    }
}

/// Holds a plan against the guardrails at `now`, milliseconds since 1970-01-01 UTC.
pub fn check(spec: &HostSpec, plan: &HostPlan, now: i64) -> Result<(), Refusal> {
    let steps = plan.steps.iter().map(|planned| &planned.step);
    check_steps(spec, steps, plan.targets().into_iter(), now)
}

/// Holds steps that serve these findings against the guardrails at `now`.
pub fn check_steps<'a>(
    spec: &HostSpec,
    steps: impl Iterator<Item = &'a Step>,
    targets: impl Iterator<Item = &'a Target>,
    now: i64,
) -> Result<(), Refusal> {
    let host = &spec.header.name;
    let classes: BTreeSet<&str> = steps.map(|step| step.class().word()).collect();
    let controls: BTreeSet<&str> = targets.map(|target| target.control.as_str()).collect();
    for word in &spec.guardrails.deny {
        if let Some(class) = classes.iter().find(|class| denies(word, class)) {
            return Err(Refusal::new(
                format!("the guardrails of {host} deny {word}, and a step is {class}"),
                spec,
            ));
        }
        if let Some(control) = controls.iter().find(|control| denies(word, control)) {
            return Err(Refusal::new(
                format!("the guardrails of {host} deny {word}, which is {control}"),
                spec,
            ));
        }
    }
    match spec
        .guardrails
        .windows
        .iter()
        .find(|window| !is_open(window, now))
    {
        Some(window) => Err(Refusal::new(
            format!(
                "changes on {host} are allowed at {} (UTC) only",
                window.text
            ),
            spec,
        )),
        None => Ok(()),
    }
}

/// Whether so many hosts may be changed by one operation that `spec` is part of.
pub fn check_batch(spec: &HostSpec, hosts: usize) -> Result<(), Refusal> {
    match spec.guardrails.max_batch {
        Some(most) if usize::try_from(most).is_ok_and(|most| hosts > most) => Err(Refusal::new(
            format!(
                "the guardrails of {} allow {most} hosts in one batch, and this one has {hosts}",
                spec.header.name
            ),
            spec,
        )),
        _ => Ok(()),
    }
}

/// The confirmation that changes of this risk ask for.
pub fn confirmation(spec: &HostSpec, risk: Risk) -> Confirm {
    let by_risk = if risk == Risk::High {
        Confirm::TypeHost
    } else {
        Confirm::Ask
    };
    spec.guardrails
        .confirm
        .map_or(by_risk, |asked| asked.max(by_risk))
}

/// Whether a word of a guardrail means `name`; what cannot be understood denies, for it was written to.
fn denies(word: &str, name: &str) -> bool {
    word == name || Glob::new(word).map_or(true, |glob| glob.compile_matcher().is_match(name))
}

/// Whether a window is open at `now`.
fn is_open(window: &Window, now: i64) -> bool {
    const DAY: i64 = 24 * 60;
    let minutes = now.div_euclid(60_000);
    let at = if window.weekly {
        // 1970-01-01 was a Thursday; windows count from Monday.
        (minutes + 3 * DAY).rem_euclid(7 * DAY)
    } else {
        minutes.rem_euclid(DAY)
    };
    let (first, last) = (i64::from(window.minutes.0), i64::from(window.minutes.1));
    if first <= last {
        (first..last).contains(&at)
    } else {
        at >= first || at < last
    }
}

/// The risk that `--yes` alone covers.
pub fn covered_by_yes(risk: Risk, accepted: Option<Risk>) -> bool {
    risk <= Risk::Medium || accepted.is_some_and(|accepted| accepted >= risk)
}

#[cfg(test)]
mod tests {
    use super::is_open;
    use crate::inventory::spec::Window;

    /// 2026-11-24 was a Tuesday.
    const TUESDAY_NOON: i64 = 1_795_521_600_000;
    const HOUR: i64 = 3_600_000;

    fn window(weekly: bool, from: u16, to: u16) -> Window {
        Window {
            text: String::new(),
            minutes: (from, to),
            weekly,
        }
    }

    #[test]
    fn windows_are_open_when_they_say() {
        let daily = window(false, 11 * 60, 13 * 60);
        assert!(is_open(&daily, TUESDAY_NOON) && !is_open(&daily, TUESDAY_NOON + HOUR));
        let night = window(false, 22 * 60, 6 * 60);
        assert!(!is_open(&night, TUESDAY_NOON) && is_open(&night, TUESDAY_NOON + 12 * HOUR));
        // Monday 22:00 to Tuesday 13:00, and the other way round.
        let over = window(true, 22 * 60, 24 * 60 + 13 * 60);
        assert!(is_open(&over, TUESDAY_NOON) && !is_open(&over, TUESDAY_NOON + HOUR));
        let around = window(true, 24 * 60 + 13 * 60, 22 * 60);
        assert!(!is_open(&around, TUESDAY_NOON) && is_open(&around, TUESDAY_NOON + HOUR));
    }
}
