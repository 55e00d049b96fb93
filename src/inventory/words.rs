//! The nearest known word to a mistyped one.

/// The word of `known` that `word` was most likely meant to be.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|known| {
            (
                strsim::damerau_levenshtein(&word, &known.to_lowercase()),
                known,
            )
        })
        .filter(|(distance, known)| *distance <= 1 + word.chars().count().max(known.len()) / 4)
        .min()
        .map(|(_, known)| known)
}

/// The hint that names the nearest word, if there is one.
pub(super) fn did_you_mean<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<String> {
    nearest(word, known).map(|known| format!("did you mean `{known}`?"))
}

/// [`did_you_mean`], else all words that are known.
pub(super) fn one_of(word: &str, known: &[&str]) -> String {
    did_you_mean(word, known.iter().copied())
        .unwrap_or_else(|| format!("one of: {}", known.join(", ")))
}
