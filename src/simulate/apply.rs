//! The apply script's twin: takes the script and its operations as a host's shell would, and changes what is remembered of the
//! simulated host. A test runs the real script on the same operations.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use super::files::{self, Changes, Recorded};
use super::recording::ProbeRecording;
use crate::domain::plan::Access;
use crate::remedy::script::{PROTOCOL, SCRIPT};

/// How an operation ends; the script's own numbers.
const DONE: u8 = 0;
const DIFFERENT: u8 = 2;
const REFUSED: u8 = 3;
const NOT_LOCKED: u8 = 6;

/// One run of the script on a simulated host.
pub struct Twin<'a> {
    recorded: &'a ProbeRecording,
    changes: &'a Mutex<Changes>,
    uid: u32,
    heard: Vec<u8>,
    began: bool,
    locked: bool,
}

impl<'a> Twin<'a> {
    /// A run as user `uid` on a host of which this was recorded and that was changed so far.
    pub fn new(recorded: &'a ProbeRecording, changes: &'a Mutex<Changes>, uid: u32) -> Self {
        Self {
            recorded,
            changes,
            uid,
            heard: Vec::new(),
            began: false,
            locked: false,
        }
    }

    /// Takes `bytes` of standard input; gives what the script writes now, and whether it has ended.
    pub fn feed(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        self.heard.extend_from_slice(bytes);
        let mut out = String::new();
        if !self.began {
            // A script that has not arrived whole does nothing.
            if !self.heard.ends_with(SCRIPT.as_bytes()) {
                return (Vec::new(), false);
            }
            self.began = true;
            self.heard.clear();
            // Writing to a string cannot fail.
            let _infallible = writeln!(out, "\u{1e}plimsoll-apply {PROTOCOL} {}", self.uid);
        }
        while let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.heard.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).into_owned();
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.first() == Some(&"end") {
                out.push_str("\u{1e}bye\n");
                return (out.into_bytes(), true);
            }
            let (status, said) = self.operation(&words);
            out.push('\u{1e}');
            for byte in said.bytes() {
                let _infallible = write!(out, "{byte:02x}");
            }
            let _infallible = writeln!(out, " {status}");
        }
        (out.into_bytes(), false)
    }

    fn operation(&mut self, words: &[&str]) -> (u8, String) {
        match words {
            ["lock", _, _] => {
                self.locked = true;
                (DONE, String::new())
            }
            ["look", path] => self.look(&decode(path)),
            ["note" | "access", ..] if !self.locked => {
                (NOT_LOCKED, "the lock was taken over\n".to_owned())
            }
            ["note", _] => (DONE, String::new()),
            ["access", manner, path, id, own, mode, new_own, new_mode] => {
                let from = access(own, mode);
                let to = access(new_own, new_mode);
                match (from, to) {
                    (Some(from), Some(to)) => self.access(manner, path, id, from, to),
                    _ => (REFUSED, "owners and modes are numbers\n".to_owned()),
                }
            }
            _ => (REFUSED, "there is no operation of that name\n".to_owned()),
        }
    }

    /// What is at `path` now.
    fn now(&self, path: &str) -> Option<Recorded> {
        let mut found = files::recorded(self.recorded, path)?;
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(access) = changes.get(path) {
            found.access = *access;
            found.bits = (found.bits & !0o7777) | access.mode;
        }
        Some(found)
    }

    fn look(&self, path: &str) -> (u8, String) {
        let Some(found) = self.now(path) else {
            return (DIFFERENT, format!("there is nothing at {path}\n"));
        };
        let said = format!(
            "1:{} {:x} {}:{}\n",
            found.number, found.bits, found.access.uid, found.access.gid
        );
        (DONE, said)
    }

    fn access(
        &self,
        manner: &str,
        shown: &str,
        id: &str,
        from: Access,
        to: Access,
    ) -> (u8, String) {
        let path = decode(shown);
        let Some(found) = self.now(&path) else {
            return (DIFFERENT, format!("there is nothing at {path}\n"));
        };
        if id != format!("1:{}", found.number) {
            return (DIFFERENT, format!("{path} is another file than before\n"));
        }
        let folder = found.bits & 0o170_000 == 0o040_000;
        match manner {
            "narrow" if to.uid != 0 && (to.uid, to.gid) != (from.uid, from.gid) => {
                return (REFUSED, "narrowing gives to root alone\n".to_owned());
            }
            "narrow" if to.mode & !from.mode & !(if folder { 0o111 } else { 0 }) != 0 => {
                return (REFUSED, "narrowing adds no bits\n".to_owned());
            }
            "restore" | "narrow" => {}
            _ => return (REFUSED, "there is no manner of that name\n".to_owned()),
        }
        if found.access != from {
            return (DIFFERENT, format!("{path} is not as before\n"));
        }
        let mut said = String::new();
        let mut mode = from.mode;
        if (from.uid, from.gid) != (to.uid, to.gid) {
            let _infallible = writeln!(said, "+ chown {}:{} {shown}", to.uid, to.gid);
            if !folder {
                // The kernel takes setuid, and setgid of what the group may run.
                mode &= if mode & 0o010 == 0 { !0o4000 } else { !0o6000 };
            }
        }
        if mode != to.mode {
            let _infallible = writeln!(said, "+ chmod {:05o} {shown}", to.mode);
        }
        self.changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path, to);
        (DONE, said)
    }
}

/// `OWNER:GROUP` and a mode in octal.
fn access(own: &str, mode: &str) -> Option<Access> {
    let (uid, gid) = own.split_once(':')?;
    Some(Access {
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        mode: u32::from_str_radix(mode, 8).ok()?,
    })
}

/// What the shell's `printf %b` makes of a word of ours: `\0` and three octal digits are a byte.
fn decode(word: &str) -> String {
    let mut raw = Vec::new();
    let mut rest = word.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind
            .get(..4)
            .filter(|_| *first == b'\\')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let Some(byte) = escaped {
            raw.push(byte);
            rest = behind.get(4..).unwrap_or_default();
        } else {
            raw.push(*first);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&raw).into_owned()
}
