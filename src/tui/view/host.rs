//! One host: tabs, list and evidence.

use crate::domain::event::HostState;
use crate::domain::outcome::Outcome;
use crate::domain::text::{fit_middle, width};

use super::super::canvas::{Canvas, cells, rows};
use super::super::fleet::{Host, Work};
use super::super::layout::{Layout, Rung};
use super::super::line::Line;
use super::super::model::{Model, Screen};
use super::super::pane::{self, peek};
use super::super::screen::host::HostScreen;
use super::super::screen::tab::Tab;
use super::super::theme::Role;
use super::super::widget::table;
use super::super::words;
use super::header;
use super::tabs;

/// Draws the screen.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &HostScreen, layout: &Layout) {
    let Some(host) = model.fleet.hosts.get(screen.host) else {
        return;
    };
    top(canvas, model, screen, host, layout);
    if layout.rows.height > 0 {
        list(canvas, model, screen, host, layout);
    }
    evidence(canvas, model, screen, layout);
}

fn top(canvas: &mut Canvas<'_>, model: &Model, screen: &HostScreen, host: &Host, layout: &Layout) {
    let room = usize::from(layout.header.width);
    let small = layout.header.height < 2;
    let name = fit_middle(&host.header.name, room / 3);
    let mut left = if small {
        Line::of(Role::Title, " ").and(Role::Strong, name)
    } else {
        header::crumbs(model, &[&name])
    };
    let crumbs = left.pieces.len();
    if small {
        left.add(Role::Text, " ");
        let bar = tab_bar(screen, host, room.saturating_sub(left.width() + 10));
        left.pieces.extend(bar.pieces);
    } else {
        left.add(Role::Muted, format!("  {}", host.header.endpoint));
        if layout.rung >= Rung::Wide {
            let key = host.result.as_ref().and_then(|result| result.key.as_ref());
            if let Some(key) = key {
                left.add(Role::Muted, format!("  key {}", fit_middle(key, 24)));
            }
        }
        let taken = 22;
        if left.width() + taken > room {
            left.pieces.truncate(crumbs);
        }
        let area = rows(layout.header, 1, 1);
        let bar = tab_bar(screen, host, room);
        canvas.line(area, 0, &bar);
        let used = bar.width() + 2;
        let facts = facts(model, host, room.saturating_sub(used));
        canvas.right(area, 0, &facts, cells(used));
    }
    header::bar(canvas, model, layout, &left);
}

/// The tabs with their counts, in as much of `room` as they need.
fn tab_bar(screen: &HostScreen, host: &Host, room: usize) -> Line {
    if host.result.is_none() {
        let mut line = Line::of(Role::Text, " ");
        match (&host.failure, host.work) {
            (_, Work::At(stage, done, total)) => {
                line.add(Role::Running, peek::phase(stage, done, total));
            }
            (_, Work::Queued) => line.add(Role::Muted, "queued"),
            (Some(failure), _) => {
                let class = failure.class.word().to_uppercase();
                line.add(Role::Error, class);
            }
            (None, Work::Idle) => line.add(Role::Muted, "not read yet"),
        }
        return line;
    }
    let words = tab_words(screen, host, room);
    if words.is_empty() {
        return Line::of(Role::Title, format!("[{}]", screen.tab.word()));
    }
    let mut line = Line::default();
    for (tab, word) in words {
        let here = tab == screen.tab;
        line.add(if here { Role::Title } else { Role::Muted }, word);
    }
    line
}

