//! The one place where the state changes: a message in, effects out. Reads no clock and does nothing itself.

use crate::domain::event::{FleetEvent, HostState};

use super::action::Action;
use super::copy;
use super::cursor::Step;
use super::effect::Effect;
use super::export;
use super::input;
use super::key::Key;
use super::keymap::Context;
use super::layout::Rung;
use super::model::{Model, Overlay, Screen};
use super::mouse;
use super::msg::Msg;
use super::screen::across::{self, About};
use super::screen::tab::Tab;
use super::screen::{causes, fleet, host, overlay, palette, question, repair};
use super::trail;
use super::views::Views;

/// How long the order of hosts stays as it is after a key.
const HOLD_MS: i64 = 2_000;

/// How long after Ctrl-C a second one quits.
const TWICE_MS: i64 = 2_000;

/// Takes `msg` in and says what is to be done.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let person = matches!(msg, Msg::Key(_) | Msg::Mouse(_));
    let mut effects = match msg {
        Msg::Tick(now) => {
            tick(model, now);
            return due(model);
        }
        Msg::Key(key) => {
            model.last_key = model.now;
            on_key(model, key)
        }
        Msg::Paste(text) => {
            if !question::paste(model, &text) && !palette::paste(model, &text) {
                input::paste(model, &text);
            }
            Vec::new()
        }
        Msg::Mouse(mouse) => {
            model.last_key = model.now;
            mouse::act(model, mouse)
        }
        Msg::Resize(width, height) => {
            model.size = (width, height);
            Vec::new()
        }
        Msg::Fleet(event) => on_event(model, &event),
        Msg::Opened(index, report) => {
            host::loaded(model, index, report);
            Vec::new()
        }
        Msg::Notice(text) => {
            model.tell(text);
            Vec::new()
        }
        Msg::Asked(id, question) => {
            question::asked(model, id, question);
            Vec::new()
        }
        Msg::Withdrawn(id) => {
            question::withdrawn(model, id);
            Vec::new()
        }
        Msg::Repair(host, news) => repair::heard(model, host, news),
    };
    if person && Views::follow(model) {
        effects.push(Effect::Remember(model.views.clone()));
    }
    question::open_next(model);
    fit(model);
    model.revision += 1;
    effects
}

fn fit(model: &mut Model) {
    fleet::fit(model);
    causes::fit(model);
    across::fit(model);
    host::fit(model);
    overlay::fit(model);
    repair::fit(model);
}

fn tick(model: &mut Model, now: i64) {
    let second = |ms: i64| ms.div_euclid(1000);
    let seen = model.fleet.is_running() || second(now) != second(model.now);
    model.now = now;
    if model
        .notice
        .as_ref()
        .is_some_and(|(_, until)| *until <= now)
    {
        model.notice = None;
        model.revision += 1;
    }
    if model.behind {
        if now - model.last_key >= HOLD_MS {
            fleet::arrange(model);
            causes::arrange(model);
            across::arrange(model);
        } else {
            model.totals = super::totals::Totals::of(&model.fleet);
        }
        model.revision += 1;
    }
    model.revision += u64::from(seen);
}

/// The sweep that is due, if one is: so long after the end of the last one, and not while a person is asked something.
fn due(model: &mut Model) -> Vec<Effect> {
    let (Some(every), Some(run)) = (model.setup.refresh, &model.fleet.run) else {
        return Vec::new();
    };
    let Some(ended) = run.ended else {
        return Vec::new();
    };
    let last = model.refreshed.max(ended);
    if model.now - last < every || !model.questions.is_empty() {
        return Vec::new();
    }
    // Should nothing come of it, the next one is not asked for at once.
    model.refreshed = model.now;
    vec![Effect::Reread((0..model.fleet.hosts.len()).collect())]
}

fn on_event(model: &mut Model, event: &FleetEvent) -> Vec<Effect> {
    let lookup = model.setup.lookup;
    let before = model.fleet.hosts.len();
    model.fleet.fold(event, lookup);
    model.behind = true;
    match event {
        FleetEvent::Started { .. } => {
            // The list appears at once; from here on it is sorted by the clock, not by events.
            let open = match &model.screen {
                Screen::Host(screen) => model.fleet.hosts.get(screen.host).is_none(),
                Screen::Fleet | Screen::Causes(_) | Screen::Across(_) => false,
            };
            if open {
                model.screen = Screen::Fleet;
            }
            let known = model.fleet.hosts.len();
            if known != before {
                model.trail.clear();
            }
            model.list.marks.retain(|index| *index < known);
            fleet::arrange(model);
        }
        FleetEvent::Finished {
            host: index,
            report,
        } => {
            if let Some(position) = model.fleet.position(*index) {
                let effects = host::reread(model, position);
                return if report.state == HostState::Failed {
                    Vec::new()
                } else {
                    effects
                };
            }
        }
        FleetEvent::Ended { cancelled, .. } => {
            if *cancelled {
                // The offer of the Ctrl-C that stopped it still stands, so it must not vanish with the message before.
                let more = if may_quit(model) {
                    "; Ctrl-C again quits"
                } else {
                    ""
                };
                model.tell(format!("sweep stopped; what was read is kept{more}"));
            }
        }
        FleetEvent::Entered { .. } => {}
    }
    Vec::new()
}

