//! Keys that people change: actions get other keys everywhere, and what would then mean two things is found.

use super::super::action::Action;
use super::super::key::Key;
use super::Context;
use super::tables;

/// The keys in force.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    changed: Vec<(Action, Vec<Key>)>,
}

/// A key that would mean two things in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clash {
    /// The action whose new keys make the trouble.
    pub action: Action,
    /// The key.
    pub key: Key,
    /// What else it means.
    pub other: Action,
    /// Where.
    pub context: Context,
}

/// Why keys cannot be given to an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The key always stops what runs.
    #[error("ctrl-c always stops what runs, and quits when pressed twice")]
    Interrupt,
    /// Escape always goes back.
    #[error("esc always goes back")]
    Escape,
    /// Terminals send the same byte for another key.
    #[error("terminals send {0} for it, so it cannot be told apart")]
    Same(&'static str),
    /// Where text is typed, no character can mean something else.
    #[error("it means something only where text is typed")]
    Typed,
    /// Nobody's finger is to learn another key for it.
    #[error("what applies a plan has its own keys everywhere")]
    Applies,
}

impl Keymap {
    /// Keys that `action` may be given.
    pub fn allows(action: Action, key: Key) -> Result<(), Refused> {
        match key {
            _ if matches!(action, Action::Interrupt) => Err(Refused::Interrupt),
            _ if matches!(
                action,
                Action::Answer | Action::Decline | Action::Go | Action::Leave
            ) =>
            {
                Err(Refused::Typed)
            }
            _ if action.applies() => Err(Refused::Applies),
            Key::Ctrl('c') => Err(Refused::Interrupt),
            Key::Esc if !matches!(action, Action::Back | Action::Close) => Err(Refused::Escape),
            Key::Ctrl('h') => Err(Refused::Same("backspace")),
            Key::Ctrl('i') => Err(Refused::Same("tab")),
            Key::Ctrl('j' | 'm') => Err(Refused::Same("enter")),
            Key::Ctrl('[') => Err(Refused::Same("esc")),
            _ => Ok(()),
        }
    }

    /// The usual keys with other ones for some actions, and every clash that this makes.
    pub fn with(changed: Vec<(Action, Vec<Key>)>) -> (Self, Vec<Clash>) {
        let keymap = Self { changed };
        let clashes = keymap.clashes();
        (keymap, clashes)
    }

    /// Keys and action of every binding in `context`.
    pub fn bindings(&self, context: Context) -> impl Iterator<Item = (&[Key], Action)> {
        tables::of(context)
            .iter()
            .copied()
            .flatten()
            .map(|binding| (self.in_force(binding.action, binding.keys), binding.action))
    }

    fn in_force<'a>(&'a self, action: Action, usual: &'a [Key]) -> &'a [Key] {
        self.changed
            .iter()
            .find(|(changed, _)| *changed == action)
            .map_or(usual, |(_, keys)| keys.as_slice())
    }

    /// What `key` means in `context`.
    pub fn action(&self, context: Context, key: Key) -> Option<Action> {
        let found = self
            .bindings(context)
            .find(|(keys, _)| keys.contains(&key))
            .map(|(_, action)| action);
        // Whatever was changed, Escape leads back.
        match (found, key) {
            (None, Key::Esc) => self
                .bindings(context)
                .map(|(_, action)| action)
                .find(|action| matches!(action, Action::Back | Action::Decline)),
            _ => found,
        }
    }

    /// The keys that mean `action` in `context`.
    pub fn keys(&self, context: Context, action: Action) -> &[Key] {
        self.bindings(context)
            .find(|(_, bound)| *bound == action)
            .map_or(&[], |(keys, _)| keys)
    }

    fn clashes(&self) -> Vec<Clash> {
        let mut clashes: Vec<Clash> = Vec::new();
        for context in Context::ALL {
            let bound: Vec<(&[Key], Action)> = self.bindings(context).collect();
            for (index, (keys, action)) in bound.iter().enumerate() {
                for (other_keys, other) in bound.iter().skip(index + 1) {
                    let Some(key) = keys.iter().find(|key| other_keys.contains(key)) else {
                        continue;
                    };
                    let (action, other) = if self.is_changed(*action) {
                        (*action, *other)
                    } else {
                        (*other, *action)
                    };
                    let known = clashes
                        .iter()
                        .any(|clash| (clash.action, clash.other) == (action, other));
                    if action != other && !known {
                        clashes.push(Clash {
                            action,
                            key: *key,
                            other,
                            context,
                        });
                    }
                }
            }
        }
        clashes
    }

    fn is_changed(&self, action: Action) -> bool {
        self.changed.iter().any(|(changed, _)| *changed == action)
    }
}
