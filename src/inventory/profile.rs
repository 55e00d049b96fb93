//! Profiles that people declare in files of their own, read with the same care as an inventory.

use std::collections::BTreeMap;

use super::keys;
use super::layer;
use super::problem::Problem;
use super::read::{At, Log, Table};
use super::syntax;
use super::values::check_name;
use super::words::{did_you_mean, one_of};
use super::{Environment, document};
use crate::domain::control::{Area, Set};
use crate::domain::pattern::Pattern;
use crate::domain::profile::{Declared, Selector};
use crate::domain::severity::Severity;

/// Practices are numbered from 1 to this.
const PRACTICES: u8 = 40;

/// Reads the profile `text`, called `name` and standing in `file`; all its mistakes at once, in the order of the file.
pub fn profile(
    text: &str,
    file: &str,
    name: &str,
    environment: &Environment<'_>,
) -> Result<Declared, Vec<Problem>> {
    let mut log = Log::new(file, text);
    let (root, broken) = syntax::read(&log.source, text);
    let root = Table::new(root.get_ref(), 0..0, "the profile");
    let declared = if document::readable(&mut log, &root) {
        read(&mut log, &root, name, environment)
    } else {
        Declared::default()
    };
    let problems = log.finish(broken);
    if problems.is_empty() {
        Ok(declared)
    } else {
        Err(problems)
    }
}

fn read(
    log: &mut Log<'_>,
    root: &Table<'_>,
    name: &str,
    environment: &Environment<'_>,
) -> Declared {
    root.check_keys(log, &[keys::PROFILE]);
    if check_name(name).is_err() || environment.profiles.contains(&name) {
        log.add(
            &(0..0),
            format!("`{name}` cannot be the name of a profile"),
            Some(
                "a file is called by a name of its own, of letters, digits, `.`, `_` and `-`"
                    .to_owned(),
            ),
        );
    }
    let base = root.text(log, "base").filter(|base| {
        let known = environment.profiles.contains(&base.value.as_str());
        if !known {
            let hint = one_of(&base.value, environment.profiles);
            log.add(
                &base.span,
                format!("unknown profile `{}`", base.value),
                Some(hint),
            );
        }
        known
    });
    if root.get("base").is_none() && root.get("include").is_none() {
        log.add_missing(
            &root.span,
            "the profile selects nothing",
            Some("name a `base` to start from, or `include` controls".to_owned()),
        );
    }
    Declared {
        name: name.to_owned(),
        about: root
            .text(log, "about")
            .map(|about| about.value)
            .unwrap_or_default(),
        base: base.map(|base| base.value),
        include: selectors(log, root, "include", environment),
        exclude: selectors(log, root, "exclude", environment),
        severity: severities(log, root, environment),
        parameters: root
            .table(log, "parameters", "[parameters]")
            .map(|table| layer::policy(log, &table, environment))
            .unwrap_or_default(),
    }
}

fn severities(
    log: &mut Log<'_>,
    root: &Table<'_>,
    environment: &Environment<'_>,
) -> BTreeMap<String, Severity> {
    let words = Severity::ALL.map(|severity| (severity.word(), severity));
    let mut found = BTreeMap::new();
    let Some(table) = root.table(log, "severity", "[severity]") else {
        return found;
    };
    for (key, _) in table.entries() {
        let severity = table.word(log, &key.value, &words);
        if !environment.controls.contains(&key.value.as_str()) {
            let hint = did_you_mean(&key.value, environment.controls.iter().copied());
            log.add(&key.span, format!("unknown control `{}`", key.value), hint);
        } else if let Some(severity) = severity {
            found.insert(key.value, severity);
        }
    }
    found
}

fn selectors(
    log: &mut Log<'_>,
    root: &Table<'_>,
    key: &str,
    environment: &Environment<'_>,
) -> Vec<Selector> {
    let written = root.texts(log, key).unwrap_or_default();
    let mut selectors = Vec::new();
    for text in written {
        match selector(&text, environment) {
            Ok(selector) => selectors.push(selector),
            Err((message, hint)) => log.add(&text.span, message, hint),
        }
    }
    selectors
}

/// What a mistake is, and what to write instead.
type Mistake = (String, Option<String>);

/// The kinds of selectors that start with a word.
const KINDS: [&str; 5] = ["area", "set", "level", "severity", "practice"];

fn selector(text: &At<String>, environment: &Environment<'_>) -> Result<Selector, Mistake> {
    let Some((kind, word)) = text.value.split_once(':') else {
        return by_id(&text.value, environment);
    };
    match kind {
        "area" => {
            word_of(kind, word, &Area::ALL.map(|area| (area.word(), area))).map(Selector::Area)
        }
        "set" => word_of(kind, word, &Set::ALL.map(|set| (set.word(), set))).map(Selector::Set),
        "level" => word_of(kind, word, &[("1", 1), ("2", 2)]).map(Selector::Level),
        "severity" => {
            let words = Severity::ALL.map(|severity| (severity.word(), severity));
            word_of(kind, word, &words).map(Selector::Severity)
        }
        "practice" => word
            .strip_prefix('S')
            .and_then(|number| number.parse().ok())
            .filter(|number| (1..=PRACTICES).contains(number))
            .map(Selector::Practice)
            .ok_or_else(|| {
                let hint = format!("`practice:S1` to `practice:S{PRACTICES}`");
                (format!("no practice `{word}`"), Some(hint))
            }),
        _ => Err((
            format!("no controls are chosen by `{kind}`"),
            Some(one_of(kind, &KINDS)),
        )),
    }
}

fn word_of<T: Copy>(kind: &str, word: &str, known: &[(&str, T)]) -> Result<T, Mistake> {
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        (format!("no {kind} `{word}`"), Some(one_of(word, &words)))
    })
}

fn by_id(text: &str, environment: &Environment<'_>) -> Result<Selector, Mistake> {
    let pattern = Pattern::parse(text)
        .map_err(|(_, message)| (format!("`{text}` is no pattern: {message}"), None))?;
    if environment.controls.iter().any(|id| pattern.matches(id)) {
        return Ok(Selector::Id(pattern));
    }
    let hint = did_you_mean(text, environment.controls.iter().copied())
        .or_else(|| Some("`plimsoll controls` lists them".to_owned()));
    Err((format!("no control is called `{text}`"), hint))
}