fn on_key(model: &mut Model, key: Key) -> Vec<Effect> {
    if key == Key::Ctrl('c') {
        return interrupt(model);
    }
    model.interrupted = None;
    if model.input.is_some() {
        input::key(model, key);
        return Vec::new();
    }
    let typed = question::typed(model, key)
        .and_then(|key| palette::typed(model, key))
        .and_then(|key| repair::typed(model, key));
    let Some(key) = typed else {
        return Vec::new();
    };
    match model.setup.keymap.action(Context::of(model), key) {
        Some(action) if available(model, action) => act(model, action),
        _ => Vec::new(),
    }
}

/// Whether a Ctrl-C was pressed so short a time ago that another one quits.
fn may_quit(model: &Model) -> bool {
    model
        .interrupted
        .is_some_and(|before| model.now - before <= TWICE_MS)
}

/// The first Ctrl-C stops what runs, the second one soon after quits.
fn interrupt(model: &mut Model) -> Vec<Effect> {
    if repair::is_doing(model) {
        // Leaving now would leave the host half way.
        model.tell("stopping before the next step; what was done is taken back");
        return vec![Effect::StopRepair];
    }
    if may_quit(model) {
        return vec![Effect::CancelSweep, Effect::Quit(130)];
    }
    model.interrupted = Some(model.now);
    if model.fleet.is_running() {
        model.tell("stopping: no further host is started; Ctrl-C again quits");
        return vec![Effect::CancelSweep];
    }
    model.tell("nothing runs; Ctrl-C again within two seconds quits");
    Vec::new()
}

/// Whether `action` would do something now; what would not is neither offered nor done.
pub fn available(model: &Model, action: Action) -> bool {
    let wide = Rung::of(model.size) >= Rung::Wide;
    let listed = match &model.screen {
        Screen::Fleet | Screen::Causes(_) | Screen::Across(_) => true,
        Screen::Host(screen) => screen.has_lists(model),
    };
    if let Some(tab) = Tab::of(action) {
        let Screen::Host(screen) = &model.screen else {
            return false;
        };
        return listed && screen.has(tab);
    }
    match action {
        Action::Reread => !model.targets().is_empty() && !model.fleet.is_running(),
        Action::RereadAll => !model.fleet.is_running() && !model.list.order.is_empty(),
        Action::Explain => model.control().is_some(),
        Action::Copy => match &model.screen {
            Screen::Causes(screen) => screen.selected().is_some(),
            Screen::Across(screen) => screen.selected().is_some(),
            Screen::Fleet | Screen::Host(_) => model.host().is_some(),
        },
        Action::NextHost | Action::PreviousHost => model.list.order.len() > 1,
        Action::NextPane | Action::PreviousPane => listed && wide,
        Action::Zoom => listed,
        Action::Enter => match (&model.overlay, &model.screen) {
            (Some(_), _) => true,
            (None, Screen::Fleet) => model.list.selected().is_some(),
            (None, Screen::Causes(screen)) => screen.selected().is_some(),
            (None, Screen::Across(screen)) => {
                screen.selected().is_some_and(|line| !line.hosts.is_empty())
            }
            (None, Screen::Host(screen)) => screen.selected().is_some(),
        },
        Action::Back => {
            model.overlay.is_some()
                || !matches!(model.screen, Screen::Fleet)
                || !model.filtering().text.is_empty()
                || !model.list.marks.is_empty()
        }
        Action::Across => whole(model).is_some(),
        Action::GoBack => model.overlay.is_none() && model.trail.has_back(),
        Action::GoAhead => model.overlay.is_none() && model.trail.has_ahead(),
        Action::Filter => !matches!(model.overlay, Some(Overlay::Explain(_))),
        _ if action.changes() => repair::available(model, action),
        _ => true,
    }
}

