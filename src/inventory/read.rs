//! Reads typed values out of the spanned TOML tree and writes down every mistake instead of stopping at the first.
//!
//! Knows TOML's types, not what the keys mean.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys;
use super::problem::{Problem, Spot};
use super::source::Source;
use super::syntax::Broken;
use super::words::one_of;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// How sure a problem is when the file has syntax errors as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// It stands for itself.
    Plain,
    /// It may only follow from something that a syntax error hid, such as a missing key.
    Follows,
}

/// The file being read and what was found wrong with it.
#[derive(Debug)]
pub(super) struct Log<'t> {
    pub(super) source: Source<'t>,
    /// Whether some names of hosts could not be read, so that a name may only seem to be undefined.
    pub(super) hosts_lost: bool,
    problems: Vec<(Problem, Trust)>,
}

impl<'t> Log<'t> {
    pub(super) fn new(file: &str, text: &'t str) -> Self {
        Self {
            source: Source::new(file, text),
            hosts_lost: false,
            problems: Vec::new(),
        }
    }

    /// Writes down a mistake.
    pub(super) fn add(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let problem = Problem::at(&self.source.spot(span), message, hint);
        self.problems.push((problem, Trust::Plain));
    }

    /// Writes down a mistake that may only be the consequence of a syntax error elsewhere.
    pub(super) fn add_missing(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let problem = Problem::at(&self.source.spot(span), message, hint);
        self.problems.push((problem, Trust::Follows));
    }

    /// Writes down the name of a host that there is not, unless it may be one of those that could not be read.
    pub(super) fn undefined(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        if !self.hosts_lost {
            self.add_missing(span, message, hint);
        }
    }

    /// Where `at` stands.
    pub(super) fn spot<T>(&self, at: &At<T>) -> Spot {
        self.source.spot(&at.span)
    }

    /// The place inside a text that starts `offset` characters in, as far as the text is written without escapes.
    pub(super) fn inside(&self, at: &At<String>, offset: usize) -> Range<usize> {
        let written = self.source.slice(&at.span);
        let quoted = written.len() == at.value.len() + 2
            && written
                .get(1..)
                .is_some_and(|rest| rest.starts_with(&at.value));
        let end = std::iter::once(at.value.len());
        let mut bytes = at.value.char_indices().map(|(byte, _)| byte).chain(end);
        match bytes.nth(offset) {
            Some(byte) if quoted => at.span.start + 1 + byte..at.span.end.saturating_sub(1),
            _ => at.span.clone(),
        }
    }

    /// All problems in the order of the file, each once, those of the syntax included. What may only follow from a
    /// broken syntax is left out.
    pub(super) fn finish(self, broken: Broken) -> Vec<Problem> {
        let Broken {
            problems: mut kept,
            unsure_from,
        } = broken;
        let lines: Vec<usize> = kept.iter().map(|problem| problem.line).collect();
        let certain = |problem: &Problem, trust: Trust| {
            lines.is_empty()
                || (trust == Trust::Plain
                    && !lines.contains(&problem.line)
                    && unsure_from.is_none_or(|line| problem.line < line))
        };
        kept.extend(
            self.problems
                .into_iter()
                .filter(|(problem, trust)| certain(problem, *trust))
                .map(|(problem, _)| problem),
        );
        kept.sort_by(|a, b| (a.line, a.column, &a.message).cmp(&(b.line, b.column, &b.message)));
        kept.dedup();
        kept
    }
}

/// One table of the tree.
#[derive(Debug, Clone)]
pub(super) struct Table<'t> {
    entries: &'t DeTable<'t>,
    /// Where it is: its header, or the whole of an inline table.
    pub(super) span: Range<usize>,
    /// What it is called in messages, such as `[defaults]`.
    pub(super) name: String,
}

