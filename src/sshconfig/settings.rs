//! The settings of one host: the first value of each, its tokens replaced.

use std::path::PathBuf;
use std::time::Duration;

use super::block::Against;
use super::expand::Tokens;
use super::file::{Config, Item};
use super::{Facts, Refusal};

/// Keys that OpenSSH tries where none is named.
const USUAL_KEYS: [&str; 7] = [
    "~/.ssh/id_rsa",
    "~/.ssh/id_ecdsa",
    "~/.ssh/id_ecdsa_sk",
    "~/.ssh/id_ed25519",
    "~/.ssh/id_ed25519_sk",
    "~/.ssh/id_xmss",
    "~/.ssh/id_dsa",
];

/// Keys that are always among the usual ones.
const ALWAYS_USUAL: [&str; 3] = ["~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519"];

/// What `ssh_config` says about a host; what it does not say is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where to connect, if not to the alias itself.
    pub hostname: Option<String>,
    /// Who logs in.
    pub user: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// Key files in order; empty is the usual ones.
    pub identity_files: Vec<PathBuf>,
    /// User certificates in order.
    pub certificates: Vec<PathBuf>,
    /// Whether only the keys named here may be tried.
    pub identities_only: bool,
    /// Which agent is asked.
    pub agent: Option<Agent>,
    /// The hops in front, outermost first, as `user@host:port`; an empty list is none by intention.
    pub jumps: Option<Vec<String>>,
    /// Whether a command makes the connection.
    pub proxy_command: bool,
    /// known_hosts files of the user.
    pub user_known_hosts: Option<Vec<PathBuf>>,
    /// known_hosts files of the machine.
    pub global_known_hosts: Option<Vec<PathBuf>>,
    /// The name under which the host key stands on file.
    pub host_key_alias: Option<String>,
    /// What happens about an unknown host key; `ask`, the default of OpenSSH, is left out.
    pub strictness: Option<Strictness>,
    /// Time to connect.
    pub connect_timeout: Option<Duration>,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agent {
    /// The one of the environment.
    Environment,
    /// None.
    None,
    /// The one behind this socket.
    Socket(PathBuf),
}

/// `StrictHostKeyChecking`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// `ask`, which is what OpenSSH does of itself.
    Ask,
    /// `yes`.
    Yes,
    /// `accept-new`.
    AcceptNew,
    /// `no` or `off`.
    No,
}

/// The settings of the host that `facts` are about.
pub fn resolve(config: &Config, facts: &Facts<'_>) -> Result<Settings, Refusal> {
    let mut first = First::new(facts);
    for items in &config.files {
        first.walk(items, true)?;
    }
    first.settle()
}

/// A value and where it stands.
type At<T> = (T, String);

/// First values, tokens still in them.
struct First<'a> {
    facts: &'a Facts<'a>,
    hostname: Option<At<String>>,
    user: Option<At<String>>,
    port: Option<u16>,
    identity_files: Vec<At<String>>,
    certificates: Vec<At<String>>,
    identities_only: Option<bool>,
    agent: Option<At<String>>,
    jump: Option<At<String>>,
    command: Option<bool>,
    user_known_hosts: Option<At<Vec<String>>>,
    global_known_hosts: Option<At<Vec<String>>>,
    host_key_alias: Option<At<String>>,
    strictness: Option<Strictness>,
    connect_timeout: Option<Duration>,
}

impl<'a> First<'a> {
    fn new(facts: &'a Facts<'a>) -> Self {
        Self {
            facts,
            hostname: None,
            user: None,
            port: facts.port,
            identity_files: Vec::new(),
            certificates: Vec::new(),
            identities_only: None,
            agent: None,
            jump: None,
            command: None,
            user_known_hosts: None,
            global_known_hosts: None,
            host_key_alias: None,
            strictness: None,
            connect_timeout: None,
        }
    }

    /// Reads `items`; what stands in a file that is included where nothing applies never does.
    fn walk(&mut self, items: &[Item], outside: bool) -> Result<(), Refusal> {
        let mut active = outside;
        for item in items {
            match item {
                Item::Block(block) => {
                    active = if outside {
                        let hostname = self.hostname_now();
                        block.applies(&Against {
                            alias: self.facts.alias,
                            hostname: &hostname,
                            user: self.user_now(),
                            local_user: self.facts.local_user,
                        })?
                    } else {
                        false
                    };
                }
                Item::Include(files) => {
                    for items in files {
                        self.walk(items, active)?;
                    }
                }
                Item::Broken(why) => return Err(Refusal(why.clone())),
                Item::Setting { keyword, words, at } if active => self.set(keyword, words, at)?,
                Item::Setting { .. } => {}
            }
        }
        Ok(())
    }

