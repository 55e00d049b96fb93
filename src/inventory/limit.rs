//! Host expressions, as in `--limit` and in waivers: which hosts of an inventory are meant.
//!
//! `prod&!edge,web-[01-10]`: groups, host names, globs (`*`, `?`) and node sets; `!` not, then `&` and, then `,` or;
//! round brackets group. A comma inside `[…]` belongs to the node set.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::CharIndices;

use globset::{GlobBuilder, GlobSetBuilder};

use super::document::MOST_HOSTS;
use super::spec::Inventory;
use super::words::did_you_mean;
use crate::domain::nodeset;

/// Most globs that the node set of one glob may stand for.
const MOST_GLOBS: usize = 1000;
/// How deep `!` and brackets may nest.
const DEEPEST: usize = 64;

/// Why an expression selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct LimitError {
    /// Where in the expression, in characters from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The nearest known word, or what to do.
    pub hint: Option<String>,
}

/// The hosts of `inventory` that `expression` selects, as indexes in the order of the inventory; never none.
pub fn select(inventory: &Inventory, expression: &str) -> Result<Vec<usize>, LimitError> {
    let chosen = Fleet::new(inventory).select(expression, Misses::OfAnything)?;
    if chosen.is_empty() {
        return Err(LimitError {
            column: 1,
            message: format!("`{expression}` selects no host"),
            hint: None,
        });
    }
    Ok(chosen)
}

/// What must not match nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misses {
    /// Neither words nor globs.
    OfAnything,
    /// Words: a glob may match nothing, and a group may be empty.
    OfWords,
}

/// Names and groups of an inventory, for looking up.
#[derive(Debug)]
pub(super) struct Fleet<'i> {
    inventory: &'i Inventory,
    hosts: HashMap<&'i str, usize>,
    groups: HashMap<&'i str, Vec<usize>>,
}

impl<'i> Fleet<'i> {
    pub(super) fn new(inventory: &'i Inventory) -> Self {
        let mut groups: HashMap<&str, Vec<usize>> = inventory
            .groups
            .iter()
            .map(|group| (group.as_str(), Vec::new()))
            .collect();
        let mut hosts = HashMap::new();
        for (index, host) in inventory.hosts.iter().enumerate() {
            hosts.insert(host.header.name.as_str(), index);
            for group in &host.header.groups {
                groups.entry(group).or_default().push(index);
            }
        }
        Self {
            inventory,
            hosts,
            groups,
        }
    }

    /// Names of all hosts in the order of the inventory.
    pub(super) fn names(&self) -> impl Iterator<Item = &'i str> {
        self.inventory
            .hosts
            .iter()
            .map(|host| host.header.name.as_str())
    }

    /// Indexes of the hosts that `expression` selects, in order.
    pub(super) fn select(
        &self,
        expression: &str,
        misses: Misses,
    ) -> Result<Vec<usize>, LimitError> {
        let mut parser = Parser {
            fleet: self,
            misses,
            text: expression,
            rest: expression.char_indices().peekable(),
            column: 1,
            depth: 0,
        };
        let chosen = parser.or()?;
        if let Some(c) = parser.peek() {
            let hint = "join with `,` (or) or `&` (and)";
            return Err(parser.error(format!("unexpected `{c}`"), Some(hint.to_owned())));
        }
        Ok(chosen
            .iter()
            .enumerate()
            .filter(|(_, on)| **on)
            .map(|(index, _)| index)
            .collect())
    }

    /// All names that a word may mean.
    fn known(&self) -> impl Iterator<Item = &'i str> {
        let groups = self.inventory.groups.iter().map(String::as_str);
        groups.chain(self.names())
    }
}

/// One host each: selected or not.
type Chosen = Vec<bool>;

struct Parser<'p> {
    fleet: &'p Fleet<'p>,
    misses: Misses,
    text: &'p str,
    rest: Peekable<CharIndices<'p>>,
    /// Of the next character, from 1.
    column: usize,
    depth: usize,
}

