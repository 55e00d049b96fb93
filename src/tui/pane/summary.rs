//! The fleet in a few lines.

use crate::domain::severity::Severity;
use crate::domain::text::{fit_middle, pad};

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
    let hosts = model.fleet.hosts.len().to_string().len();
    let left = room.saturating_sub(lines.len() + 1).clamp(1, 6);
    for (index, (control, severity, count)) in totals.common.iter().take(left).enumerate() {
        let badge = model.setup.glyphs.severity(*severity);
        let room = columns.saturating_sub(LABEL + 3 + hosts + 8);
        lines.push(
            label(if index == 0 { "Common" } else { "" })
                .and(badge.role, pad(badge.sign, 2))
                .and(Role::Text, " ")
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
    let slowest: Vec<String> = totals
        .slowest
        .iter()
        .take(3)
        .filter_map(|(index, ms)| {
            let host = model.fleet.hosts.get(*index)?;
            Some(format!(
                "{} {}",
                fit_middle(&host.header.name, 16),
                words::duration(*ms)
            ))
        })
        .collect();
    if !slowest.is_empty() && lines.len() < room {
        let mut line = label("Slowest");
        for host in slowest {
            if line.width() + host.len() <= columns {
                line.add(Role::Muted, format!("{host}  "));
            }
        }
        lines.push(line);
    }
    lines
}
