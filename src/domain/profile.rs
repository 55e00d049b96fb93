//! A profile that somebody declared in a file: which controls judge, how bad their findings are, and with which values.

use std::collections::BTreeMap;

use super::control::{Area, Control, Set};
use super::pattern::Pattern;
use super::policy::PolicyValue;
use super::severity::Severity;

/// A declared profile, as far as it says anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// What it is called: the name of its file.
    pub name: String,
    /// What it is for, in one line.
    pub about: String,
    /// The profile of the program that it starts from; nothing is selected without one.
    pub base: Option<String>,
    /// Controls that it adds.
    pub include: Vec<Selector>,
    /// Controls that it takes away, whatever adds them.
    pub exclude: Vec<Selector>,
    /// Severities by control.
    pub severity: BTreeMap<String, Severity>,
    /// Values of parameters; the inventory's win.
    pub parameters: BTreeMap<String, PolicyValue>,
}

/// What chooses controls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Those whose id matches.
    Id(Pattern),
    /// Those of an area.
    Area(Area),
    /// Those of a set.
    Set(Set),
    /// Recommendations of the CIS benchmark of this very level.
    Level(u8),
    /// Those of a severity.
    Severity(Severity),
    /// Those that answer a practice.
    Practice(u8),
}

impl Selector {
    /// Whether it chooses `control`.
    pub fn fits(&self, control: &Control) -> bool {
        match self {
            Self::Id(pattern) => pattern.matches(control.id),
            Self::Area(area) => control.area == *area,
            Self::Set(set) => control.set == *set,
            Self::Level(level) => control.cis.iter().any(|cis| cis.level == *level),
            Self::Severity(severity) => control.severity == *severity,
            Self::Practice(number) => control.practices.contains(number),
        }
    }
}
