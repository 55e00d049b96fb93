//! One host: its tabs, their lists and the evidence beside them.

use std::sync::Arc;

use crate::domain::event::{HostIndex, HostReport, HostState};
use crate::domain::filter::Filter;

use super::super::action::Action;
use super::super::cursor::Step;
use super::super::effect::Effect;
use super::super::fleet::{Host, Lookup, Row};
use super::super::model::{Filtering, Model, Screen};
use super::super::pane;
use super::super::trail;
use super::facts;
use super::items::{self, Item, Listing, is_problem};
use super::tab::{Lists, Tab, TabList};

/// What the lists of a host can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the words say it all")]
pub enum HostSort {
    #[default]
    Severity,
    Control,
    Subject,
}

impl HostSort {
    /// All of them in the order of the picker.
    pub const ALL: [Self; 3] = [Self::Severity, Self::Control, Self::Subject];

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Severity => "worst first",
            Self::Control => "control",
            Self::Subject => "object",
        }
    }
}

/// The screen of one host.
#[derive(Debug, Default)]
pub struct HostScreen {
    /// Which host.
    pub host: HostIndex,
    /// The tab shown.
    pub tab: Tab,
    /// Whether the evidence has the keys.
    pub detail: bool,
    /// Whether the evidence has the whole screen.
    pub zoom: bool,
    /// The whole report, once it came.
    pub report: Option<Arc<HostReport>>,
    /// Its rows; those that are not passes until it came.
    pub rows: Vec<Row>,
    /// What is shown of the lists.
    pub filter: Filtering,
    /// What they are sorted by.
    pub sort: HostSort,
    /// Whether the order is turned round.
    pub reverse: bool,
    /// First line shown of the evidence.
    pub scroll: usize,
    lists: Lists,
}

impl HostScreen {
    /// The list of the tab shown.
    pub fn list(&self) -> &TabList {
        self.tab_list(self.tab)
    }

    /// The list of `tab`.
    pub fn tab_list(&self, tab: Tab) -> &TabList {
        self.lists.of(tab)
    }

    fn list_mut(&mut self, tab: Tab) -> &mut TabList {
        self.lists.of_mut(tab)
    }

    /// Whether there is something that `tab` could show: only nodes of a swarm have that one.
    pub fn has(&self, tab: Tab) -> bool {
        if tab != Tab::Swarm {
            return true;
        }
        let evidence = self
            .report
            .as_ref()
            .and_then(|report| report.evidence.as_ref());
        match evidence {
            Some(evidence) => facts::swarm::is_active(evidence),
            None => self.lists.of(Tab::Swarm).bad > 0,
        }
    }

    /// The line under the cursor.
    pub fn selected(&self) -> Option<&Item> {
        let list = self.list();
        list.items.get(list.cursor.at)
    }

    /// The first row of the line under the cursor.
    pub fn selected_row(&self) -> Option<&Row> {
        self.rows.get(*self.selected()?.rows.first()?)
    }

    /// Whether keys go to the evidence, or to the text that stands for it on a host without a result.
    pub fn in_pane(&self, model: &Model) -> bool {
        self.detail || !self.has_lists(model)
    }

    /// Whether there is anything to list.
    pub fn has_lists(&self, model: &Model) -> bool {
        model
            .fleet
            .hosts
            .get(self.host)
            .is_some_and(|host| host.result.is_some())
    }

    /// Takes the rows of the report, or of what the fleet keeps of it, and lists them anew.
    fn refresh(&mut self, host: &Host, lookup: Lookup) {
        let selected = Tab::ALL.map(|tab| self.held(tab));
        self.rows = match (&self.report, &host.result) {
            (Some(report), _) => report
                .results
                .iter()
                .map(|row| Row::new(row, lookup))
                .collect(),
            (None, Some(result)) => result.rows.clone(),
            (None, None) => Vec::new(),
        };
        self.list_anew(host, &selected);
        if !self.has(self.tab) {
            self.tab = Tab::Findings;
        }
    }

    /// Lists the rows anew.
    fn arrange(&mut self, host: &Host) {
        let selected = Tab::ALL.map(|tab| self.held(tab));
        self.list_anew(host, &selected);
    }

    /// The line under the cursor of `tab`, by what stays the same when rows come and go.
    fn held(&self, tab: Tab) -> Option<Selected> {
        let list = self.tab_list(tab);
        let item = list.items.get(list.cursor.at)?;
        Some((item.name.clone(), id_of(&self.rows, item)))
    }