    fn hostname_now(&self) -> String {
        match &self.hostname {
            Some((name, _)) => name.replace("%h", self.facts.alias).replace("%%", "%"),
            None => self.facts.alias.to_owned(),
        }
    }

    fn user_now(&self) -> &str {
        match (self.facts.user, &self.user) {
            (Some(user), _) => user,
            (None, Some((user, _))) => user,
            (None, None) => self.facts.local_user,
        }
    }

    fn set(&mut self, keyword: &str, words: &[String], at: &str) -> Result<(), Refusal> {
        let Some(word) = words.first() else {
            return match keyword {
                "proxycommand" | "setenv" | "sendenv" => Ok(()),
                _ => Err(Refusal(format!("{at}: `{keyword}` lacks its value"))),
            };
        };
        let text = || (word.clone(), at.to_owned());
        let list = || (words.to_vec(), at.to_owned());
        match keyword {
            "hostname" => keep(&mut self.hostname, text()),
            "user" => keep(&mut self.user, text()),
            "port" => {
                let port = word.parse().ok().filter(|port| *port > 0);
                let port = port.ok_or_else(|| Refusal(format!("{at}: bad port `{word}`")))?;
                keep(&mut self.port, port);
            }
            "identityfile" => add(&mut self.identity_files, text()),
            "certificatefile" => add(&mut self.certificates, text()),
            "identitiesonly" => keep(&mut self.identities_only, flag(word, at)?),
            "identityagent" => keep(&mut self.agent, text()),
            "proxyjump" if self.command.is_none() => keep(&mut self.jump, text()),
            "proxycommand" if self.jump.is_none() => {
                keep(&mut self.command, !word.eq_ignore_ascii_case("none"));
            }
            "userknownhostsfile" => keep(&mut self.user_known_hosts, list()),
            "globalknownhostsfile" => keep(&mut self.global_known_hosts, list()),
            "hostkeyalias" => keep(&mut self.host_key_alias, text()),
            "stricthostkeychecking" => {
                let strictness = match word.to_ascii_lowercase().as_str() {
                    "yes" | "true" => Strictness::Yes,
                    "no" | "off" | "false" => Strictness::No,
                    "accept-new" => Strictness::AcceptNew,
                    "ask" => Strictness::Ask,
                    _ => return Err(Refusal(format!("{at}: `{word}` is no kind of checking"))),
                };
                keep(&mut self.strictness, strictness);
            }
            "connecttimeout" => keep(&mut self.connect_timeout, span(word, at)?),
            _ => {}
        }
        Ok(())
    }

    fn settle(self) -> Result<Settings, Refusal> {
        let alias = self.facts.alias;
        let hostname = match &self.hostname {
            Some((name, at)) if name.contains('%') => {
                let plain = self.tokens(alias, None).expand(name, at)?;
                Some(plain)
            }
            Some((name, _)) => Some(name.clone()),
            None => None,
        };
        let hostname = hostname.filter(|name| !name.eq_ignore_ascii_case(alias));
        let shown = hostname.as_deref().unwrap_or(alias);
        let host_key_alias = match &self.host_key_alias {
            Some((name, at)) => Some(self.tokens(shown, None).expand(name, at)?),
            None => None,
        };
        let tokens = self.tokens(shown, host_key_alias.as_deref());
        let paths = |texts: &[At<String>]| -> Result<Vec<PathBuf>, Refusal> {
            texts
                .iter()
                .filter(|(text, _)| !text.eq_ignore_ascii_case("none"))
                .map(|(text, at)| tokens.path(text, at))
                .collect()
        };
        let known = |files: &Option<At<Vec<String>>>| -> Result<Option<Vec<PathBuf>>, Refusal> {
            let Some((words, at)) = files else {
                return Ok(None);
            };
            let words = words
                .iter()
                .filter(|word| !word.eq_ignore_ascii_case("none"));
            let paths: Result<Vec<PathBuf>, Refusal> =
                words.map(|word| tokens.path(word, at)).collect();
            paths.map(Some)
        };
        let identity_files = if usual(&self.identity_files) {
            Vec::new()
        } else {
            paths(&self.identity_files)?
        };
        Ok(Settings {
            identity_files,
            certificates: paths(&self.certificates)?,
            identities_only: self.identities_only.unwrap_or_default(),
            agent: match &self.agent {
                Some((text, at)) => Some(agent(text, at, &tokens)?),
                None => None,
            },
            jumps: match &self.jump {
                Some((text, at)) => Some(hops(text, at)?),
                None => None,
            },
            proxy_command: self.command.unwrap_or_default(),
            user_known_hosts: known(&self.user_known_hosts)?,
            global_known_hosts: known(&self.global_known_hosts)?,
            user: match (self.facts.user, &self.user) {
                (Some(user), _) => Some(user.to_owned()),
                (None, Some((user, _))) => Some(user.clone()),
                (None, None) => None,
            },
            port: self.port,
            strictness: self.strictness.filter(|found| *found != Strictness::Ask),
            connect_timeout: self.connect_timeout.filter(|time| !time.is_zero()),
            host_key_alias: host_key_alias.clone(),
            hostname: hostname.clone(),
        })
    }

