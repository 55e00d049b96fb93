//! What a rule says of a subject, and the row that reports make of it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::gap::Gap;
use super::severity::Severity;

/// The thing that a control judges.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// What kind of thing it is.
    pub kind: SubjectKind,
    /// Stable and readable, such as `container:compose:shop/web` (decisions, "Subjects and ids").
    pub id: String,
    /// What people call it; cleaned for display.
    pub name: String,
}

/// The kinds of subjects (contract, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the contract say it all")]
pub enum SubjectKind {
    Host,
    Daemon,
    Container,
    Image,
    File,
    Network,
    Volume,
    Account,
    Unit,
    Plugin,
    Service,
    Node,
    Swarm,
    Waiver,
    Fleet,
}

impl SubjectKind {
    /// The word used in reports and as the first part of most subject ids.
    pub fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Daemon => "daemon",
            Self::Container => "container",
            Self::Image => "image",
            Self::File => "file",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Account => "account",
            Self::Unit => "unit",
            Self::Plugin => "plugin",
            Self::Service => "service",
            Self::Node => "node",
            Self::Swarm => "swarm",
            Self::Waiver => "waiver",
            Self::Fleet => "fleet",
        }
    }
}

impl Subject {
    /// The host itself.
    pub fn host() -> Self {
        Self {
            kind: SubjectKind::Host,
            id: "host".into(),
            name: "host".into(),
        }
    }

    /// The engine's daemon.
    pub fn daemon() -> Self {
        Self {
            kind: SubjectKind::Daemon,
            id: "daemon".into(),
            name: "daemon".into(),
        }
    }

    /// A subject whose id is `kind:key`; `key` is cleaned, so that an id can never carry control characters.
    pub fn new(kind: SubjectKind, key: &str) -> Self {
        let name = super::text::clean(key);
        Self {
            kind,
            id: format!("{}:{name}", kind.word()),
            name,
        }
    }

    /// A file or folder by its path.
    pub fn file(path: &str) -> Self {
        Self::new(SubjectKind::File, path)
    }
}

/// What a rule says of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As wanted; the observed value.
    Pass(String),
    /// Not as wanted.
    Fail(Fault),
    /// The question does not arise here; the reason.
    NotApplicable(Cow<'static, str>),
    /// A person must look; what was seen and where to look.
    Manual(String),
}

/// A `fail` in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is there.
    pub observed: String,
    /// What is wanted.
    pub expected: String,
    /// The effective severity, where it differs from the control's.
    pub severity: Option<Severity>,
    /// The control whose finding causes this one; such a row is folded and never counted.
    pub caused_by: Option<&'static str>,
}

impl Verdict {
    /// As wanted.
    pub fn pass(observed: impl Into<String>) -> Self {
        Self::Pass(observed.into())
    }

    /// Not as wanted, at the control's own severity.
    pub fn fail(observed: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Fail(Fault {
            observed: observed.into(),
            expected: expected.into(),
            severity: None,
            caused_by: None,
        })
    }

    /// The question does not arise here.
    pub fn not_applicable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::NotApplicable(reason.into())
    }

    /// A person must look.
    pub fn manual(observed: impl Into<String>) -> Self {
        Self::Manual(observed.into())
    }

    /// The same fail at another severity; other verdicts stay.
    #[must_use]
    pub fn at(mut self, severity: Severity) -> Self {
        if let Self::Fail(fault) = &mut self {
            fault.severity = Some(severity);
        }
        self
    }

    /// The same fail as a consequence of another control's finding; other verdicts stay.
    #[must_use]
    pub fn because_of(mut self, control: &'static str) -> Self {
        if let Self::Fail(fault) = &mut self {
            fault.caused_by = Some(control);
        }
        self
    }
}

/// The outcome of a control on one subject (contract, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not as wanted: a finding.
    Fail,
    /// The evidence is missing; the gap says why.
    NotChecked,
    /// A prerequisite control failed.
    Blocked,
    /// A person must look.
    Manual,
    /// A finding accepted by a waiver.
    Waived,
    /// As wanted.
    Pass,
    /// The question does not arise here.
    NotApplicable,
}

impl Outcome {
    /// All outcomes in the order of the summary.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Fail,
        Self::NotApplicable,
        Self::NotChecked,
        Self::Blocked,
        Self::Manual,
        Self::Waived,
    ];

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not_applicable",
            Self::NotChecked => "not_checked",
            Self::Blocked => "blocked",
            Self::Manual => "manual",
            Self::Waived => "waived",
        }
    }
}

/// One row: a control's outcome on one subject of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlResult {
    /// Same from sweep to sweep for the same control, host and subject: 16 hex digits.
    pub id: String,
    /// The control's id.
    pub control: &'static str,
    /// What was judged.
    pub subject: Subject,
    /// What came out.
    pub outcome: Outcome,
    /// The effective severity.
    pub severity: Severity,
    /// What is there: for a fail and a pass the observed value, for `not_applicable`, `blocked` and `manual` the reason.
    pub observed: String,
    /// What is wanted, for a fail.
    pub expected: String,
    /// Why it was not checked.
    pub gap: Option<Gap>,
    /// The waiver that accepted the finding.
    pub waiver: Option<super::waiver::WaiverNote>,
    /// The control whose finding this one follows from.
    pub caused_by: Option<&'static str>,
    /// Whether the row counts in the score; momentary states and stopped containers do not.
    pub scored: bool,
}

impl ControlResult {
    /// Whether this is a finding that counts: a fail that does not follow from another row.
    pub fn is_finding(&self) -> bool {
        self.outcome == Outcome::Fail && self.caused_by.is_none()
    }
}
