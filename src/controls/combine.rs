//! Putting several witnesses together without losing what is missing: three-valued logic over verdicts.
//!
//! In every combinator a certain fail beats a gap: what is already proven wrong needs no further evidence.

use crate::domain::gap::Known;
use crate::domain::outcome::{Fault, Verdict};

/// All parts must be as wanted: the worst fail, else the first gap, else what a person must look at, else a pass.
/// Parts that do not apply are left out; nothing but such parts does not apply.
pub fn all(parts: impl IntoIterator<Item = Known<Verdict>>) -> Known<Verdict> {
    let mut sorted = Sorted::of(parts);
    if let Some(fault) = sorted.merged_fault() {
        return Ok(Verdict::Fail(fault));
    }
    if let Some(gap) = sorted.gap {
        return Err(gap);
    }
    Ok(
        match (
            sorted.manual.is_empty(),
            sorted.passes.is_empty(),
            sorted.reason,
        ) {
            (false, ..) => Verdict::Manual(sorted.manual.join("; ")),
            (_, false, _) => Verdict::Pass(sorted.passes.join("; ")),
            (_, _, Some(reason)) => Verdict::NotApplicable(reason),
            (_, _, None) => Verdict::not_applicable("nothing to judge"),
        },
    )
}

/// One part as wanted is enough: a pass, else the first gap (it might have been one), else manual, else a fail.
pub fn any(parts: impl IntoIterator<Item = Known<Verdict>>) -> Known<Verdict> {
    let mut sorted = Sorted::of(parts);
    if !sorted.passes.is_empty() {
        return Ok(Verdict::Pass(sorted.passes.join("; ")));
    }
    if let Some(gap) = sorted.gap {
        return Err(gap);
    }
    if !sorted.manual.is_empty() {
        return Ok(Verdict::Manual(sorted.manual.join("; ")));
    }
    Ok(match (sorted.merged_fault(), sorted.reason) {
        (Some(fault), _) => Verdict::Fail(fault),
        (None, Some(reason)) => Verdict::NotApplicable(reason),
        (None, None) => Verdict::not_applicable("nothing to judge"),
    })
}

/// The first witness that knows: used where the first is the better one, such as the kernel before the engine.
/// With none, the gap of the first.
pub fn first_known<T>(witnesses: impl IntoIterator<Item = Known<T>>) -> Known<T> {
    let mut first = None;
    for witness in witnesses {
        match witness {
            Ok(value) => return Ok(value),
            Err(gap) => first = first.or(Some(gap)),
        }
    }
    Err(match first {
        Some(gap) => gap,
        None => crate::domain::gap::Gap::no_data("nothing was asked"),
    })
}

#[derive(Default)]
struct Sorted {
    faults: Vec<Fault>,
    gap: Option<crate::domain::gap::Gap>,
    manual: Vec<String>,
    passes: Vec<String>,
    reason: Option<std::borrow::Cow<'static, str>>,
}

impl Sorted {
    fn of(parts: impl IntoIterator<Item = Known<Verdict>>) -> Self {
        let mut sorted = Self::default();
        for part in parts {
            match part {
                Ok(Verdict::Fail(fault)) => sorted.faults.push(fault),
                Ok(Verdict::Pass(observed)) => sorted.passes.push(observed),
                Ok(Verdict::Manual(seen)) => sorted.manual.push(seen),
                Ok(Verdict::NotApplicable(reason)) => {
                    sorted.reason = sorted.reason.or(Some(reason));
                }
                Err(gap) => sorted.gap = sorted.gap.or(Some(gap)),
            }
        }
        sorted
    }

    /// All faults in one: everything observed, the first expectation, the worst severity. A fault at the control's
    /// own severity counts as worse than one at a lower effective severity.
    fn merged_fault(&mut self) -> Option<Fault> {
        let faults = std::mem::take(&mut self.faults);
        let expected = faults.first()?.expected.clone();
        let severity = if faults.iter().any(|fault| fault.severity.is_none()) {
            None
        } else {
            faults.iter().filter_map(|fault| fault.severity).min()
        };
        let cause = faults.first().and_then(|fault| fault.caused_by);
        let caused_by =
            cause.filter(|cause| faults.iter().all(|fault| fault.caused_by == Some(cause)));
        Some(Fault {
            observed: faults
                .iter()
                .map(|fault| fault.observed.as_str())
                .collect::<Vec<_>>()
                .join("; "),
            expected,
            severity,
            caused_by,
        })
    }
}
