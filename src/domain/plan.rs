//! What is to be changed on a host: typed steps, what they disturb, and what stands in their way. Pure data: deltas,
//! never the contents of files.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::control::RemedyClass;
use super::gap::Gap;

/// Everything that is to be changed on one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostPlan {
    /// The host's name in the inventory.
    pub host: String,
    /// Keyed hash of its machine id: a plan is not applied to another machine that took over the name.
    pub machine_id: Option<String>,
    /// What it disturbs and how strongly it has to be confirmed; made from the steps, never read back from a plan.
    #[serde(flatten, skip_deserializing)]
    pub weight: Weight,
    /// What is done, in this order.
    pub steps: Vec<PlannedStep>,
    /// Findings that were asked for and that no step puts right.
    pub unplanned: Vec<Unplanned>,
}

impl HostPlan {
    /// The findings that the steps put right, each once, in order.
    pub fn targets(&self) -> Vec<&Target> {
        let mut targets: Vec<&Target> = self.steps.iter().flat_map(|step| &step.targets).collect();
        targets.sort();
        targets.dedup();
        targets
    }
}

/// What a plan disturbs, and how strongly it has to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Weight {
    /// What the most disturbing step disturbs.
    pub class: RemedyClass,
    /// How strongly it has to be confirmed.
    pub risk: Risk,
    /// What others feel of it.
    pub blast: BlastRadius,
}

impl Default for Weight {
    /// Of no steps at all.
    fn default() -> Self {
        Self {
            class: RemedyClass::Live,
            risk: Risk::Low,
            blast: BlastRadius::default(),
        }
    }
}

/// A finding that a plan puts right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// Id of the control.
    pub control: String,
    /// Id of the subject.
    pub subject: String,
}

/// A finding that cannot be put right by a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplanned {
    /// The finding.
    #[serde(flatten)]
    pub target: Target,
    /// Why.
    pub because: String,
    /// What a person can do instead; empty where nothing is known.
    pub instead: String,
}

/// A step, which findings it serves, and how it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// What is done.
    #[serde(flatten)]
    pub step: Step,
    /// The findings that it serves.
    pub targets: Vec<Target>,
    /// The step in words; made from the step, never read back from a plan.
    #[serde(default, skip_deserializing)]
    pub text: StepText,
}

/// A step as people see it before they agree to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StepText {
    /// One line.
    pub title: String,
    /// What changes, as lines of a unified diff.
    pub diff: Vec<String>,
    /// Every command that changes something on the host, as it will run.
    pub commands: Vec<String>,
    /// How it is taken back.
    pub undo: String,
}

/// One thing that is done, with the state it was planned on. Each kind has a file in `remedy::steps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    /// Owner and permission bits of a file, folder or socket.
    FileAccess(FileAccess),
}

impl Step {
    /// What the step disturbs.
    pub fn class(&self) -> RemedyClass {
        match self {
            Self::FileAccess(_) => RemedyClass::Live,
        }
    }
}

/// Owner and permission bits of one file, folder or socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAccess {
    /// Where it is once all links are followed.
    pub path: String,
    /// What is there.
    pub file: FileKind,
    /// As it was when the plan was made; anything else stops the step.
    pub before: Access,
    /// As it shall be.
    pub after: Access,
}

/// The kinds of files whose access can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it all")]
pub enum FileKind {
    File,
    Dir,
    Socket,
}

impl FileKind {
    /// The kind that evidence calls `word`; none for links and devices, which are never changed.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "file" => Some(Self::File),
            "dir" => Some(Self::Dir),
            "socket" => Some(Self::Socket),
            _ => None,
        }
    }
}

/// Numeric owner, numeric group and permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// 12 bits: with setuid, setgid and sticky.
    #[serde(with = "octal")]
    pub mode: u32,
}

impl Access {
    /// Whether somebody other than root may write.
    pub fn is_open_to_others(self) -> bool {
        self.uid != 0 || self.mode & 0o002 != 0 || (self.mode & 0o020 != 0 && self.gid != 0)
    }
}

impl std::fmt::Display for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} {:04o}", self.uid, self.gid, self.mode)
    }
}

/// Modes in documents are written as people write them: `"0644"`.
mod octal {
    use serde::de::{Deserialize as _, Deserializer, Error as _};
    use serde::ser::Serializer;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(mode: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{mode:04o}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let text = String::deserialize(deserializer)?;
        u32::from_str_radix(&text, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777)
            .ok_or_else(|| D::Error::custom(format_args!("{text:?} is no octal mode")))
    }
}

/// How strongly a plan has to be confirmed, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// No container and no port is affected.
    Low,
    /// One container is made anew.
    Medium,
    /// The daemon restarts, or the host may become unreachable.
    High,
}

impl Risk {
    /// The risk that lies in a class alone (decisions, 18).
    pub fn of(class: RemedyClass) -> Self {
        match class {
            RemedyClass::Live | RemedyClass::Reload => Self::Low,
            RemedyClass::RecreateContainer => Self::Medium,
            RemedyClass::RestartDaemon | RemedyClass::RebuildImage | RemedyClass::Manual => {
                Self::High
            }
        }
    }

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What others feel of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlastRadius {
    /// Names of containers that stop, if only for a moment.
    pub containers_stopped: Vec<String>,
    /// Published ports that close, if only for a moment.
    pub ports_closed: Vec<String>,
    /// Who can no longer do what.
    pub losing_access: Vec<String>,
    /// What undoing does not bring back.
    pub not_undone: Vec<String>,
}

impl BlastRadius {
    /// Adds what another step does.
    pub fn add(&mut self, other: Self) {
        self.containers_stopped.extend(other.containers_stopped);
        self.ports_closed.extend(other.ports_closed);
        self.losing_access.extend(other.losing_access);
        self.not_undone.extend(other.not_undone);
        for list in [
            &mut self.containers_stopped,
            &mut self.ports_closed,
            &mut self.losing_access,
            &mut self.not_undone,
        ] {
            list.sort();
            list.dedup();
        }
    }
}

/// Why a finding gets no step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotPlan {
    /// Why, as the rest of the sentence "cannot be planned: …".
    pub because: Cow<'static, str>,
    /// What a person can do instead.
    pub instead: Cow<'static, str>,
}

impl CannotPlan {
    /// A reason, and what a person can do instead.
    pub fn new(
        because: impl Into<Cow<'static, str>>,
        instead: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            because: because.into(),
            instead: instead.into(),
        }
    }
}

impl From<Gap> for CannotPlan {
    fn from(gap: Gap) -> Self {
        Self::new(gap.message, "")
    }
}
