//! The command line of a running dockerd, read as it reads it itself, under the names of the configuration file.

use std::collections::BTreeMap;

use crate::domain::evidence::host::{Setting, Settings};
use crate::domain::text::clean;
use crate::redact::Redactor;

use super::daemon_json::Node;
use super::settings::{Guard, Key, Kind, PROXY_FLAGS, by_flag, by_letter, other_flag};

/// What a command line sets.
#[derive(Debug, Clone, Default)]
pub(super) struct CommandLine {
    /// Settings under their names in the configuration file.
    pub(super) settings: Settings,
    /// The configuration file that it names.
    pub(super) config_file: Option<String>,
}

/// Reads the words of a command line, the program's own name first.
pub(super) fn parse(words: &[String], redactor: &Redactor) -> CommandLine {
    let mut reader = Reader {
        nodes: BTreeMap::new(),
        seen: Vec::new(),
        found: CommandLine::default(),
    };
    let mut words = words.iter().skip(1).map(String::as_str).peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            reader.long(long, &mut words);
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            reader.letters(letters, &mut words);
        }
    }
    let guard = Guard { redactor };
    let mut found = reader.found;
    for (name, node) in &reader.nodes {
        if let Some(setting) = guard.setting(name, node) {
            found.settings.values.insert(clean(name), setting);
        }
    }
    found
}

struct Reader {
    nodes: BTreeMap<String, Node>,
    seen: Vec<String>,
    found: CommandLine,
}

impl Reader {
    /// `--flag`, `--flag=value` or `--flag value`.
    fn long<'a>(
        &mut self,
        text: &'a str,
        words: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    ) {
        let (flag, given) = match text.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (text, None),
        };
        // A flag's name may itself be anything; only what a flag can look like is taken for one.
        let known = by_flag(flag);
        let kind = known.map(|key| key.kind).or_else(|| other_flag(flag));
        let value = match (given, kind) {
            (Some(value), _) => Some(value),
            (None, Some(Kind::Bool)) => None,
            (None, Some(_)) => words.next(),
            // Of an unknown flag nobody knows whether it takes a value; the daemon takes no other words.
            (None, None) if PROXY_FLAGS.contains(&flag) => words.next(),
            (None, None) => words.next_if(|word| !word.starts_with('-')),
        };
        match known {
            Some(key) => self.set(key, value),
            None if flag == "config-file" => self.found.config_file = value.map(str::to_owned),
            None if PROXY_FLAGS.contains(&flag) => {
                self.pair(
                    "proxies",
                    flag,
                    Node::Text(value.unwrap_or_default().to_owned()),
                );
            }
            None if other_flag(flag).is_some() => {}
            None => {
                let node = value.map_or(Node::Bool(true), |value| Node::Text(value.to_owned()));
                self.nodes.insert(flag.to_owned(), node);
            }
        }
    }

    /// `-D`, `-H fd://`, `-Hfd://`, `-H=fd://`, `-DH fd://`.
    fn letters<'a>(
        &mut self,
        text: &'a str,
        words: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    ) {
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            let Some(key) = by_letter(letter) else {
                continue;
            };
            if key.kind == Kind::Bool {
                match rest.strip_prefix('=') {
                    Some(value) => {
                        self.set(key, Some(value));
                        return;
                    }
                    None => self.set(key, None),
                }
                continue;
            }
            let value = match rest.strip_prefix('=').unwrap_or(rest) {
                "" => words.next(),
                attached => Some(attached),
            };
            self.set(key, value);
            return;
        }
    }

    fn set(&mut self, key: &Key, value: Option<&str>) {
        let text = value.unwrap_or_default();
        if !matches!(key.kind, Kind::List | Kind::Map) {
            if self.seen.iter().any(|seen| seen == key.name) {
                self.found.settings.duplicates.push(key.name.to_owned());
            }
            self.seen.push(key.name.to_owned());
        }
        let node = match key.kind {
            Kind::Bool => Node::Bool(!matches!(
                text,
                "false" | "0" | "f" | "F" | "FALSE" | "False"
            )),
            Kind::Int => text
                .parse()
                .map_or_else(|_not_a_number| Node::Text(text.to_owned()), Node::Int),
            Kind::Text => Node::Text(text.to_owned()),
            Kind::List => {
                let list = self
                    .nodes
                    .entry(key.name.to_owned())
                    .or_insert_with(|| Node::List(Vec::new()));
                if let Node::List(items) = list {
                    items.push(Node::Text(text.to_owned()));
                }
                return;
            }
            Kind::Map => {
                let (name, value) = text.split_once('=').unwrap_or((text, ""));
                self.pair(key.name, name, Node::Text(value.to_owned()));
                return;
            }
        };
        self.nodes.insert(key.name.to_owned(), node);
    }

    fn pair(&mut self, map: &str, name: &str, value: Node) {
        let node = self
            .nodes
            .entry(map.to_owned())
            .or_insert_with(|| Node::Map(Vec::new()));
        if let Node::Map(members) = node {
            members.retain(|(other, _)| other != name);
            members.push((name.to_owned(), value));
        }
    }
}

