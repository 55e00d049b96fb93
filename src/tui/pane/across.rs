//! The selected line of a list across the fleet: all of it, and where it is.

use super::super::line::{Line, labelled};
use super::super::model::Model;
use super::super::screen::across::{About, AcrossScreen, node_set};
use super::super::theme::Role;
use super::super::words;

/// Everything that is known of the selected line.
pub fn lines(model: &Model, screen: &AcrossScreen, columns: usize) -> Vec<Line> {
    let Some(line) = screen.selected() else {
        return Vec::new();
    };
    let mut title = Line::default();
    if let Some((outcome, severity)) = line.worst {
        let badge = model.setup.glyphs.outcome(outcome, severity);
        title = Line::of(badge.role, badge.word).and(Role::Text, "  ");
    }
    title.add(Role::Strong, &line.what);
    let mut lines = vec![title];
    let said = match screen.about {
        About::Control(_) => "Observed",
        About::Images => "Id",
        About::Waivers => "Holds",
    };
    if !line.said.is_empty() {
        lines.extend(labelled(said, Role::Strong, &line.said, columns));
    }
    let on = words::count(line.hosts.len(), "host");
    let spread = match screen.about {
        About::Control(_) if line.count > line.hosts.len() => {
            format!("{}, {} objects: Enter lists them", on, line.count)
        }
        About::Control(_) => format!("{on}: Enter lists them"),
        About::Images => format!("{on}, in use by {}", words::count(line.count, "container")),
        About::Waivers => format!("{} on {on}", words::count(line.count, "finding")),
    };
    lines.extend(labelled("On", Role::Text, &spread, columns));
    if !line.hosts.is_empty() {
        let set = node_set(&model.fleet, &line.hosts);
        lines.extend(labelled("Hosts", Role::Strong, &set, columns));
    }
    for (label, text) in &line.details {
        lines.extend(labelled(label, Role::Text, text, columns));
    }
    if let About::Control(id) = screen.about
        && let Some(control) = (model.setup.lookup)(id)
    {
        lines.push(Line::default());
        lines.extend(labelled("Wanted", Role::Text, control.title, columns));
        lines.extend(labelled("Why", Role::Text, control.why, columns));
    }
    lines
}
