//! Score and coverage as reports print them; always together.

use crate::domain::posture::Posture;

/// What stands where there is no figure.
const NONE: &str = "-";

/// The score, or a dash where nothing was rated.
pub(super) fn score(posture: &Posture) -> String {
    (posture.score).map_or_else(|| NONE.to_owned(), |score| score.to_string())
}

/// The coverage in whole percent, rounded down, or a dash where nothing applied.
pub(super) fn percent(posture: &Posture) -> String {
    let percent = (u64::from(posture.answered) * 100).checked_div(posture.applicable.into());
    percent.map_or_else(|| NONE.to_owned(), |percent| format!("{percent} %"))
}
