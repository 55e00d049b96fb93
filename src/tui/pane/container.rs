//! One container: its effective security configuration and its findings.

use crate::domain::evidence::container::Container;

use super::super::fleet::Row;
use super::super::line::{Line, labelled, paragraph};
use super::super::model::Model;
use super::super::screen::host::HostScreen;
use super::super::theme::Role;
use super::path::loaded;
use super::settings;

/// The container under the cursor.
pub fn lines(model: &Model, screen: &HostScreen, columns: usize) -> Vec<Line> {
    let Some(item) = screen.selected() else {
        return Vec::new();
    };
    let container = item
        .position
        .and_then(|index| containers(screen)?.get(index));
    let mut lines = vec![Line::of(Role::Strong, &item.name)];
    let rows: Vec<&Row> = item
        .rows
        .iter()
        .filter_map(|index| screen.rows.get(*index))
        .collect();
    lines.extend(findings(model, &rows, columns));
    match container.map(|container| (container, &container.detail)) {
        Some((container, Ok(detail))) => {
            lines.extend(labelled("State", Role::Text, &container.state, columns));
            if let Some(evidence) = loaded(screen) {
                lines.extend(settings::lines(evidence, container, detail, columns));
            }
        }
        Some((_, Err(gap))) => {
            let text = format!("{}: {}", gap.class.word(), gap.message);
            lines.extend(labelled("Gap", Role::Unknown, &text, columns));
        }
        None => lines.extend(paragraph(
            Role::Muted,
            "Its configuration is shown once the host's evidence is loaded.",
            columns,
            0,
        )),
    }
    lines
}

/// The containers of the open host's evidence.
pub fn containers(screen: &HostScreen) -> Option<&Vec<Container>> {
    let evidence = screen.report.as_ref()?.evidence.as_ref()?;
    evidence.engine.containers.as_ref().ok()
}

/// The rows of a container or an image that ask for attention, each in a line.
pub fn findings(model: &Model, rows: &[&Row], columns: usize) -> Vec<Line> {
    let bad: Vec<&&Row> = rows
        .iter()
        .filter(|row| super::super::screen::items::is_problem(&row.result))
        .collect();
    let mut lines = Vec::new();
    if bad.is_empty() {
        let text = match rows.len() {
            0 => "no control judges it".to_owned(),
            count => format!("all {count} rows passed or do not apply"),
        };
        lines.extend(labelled("Findings", Role::Pass, &text, columns));
    }
    for row in bad.iter().take(24) {
        let row = &row.result;
        let badge = model.setup.glyphs.outcome(row.outcome, row.severity);
        lines.push(
            badge
                .line("")
                .and(Role::Text, row.control)
                .and(Role::Muted, format!("  {}", row.observed)),
        );
    }
    lines.push(Line::default());
    lines
}
