//! A real pseudo-terminal with the real program in it.

use std::io::{Read as _, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longest wait for something to appear; only ever reached by a failing test.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal with the program in it.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    pub(crate) screen: vt100::Parser,
    _state: tempfile::TempDir,
}

impl Terminal {
    pub(crate) fn start(args: &[&str], rows: u16, cols: u16) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(args);
        command.env_clear();
        Self::run(command, tempfile::tempdir().unwrap(), rows, cols)
    }

    pub(crate) fn run(
        mut command: CommandBuilder,
        state: tempfile::TempDir,
        rows: u16,
        cols: u16,
    ) -> Self {
        let pair = native_pty_system().openpty(size(rows, cols)).unwrap();
        command.env("PLIMSOLL_STATE", state.path());
        command.env("HOME", state.path());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (told, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if told.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            output,
            screen: vt100::Parser::new(cells(rows), cells(cols), 0),
            _state: state,
        }
    }

    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Reads until `done` says so.
    pub(crate) fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                }
                Err(RecvTimeoutError::Timeout) => panic!("no {what} on\n{}", self.text()),
                Err(RecvTimeoutError::Disconnected) => {
                    assert!(done(self), "it ended without {what}:\n{}", self.text());
                }
            }
        }
    }

    pub(crate) fn until_text(&mut self, text: &str) {
        self.until(text, |terminal| terminal.text().contains(text));
    }

    /// On the screen of a host: lists the one finding of `control` alone.
    pub(crate) fn only_finding(&mut self, control: &str) {
        self.until_text("1 Findings");
        self.press(&format!("/rule:{control}\r"));
        let alone = format!("filter rule:{control}");
        self.until("the finding alone", |terminal| {
            let text = terminal.text();
            text.contains("1/1 ") && text.contains(&alone)
        });
    }

    /// Presses `a` until the plan shown has been there long enough to be agreed to, and waits for its end.
    pub(crate) fn agree(&mut self, end: &str) {
        self.press("a");
        self.until("an answer", |terminal| {
            let text = terminal.text();
            !text.contains("applies it") || text.contains("typed before")
        });
        while self.text().contains("applies it") {
            self.press("a");
            let seen = self.text();
            self.until("another frame", |terminal| terminal.text() != seen);
        }
        self.until_text(end);
    }

    pub(crate) fn resize(&mut self, rows: u16, cols: u16) {
        self.master.resize(size(rows, cols)).unwrap();
        self.screen.screen_mut().set_size(cells(rows), cells(cols));
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end and checks that nothing of the dashboard is left in the terminal; gives the exit code.
    pub(crate) fn ended(mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let text = self.text();
                    self.child.kill().unwrap();
                    panic!("it does not end:\n{text}");
                }
            }
        }
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "still in bracketed paste");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is still captured"
        );
        drop(self.keys);
        self.child.wait().unwrap().exit_code()
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}
