//! The terminal of this process as a place to ask: lines out, lines in, the latter unseen where they are secret.
//!
//! Opens the terminal itself, so that reports and pipes on the standard streams are left alone. Whatever happens, the
//! terminal shows again what is typed.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::sync::mpsc as threads;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::domain::question::Secret;

/// Longest line that a terminal hands over.
const LONGEST: usize = 4096;

/// The terminal.
pub(super) struct Tty {
    file: File,
    want: threads::Sender<()>,
    lines: mpsc::UnboundedReceiver<io::Result<Option<Secret>>>,
    /// Whether the reader waits for a line already: one that was asked for and then given up.
    reading: bool,
}

impl Tty {
    /// Opens the terminal of this process.
    pub(super) fn open() -> io::Result<Self> {
        let file = File::options().read(true).write(true).open("/dev/tty")?;
        let input = file.try_clone()?;
        let (want, wanted) = threads::channel();
        let (tell, lines) = mpsc::unbounded_channel();
        // A thread of its own: a read that nobody answers must not hold up the end of the program.
        std::thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || {
                while wanted.recv().is_ok() {
                    if tell.send(line(&input)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self {
            file,
            want,
            lines,
            reading: false,
        })
    }

    /// Writes `text`, which must be clean.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.flush()
    }

    /// The next line typed, without its end; nothing where input ends. What was typed before is thrown away: it was
    /// meant for something else.
    pub(super) async fn line(&mut self, echo: bool) -> io::Result<Option<Secret>> {
        let mode = Mode::set(&self.file, echo)?;
        if !self.reading {
            let gone = |_gone| io::Error::from(io::ErrorKind::BrokenPipe);
            self.want.send(()).map_err(gone)?;
            self.reading = true;
        }
        let line = self.lines.recv().await;
        self.reading = false;
        drop(mode);
        if !echo {
            self.say("\n")?;
        }
        line.unwrap_or(Ok(None))
    }
}

/// How the terminal treats what is typed, until this is dropped.
struct Mode {
    file: File,
    before: Termios,
}

impl Mode {
    fn set(file: &File, echo: bool) -> io::Result<Self> {
        let before = tcgetattr(file)?;
        let mut now = before.clone();
        now.local_modes.insert(LocalModes::ICANON);
        now.local_modes.set(LocalModes::ECHO, echo);
        tcsetattr(file, OptionalActions::Flush, &now)?;
        Ok(Self {
            file: file.try_clone()?,
            before,
        })
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        if tcsetattr(&self.file, OptionalActions::Now, &self.before).is_err() {
            // The terminal is gone; there is nothing left to restore.
        }
    }
}

fn line(mut input: &File) -> io::Result<Option<Secret>> {
    let mut bytes = Zeroizing::new([0_u8; LONGEST]);
    let read = input.read(bytes.as_mut_slice())?;
    let typed = bytes.get(..read).unwrap_or_default();
    if typed.is_empty() {
        return Ok(None);
    }
    // Bytes that are no text cannot be what was meant; they make a wrong answer, which is asked for again.
    let text = std::str::from_utf8(typed).unwrap_or_default();
    Ok(Some(Secret::from(text)))
}