/// Each tab with what stands for it in `room`; nothing where not even the numbers have room.
fn tab_words(screen: &HostScreen, host: &Host, room: usize) -> Vec<(Tab, String)> {
    let make = |letters: usize, counts: bool| -> Vec<(Tab, String)> {
        let tabs = (1..).zip(Tab::ALL).filter(|(_, tab)| screen.has(*tab));
        tabs.map(|(number, tab)| {
            let here = tab == screen.tab;
            let letters = if here { letters.max(4) } else { letters };
            let word: String = tab.word().chars().take(letters).collect();
            let blank = if word.is_empty() { "" } else { " " };
            let count = if counts {
                format!(" {}", tab_count(screen, host, tab))
            } else {
                String::new()
            };
            let (open, close) = if here { ("[", "]") } else { (" ", " ") };
            (tab, format!("{open}{number}{blank}{word}{count}{close}"))
        })
        .collect()
    };
    // The numbers of the other tabs stay as long as there is room, so that their keys are seen.
    [(usize::MAX, true), (4, true), (4, false), (0, false)]
        .into_iter()
        .map(|(letters, counts)| make(letters, counts))
        .find(|words| words.iter().map(|(_, word)| width(word)).sum::<usize>() <= room)
        .unwrap_or_default()
}

/// What is counted beside a tab: findings, things, or lines that ask for attention.
fn tab_count(screen: &HostScreen, host: &Host, tab: Tab) -> usize {
    let list = screen.tab_list(tab);
    match tab {
        Tab::Findings => {
            let found = host.result.as_ref().map(|result| &result.posture.findings);
            let count = found.map_or(0, |findings| findings.values().sum::<u32>());
            usize::try_from(count).unwrap_or_default()
        }
        Tab::Containers | Tab::Images => list.total,
        Tab::Daemon | Tab::Permissions | Tab::Host | Tab::Swarm => list.bad,
    }
}

/// The tab that stands at column `x` of the header's last line.
pub fn tab_at(model: &Model, x: usize) -> Option<Tab> {
    let Screen::Host(screen) = &model.screen else {
        return None;
    };
    let host = model.fleet.hosts.get(screen.host)?;
    host.result.as_ref()?;
    let header = model.layout().header;
    let room = usize::from(header.width);
    let mut from = 0;
    let mut left = room;
    if header.height < 2 {
        from = width(&fit_middle(&host.header.name, room / 3)) + 2;
        left = room.saturating_sub(from + 10);
    }
    for (tab, word) in tab_words(screen, host, left) {
        let until = from + width(&word);
        if (from..until).contains(&x) {
            return Some(tab);
        }
        from = until;
    }
    None
}

/// State, engine, system, score and age of the host's result, as much as fits into `room`.
fn facts(model: &Model, host: &Host, room: usize) -> Line {
    let Some(result) = &host.result else {
        return Line::default();
    };
    let mut parts: Vec<(Role, String)> = Vec::new();
    if let Some(failure) = &host.failure {
        let class = failure.class.word().to_uppercase();
        parts.push((Role::Error, format!("now {class}")));
    } else if let Work::At(stage, done, total) = host.work {
        parts.push((Role::Running, peek::phase(stage, done, total)));
    }
    if result.state == HostState::Partial {
        parts.push((Role::Unknown, "partial".to_owned()));
    }
    let age = words::age(model.now - result.read_at);
    parts.push((Role::Muted, format!("read {age} ago")));
    if let (Some(score), Some(coverage)) = (result.posture.score, result.posture.coverage) {
        let coverage = words::percent(coverage);
        parts.push((Role::Text, format!("score {score}, {coverage} answered")));
    }
    if let Some(engine) = &result.engine {
        parts.push((Role::Muted, format!("{} {}", engine.name, engine.version)));
    }
    if let Some(os) = &result.os {
        parts.push((Role::Muted, crate::domain::text::fit(os, 32)));
    }
    let mut line = Line::default();
    for (role, text) in parts {
        if line.width() + width(&text) + 3 <= room {
            line.add(role, text);
            line.add(Role::Text, "   ");
        }
    }
    line
}

fn list(canvas: &mut Canvas<'_>, model: &Model, screen: &HostScreen, host: &Host, layout: &Layout) {
    let list = screen.list();
    let sheet = tabs::Sheet {
        model,
        screen,
        width: usize::from(layout.rows.width),
    };
    let columns = sheet.columns();
    let heads: Vec<_> = columns.iter().map(|(_, column)| *column).collect();
    table::draw(
        canvas,
        (layout.head, layout.rows),
        &heads,
        (list.cursor, list.items.len()),
        |position| sheet.row(position, &columns),
    );
    if list.items.is_empty() {
        let room = usize::from(layout.rows.width).saturating_sub(4);
        for (row, line) in (1..layout.rows.height).zip(empty(screen, host, room)) {
            let mut indented = Line::of(Role::Text, "  ");
            indented.pieces.extend(line.pieces);
            canvas.line(layout.rows, row, &indented);
        }
    }
}

