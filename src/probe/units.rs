//! The sections `units` (what systemd says) and `unit-files` (the usual places, where systemd does not run).

use std::collections::BTreeMap;

use crate::domain::evidence::host::UnitState;
use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;

use super::frame::Answer;
use super::path::{self, fields};

/// Properties that rules read.
const KEPT: &[&str] = &[
    "LoadState",
    "KillMode",
    "Delegate",
    "Restart",
    "TasksMax",
    "LimitNOFILE",
    "OOMScoreAdjust",
    "Listen",
    "SocketMode",
    "SocketUser",
    "SocketGroup",
    "NeedDaemonReload",
];

/// What the rest of the program calls the engine's unit, whatever it is called on the host.
const ALIASES: &[(&str, &str)] = &[("snap.docker.dockerd.service", "docker.service")];

/// What is known of units.
#[derive(Debug, Clone)]
pub(super) struct Units {
    /// State by name, where systemd runs.
    pub(super) states: Known<BTreeMap<String, UnitState>>,
    /// Main file by name.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Drop-ins by name.
    pub(super) drop_ins: BTreeMap<String, Vec<Vec<u8>>>,
    /// The main process of the engine's unit.
    pub(super) main_pid: Option<i64>,
    /// Paths of sockets on which docker.socket listens.
    pub(super) listens: Vec<String>,
    /// The group that docker.socket gives its socket.
    pub(super) socket_group: Option<String>,
}

impl Units {
    /// Reads both sections; systemd's own word wins.
    pub(super) fn read(answer: &Answer) -> Self {
        let mut units = Self {
            states: states(answer),
            files: BTreeMap::new(),
            drop_ins: BTreeMap::new(),
            main_pid: None,
            listens: Vec::new(),
            socket_group: None,
        };
        if units.states.is_ok()
            && let Ok(raw) = answer.whole("units", "systemctl")
        {
            for unit in blocks(raw) {
                units.learn(&unit);
            }
        } else if let Ok(raw) = answer.whole("unit-files", "unit files") {
            units.learn_files(raw);
        }
        units
    }

    fn learn(&mut self, unit: &Block) {
        if unit.first("LoadState") == Some(b"not-found") {
            return;
        }
        let Some(name) = unit.name() else {
            return;
        };
        if let Some(file) = unit.first("FragmentPath").filter(|file| !file.is_empty()) {
            self.files.insert(name.clone(), file.to_vec());
        }
        let drop_ins: Vec<_> = unit.first("DropInPaths").map(words).unwrap_or_default();
        if !drop_ins.is_empty() {
            self.drop_ins.insert(name.clone(), drop_ins);
        }
        if name == "docker.service" {
            self.main_pid = unit
                .text("MainPID")
                .and_then(|pid| pid.parse().ok())
                .filter(|pid| *pid > 0);
        }
        if name == "docker.socket" {
            self.socket_group = unit.text("SocketGroup").filter(|group| !group.is_empty());
            self.listens = unit
                .all("Listen")
                .filter_map(|listen| path::text(listen).split(' ').next().map(str::to_owned))
                .filter(|listen| listen.starts_with('/'))
                .collect();
        }
    }

    fn learn_files(&mut self, raw: &[u8]) {
        for pair in fields(raw).chunks(2) {
            let [name, file] = pair else {
                continue;
            };
            match name.strip_prefix(b"+") {
                Some(name) => self
                    .drop_ins
                    .entry(path::text(name))
                    .or_default()
                    .push(file.to_vec()),
                None => {
                    self.files.insert(path::text(name), file.to_vec());
                }
            }
        }
    }
}

fn states(answer: &Answer) -> Known<BTreeMap<String, UnitState>> {
    let section = answer.section("units")?;
    if section.is_unsupported() {
        return Err(Gap::unsupported("systemd does not run on the host"));
    }
    let found: BTreeMap<_, _> = blocks(section.whole("systemctl")?)
        .into_iter()
        .filter_map(|unit| Some((unit.name()?, unit.state())))
        .collect();
    if found.is_empty() {
        return Err(Gap::unsupported("systemctl told nothing of any unit"));
    }
    Ok(found)
}

/// The properties of one unit; some occur more than once.
#[derive(Debug, Default)]
struct Block(Vec<(String, Vec<u8>)>);

