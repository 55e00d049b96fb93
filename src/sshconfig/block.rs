//! `Host` and `Match` lines: to whom the settings below them apply.

use super::Refusal;
use crate::domain::pattern::glob;

/// One `Host` or `Match` line.
#[derive(Debug, Clone)]
pub(super) struct Block {
    criteria: Vec<Criterion>,
}

#[derive(Debug, Clone)]
struct Criterion {
    negated: bool,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// The patterns of a `Host` line.
    Names(Vec<String>),
    All,
    /// A list of patterns for the host name in force.
    Host(String),
    OriginalHost(String),
    User(String),
    LocalUser(String),
    /// Only after names were made canonical, which this program never does.
    Canonical,
    /// What only the `ssh` program decides.
    Beyond(String),
}

/// What criteria are held against.
pub(super) struct Against<'a> {
    pub(super) alias: &'a str,
    pub(super) hostname: &'a str,
    pub(super) user: &'a str,
    pub(super) local_user: &'a str,
}

impl Block {
    pub(super) fn host(patterns: Vec<String>) -> Self {
        Self {
            criteria: vec![Criterion {
                negated: false,
                what: What::Names(patterns),
            }],
        }
    }

    /// The criteria of a `Match` line that stands at `at`.
    pub(super) fn criteria(words: &[String], at: &str) -> Result<Self, String> {
        let mut criteria = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (negated, name) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, word.as_str()),
            };
            let name = name.to_ascii_lowercase();
            let (name, given) = match name.split_once('=') {
                Some((name, given)) => (name.to_owned(), Some(given.to_owned())),
                None => (name, None),
            };
            let what = match name.as_str() {
                "all" => What::All,
                "canonical" => What::Canonical,
                "final" => What::Beyond(format!("{at}: `Match final`")),
                _ => {
                    let value = given
                        .or_else(|| words.next().cloned())
                        .ok_or_else(|| format!("{at}: `Match {name}` lacks its value"))?;
                    match name.as_str() {
                        "host" => What::Host(value),
                        "originalhost" => What::OriginalHost(value),
                        "user" => What::User(value),
                        "localuser" => What::LocalUser(value),
                        _ => What::Beyond(format!("{at}: `Match {name}`")),
                    }
                }
            };
            criteria.push(Criterion { negated, what });
        }
        if criteria.is_empty() {
            return Err(format!("{at}: `Match` lacks its criteria"));
        }
        Ok(Self { criteria })
    }

    /// Whether the settings below apply.
    pub(super) fn applies(&self, against: &Against<'_>) -> Result<bool, Refusal> {
        let mut all = true;
        for Criterion { negated, what } in &self.criteria {
            let met = match what {
                What::Names(patterns) => names(patterns, against.alias),
                What::All => true,
                What::Canonical => false,
                What::Host(list) => list_matches(list, against.hostname),
                What::OriginalHost(list) => list_matches(list, against.alias),
                What::User(list) => list_matches(list, against.user),
                What::LocalUser(list) => list_matches(list, against.local_user),
                // OpenSSH asks no further once a criterion before this one has failed.
                What::Beyond(_) if !all => false,
                What::Beyond(what) => {
                    return Err(Refusal(format!(
                        "{what} can only be decided by the ssh program, which is not installed here"
                    )));
                }
            };
            all &= met != *negated;
        }
        Ok(all)
    }

    /// Whether this is a `Host` line (or one for the original name) that names `alias` with more than wildcards.
    pub(super) fn names(&self, alias: &str) -> bool {
        let telling = |pattern: &str| pattern.chars().any(|c| !matches!(c, '*' | '?' | '.'));
        self.criteria.iter().any(|criterion| {
            let matched = |pattern: &str| telling(pattern) && glob(pattern, alias);
            match &criterion.what {
                What::Names(patterns) => {
                    names(patterns, alias) && patterns.iter().any(|pattern| matched(pattern))
                }
                What::Host(list) | What::OriginalHost(list) if !criterion.negated => {
                    list_matches(list, alias) && list.split(',').any(matched)
                }
                _ => false,
            }
        })
    }

    /// The patterns of a `Host` line; none of a `Match` line.
    pub(super) fn patterns(&self) -> &[String] {
        match self.criteria.as_slice() {
            [
                Criterion {
                    what: What::Names(patterns),
                    ..
                },
            ] => patterns,
            _ => &[],
        }
    }

    /// Whether it applies to `alias`, where the name alone decides that.
    pub(super) fn by_name_alone(&self, alias: &str) -> Option<bool> {
        match self.criteria.as_slice() {
            [
                Criterion {
                    negated: false,
                    what: What::Names(patterns),
                },
            ] => Some(names(patterns, alias)),
            [
                Criterion {
                    negated: false,
                    what: What::All,
                },
            ] => Some(true),
            _ => None,
        }
    }
}

/// Whether some pattern matches and no negated one does.
fn names(patterns: &[String], name: &str) -> bool {
    let mut matched = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if glob(negated, name) => return false,
            Some(_) => {}
            None => matched |= glob(pattern, name),
        }
    }
    matched
}

/// The same for a list with commas.
fn list_matches(list: &str, name: &str) -> bool {
    let patterns: Vec<String> = list.split(',').map(str::to_owned).collect();
    names(&patterns, name)
}
