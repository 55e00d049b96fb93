//! A control: one desired state, the rule that judges it and the remedy that restores it.

use serde::{Deserialize, Serialize};

use super::context::{Context, FleetContext};
use super::evidence::container::Container;
use super::evidence::image::Image;
use super::evidence::network::Network;
use super::gap::Known;
use super::outcome::{ControlResult, Subject, Verdict};
use super::place::Place;
use super::plan::{CannotPlan, Step};
use super::policy::PolicyValue;
use super::severity::Severity;

/// One desired state with everything that is said of it. All text about a control lives here and nowhere else.
#[derive(Debug)]
pub struct Control {
    /// Kebab-case, stable for ever.
    pub id: &'static str,
    /// The desired state as a sentence.
    pub title: &'static str,
    /// The risk, in two or three sentences.
    pub why: &'static str,
    /// What is read, in words.
    pub evidence: &'static str,
    /// When it passes, in words.
    pub passes: &'static str,
    /// The area of the catalogue.
    pub area: Area,
    /// How bad a fail is, unless the rule says otherwise for one subject.
    pub severity: Severity,
    /// Which profiles include it.
    pub set: Set,
    /// Numbers of the practices (S1–S40) that it answers.
    pub practices: &'static [u8],
    /// Numbers in the CIS Docker Benchmark.
    pub cis: &'static [Cis],
    /// Parameters with their defaults.
    pub parameters: &'static [Parameter],
    /// Controls that must not fail before this one can be judged.
    pub needs: &'static [&'static str],
    /// Momentary state is shown, but never scored and never fails a sweep.
    pub momentary: bool,
    /// How it is judged.
    pub rule: Rule,
    /// Places whose files the rule looks at beyond those that a rule of files names itself; the probe asks for all.
    pub places: &'static [Place],
    /// How it is put right; the first one is the recommended one.
    pub remedies: &'static [Remedy],
}

impl Control {
    /// What a control looks like before its author says otherwise; used as `..Control::BASE`.
    pub const BASE: Self = Self {
        id: "",
        title: "",
        why: "",
        evidence: "",
        passes: "",
        area: Area::Operations,
        severity: Severity::Low,
        set: Set::Baseline,
        practices: &[],
        cis: &[],
        parameters: &[],
        needs: &[],
        momentary: false,
        rule: Rule::Many(|_| Ok(Vec::new())),
        places: &[],
        remedies: &[],
    };
}

/// The areas of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words of the catalogue say it all")]
pub enum Area {
    Os,
    Host,
    Image,
    Runtime,
    Daemon,
    Permissions,
    Swarm,
    Operations,
}

impl Area {
    /// All areas in the order of the catalogue.
    pub const ALL: [Self; 8] = [
        Self::Os,
        Self::Host,
        Self::Image,
        Self::Runtime,
        Self::Daemon,
        Self::Permissions,
        Self::Swarm,
        Self::Operations,
    ];

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Os => "os",
            Self::Host => "host",
            Self::Image => "image",
            Self::Runtime => "runtime",
            Self::Daemon => "daemon",
            Self::Permissions => "permissions",
            Self::Swarm => "swarm",
            Self::Operations => "operations",
        }
    }

    /// What every id of this area starts with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Os => "os-",
            Self::Host => "host-",
            Self::Image => "image-",
            Self::Runtime => "run-",
            Self::Daemon => "daemon-",
            Self::Permissions => "perm-",
            Self::Swarm => "swarm-",
            Self::Operations => "ops-",
        }
    }
}

/// The sets that profiles select from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Set {
    /// On by default.
    Baseline,
    /// For hardened hosts.
    Hardened,
    /// Needs a policy value.
    Policy,
    /// Informational.
    Informational,
}

impl Set {
    /// All sets, what is on by default first.
    pub const ALL: [Self; 4] = [
        Self::Baseline,
        Self::Hardened,
        Self::Policy,
        Self::Informational,
    ];

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Hardened => "hardened",
            Self::Policy => "policy",
            Self::Informational => "informational",
        }
    }
}

/// A number of the CIS Docker Benchmark: in 1.8.0, in 1.6.0/1.7.0, and the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cis {
    /// Number in 1.8.0.
    pub v18: &'static str,
    /// Number in 1.6.0 and 1.7.0; `None` where 1.8.0 added it.
    pub v16: Option<&'static str>,
    /// Level 1 or 2.
    pub level: u8,
}

impl Cis {
    /// A recommendation that has the same number in 1.6, 1.7 and 1.8.
    pub const fn same(number: &'static str, level: u8) -> Self {
        Self {
            v18: number,
            v16: Some(number),
            level,
        }
    }

    /// A recommendation that 1.8 renumbered.
    pub const fn moved(v18: &'static str, v16: &'static str, level: u8) -> Self {
        Self {
            v18,
            v16: Some(v16),
            level,
        }
    }

