//! What a person may be asked while hosts are read, and what comes back: plain data, from the one who needs an answer
//! to whoever shows the question.
//!
//! An answer that is missing is a refusal. Secrets live in memory that is wiped when they are dropped; they are
//! never shown, stored, logged or compared in messages.

use std::fmt;

use zeroize::Zeroizing;

/// Tells questions apart while they are open.
pub type QuestionId = u64;

/// Longest secret, in bytes; its memory is set aside at once, so that growing leaves no copies behind.
const LONGEST: usize = 4096;

/// Something that only a person can decide or knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// An SSH server's key is not on file: may it be trusted from now on?
    NewKey(NewKey),
    /// Something that must not be seen.
    Secret(Wanted),
}

/// A host key that is not on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The server as it will stand in the file, such as `web-01` or `[web-01]:2222`.
    pub server: String,
    /// The type of its key, such as `ssh-ed25519`.
    pub kind: String,
    /// `SHA256:` fingerprint.
    pub fingerprint: String,
    /// The command that prints the same fingerprint on the host itself.
    pub compare: String,
    /// Where the key is kept if it is trusted.
    pub file: String,
}

/// A secret that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What kind it is.
    pub kind: SecretKind,
    /// Whose: a key file, `user at host`.
    pub subject: String,
    /// What else is to be said, such as the instructions of a server; cleaned.
    pub lines: Vec<String>,
    /// What is to be typed, in order; at least one.
    pub prompts: Vec<Prompt>,
}

/// The kinds of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// Of an encrypted key file of this machine.
    Passphrase,
    /// Of an account on a host.
    Password,
    /// Whatever a server asks for in its own words.
    Interactive,
    /// For `sudo` on hosts.
    Sudo,
}

/// One thing to be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What is asked for; cleaned.
    pub label: String,
    /// Whether it may be seen while it is typed.
    pub echo: bool,
}

/// What a person says; a person who says nothing refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// One for each prompt.
    Secrets(Vec<Secret>),
}

impl Wanted {
    /// The question in a line.
    pub fn title(&self) -> String {
        let subject = &self.subject;
        match self.kind {
            SecretKind::Passphrase => format!("Passphrase of {subject}"),
            SecretKind::Password => format!("Password of {subject}"),
            SecretKind::Interactive => format!("Login of {subject}"),
            SecretKind::Sudo => format!("sudo password of {subject}"),
        }
    }
}

/// Text that is wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// An empty one with room for all that may be typed.
    pub fn new() -> Self {
        Self(Zeroizing::new(String::with_capacity(LONGEST)))
    }

    /// The text, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Adds a character; one for which there is no room is left out.
    pub fn push(&mut self, c: char) {
        if !c.is_control() && self.0.len() + c.len_utf8() <= LONGEST {
            self.0.push(c);
        }
    }

    /// Takes the last character away.
    pub fn pop(&mut self) {
        // The character itself is of no interest.
        let _last = self.0.pop();
    }

    /// Characters so far.
    pub fn count(&self) -> usize {
        self.0.chars().count()
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        let mut secret = Self::new();
        text.chars().for_each(|c| secret.push(c));
        secret
    }
}

impl fmt::Debug for Secret {
    /// Never shows the text, nor how long it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_takes_text_and_shows_none() {
        let mut secret = Secret::from("pässw\u{1b}ord\n");
        assert_eq!(secret.expose(), "pässword");
        secret.pop();
        assert_eq!((secret.expose(), secret.count()), ("pässwor", 7));
        assert!(!format!("{secret:?}").contains("wor"));
        let long = Secret::from("é".repeat(4000).as_str());
        assert_eq!(long.count(), 2048);
    }
}
