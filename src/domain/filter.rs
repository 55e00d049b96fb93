//! The filter grammar, one for every list of the dashboard and for `--filter` on the command line.
//!
//! `web` finds text, `!web` excludes it, `sev>=high`, `state:partial|failed`, `rule:daemon-*`,
//! `host:web-[01-20]`, `group:prod&!edge`, `ctr:jenkins*`, `err:auth`, `area:runtime`, `via:ssh`. A space means and,
//! `|` inside a word means or within that word, ` | ` between spaces means or between whole groups, quotes keep
//! spaces. Terms about findings must hold for one and the same finding; excluded ones for none.

use super::control::Area;
use super::pattern::Pattern;
use super::severity::Severity;

/// Longest filter in characters.
pub const MAX_FILTER: usize = 512;

/// A parsed filter. The empty filter lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    groups: Vec<Vec<Clause>>,
}

/// Terms of which one must hold.
type Clause = Vec<Term>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    excluded: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Text(String),
    Severity(Compare, Severity),
    State(Pattern),
    Rule(Pattern),
    Area(Pattern),
    Container(Pattern),
    Host(Pattern),
    /// All of these, each perhaps excluded.
    Group(Vec<(bool, Pattern)>),
    Error(String),
    Via(Pattern),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    AtLeast,
    Above,
    AtMost,
    Below,
    Equal,
}

/// Why a filter could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct FilterError {
    /// The character, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// What a filter sees of one host.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its name.
    pub host: &'a str,
    /// Its groups.
    pub groups: &'a [String],
    /// The words for its state: `assessed`, `partial`, `failed`, and besides `clean`, `running`, `stale`.
    pub states: &'a [&'a str],
    /// The class of its error, if it has one.
    pub error: Option<&'a str>,
    /// How it is reached: `ssh`, `tls`, `local`.
    pub via: &'a str,
}

/// What a filter sees of one row of a host.
#[derive(Debug, Clone, Copy)]
pub struct RowFacts<'a> {
    /// The control's id.
    pub control: &'a str,
    /// The control's area.
    pub area: Option<Area>,
    /// The effective severity.
    pub severity: Severity,
    /// Name of the container, where the row is about one.
    pub container: Option<&'a str>,
    /// Everything that free text is searched in, in lower case.
    pub text: &'a str,
}

const KEYS: [&str; 9] = [
    "sev", "state", "rule", "area", "ctr", "host", "group", "err", "via",
];

impl Filter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.chars().count() > MAX_FILTER {
            return Err(error(MAX_FILTER, "the filter is too long"));
        }
        let mut groups = vec![Vec::new()];
        let mut alone = None;
        for word in words(text)? {
            if word.plain() == Some("|") {
                if groups.last().is_none_or(Vec::is_empty) {
                    return Err(error(word.at, "nothing stands before |"));
                }
                groups.push(Vec::new());
                alone = Some(word.at);
            } else if let Some(group) = groups.last_mut() {
                group.push(clause(&word)?);
                alone = None;
            }
        }
        if let Some(at) = alone {
            return Err(error(at, "nothing stands behind |"));
        }
        groups.retain(|group| !group.is_empty());
        Ok(Self { groups })
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether a host passes, given its rows.
    pub fn host(&self, host: &Candidate<'_>, rows: &[RowFacts<'_>]) -> bool {
        self.is_empty()
            || self.groups.iter().any(|group| {
                let (excluding, including): (Vec<_>, Vec<_>) = group
                    .iter()
                    .partition(|clause| clause.iter().any(|term| term.excluded));
                let holds = |clauses: &[&Clause], row: Option<&RowFacts<'_>>| {
                    clauses.iter().all(|clause| holds(clause, host, row))
                };
                let every =
                    holds(&excluding, None) && rows.iter().all(|row| holds(&excluding, Some(row)));
                every
                    && (holds(&including, None)
                        || rows.iter().any(|row| holds(&including, Some(row))))
            })
    }

    /// Whether one row of a host passes.
    pub fn row(&self, host: &Candidate<'_>, row: &RowFacts<'_>) -> bool {
        self.is_empty()
            || self
                .groups
                .iter()
                .any(|group| group.iter().all(|clause| holds(clause, host, Some(row))))
    }
}