    /// A recommendation that is new in 1.8.
    pub const fn new_in_18(v18: &'static str, level: u8) -> Self {
        Self {
            v18,
            v16: None,
            level,
        }
    }
}

/// A parameter that policy may set.
#[derive(Debug)]
pub struct Parameter {
    /// Its key under `[policy]`.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// The value used when nobody sets one.
    pub default: Preset,
}

/// What a parameter's value may be; an inventory that gives another kind is refused rather than ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// A word.
    Text,
    /// A list of words.
    List,
}

impl ParameterKind {
    /// The kind in the words of a message to the inventory's author.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Text => "a string",
            Self::List => "a list of strings",
        }
    }
}

/// A parameter's default, in a form that a constant can hold.
#[derive(Debug, Clone, Copy)]
pub enum Preset {
    /// No value: the control asks for one of this kind.
    Unset(ParameterKind),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A word.
    Text(&'static str),
    /// A list of words.
    List(&'static [&'static str]),
}

impl Preset {
    /// The kind of value that policy may set.
    pub fn kind(self) -> ParameterKind {
        match self {
            Self::Unset(kind) => kind,
            Self::Bool(_) => ParameterKind::Bool,
            Self::Int(_) => ParameterKind::Int,
            Self::Text(_) => ParameterKind::Text,
            Self::List(_) => ParameterKind::List,
        }
    }

    /// The default as a policy value.
    pub fn value(self) -> Option<PolicyValue> {
        match self {
            Self::Unset(_) => None,
            Self::Bool(on) => Some(PolicyValue::Bool(on)),
            Self::Int(n) => Some(PolicyValue::Int(n)),
            Self::Text(text) => Some(PolicyValue::Text(text.to_owned())),
            Self::List(list) => Some(PolicyValue::List(
                list.iter().map(|item| (*item).to_owned()).collect(),
            )),
        }
    }
}

/// Verdicts on several subjects.
pub type Judged = Vec<(Subject, Known<Verdict>)>;

/// How a control is judged. The variant fixes the subjects, so an author rarely names them.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// One verdict on the host.
    Host(fn(&Context<'_>) -> Known<Verdict>),
    /// One verdict on the daemon.
    Daemon(fn(&Context<'_>) -> Known<Verdict>),
    /// A verdict on each container.
    EachContainer(fn(&Context<'_>, &Container) -> Known<Verdict>),
    /// A verdict on each image that a container uses.
    EachImage(fn(&Context<'_>, &Image) -> Known<Verdict>),
    /// A verdict on each network.
    EachNetwork(fn(&Context<'_>, &Network) -> Known<Verdict>),
    /// Each file at the place belongs to this owner.
    FileOwner(Place, Owner),
    /// Each file at the place has no permission bit beyond `at_most`.
    FileMode {
        /// Where.
        place: Place,
        /// The widest mode accepted; compared bitwise.
        at_most: u32,
    },
    /// A loaded audit rule covers each file at the place with these permissions (letters of `auditctl -p`).
    AuditWatch(Place, &'static str),
    /// Any subjects: for rules that combine several kinds of evidence.
    Many(fn(&Context<'_>) -> Known<Judged>),
    /// Looks at the rows of all other controls on the host; judged when they are there.
    Rows(fn(&Context<'_>, &[ControlResult]) -> Judged),
    /// Compares hosts with each other; judged once per sweep.
    Fleet(fn(&FleetContext<'_>) -> Judged),
}

/// Who must own a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Numeric user 0 and group 0.
    Root,
    /// User 0 and the group that the engine's socket belongs to by configuration.
    RootAndEngineGroup,
}

/// Makes the steps that put a finding of the control on the subject right, out of what was read. Pure.
pub type Planner = fn(&Context<'_>, &Control, &Subject) -> Result<Vec<Step>, CannotPlan>;

/// How a control is put right.
#[derive(Debug, Clone, Copy)]
pub struct Remedy {
    /// Whether the program can do it.
    pub kind: RemedyKind,
    /// What is disturbed by it.
    pub class: RemedyClass,
    /// What is done, in words.
    pub action: &'static str,
    /// How it is taken back, in words; empty where it cannot be.
    pub undo: &'static str,
    /// The steps of it, where they can be planned.
    pub plan: Option<Planner>,
}

/// Whether the program can apply a remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemedyKind {
    /// It can.
    Auto,
    /// It tells a person how.
    Guide,
}

impl RemedyKind {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Guide => "guide",
        }
    }
}

/// What a remedy disturbs, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the contract say it all")]
pub enum RemedyClass {
    Live,
    Reload,
    RecreateContainer,
    RestartDaemon,
    RebuildImage,
    Manual,
}

impl RemedyClass {
    /// The word used in reports and guardrails.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Reload => "reload",
            Self::RecreateContainer => "recreate-container",
            Self::RestartDaemon => "restart-daemon",
            Self::RebuildImage => "rebuild-image",
            Self::Manual => "manual",
        }
    }
}
