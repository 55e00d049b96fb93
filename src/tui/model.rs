//! Everything that the dashboard knows and shows; changed by [`super::update`] only.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::control::Control;
use crate::domain::event::HostIndex;
use crate::domain::filter::{Filter, FilterError};
use crate::domain::host::Mode;
use crate::domain::question::{Question, QuestionId};
use crate::domain::waiver::Waiver;

use super::cursor::Cursor;
use super::fleet::{Fleet, Host, Lookup, Row};
use super::glyph::Glyphs;
use super::keymap::Keymap;
use super::layout::{self, Layout};
use super::screen::across::{About, AcrossScreen};
use super::screen::causes::CausesScreen;
use super::screen::fleet::FleetList;
use super::screen::host::HostScreen;
use super::screen::palette::Palette;
use super::screen::question::{Keys, Typing};
use super::screen::repair::Repair;
use super::totals::Totals;
use super::trail::Trail;
use super::views::Views;

/// What does not change while the dashboard runs.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What is swept, in a word or two: the inventory's name, the limit.
    pub scope: String,
    /// Whether the process may change nothing.
    pub read_only: bool,
    /// The characters that may be used.
    pub glyphs: Glyphs,
    /// Names of the themes in order.
    pub themes: Vec<String>,
    /// The theme to start with.
    pub theme: usize,
    /// Seconds that local time is ahead of UTC.
    pub utc_offset_s: i32,
    /// Looks a control up in the catalogue.
    pub lookup: Lookup,
    /// All controls of the catalogue.
    pub catalogue: fn() -> Vec<&'static Control>,
    /// The filter to start with.
    pub filter: Option<Filtering>,
    /// Milliseconds from the end of a sweep to the next one; none where the person asks for each.
    pub refresh: Option<i64>,
    /// Whether the mouse is taken at the start.
    pub mouse: bool,
    /// The keys in force.
    pub keymap: Keymap,
    /// How the person looked at things before.
    pub views: Views,
    /// The waivers of the inventory.
    pub waivers: Vec<Waiver>,
}

/// The whole state.
#[derive(Debug)]
pub struct Model {
    /// What does not change.
    pub setup: Setup,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Milliseconds since 1970-01-01 UTC.
    pub now: i64,
    /// When a key was last pressed.
    pub last_key: i64,
    /// What is known of the fleet.
    pub fleet: Fleet,
    /// The fleet in numbers.
    pub totals: Totals,
    /// Whether `totals` and the order of hosts are older than `fleet`.
    pub behind: bool,
    /// What is shown.
    pub screen: Screen,
    /// The way that led here.
    pub trail: Trail,
    /// The list of hosts, kept while a host is open.
    pub list: FleetList,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// The repair that is looked at or under way.
    pub repair: Option<Repair>,
    /// What the person is asked, in the order in which it was.
    pub questions: Vec<(QuestionId, Question)>,
    /// The line being typed.
    pub input: Option<Input>,
    /// Position of the theme.
    pub theme: usize,
    /// Whether the person chose it in the dashboard.
    pub theme_chosen: bool,
    /// How the person looks at things, as it is remembered.
    pub views: Views,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// Something to tell, until a time.
    pub notice: Option<(String, i64)>,
    /// When the last sweep on the timer was asked for.
    pub refreshed: i64,
    /// When Ctrl-C was pressed last.
    pub interrupted: Option<i64>,
    /// Counts changes of what is seen.
    pub revision: u64,
}

/// The screens.
#[derive(Debug)]
pub enum Screen {
    /// All hosts.
    Fleet,
    /// What fails in the whole fleet, by control.
    Causes(Box<CausesScreen>),
    /// One thing across the fleet, folded.
    Across(Box<AcrossScreen>),
    /// One host.
    Host(Box<HostScreen>),
}

/// What may lie over a screen.
#[derive(Debug)]
pub enum Overlay {
    /// Keys and legend.
    Help(Text),
    /// One control.
    Explain(Explained),
    /// The choice of an order.
    Sort(Cursor),
    /// The choice of what to copy.
    Copy,
    /// The choice of a form to export what is shown in.
    Export,
    /// The choice of a theme, and the one before.
    Themes(Cursor, usize),
    /// The question whether to quit.
    Quit,
    /// SSH servers whose keys are not on file.
    Keys(Keys),
    /// A secret that is typed.
    Secret(Typing),
    /// The command palette.
    Palette(Palette),
    /// The repair that the model holds.
    Repair,
}

/// A text that is read: how far it is scrolled, and what it is filtered by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The first line shown.
    pub top: usize,
    /// Only lines with this text are shown.
    pub filter: String,
}

/// The control that is explained.
#[derive(Debug)]
pub struct Explained {
    /// Its id.
    pub id: &'static str,
    /// It, where the catalogue has it.
    pub control: Option<&'static Control>,
    /// Where the text is.
    pub text: Text,
}

