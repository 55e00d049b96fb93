//! Patterns over names: `*`, `?` and node sets such as `web-[01-20,25]`.
//!
//! Used by the filter that lists, palette and command line share. Matching is case-insensitive, covers the whole
//! name, and its cost is bounded by the product of both lengths.

use std::collections::BTreeSet;

/// Longest pattern in characters.
pub const MAX_PATTERN: usize = 256;

/// A pattern over names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    One,
    Any,
    Numbers(Vec<Range>),
}

/// Numbers from `first` to `last`; with `digits`, padded with zeros to that many.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Range {
    first: u64,
    last: u64,
    digits: Option<usize>,
}

impl Pattern {
    /// Reads a pattern; an error tells the character (from 0) and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut parts = Vec::new();
        let mut chars = text.chars().enumerate();
        while let Some((at, c)) = chars.next() {
            if at >= MAX_PATTERN {
                return Err((
                    at,
                    format!("a pattern has at most {MAX_PATTERN} characters"),
                ));
            }
            match c {
                '*' if parts.last() == Some(&Part::Any) => {}
                '*' => parts.push(Part::Any),
                '?' => parts.push(Part::One),
                '[' => {
                    let inside: Vec<char> = chars
                        .by_ref()
                        .map(|(_, c)| c)
                        .take_while(|c| *c != ']')
                        .collect();
                    let closed = text.chars().nth(at + inside.len() + 1) == Some(']');
                    if !closed {
                        return Err((at, "[ is not closed".into()));
                    }
                    let inside: String = inside.into_iter().collect();
                    let ranges: Option<Vec<Range>> = inside.split(',').map(range).collect();
                    let ranges = ranges.ok_or_else(|| {
                        (
                            at + 1,
                            format!("[{inside}] is not a list such as [01-20,25]"),
                        )
                    })?;
                    parts.push(Part::Numbers(ranges));
                }
                c => {
                    let lower: String = c.to_lowercase().collect();
                    match parts.last_mut() {
                        Some(Part::Text(text)) => text.push_str(&lower),
                        _ => parts.push(Part::Text(lower)),
                    }
                }
            }
        }
        Ok(Self { parts })
    }

    /// Whether the whole of `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let mut reached = BTreeSet::from([0]);
        for part in &self.parts {
            reached = step(part, &name, &reached);
            if reached.is_empty() {
                return false;
            }
        }
        reached.contains(&name.len())
    }
}

fn range(text: &str) -> Option<Range> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| {
        let digits =
            !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let range = Range {
        first: number(first)?,
        last: number(last)?,
        digits: (first.len() > 1 && first.starts_with('0')).then_some(first.len()),
    };
    (range.first <= range.last).then_some(range)
}

/// The byte positions reached behind `part` from each of `from`.
fn step(part: &Part, name: &str, from: &BTreeSet<usize>) -> BTreeSet<usize> {
    let rest = |at: usize| name.get(at..).unwrap_or_default();
    match part {
        Part::Text(text) => from
            .iter()
            .filter(|at| rest(**at).starts_with(text.as_str()))
            .map(|at| at + text.len())
            .collect(),
        Part::One => from
            .iter()
            .filter_map(|at| Some(at + rest(*at).chars().next()?.len_utf8()))
            .collect(),
        Part::Any => {
            let first = from.first().copied().unwrap_or_default();
            (first..=name.len())
                .filter(|at| name.is_char_boundary(*at))
                .collect()
        }
        Part::Numbers(ranges) => from
            .iter()
            .flat_map(|at| {
                let digits = rest(*at).bytes().take_while(u8::is_ascii_digit).count();
                (1..=digits.min(9))
                    .filter(|length| {
                        rest(*at)
                            .get(..*length)
                            .is_some_and(|text| ranges.iter().any(|range| range.holds(text)))
                    })
                    .map(|length| at + length)
                    .collect::<Vec<_>>()
            })
            .collect(),
    }
}

impl Range {
    fn holds(&self, text: &str) -> bool {
        let width = self.digits.unwrap_or(1);
        text.parse().is_ok_and(|number: u64| {
            (self.first..=self.last).contains(&number) && format!("{number:0>width$}") == text
        })
    }
}

/// Whether `pattern`, in which `*` is any run of characters and `?` any one, matches all of `text`.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to come back to: behind the last star, with one more character given to it.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == b'?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(name)
    }

    #[test]
    fn globs_cover_the_whole_name() {
        assert!(matches("web-*", "web-prod-01"));
        assert!(matches("*prod*", "WEB-Prod-01"));
        assert!(matches("web-??", "web-01"));
        assert!(matches("*", ""));
        assert!(!matches("web", "web-01"));
        assert!(!matches("web-?", "web-01"));
    }

    #[test]
    fn node_sets_respect_padding() {
        assert!(matches("web-[01-20]", "web-07"));
        assert!(!matches("web-[01-20]", "web-7"));
        assert!(!matches("web-[01-20]", "web-21"));
        assert!(matches("web-[8-12,20].example", "web-10.example"));
        assert!(!matches("web-[8-12]", "web-010"));
        assert!(matches("n[1-3]x*", "n2x"));
    }

    #[test]
    fn mistakes_are_placed() {
        assert_eq!(Pattern::parse("web-[1").unwrap_err().0, 4);
        assert_eq!(Pattern::parse("web-[a-b]").unwrap_err().0, 5);
        assert_eq!(Pattern::parse("web-[9-1]").unwrap_err().0, 5);
        assert_eq!(Pattern::parse("web-[]").unwrap_err().0, 5);
    }

    #[test]
    fn many_stars_stay_cheap() {
        let pattern = "*a".repeat(100);
        assert!(!matches(&pattern, &"a".repeat(99)));
        assert!(matches(&pattern, &"a".repeat(512)));
    }
}
