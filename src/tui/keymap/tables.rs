//! The keys as they are where nobody changes them: tables, each for one place or shared by several.

use super::super::action::Action;
use super::super::key::Key;
use super::Context;

/// Keys that mean one action.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding {
    /// The keys; the first one is shown in the footer.
    pub keys: &'static [Key],
    /// What they mean.
    pub action: Action,
}

/// The tables of `context`: its own first, then those it shares.
pub(super) fn of(context: Context) -> &'static [&'static [Binding]] {
    match context {
        Context::Fleet => &[FLEET, LIST, MOVE, COMMON, CLOSE, SYSTEM],
        Context::Causes => &[CAUSES, MOVE, COMMON, CLOSE, SYSTEM],
        Context::Across => &[ACROSS, MOVE, COMMON, CLOSE, SYSTEM],
        Context::Host => &[HOST, LIST, MOVE, COMMON, CLOSE, SYSTEM],
        Context::Pane => &[HOST, MOVE, COMMON, CLOSE, SYSTEM],
        Context::Text => &[TEXT, MOVE, CLOSE, SYSTEM],
        Context::Sort => &[SORT, MOVE, CLOSE, SYSTEM],
        Context::Copy => &[COPY, SYSTEM],
        Context::Export => &[EXPORT, SYSTEM],
        Context::Themes => &[THEMES, MOVE, CLOSE, SYSTEM],
        Context::Quit => &[QUIT, SYSTEM],
        Context::Keys => &[KEYS, MOVE, SYSTEM],
        Context::Secret => &[SECRET, SYSTEM],
        Context::Palette => &[PALETTE, SYSTEM],
        Context::Repair => &[REPAIR, MOVE, SYSTEM],
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
    bind(&[Key::Char(':')], Action::Palette),
    bind(&[Key::Char('[')], Action::GoBack),
    bind(&[Key::Char(']')], Action::GoAhead),
    bind(&[Key::Char('I')], Action::Images),
    bind(&[Key::Char('W')], Action::Waivers),
    bind(&[Key::Char('y')], Action::Copy),
    bind(&[Key::Char('o')], Action::Export),
    bind(&[Key::Char('m')], Action::Mouse),
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
    bind(&[Key::Char('v')], Action::MarkRange),
    bind(&[Key::Char('*')], Action::MarkAll),
    bind(&[Key::Char('r')], Action::Reread),
    bind(&[Key::Char('R')], Action::RereadAll),
    bind(&[Key::Char('P')], Action::Pivot),
    bind(&[Key::Char('A')], Action::Across),
    bind(&[Key::Char('x')], Action::Explain),
];

const CAUSES: &[Binding] = &[
    bind(&[Key::Enter, Key::Char('l'), Key::Right], Action::Enter),
    bind(&[Key::Char('/')], Action::Filter),
    bind(&[Key::Char('P')], Action::Pivot),
    bind(&[Key::Char('x')], Action::Explain),
];

const ACROSS: &[Binding] = &[
    bind(&[Key::Enter, Key::Char('l'), Key::Right], Action::Enter),
    bind(&[Key::Char('/')], Action::Filter),
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
    bind(&[Key::Char('A')], Action::Across),
    bind(&[Key::Char('x')], Action::Explain),
    bind(&[Key::Char('f')], Action::Fix),
    bind(&[Key::Char('u')], Action::Undo),
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

const EXPORT: &[Binding] = &[
    bind(&[Key::Char('c')], Action::ExportCsv),
    bind(&[Key::Char('j')], Action::ExportJson),
    bind(&[Key::Char('m')], Action::ExportMarkdown),
    bind(&[Key::Esc, Key::Char('q'), Key::Left], Action::Back),
];

const THEMES: &[Binding] = &[
    bind(&[Key::Enter, Key::Char('l'), Key::Right], Action::Enter),
    bind(&[Key::Char('T')], Action::Theme),
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

// Here too every character is typed.
const PALETTE: &[Binding] = &[
    bind(&[Key::Enter], Action::Go),
    bind(&[Key::Esc], Action::Leave),
];

// Enter alone applies nothing: it ends a name that was typed, where one is asked for.
const REPAIR: &[Binding] = &[
    bind(&[Key::Char('a')], Action::Apply),
    bind(&[Key::Char('A')], Action::ApplyStrongly),
    bind(&[Key::Enter], Action::ApplyTyped),
    bind(&[Key::Char('u')], Action::Undo),
    bind(
        &[Key::Esc, Key::Char('n'), Key::Char('q'), Key::Left],
        Action::Back,
    ),
];

/// What the footer offers while a repair is looked at.
const OF_REPAIR: &[Action] = &[
    Action::Apply,
    Action::ApplyStrongly,
    Action::ApplyTyped,
    Action::Undo,
    Action::Back,
    Action::Down,
    Action::PageDown,
];

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
            A::Palette,
            A::Images,
            A::Waivers,
            A::Explain,
            A::Copy,
            A::Help,
            A::Quit,
        ],
        Context::Causes | Context::Across => &[
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
            A::Fix,
            A::Explain,
            A::Across,
            A::Sort,
            A::Reread,
            A::Undo,
            A::Copy,
            A::NextHost,
            A::Zoom,
            A::Help,
            A::Quit,
        ],
        Context::Pane => &[
            A::Back,
            A::Down,
            A::Fix,
            A::Explain,
            A::Undo,
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
        Context::Export => &[A::ExportCsv, A::ExportJson, A::ExportMarkdown, A::Back],
        Context::Themes => &[A::Enter, A::Down, A::Back],
        Context::Quit => &[A::QuitNow, A::Back],
        Context::Keys => &[A::Tick, A::Trust, A::Decline, A::TickAll, A::Down],
        Context::Secret => &[A::Answer, A::Decline],
        Context::Palette => &[A::Go, A::Leave],
        Context::Repair => OF_REPAIR,
    }
}
