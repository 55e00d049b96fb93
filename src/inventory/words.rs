//! The nearest known word to a mistyped one.

/// Words longer than this are nobody's slip of the finger.
const LONGEST: usize = 100;

/// The word of `known` that `word` was most likely meant to be.
fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    known
        .into_iter()
        .filter_map(|known| {
            let allowed = 1 + length.max(known.len()) / 4;
            let plausible = known.len().abs_diff(word.len()) <= 4 * allowed;
            let distance = plausible
                .then(|| strsim::damerau_levenshtein(&word, &known.to_lowercase()))
                .filter(|distance| *distance <= allowed)?;
            Some((distance, known))
        })
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

/// A hint: the nearest word, else all words that are known.
pub fn one_of(word: &str, known: &[&str]) -> String {
    did_you_mean(word, known.iter().copied())
        .unwrap_or_else(|| format!("one of: {}", known.join(", ")))
}