fn holds(clause: &Clause, host: &Candidate<'_>, row: Option<&RowFacts<'_>>) -> bool {
    clause.iter().any(|term| {
        let found = term.test.holds(host, row, !term.excluded);
        found != term.excluded
    })
}

impl Test {
    fn holds(&self, host: &Candidate<'_>, row: Option<&RowFacts<'_>>, fuzzy: bool) -> bool {
        match self {
            Self::Text(word) => {
                let name = host.host.to_lowercase();
                name.contains(word.as_str())
                    || (fuzzy && is_scattered(word, &name))
                    || row.is_some_and(|row| row.text.contains(word.as_str()))
            }
            Self::Severity(compare, wanted) => {
                row.is_some_and(|row| compare.holds(row.severity, *wanted))
            }
            Self::Rule(pattern) => row.is_some_and(|row| pattern.matches(row.control)),
            Self::Area(pattern) => row
                .and_then(|row| row.area)
                .is_some_and(|area| pattern.matches(area.word())),
            Self::Container(pattern) => row
                .and_then(|row| row.container)
                .is_some_and(|name| pattern.matches(name)),
            Self::State(pattern) => host.states.iter().any(|word| pattern.matches(word)),
            Self::Host(pattern) => pattern.matches(host.host),
            Self::Group(all) => all.iter().all(|(excluded, pattern)| {
                host.groups.iter().any(|group| pattern.matches(group)) != *excluded
            }),
            Self::Error(class) => host
                .error
                .is_some_and(|error| error.starts_with(class.as_str())),
            Self::Via(pattern) => pattern.matches(host.via),
        }
    }
}

impl Compare {
    /// Worse is greater here, while [`Severity`] orders the worst first.
    fn holds(self, severity: Severity, wanted: Severity) -> bool {
        match self {
            Self::AtLeast => severity <= wanted,
            Self::Above => severity < wanted,
            Self::AtMost => severity >= wanted,
            Self::Below => severity > wanted,
            Self::Equal => severity == wanted,
        }
    }
}

/// Whether the characters of `word` (three or more) occur in `name` in this order.
fn is_scattered(word: &str, name: &str) -> bool {
    let mut rest = name.chars();
    word.chars().nth(2).is_some() && word.chars().all(|c| rest.any(|other| other == c))
}

/// One word of the input: where it starts, and its characters with whether they were quoted.
struct Word {
    at: usize,
    chars: Vec<(char, bool)>,
    text: String,
    quoted: bool,
}

impl Word {
    /// The text, unless a part of it was quoted.
    fn plain(&self) -> Option<&str> {
        (!self.quoted).then_some(self.text.as_str())
    }
}

fn words(text: &str) -> Result<Vec<Word>, FilterError> {
    let mut found: Vec<Word> = Vec::new();
    let mut quote = None;
    let mut inside = false;
    for (at, c) in text.chars().enumerate() {
        if c == '"' {
            quote = if quote.is_some() { None } else { Some(at) };
        } else if quote.is_none() && c.is_whitespace() {
            inside = false;
            continue;
        }
        if !inside {
            inside = true;
            found.push(Word {
                at,
                chars: Vec::new(),
                text: String::new(),
                quoted: false,
            });
        }
        if let Some(word) = found.last_mut() {
            if c == '"' {
                word.quoted = true;
            } else {
                word.chars.push((c, quote.is_some()));
                word.text.push(c);
            }
        }
    }
    match quote {
        Some(at) => Err(error(at, "the quote is not closed")),
        None => Ok(found),
    }
}

