//! The list of causes and what is known of the selected one.

use crate::domain::text::fit_middle;

use super::super::canvas::Canvas;
use super::super::layout::{Layout, Rung, inside};
use super::super::line::{Line, paragraph};
use super::super::model::Model;
use super::super::pane::cause;
use super::super::screen::across::node_set;
use super::super::screen::causes::{Cause, CausesScreen};
use super::super::theme::Role;
use super::super::widget::table::{self, Cell, Column, MARGIN, TableRow};
use super::super::words;
use super::header;
use crate::domain::outcome::Outcome;

/// Draws the screen.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &CausesScreen, layout: &Layout) {
    top(canvas, model, screen, layout);
    let columns = columns(usize::from(layout.rows.width));
    let heads: Vec<Column> = columns.iter().map(|(_, column)| *column).collect();
    table::draw(
        canvas,
        (layout.head, layout.rows),
        &heads,
        (screen.cursor, screen.items.len()),
        |position| TableRow {
            marked: false,
            cells: screen
                .items
                .get(position)
                .map(|cause| {
                    columns
                        .iter()
                        .map(|(col, column)| cell(model, cause, *col, column.width))
                        .collect()
                })
                .unwrap_or_default(),
        },
    );
    if screen.items.is_empty() {
        let room = usize::from(layout.rows.width).saturating_sub(4);
        for (at, line) in
            (1..layout.rows.height).zip(paragraph(Role::Muted, empty(model, screen), room, 2))
        {
            canvas.line(layout.rows, at, &line);
        }
    }
    let [first, _, _] = layout.panes;
    if first.height > 0 {
        let area = inside(first);
        canvas.rule(first, 0, &Line::of(Role::Title, "Where"));
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        canvas.lines(area, &cause::lines(model, width, height), 0);
        if layout.rung >= Rung::Wide {
            canvas.beside(first, false);
        }
    }
}

fn top(canvas: &mut Canvas<'_>, model: &Model, screen: &CausesScreen, layout: &Layout) {
    let left = header::crumbs(model, &["fix once"]);
    header::bar(canvas, model, layout, &left);
    if layout.header.height > 1 {
        let findings: usize = screen.items.iter().map(|cause| cause.findings).sum();
        let text = format!(
            " {} for {} on {}",
            words::count(screen.items.len(), "control"),
            words::count(findings, "finding"),
            words::count(model.fleet.hosts.len(), "host"),
        );
        canvas.line(layout.header, 1, &Line::of(Role::Text, text));
    }
}

/// Says why the list is empty and what to press.
fn empty(model: &Model, screen: &CausesScreen) -> &'static str {
    if screen.total > 0 {
        "The filter hides every finding: Esc clears it."
    } else if model.totals.posture.rows(Outcome::Pass) == 0 {
        "Nothing is assessed yet."
    } else {
        "No findings in the fleet."
    }
}

/// The columns of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Col {
    Sign,
    Word,
    Control,
    Clears,
    Hosts,
    Fix,
    Where,
}

/// The width from which a cause's hosts are named in its line.
const NAMED: usize = 100;

fn columns(width: usize) -> Vec<(Col, Column)> {
    let mut all = vec![
        (Col::Sign, Column::left("", 2)),
        (Col::Word, Column::left("", 4)),
        (Col::Control, Column::left("CONTROL", 0)),
        (Col::Clears, Column::right("CLEARS", 6)),
        (Col::Hosts, Column::right("HOSTS", 5)),
    ];
    if width >= 60 {
        all.push((Col::Fix, Column::left("FIX", 18)));
    }
    if width >= NAMED {
        all.push((Col::Where, Column::left("WHERE", 30)));
    }
    let taken: usize = MARGIN
        + all
            .iter()
            .map(|(_, column)| column.width + 1)
            .sum::<usize>();
    for (col, column) in &mut all {
        if *col == Col::Control {
            column.width = width.saturating_sub(taken);
        }
    }
    all
}

fn cell(model: &Model, cause: &Cause, col: Col, width: usize) -> Cell {
    let badge = model.setup.glyphs.severity(cause.severity);
    match col {
        Col::Sign => (badge.role, badge.sign.to_owned()),
        Col::Word => (badge.role, badge.word.to_owned()),
        Col::Control => (Role::Strong, fit_middle(cause.control, width)),
        Col::Clears => (Role::Text, (cause.findings + cause.follow).to_string()),
        Col::Hosts => (Role::Text, cause.hosts.len().to_string()),
        Col::Fix => {
            let control = (model.setup.lookup)(cause.control);
            let remedy = control.and_then(|control| control.remedies.first());
            let word = remedy.map_or("-", |remedy| remedy.class.word());
            (Role::Muted, word.to_owned())
        }
        Col::Where => (Role::Muted, node_set(&model.fleet, &cause.hosts)),
    }
}