/// A filter as typed and as understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filtering {
    /// As typed.
    pub text: String,
    /// As understood.
    pub filter: Filter,
}

/// A line being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its characters.
    pub chars: Vec<char>,
    /// The character that the cursor stands before.
    pub at: usize,
    /// Why it cannot be understood.
    pub error: Option<FilterError>,
}

impl Model {
    /// The dashboard before anything is known.
    pub fn new(setup: Setup, size: (u16, u16), now: i64) -> Self {
        let list = FleetList {
            filter: setup.filter.clone().unwrap_or_default(),
            sort: setup.views.fleet.0,
            reverse: setup.views.fleet.1,
            ..FleetList::default()
        };
        Self {
            theme: setup.theme,
            theme_chosen: setup.views.theme.is_some(),
            views: setup.views.clone(),
            mouse: setup.mouse,
            setup,
            size,
            now,
            last_key: i64::MIN / 2,
            fleet: Fleet::default(),
            totals: Totals::default(),
            behind: false,
            screen: Screen::Fleet,
            trail: Trail::default(),
            list,
            overlay: None,
            repair: None,
            questions: Vec::new(),
            input: None,
            notice: None,
            refreshed: i64::MIN,
            interrupted: None,
            revision: 0,
        }
    }

    /// Where everything is on the screen.
    pub fn layout(&self) -> Layout {
        layout::layout(self)
    }

    /// The host under the cursor, or the open one.
    pub fn host_index(&self) -> Option<HostIndex> {
        match &self.screen {
            Screen::Fleet => self.list.selected(),
            Screen::Causes(_) | Screen::Across(_) => None,
            Screen::Host(screen) => Some(screen.host),
        }
    }

    /// The host under the cursor, or the open one.
    pub fn host(&self) -> Option<&Host> {
        self.fleet.hosts.get(self.host_index()?)
    }

    /// The row that `x` explains and `y` copies: the selected one of the open host, the worst one in the fleet.
    pub fn row(&self) -> Option<&Row> {
        match &self.screen {
            Screen::Fleet => self.host()?.result.as_ref()?.findings().first().copied(),
            Screen::Causes(_) | Screen::Across(_) => None,
            Screen::Host(screen) => screen.selected_row(),
        }
    }

    /// The control that `x` explains.
    pub fn control(&self) -> Option<&'static str> {
        match &self.screen {
            Screen::Causes(screen) => screen.selected().map(|cause| cause.control),
            Screen::Across(screen) => match screen.about {
                About::Control(id) => Some(id),
                About::Images => None,
                About::Waivers => {
                    let control = (self.setup.lookup)(&screen.selected()?.what)?;
                    Some(control.id)
                }
            },
            Screen::Fleet | Screen::Host(_) => self.row().map(|row| row.result.control),
        }
    }

    /// Hosts that `r` reads again.
    pub fn targets(&self) -> Vec<HostIndex> {
        let marks: &BTreeSet<HostIndex> = &self.list.marks;
        let chosen: Vec<HostIndex> = match &self.screen {
            Screen::Fleet if !marks.is_empty() => marks.iter().copied().collect(),
            _ => self.host_index().into_iter().collect(),
        };
        chosen
            .into_iter()
            .filter(|index| {
                self.fleet
                    .hosts
                    .get(*index)
                    .is_some_and(|host| !host.is_busy())
            })
            .collect()
    }

    /// Whether nothing shown may be changed: by the process, or by every host.
    pub fn is_auditor(&self) -> bool {
        let audit = |host: &Host| host.header.mode == Mode::Audit;
        let open = match &self.screen {
            Screen::Host(screen) => self.fleet.hosts.get(screen.host).is_some_and(audit),
            Screen::Fleet | Screen::Causes(_) | Screen::Across(_) => {
                !self.fleet.hosts.is_empty() && self.fleet.hosts.iter().all(audit)
            }
        };
        self.setup.read_only || open
    }

    /// Shows `text` in the status line for a while.
    pub fn tell(&mut self, text: impl AsRef<str>) {
        let text = crate::domain::text::clean(text.as_ref());
        self.notice = Some((text, self.now + 5_000));
    }

    /// The filter of the list shown.
    pub fn filtering(&self) -> &Filtering {
        match &self.screen {
            Screen::Fleet => &self.list.filter,
            Screen::Causes(screen) => &screen.filter,
            Screen::Across(screen) => &screen.filter,
            Screen::Host(screen) => &screen.filter,
        }
    }

    /// The whole report of the open host, once it came.
    pub fn report(&self) -> Option<&Arc<crate::domain::event::HostReport>> {
        match &self.screen {
            Screen::Host(screen) => screen.report.as_ref(),
            Screen::Fleet | Screen::Causes(_) | Screen::Across(_) => None,
        }
    }
}

impl Filtering {
    /// Reads `text`.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self {
            text: text.to_owned(),
            filter: Filter::parse(text)?,
        })
    }
}