/// Splits a word at each `|` that is not quoted and reads the pieces; a key stays in force until the next one.
fn clause(word: &Word) -> Result<Clause, FilterError> {
    let mut terms = Vec::new();
    let mut key: Option<(String, String)> = None;
    let mut at = word.at;
    for piece in word.chars.split(|(c, quoted)| *c == '|' && !quoted) {
        let mut value: String = piece.iter().map(|(c, _)| *c).collect();
        let quoted = piece.first().is_some_and(|(_, quoted)| *quoted);
        let length = piece.len();
        let excluded = !quoted && value.starts_with('!');
        let mut start = at;
        if excluded {
            value.remove(0);
            start += 1;
        }
        if value.is_empty() {
            return Err(error(start, "a word is missing here"));
        }
        if !quoted && let Some((name, operator, rest)) = keyed(&value) {
            start += value.chars().count() - rest.chars().count();
            key = Some((name, operator));
            value = rest;
        }
        let test = match &key {
            Some((name, operator)) => test(name, operator, &value, start)?,
            None => Test::Text(value.to_lowercase()),
        };
        terms.push(Term { excluded, test });
        at += length + 1;
    }
    Ok(terms)
}

/// Splits `key:value`, `key>=value` and so on; a word without an operator behind letters is plain text.
fn keyed(text: &str) -> Option<(String, String, String)> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (name, rest) = text.split_at_checked(end)?;
    let operator = [">=", "<=", ":", "=", ">", "<"]
        .into_iter()
        .find(|operator| rest.starts_with(operator))?;
    let value = rest.strip_prefix(operator)?;
    (!name.is_empty()).then(|| (name.to_lowercase(), operator.to_owned(), value.to_owned()))
}

fn test(key: &str, operator: &str, value: &str, at: usize) -> Result<Test, FilterError> {
    if !KEYS.contains(&key) {
        return Err(error(
            at.saturating_sub(key.chars().count() + operator.len()),
            unknown(key),
        ));
    }
    if value.is_empty() {
        return Err(error(at, format!("{key}{operator} needs a value")));
    }
    if key == "sev" {
        return Ok(Test::Severity(compare(operator), severity(value, at)?));
    }
    if !matches!(operator, ":" | "=") {
        return Err(error(
            at - operator.len(),
            format!("{key} is compared with : only"),
        ));
    }
    let pattern = |text: &str, at: usize| {
        Pattern::parse(text).map_err(|(inside, message)| error(at + inside, message))
    };
    Ok(match key {
        "state" => Test::State(pattern(value, at)?),
        "rule" => Test::Rule(pattern(value, at)?),
        "area" => Test::Area(pattern(value, at)?),
        "ctr" => Test::Container(pattern(value, at)?),
        "host" => Test::Host(pattern(value, at)?),
        "via" => Test::Via(pattern(value, at)?),
        "err" => Test::Error(value.to_lowercase()),
        _ => {
            let mut all = Vec::new();
            let mut start = at;
            for piece in value.split('&') {
                let name = piece.strip_prefix('!');
                let text = name.unwrap_or(piece);
                if text.is_empty() {
                    return Err(error(start, "a group is missing here"));
                }
                all.push((
                    name.is_some(),
                    pattern(text, start + usize::from(name.is_some()))?,
                ));
                start += piece.chars().count() + 1;
            }
            Test::Group(all)
        }
    })
}

fn compare(operator: &str) -> Compare {
    match operator {
        ">=" => Compare::AtLeast,
        ">" => Compare::Above,
        "<=" => Compare::AtMost,
        "<" => Compare::Below,
        _ => Compare::Equal,
    }
}

fn severity(value: &str, at: usize) -> Result<Severity, FilterError> {
    let value = value.to_lowercase();
    Severity::ALL
        .into_iter()
        .find(|severity| value.len() >= 3 && severity.word().starts_with(&value))
        .ok_or_else(|| error(at, "severities are critical, high, medium, low, info"))
}

fn unknown(key: &str) -> String {
    let near = KEYS
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(key, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    match near {
        Some((_, known)) => {
            format!("there is no {key}: did you mean {known}:")
        }
        None => format!(
            "{key}: is not known; known are {} (quote the word to search it)",
            KEYS.join(", ")
        ),
    }
}

fn error(at: usize, message: impl Into<String>) -> FilterError {
    FilterError {
        column: at + 1,
        message: message.into(),
    }
}
