//! The terminal while the dashboard has it, and how it is given back: on quitting, errors, signals and panics.
//!
//! Every step of giving it back is tried even if one before it fails, in reverse order of taking it.

use std::io::{self, Write};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste};
use crossterm::queue;
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether anything panicked since the terminal was first taken.
static PANICKED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Holds the terminal; dropping it gives the terminal back.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal. Panics give it back first, so that their message can be read.
    pub fn take() -> io::Result<Self> {
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                PANICKED.store(true, Ordering::SeqCst);
                give_back();
                before(info);
            }));
        });
        let guard = Self(());
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        enter(&mut io::stdout())?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether the terminal is ours now; nothing may be written to it when it is not.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Whether anything panicked; the dashboard then has no terminal any more and ends.
pub fn panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}

/// Gives the terminal back, once.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        leave(&mut io::stdout());
        attempt(disable_raw_mode());
    }
}

/// Writes what takes the screen.
pub fn enter(out: &mut impl Write) -> io::Result<()> {
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    out.flush()
}

/// Writes what gives the screen back: ends a frame that was under way, switches everything off that was or may be on,
/// and shows the cursor.
pub fn leave(out: &mut impl Write) {
    attempt(queue!(out, EndSynchronizedUpdate));
    attempt(queue!(out, SetAttribute(Attribute::Reset)));
    attempt(queue!(out, DisableMouseCapture));
    attempt(queue!(out, DisableBracketedPaste));
    attempt(queue!(out, LeaveAlternateScreen));
    attempt(queue!(out, Show));
    attempt(out.flush());
}

/// A step that is tried whatever came of the one before; there is nobody left to tell.
fn attempt(step: io::Result<()>) {
    drop(step);
}