/// Says why a list is empty and what to press.
fn empty(screen: &HostScreen, host: &Host, room: usize) -> Vec<Line> {
    let list = screen.list();
    let paragraph = |role, text: &str| super::super::line::paragraph(role, text, room, 0);
    if !screen.filter.text.is_empty() && list.total > 0 {
        return paragraph(
            Role::Muted,
            &format!("The filter hides all {}: Esc clears it.", list.total),
        );
    }
    if screen.report.is_none() {
        return paragraph(Role::Muted, "Reading what is kept of this host ...");
    }
    let Some(result) = &host.result else {
        return Vec::new();
    };
    match screen.tab {
        Tab::Findings => {
            let mut lines = peek::none(result, room);
            if result.posture.rows(Outcome::Pass) > 0 && list.problems {
                lines.extend(paragraph(Role::Muted, "Press ! to list what passed."));
            }
            lines
        }
        _ if list.problems && list.total > 0 => paragraph(
            Role::Pass,
            &format!("No problems among {}: press ! to list them.", list.total),
        ),
        Tab::Containers | Tab::Images => unlisted(screen, room),
        Tab::Daemon => paragraph(
            Role::Muted,
            "No control of this profile looks at the daemon.",
        ),
        Tab::Permissions => paragraph(
            Role::Muted,
            "No control of this profile looks at files, sockets or groups.",
        ),
        Tab::Host => paragraph(
            Role::Muted,
            "Nothing is kept of this host's system, and no control of this profile looks at it.",
        ),
        Tab::Swarm => paragraph(Role::Muted, "This host is no node of a swarm."),
    }
}

/// Says why no container or image is listed: there is none, the engine did not tell, or nothing was kept.
fn unlisted(screen: &HostScreen, room: usize) -> Vec<Line> {
    let images = screen.tab == Tab::Images;
    let gap = pane::path::loaded(screen).map(|evidence| {
        let engine = &evidence.engine;
        let containers = engine.containers.as_ref().err();
        if images {
            engine.images.as_ref().err()
        } else {
            containers
        }
    });
    match gap {
        Some(Some(gap)) => pane::evidence::gap(gap, None, room),
        Some(None) => {
            let text = if images {
                "No images."
            } else {
                "No containers."
            };
            super::super::line::paragraph(Role::Muted, text, room, 0)
        }
        None => super::super::line::paragraph(
            Role::Muted,
            "What was read of this host was not kept: only what controls said is listed.",
            room,
            0,
        ),
    }
}

fn evidence(canvas: &mut Canvas<'_>, model: &Model, screen: &HostScreen, layout: &Layout) {
    let [first, _, _] = layout.panes;
    let Some(area) = layout.text() else {
        return;
    };
    let lines = pane::detail(model, usize::from(area.width));
    let mut title = Line::default();
    if screen.has_lists(model) {
        let role = if screen.in_pane(model) {
            Role::Title
        } else {
            Role::Head
        };
        title.add(role, "Evidence");
    } else {
        title.add(Role::Title, "Not assessed");
    }
    if lines.is_empty() {
        return;
    }
    canvas.rule(first, 0, &title);
    let seen = usize::from(area.height);
    if lines.len() > seen {
        let last = (screen.scroll + seen).min(lines.len());
        let more = Line::of(
            Role::Muted,
            format!(" {}-{last} of {} ", screen.scroll + 1, lines.len()),
        );
        canvas.right(rows(first, 0, 1), 0, &more, cells(width("Evidence")) + 6);
    }
    canvas.lines(area, &lines, screen.scroll);
    if layout.rung >= Rung::Wide && layout.rows.height > 0 {
        canvas.beside(first, false);
    }
}