impl Parser<'_> {
    fn error(&self, message: impl Into<String>, hint: Option<String>) -> LimitError {
        LimitError {
            column: self.column,
            message: message.into(),
            hint,
        }
    }

    fn next(&mut self) -> Option<char> {
        let (_, c) = self.rest.next()?;
        self.column += 1;
        Some(c)
    }

    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(|(_, c)| c.is_whitespace()).is_some() {
            self.column += 1;
        }
        self.rest.peek().map(|(_, c)| *c)
    }

    fn take(&mut self, wanted: char) -> bool {
        self.peek() == Some(wanted) && self.next().is_some()
    }

    fn or(&mut self) -> Result<Chosen, LimitError> {
        let mut chosen = self.and()?;
        while self.take(',') {
            let more = self.and()?;
            for (on, also) in chosen.iter_mut().zip(more) {
                *on |= also;
            }
        }
        Ok(chosen)
    }

    fn and(&mut self) -> Result<Chosen, LimitError> {
        let mut chosen = self.not()?;
        while self.take('&') {
            let more = self.not()?;
            for (on, also) in chosen.iter_mut().zip(more) {
                *on &= also;
            }
        }
        Ok(chosen)
    }

    fn not(&mut self) -> Result<Chosen, LimitError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("nested too deeply", None));
        }
        let chosen = match self.peek() {
            Some('!') => {
                self.next();
                self.not()?.into_iter().map(|on| !on).collect()
            }
            Some('(') => {
                self.next();
                let chosen = self.or()?;
                if !self.take(')') {
                    return Err(self.error("`(` without `)`", None));
                }
                chosen
            }
            Some(c @ (')' | ',' | '&')) => {
                return Err(self.error(format!("a host or group is missing before `{c}`"), None));
            }
            Some(_) => self.atom()?,
            None => return Err(self.error("a host or group is missing", None)),
        };
        self.depth -= 1;
        Ok(chosen)
    }

    fn atom(&mut self) -> Result<Chosen, LimitError> {
        let column = self.column;
        let start = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        let mut inside = false;
        while let Some((_, c)) = self.rest.peek() {
            match c {
                '[' => inside = true,
                ']' => inside = false,
                ',' | '&' | '!' | '(' | ')' if !inside => break,
                c if c.is_whitespace() && !inside => break,
                _ => {}
            }
            self.next();
        }
        let end = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        let word = self.text.get(start..end).unwrap_or_default();
        let found = if word.contains(['*', '?']) {
            self.glob(word)
        } else {
            self.words(word)
        };
        found.map_err(|(offset, message, hint)| LimitError {
            column: column + offset,
            message,
            hint,
        })
    }

    fn none(&self) -> Chosen {
        vec![false; self.fleet.inventory.hosts.len()]
    }

    /// A host, a group, or a node set of them.
    fn words(&self, word: &str) -> Result<Chosen, Miss> {
        let mut chosen = self.none();
        let mut found = false;
        let names = nodeset::expand(word, MOST_HOSTS).map_err(|error| {
            (
                error.offset,
                format!("bad node set: {}", error.message),
                None,
            )
        })?;
        for name in &names {
            let host = self.fleet.hosts.get(name.as_str()).into_iter();
            let group = self.fleet.groups.get(name.as_str());
            found |= group.is_some_and(|group| !group.is_empty() || self.misses == Misses::OfWords);
            for index in host.chain(group.into_iter().flatten()) {
                if let Some(on) = chosen.get_mut(*index) {
                    *on = true;
                    found = true;
                }
            }
        }
        if found {
            return Ok(chosen);
        }
        if self.fleet.groups.contains_key(word) {
            return Err((0, format!("group `{word}` has no host"), None));
        }
        let nearest = names
            .first()
            .and_then(|name| did_you_mean(name, self.fleet.known()));
        Err((0, format!("`{word}` is no host and no group"), nearest))
    }

    /// A glob over host names, or a node set of globs.
    fn glob(&self, word: &str) -> Result<Chosen, Miss> {
        let bad = |message: String| (0, message, None);
        if word.contains(['{', '}', '\\']) {
            return Err(bad(format!(
                "bad glob `{word}`: only `*`, `?` and node sets"
            )));
        }
        let globs = nodeset::expand(word, MOST_GLOBS).map_err(|error| {
            (
                error.offset,
                format!("bad node set: {}", error.message),
                None,
            )
        })?;
        let mut set = GlobSetBuilder::new();
        for glob in &globs {
            let glob = GlobBuilder::new(glob)
                .build()
                .map_err(|error| bad(format!("bad glob `{word}`: {}", error.kind())))?;
            set.add(glob);
        }
        let set = set
            .build()
            .map_err(|error| bad(format!("bad glob `{word}`: {}", error.kind())))?;
        let chosen: Chosen = self.fleet.names().map(|name| set.is_match(name)).collect();
        if self.misses == Misses::OfWords || chosen.contains(&true) {
            return Ok(chosen);
        }
        let group = self
            .fleet
            .inventory
            .groups
            .iter()
            .find(|group| set.is_match(group.as_str()))
            .map(|group| format!("a glob is over host names; the group is `{group}`"));
        let bare: String = word.chars().filter(|c| !matches!(c, '*' | '?')).collect();
        let hint = group.or_else(|| did_you_mean(&bare, self.fleet.known()));
        Err((0, format!("`{word}` matches no host"), hint))
    }
}

/// What an atom fails with: where in it (characters from 0), why, hint.
type Miss = (usize, String, Option<String>);