impl Block {
    fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value.as_slice())
    }

    fn first(&self, key: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_slice())
    }

    fn text(&self, key: &str) -> Option<String> {
        self.first(key).map(|value| clean(&path::text(value)))
    }

    /// The name that rules use; nothing for an alias of which nothing is known.
    fn name(&self) -> Option<String> {
        let id = self.text("Id").filter(|id| !id.is_empty())?;
        match ALIASES.iter().find(|(alias, _)| *alias == id) {
            Some(_) if self.first("LoadState") == Some(b"not-found") => None,
            Some((_, name)) => Some((*name).to_owned()),
            None => Some(id),
        }
    }

    fn state(&self) -> UnitState {
        let mut properties = BTreeMap::new();
        // For a unit that is not there systemd tells the defaults of any unit, which say nothing.
        let is_there = self.first("LoadState") != Some(b"not-found");
        for key in KEPT.iter().filter(|key| is_there || **key == "LoadState") {
            let values: Vec<_> = self
                .all(key)
                .map(|value| clean(&path::text(value)))
                .collect();
            if !values.is_empty() {
                properties.insert((*key).to_owned(), values.join(" "));
            }
        }
        UnitState {
            active: self.text("ActiveState").unwrap_or_default(),
            enabled: self.text("UnitFileState").unwrap_or_default(),
            properties,
        }
    }
}

fn blocks(raw: &[u8]) -> Vec<Block> {
    let mut found = vec![Block::default()];
    for line in raw.split(|byte| *byte == b'\n') {
        if line.is_empty() {
            found.push(Block::default());
            continue;
        }
        let Some(at) = line.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        if let (Some(key), Some(value), Some(block)) =
            (line.get(..at), line.get(at + 1..), found.last_mut())
        {
            block.0.push((path::text(key), value.to_vec()));
        }
    }
    found.retain(|block| !block.0.is_empty());
    found
}

/// The words of a list as systemctl prints it: separated by spaces; a word with unusual characters is quoted as a shell
/// would want it, `"…"` by older versions and `$'…'` by newer ones.
fn words(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut rest = raw.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match (quote, byte) {
            (None, b' ') => found.extend(word.take()),
            (None, b'$') if rest.peek() == Some(&b'\'') => {}
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == byte => quote = None,
            (_, b'\\') => word.get_or_insert_default().extend(escaped(&mut rest)),
            (_, byte) => word.get_or_insert_default().push(byte),
        }
    }
    found.extend(word);
    found
}

/// What a backslash and the bytes after it stand for.
fn escaped(rest: &mut std::iter::Peekable<impl Iterator<Item = u8>>) -> Option<u8> {
    let byte = rest.next()?;
    Some(match byte {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        b'e' => 27,
        b's' => b' ',
        b'x' => number(rest, 16, 2),
        b'0'..=b'7' => {
            let first = byte - b'0';
            let more = number(rest, 8, 2);
            first.wrapping_mul(64).wrapping_add(more)
        }
        other => other,
    })
}

fn number(
    rest: &mut std::iter::Peekable<impl Iterator<Item = u8>>,
    base: u32,
    digits: usize,
) -> u8 {
    let mut value = 0_u8;
    for _ in 0..digits {
        let Some(digit) = rest
            .peek()
            .and_then(|byte| char::from(*byte).to_digit(base))
        else {
            break;
        };
        let digit = u8::try_from(digit).unwrap_or_default();
        value = value
            .wrapping_mul(if base == 16 { 16 } else { 8 })
            .wrapping_add(digit);
        rest.next();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::{Units, blocks, words};
    use crate::probe::frame::Answer;

    #[test]
    fn quoted_lists_are_taken_apart() {
        assert_eq!(
            words(b"/etc/a.conf /run/b.conf"),
            [b"/etc/a.conf".to_vec(), b"/run/b.conf".to_vec()]
        );
        assert_eq!(
            words(b"\"/etc/with space.conf\" /b"),
            [b"/etc/with space.conf".to_vec(), b"/b".to_vec()]
        );
        assert_eq!(
            words(b"$'/etc/\\033[31m\\x41.conf'"),
            [b"/etc/\x1b[31mA.conf".to_vec()]
        );
        assert_eq!(
            words(b"/etc/\x1b[31mred.conf"),
            [b"/etc/\x1b[31mred.conf".to_vec()]
        );
        assert!(words(b"").is_empty());
    }

    #[test]
    fn properties_may_repeat() {
        let found = blocks(b"Id=docker.socket\nListen=/run/docker.sock (Stream)\nListen=127.0.0.1:2375 (Stream)\n\nId=b.service\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].all("Listen").count(), 2);
    }

    #[test]
    fn a_unit_that_systemd_does_not_know_has_a_state_but_no_file() {
        let raw = "Id=docker.socket\nLoadState=not-found\nActiveState=inactive\nFragmentPath=\n";
        let answer = Answer::made_of(&[("units", raw)]);
        let units = Units::read(&answer);
        assert_eq!(units.states.unwrap()["docker.socket"].active, "inactive");
        assert!(units.files.is_empty());
    }
}
