//! Which key means what where: tables, from which footer and help are made too.

use super::action::Action;
use super::key::Key;
use super::model::{Model, Overlay, Screen};

/// Keys that mean one action.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The keys; the first one is shown in the footer.
    pub keys: &'static [Key],
    /// What they mean.
    pub action: Action,
}

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The list of hosts.
    Fleet,
    /// The causes across the fleet.
    Causes,
    /// The lists of one host.
    Host,
    /// The evidence of one row, or why a host failed.
    Pane,
    /// Help, or the explanation of a control.
    Text,
    /// The choice of an order.
    Sort,
    /// The choice of what to copy.
    Copy,
    /// The question whether to quit.
    Quit,
    /// The list of unknown host keys.
    Keys,
    /// A secret being typed.
    Secret,
}

impl Context {
    /// All contexts.
    pub const ALL: [Self; 10] = [
        Self::Fleet,
        Self::Causes,
        Self::Host,
        Self::Pane,
        Self::Text,
        Self::Sort,
        Self::Copy,
        Self::Quit,
        Self::Keys,
        Self::Secret,
    ];

    /// Where `model` is now.
    pub fn of(model: &Model) -> Self {
        match (&model.overlay, &model.screen) {
            (Some(Overlay::Help(_) | Overlay::Explain(_)), _) => Self::Text,
            (Some(Overlay::Sort(_)), _) => Self::Sort,
            (Some(Overlay::Copy), _) => Self::Copy,
            (Some(Overlay::Quit), _) => Self::Quit,
            (Some(Overlay::Keys(_)), _) => Self::Keys,
            (Some(Overlay::Secret(_)), _) => Self::Secret,
            (None, Screen::Fleet) => Self::Fleet,
            (None, Screen::Causes(_)) => Self::Causes,
            (None, Screen::Host(host)) if host.in_pane(model) => Self::Pane,
            (None, Screen::Host(_)) => Self::Host,
        }
    }

    /// What it is called in help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Fleet => "Fleet",
            Self::Causes => "Fix once",
            Self::Host => "Host",
            Self::Pane => "Evidence",
            Self::Text => "Text",
            Self::Sort => "Sort",
            Self::Copy => "Copy",
            Self::Quit => "Quit",
            Self::Keys => "Unknown host keys",
            Self::Secret => "Secret",
        }
    }

    /// Its tables: its own first, then those it shares.
    pub fn tables(self) -> &'static [&'static [Binding]] {
        match self {
            Self::Fleet => &[FLEET, LIST, MOVE, COMMON, CLOSE, SYSTEM],
            Self::Causes => &[CAUSES, MOVE, COMMON, CLOSE, SYSTEM],
            Self::Host => &[HOST, LIST, MOVE, COMMON, CLOSE, SYSTEM],
            Self::Pane => &[HOST, MOVE, COMMON, CLOSE, SYSTEM],
            Self::Text => &[TEXT, MOVE, CLOSE, SYSTEM],
            Self::Sort => &[SORT, MOVE, CLOSE, SYSTEM],
            Self::Copy => &[COPY, SYSTEM],
            Self::Quit => &[QUIT, SYSTEM],
            Self::Keys => &[KEYS, MOVE, SYSTEM],
            Self::Secret => &[SECRET, SYSTEM],
        }
    }
}

const fn bind(keys: &'static [Key], action: Action) -> Binding {
    Binding { keys, action }
}

const MOVE: &[Binding] = &[
    bind(&[Key::Char('j'), Key::Down], Action::Down),
    bind(&[Key::Char('k'), Key::Up], Action::Up),
    bind(&[Key::Char('g'), Key::Home], Action::Top),
    bind(&[Key::Char('G'), Key::End], Action::Bottom),
    bind(&[Key::PageDown], Action::PageDown),
    bind(&[Key::PageUp], Action::PageUp),
    bind(&[Key::Ctrl('d')], Action::HalfDown),
    bind(&[Key::Ctrl('u')], Action::HalfUp),
];

const CLOSE: &[Binding] = &[bind(&[Key::Esc, Key::Char('h'), Key::Left], Action::Back)];

const SYSTEM: &[Binding] = &[
    bind(&[Key::Ctrl('c')], Action::Interrupt),
    bind(&[Key::Ctrl('l')], Action::Redraw),
    bind(&[Key::Ctrl('z')], Action::Suspend),
];

const COMMON: &[Binding] = &[
    bind(&[Key::Char('y')], Action::Copy),
    bind(&[Key::Char('T')], Action::Theme),
    bind(&[Key::Char('?')], Action::Help),
    bind(&[Key::Char('q')], Action::Quit),
];

const LIST: &[Binding] = &[
    bind(&[Key::Enter, Key::Char('l'), Key::Right], Action::Enter),
    bind(&[Key::Char('/')], Action::Filter),
    bind(&[Key::Char('s')], Action::Sort),
    bind(&[Key::Char('S')], Action::Reverse),
    bind(&[Key::Char('!')], Action::Problems),
];

const FLEET: &[Binding] = &[
    bind(&[Key::Char(' ')], Action::Mark),
    bind(&[Key::Char('*')], Action::MarkAll),
    bind(&[Key::Char('r')], Action::Reread),
    bind(&[Key::Char('R')], Action::RereadAll),
    bind(&[Key::Char('P')], Action::Pivot),
    bind(&[Key::Char('x')], Action::Explain),
];

