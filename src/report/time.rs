//! Times in reports: always UTC, to the millisecond.

use jiff::Timestamp;

/// `2026-11-23T16:40:00.123Z` for milliseconds since 1970-01-01 UTC.
pub(super) fn stamp(at: i64) -> String {
    shown(at, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// `2026-11-23 16:40:00 UTC` for milliseconds since 1970-01-01 UTC.
pub(super) fn readable(at: i64) -> String {
    shown(at, "%Y-%m-%d %H:%M:%S UTC")
}

/// `412 ms`, `3.2 s` or `4 min 10 s`.
pub(super) fn span(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

fn shown(at: i64, format: &str) -> String {
    // A clock far outside of the calendar is shown as its nearest end rather than not at all.
    let nearest = if at < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_millisecond(at)
        .unwrap_or(nearest)
        .strftime(format)
        .to_string()
}
