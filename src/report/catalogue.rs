//! The controls that a report names: looked up by id, practice or benchmark number, described once for all formats.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::controls;
use crate::controls::frameworks::Framework;
use crate::domain::control::{Cis, Control, Remedy};
use crate::domain::severity::Severity;
use crate::domain::text;

/// How alike (0 to 1) a word must be to be offered instead of an unknown one.
const ALIKE: f64 = 0.72;
/// Most words offered.
const OFFERED: usize = 3;

/// A list of controls in the order of the catalogue.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    controls: Vec<&'static Control>,
    by_id: BTreeMap<&'static str, &'static Control>,
}

impl Catalogue {
    /// The catalogue of these controls.
    pub fn new(controls: impl IntoIterator<Item = &'static Control>) -> Self {
        let controls: Vec<_> = controls.into_iter().collect();
        let by_id = controls.iter().map(|c| (c.id, *c)).collect();
        Self { controls, by_id }
    }

    /// All controls in order.
    pub fn all(&self) -> &[&'static Control] {
        &self.controls
    }

    /// The control called `id`.
    pub fn get(&self, id: &str) -> Option<&'static Control> {
        self.by_id.get(id).copied()
    }

    /// The severity that a control has by itself; `info`, which weighs nothing, for an unknown one.
    pub fn severity(&self, id: &str) -> Severity {
        self.get(id).map_or(Severity::Info, |c| c.severity)
    }

    /// Whether a control judges a momentary state.
    pub fn is_momentary(&self, id: &str) -> bool {
        self.get(id).is_some_and(|control| control.momentary)
    }

    /// What `query` names: an id, a practice (`S24`), a number of the benchmark in 1.8 (`CIS:5.15`, `CIS-1.8:5.15`) or
    /// in 1.6 and 1.7 (`CIS-1.6:5.14`), or one of another framework (`NIST:4.4.3`, `ISO:A.8.9`, `SOC2:CC6.1`,
    /// `CIS-V8:4.1`).
    pub fn find(&self, query: &str) -> Result<Vec<&'static Control>, Unknown> {
        let query = query.trim();
        if let Some(control) = self.get(&query.to_ascii_lowercase()) {
            return Ok(vec![control]);
        }
        let found: Vec<_> = match Key::parse(query) {
            Some(key) => (self.controls.iter().copied())
                .filter(|control| key.fits(control))
                .collect(),
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err(self.unknown(query));
        }
        Ok(found)
    }

    /// SHA-256 over everything that is said of the controls, so that two reports can tell whether they used the same.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for control in &self.controls {
            // A constant's debug form would hold addresses of functions; the JSON holds words only.
            let described = super::controls::described(control);
            hash.update(serde_json::to_vec(&described).unwrap_or_default());
            hash.update([0]);
        }
        format!("sha256:{}", text::hex(&hash.finalize()))
    }

    fn unknown(&self, query: &str) -> Unknown {
        let wanted = query.to_ascii_lowercase();
        let mut near: Vec<(f64, &'static str)> = (self.controls.iter())
            .map(|control| (likeness(&wanted, control.id), control.id))
            .filter(|(alike, _)| *alike >= ALIKE)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        near.truncate(OFFERED);
        Unknown {
            query: text::clean(query),
            near: near.into_iter().map(|(_, id)| id).collect(),
        }
    }
}

/// Alike as a whole, or as a part of the id: people remember `icc`, not `daemon-icc`.
fn likeness(wanted: &str, id: &str) -> f64 {
    if wanted.len() >= 3 && id.contains(wanted) {
        return 0.99;
    }
    let rest = id.split_once('-').map_or(id, |(_, rest)| rest);
    strsim::jaro_winkler(wanted, id).max(strsim::jaro_winkler(wanted, rest))
}

/// Nothing answers to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What was asked for.
    pub query: String,
    /// The nearest ids, best first.
    pub near: Vec<&'static str>,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no control is called or answers to `{}`", self.query)
    }
}

impl std::error::Error for Unknown {}

/// What a query other than an id names.
enum Key<'a> {
    Practice(u8),
    Cis18(&'a str),
    Cis16(&'a str),
    Other(Framework, &'a str),
}

impl<'a> Key<'a> {
    fn parse(query: &'a str) -> Option<Self> {
        let practice = query.strip_prefix(['S', 's']).map(str::parse);
        if let Some(Ok(number)) = practice {
            return Some(Self::Practice(number));
        }
        let (benchmark, number) = query.split_once(':')?;
        let number = number.trim();
        match benchmark.trim().to_ascii_uppercase().as_str() {
            "CIS" | "CIS-1.8" | "CIS-1.8.0" => Some(Self::Cis18(number)),
            "CIS-1.6" | "CIS-1.6.0" | "CIS-1.7" | "CIS-1.7.0" => Some(Self::Cis16(number)),
            other => Framework::ALL
                .into_iter()
                .find(|framework| framework.word() == other)
                .map(|framework| Self::Other(framework, number)),
        }
    }

    fn fits(&self, control: &Control) -> bool {
        let by_cis = |fits: &dyn Fn(&Cis) -> bool| control.cis.iter().any(fits);
        match self {
            Self::Practice(number) => control.practices.contains(number),
            Self::Cis18(number) => by_cis(&|cis| cis.v18 == *number),
            Self::Cis16(number) => by_cis(&|cis| cis.v16 == Some(*number)),
            Self::Other(framework, number) => {
                (framework.numbers(control).iter()).any(|known| known.eq_ignore_ascii_case(number))
            }
        }
    }
}

/// What a control answers, as reports quote it: benchmark numbers, then practices.
pub fn references(control: &Control) -> Vec<String> {
    let mut quoted = controls::references(control);
    quoted.extend(control.practices.iter().map(|n| format!("practice S{n}")));
    quoted
}

/// Numbers of the frameworks beside the benchmark that a control answers, one text a framework.
pub fn frameworks(control: &Control) -> Vec<String> {
    Framework::ALL
        .into_iter()
        .filter(|framework| *framework != Framework::CisDocker)
        .map(|framework| (framework, framework.numbers(control)))
        .filter(|(_, numbers)| !numbers.is_empty())
        .map(|(framework, numbers)| format!("{} {}", framework.name(), numbers.join(", ")))
        .collect()
}

/// The words for the kind and class of a control's recommended remedy; `none` and `manual` where it has none.
pub fn remedy_words(control: Option<&Control>) -> (&'static str, &'static str) {
    match control.and_then(|control| control.remedies.first()) {
        Some(Remedy { kind, class, .. }) => (kind.word(), class.word()),
        None => ("none", "manual"),
    }
}
