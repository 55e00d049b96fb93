//! The dashboard: a pure function of events.
//!
//! [`update::update`] takes a message in and says what is to be done; [`view::draw`] shows the state. Neither reads a
//! clock, a file or a socket. This file is the loop around them, and the only one here that waits.
//!
//! The application sends [`msg::News`] and receives [`effect::Effect`]s:
//! - [`News::Fleet`] for every event of a sweep. A sweep that begins with hosts that are all known
//!   already reads those again and leaves the others as they are.
//! - [`Effect::Reread`] and [`Effect::CancelSweep`] start and stop sweeps.
//! - [`Effect::OpenHost`] asks for the whole report of a host, passes and evidence included, which comes back as
//!   [`News::Opened`]. Hosts are numbered as the first sweep listed them.
//!
//! Start reading with [`model`], then [`update`], then [`view`].

pub mod action;
pub mod canvas;
pub mod change;
pub mod color;
pub mod copy;
pub mod cursor;
pub mod effect;
pub mod export;
pub mod fleet;
pub mod glyph;
pub mod guard;
pub mod held;
pub mod input;
pub mod keeper;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod line;
pub mod model;
pub mod mouse;
pub mod msg;
pub mod pane;
pub mod screen;
pub mod session;
pub mod svg;
pub mod theme;
pub mod totals;
pub mod trail;
pub mod update;
pub mod view;
pub mod views;
pub mod widget;
pub mod words;

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event, EventStream, MouseButton, MouseEvent, MouseEventKind};
use futures_util::StreamExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::question::{Answer, QuestionId};
use color::Depth;
use effect::Effect;
use keeper::{Clipboard, Keeper};
use key::Key;
use model::{Model, Setup};
use mouse::Mouse;
use msg::{Msg, News};
use session::Session;
use theme::Theme;

/// Events change the screen at most this often; keys do at once.
const FRAME: Duration = Duration::from_millis(100);

/// Most messages taken in before the screen is looked after again.
const DRAINED: usize = 4096;

/// Exit code after SIGINT.
const INTERRUPTED: u8 = 130;
/// Exit code after SIGTERM and SIGHUP.
const TERMINATED: u8 = 143;
/// Exit code after a panic.
const INTERNAL: u8 = 70;

/// How the dashboard is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scope, mode, signs, catalogue; its list of themes is filled in from `themes`.
    pub setup: Setup,
    /// Colours of the terminal.
    pub depth: Depth,
    /// The themes to go through; the first stands in where sixteen colours cannot show fixed ones, the last where
    /// there is no colour. [`Theme::built_in`] gives such a list.
    pub themes: Vec<Theme>,
    /// How the terminal's clipboard is reached.
    pub clipboard: Clipboard,
}

/// Shows the dashboard until the person leaves it, and says with which exit code.
///
/// `news` comes from the application, `effects` goes to it, `clock` gives milliseconds since 1970-01-01 UTC. The
/// terminal is given back whatever happens.
pub async fn run(
    settings: Settings,
    news: mpsc::Receiver<News>,
    effects: mpsc::Sender<Effect>,
    clock: Clock,
    keeper: Box<dyn Keeper>,
) -> io::Result<u8> {
    let Settings {
        mut setup,
        depth,
        themes,
        clipboard,
    } = settings;
    setup.themes = themes.iter().map(|theme| theme.name.clone()).collect();
    let looks = themes
        .iter()
        .map(|theme| theme.at(depth, &themes))
        .collect();
    let signals = Signals::new()?;
    let mut session = Session::start()?;
    if setup.mouse {
        session.mouse(true)?;
    }
    let size = session.size()?;
    let dashboard = Dashboard {
        model: Model::new(setup, size, clock()),
        looks,
        session,
        effects,
        clock,
        drawn: None,
        answers: Vec::new(),
        clipboard,
        keeper,
    };
    dashboard.run(news, signals).await
}

/// Tells the time, milliseconds since 1970-01-01 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The running dashboard.
struct Dashboard {
    model: Model,
    looks: Vec<Theme>,
    session: Session,
    effects: mpsc::Sender<Effect>,
    clock: Clock,
    /// Revision and theme of the frame on the screen.
    drawn: Option<(u64, usize)>,
    /// Answers on their way to the application.
    answers: Vec<(QuestionId, Option<Answer>)>,
    clipboard: Clipboard,
    keeper: Box<dyn Keeper>,
}

/// What a message led to.
enum Next {
    Stay,
    /// The stream of keys must be opened anew.
    Resume,
    Leave(u8),
}

impl Dashboard {
    async fn run(mut self, mut news: mpsc::Receiver<News>, mut signals: Signals) -> io::Result<u8> {
        let mut keys = EventStream::new();
        let mut ticks = interval(FRAME);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut listening = true;
        self.paint()?;
        loop {
            let next = tokio::select! {
                biased;
                code = signals.next() => Next::Leave(code),
                event = keys.next() => {
                    let next = self.keys(&mut keys, event).await?;
                    self.paint()?;
                    next
                }
                _ = ticks.tick() => {
                    let next = self.take(Msg::Tick((self.clock)()))?;
                    self.paint()?;
                    next
                }
                first = news.recv(), if listening => {
                    listening = first.is_some();
                    self.news(first, &mut news)?
                }
            };
            match next {
                Next::Leave(code) => return Ok(code),
                _ if guard::panicked() => return Ok(INTERNAL),
                Next::Resume => {
                    // The old stream's reader must be gone before the shell gets the terminal.
                    drop(keys);
                    self.session.suspend()?;
                    keys = EventStream::new();
                    let (width, height) = self.session.size()?;
                    self.take(Msg::Resize(width, height))?;
                    self.drawn = None;
                    self.paint()?;
                }
                Next::Stay => {}
            }
        }
    }