    /// Fills the lists; the selected line of each tab stays selected where it is still listed.
    fn list_anew(&mut self, host: &Host, selected: &[Option<Selected>]) {
        let passing: Vec<bool> = host.candidate(|candidate| {
            self.rows
                .iter()
                .map(|row| self.filter.filter.row(candidate, &row.facts()))
                .collect()
        });
        let (all, everything) = (vec![true; self.rows.len()], Filter::default());
        for (tab, selected) in Tab::ALL.into_iter().zip(selected) {
            let old = self.tab_list(tab);
            let listing = |passing, filter, problems| Listing {
                rows: &self.rows,
                passing,
                filter,
                host,
                evidence: self.report.as_ref().and_then(|r| r.evidence.as_deref()),
                problems,
                sort: self.sort,
                reverse: self.reverse,
            };
            let items = items::list(tab, &listing(&passing, &self.filter.filter, old.problems));
            let whole = items::list(tab, &listing(&all, &everything, false));
            let bad = whole
                .iter()
                .filter(|item| {
                    item.rows
                        .iter()
                        .filter_map(|index| self.rows.get(*index))
                        .any(|row| match tab {
                            Tab::Findings => row.result.is_finding(),
                            _ => is_problem(&row.result),
                        })
                })
                .count();
            let total = whole.len();
            let place = selected.as_ref().and_then(|(name, id)| {
                items
                    .iter()
                    .position(|item| item.name == *name && id_of(&self.rows, item) == *id)
            });
            let list = self.list_mut(tab);
            if let Some(place) = place {
                list.cursor.follow(place);
            }
            list.items = items;
            list.total = total;
            list.bad = bad;
        }
    }
}

/// What a line is called, and the id of its first row.
type Selected = (String, Option<String>);

fn id_of(rows: &[Row], item: &Item) -> Option<String> {
    // A line with a name of its own stays the same line when its rows change.
    if !item.name.is_empty() {
        return None;
    }
    let row = rows.get(*item.rows.first()?)?;
    Some(row.result.id.clone())
}

/// Opens a host and asks for its whole report.
pub fn open(model: &mut Model, index: HostIndex) -> Vec<Effect> {
    let mut screen = HostScreen {
        host: index,
        sort: model.views.host.0,
        reverse: model.views.host.1,
        ..HostScreen::default()
    };
    screen.list_mut(Tab::Findings).problems = true;
    // A host opened from another one keeps the tab, so that the same list can be compared along the fleet.
    if let Screen::Host(before) = &model.screen {
        screen.tab = before.tab;
        for tab in Tab::ALL {
            screen.list_mut(tab).problems = before.tab_list(tab).problems;
        }
    }
    let Some(host) = model.fleet.hosts.get(index) else {
        return Vec::new();
    };
    screen.refresh(host, model.setup.lookup);
    let known = host.result.is_some();
    let screen = Screen::Host(Box::new(screen));
    if matches!(model.screen, Screen::Host(_)) {
        model.screen = screen;
    } else {
        trail::enter(model, screen);
    }
    fit(model);
    if known {
        vec![Effect::OpenHost(index)]
    } else {
        Vec::new()
    }
}

/// Shows `tab` of the open host, if there is something that it could show.
pub fn show(model: &mut Model, tab: Tab) {
    if let Screen::Host(screen) = &mut model.screen
        && screen.has(tab)
    {
        screen.tab = tab;
        screen.detail = false;
        screen.scroll = 0;
    }
    fit(model);
}

/// Puts the cursor of the tab shown on the line called `name`, if there is one.
pub fn select(model: &mut Model, name: &str) {
    if let Screen::Host(screen) = &mut model.screen {
        let tab = screen.tab;
        let list = screen.list_mut(tab);
        if let Some(at) = list.items.iter().position(|item| item.name == name) {
            list.cursor.at = at;
        }
    }
    fit(model);
}

/// Brings a host that was left up to date, and asks for its whole report again.
pub fn resume(model: &mut Model) -> Vec<Effect> {
    let lookup = model.setup.lookup;
    let Screen::Host(screen) = &mut model.screen else {
        return Vec::new();
    };
    let index = screen.host;
    let Some(host) = model.fleet.hosts.get(index) else {
        return Vec::new();
    };
    screen.refresh(host, lookup);
    let known = host.result.is_some();
    fit(model);
    if known {
        vec![Effect::OpenHost(index)]
    } else {
        Vec::new()
    }
}

