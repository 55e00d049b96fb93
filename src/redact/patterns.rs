//! What a secret looks like: by the name it goes under and by its own form.
//!
//! Tables and small matchers over text; nothing here hides or keeps anything.

use crate::domain::evidence::secret::Looks;

/// Parts of a name that promise a secret, upper case with `_` between words.
const TELLING: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "ACCESSKEY",
    "PRIVATE_KEY",
    "PRIVATEKEY",
    "CREDENTIAL",
    "ACCOUNTKEY",
];
/// Whole words of a name that promise a secret.
const TELLING_WORDS: &[&str] = &[
    "PASS", "PWD", "PW", "KEY", "AUTH", "DSN", "CRED", "CREDS", "COOKIE",
];
/// Endings of a one-word name, such as redis's `requirepass` and `masterauth`.
const TELLING_ENDINGS: &[&str] = &["PASS", "AUTH", "PWD"];
/// Names that hold something about a secret, or a public half.
const SPARED_ENDINGS: &[&str] = &[
    "_FILE",
    "_FILES",
    "_PATH",
    "_DIR",
    "_SHA256",
    "_SHA512",
    "_SHA1",
    "_MD5",
    "_CHECKSUM",
    "_DIGEST",
    "_TTL",
    "_TIMEOUT",
    "_EXPIRY",
    "_EXPIRES",
    "_EXPIRATION",
    "_LENGTH",
    "_SIZE",
    "_ENABLED",
    "_REQUIRED",
    "_POLICY",
    "_ALGORITHM",
    "_TYPE",
    "_METHOD",
    "_STDIN",
    "_COUNT",
    "_LIFETIME",
    "_ROTATION",
    "_MODE",
    "_PUB",
    "_PUBLIC",
];
/// Names that are spared as a whole or by their beginning.
const SPARED: &[&str] = &["PWD", "OLDPWD", "SSH_AUTH_SOCK", "HISTKEY"];
const SPARED_BEGINNINGS: &[&str] = &["GPG_KEY", "PUBLIC_KEY", "SSH_PUBLIC"];

/// Beginnings of tokens that services hand out, and how many characters of a token must follow.
const TOKENS: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("gldt-", 16),
    ("glrt-", 16),
    ("glsa_", 20),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("xapp-", 10),
    ("hooks.slack.com/services/", 10),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("whsec_", 16),
    ("AIza", 35),
    ("npm_", 30),
    ("pypi-AgE", 16),
    ("dckr_pat_", 16),
    ("dop_v1_", 32),
    ("hvs.", 20),
    ("sk-", 32),
    ("SWMTKN-1-", 20),
    ("SWMKEY-1-", 20),
    ("AGE-SECRET-KEY-1", 20),
];

/// Bytes of a value that are looked at: what a host sends must not cost more than it is worth.
pub(super) const LONGEST: usize = 16 * 1024;

/// The first [`LONGEST`] bytes of `text`, cut between characters.
pub(super) fn head(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// What `value`, called `name`, looks like.
pub(super) fn looks(name: &str, value: &str) -> Looks {
    let (name, value) = (head(name), head(value));
    if has_secret_form(value) {
        return Looks::Secret;
    }
    if !name_tells(name) || says_nothing(value) {
        return Looks::Harmless;
    }
    if is_random(value) {
        Looks::Secret
    } else {
        Looks::NameOnly
    }
}

/// Whether `name` promises a secret.
pub(super) fn name_tells(name: &str) -> bool {
    let name: String = name
        .trim_start_matches(['-', '"', '\''])
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() => c.to_ascii_uppercase(),
            _ => '_',
        })
        .collect();
    let spared = SPARED.contains(&name.as_str())
        || SPARED_BEGINNINGS.iter().any(|part| name.starts_with(part))
        || SPARED_ENDINGS.iter().any(|part| name.ends_with(part));
    !spared
        && (TELLING.iter().any(|part| name.contains(part))
            || TELLING_ENDINGS.iter().any(|part| name.ends_with(part))
            || name.split('_').any(|word| TELLING_WORDS.contains(&word)))
}

/// Whether `value` cannot be a secret: empty, a switch, a small number, a reference, or the path of a file.
pub(super) fn says_nothing(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || value.starts_with("/run/secrets/")
        || value.starts_with('$')
        || is_path(value)
        || value.chars().all(|c| matches!(c, '*' | 'x' | 'X'))
        || (value.len() < 6 && value.bytes().all(|b| b.is_ascii_digit()))
        || [
            "true", "false", "yes", "no", "on", "off", "none", "null", "(hidden)",
        ]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether `value` names a file. Base64 may begin with a slash too, but hardly goes without a capital letter.
fn is_path(value: &str) -> bool {
    value.starts_with('/')
        && value.matches('/').count() >= 2
        && value
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-@".contains(c))
}

/// Whether the value itself has the form of a secret, whatever it is called.
pub(super) fn has_secret_form(value: &str) -> bool {
    is_private_key(value)
        || TOKENS
            .iter()
            .any(|(start, more)| has_token(value, start, *more))
        || has_jwt(value)
        || has_url_password(value)
        || has_connection_password(value)
}

fn is_private_key(value: &str) -> bool {
    value.contains("-----BEGIN") && value.contains("PRIVATE KEY")
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '+' | '.')
}

