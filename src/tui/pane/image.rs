//! One image: what it is, what uses it, what its steps and settings give away.

use crate::domain::evidence::image::{Image, Step};
use crate::domain::evidence::secret::{Hidden, Looks};

use super::super::fleet::Row;
use super::super::line::{Line, labelled, paragraph};
use super::super::model::Model;
use super::super::screen::host::HostScreen;
use super::super::theme::Role;
use super::super::words;
use super::{container, evidence, path};

/// Steps that are listed.
const STEPS: usize = 40;

/// The image under the cursor.
pub fn lines(model: &Model, screen: &HostScreen, columns: usize) -> Vec<Line> {
    let Some(item) = screen.selected() else {
        return Vec::new();
    };
    let mut lines = vec![Line::of(Role::Strong, &item.name)];
    let rows: Vec<&Row> = item
        .rows
        .iter()
        .filter_map(|index| screen.rows.get(*index))
        .collect();
    lines.extend(container::findings(model, &rows, columns));
    let image = item.position.and_then(|at| images(screen)?.get(at));
    let Some(image) = image else {
        let text = if path::loaded(screen).is_some() {
            "The engine does not list it any more."
        } else {
            "What it is made of is shown once the host's evidence is loaded."
        };
        lines.extend(paragraph(Role::Muted, text, columns, 0));
        return lines;
    };
    lines.extend(identity(model, image, columns));
    lines.extend(settings(image, columns));
    lines.extend(history(image, columns));
    lines
}

/// The images of the open host's evidence.
pub fn images(screen: &HostScreen) -> Option<&Vec<Image>> {
    path::loaded(screen)?.engine.images.as_ref().ok()
}

fn identity(model: &Model, image: &Image, columns: usize) -> Vec<Line> {
    let used = match image.used_by.as_slice() {
        [] => "no container uses it".to_owned(),
        names => names.join(", "),
    };
    let age = words::age(model.now - image.created.saturating_mul(1_000));
    [
        ("Tags", words::or(&image.tags.join("\n"), "none").to_owned()),
        ("Digests", image.digests.join("\n")),
        ("Id", image.id.clone()),
        ("Size", words::size(image.size)),
        ("Age", age),
        ("Used by", used),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .flat_map(|(label, text)| labelled(label, Role::Text, &text, columns))
    .collect()
}

fn settings(image: &Image, columns: usize) -> Vec<Line> {
    let detail = match &image.detail {
        Ok(detail) => detail,
        Err(gap) => return evidence::gap(gap, None, columns),
    };
    let health = if detail.healthcheck {
        "declared"
    } else {
        "none declared"
    };
    let annotations: Vec<_> = detail
        .annotations
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    [
        ("User", words::or(&detail.user, "root (not set)").to_owned()),
        ("Command", detail.command.join(" ")),
        ("Ports", detail.exposed_ports.join(", ")),
        ("Health", health.to_owned()),
        ("Variables", variables(&detail.env)),
        ("Made for", format!("{}/{}", detail.os, detail.architecture)),
        ("Says", annotations.join("\n")),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .flat_map(|(label, text)| labelled(label, Role::Text, &text, columns))
    .collect()
}

fn variables(env: &[Hidden]) -> String {
    let secret: Vec<_> = env
        .iter()
        .filter(|value| value.looks != Looks::Harmless)
        .map(|value| value.name.as_str())
        .collect();
    match secret.len() {
        0 => format!("{}, none looks secret", env.len()),
        count => format!(
            "{}, {count} look secret ({}); values are never kept",
            env.len(),
            secret.join(", ")
        ),
    }
}

fn history(image: &Image, columns: usize) -> Vec<Line> {
    // Both are read together, and the gap of the settings was told.
    let Ok(steps) = &image.history else {
        return Vec::new();
    };
    let mut lines = vec![
        Line::default(),
        Line::of(Role::Head, format!("{} steps, oldest first", steps.len())),
    ];
    for step in steps.iter().take(STEPS) {
        lines.extend(step_lines(step, columns));
    }
    if steps.len() > STEPS {
        let more = format!("and {} more", steps.len() - STEPS);
        lines.push(Line::of(Role::Muted, more));
    }
    lines
}

fn step_lines(step: &Step, columns: usize) -> Vec<Line> {
    let size = words::size(step.size);
    let mut lines: Vec<Line> =
        super::super::line::wrap(&step.created_by, columns.saturating_sub(8))
            .into_iter()
            .take(3)
            .enumerate()
            .map(|(index, text)| {
                let size = if index == 0 && step.size > 0 {
                    &size
                } else {
                    ""
                };
                Line::of(Role::Muted, format!("{size:>6}  ")).and(Role::Text, text)
            })
            .collect();
    if !step.secrets.is_empty() {
        let names: Vec<_> = step.secrets.iter().map(|s| s.name.as_str()).collect();
        let text = format!("looks secret: {}", names.join(", "));
        lines.push(Line::of(Role::High, format!("        {text}")));
    }
    lines
}