/// Takes the whole report of the open host in; one of a failed attempt has nothing to show.
pub fn loaded(model: &mut Model, index: HostIndex, report: Arc<HostReport>) {
    let lookup = model.setup.lookup;
    if report.state == HostState::Failed {
        return;
    }
    if let Screen::Host(screen) = &mut model.screen
        && screen.host == index
        && let Some(host) = model.fleet.hosts.get(index)
    {
        screen.report = Some(report);
        screen.refresh(host, lookup);
    }
    fit(model);
}

/// The open host was read again: what is shown of it is old until its report comes.
pub fn reread(model: &mut Model, index: HostIndex) -> Vec<Effect> {
    let lookup = model.setup.lookup;
    if let Screen::Host(screen) = &mut model.screen
        && screen.host == index
        && let Some(host) = model.fleet.hosts.get(index)
    {
        if host.failure.is_none() {
            screen.report = None;
        }
        screen.refresh(host, lookup);
        fit(model);
        return vec![Effect::OpenHost(index)];
    }
    Vec::new()
}

/// Lists anew after a change of filter or order.
pub fn arrange(model: &mut Model) {
    if let Screen::Host(screen) = &mut model.screen
        && let Some(host) = model.fleet.hosts.get(screen.host)
    {
        screen.arrange(host);
    }
    fit(model);
}

/// Keeps cursor and scrolling inside what there is.
pub fn fit(model: &mut Model) {
    let layout = model.layout();
    let seen = usize::from(layout.rows.height);
    let (length, shown) = text_size(model);
    if let Screen::Host(screen) = &mut model.screen {
        let tab = screen.tab;
        let list = screen.list_mut(tab);
        list.cursor.fit(list.items.len(), seen);
        screen.scroll = screen.scroll.min(length.saturating_sub(shown));
    }
}

/// Lines of the evidence, and how many of them are seen.
fn text_size(model: &Model) -> (usize, usize) {
    let Some(area) = model.layout().text() else {
        return (0, 0);
    };
    let lines = pane::detail(model, usize::from(area.width)).len();
    (lines, usize::from(area.height))
}

/// Moves the cursor, or the evidence when it has the keys.
pub fn travel(model: &mut Model, step: Step) {
    let seen = usize::from(model.layout().rows.height);
    let (length, shown) = text_size(model);
    let in_pane = match &model.screen {
        Screen::Host(screen) => screen.in_pane(model),
        Screen::Fleet | Screen::Causes(_) | Screen::Across(_) => false,
    };
    if let Screen::Host(screen) = &mut model.screen {
        if in_pane {
            let last = (length + 1).saturating_sub(shown);
            screen.scroll = step.from(screen.scroll, last, shown);
        } else {
            let tab = screen.tab;
            let list = screen.list_mut(tab);
            let before = list.cursor.at;
            list.cursor.step(step, list.items.len(), seen);
            if list.cursor.at != before {
                screen.scroll = 0;
            }
        }
    }
}

/// Does `action` on an open host.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::NextHost | Action::PreviousHost => return along(model, action),
        Action::Problems | Action::Reverse => {
            if let Screen::Host(screen) = &mut model.screen {
                if action == Action::Problems {
                    let tab = screen.tab;
                    let list = screen.list_mut(tab);
                    list.problems = !list.problems;
                } else {
                    screen.reverse = !screen.reverse;
                }
            }
            arrange(model);
        }
        _ => {}
    }
    if let Some(tab) = Tab::of(action) {
        show(model, tab);
    }
    if let Screen::Host(screen) = &mut model.screen {
        match action {
            Action::Enter if screen.selected().is_some() => screen.detail = true,
            Action::NextPane | Action::PreviousPane => {
                screen.detail = !screen.detail && screen.selected().is_some();
            }
            Action::Zoom => {
                screen.zoom = !screen.zoom;
                screen.detail = screen.zoom;
            }
            _ => {}
        }
    }
    fit(model);
    Vec::new()
}

/// The host before or after the open one in the fleet's list.
fn along(model: &mut Model, action: Action) -> Vec<Effect> {
    let step = if action == Action::NextHost { 1 } else { -1 };
    super::fleet::travel(model, Step::By(step));
    match model.list.selected() {
        Some(index) if Some(index) != model.host_index() => open(model, index),
        _ => Vec::new(),
    }
}
