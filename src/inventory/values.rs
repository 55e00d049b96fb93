//! Values that are more than a TOML type: durations, dates, names, globs, paths, windows of time.
//!
//! Every function takes a text and gives the value or what is wrong with it; none knows where the text stands.

use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use jiff::{Span, SpanRelativeTo};

use super::Environment;
use super::spec::Window;

/// What is wrong with a value, and how to write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Wrong {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

/// A duration such as `10s`, `1m30s`, `400d`; between `least` and `most`.
pub(super) fn duration(text: &str, least: Duration, most: Duration) -> Result<Duration, Wrong> {
    let hint = "such as `10s`, `1m30s`, `12h` or `400d`";
    let Ok(span) = text.parse::<Span>() else {
        return Err(Wrong::new(format!("bad duration `{text}`")).hint(hint));
    };
    if span.get_years() != 0 || span.get_months() != 0 {
        let message = format!("`{text}`: months and years have no fixed length");
        return Err(Wrong::new(message).hint(hint));
    }
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let Some(length) = length
        .ok()
        .and_then(|length| Duration::try_from(length).ok())
    else {
        return Err(Wrong::new(format!("bad duration `{text}`")).hint(hint));
    };
    if length < least || length > most {
        return Err(Wrong::new(format!(
            "`{text}` is not between {} and {}",
            words(least),
            words(most)
        )));
    }
    Ok(length)
}

/// A duration as a person writes it: `10s`, `1m 30s`, `400d`.
pub(super) fn words(duration: Duration) -> String {
    let mut rest = duration.as_millis();
    let mut parts = Vec::new();
    for (unit, length) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ] {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            parts.push(format!("{count}{unit}"));
        }
    }
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// Days are counted from here.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Days from 1970-01-01 to `year-month-day`; `None` where there is no such day.
pub(super) fn day(year: u16, month: u8, day: u8) -> Option<i64> {
    let narrow = |n: u8| i8::try_from(n).ok();
    let date = Date::new(i16::try_from(year).ok()?, narrow(month)?, narrow(day)?).ok()?;
    Some(i64::from(EPOCH.until(date).ok()?.get_days()))
}

/// A day counted from 1970-01-01 as `YYYY-MM-DD`.
pub(super) fn date(day: i64) -> String {
    Span::new()
        .try_days(day)
        .and_then(|span| EPOCH.checked_add(span))
        .map_or_else(|_| day.to_string(), |date| date.to_string())
}

/// A glob with `*`, `?` and classes, as `globset` reads it.
pub(super) fn glob(text: &str) -> Result<GlobMatcher, Wrong> {
    Glob::new(text)
        .map(|glob| glob.compile_matcher())
        .map_err(|error| Wrong::new(format!("bad glob `{text}`: {}", error.kind())))
}

/// Whether a word is meant as a glob.
pub(super) fn is_glob(word: &str) -> bool {
    word.contains(['*', '?', '[', '{'])
}

/// Longest name of a host or a group; what the names of the internet may have.
const LONGEST_NAME: usize = 253;

/// Whether `name` can name a host or a group: letters, digits, `.`, `_`, `-`, no `-` in front.
pub(super) fn check_name(name: &str) -> Result<(), Wrong> {
    if let Some(c) = name
        .chars()
        .find(|c| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-')))
    {
        return Err(Wrong::new(format!("`{c}` in the name `{name}`"))
            .hint("names hold letters, digits, `.`, `_` and `-`"));
    }
    if name.len() > LONGEST_NAME {
        let message = format!("a name of more than {LONGEST_NAME} bytes");
        return Err(Wrong::new(message));
    }
    if name.starts_with('-') || name.is_empty() {
        return Err(Wrong::new(format!("the name `{name}` starts with `-`")));
    }
    Ok(())
}

/// Whether `name` can be a user of a system.
pub(super) fn check_user(name: &str) -> Result<(), Wrong> {
    let bad =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | ':' | '/' | '"' | '\'');
    if name.is_empty() || name.starts_with('-') || name.contains(bad) {
        return Err(Wrong::new(format!("`{name}` is no user name")));
    }
    Ok(())
}

/// Whether a template has no placeholder other than `{name}`.
pub(super) fn check_template(text: &str) -> Result<(), Wrong> {
    let bare = text.replace("{name}", "");
    if bare.contains(['{', '}']) {
        return Err(Wrong::new(format!("unknown placeholder in `{text}`"))
            .hint("the only placeholder is `{name}`, the host's name"));
    }
    Ok(())
}

/// `template` with the host's name put in.
pub(super) fn fill(template: &str, name: &str) -> String {
    template.replace("{name}", name)
}

/// Whether a text can be the path of a file once `~` is known.
pub(super) fn check_path(text: &str, environment: &Environment<'_>) -> Result<(), Wrong> {
    check_template(text)?;
    match text.strip_prefix('~') {
        Some("") => Err(Wrong::new("`~` is a folder, not a file")),
        Some(rest) if !rest.starts_with('/') => Err(Wrong::new(format!(
            "`{text}`: another user's home folder is not looked up"
        ))
        .hint("write the whole path")),
        Some(_) if environment.home.is_none() => Err(Wrong::new(format!(
            "`{text}`: the home folder is not known"
        ))
        .hint("write the whole path")),
        _ => Ok(()),
    }
}

/// A checked path, absolute: `~` is the home folder, and a relative one starts at the inventory's folder.
pub(super) fn path(text: &str, environment: &Environment<'_>) -> PathBuf {
    match (text.strip_prefix("~/"), &environment.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => environment.base.join(Path::new(text)),
    }
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MINUTES_OF_A_DAY: u16 = 24 * 60;

/// A window of time: `Sat 22:00-Sun 06:00` once a week, `22:00-06:00` every day.
pub(super) fn window(text: &str) -> Result<Window, Wrong> {
    let wrong = || {
        Wrong::new(format!("bad window `{text}`")).hint(
            "such as `Sat 22:00-Sun 06:00` (once a week) or `22:00-06:00` (every day), in UTC",
        )
    };
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let (from_day, from_minute) = moment(from).ok_or_else(wrong)?;
    let (to_day, to_minute) = moment(to).ok_or_else(wrong)?;
    let (minutes, weekly) = match (from_day, to_day) {
        (None, None) => ((from_minute, to_minute), false),
        (Some(from), Some(to)) => (
            (
                from * MINUTES_OF_A_DAY + from_minute,
                to * MINUTES_OF_A_DAY + to_minute,
            ),
            true,
        ),
        _ => return Err(wrong()),
    };
    if minutes.0 == minutes.1 {
        return Err(Wrong::new(format!("the window `{text}` is empty")));
    }
    Ok(Window {
        text: text.to_owned(),
        minutes,
        weekly,
    })
}

/// `Sat 22:00` or `22:00`: the day from Monday, and the minute of the day.
fn moment(text: &str) -> Option<(Option<u16>, u16)> {
    let text = text.trim();
    let (day, clock) = match text.split_once(' ') {
        Some((day, clock)) => {
            let index = DAYS
                .iter()
                .position(|known| known.eq_ignore_ascii_case(day))?;
            (Some(u16::try_from(index).ok()?), clock.trim())
        }
        None => (None, text),
    };
    let (hour, minute) = clock.split_once(':')?;
    let two = |digits: &str, below: u16| {
        let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        let value = digits.parse::<u16>().ok()?;
        (plain && value < below).then_some(value)
    };
    let minutes = match (hour, minute) {
        ("24", "00") => MINUTES_OF_A_DAY,
        _ => two(hour, 24)? * 60 + two(minute, 60)?,
    };
    Some((day, minutes))
}
