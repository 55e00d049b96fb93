//! Node sets: many names in one short text, such as `web-[01-03,07].example.net`, and back.
//!
//! A bracket holds numbers and ranges; a lower bound written with leading zeros pads its whole range to its own
//! length. Several brackets multiply, a comma outside of brackets joins. Knows nothing of hosts: any names fold.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Digits that a number may have; longer runs of digits are text like any other.
const MAX_DIGITS: usize = 18;

/// Bytes that a name may have outside of its brackets.
const MAX_TEXT: usize = 1024;

/// Numbers of one name that are folded; those further right are text.
const MAX_NUMBERS: usize = 8;

/// Why a text is no node set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NodeSetError {
    /// Where, in characters from 0.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

/// One part of a name: text, or the numbers that stand in its place.
#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Numbers(Vec<Range>),
}

/// Numbers from `low` to `high`, padded with zeros to `width` digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Range {
    width: usize,
    low: u64,
    high: u64,
}

impl Range {
    fn count(self) -> u64 {
        self.high.saturating_sub(self.low).saturating_add(1)
    }

    fn number(self, value: u64) -> String {
        format!("{value:0width$}", width = self.width)
    }

    fn text(self) -> String {
        if self.low == self.high {
            self.number(self.low)
        } else {
            format!("{}-{}", self.number(self.low), self.number(self.high))
        }
    }
}

/// All names of `text` in the order written; at most `most`, else an error. A name written twice comes twice.
pub fn expand(text: &str, most: usize) -> Result<Vec<String>, NodeSetError> {
    let mut names = Vec::new();
    for (offset, item) in split(text) {
        let parts = parse(item, offset)?;
        if text_length(&parts) > MAX_TEXT {
            return Err(NodeSetError {
                offset,
                message: format!("a name of more than {MAX_TEXT} bytes"),
            });
        }
        let count = parts.iter().fold(1_u64, |product, part| match part {
            Part::Text(_) => product,
            Part::Numbers(ranges) => product.saturating_mul(
                ranges
                    .iter()
                    .fold(0_u64, |sum, range| sum.saturating_add(range.count())),
            ),
        });
        let room = most.saturating_sub(names.len());
        if usize::try_from(count).map_or(true, |count| count > room) {
            return Err(NodeSetError {
                offset,
                message: format!("more than {most} names"),
            });
        }
        names.extend(product(&parts));
    }
    Ok(names)
}

fn text_length(parts: &[Part]) -> usize {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.len(),
            Part::Numbers(_) => MAX_DIGITS,
        })
        .sum()
}

/// The items between commas that are outside of brackets, each with its offset in characters.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut items = Vec::new();
    let (mut start, mut offset, mut inside) = (0, 0, false);
    for (count, (at, c)) in text.char_indices().enumerate() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            ',' if !inside => {
                items.push((offset, text.get(start..at).unwrap_or_default()));
                (start, offset) = (at + 1, count + 1);
            }
            _ => {}
        }
    }
    items.push((offset, text.get(start..).unwrap_or_default()));
    items
}

fn parse(item: &str, offset: usize) -> Result<Vec<Part>, NodeSetError> {
    let fail = |offset: usize, message: &str| {
        Err(NodeSetError {
            offset,
            message: message.to_owned(),
        })
    };
    if item.is_empty() {
        return fail(offset, "an empty name");
    }
    let mut parts = Vec::new();
    let (mut rest, mut at) = (item, offset);
    while let Some((text, after)) = rest.split_once('[') {
        if let Some((before, _)) = text.split_once(']') {
            return fail(at + before.chars().count(), "`]` without `[`");
        }
        at += text.chars().count();
        let Some((inside, tail)) = after.split_once(']') else {
            return fail(at, "`[` without `]`");
        };
        if inside.contains('[') {
            return fail(at, "`[` inside of brackets");
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.to_owned()));
        }
        parts.push(Part::Numbers(ranges(inside, at + 1)?));
        at += inside.chars().count() + 2;
        rest = tail;
    }
    if let Some((before, _)) = rest.split_once(']') {
        return fail(at + before.chars().count(), "`]` without `[`");
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

fn ranges(inside: &str, offset: usize) -> Result<Vec<Range>, NodeSetError> {
    let mut ranges = Vec::new();
    let mut at = offset;
    for piece in inside.split(',') {
        let range = range(piece).map_err(|message| NodeSetError {
            offset: at,
            message,
        })?;
        ranges.push(range);
        at += piece.chars().count() + 1;
    }
    Ok(ranges)
}

fn range(piece: &str) -> Result<Range, String> {
    let (low, high) = piece.split_once('-').unwrap_or((piece, piece));
    let (low, high) = (low.trim(), high.trim());
    let (first, last) = (number(low)?, number(high)?);
    let width = if padded(low) { low.len() } else { 0 };
    if first > last {
        return Err(format!("`{low}-{high}` counts backwards"));
    }
    if high.len() < width || (padded(high) && high.len() != width) {
        return Err(format!("`{low}-{high}` pads its ends differently"));
    }
    Ok(Range {
        width,
        low: first,
        high: last,
    })
}

fn number(text: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Err("a number is missing".to_owned());
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!(
            "`{text}` is no number: brackets hold numbers and ranges such as `01-20,33`"
        ));
    }
    if text.len() > MAX_DIGITS {
        return Err(format!("a number of more than {MAX_DIGITS} digits"));
    }
    text.parse::<u64>()
        .map_err(|error| format!("`{text}`: {error}"))
}

