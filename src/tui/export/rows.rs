//! The rows of each screen's list.

use crate::domain::event::HostIndex;
use crate::domain::outcome::ControlResult;
use crate::domain::severity::Severity;

use super::super::model::{Model, Screen};
use super::super::screen::across::{AcrossScreen, node_set};
use super::super::screen::causes::CausesScreen;
use super::super::screen::host::HostScreen;
use super::super::screen::items::Item;
use super::super::screen::tab::Tab;
use super::super::words;
use super::Table;

/// The table of what is shown.
pub(super) fn table(model: &Model) -> Table {
    match &model.screen {
        Screen::Fleet => fleet(model),
        Screen::Causes(screen) => causes(model, screen),
        Screen::Across(screen) => across(model, screen),
        Screen::Host(screen) => host(model, screen),
    }
}

fn fleet(model: &Model) -> Table {
    Table {
        name: "fleet",
        heads: vec![
            "host", "groups", "endpoint", "state", "error", "engine", "critical", "high", "medium",
            "low", "unknown", "score", "coverage",
        ],
        rows: model
            .list
            .order
            .iter()
            .filter_map(|index| host_row(model, *index))
            .collect(),
    }
}

fn host_row(model: &Model, index: HostIndex) -> Option<Vec<String>> {
    let host = model.fleet.hosts.get(index)?;
    let result = host.result.as_ref();
    let count = |severity| {
        result.map_or_else(String::new, |result| {
            result.posture.count(severity).to_string()
        })
    };
    let error = host.error().map_or_else(String::new, |failure| {
        format!("{}: {}", failure.class.word(), failure.message)
    });
    let engine = result.and_then(|result| result.engine.as_ref());
    Some(vec![
        host.header.name.clone(),
        words::groups(&host.header),
        host.header.endpoint.clone(),
        host.state_words().join(" "),
        error,
        engine.map_or_else(String::new, |engine| {
            format!("{} {}", engine.name, engine.version)
        }),
        count(Severity::Critical),
        count(Severity::High),
        count(Severity::Medium),
        count(Severity::Low),
        result.map_or_else(String::new, |result| result.unknown().to_string()),
        result
            .and_then(|result| result.posture.score)
            .map_or_else(String::new, |score| score.to_string()),
        result
            .and_then(|result| result.posture.coverage)
            .map_or_else(String::new, words::percent),
    ])
}

fn causes(model: &Model, screen: &CausesScreen) -> Table {
    Table {
        name: "fix-once",
        heads: vec![
            "control", "severity", "findings", "follow", "hosts", "where",
        ],
        rows: screen
            .items
            .iter()
            .map(|cause| {
                vec![
                    cause.control.to_owned(),
                    cause.severity.word().to_owned(),
                    cause.findings.to_string(),
                    cause.follow.to_string(),
                    cause.hosts.len().to_string(),
                    node_set(&model.fleet, &cause.hosts),
                ]
            })
            .collect(),
    }
}

fn across(model: &Model, screen: &AcrossScreen) -> Table {
    Table {
        name: "everywhere",
        heads: vec![
            "about", "what", "said", "outcome", "severity", "count", "hosts", "where",
        ],
        rows: screen
            .lines
            .iter()
            .map(|line| {
                let worst = line.worst;
                vec![
                    screen.about.word().to_owned(),
                    line.what.clone(),
                    line.said.clone(),
                    worst.map_or("", |(outcome, _)| outcome.word()).to_owned(),
                    worst.map_or("", |(_, severity)| severity.word()).to_owned(),
                    line.count.to_string(),
                    line.hosts.len().to_string(),
                    node_set(&model.fleet, &line.hosts),
                ]
            })
            .collect(),
    }
}

/// A line for each row of each line of the tab; a line that no control judges has one of its own.
fn host(model: &Model, screen: &HostScreen) -> Table {
    let name = model.fleet.hosts.get(screen.host);
    let name = name.map_or("", |host| host.header.name.as_str());
    let rows = screen.list().items.iter().flat_map(|item| {
        let judged = item.rows.iter().filter_map(|index| screen.rows.get(*index));
        let mut rows: Vec<Vec<String>> = judged
            .map(|row| result_row(name, item, &row.result))
            .collect();
        if rows.is_empty() {
            rows.push(bare_row(name, item));
        }
        rows
    });
    Table {
        name: match screen.tab {
            Tab::Findings => "findings",
            Tab::Containers => "containers",
            Tab::Images => "images",
            Tab::Daemon => "daemon",
            Tab::Permissions => "permissions",
            Tab::Host => "host",
            Tab::Swarm => "swarm",
        },
        heads: vec![
            "host", "line", "outcome", "severity", "control", "object", "observed", "expected",
            "gap", "id",
        ],
        rows: rows.collect(),
    }
}

fn result_row(host: &str, item: &Item, row: &ControlResult) -> Vec<String> {
    let gap = row.gap.as_ref().map_or_else(String::new, |gap| {
        format!("{}: {}", gap.class.word(), gap.message)
    });
    vec![
        host.to_owned(),
        item.name.clone(),
        row.outcome.word().to_owned(),
        row.severity.word().to_owned(),
        row.control.to_owned(),
        row.subject.id.clone(),
        row.observed.clone(),
        row.expected.clone(),
        gap,
        row.id.clone(),
    ]
}

fn bare_row(host: &str, item: &Item) -> Vec<String> {
    let (observed, gap) = match item.fact.as_ref().map(|fact| &fact.value) {
        Some(Ok(value)) => (value.clone(), String::new()),
        Some(Err(gap)) => (
            String::new(),
            format!("{}: {}", gap.class.word(), gap.message),
        ),
        None => (String::new(), String::new()),
    };
    let mut row = vec![String::new(); 10];
    for (at, text) in [(0, host), (1, &item.name), (6, &observed), (8, &gap)] {
        if let Some(cell) = row.get_mut(at) {
            text.clone_into(cell);
        }
    }
    row
}
