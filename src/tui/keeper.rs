//! What the dashboard hands over to be kept: files that a person asked for, and what is remembered.

use super::views::Views;

/// Keeps things outside of the dashboard; the loop calls it, never `update` or `draw`.
pub trait Keeper: Send {
    /// Writes `text` into a new file for the person; says where it is, or why it could not be written.
    fn save(&mut self, name: &str, text: &str) -> Result<String, String>;

    /// Remembers how the person looks at things.
    fn remember(&mut self, views: &Views);
}

/// How a terminal's clipboard is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    /// The terminal takes it (OSC 52).
    Terminal,
    /// tmux stands between: it hands on what is wrapped for it.
    Tmux,
    /// GNU screen stands between.
    Screen,
    /// This terminal has none for programs: a file takes its place.
    File,
}

impl Clipboard {
    /// The clipboard of a terminal of type `term`; `tmux` and `screen` say what runs around us.
    pub fn choose(term: &str, tmux: bool, screen: bool) -> Self {
        match term {
            "linux" | "dumb" | "vt100" | "vt220" => Self::File,
            _ if tmux => Self::Tmux,
            _ if screen => Self::Screen,
            _ => Self::Terminal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Clipboard;

    #[test]
    fn consoles_have_no_clipboard() {
        for (term, tmux, screen, found) in [
            ("xterm-256color", false, false, Clipboard::Terminal),
            ("tmux-256color", true, false, Clipboard::Tmux),
            ("screen", true, true, Clipboard::Tmux),
            ("screen", false, true, Clipboard::Screen),
            ("linux", false, false, Clipboard::File),
        ] {
            assert_eq!(Clipboard::choose(term, tmux, screen), found, "{term}");
        }
    }
}
