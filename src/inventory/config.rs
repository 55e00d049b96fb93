//! The configuration file of a person: keys and looks of the dashboard, read with the same care as an inventory.

use std::time::Duration;

use super::problem::{Problem, Spot};
use super::read::{At, Log, Table};
use super::syntax;
use super::values;
use super::words::one_of;

/// At the top of the file.
pub const ROOT: &[&str] = &["theme", "ascii", "mouse", "refresh", "keys"];

/// The shortest time from one sweep to the next.
const LEAST_REFRESH: Duration = Duration::from_secs(10);
/// The longest one.
const MOST_REFRESH: Duration = Duration::from_hours(24);

/// The words that the rest of the program knows.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Names of actions that keys can be given to.
    pub actions: &'a [&'a str],
    /// Names of themes.
    pub themes: &'a [&'a str],
    /// Why `key` cannot be given to `action`, if so: a name that is none, or a key that is taken for good.
    pub refuses: fn(action: &str, key: &str) -> Option<String>,
}

/// What a configuration file says.
#[derive(Debug, Default)]
pub struct Config {
    /// The theme to start with.
    pub theme: Option<String>,
    /// Whether nothing but ASCII is drawn.
    pub ascii: bool,
    /// Whether the mouse is taken at the start.
    pub mouse: bool,
    /// How long after a sweep the next one begins by itself.
    pub refresh: Option<Duration>,
    /// Keys given to actions.
    pub keys: Vec<Rebound>,
}

/// An action with keys of its own.
#[derive(Debug)]
pub struct Rebound {
    /// The action's name.
    pub action: String,
    /// Names of keys; none takes its keys away.
    pub keys: Vec<String>,
    /// Where it stands.
    pub spot: Spot,
}

/// Reads the configuration `text`, called `file` in messages: what could be understood, and all mistakes in the order of
/// the file.
pub fn config(text: &str, file: &str, known: &Known<'_>) -> (Config, Vec<Problem>) {
    let mut log = Log::new(file, text);
    let (root, broken) = syntax::read(&log.source, text);
    let root = Table::new(root.get_ref(), 0..0, "the configuration");
    let config = read(&mut log, &root, known);
    (config, log.finish(broken))
}

fn read(log: &mut Log<'_>, root: &Table<'_>, known: &Known<'_>) -> Config {
    root.check_keys(log, &[ROOT]);
    let mut theme = |key: &str| {
        let name = root.text(log, key)?;
        if !known.themes.contains(&name.value.as_str()) {
            log.add(
                &name.span,
                format!("there is no theme called `{}`", name.value),
                Some(one_of(&name.value, known.themes)),
            );
        }
        Some(name.value)
    };
    Config {
        theme: theme("theme"),
        ascii: root.flag(log, "ascii").is_some_and(|on| on.value),
        mouse: root.flag(log, "mouse").is_some_and(|on| on.value),
        refresh: refresh(log, root),
        keys: keys(log, root, known),
    }
}

fn refresh(log: &mut Log<'_>, root: &Table<'_>) -> Option<Duration> {
    let text = root.text(log, "refresh")?;
    match values::duration(&text.value, LEAST_REFRESH, MOST_REFRESH) {
        Ok(duration) => Some(duration),
        Err(wrong) => {
            let message = format!("`refresh`: {}", wrong.message);
            log.add(&text.span, message, wrong.hint);
            None
        }
    }
}

fn keys(log: &mut Log<'_>, root: &Table<'_>, known: &Known<'_>) -> Vec<Rebound> {
    let Some(table) = root.table(log, "keys", "[keys]") else {
        return Vec::new();
    };
    let mut bound = Vec::new();
    for (action, _) in table.entries() {
        if !known.actions.contains(&action.value.as_str()) {
            log.add(
                &action.span,
                format!("there is no action called `{}`", action.value),
                Some(one_of(&action.value, known.actions)),
            );
            continue;
        }
        let Some(keys) = table.texts(log, &action.value) else {
            continue;
        };
        for key in &keys {
            if let Some(why) = (known.refuses)(&action.value, &key.value) {
                refused(log, key, &why);
            }
        }
        bound.push(Rebound {
            keys: keys.into_iter().map(|key| key.value).collect(),
            spot: log.spot(&action),
            action: action.value,
        });
    }
    bound
}

fn refused(log: &mut Log<'_>, key: &At<String>, why: &str) {
    log.add(&key.span, format!("`{}`: {why}", key.value), None);
}