    /// Takes in what was pressed so far, so that a burst of keys costs one frame.
    async fn keys(
        &mut self,
        keys: &mut EventStream,
        first: Option<io::Result<Event>>,
    ) -> io::Result<Next> {
        let mut event = first;
        for _ in 0..DRAINED {
            let Some(read) = event else {
                // The terminal is gone.
                return Ok(Next::Leave(TERMINATED));
            };
            let msg = match read? {
                Event::Key(key) => Key::from_event(key).map(Msg::Key),
                Event::Paste(text) => Some(Msg::Paste(text)),
                Event::Resize(width, height) => Some(Msg::Resize(width, height)),
                Event::Mouse(event) => mouse(event).map(Msg::Mouse),
                _ => None,
            };
            if let Some(msg) = msg {
                self.take(Msg::Tick((self.clock)()))?;
                let next = self.take(msg)?;
                if !matches!(next, Next::Stay) {
                    return Ok(next);
                }
            }
            // Asked with this task's own waker: the stream keeps the waker of the first question that it had no answer
            // to, and with any other one the next key would only be seen with the next tick.
            match poll_fn(|cx| Poll::Ready(keys.poll_next_unpin(cx))).await {
                Poll::Ready(more) => event = more,
                Poll::Pending => break,
            }
        }
        Ok(Next::Stay)
    }

    /// Takes in what the application sent so far; the screen follows with the next tick.
    fn news(&mut self, first: Option<News>, news: &mut mpsc::Receiver<News>) -> io::Result<Next> {
        let mut item = first;
        for _ in 0..DRAINED {
            let Some(message) = item else {
                break;
            };
            let next = self.take(message.into())?;
            if !matches!(next, Next::Stay) {
                return Ok(next);
            }
            item = news.try_recv().ok();
        }
        Ok(Next::Stay)
    }

    /// Updates the state and does what is asked for.
    fn take(&mut self, msg: Msg) -> io::Result<Next> {
        let mut result = Next::Stay;
        for effect in update::update(&mut self.model, msg) {
            match effect {
                Effect::Quit(code) => result = Next::Leave(code),
                Effect::Suspend => result = Next::Resume,
                Effect::Redraw => {
                    self.session.clear()?;
                    self.drawn = None;
                }
                Effect::Copy(text) => self.copy(&text)?,
                Effect::Export { name, text } => self.save(&name, &text),
                Effect::Remember(views) => self.keeper.remember(&views),
                Effect::Mouse(on) => self.session.mouse(on)?,
                Effect::Answer(answers) => self.answers.extend(answers),
                effect => {
                    // A full queue means that the application is busy with what was asked before; keys stay alive.
                    if let Err(TrySendError::Full(_)) = self.effects.try_send(effect) {
                        self.model.tell("busy: press the key again");
                    }
                }
            }
        }
        self.hand_over();
        Ok(result)
    }

    /// Puts `text` on the clipboard; where none can be reached, into a file.
    fn copy(&mut self, text: &str) -> io::Result<()> {
        if self.session.copy(self.clipboard, text)? {
            return Ok(());
        }
        match self.keeper.save("plimsoll-copied.txt", text) {
            Ok(place) => self
                .model
                .tell(format!("no clipboard takes this here: written to {place}")),
            Err(why) => self.model.tell(why),
        }
        Ok(())
    }

    fn save(&mut self, name: &str, text: &str) {
        match self.keeper.save(name, text) {
            Ok(place) => self.model.tell(format!("written to {place}")),
            Err(why) => self.model.tell(why),
        }
    }

    /// Hands answers over; where the application is busy, with the next message: a host waits for each of them.
    fn hand_over(&mut self) {
        if self.answers.is_empty() {
            return;
        }
        let answers = Effect::Answer(std::mem::take(&mut self.answers));
        if let Err(TrySendError::Full(Effect::Answer(answers))) = self.effects.try_send(answers) {
            self.answers = answers;
        }
    }

    fn paint(&mut self) -> io::Result<()> {
        let now = Some((self.model.revision, self.model.theme));
        if guard::panicked() || self.drawn == now {
            return Ok(());
        }
        if let Some(theme) = self.looks.get(self.model.theme) {
            self.session.paint(&self.model, theme)?;
        }
        self.drawn = now;
        Ok(())
    }
}

/// What a mouse event means here; most mean nothing.
fn mouse(event: MouseEvent) -> Option<Mouse> {
    let (x, y) = (event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Mouse::Press(x, y)),
        MouseEventKind::ScrollDown => Some(Mouse::Wheel(true, x, y)),
        MouseEventKind::ScrollUp => Some(Mouse::Wheel(false, x, y)),
        _ => None,
    }
}

/// The signals that end the process.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one of them; the exit code it asks for.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => TERMINATED,
            _ = self.hang_up.recv() => TERMINATED,
        }
    }
}
