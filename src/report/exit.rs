//! The exit code of a sweep (contract, section 2).

use super::summary::Summary;
use crate::domain::severity::Severity;

/// Every host fully assessed, no finding that matters.
pub const CLEAN: u8 = 0;
/// Findings that matter, every host fully assessed.
pub const FINDINGS: u8 = 1;
/// No finding that matters, but at least one host not fully assessed.
pub const INCOMPLETE: u8 = 3;
/// Both.
pub const FINDINGS_AND_INCOMPLETE: u8 = 4;

/// What a person wants to be told by the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The mildest severity that fails a sweep; `None`: findings never do.
    pub fail_on: Option<Severity>,
    /// Gaps of every class count, those of the controls that compare hosts too.
    pub strict: bool,
    /// Hosts that were reached but not fully assessed are accepted.
    pub allow_partial: bool,
    /// This many hosts that could not be read are accepted.
    pub max_unreachable: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            fail_on: Some(Severity::High),
            strict: false,
            allow_partial: false,
            max_unreachable: 0,
        }
    }
}

/// 0, 1, 3 or 4. `summary` was added up with the same `strict`.
pub fn exit_code(summary: &Summary, terms: Terms) -> u8 {
    let open = summary.hosts.partial > 0 || (terms.strict && summary.fleet_gaps > 0);
    let incomplete = (open && !terms.allow_partial) || summary.hosts.failed > terms.max_unreachable;
    match (summary.fails(terms.fail_on), incomplete) {
        (false, false) => CLEAN,
        (true, false) => FINDINGS,
        (false, true) => INCOMPLETE,
        (true, true) => FINDINGS_AND_INCOMPLETE,
    }
}

/// What the exit code means, for people; nothing where all is well.
pub fn reason(summary: &Summary, terms: Terms) -> Option<String> {
    let code = exit_code(summary, terms);
    let mut parts = Vec::new();
    if let (FINDINGS | FINDINGS_AND_INCOMPLETE, Some(least)) = (code, terms.fail_on) {
        let found: u32 = (summary.failing.iter())
            .filter(|(severity, _)| **severity <= least)
            .map(|(_, count)| count)
            .sum();
        let above = if least == Severity::Critical {
            ""
        } else {
            " or worse"
        };
        parts.push(format!(
            "{} of severity {}{above}",
            count(found, "finding"),
            least.word()
        ));
    }
    if matches!(code, INCOMPLETE | FINDINGS_AND_INCOMPLETE) {
        let hosts = summary.hosts;
        parts.push(match hosts.partial + hosts.failed {
            0 => format!(
                "evidence is missing for {}",
                count(summary.fleet_gaps, "comparison")
            ),
            open => format!(
                "{open} of {} not fully assessed",
                count(hosts.total, "host")
            ),
        });
    }
    (code != CLEAN).then(|| format!("exit code {code}: {}", parts.join("; ")))
}

fn count(n: u32, what: &str) -> String {
    super::text::count(usize::try_from(n).unwrap_or(usize::MAX), what)
}
