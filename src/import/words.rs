//! Words of a line as a shell would split them: quotes and backslashes, no variables.

/// The words of `text`; with `comments`, a `#` at the start of a word ends the line. `None` where a quote is not
/// closed.
pub(super) fn split(text: &str, comments: bool) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (Some(_), '\\') => {
                let next = chars.next()?;
                let word = word.get_or_insert_default();
                if !matches!(next, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(next);
            }
            (None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, '"' | '\'') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, '#') if comments && word.is_none() => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return None;
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let joined = |text: &str| split(text, true).map(|words| words.join("|"));
        assert_eq!(joined("a  b=1\tc").as_deref(), Some("a|b=1|c"));
        assert_eq!(
            joined("x='-o A=1 -o \"B=2\"' # y").as_deref(),
            Some("x=-o A=1 -o \"B=2\"")
        );
        assert_eq!(joined(r#""a\"b" c\ d ''"#).as_deref(), Some("a\"b|c d|"));
        assert_eq!(joined("a#b #c").as_deref(), Some("a#b"));
        assert_eq!(joined("a 'b"), None);
    }
}