const CAUSES: &[Binding] = &[
    bind(&[Key::Enter, Key::Char('l'), Key::Right], Action::Enter),
    bind(&[Key::Char('/')], Action::Filter),
    bind(&[Key::Char('P')], Action::Pivot),
    bind(&[Key::Char('x')], Action::Explain),
];

const HOST: &[Binding] = &[
    bind(&[Key::Char('1')], Action::ShowFindings),
    bind(&[Key::Char('2')], Action::ShowContainers),
    bind(&[Key::Char('3')], Action::ShowImages),
    bind(&[Key::Char('4')], Action::ShowDaemon),
    bind(&[Key::Char('5')], Action::ShowPermissions),
    bind(&[Key::Char('6')], Action::ShowHost),
    bind(&[Key::Char('7')], Action::ShowSwarm),
    bind(&[Key::Tab], Action::NextPane),
    bind(&[Key::BackTab], Action::PreviousPane),
    bind(&[Key::Char('z')], Action::Zoom),
    bind(&[Key::Char('x')], Action::Explain),
    bind(&[Key::Char('r')], Action::Reread),
    bind(&[Key::Char('>')], Action::NextHost),
    bind(&[Key::Char('<')], Action::PreviousHost),
];

const TEXT: &[Binding] = &[
    bind(&[Key::Char('/')], Action::Filter),
    bind(&[Key::Char('?')], Action::Help),
    bind(&[Key::Char('q'), Key::Char('x')], Action::Close),
];

const SORT: &[Binding] = &[
    bind(&[Key::Enter, Key::Char('l'), Key::Right], Action::Enter),
    bind(&[Key::Char('S')], Action::Reverse),
    bind(&[Key::Char('q'), Key::Char('s')], Action::Close),
];

const COPY: &[Binding] = &[
    bind(&[Key::Char('y')], Action::CopyRow),
    bind(&[Key::Char('i')], Action::CopyId),
    bind(&[Key::Char('j')], Action::CopyJson),
    bind(&[Key::Char('c')], Action::CopyCommand),
    bind(&[Key::Char('h')], Action::CopyHost),
    bind(&[Key::Esc, Key::Char('q'), Key::Left], Action::Back),
];

const QUIT: &[Binding] = &[
    bind(&[Key::Char('q')], Action::QuitNow),
    bind(&[Key::Esc, Key::Char('n'), Key::Left], Action::Back),
];

const KEYS: &[Binding] = &[
    bind(&[Key::Char(' ')], Action::Tick),
    bind(&[Key::Char('*')], Action::TickAll),
    bind(&[Key::Enter], Action::Trust),
    bind(&[Key::Esc, Key::Char('q'), Key::Left], Action::Decline),
];

// Every character is typed into the secret, so no other keys are left here.
const SECRET: &[Binding] = &[
    bind(&[Key::Enter], Action::Answer),
    bind(&[Key::Esc], Action::Decline),
];

/// What `key` means in `context`.
pub fn action(context: Context, key: Key) -> Option<Action> {
    context
        .tables()
        .iter()
        .copied()
        .flatten()
        .find(|binding| binding.keys.contains(&key))
        .map(|binding| binding.action)
}

/// The keys that mean `action` in `context`.
pub fn keys(context: Context, action: Action) -> &'static [Key] {
    context
        .tables()
        .iter()
        .copied()
        .flatten()
        .find(|binding| binding.action == action)
        .map_or(&[], |binding| binding.keys)
}

/// What the footer offers in `context`, the most useful first.
pub fn offered(context: Context) -> &'static [Action] {
    use Action as A;
    match context {
        Context::Fleet => &[
            A::Enter,
            A::Filter,
            A::Pivot,
            A::Sort,
            A::Problems,
            A::Reread,
            A::RereadAll,
            A::Mark,
            A::Explain,
            A::Copy,
            A::Help,
            A::Quit,
        ],
        Context::Causes => &[
            A::Enter,
            A::Back,
            A::Filter,
            A::Explain,
            A::Copy,
            A::Help,
            A::Quit,
        ],
        Context::Host => &[
            A::Enter,
            A::Back,
            A::Filter,
            A::Problems,
            A::Explain,
            A::Sort,
            A::Reread,
            A::Copy,
            A::NextHost,
            A::Zoom,
            A::Help,
            A::Quit,
        ],
        Context::Pane => &[
            A::Back,
            A::Down,
            A::Explain,
            A::Copy,
            A::Reread,
            A::NextHost,
            A::Zoom,
            A::Help,
            A::Quit,
        ],
        Context::Text => &[A::Back, A::Down, A::PageDown, A::Filter],
        Context::Sort => &[A::Enter, A::Reverse, A::Back],
        Context::Copy => &[
            A::CopyRow,
            A::CopyId,
            A::CopyJson,
            A::CopyCommand,
            A::CopyHost,
            A::Back,
        ],
        Context::Quit => &[A::QuitNow, A::Back],
        Context::Keys => &[A::Tick, A::Trust, A::Decline, A::TickAll, A::Down],
        Context::Secret => &[A::Answer, A::Decline],
    }
}
