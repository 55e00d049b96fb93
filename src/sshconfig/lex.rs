//! One line: its keyword and its words, with quotes, backslashes and comments as OpenSSH takes them.

/// The keyword in lower case, and the words behind it; nothing for blank lines and comments.
pub(super) fn line(text: &str) -> Option<(String, Vec<String>)> {
    let text = text.trim_matches([' ', '\t', '\r', '\n', '\u{c}']);
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let end = text.find([' ', '\t', '=', '"']).unwrap_or(text.len());
    let (keyword, rest) = text.split_at(end);
    let rest = rest.trim_start_matches([' ', '\t']);
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    Some((keyword.to_ascii_lowercase(), words(rest)))
}

/// The words of `text`; a `#` at the start of one begins a comment.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        match chars.peek() {
            None | Some('#') => return words,
            Some(_) => {}
        }
        let mut word = String::new();
        let mut quote: Option<char> = None;
        while let Some(c) = chars.next_if(|c| quote.is_some() || !matches!(c, ' ' | '\t')) {
            match c {
                '\\' => match chars.peek().copied() {
                    Some(next @ ('"' | '\'' | '\\')) => {
                        chars.next();
                        word.push(next);
                    }
                    Some(' ') if quote.is_none() => {
                        chars.next();
                        word.push(' ');
                    }
                    _ => word.push('\\'),
                },
                '"' | '\'' if quote.is_none() => quote = Some(c),
                c if quote == Some(c) => quote = None,
                c => word.push(c),
            }
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn words_are_split_as_openssh_does() {
        let split = |text: &str| {
            line(text).map(|(keyword, words)| format!("{keyword}: {}", words.join("|")))
        };
        for (text, expected) in [
            ("Host a  b\tc", Some("host: a|b|c")),
            ("  User=ops", Some("user: ops")),
            ("User = ops # who", Some("user: ops")),
            (
                "IdentityFile \"~/my keys/id\" x",
                Some("identityfile: ~/my keys/id|x"),
            ),
            (
                "IdentityFile ~/my\\ keys/id",
                Some("identityfile: ~/my keys/id"),
            ),
            ("User 'o\"p'", Some("user: o\"p")),
            ("# Host x", None),
            ("   ", None),
            ("Port", Some("port: ")),
        ] {
            assert_eq!(split(text).as_deref(), expected, "{text}");
        }
    }
}
