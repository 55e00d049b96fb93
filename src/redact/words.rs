//! Command lines and other running text without their secrets.

use super::patterns::{head, is_bare_key, looks, name_tells, says_nothing, url_passwords};
use super::{HIDDEN, Redactor, Scrubbed};
use crate::domain::evidence::secret::{Hidden, Looks};
use crate::domain::text::clean;

/// Words kept of one command line; more is cut.
const MOST_WORDS: usize = 128;
/// How often quoted text inside quoted text is looked into.
const DEEPEST: u8 = 3;
/// Characters that end a word of running text.
const ENDS: &[char] = &[';', '|', '&', '(', ')', '<', '>', ',', '[', ']', '{', '}'];

/// Programs that take a password right behind `-p`.
const ATTACHED: &[&str] = &[
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mariadb",
    "mariadb-dump",
    "mariadb-admin",
    "sshpass",
];

/// What the word before says about the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before<'a> {
    Nothing,
    /// An option whose name promises a secret.
    Telling(&'a str),
    /// `-p` and the like: a password for some programs, a port or a path for others.
    Short(&'a str),
    /// `-u user:password`.
    User,
    /// `-c`: text for a shell.
    Shell,
}

impl Redactor {
    /// The words of a command line, secrets replaced; at most `MOST_WORDS` of them.
    pub fn command<S: AsRef<str>>(&self, words: &[S]) -> Scrubbed<Vec<String>> {
        let mut secrets = Vec::new();
        let mut kept = Vec::new();
        let mut before = Before::Nothing;
        let program = words.first().map_or("", |word| base_name(word.as_ref()));
        for word in words.iter().take(MOST_WORDS) {
            let word = head(word.as_ref());
            kept.push(clean(&self.word(word, before, program, &mut secrets, 0)));
            before = announces(word);
        }
        Scrubbed {
            shown: kept,
            secrets,
        }
    }

    /// Running text on one line, secrets replaced.
    pub fn text(&self, text: &str) -> Scrubbed<String> {
        let mut secrets = Vec::new();
        let shown = clean(&self.running(head(text), &mut secrets, 0));
        Scrubbed { shown, secrets }
    }

    /// Running text: words, quoted parts and what is between them.
    pub(super) fn running(&self, text: &str, secrets: &mut Vec<Hidden>, depth: u8) -> String {
        let mut out = String::with_capacity(text.len());
        let mut before = Before::Nothing;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first.is_whitespace() || ENDS.contains(&first) {
                out.push(first);
                if !first.is_whitespace() && first != ',' {
                    before = Before::Nothing;
                }
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                continue;
            }
            let (word, tail) = rest.split_at(word_length(rest));
            out.push_str(&self.word(word, before, "", secrets, depth));
            before = announces(unquoted(word).1);
            rest = tail;
        }
        out
    }

    /// One word as it may be shown.
    fn word(
        &self,
        word: &str,
        before: Before<'_>,
        program: &str,
        secrets: &mut Vec<Hidden>,
        depth: u8,
    ) -> String {
        let (quote, inner) = unquoted(word);
        if quote.is_empty() && depth == 0 {
            return self.bare(word, before, program, secrets, depth);
        }
        let shown = self.bare(inner, before, program, secrets, depth);
        format!("{quote}{shown}{quote}")
    }

    fn bare(
        &self,
        word: &str,
        before: Before<'_>,
        program: &str,
        secrets: &mut Vec<Hidden>,
        depth: u8,
    ) -> String {
        match before {
            Before::Telling(name) if !word.starts_with('-') => {
                return self.hide(name, word, secrets);
            }
            Before::Short(name) if !is_port_or_path(word) => {
                if looks("password", word) == Looks::Secret {
                    secrets.push(self.hidden(name, word));
                }
                return HIDDEN.to_owned();
            }
            Before::User => {
                if let Some((user, password)) = word.split_once(':') {
                    return format!("{user}:{}", self.hide("user", password, secrets));
                }
            }
            _ => {}
        }
        if before == Before::Shell && depth < DEEPEST && word.contains(char::is_whitespace) {
            return self.running(word, secrets, depth + 1);
        }
        if let Some(password) = word.strip_prefix("-p")
            && ATTACHED.contains(&program)
            && !password.is_empty()
        {
            return format!("-p{}", self.hide("-p", password, secrets));
        }
        if let Some((name, value)) = assignment(word)
            && name_tells(name)
        {
            return format!("{name}={}", self.hide(name, value, secrets));
        }
        if word.contains(|c: char| c.is_whitespace() || ENDS.contains(&c)) && depth < DEEPEST {
            return self.running(word, secrets, depth + 1);
        }
        self.loose(word, secrets)
    }

    /// A word that nothing was said about: passwords in URLs, telling parameters, and what has the form of a secret.
    fn loose(&self, word: &str, secrets: &mut Vec<Hidden>) -> String {
        let name = assignment(word).map_or("argument", |(name, _)| name);
        let mut shown = word.to_owned();
        for range in url_passwords(word).into_iter().rev() {
            let password = word.get(range.clone()).unwrap_or_default();
            if !says_nothing(password) {
                secrets.push(Hidden {
                    looks: Looks::Secret,
                    ..self.hidden(name, password)
                });
            }
            shown.replace_range(range, HIDDEN);
        }
        if shown.contains(['?', '&', '#', '/']) {
            shown = self.parameters(&shown, secrets);
        }
        if looks("", &shown) == Looks::Secret || is_bare_key(&shown) {
            if looks("", &shown) == Looks::Secret {
                secrets.push(self.hidden(name, &shown));
            }
            return HIDDEN.to_owned();
        }
        match assignment(&shown) {
            Some((name, value)) if is_bare_key(value) => format!("{name}={HIDDEN}"),
            _ => shown,
        }
    }

    /// `…?name=value&name=value` with the values of telling names replaced.
    fn parameters(&self, word: &str, secrets: &mut Vec<Hidden>) -> String {
        let mut out = String::with_capacity(word.len());
        for part in word.split_inclusive(['?', '&', '#', '/']) {
            let body = part.trim_end_matches(['?', '&', '#', '/']);
            let end = part.get(body.len()..).unwrap_or_default();
            match body.split_once('=') {
                Some((name, value)) if name_tells(name) && !value.is_empty() => {
                    out.push_str(name);
                    out.push('=');
                    out.push_str(&self.hide(name, value, secrets));
                }
                _ => out.push_str(body),
            }
            out.push_str(end);
        }
        out
    }

    /// Takes note of a value under a telling name, and gives what is shown instead.
    fn hide(&self, name: &str, value: &str, secrets: &mut Vec<Hidden>) -> String {
        if says_nothing(value) {
            return value.to_owned();
        }
        let name = name.trim_start_matches('-');
        let hidden = self.hidden(name, value);
        let looks = match hidden.looks {
            // The option promised a secret even where its name alone does not.
            Looks::Harmless => Looks::NameOnly,
            looks => looks,
        };
        secrets.push(Hidden { looks, ..hidden });
        HIDDEN.to_owned()
    }
}

