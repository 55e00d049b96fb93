//! The list of hosts.

use crate::domain::event::HostState;
use crate::domain::host::Mode;
use crate::domain::outcome::Outcome;
use crate::domain::severity::Severity;
use crate::domain::text::fit_middle;

use super::super::canvas::Canvas;
use super::super::fleet::{Host, Summary, Work};
use super::super::glyph::{Badge, Glyphs};
use super::super::layout::{Layout, Rung, inside};
use super::super::line::Line;
use super::super::model::Model;
use super::super::pane::{evidence, peek, summary};
use super::super::screen::fleet::{FleetSort, Widths};
use super::super::theme::Role;
use super::super::widget::table::{self, Cell, Column, MARGIN, TableRow};
use super::super::words;
use super::header;

/// Draws the screen.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, layout: &Layout) {
    top(canvas, model, layout);
    let columns = columns(
        usize::from(layout.rows.width),
        layout.rung,
        model.list.widths,
    );
    let heads: Vec<Column> = columns.iter().map(|(_, column)| *column).collect();
    let list = &model.list;
    table::draw(
        canvas,
        (layout.head, layout.rows),
        &heads,
        (list.cursor, list.order.len()),
        |position| row(model, position, &columns),
    );
    if list.order.is_empty() {
        let lines = peek::nobody(model, usize::from(layout.rows.width).saturating_sub(4));
        for (at, line) in (1..layout.rows.height).zip(&lines) {
            let mut indented = Line::of(Role::Text, "  ");
            indented.pieces.extend(line.pieces.iter().cloned());
            canvas.line(layout.rows, at, &indented);
        }
    }
    panes(canvas, model, layout);
    canvas.line(layout.legend, 0, &legend(model));
}

fn top(canvas: &mut Canvas<'_>, model: &Model, layout: &Layout) {
    let hosts = words::count(model.fleet.hosts.len(), "host");
    let mut left = Line::of(Role::Title, " plimsoll");
    if layout.header.height > 1 {
        left.add(Role::Text, format!("  {}", model.setup.scope));
        left.add(Role::Text, format!("  {hosts}"));
        let room = usize::from(layout.header.width);
        let mut line = Line::of(Role::Text, " ");
        line.pieces
            .extend(header::progress(model, room.saturating_sub(2)).pieces);
        canvas.line(layout.header, 1, &line);
    } else {
        let room = usize::from(layout.header.width);
        left.add(Role::Text, "  ");
        let taken = left.width() + if layout.rung >= Rung::Normal { 19 } else { 11 };
        let line = header::progress(model, room.saturating_sub(taken));
        left.pieces.extend(line.pieces);
    }
    header::bar(canvas, model, layout, &left);
}

fn panes(canvas: &mut Canvas<'_>, model: &Model, layout: &Layout) {
    let [first, second, third] = layout.panes;
    if first.height == 0 {
        return;
    }
    let area = inside(first);
    let room = usize::from(area.height);
    let title = model.host().map(peek::title).unwrap_or_default();
    canvas.rule(first, 0, &title);
    let lines = peek::lines(model, usize::from(area.width), room);
    canvas.lines(area, &lines, 0);
    if second.height > 0 {
        canvas.rule(second, 0, &Line::of(Role::Title, "Fleet"));
        let area = inside(second);
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        canvas.lines(area, &summary::lines(model, width, height), 0);
    }
    if third.height > 0 {
        canvas.rule(third, 0, &Line::of(Role::Title, "Worst finding"));
        if let Some(row) = model.row() {
            let area = inside(third);
            let lines = evidence::row_lines(
                model,
                &row.result,
                model.host().and_then(evidence::hint),
                usize::from(area.width),
            );
            canvas.lines(area, &lines, 0);
        }
    }
    if layout.rung >= Rung::Wide {
        let between = if layout.rung == Rung::Wide {
            second
        } else {
            first
        };
        canvas.beside(between, layout.rung == Rung::Wide);
        if third.height > 0 {
            canvas.beside(third, true);
        }
    }
}

/// The columns of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Col {
    Sign,
    Host,
    Audit,
    Group,
    Via,
    Engine,
    Containers,
    Worst,
    Count(Severity),
    Unknown,
    Score,
    Coverage,
    Change,
    Age,
    State,
}

/// What is left out first where there is no room.
const DROPPED: [Col; 14] = [
    Col::Group,
    Col::Engine,
    Col::Via,
    Col::Count(Severity::Low),
    Col::Coverage,
    Col::Containers,
    Col::Audit,
    Col::Score,
    Col::Change,
    Col::Age,
    Col::Unknown,
    Col::Count(Severity::Medium),
    Col::Count(Severity::High),
    Col::Count(Severity::Critical),
];