impl<'t> Table<'t> {
    pub(super) fn new(
        entries: &'t DeTable<'t>,
        span: Range<usize>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            entries,
            span,
            name: name.into(),
        }
    }

    /// Complains of every key that is in none of `known`.
    pub(super) fn check_keys(&self, log: &mut Log<'_>, known: &[&[&'static str]]) {
        let words: Vec<&str> = known.iter().flat_map(|list| list.iter().copied()).collect();
        for key in self.entries.keys() {
            let word: &str = key.get_ref();
            if !words.contains(&word) {
                let hint = if keys::ROOT.contains(&word) {
                    format!("`{word}` stands at the top of the file")
                } else {
                    one_of(word, &words)
                };
                log.add(
                    &key.span(),
                    format!("unknown key `{word}` in {}", self.name),
                    Some(hint),
                );
            }
        }
    }

    /// All entries: key with its place, value.
    pub(super) fn entries(&self) -> impl Iterator<Item = (At<String>, &'t Spanned<DeValue<'t>>)> {
        self.entries.iter().map(|(key, value)| {
            let key = At {
                value: key.get_ref().to_string(),
                span: key.span(),
            };
            (key, value)
        })
    }

    pub(super) fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.entries
            .iter()
            .find(|(known, _)| known.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// Where `key` itself is written.
    pub(super) fn key_span(&self, key: &str) -> Range<usize> {
        self.entries
            .keys()
            .find(|known| known.get_ref() == key)
            .map_or_else(|| self.span.clone(), Spanned::span)
    }

    /// The text of `key`.
    pub(super) fn text(&self, log: &mut Log<'_>, key: &str) -> Option<At<String>> {
        text(log, key, self.get(key)?)
    }

    /// The text of `key`, which must be there.
    pub(super) fn required(&self, log: &mut Log<'_>, key: &str) -> Option<At<String>> {
        if self.get(key).is_none() {
            self.missing(log, key);
        }
        self.text(log, key)
    }

    /// Complains that `key` is not there.
    pub(super) fn missing(&self, log: &mut Log<'_>, key: &str) {
        log.add_missing(&self.span, format!("{} lacks `{key}`", self.name), None);
    }

    /// The texts of `key`: a list, or one text alone.
    pub(super) fn texts(&self, log: &mut Log<'_>, key: &str) -> Option<Vec<At<String>>> {
        let value = self.get(key)?;
        let Some(items) = value.get_ref().as_array() else {
            return match value.get_ref() {
                DeValue::String(_) => text(log, key, value).map(|one| vec![one]),
                other => {
                    wrong(log, value, key, "a string or a list of strings", other);
                    None
                }
            };
        };
        Some(
            items
                .iter()
                .filter_map(|item| text(log, key, item))
                .collect(),
        )
    }

    /// The yes or no of `key`.
    pub(super) fn flag(&self, log: &mut Log<'_>, key: &str) -> Option<At<bool>> {
        let value = self.get(key)?;
        let Some(on) = value.get_ref().as_bool() else {
            wrong(log, value, key, "true or false", value.get_ref());
            return None;
        };
        Some(At {
            value: on,
            span: value.span(),
        })
    }

    /// The whole number of `key`.
    pub(super) fn number(&self, log: &mut Log<'_>, key: &str) -> Option<At<i64>> {
        let value = self.get(key)?;
        Some(At {
            value: number(log, key, value)?,
            span: value.span(),
        })
    }

    /// The table of `key`.
    pub(super) fn table(
        &self,
        log: &mut Log<'_>,
        key: &str,
        name: impl Into<String>,
    ) -> Option<Self> {
        let value = self.get(key)?;
        table(log, key, value, name)
    }

    /// The tables of `key`, each named `name` until it has a better one.
    pub(super) fn tables(&self, log: &mut Log<'_>, key: &str, name: &str) -> Vec<Self> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            let found = value.get_ref().type_str();
            log.add(
                &self.key_span(key),
                format!("`{key}` must be a list of tables, not {}", article(found)),
                Some(format!("write `[[{key}]]` in front of each")),
            );
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| table(log, key, item, name))
            .collect()
    }

    /// What the word of `key` stands for.
    pub(super) fn word<T: Copy>(
        &self,
        log: &mut Log<'_>,
        key: &str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(log, key)?;
        let found = known.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            log.add(
                &text.span,
                format!("unknown `{key}`: `{}`", text.value),
                Some(one_of(&text.value, &words)),
            );
        }
        found.map(|(_, value)| *value)
    }
}

/// The table that `value` must be.
pub(super) fn table<'t>(
    log: &mut Log<'_>,
    key: &str,
    value: &'t Spanned<DeValue<'t>>,
    name: impl Into<String>,
) -> Option<Table<'t>> {
    let Some(entries) = value.get_ref().as_table() else {
        wrong(log, value, key, "a table", value.get_ref());
        return None;
    };
    Some(Table::new(entries, value.span(), name))
}

/// A text without control characters, not empty.
pub(super) fn text(
    log: &mut Log<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<At<String>> {
    let Some(text) = value.get_ref().as_str() else {
        wrong(log, value, key, "a string", value.get_ref());
        return None;
    };
    if text.trim().is_empty() {
        log.add(&value.span(), format!("`{key}` is empty"), None);
        return None;
    }
    if text.chars().any(char::is_control) {
        log.add(
            &value.span(),
            format!("`{key}` holds a control character or a line break"),
            None,
        );
        return None;
    }
    Some(At {
        value: text.to_owned(),
        span: value.span(),
    })
}

/// A whole number that fits 64 bits.
pub(super) fn number(log: &mut Log<'_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<i64> {
    let Some(integer) = value.get_ref().as_integer() else {
        wrong(log, value, key, "a whole number", value.get_ref());
        return None;
    };
    let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
    if number.is_none() {
        log.add(
            &value.span(),
            format!("`{key}` is too large a number"),
            None,
        );
    }
    number
}

/// Complains of a value of the wrong type.
pub(super) fn wrong(
    log: &mut Log<'_>,
    value: &Spanned<DeValue<'_>>,
    key: &str,
    wanted: &str,
    found: &DeValue<'_>,
) {
    log.add(
        &value.span(),
        format!(
            "`{key}` must be {wanted}, not {}",
            article(found.type_str())
        ),
        None,
    );
}

fn article(type_name: &str) -> String {
    let article = if type_name.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {type_name}")
}
