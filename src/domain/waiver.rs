//! Accepted findings.

use serde::{Deserialize, Serialize};

/// A finding accepted by its owner until a date (contract, section 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The control's id.
    pub control: String,
    /// Host expression; left out: every host.
    pub hosts: Option<String>,
    /// Names of the hosts that the expression selects, resolved by the inventory.
    #[serde(default)]
    pub matched_hosts: Vec<String>,
    /// Glob over `subject.id`; left out: every subject.
    pub subject: Option<String>,
    /// Glob over the image reference of a container or image.
    pub image: Option<String>,
    /// `key=value` label of a container or image.
    pub label: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When it was granted, `YYYY-MM-DD`.
    pub granted: Option<String>,
    /// A ticket number.
    pub ticket: Option<String>,
    /// The last day it holds, in UTC, as days since 1970-01-01.
    pub expires_day: i64,
    /// The same day as written, `YYYY-MM-DD`.
    pub expires: String,
}

/// What a waived row says of its waiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverNote {
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day it holds.
    pub expires: String,
}

/// What became of a waiver in one sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverStanding {
    /// The waiver as declared.
    pub waiver: Waiver,
    /// Whether its last day lies before today.
    pub expired: bool,
    /// Subjects whose findings it accepted.
    pub covered: u32,
    /// Whether every host of its expression was fully assessed; only then a waiver that covered nothing is unmatched.
    pub judged_everywhere: bool,
}
