//! The lines on top: where one is, how the sweep goes, mode and time.

use super::super::canvas::{Canvas, cells, rows};
use super::super::fleet::Run;
use super::super::layout::{Layout, Rung};
use super::super::line::Line;
use super::super::model::{Model, Screen};
use super::super::theme::Role;
use super::super::widget::gauge::gauge;
use super::super::words;
use crate::domain::severity::Severity;

/// Where one is: the names of the levels, the last one standing out.
pub fn crumbs(model: &Model, levels: &[&str]) -> Line {
    let mut line = Line::of(
        Role::Title,
        if levels.is_empty() {
            " plimsoll"
        } else {
            " plimsoll > "
        },
    );
    let before = model.trail.screens().filter_map(|screen| match screen {
        Screen::Causes(_) => Some("fix once".to_owned()),
        Screen::Across(screen) => Some(screen.about.word().to_owned()),
        Screen::Fleet | Screen::Host(_) => None,
    });
    // On a small screen the place itself counts more than the way.
    if model.size.0 >= 100 && !levels.is_empty() {
        let way: Vec<String> = before.collect();
        for level in way.iter().skip(way.len().saturating_sub(2)) {
            line.add(Role::Muted, format!("{level} > "));
        }
    }
    for (index, level) in levels.iter().enumerate() {
        let last = index + 1 == levels.len();
        line.add(if last { Role::Strong } else { Role::Text }, *level);
        if !last {
            line.add(Role::Text, " > ");
        }
    }
    line
}

/// Draws `left` with mode and time at the right end of the first line.
pub fn bar(canvas: &mut Canvas<'_>, model: &Model, layout: &Layout, left: &Line) {
    let area = rows(layout.header, 0, 1);
    canvas.line(area, 0, left);
    let used = cells(left.width()).saturating_add(2);
    let (role, mode) = if model.is_auditor() {
        (Role::Auditor, "AUDITOR")
    } else {
        (Role::Operator, "OPERATOR")
    };
    let clock = words::clock(model.now, model.setup.utc_offset_s);
    let theme = model
        .setup
        .themes
        .get(model.theme)
        .map_or("", String::as_str);
    let full = Line::of(Role::Muted, format!("theme {theme}   "))
        .and(role, mode)
        .and(Role::Text, format!("   {clock} "));
    let short = Line::of(role, mode).and(Role::Text, format!(" {clock}"));
    let least = Line::of(role, format!("{mode} "));
    let candidates = if layout.rung >= Rung::Wide {
        vec![full, short, least]
    } else {
        vec![short, least]
    };
    for line in candidates {
        if cells(line.width()).saturating_add(used) <= area.width {
            canvas.right(area, 0, &line, used);
            break;
        }
    }
    canvas.lay(area, Role::Bar);
}

/// The sweep's progress or result in at most `columns`.
pub fn progress(model: &Model, columns: usize) -> Line {
    let totals = &model.totals;
    let Some(run) = &model.fleet.run else {
        return Line::of(Role::Muted, "waiting for the sweep");
    };
    let mut parts = Vec::new();
    if run.ended.is_some() {
        parts.extend(score(model));
    } else {
        parts.push(Line::of(
            Role::Strong,
            format!("{}/{}", run.done, run.total),
        ));
    }
    parts.push(Line::of(
        if totals.with_findings > 0 {
            Role::High
        } else {
            Role::Muted
        },
        format!("{} with findings", totals.with_findings),
    ));
    for (count, word, role) in [
        (totals.failed, " failed", Role::Error),
        (totals.partial, " partial", Role::Unknown),
        (totals.clean, " clean", Role::Pass),
    ] {
        if count > 0 {
            parts.push(Line::of(role, format!("{count}{word}")));
        }
    }
    if run.ended.is_none() {
        parts.extend(moving(model, run));
    } else {
        parts.extend(ended(model, run));
    }
    let mut line = Line::default();
    if run.ended.is_none() {
        let room = if columns < 80 { 8 } else { columns / 3 };
        line = gauge(model.setup.glyphs, run.done, run.total, room.min(44));
    }
    let gap = if columns < 80 { "  " } else { "   " };
    for part in parts {
        let gap = if line.pieces.is_empty() { "" } else { gap };
        if line.width() + gap.len() + part.width() > columns && !line.pieces.is_empty() {
            break;
        }
        line.add(Role::Text, gap);
        line.pieces.extend(part.pieces);
    }
    line
}

fn moving(model: &Model, run: &Run) -> Vec<Line> {
    let mut parts = Vec::new();
    let totals = &model.totals;
    if totals.in_flight > 0 {
        parts.push(Line::of(
            Role::Running,
            format!("{} in flight", totals.in_flight),
        ));
    }
    if let Some(ms) = run.remaining_ms(totals.in_flight) {
        parts.push(Line::of(
            Role::Muted,
            format!("eta {}", words::age(i64::try_from(ms).unwrap_or(i64::MAX))),
        ));
    }
    parts
}

/// Score and coverage, always together.
fn score(model: &Model) -> Option<Line> {
    let posture = &model.totals.posture;
    let (score, coverage) = (posture.score?, posture.coverage?);
    let coverage = words::percent(coverage);
    Some(Line::of(
        Role::Strong,
        format!("score {score}, {coverage} answered"),
    ))
}

fn ended(model: &Model, run: &Run) -> Vec<Line> {
    let mut parts = Vec::new();
    let posture = &model.totals.posture;
    let worst: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| *severity != Severity::Info && posture.count(*severity) > 0)
        .map(|severity| {
            format!(
                "{} {}",
                model.setup.glyphs.severity(severity).word,
                posture.count(severity)
            )
        })
        .collect();
    if !worst.is_empty() {
        parts.push(Line::of(Role::Text, worst.join(" ")));
    }
    if let Some(end) = run.ended {
        let took = u64::try_from(end - run.started).unwrap_or_default();
        let word = if run.cancelled { "stopped" } else { "swept" };
        parts.push(Line::of(
            Role::Muted,
            format!(
                "{word} in {}, {} ago",
                words::duration(took),
                words::age(model.now - end)
            ),
        ));
    }
    parts
}
