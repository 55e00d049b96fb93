//! One terminal session: frames, clipboard, suspension.

use std::io::{self, Write};

use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::guard::{self, Guard};
use super::keeper::Clipboard;
use super::model::Model;
use super::theme::Theme;
use super::view;

/// Longest text that is put on the clipboard, in bytes; terminals refuse more.
const MAX_COPY: usize = 64 * 1024;

/// Standard output, a frame at a time. What is left of a frame when the terminal was given back (after a panic in the
/// middle of drawing, say) is thrown away: it would garble the shell's screen.
#[derive(Debug, Default)]
struct Output {
    frame: Vec<u8>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let frame = std::mem::take(&mut self.frame);
        if guard::is_taken() {
            let mut out = io::stdout().lock();
            out.write_all(&frame)?;
            out.flush()?;
        }
        Ok(())
    }
}

/// The terminal, taken.
#[derive(Debug)]
pub struct Session {
    terminal: Terminal<CrosstermBackend<Output>>,
    guard: Option<Guard>,
    /// Whether the mouse is ours.
    mouse: bool,
}

impl Session {
    /// Takes the terminal.
    pub fn start() -> io::Result<Self> {
        // Our themes take colours away where there are to be none; the library's own way of doing so would reset
        // bold and reverse as well.
        crossterm::style::force_color_output(true);
        let guard = Guard::take()?;
        Ok(Self {
            terminal: Terminal::new(CrosstermBackend::new(Output::default()))?,
            guard: Some(guard),
            mouse: false,
        })
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws the state.
    pub fn paint(&mut self, model: &Model, theme: &Theme) -> io::Result<()> {
        paint(&mut self.terminal, model, theme)
    }

    /// Forgets what is on the screen, so that the next frame draws every cell.
    pub fn clear(&mut self) -> io::Result<()> {
        // The library's own `clear` asks the terminal for the cursor's place and waits for an answer that the reader
        // of keys would swallow; a resize to the same size clears without asking.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    /// Puts `text` on the clipboard of the terminal (OSC 52), wherever that terminal is; whether it has one that takes
    /// as much.
    pub fn copy(&mut self, clipboard: Clipboard, text: &str) -> io::Result<bool> {
        let Some(sequence) = sequence(clipboard, text) else {
            return Ok(false);
        };
        let writer = self.terminal.backend_mut();
        writer.write_all(sequence.as_bytes())?;
        Write::flush(writer)?;
        Ok(true)
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        let writer = self.terminal.backend_mut();
        if on {
            queue!(writer, EnableMouseCapture)?;
        } else {
            queue!(writer, DisableMouseCapture)?;
        }
        Write::flush(writer)
    }

    /// Gives the terminal back, stops this process until the shell continues it, and takes the terminal again.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.guard = None;
        #[cfg(unix)]
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.guard = Some(Guard::take()?);
        // Giving the terminal back gave the mouse back with it.
        if self.mouse {
            self.mouse(true)?;
        }
        self.clear()
    }
}

/// Draws the state as one update of the screen; the update is ended even if drawing fails.
pub fn paint<W: Write>(
    terminal: &mut Terminal<CrosstermBackend<W>>,
    model: &Model,
    theme: &Theme,
) -> io::Result<()> {
    queue!(terminal.backend_mut(), BeginSynchronizedUpdate)?;
    let drawn = terminal
        .draw(|frame| view::draw(model, theme, frame))
        .map(|_| ());
    queue!(terminal.backend_mut(), EndSynchronizedUpdate)?;
    Write::flush(terminal.backend_mut())?;
    drawn
}

/// The sequence that puts `text` on the clipboard, wrapped for what stands between; none where a terminal would refuse
/// it or cut it.
pub fn sequence(clipboard: Clipboard, text: &str) -> Option<String> {
    if text.len() > MAX_COPY {
        return None;
    }
    let plain = format!("\u{1b}]52;c;{}\u{7}", base64(text.as_bytes()));
    Some(match clipboard {
        Clipboard::Terminal => plain,
        Clipboard::Tmux => format!(
            "\u{1b}Ptmux;{}\u{1b}\\",
            plain.replace('\u{1b}', "\u{1b}\u{1b}")
        ),
        Clipboard::Screen => screen(&plain),
        Clipboard::File => return None,
    })
}

/// `sequence` in pieces that GNU screen hands on: it takes no long ones.
fn screen(sequence: &str) -> String {
    const PIECE: usize = 512;
    let mut out = String::new();
    for piece in sequence.as_bytes().chunks(PIECE) {
        out.push_str("\u{1b}P");
        // The whole is ASCII, so that no piece cuts a character.
        out.push_str(&String::from_utf8_lossy(piece));
        out.push_str("\u{1b}\\");
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut three = [0; 3];
        for (to, from) in three.iter_mut().zip(chunk) {
            *to = *from;
        }
        let [a, b, c] = three.map(u32::from);
        let bits = a << 16 | b << 8 | c;
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = usize::try_from(bits >> shift & 63)
                .ok()
                .and_then(|at| LETTERS.get(at));
            match letter {
                Some(letter) if index <= chunk.len() => out.push(char::from(*letter)),
                _ => out.push('='),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::keeper::Clipboard;
    use super::{MAX_COPY, sequence};

    #[test]
    fn the_clipboard_gets_base64() {
        for (text, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar\u{ff}", "Zm9vYmFyw78="),
        ] {
            let plain = format!("\u{1b}]52;c;{coded}\u{7}");
            assert_eq!(sequence(Clipboard::Terminal, text), Some(plain));
        }
        let wrapped = "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;Zg==\u{7}\u{1b}\\";
        assert_eq!(sequence(Clipboard::Tmux, "f").as_deref(), Some(wrapped));
        let long = sequence(Clipboard::Screen, &"x".repeat(2_000)).unwrap();
        assert!(long.split("\u{1b}P").all(|piece| piece.len() <= 514));
        assert_eq!(sequence(Clipboard::File, "f"), None);
        let most = "x".repeat(MAX_COPY + 1);
        assert_eq!(sequence(Clipboard::Terminal, &most), None, "never cut");
    }
}
