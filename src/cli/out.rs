//! Standard output and standard error. The only place that writes to either.

use std::fmt;
use std::io::{self, ErrorKind, IsTerminal as _, Write};

use super::args::{Color, Common};
use crate::app::environment::Environment;
use crate::report::style::{COLUMNS, Palette, Style};

/// A writer for which a reader that went away is no error: everything after that is dropped in silence.
///
/// Whoever pipes into `head` has seen enough; the sweep still ends with the exit code it deserves.
#[derive(Debug)]
pub(super) struct Quiet<W> {
    inner: W,
    gone: bool,
}

impl<W: Write> Quiet<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, gone: false }
    }

    fn forgive<T>(&mut self, done: io::Result<T>, instead: T) -> io::Result<T> {
        match done {
            Err(e) if e.kind() == ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(instead)
            }
            done => done,
        }
    }
}

impl<W: Write> Write for Quiet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        let done = self.inner.write(bytes);
        self.forgive(done, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        let done = self.inner.flush();
        self.forgive(done, ())
    }
}

/// Standard output, buffered: whoever writes flushes.
pub(super) fn stdout() -> impl Write {
    io::BufWriter::new(Quiet::new(io::stdout()))
}

/// Standard error; nothing is done about a lost one, for there is nobody left to tell.
pub(super) fn stderr() -> impl Write {
    Quiet::new(io::stderr())
}

/// Writes `text` to standard output.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Lines that may hold words from hosts, made harmless, each with its end.
pub(super) fn lines(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&crate::domain::text::clean_whole(line));
        text.push('\n');
    }
    text
}

/// Writes one line to standard error.
pub(super) fn complain(line: impl fmt::Display) {
    let mut out = stderr();
    // Nobody is left to tell where even this fails.
    let _lost = writeln!(out, "{line}");
}

/// Whether somebody sits at a terminal and sees what is written there.
pub(super) fn person() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// What is known of the terminal behind a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    /// Whether there is one.
    pub(super) there: bool,
    /// Its columns, or the usual number.
    pub(super) columns: usize,
}

/// The terminal behind standard output.
pub(super) fn terminal() -> Terminal {
    Terminal::of(
        io::stdout().is_terminal(),
        terminal_size::terminal_size_of(io::stdout()),
    )
}

/// The terminal behind standard error.
pub(super) fn error_terminal() -> Terminal {
    Terminal::of(
        io::stderr().is_terminal(),
        terminal_size::terminal_size_of(io::stderr()),
    )
}

impl Terminal {
    /// A file or a pipe.
    pub(super) const NONE: Self = Self {
        there: false,
        columns: COLUMNS,
    };

    fn of(there: bool, size: Option<(terminal_size::Width, terminal_size::Height)>) -> Self {
        let columns = size.map_or(COLUMNS, |(width, _)| usize::from(width.0));
        Self {
            there,
            columns: if there { columns } else { COLUMNS },
        }
    }

    /// How text for this stream looks.
    pub(super) fn style(self, common: &Common, environment: &Environment) -> Style {
        let dumb = environment.term == "dumb";
        let colour = match common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.there && !environment.no_color && !dumb,
        };
        let palette = if colour {
            Palette::COLOUR
        } else {
            Palette::PLAIN
        };
        let ascii = common.ascii || (self.there && !environment.utf8);
        Style::new(self.columns, ascii, palette)
    }
}
