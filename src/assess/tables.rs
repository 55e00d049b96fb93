//! Bundled knowledge with a date, read from the data files beside this one.

use jiff::civil::Date;
use serde::Deserialize;
use thiserror::Error;

use crate::domain::severity::Severity;
use crate::domain::tables::{Advisory, BranchSupport, SystemSupport, Tables};

const SYSTEMS: &str = include_str!("tables/systems.toml");
const COMPONENTS: &str = include_str!("tables/components.toml");

/// Why a table could not be read.
#[derive(Debug, Error)]
pub enum Malformed {
    /// It is no TOML of the expected shape.
    #[error("the table is malformed: {0}")]
    Shape(#[from] toml::de::Error),
    /// A word stands where another one belongs.
    #[error("the table holds {what} {word:?}")]
    Word {
        /// What it should be.
        what: &'static str,
        /// What is there.
        word: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Systems {
    dated: String,
    system: Vec<System>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct System {
    id: String,
    #[serde(default)]
    version: String,
    /// Left out for systems that are updated continuously.
    ends: Option<String>,
    /// It has ended, on a day that nobody announced.
    #[serde(default)]
    ended: bool,
    #[serde(default)]
    successor: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Components {
    dated: String,
    branch: Vec<Branch>,
    advisory: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Branch {
    component: String,
    #[serde(rename = "branch")]
    name: String,
    newest: String,
    supported: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    component: String,
    id: String,
    fixed: Vec<String>,
    severity: String,
    when: String,
}

/// The tables that come with the program. The older of their dates counts.
pub fn bundled() -> Result<Tables, Malformed> {
    read(SYSTEMS, COMPONENTS)
}

/// Reads the text of the two tables.
pub fn read(systems: &str, components: &str) -> Result<Tables, Malformed> {
    let systems: Systems = toml::from_str(systems)?;
    let components: Components = toml::from_str(components)?;
    let dated = systems.dated.min(components.dated);
    Ok(Tables {
        dated_day: day(&dated)?,
        dated,
        systems: systems
            .system
            .into_iter()
            .map(system)
            .collect::<Result<_, _>>()?,
        branches: components
            .branch
            .into_iter()
            .map(|row| BranchSupport {
                component: row.component,
                branch: row.name,
                newest: row.newest,
                supported: row.supported,
            })
            .collect(),
        advisories: components
            .advisory
            .into_iter()
            .map(advisory)
            .collect::<Result<_, _>>()?,
    })
}

fn system(row: System) -> Result<SystemSupport, Malformed> {
    Ok(SystemSupport {
        id: row.id,
        version: row.version,
        ends_day: match &row.ends {
            Some(ends) => Some(day(ends)?),
            None => row.ended.then_some(0),
        },
        ends: row.ends.unwrap_or_default(),
        successor: row.successor,
    })
}

/// When a vulnerability applies: what the rule can find out about a host.
const CONDITIONS: &[&str] = &[
    "always",
    "api-users",
    "authz-plugin",
    "firewalld",
    "firewalld-internal",
    "firewalld-swarm",
    "internal-network",
    "managed-plugin",
    "tcp-listener",
];

fn advisory(row: Row) -> Result<Advisory, Malformed> {
    let severity = Severity::from_word(&row.severity).ok_or(Malformed::Word {
        what: "a severity",
        word: row.severity,
    })?;
    if !CONDITIONS.contains(&row.when.as_str()) {
        return Err(Malformed::Word {
            what: "a condition",
            word: row.when,
        });
    }
    Ok(Advisory {
        component: row.component,
        id: row.id,
        fixed: row.fixed,
        severity,
        when: row.when,
    })
}

/// A date as days since 1970-01-01.
fn day(text: &str) -> Result<i64, Malformed> {
    let date: Date = text.parse().map_err(|_unreadable| Malformed::Word {
        what: "a date",
        word: text.to_owned(),
    })?;
    let days = date
        .since(Date::constant(1970, 1, 1))
        .map(|span| i64::from(span.get_days()));
    days.map_err(|_unreachable| Malformed::Word {
        what: "a date",
        word: text.to_owned(),
    })
}
