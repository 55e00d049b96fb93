//! Values that an organisation sets: parameters of controls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A parameter's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PolicyValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A word.
    Text(String),
    /// A list of words.
    List(Vec<String>),
}

/// Parameter values that apply to one host: the inventory's over the profile's; defaults live with the controls.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Value by parameter name.
    pub values: BTreeMap<String, PolicyValue>,
}

impl Policy {
    /// The list set for `name`, if any.
    pub fn list(&self, name: &str) -> Option<&[String]> {
        match self.values.get(name)? {
            PolicyValue::List(list) => Some(list),
            _ => None,
        }
    }

    /// The whole number set for `name`, if any.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.values.get(name)? {
            PolicyValue::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The word set for `name`, if any.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name)? {
            PolicyValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The switch set for `name`, if any.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.values.get(name)? {
            PolicyValue::Bool(on) => Some(*on),
            _ => None,
        }
    }
}
