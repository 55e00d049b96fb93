//! Drives the dashboard with keys and looks at its frames.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use plimsoll::domain::event::{FleetEvent, HostReport};
use plimsoll::tui::color::Depth;
use plimsoll::tui::effect::Effect;
use plimsoll::tui::glyph::Glyphs;
use plimsoll::tui::key::Key;
use plimsoll::tui::keymap::Keymap;
use plimsoll::tui::model::{Model, Setup};
use plimsoll::tui::msg::Msg;
use plimsoll::tui::theme::Theme;
use plimsoll::tui::update::update;
use plimsoll::tui::view;
use plimsoll::tui::views::Views;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::catalogue::{catalogue, lookup};
use super::rows::NOW;

/// A dashboard, its theme, and everything it asked for so far.
pub(crate) struct Script {
    pub(crate) model: Model,
    pub(crate) theme: Theme,
    pub(crate) effects: Vec<Effect>,
    reports: BTreeMap<String, Arc<HostReport>>,
}

/// How the dashboard is set up in tests.
pub(crate) fn setup(glyphs: Glyphs) -> Setup {
    Setup {
        scope: "inventory.toml".into(),
        read_only: false,
        glyphs,
        themes: names(),
        theme: 1,
        utc_offset_s: 0,
        lookup,
        catalogue,
        filter: None,
        mouse: false,
        refresh: None,
        keymap: Keymap::default(),
        views: Views::default(),
        waivers: Vec::new(),
    }
}

fn names() -> Vec<String> {
    themes().into_iter().map(|theme| theme.name).collect()
}

pub(crate) fn themes() -> Vec<Theme> {
    Theme::built_in().unwrap()
}

impl Script {
    pub(crate) fn on(events: Vec<FleetEvent>) -> Self {
        Self::with(events, setup(Glyphs::UNICODE))
    }

    pub(crate) fn with(events: Vec<FleetEvent>, setup: Setup) -> Self {
        Self::between(events, setup, NOW - 10_000, NOW)
    }

    /// A dashboard that heard `events` from `start` on and looks at `end`.
    pub(crate) fn between(events: Vec<FleetEvent>, setup: Setup, start: i64, end: i64) -> Self {
        let theme = themes().remove(setup.theme);
        let mut script = Self {
            model: Model::new(setup, (120, 36), start),
            theme,
            effects: Vec::new(),
            reports: BTreeMap::new(),
        };
        for event in events {
            script = script.event(event);
        }
        script.at(end)
    }

    pub(crate) fn event(mut self, event: FleetEvent) -> Self {
        if let FleetEvent::Finished { report, .. } = &event {
            self.reports
                .insert(report.header.name.clone(), Arc::clone(report));
        }
        self.send(Msg::Fleet(event))
    }

    /// Sends a message; what the application would answer is answered at once.
    pub(crate) fn send(mut self, msg: Msg) -> Self {
        for effect in update(&mut self.model, msg) {
            if let Effect::OpenHost(index) = effect {
                let name = &self.model.fleet.hosts[index].header.name;
                if let Some(report) = self.reports.get(name) {
                    let report = Arc::clone(report);
                    update(&mut self.model, Msg::Opened(index, report));
                }
            }
            self.effects.push(effect);
        }
        self
    }

    pub(crate) fn size(self, width: u16, height: u16) -> Self {
        self.send(Msg::Resize(width, height))
    }

    pub(crate) fn at(self, now: i64) -> Self {
        self.send(Msg::Tick(now))
    }

    pub(crate) fn wait(self, ms: i64) -> Self {
        let now = self.model.now + ms;
        self.at(now)
    }

    pub(crate) fn theme(mut self, name: &str, depth: Depth) -> Self {
        let all = themes();
        let theme = all.iter().find(|theme| theme.name == name).unwrap();
        self.theme = theme.at(depth, &all);
        self
    }

    /// Presses keys: characters stand for themselves, names stand between `<` and `>`.
    pub(crate) fn keys(mut self, keys: &str) -> Self {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let named = rest
                .strip_prefix('<')
                .and_then(|inside| inside.split_once('>'))
                .and_then(|(name, behind)| Some((name.parse::<Key>().ok()?, behind)));
            let key = if let Some((key, behind)) = named {
                rest = behind;
                key
            } else {
                rest = &rest[first.len_utf8()..];
                Key::Char(first)
            };
            self = self.send(Msg::Key(key));
        }
        self
    }

    pub(crate) fn buffer(&self) -> Buffer {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        view::paint(&self.model, &self.theme, &mut buffer);
        buffer
    }

    /// The lines of the frame, without what is blank at their ends.
    pub(crate) fn text(&self) -> String {
        text(&self.buffer())
    }

    /// Compares the frame, and a hash of its styles, with what is kept under `name`.
    pub(crate) fn snapshot(&self, name: &str) {
        let buffer = self.buffer();
        let mut seen = text(&buffer);
        writeln!(seen, "styles {:016x}", styles(&buffer)).unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../snapshots/screens");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, seen));
    }
}

pub(crate) fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(plimsoll::domain::text::width(symbol).max(1)).unwrap();
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// FNV-1a over the style of every cell: the same on every machine and with every compiler.
fn styles(buffer: &Buffer) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for cell in &buffer.content {
        let style = format!("{:?}{:?}{:04x};", cell.fg, cell.bg, cell.modifier.bits());
        for byte in style.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}
