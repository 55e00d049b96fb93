//! The configuration file: found, read, and turned into keys and looks of the dashboard.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::environment::Environment;
use super::error::Error;
use super::fleet::listed;
use crate::inventory::Problem;
use crate::inventory::config::{self, Config, Known, Rebound};
use crate::tui::action::Action;
use crate::tui::key::Key;
use crate::tui::keymap::{Clash, Keymap};

/// Largest file that is read.
const LARGEST: u64 = 1024 * 1024;

/// What a person configured.
#[derive(Debug, Default)]
pub struct Choices {
    /// The theme to start with.
    pub theme: Option<String>,
    /// Whether nothing but ASCII is drawn.
    pub ascii: bool,
    /// Whether the mouse is taken at the start.
    pub mouse: bool,
    /// How long after a sweep the next one begins by itself.
    pub refresh: Option<Duration>,
    /// The keys in force.
    pub keymap: Keymap,
}

/// The choices in `config.toml` of the configuration folder; the usual ones where there is no such file.
pub fn load(environment: &Environment, themes: &[&str]) -> Result<Choices, Error> {
    let Some(folder) = &environment.config else {
        return Ok(Choices::default());
    };
    let path = folder.join("config.toml");
    match read(&path)? {
        Some(text) => parse(&text, &path.display().to_string(), themes)
            .map_err(|problems| listed(&problems, "configuration")),
        None => Ok(Choices::default()),
    }
}

fn read(path: &Path) -> Result<Option<String>, Error> {
    let broken = |e: io::Error| {
        Error::usage(format!("cannot read {}", path.display()))
            .hint("make it readable, or take it away; docs/configuration.md says what may stand in it")
            .source(e)
    };
    match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(broken(e)),
        Ok(found) if found.len() > LARGEST => {
            return Err(broken(io::Error::other("it is larger than a megabyte")));
        }
        Ok(_) => {}
    }
    fs::read_to_string(path).map(Some).map_err(broken)
}

/// The choices that the text of a configuration file makes; all its mistakes at once.
pub fn parse(text: &str, file: &str, themes: &[&str]) -> Result<Choices, Vec<Problem>> {
    let actions: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    let known = Known {
        actions: &actions,
        themes,
        refuses,
    };
    let (config, mut problems) = config::config(text, file, &known);
    let changed = config.keys.iter().filter_map(bound).collect();
    let (keymap, clashes) = Keymap::with(changed);
    problems.extend(clashes.iter().filter_map(|clash| told(clash, &config.keys)));
    if problems.is_empty() {
        return Ok(choices(config, keymap));
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Err(problems)
}

fn choices(config: Config, keymap: Keymap) -> Choices {
    Choices {
        theme: config.theme,
        ascii: config.ascii,
        mouse: config.mouse,
        refresh: config.refresh,
        keymap,
    }
}

fn refuses(action: &str, key: &str) -> Option<String> {
    let key: Key = match key.parse() {
        Ok(key) => key,
        Err(_) => {
            return Some(
                "there is no such key; write a character, `ctrl-` and a letter, or one of enter, esc, space, tab, \
                 shift-tab, up, down, left, right, home, end, pgup, pgdn"
                    .to_owned(),
            );
        }
    };
    let action = Action::named(action)?;
    Keymap::allows(action, key).err().map(|why| why.to_string())
}

fn bound(rebound: &Rebound) -> Option<(Action, Vec<Key>)> {
    let action = Action::named(&rebound.action)?;
    let keys = rebound.keys.iter().filter_map(|key| key.parse().ok());
    // A key that is refused was told already.
    let allowed = keys.filter(|key| Keymap::allows(action, *key).is_ok());
    Some((action, allowed.collect()))
}

/// A clash where the file makes it.
fn told(clash: &Clash, keys: &[Rebound]) -> Option<Problem> {
    let rebound = keys
        .iter()
        .find(|rebound| rebound.action == clash.action.name())?;
    let Clash {
        action,
        key,
        other,
        context,
    } = clash;
    let message = format!(
        "`{key}` would mean `{}` and `{}` ({})",
        action.name(),
        other.name(),
        context.title(),
    );
    let hint = format!(
        "give `{}` another key too, or none: `{} = []`",
        other.name(),
        other.name()
    );
    Some(Problem::at(&rebound.spot, message, Some(hint)))
}
