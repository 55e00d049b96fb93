//! Which numbers of published frameworks a control answers, besides the CIS Docker Benchmark that stands with it.
//!
//! Only numbers, one line a control, in `references.tsv`: the texts are licensed, and a mapping is easier to review in
//! one place than in three hundred.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::domain::control::Control;

const TABLE: &str = include_str!("references.tsv");

/// A published framework. Its numbers are requirements that several controls may answer, each in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Framework {
    /// CIS Docker Benchmark 1.8.0.
    CisDocker,
    /// NIST SP 800-190: the countermeasures of its chapter 4.
    Nist,
    /// ISO/IEC 27001:2022, Annex A.
    Iso,
    /// SOC 2: the Trust Services Criteria of 2017.
    Soc2,
    /// Safeguards of the CIS Controls version 8.
    CisControls,
}

impl Framework {
    /// All frameworks, the nearest to the subject first.
    pub const ALL: [Self; 5] = [
        Self::CisDocker,
        Self::Nist,
        Self::Iso,
        Self::Soc2,
        Self::CisControls,
    ];

    /// Its name as reports quote it.
    pub fn name(self) -> &'static str {
        match self {
            Self::CisDocker => "CIS Docker 1.8.0",
            Self::Nist => "NIST SP 800-190",
            Self::Iso => "ISO/IEC 27001:2022",
            Self::Soc2 => "SOC 2",
            Self::CisControls => "CIS Controls v8",
        }
    }

    /// The short word in front of a number in a query, such as `NIST:4.4.3`.
    pub fn word(self) -> &'static str {
        match self {
            Self::CisDocker => "CIS",
            Self::Nist => "NIST",
            Self::Iso => "ISO",
            Self::Soc2 => "SOC2",
            Self::CisControls => "CIS-V8",
        }
    }

    /// The column of the table; the benchmark has none.
    fn column(self) -> Option<usize> {
        match self {
            Self::CisDocker => None,
            Self::Nist => Some(1),
            Self::Iso => Some(2),
            Self::Soc2 => Some(3),
            Self::CisControls => Some(4),
        }
    }

    /// The numbers that `control` answers, in the order of the framework.
    pub fn numbers(self, control: &Control) -> Vec<&'static str> {
        let Some(column) = self.column() else {
            return control.cis.iter().map(|cis| cis.v18).collect();
        };
        let cell = ROWS.get(control.id).and_then(|cells| cells.get(column));
        cell.into_iter()
            .flat_map(|cell| cell.split(' '))
            .filter(|number| !number.is_empty())
            .collect()
    }
}

/// The cells of each line by the control's id. A malformed line would only lack cells; a test holds the form.
static ROWS: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    TABLE
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter_map(|cells| Some((*cells.first()?, cells)))
        .collect()
});

/// The ids that the table has a line for, in their order.
pub fn listed() -> impl Iterator<Item = &'static str> {
    TABLE
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').next())
}

/// How numbers of a framework are ordered: by their parts, numbers as numbers.
pub fn order(number: &str) -> Vec<(u32, &str)> {
    let mut parts = Vec::new();
    let mut rest = number;
    while let Some(first) = rest.chars().next() {
        let digit = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != digit)
            .map_or(rest.len(), |end| end);
        let (part, behind) = rest.split_at(end);
        parts.push(match part.parse() {
            Ok(value) => (value, ""),
            Err(_) => (0, part),
        });
        rest = behind;
    }
    parts
}