/// The value of `--flag` of another program, such as containerd's `--address`.
pub(super) fn value_of<'a>(words: &'a [String], names: &[&str]) -> Option<&'a str> {
    for (at, word) in words.iter().enumerate() {
        for name in names {
            match word.strip_prefix(name) {
                Some("") => return words.get(at + 1).map(String::as_str),
                Some(rest) => {
                    if let Some(value) = rest.strip_prefix('=') {
                        return Some(value);
                    }
                }
                None => {}
            }
        }
    }
    None
}

/// The text of a setting that is one word.
pub(super) fn word<'a>(settings: &'a Settings, key: &str) -> Option<&'a str> {
    match settings.values.get(key) {
        Some(Setting::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Setting, parse, value_of};
    use crate::redact::Redactor;

    fn read(line: &str) -> super::CommandLine {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        parse(&words, &Redactor::new([1; 32]))
    }

    #[test]
    fn flags_are_read_as_the_daemon_reads_them() {
        let found = read(
            "dockerd -H fd:// -Htcp://0.0.0.0:2376 --host=unix:///run/x.sock -Dl warn --icc=false --tlsverify --mtu 1400 \
             --log-opt max-size=10m --log-opt mode=non-blocking --insecure-registry 10.0.0.0/8 --storage-opt dm.x=1 \
             --config-file /srv/d.json --http-proxy http://u:hunter2@p:1 -s overlay2 --live-restore=true -p /run/d.pid",
        );
        let values = &found.settings.values;
        let list =
            |items: &[&str]| Setting::List(items.iter().map(|item| (*item).to_owned()).collect());
        assert_eq!(
            values["hosts"],
            list(&["fd://", "tcp://0.0.0.0:2376", "unix:///run/x.sock"])
        );
        assert_eq!(values["debug"], Setting::Bool(true));
        assert_eq!(values["log-level"], Setting::Text("warn".into()));
        assert_eq!(values["icc"], Setting::Bool(false));
        assert_eq!(values["tlsverify"], Setting::Bool(true));
        assert_eq!(values["mtu"], Setting::Int(1400));
        assert_eq!(values["insecure-registries"], list(&["10.0.0.0/8"]));
        assert_eq!(values["storage-opts"], list(&["dm.x=1"]));
        assert_eq!(values["storage-driver"], Setting::Text("overlay2".into()));
        assert_eq!(values["live-restore"], Setting::Bool(true));
        assert_eq!(values["pidfile"], Setting::Text("/run/d.pid".into()));
        assert_eq!(found.config_file.as_deref(), Some("/srv/d.json"));
        let told = format!("{values:?}");
        assert!(
            told.contains("max-size") && told.contains("non-blocking") && !told.contains("hunter2"),
            "{told}"
        );
        assert!(!values.contains_key("config-file"));
    }

    #[test]
    fn nothing_secret_is_kept_of_labels_and_unknown_flags() {
        let found = read(
            "dockerd --label password=hunter2 --unheard-of hunter2 --other=hunter2 --lone --icc=0",
        );
        let told = format!("{:?}", found.settings);
        assert!(!told.contains("hunter2"), "{told}");
        assert_eq!(found.settings.values["lone"], Setting::Bool(true));
        assert_eq!(found.settings.values["icc"], Setting::Bool(false));
    }

    #[test]
    fn odd_command_lines_do_no_harm() {
        for line in [
            "",
            "dockerd",
            "dockerd -",
            "dockerd --",
            "dockerd -H",
            "dockerd --=",
            "dockerd -ß --icc",
            "dockerd --log-opt",
        ] {
            let _found = read(line);
        }
        assert_eq!(read("dockerd -- --icc=false").settings.values.len(), 0);
        assert_eq!(
            read("dockerd --icc --icc=false").settings.duplicates,
            ["icc"]
        );
    }

    #[test]
    fn values_of_other_programs_are_found() {
        let words = ["containerd", "--address=/run/c.sock", "-c", "/etc/c.toml"].map(str::to_owned);
        assert_eq!(value_of(&words, &["--address", "-a"]), Some("/run/c.sock"));
        assert_eq!(value_of(&words, &["--config", "-c"]), Some("/etc/c.toml"));
        assert_eq!(value_of(&words, &["--root"]), None);
    }
}
