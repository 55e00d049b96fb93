//! What was left out, and why; equal notes are told once for all their hosts.

use crate::domain::nodeset;
use crate::domain::text::clean;

/// Names in one note where they do not fold to less than this many bytes; the rest is counted.
const MOST_NAMED: usize = 4;
const LONGEST: usize = 60;

/// Something that the printed inventory does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The host, or the place in a file.
    pub subject: String,
    /// What about it.
    pub what: String,
}

/// The notes as lines, equal ones folded, in the order in which they first came up.
pub fn told(notes: &[Note]) -> Vec<String> {
    let mut folded: Vec<(&str, Vec<&str>)> = Vec::new();
    for note in notes {
        match folded.iter_mut().find(|(what, _)| *what == note.what) {
            Some((_, subjects)) => subjects.push(&note.subject),
            None => folded.push((&note.what, vec![&note.subject])),
        }
    }
    folded
        .into_iter()
        .map(|(what, subjects)| {
            // Places in files are no node sets.
            let places = subjects
                .iter()
                .any(|name| name.contains([':', '/', ' ', '[', ',']));
            let set = nodeset::fold(&subjects);
            let names = match subjects.as_slice() {
                [one] => (*one).to_owned(),
                _ if !places && set.len() <= LONGEST => set,
                many => {
                    let named: Vec<&str> = many.iter().take(MOST_NAMED).copied().collect();
                    match many.len() - named.len() {
                        0 => named.join(", "),
                        more => format!("{} and {more} more", named.join(", ")),
                    }
                }
            };
            clean(&format!("{names}: {what}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Note, told};

    #[test]
    fn equal_notes_are_told_once() {
        let note = |subject: &str, what: &str| Note {
            subject: subject.to_owned(),
            what: what.to_owned(),
        };
        let notes = [
            note("web-01", "no key"),
            note("a.ini:3", "odd \u{1b}[1m"),
            note("web-02", "no key"),
            note("b.ini:4", "odd \u{1b}[1m"),
        ];
        let lines = told(&notes);
        assert_eq!(lines[0], "web-[01-02]: no key");
        assert!(lines[1].starts_with("a.ini:3, b.ini:4: odd "), "{lines:?}");
        assert!(!lines[1].contains('\u{1b}'));
    }
}