    fn tokens<'b>(&'b self, hostname: &'b str, host_key_alias: Option<&'b str>) -> Tokens<'b> {
        Tokens {
            facts: self.facts,
            hostname,
            user: self.user_now(),
            port: self.port.unwrap_or(22),
            host_key_alias,
        }
    }
}

fn keep<T>(slot: &mut Option<T>, value: T) {
    slot.get_or_insert(value);
}

fn add(list: &mut Vec<At<String>>, value: At<String>) {
    if list.iter().all(|(text, _)| *text != value.0) {
        list.push(value);
    }
}

/// Whether these are the files that OpenSSH tries of itself.
fn usual(files: &[At<String>]) -> bool {
    let has = |name: &&'static str| files.iter().any(|(text, _)| text == name);
    ALWAYS_USUAL.iter().all(has)
        && files
            .iter()
            .all(|(text, _)| USUAL_KEYS.contains(&text.as_str()))
}

fn flag(word: &str, at: &str) -> Result<bool, Refusal> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(Refusal(format!("{at}: `{word}` is neither yes nor no"))),
    }
}

fn agent(text: &str, at: &str, tokens: &Tokens<'_>) -> Result<Agent, Refusal> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Agent::None);
    }
    if text == "SSH_AUTH_SOCK" {
        return Ok(Agent::Environment);
    }
    let bare = text.strip_prefix('$').filter(|name| !name.starts_with('{'));
    let path = match bare {
        Some(name) => tokens.path(&format!("${{{name}}}"), at)?,
        None => tokens.path(text, at)?,
    };
    Ok(Agent::Socket(path))
}

/// The hops of a `ProxyJump`.
fn hops(text: &str, at: &str) -> Result<Vec<String>, Refusal> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|hop| {
            let hop = hop.trim();
            let hop = hop.strip_prefix("ssh://").unwrap_or(hop);
            let hop = hop.strip_suffix('/').unwrap_or(hop);
            if hop.is_empty() || hop.contains('/') || hop.starts_with('-') {
                return Err(Refusal(format!("{at}: bad jump `{hop}`")));
            }
            Ok(hop.to_owned())
        })
        .collect()
}

/// A span of time such as `10`, `1m30s`; `none` is zero.
fn span(word: &str, at: &str) -> Result<Duration, Refusal> {
    if word.eq_ignore_ascii_case("none") {
        return Ok(Duration::ZERO);
    }
    let bad = || Refusal(format!("{at}: bad time `{word}`"));
    let mut seconds: u64 = 0;
    let mut digits = String::new();
    for c in word.chars().chain(['s']) {
        let unit = match c.to_ascii_lowercase() {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(bad()),
        };
        if digits.is_empty() {
            // The unit that was added at the end, where the text had its own.
            continue;
        }
        let number: u64 = digits.parse().map_err(|_digits| bad())?;
        seconds = seconds.saturating_add(number.saturating_mul(unit));
        digits.clear();
    }
    Ok(Duration::from_secs(seconds))
}
