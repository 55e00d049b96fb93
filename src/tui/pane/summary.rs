//! The fleet in a few lines.

use crate::domain::severity::Severity;
use crate::domain::text::{clean, fit, fit_middle, pad, width};

use super::super::line::{LABEL, Line, labelled};
use super::super::model::Model;
use super::super::theme::Role;
use super::super::words;

/// The fleet's counts, its most common findings and its slowest hosts, in at most `room` lines.
pub fn lines(model: &Model, columns: usize, room: usize) -> Vec<Line> {
    let totals = &model.totals;
    let label = |text: &str| Line::of(Role::Head, format!("{text:LABEL$}"));
    let mut hosts = label("Hosts");
    for (count, word, role) in [
        (totals.failed, "failed", Role::Error),
        (totals.partial, "partial", Role::Unknown),
        (totals.with_findings, "with findings", Role::High),
        (totals.clean, "clean", Role::Pass),
        (totals.queued + totals.in_flight, "to come", Role::Running),
    ] {
        if count > 0 && hosts.width() + word.len() + 6 <= columns {
            hosts.add(role, format!("{count} {word}"));
            hosts.add(Role::Text, "  ");
        }
    }
    let mut lines = vec![hosts];
    let mut findings = label("Findings");
    for severity in Severity::ALL {
        let count = totals.posture.count(severity);
        if severity == Severity::Info && count == 0 {
            continue;
        }
        let badge = model.setup.glyphs.severity(severity);
        let role = if count == 0 { Role::Muted } else { badge.role };
        findings.add(role, format!("{} {count}", badge.word));
        findings.add(Role::Text, "  ");
    }
    lines.push(findings);
    let score = match (totals.posture.score, totals.posture.coverage) {
        (Some(score), Some(coverage)) => format!(
            "{score} of 100 with {} answered, {} unknown",
            words::percent(coverage),
            totals.unknown
        ),
        _ => "nothing rated yet".into(),
    };
    lines.extend(labelled("Score", Role::Text, &score, columns));
    lines.extend(across(model, columns).into_iter().take(3));
    let hosts = model.fleet.hosts.len().to_string().len();
    let left = room.saturating_sub(lines.len() + 1).clamp(1, 6);
    for (index, (control, severity, count)) in totals.common.iter().take(left).enumerate() {
        let badge = model.setup.glyphs.severity(*severity);
        let room = columns.saturating_sub(LABEL + 3 + hosts + 8);
        let blank = pad("", 3 - width(badge.sign).min(3));
        lines.push(
            label(if index == 0 { "Common" } else { "" })
                .and(badge.role, badge.sign)
                .and(Role::Text, blank)
                .and(Role::Text, pad(&fit_middle(control, room), room.min(30)))
                .and(
                    Role::Muted,
                    format!(
                        " {count:>hosts$} {}",
                        if *count == 1 { "host" } else { "hosts" }
                    ),
                ),
        );
    }
    if !totals.slowest.is_empty() && lines.len() < room {
        lines.push(slowest(model, columns));
    }
    lines
}

/// The hosts that took longest, as many as fit.
fn slowest(model: &Model, columns: usize) -> Line {
    let mut line = Line::of(Role::Head, format!("{:LABEL$}", "Slowest"));
    for (index, ms) in &model.totals.slowest {
        let Some(host) = model.fleet.hosts.get(*index) else {
            continue;
        };
        let name = fit_middle(&host.header.name, 16);
        let text = format!("{name} {}", words::duration(*ms));
        if line.width() + width(&text) <= columns {
            line.add(Role::Muted, format!("{text}  "));
        }
    }
    line
}

/// Findings of controls that compare hosts.
fn across(model: &Model, columns: usize) -> Vec<Line> {
    let mut found: Vec<_> = model
        .fleet
        .rows
        .iter()
        .filter(|row| row.is_finding())
        .collect();
    found.sort_by_key(|row| row.severity);
    found
        .into_iter()
        .enumerate()
        .map(|(index, row)| {
            let badge = model.setup.glyphs.severity(row.severity);
            let label = if index == 0 { "Across" } else { "" };
            // Two groups may differ in the same way: each line says whose it is.
            let whose = match row.subject.name.as_str() {
                "" | "fleet" => String::new(),
                name => format!(" in {name}"),
            };
            let text = format!("{}{whose}: {}", row.control, row.observed);
            let room = columns.saturating_sub(LABEL + 3);
            Line::of(Role::Head, format!("{label:LABEL$}"))
                .and(badge.role, badge.sign)
                .and(Role::Text, pad("", 3 - width(badge.sign).min(3)))
                .and(Role::Text, fit(&clean(&text), room))
        })
        .collect()
}
