//! Plans as a file: written by `plan --json`, read by `apply`. Schema `plimsoll.plan/1`, described in `docs/plan.md`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{script, steps};
use crate::domain::plan::HostPlan;
use crate::domain::text::clean;

/// The schema that is written and, in any minor version, read.
pub const SCHEMA: &str = "plimsoll.plan/1";

/// The plans of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// When it was made, in UTC.
    pub made: String,
    /// SHA-256 of the script that will carry it out.
    pub script: String,
    /// The plans, in the order of the inventory.
    pub plans: Vec<HostPlan>,
    /// Hosts that could not be read or may not be changed.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
}

/// A host without a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name.
    pub host: String,
    /// Why.
    pub because: String,
    /// Whether it is forbidden, rather than not possible.
    pub refused: bool,
}

/// Why a file is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPlan(String);

impl Document {
    /// Plans made at `made` (UTC) by this program.
    pub fn new(made: String, plans: Vec<HostPlan>, left_out: Vec<LeftOut>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made,
            script: script::sha256(),
            plans,
            left_out,
        }
    }

    /// Reads a plan's text. What the steps disturb and how they are shown is made anew from them: a file cannot say one
    /// thing and do another, nor ask for less than its steps do.
    pub fn read(text: &str) -> Result<Self, NoPlan> {
        let wrong = |error: serde_json::Error| NoPlan(format!("this is no plan: {error}"));
        let raw: serde_json::Value = serde_json::from_str(text).map_err(wrong)?;
        let schema = raw.get("schema").and_then(serde_json::Value::as_str);
        match schema {
            Some(schema) if is_ours(schema) => {}
            Some(other) => {
                return Err(NoPlan(format!(
                    "its schema is {}, and this program reads {SCHEMA}",
                    clean(other)
                )));
            }
            None => return Err(NoPlan(format!("it names no schema; {SCHEMA} is read"))),
        }
        let mut document: Self = serde_json::from_value(raw).map_err(wrong)?;
        if document.script != script::sha256() {
            return Err(NoPlan(
                "it was made for another apply script; make a new plan with this program"
                    .to_owned(),
            ));
        }
        let mut hosts = BTreeSet::new();
        for plan in &mut document.plans {
            if !hosts.insert(plan.host.clone()) {
                return Err(NoPlan(format!("it plans twice for {}", clean(&plan.host))));
            }
            for planned in &mut plan.steps {
                planned.text = steps::text(&planned.step);
            }
            plan.weight = steps::weight(plan.steps.iter().map(|planned| &planned.step));
        }
        Ok(document)
    }
}

fn is_ours(schema: &str) -> bool {
    schema == SCHEMA
        || schema
            .strip_prefix(SCHEMA)
            .is_some_and(|minor| minor.starts_with('.'))
}
