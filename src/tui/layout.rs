//! Where everything is on the screen: a pure function of the terminal's size and the state.
//!
//! `update` uses it to scroll and `draw` to draw, so the two never disagree.

use ratatui::layout::Rect;

use super::canvas::{cells, columns, rows};
use super::model::{Model, Screen};

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// Below 40x10: one sentence.
    Tiny,
    /// From 40x10: name, worst severity, state.
    Small,
    /// From 60x15: one list.
    Narrow,
    /// From 80x24: one list with a peek below.
    Normal,
    /// From 120x30: a list with two panes below, or one beside.
    Wide,
    /// From 160x40: three columns.
    Full,
}

/// The smallest terminal that shows more than a sentence.
pub const SMALLEST: (u16, u16) = (40, 10);

impl Rung {
    /// The rung of a terminal.
    pub fn of((width, height): (u16, u16)) -> Self {
        [
            (160, 40, Self::Full),
            (120, 30, Self::Wide),
            (80, 24, Self::Normal),
            (60, 15, Self::Narrow),
            (SMALLEST.0, SMALLEST.1, Self::Small),
        ]
        .into_iter()
        .find(|(least_width, least_height, _)| width >= *least_width && height >= *least_height)
        .map_or(Self::Tiny, |(_, _, rung)| rung)
    }
}

/// The areas of the screen. An area that is not shown has no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// How much room there is.
    pub rung: Rung,
    /// One or two lines on top.
    pub header: Rect,
    /// The heads of the columns.
    pub head: Rect,
    /// The rows of the list.
    pub rows: Rect,
    /// Panes, each with its title in its first row: findings or evidence, then summary, then preview.
    pub panes: [Rect; 3],
    /// The legend.
    pub legend: Rect,
    /// Position, order, filter, marks; or a notice.
    pub status: Rect,
    /// What keys do; the line being typed.
    pub footer: Rect,
}

impl Layout {
    /// The first pane without its title: where evidence is read.
    pub fn text(&self) -> Option<Rect> {
        let [first, _, _] = self.panes;
        let area = inside(first);
        (area.height > 0).then_some(area)
    }
}

/// The part of a pane that holds text: without its title and a blank column at each side.
pub fn inside(pane: Rect) -> Rect {
    let text = rows(pane, 1, pane.height);
    columns(text, 1, text.width.saturating_sub(2))
}

/// The area of an overlay's text: the whole screen but a title line and the footer.
pub fn overlay((width, height): (u16, u16)) -> Rect {
    let screen = Rect::new(0, 0, width, height);
    let inside = rows(screen, 2, height.saturating_sub(3));
    columns(inside, 1, width.saturating_sub(2))
}

/// The areas for the state of `model`.
pub fn layout(model: &Model) -> Layout {
    let (width, height) = model.size;
    let screen = Rect::new(0, 0, width, height);
    let rung = Rung::of(model.size);
    let nothing = Rect::default();
    let tall = rung >= Rung::Wide || (rung == Rung::Normal && height >= 30);
    let header_rows = match (&model.screen, rung) {
        (Screen::Host(_) | Screen::Causes(_) | Screen::Across(_), Rung::Normal) => 2,
        _ if tall => 2,
        _ => 1,
    };
    let legend_rows = u16::from(rung >= Rung::Wide && matches!(model.screen, Screen::Fleet));
    let status_rows = u16::from(rung >= Rung::Normal);
    let below = legend_rows + status_rows + 1;
    let body_rows = height.saturating_sub(header_rows + below);
    let body = rows(screen, header_rows, body_rows);
    let end = header_rows + body_rows;
    let mut layout = Layout {
        rung,
        header: rows(screen, 0, header_rows),
        head: rows(body, 0, 1),
        rows: rows(body, 1, body_rows),
        panes: [nothing; 3],
        legend: rows(screen, end, legend_rows),
        status: rows(screen, end + legend_rows, status_rows),
        footer: rows(screen, end + legend_rows + status_rows, 1),
    };
    match &model.screen {
        Screen::Fleet => fleet(model, &mut layout, body),
        Screen::Causes(_) | Screen::Across(_) => {
            split(&mut layout, body);
            beside(&mut layout, body);
        }
        Screen::Host(host) => {
            let alone = !host.has_lists(model);
            let pane = host.zoom || (host.detail && rung <= Rung::Normal);
            if alone || pane {
                layout.head = nothing;
                layout.rows = nothing;
                layout.panes = [body, nothing, nothing];
            } else {
                beside(&mut layout, body);
            }
        }
    }
    layout
}

fn split(layout: &mut Layout, list: Rect) {
    layout.head = rows(list, 0, 1);
    layout.rows = rows(list, 1, list.height);
}

fn fleet(model: &Model, layout: &mut Layout, body: Rect) {
    let height = body.height;
    // A short list leaves its room to the panes.
    let spare = height.saturating_sub(cells(model.fleet.hosts.len()).saturating_add(2));
    match layout.rung {
        Rung::Tiny | Rung::Small | Rung::Narrow => {}
        Rung::Normal => {
            let least = if height >= 28 { 8 } else { 5 };
            let peek = spare.clamp(least, 9);
            split(layout, rows(body, 0, height - peek));
            layout.panes = [
                rows(body, height - peek, peek),
                Rect::default(),
                Rect::default(),
            ];
        }
        Rung::Wide => {
            let panes = (height / 3).max(spare).clamp(8, 14);
            split(layout, rows(body, 0, height - panes));
            let below = rows(body, height - panes, panes);
            let left = body.width * 53 / 100;
            layout.panes = [
                columns(below, 0, left),
                columns(below, left + 1, body.width),
                Rect::default(),
            ];
        }
        Rung::Full => {
            let left = body.width / 2;
            let middle = (body.width - left) / 2;
            let summary = 11;
            let list = columns(body, 0, left);
            split(layout, rows(list, 0, height - summary));
            layout.panes = [
                columns(body, left + 1, middle - 1),
                rows(list, height - summary, summary),
                columns(body, left + 1 + middle, body.width),
            ];
        }
    }
}

fn beside(layout: &mut Layout, body: Rect) {
    let nothing = Rect::default();
    match layout.rung {
        Rung::Tiny | Rung::Small | Rung::Narrow => {}
        Rung::Normal => {
            let peek = (body.height / 3).clamp(7, 12);
            split(layout, rows(body, 0, body.height - peek));
            layout.panes = [rows(body, body.height - peek, peek), nothing, nothing];
        }
        Rung::Wide | Rung::Full => {
            let left = body.width * 58 / 100;
            split(layout, columns(body, 0, left - 1));
            layout.panes = [columns(body, left + 1, body.width), nothing, nothing];
        }
    }
}