fn padded(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0')
}

fn product(parts: &[Part]) -> Vec<String> {
    let mut names = vec![String::new()];
    for part in parts {
        match part {
            Part::Text(text) => {
                for name in &mut names {
                    name.push_str(text);
                }
            }
            Part::Numbers(ranges) => {
                let numbers: Vec<String> = ranges
                    .iter()
                    .flat_map(|range| (range.low..=range.high).map(|value| range.number(value)))
                    .collect();
                names = names
                    .iter()
                    .flat_map(|name| numbers.iter().map(move |number| format!("{name}{number}")))
                    .collect();
            }
        }
    }
    names
}

/// `names` as one node set: sorted, each once, at most `MAX_NUMBERS` numbers of a name folded.
///
/// Expanding the result gives the same names again, as long as they hold none of `[`, `]` and `,`.
pub fn fold<S: AsRef<str>>(names: &[S]) -> String {
    let mut families: BTreeMap<Vec<String>, Vec<Vec<Vec<Range>>>> = BTreeMap::new();
    for name in names {
        let (texts, numbers) = dissect(name.as_ref());
        families.entry(texts).or_default().push(numbers);
    }
    let mut out = String::new();
    for (texts, members) in families {
        for numbers in merge(members, texts.len() - 1) {
            if !out.is_empty() {
                out.push(',');
            }
            assemble(&mut out, &texts, &numbers);
        }
    }
    out
}

/// A name as its texts and the numbers between them: one text more than numbers.
fn dissect(name: &str) -> (Vec<String>, Vec<Vec<Range>>) {
    let mut texts = vec![String::new()];
    let mut numbers = Vec::new();
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let taken = if digits == 0 { c.len_utf8() } else { digits };
        let (head, tail) = rest.split_at(taken);
        let value = head.parse::<u64>().ok();
        match (value, texts.last_mut()) {
            (Some(value), _) if digits <= MAX_DIGITS && numbers.len() < MAX_NUMBERS => {
                numbers.push(vec![Range {
                    width: digits,
                    low: value,
                    high: value,
                }]);
                texts.push(String::new());
            }
            (_, Some(text)) => text.push_str(head),
            (_, None) => {}
        }
        rest = tail;
    }
    (texts, numbers)
}

/// Merges members that differ in one place only, place by place from the right.
///
/// Widths are digit counts until their place is merged; then 0 means unpadded.
fn merge(mut members: Vec<Vec<Vec<Range>>>, places: usize) -> Vec<Vec<Vec<Range>>> {
    if places == 0 {
        members.truncate(1);
    }
    for place in (0..places).rev() {
        let mut alike: BTreeMap<Vec<Vec<Range>>, Vec<Range>> = BTreeMap::new();
        for mut member in members {
            let Some(here) = member.get_mut(place).map(std::mem::take) else {
                continue;
            };
            match alike.entry(member) {
                Entry::Occupied(mut known) => known.get_mut().extend(here),
                Entry::Vacant(free) => {
                    free.insert(here);
                }
            }
        }
        members = alike
            .into_iter()
            .map(|(mut member, numbers)| {
                if let Some(slot) = member.get_mut(place) {
                    *slot = join(numbers);
                }
                member
            })
            .collect();
    }
    members.sort_unstable();
    members
}

/// Single numbers, with their digit counts as widths, as the fewest ranges.
fn join(mut numbers: Vec<Range>) -> Vec<Range> {
    let leading_zero = |range: &Range| range.width > 1 && range.low < 10_u64.pow(digits(range));
    let mut padded: Vec<usize> = numbers
        .iter()
        .filter(|range| leading_zero(range))
        .map(|range| range.width)
        .collect();
    padded.sort_unstable();
    padded.dedup();
    for range in &mut numbers {
        if padded.binary_search(&range.width).is_err() {
            range.width = 0;
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    let mut joined: Vec<Range> = Vec::new();
    for range in numbers {
        match joined.last_mut() {
            Some(last) if last.width == range.width && last.high + 1 == range.low => {
                last.high = range.high;
            }
            _ => joined.push(range),
        }
    }
    // A range of a padded width starts without a zero where its first members are missing: `[10-12]` needs no padding.
    for range in &mut joined {
        if range.width > 0 && range.low >= 10_u64.pow(digits(range)) {
            range.width = 0;
        }
    }
    joined
}

/// Digits less one of a range's width, as an exponent of ten.
fn digits(range: &Range) -> u32 {
    u32::try_from(range.width.saturating_sub(1)).unwrap_or_default()
}

fn assemble(out: &mut String, texts: &[String], numbers: &[Vec<Range>]) {
    let mut numbers = numbers.iter();
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            let Some(ranges) = numbers.next() else {
                continue;
            };
            let inside: Vec<String> = ranges.iter().map(|range| range.text()).collect();
            match ranges.as_slice() {
                [one] if one.low == one.high => out.push_str(&one.number(one.low)),
                _ => {
                    out.push('[');
                    out.push_str(&inside.join(","));
                    out.push(']');
                }
            }
        }
        out.push_str(text);
    }
}