fn columns(width: usize, rung: Rung, widths: Widths) -> Vec<(Col, Column)> {
    let (host, state) = match rung {
        Rung::Tiny | Rung::Small => (16, 13),
        Rung::Narrow => (18, 16),
        Rung::Normal => (22, 22),
        Rung::Wide | Rung::Full => (28, 26),
    };
    let mut all = vec![
        (Col::Sign, Column::left("", 2)),
        (Col::Host, Column::left("HOST", widths.host.clamp(8, host))),
        (Col::Audit, Column::left("", 1)),
        (Col::Group, Column::left("GROUP", widths.group.clamp(5, 14))),
        (Col::Via, Column::left("VIA", widths.via.clamp(5, 12))),
        (
            Col::Engine,
            Column::left("ENGINE", widths.engine.clamp(7, 10)),
        ),
        (Col::Containers, Column::right("CTRS", 4)),
        (Col::Worst, Column::left("WORST", 5)),
        (Col::Count(Severity::Critical), Column::right("C", 2)),
        (Col::Count(Severity::High), Column::right("H", 2)),
        (Col::Count(Severity::Medium), Column::right("M", 3)),
        (Col::Count(Severity::Low), Column::right("L", 3)),
        (Col::Unknown, Column::right("UNK", 3)),
        (Col::Score, Column::right("SCORE", 5)),
        (Col::Coverage, Column::right("COV", 4)),
        (Col::Change, Column::left("CHANGE", widths.change.max(6))),
        (Col::Age, Column::right("AGE", 3)),
    ];
    // Before hosts were read twice there is nothing to tell.
    all.retain(|(col, _)| *col != Col::Change || widths.change > 0);
    let taken = |all: &[(Col, Column)]| {
        MARGIN
            + all
                .iter()
                .map(|(_, column)| column.width + 1)
                .sum::<usize>()
    };
    for dropped in DROPPED {
        if taken(&all) + state <= width {
            break;
        }
        all.retain(|(col, _)| *col != dropped);
    }
    let rest = width.saturating_sub(taken(&all));
    let head = if rest >= 19 {
        "STATE / NEXT ACTION"
    } else {
        "STATE"
    };
    all.push((Col::State, Column::left(head, rest)));
    all
}

/// The order that the head at column `x` of the list stands for.
pub fn sort_at(model: &Model, x: usize) -> Option<FleetSort> {
    let layout = model.layout();
    let shown = columns(
        usize::from(layout.rows.width),
        layout.rung,
        model.list.widths,
    );
    let mut from = MARGIN;
    for (col, column) in shown {
        let until = from + column.width + 1;
        if (from..until).contains(&x) {
            return Some(match col {
                Col::Host => FleetSort::Name,
                Col::Group => FleetSort::Group,
                Col::Engine => FleetSort::Engine,
                Col::Containers => FleetSort::Containers,
                Col::Sign | Col::Worst | Col::Count(_) => FleetSort::Worst,
                Col::Unknown => FleetSort::Unknown,
                Col::Score => FleetSort::Score,
                Col::Coverage => FleetSort::Coverage,
                Col::Age => FleetSort::Age,
                Col::State => FleetSort::State,
                Col::Audit | Col::Via | Col::Change => return None,
            });
        }
        from = until;
    }
    None
}

fn row(model: &Model, position: usize, columns: &[(Col, Column)]) -> TableRow {
    let index = model.list.order.get(position).copied().unwrap_or_default();
    let Some(host) = model.fleet.hosts.get(index) else {
        return TableRow::default();
    };
    let badge = badge(model, host);
    TableRow {
        marked: model.list.marks.contains(&index),
        cells: columns
            .iter()
            .map(|(col, column)| cell(model, host, badge, *col, column.width))
            .collect(),
    }
}

/// The sign of a host: what is being done, else what is worst.
fn badge(model: &Model, host: &Host) -> Badge {
    let glyphs = model.setup.glyphs;
    match host.work {
        Work::At(..) => glyphs.running(turn(model)),
        Work::Queued if host.result.is_some() => glyphs.stale(),
        Work::Queued => Badge {
            sign: "",
            ..glyphs.running(0)
        },
        Work::Idle if host.is_stale() => glyphs.stale(),
        Work::Idle => verdict(glyphs, host),
    }
}

fn turn(model: &Model) -> usize {
    usize::try_from(model.now.div_euclid(100).rem_euclid(8)).unwrap_or_default()
}

/// The worst of a host's last result.
fn verdict(glyphs: Glyphs, host: &Host) -> Badge {
    match &host.result {
        None => glyphs.unknown(),
        Some(result) => match result.posture.worst().filter(|s| *s != Severity::Info) {
            Some(severity) => glyphs.severity(severity),
            None if result.is_clean() => glyphs.pass(),
            None => glyphs.unknown(),
        },
    }
}

