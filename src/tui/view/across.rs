//! One thing across the fleet: equal lines folded, and where the selected one is.

use crate::domain::outcome::Outcome;
use crate::domain::text::{fit_middle, width};

use super::super::canvas::Canvas;
use super::super::layout::{Layout, Rung, inside};
use super::super::line::{Line, paragraph};
use super::super::model::Model;
use super::super::pane::across;
use super::super::screen::across::{About, AcrossScreen, Folded, node_set};
use super::super::theme::Role;
use super::super::widget::table::{self, Cell, Column, MARGIN, TableRow};
use super::super::words;
use super::header;

/// Draws the screen.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &AcrossScreen, layout: &Layout) {
    top(canvas, model, screen, layout);
    let columns = columns(screen, usize::from(layout.rows.width));
    let heads: Vec<Column> = columns.iter().map(|(_, column)| *column).collect();
    table::draw(
        canvas,
        (layout.head, layout.rows),
        &heads,
        (screen.cursor, screen.lines.len()),
        |position| TableRow {
            marked: false,
            cells: screen
                .lines
                .get(position)
                .map(|line| {
                    columns
                        .iter()
                        .map(|(col, column)| cell(model, line, *col, column.width))
                        .collect()
                })
                .unwrap_or_default(),
        },
    );
    if screen.lines.is_empty() {
        let room = usize::from(layout.rows.width).saturating_sub(4);
        let text = empty(model, screen);
        for (at, line) in (1..layout.rows.height).zip(paragraph(Role::Muted, text, room, 2)) {
            canvas.line(layout.rows, at, &line);
        }
    }
    let [first, _, _] = layout.panes;
    if first.height > 0 {
        let area = inside(first);
        canvas.rule(first, 0, &Line::of(Role::Title, "Where"));
        let lines = across::lines(model, screen, usize::from(area.width));
        canvas.lines(area, &lines, 0);
        if layout.rung >= Rung::Wide {
            canvas.beside(first, false);
        }
    }
}

fn top(canvas: &mut Canvas<'_>, model: &Model, screen: &AcrossScreen, layout: &Layout) {
    let room = usize::from(layout.header.width);
    let name = fit_middle(screen.about.word(), room.saturating_sub(34).max(8));
    let left = header::crumbs(model, &[&name]);
    header::bar(canvas, model, layout, &left);
    if layout.header.height > 1 {
        let hosts: std::collections::BTreeSet<_> =
            screen.lines.iter().flat_map(|line| &line.hosts).collect();
        let what = match screen.about {
            About::Control(_) => "answer",
            About::Images => "image",
            About::Waivers => "waiver",
        };
        let text = format!(
            " {} on {} of {}",
            words::count(screen.lines.len(), what),
            hosts.len(),
            words::count(model.fleet.hosts.len(), "host"),
        );
        canvas.line(layout.header, 1, &Line::of(Role::Text, text));
    }
}

/// Says why the list is empty and what to press.
fn empty(model: &Model, screen: &AcrossScreen) -> &'static str {
    if screen.total > 0 {
        return "The filter hides every line: Esc clears it.";
    }
    if model.totals.posture.rows(Outcome::Pass) == 0 {
        return "Nothing is assessed yet.";
    }
    match screen.about {
        About::Control(_) => "It passes or does not apply on every host that was assessed.",
        About::Images => "No image is known: what hosts hold was not kept.",
        About::Waivers => "Nothing is waived: plimsoll waive accepts a finding until a date.",
    }
}

/// The columns of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Col {
    Sign,
    Word,
    What,
    Said,
    Count,
    Hosts,
    Where,
}

/// The width from which the hosts of a line are named in it.
const NAMED: usize = 64;

fn columns(screen: &AcrossScreen, room: usize) -> Vec<(Col, Column)> {
    let widest = |of: &dyn Fn(&Folded) -> usize| screen.lines.iter().map(of).max().unwrap_or(0);
    let (what, said, count) = match screen.about {
        About::Control(_) => ("OBJECT", "OBSERVED", "ROWS"),
        About::Images => ("IMAGE", "ID", "CTRS"),
        About::Waivers => ("CONTROL", "UNTIL", "COVERS"),
    };
    let share = |percent: usize| (room * percent / 100).max(6);
    let mut all = vec![
        (Col::Sign, Column::left("", 2)),
        (Col::Word, Column::left("", 4)),
        (
            Col::What,
            Column::left(what, widest(&|line| width(&line.what)).clamp(7, share(32))),
        ),
        (
            Col::Said,
            Column::left(said, widest(&|line| width(&line.said)).clamp(5, share(34))),
        ),
        (Col::Count, Column::right(count, count.len())),
        (Col::Hosts, Column::right("HOSTS", 5)),
    ];
    if room < 60 {
        all.retain(|(col, _)| !matches!(col, Col::Word | Col::Count));
    }
    let taken: usize = MARGIN
        + all
            .iter()
            .map(|(_, column)| column.width + 1)
            .sum::<usize>();
    let left = room.saturating_sub(taken);
    if room >= NAMED && left >= 10 {
        all.push((Col::Where, Column::left("WHERE", left)));
    }
    all
}

fn cell(model: &Model, line: &Folded, col: Col, width: usize) -> Cell {
    let badge = line
        .worst
        .map(|(outcome, severity)| model.setup.glyphs.outcome(outcome, severity));
    match (col, badge) {
        (Col::Sign, Some(badge)) => (badge.role, badge.sign.to_owned()),
        (Col::Word, Some(badge)) => (badge.role, badge.word.to_owned()),
        (Col::Sign | Col::Word, None) => (Role::Muted, String::new()),
        (Col::What, _) => (Role::Strong, fit_middle(&line.what, width)),
        (Col::Said, _) => (Role::Text, line.said.clone()),
        (Col::Count, _) => (Role::Text, line.count.to_string()),
        (Col::Hosts, _) => (Role::Text, line.hosts.len().to_string()),
        (Col::Where, _) => (Role::Muted, node_set(&model.fleet, &line.hosts)),
    }
}
