//! A line of what was read: the fact itself, and what each control says of it.

use super::super::line::{Line, labelled};
use super::super::model::Model;
use super::super::screen::host::HostScreen;
use super::super::theme::Role;
use super::evidence;

/// The line under the cursor.
pub fn lines(model: &Model, screen: &HostScreen, columns: usize) -> Vec<Line> {
    let Some(item) = screen.selected() else {
        return Vec::new();
    };
    let Some(fact) = &item.fact else {
        return evidence::selected(model, screen, columns);
    };
    let hint = model.fleet.hosts.get(screen.host).and_then(evidence::hint);
    let mut lines = vec![Line::of(Role::Strong, &fact.name)];
    match &fact.value {
        Ok(value) => lines.extend(labelled("Observed", Role::Strong, value, columns)),
        Err(gap) => lines.extend(evidence::gap(gap, hint, columns)),
    }
    for (label, text) in &fact.details {
        lines.extend(labelled(label, Role::Text, text, columns));
    }
    for index in &item.rows {
        if let Some(row) = screen.rows.get(*index) {
            lines.push(Line::default());
            lines.extend(evidence::row_lines(model, &row.result, hint, columns));
        }
    }
    lines
}
