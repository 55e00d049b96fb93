//! What every topic of the catalogue uses.

pub(super) use super::combine::{all, first_known};
pub(super) use super::facts;
pub(super) use super::guide;
pub(super) use crate::domain::context::Context;
pub(super) use crate::domain::control::{
    Area, Cis, Control, Judged, Owner, Parameter, ParameterKind, Preset, RemedyClass, Rule, Set,
};
pub(super) use crate::domain::evidence::container::{Container, Detail};
pub(super) use crate::domain::gap::{AsKnown as _, Gap, Known};
pub(super) use crate::domain::outcome::{Subject, SubjectKind, Verdict};
pub(super) use crate::domain::place::Place;
pub(super) use crate::domain::severity::Severity;