fn cell(model: &Model, host: &Host, badge: Badge, col: Col, width: usize) -> Cell {
    let nothing = || (Role::Muted, "-".to_owned());
    let old = host.is_stale();
    let plain = if old { Role::Stale } else { Role::Text };
    let result = host.result.as_ref();
    let number = |count: u32, role: Role| {
        if count == 0 {
            (Role::Muted, "0".to_owned())
        } else {
            (if old { Role::Stale } else { role }, count.to_string())
        }
    };
    match col {
        Col::Sign => (badge.role, badge.sign.to_owned()),
        Col::Host => (Role::Strong, fit_middle(&host.header.name, width)),
        Col::Audit => {
            let audit = model.setup.read_only || host.header.mode == Mode::Audit;
            (Role::Auditor, if audit { "a" } else { "" }.to_owned())
        }
        Col::Change => {
            let role = if host.change.new.is_empty() {
                Role::Pass
            } else {
                Role::High
            };
            (role, host.change.words())
        }
        Col::Group => (Role::Muted, words::groups(&host.header)),
        Col::Via => (Role::Muted, fit_middle(&words::via(&host.header), width)),
        Col::Engine => result
            .and_then(|result| result.engine.as_ref())
            .map_or_else(nothing, |engine| (plain, engine.version.clone())),
        Col::Containers => result
            .and_then(|result| result.containers)
            .map_or_else(nothing, |count| (plain, count.to_string())),
        Col::Worst => match result {
            None if host.is_busy() => (Role::Muted, "...".to_owned()),
            None => nothing(),
            Some(_) => {
                let badge = verdict(model.setup.glyphs, host);
                (
                    if old { Role::Stale } else { badge.role },
                    badge.word.to_owned(),
                )
            }
        },
        Col::Count(severity) => result.map_or_else(nothing, |result| {
            // The badges of the row shout already; the number only has to be seen.
            let role = match severity {
                Severity::Critical => Role::High,
                severity => model.setup.glyphs.severity(severity).role,
            };
            number(result.posture.count(severity), role)
        }),
        Col::Unknown => {
            result.map_or_else(nothing, |result| number(result.unknown(), Role::Unknown))
        }
        Col::Score => result
            .and_then(|result| result.posture.score)
            .map_or_else(nothing, |score| (plain, score.to_string())),
        Col::Coverage => result
            .and_then(|result| result.posture.coverage)
            .map_or_else(nothing, |share| (plain, words::percent(share))),
        Col::Age => result.map_or_else(nothing, |result| {
            (Role::Muted, words::age(model.now - result.read_at))
        }),
        Col::State => state(host),
    }
}

/// What a host is doing, what came out, or what to do next.
fn state(host: &Host) -> Cell {
    match (host.work, &host.failure, &host.result) {
        (Work::At(stage, done, total), _, _) => (Role::Running, peek::phase(stage, done, total)),
        (Work::Queued, _, None) => (Role::Muted, "queued".into()),
        (Work::Queued, _, Some(_)) => (Role::Stale, "queued; previous result".into()),
        (Work::Idle, Some(failure), result) => {
            let old = if result.is_some() { "old; " } else { "" };
            let class = failure.class.word().to_uppercase();
            (Role::Error, format!("{old}{class}: {}", failure.message))
        }
        (Work::Idle, None, Some(result)) => assessed(result),
        (Work::Idle, None, None) => (Role::Muted, "not read yet".into()),
    }
}

/// What came out of a host that was read; where something is open, the reason.
fn assessed(result: &Summary) -> Cell {
    let unknown = result.unknown();
    let gaps = || result.rows.iter().filter_map(|row| row.result.gap.as_ref());
    if result.state == HostState::Partial {
        let reason = gaps()
            .find(|gap| gap.class.makes_partial())
            .map(|gap| gap.message.as_str())
            .or(result.error.as_ref().map(|error| error.message.as_str()))
            .unwrap_or("not everything could be read");
        return (Role::Unknown, format!("partial: {reason}"));
    }
    if result.is_clean() {
        let passed = result.posture.rows(Outcome::Pass);
        return (Role::Pass, format!("clean: {passed} passed"));
    }
    // A few open questions are counted in their column; where they are many, the reason is what matters.
    let rows = result.posture.rows(Outcome::Pass) + result.posture.rows(Outcome::Fail) + unknown;
    match gaps().next() {
        Some(gap) if unknown * 10 >= rows => {
            (Role::Text, format!("{unknown} unknown: {}", gap.message))
        }
        _ => (Role::Text, "assessed".into()),
    }
}

fn legend(model: &Model) -> Line {
    let glyphs = model.setup.glyphs;
    let mut line = Line::of(Role::Muted, " legend ");
    for severity in [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
    ] {
        let badge = glyphs.severity(severity);
        line.add(Role::Muted, " ");
        line.add(badge.role, badge.sign);
        line.add(Role::Muted, format!(" {}", badge.word));
    }
    for (badge, meaning) in [
        (glyphs.pass(), "clean"),
        (glyphs.unknown(), "not assessed"),
        (glyphs.running(0), "being read"),
        (glyphs.stale(), "from an earlier sweep"),
    ] {
        line.add(Role::Muted, "  ");
        line.add(badge.role, badge.sign);
        line.add(Role::Muted, format!(" {meaning}"));
    }
    line.add(Role::Muted, "  ");
    line.add(Role::Auditor, "a");
    line.add(Role::Muted, " audit only");
    line
}