/// Does `action`, which must be available.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(step) = step(action) {
        travel(model, step);
        return Vec::new();
    }
    match action {
        Action::Back => back(model),
        Action::GoBack => trail::back(model),
        Action::GoAhead => trail::ahead(model),
        Action::Filter => {
            input::open(model);
            Vec::new()
        }
        Action::Palette => {
            palette::open(model);
            Vec::new()
        }
        Action::Leave => {
            model.overlay = None;
            Vec::new()
        }
        Action::Go => palette::go(model),
        Action::Redraw => vec![Effect::Redraw],
        Action::Suspend => vec![Effect::Suspend],
        Action::ExportCsv | Action::ExportJson | Action::ExportMarkdown => {
            export::act(model, action)
        }
        _ if action_copies(action) => copy::act(model, action),
        _ if question::is_open(model) => question::act(model, action),
        _ if repair::is_open(model) => repair::act(model, action),
        _ if model.overlay.is_some() => overlay::act(model, action),
        Action::Quit if repair::is_doing(model) => {
            model.tell("a repair is under way; Ctrl-C stops it and takes back what was done");
            Vec::new()
        }
        Action::Quit if model.fleet.is_running() => {
            model.overlay = Some(Overlay::Quit);
            Vec::new()
        }
        Action::Quit => vec![Effect::Quit(0)],
        Action::Fix | Action::Undo => repair::open(model, action),
        Action::Help
        | Action::Sort
        | Action::Explain
        | Action::Copy
        | Action::Export
        | Action::Theme => {
            overlay::open(model, action);
            Vec::new()
        }
        Action::Mouse => vec![take_mouse(model)],
        Action::Across => {
            if let Some((about, on)) = whole(model) {
                across::open(model, about, on.as_deref());
            }
            Vec::new()
        }
        Action::Images => {
            across::open(model, About::Images, None);
            Vec::new()
        }
        Action::Waivers => {
            across::open(model, About::Waivers, None);
            Vec::new()
        }
        Action::Reread => vec![reread(model)],
        Action::RereadAll => vec![Effect::Reread(model.list.order.clone())],
        _ => match &model.screen {
            Screen::Fleet => fleet::act(model, action),
            Screen::Causes(_) => causes::act(model, action),
            Screen::Across(_) => across::act(model, action),
            Screen::Host(_) => host::act(model, action),
        },
    }
}

fn action_copies(action: Action) -> bool {
    matches!(
        action,
        Action::CopyRow
            | Action::CopyId
            | Action::CopyJson
            | Action::CopyHost
            | Action::CopyCommand
    )
}

fn reread(model: &mut Model) -> Effect {
    let targets = model.targets();
    model.tell(format!(
        "reading {} again",
        super::words::count(targets.len(), "host")
    ));
    Effect::Reread(targets)
}

/// Takes the mouse, or leaves it to the terminal.
fn take_mouse(model: &mut Model) -> Effect {
    model.mouse = !model.mouse;
    model.tell(if model.mouse {
        "the mouse is taken: click, wheel; m leaves it to the terminal again"
    } else {
        "the mouse is the terminal's: it selects text"
    });
    Effect::Mouse(model.mouse)
}

/// Closes what is open, then clears the filter and marks, then goes out one level; never quits.
fn back(model: &mut Model) -> Vec<Effect> {
    match model.overlay.take() {
        // A theme that was only looked at goes again.
        Some(Overlay::Themes(_, before)) => {
            model.theme = before;
            return Vec::new();
        }
        Some(_) => return Vec::new(),
        None => {}
    }
    match &mut model.screen {
        Screen::Host(screen) if screen.zoom || screen.detail => {
            screen.detail = false;
            screen.zoom = false;
            host::fit(model);
        }
        Screen::Host(screen) if !screen.filter.text.is_empty() => {
            screen.filter = super::model::Filtering::default();
            host::arrange(model);
        }
        Screen::Causes(screen) if !screen.filter.text.is_empty() => {
            screen.filter = super::model::Filtering::default();
            causes::arrange(model);
        }
        Screen::Across(screen) if !screen.filter.text.is_empty() => {
            screen.filter = super::model::Filtering::default();
            across::arrange(model);
        }
        Screen::Host(_) | Screen::Causes(_) | Screen::Across(_) => return trail::out(model),
        Screen::Fleet if !model.list.filter.text.is_empty() => {
            model.list.filter = super::model::Filtering::default();
            fleet::arrange(model);
        }
        Screen::Fleet => model.list.marks.clear(),
    }
    Vec::new()
}

/// What the selected row is about, to be looked at across the fleet: an image, else its control.
fn whole(model: &Model) -> Option<(About, Option<String>)> {
    match &model.screen {
        Screen::Across(_) => None,
        Screen::Host(screen) if screen.tab == Tab::Images => {
            let name = screen.selected().map(|item| item.name.clone());
            Some((About::Images, name))
        }
        Screen::Host(screen) => {
            let row = screen.selected_row()?;
            let name = row.result.subject.name.clone();
            Some((About::Control(row.result.control), Some(name)))
        }
        Screen::Fleet | Screen::Causes(_) => Some((About::Control(model.control()?), None)),
    }
}

/// The movement that `action` is, if it is one.
pub fn step(action: Action) -> Option<Step> {
    Some(match action {
        Action::Down => Step::By(1),
        Action::Up => Step::By(-1),
        Action::Top => Step::First,
        Action::Bottom => Step::Last,
        Action::PageDown => Step::Page(1),
        Action::PageUp => Step::Page(-1),
        Action::HalfDown => Step::Half(1),
        Action::HalfUp => Step::Half(-1),
        _ => return None,
    })
}

/// Moves in whatever has the keys.
pub fn travel(model: &mut Model, step: Step) {
    match (&model.overlay, &model.screen) {
        (Some(Overlay::Repair), _) => repair::travel(model, step),
        (Some(_), _) => overlay::travel(model, step),
        (None, Screen::Fleet) => fleet::travel(model, step),
        (None, Screen::Causes(_)) => causes::travel(model, step),
        (None, Screen::Across(_)) => across::travel(model, step),
        (None, Screen::Host(_)) => host::travel(model, step),
    }
}