/// What `word` says about the word after it.
fn announces(word: &str) -> Before<'_> {
    match word {
        "-p" | "-a" | "-w" => Before::Short(word),
        "-u" | "--user" | "--proxy-user" => Before::User,
        "-c" | "-lc" | "-ec" | "-xc" | "-exc" | "-euc" => Before::Shell,
        _ if word.starts_with("--") && !word.contains('=') && name_tells(word) => {
            Before::Telling(word)
        }
        // `-password` of Java, Go and openssl.
        _ if word.starts_with('-') && word.len() > 3 && !word.contains('=') && name_tells(word) => {
            Before::Telling(word)
        }
        _ => Before::Nothing,
    }
}

/// `name=value`, with whatever dashes stand in front of the name; no assignment if the name is none.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    // Words of a broken-up shell line may keep an opening quote.
    let bare = name.trim_start_matches(['"', '\'']);
    let is_name = !bare.is_empty()
        && bare.len() <= 128
        && bare
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    is_name.then_some((name, value))
}

fn is_port_or_path(word: &str) -> bool {
    word.starts_with(['/', '.', '-', '$'])
        || word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '-' | '/'))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The quotes around a word, if it has the same at both ends, and what is between.
fn unquoted(word: &str) -> (&str, &str) {
    for quote in ["\"", "'", "`"] {
        if let Some(inner) = word
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
        {
            return (quote, inner);
        }
    }
    ("", word)
}

/// Bytes of the word that `text` begins with: up to white space or an end, but quoted parts as a whole.
fn word_length(text: &str) -> usize {
    let mut open = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match open {
            _ if escaped => escaped = false,
            _ if c == '\\' => escaped = true,
            Some(quote) if c == quote => open = None,
            None if matches!(c, '"' | '\'' | '`') => open = Some(c),
            None if c.is_whitespace() => return at,
            // A URL keeps its query; elsewhere these end a word.
            None if ENDS.contains(&c)
                && !(c == '&' && text.get(..at).is_some_and(|w| w.contains('?'))) =>
            {
                return at;
            }
            _ => {}
        }
    }
    text.len()
}