/// Whether a token begins with `start` at the beginning of a word and goes on for at least `more` characters.
fn has_token(value: &str, start: &str, more: usize) -> bool {
    value.match_indices(start).any(|(at, _)| {
        let before = value.get(..at).and_then(|head| head.chars().next_back());
        let opens = start.contains('/') || !before.is_some_and(|c| c.is_ascii_alphanumeric());
        let tail = value.get(at + start.len()..).unwrap_or_default();
        opens
            && tail
                .chars()
                .take_while(|c| is_token_char(*c))
                .take(more)
                .count()
                >= more
    })
}

fn has_jwt(value: &str) -> bool {
    value.match_indices("eyJ").any(|(at, _)| {
        let before = value.get(..at).and_then(|head| head.chars().next_back());
        if before.is_some_and(is_token_char) {
            return false;
        }
        let tail = value.get(at..).unwrap_or_default();
        let end = tail.find(|c: char| !is_token_char(c)).unwrap_or(tail.len());
        let mut parts = tail.get(..end).unwrap_or_default().split('.');
        let long = |part: Option<&str>| part.is_some_and(|part| part.len() >= 8);
        long(parts.next()) && long(parts.next()) && parts.next().is_some()
    })
}

/// Byte ranges of the passwords in URLs of the form `scheme://user:password@host`.
pub(super) fn url_passwords(value: &str) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    let last = value.rfind('@').unwrap_or_default();
    for (at, _) in value.match_indices("://") {
        let start = at + 3;
        if start > last || found.last().is_some_and(|range| at < range.end) {
            continue;
        }
        let rest = value.get(start..).unwrap_or_default();
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | ','))
            .unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        // A password may hold what ends an authority; then the last `@` of the word closes it.
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        let Some(close) = authority.rfind('@').or_else(|| word.rfind('@')) else {
            continue;
        };
        let Some(colon) = rest.get(..close).and_then(|user| user.find(':')) else {
            continue;
        };
        let password = rest.get(colon + 1..close).unwrap_or_default();
        // `host:80/path@thing` has no user in front of it.
        let is_port = password
            .split('/')
            .next()
            .is_some_and(|port| password.contains('/') && port.bytes().all(|b| b.is_ascii_digit()));
        if !password.is_empty() && !is_port {
            found.push(start + colon + 1..start + close);
        }
    }
    found
}

fn has_url_password(value: &str) -> bool {
    url_passwords(value)
        .into_iter()
        .any(|range| !says_nothing(value.get(range).unwrap_or_default()))
}

/// `Server=…;Password=…;`, `username=…,password=…` and the like; only names that leave no doubt.
fn has_connection_password(value: &str) -> bool {
    value
        .split(|c: char| matches!(c, ';' | ',' | '&' | '?') || c.is_whitespace())
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, value)| {
            let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
            name_tells(name)
                && TELLING.iter().any(|part| upper.contains(part))
                && value.len() >= 4
                && !says_nothing(value)
        })
}

/// Whether `value` is long and mixed enough to have been drawn at random.
pub(super) fn is_random(value: &str) -> bool {
    let length = value.chars().count();
    if !(12..=4096).contains(&length) || value.chars().any(char::is_whitespace) {
        return false;
    }
    if value.starts_with('/') || value.starts_with("http://") || value.starts_with("https://") {
        return false;
    }
    let has = |test: fn(&char) -> bool| value.chars().any(|c| test(&c));
    let mixed = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    mixed && entropy(value) >= 3.0
}

/// Whether `word` stands alone like a key: long, of both cases and digits, and neither path, address nor version.
pub(super) fn is_bare_key(word: &str) -> bool {
    let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
    word.len() >= 20
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
        && has(char::is_ascii_digit)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && entropy(word) >= 3.5
}

/// Shannon entropy in bits a character.
fn entropy(value: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::<char, u32>::new();
    let mut total = 0_u32;
    for c in value.chars() {
        *counts.entry(c).or_default() += 1;
        total += 1;
    }
    counts
        .values()
        .map(|count| {
            let share = f64::from(*count) / f64::from(total.max(1));
            -share * share.log2()
        })
        .sum()
}
