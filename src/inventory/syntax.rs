//! The syntax of the file: TOML read as far as it goes, its errors as problems.

use toml::Spanned;
use toml::de::DeTable;

use super::problem::Problem;
use super::source::Source;

/// What is wrong with the syntax, and how far the tree can be trusted in spite of it.
#[derive(Debug, Default)]
pub(super) struct Broken {
    pub(super) problems: Vec<Problem>,
    /// The first line after which keys may stand in the wrong table.
    pub(super) unsure_from: Option<usize>,
}

/// Reads `text` into a tree that is complete only where nothing is broken.
pub(super) fn read<'t>(source: &Source<'_>, text: &'t str) -> (Spanned<DeTable<'t>>, Broken) {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut broken = Broken::default();
    for error in errors {
        let span = error.span().unwrap_or_default();
        let spot = source.spot(&span);
        let message = error.message();
        if !is_local(message) {
            let first = broken
                .unsure_from
                .map_or(spot.line, |line| line.min(spot.line));
            broken.unsure_from = Some(first);
        }
        let (message, hint) = reworded(message, source.slice(&span));
        let problem = Problem::at(&spot, message, hint);
        // One slip often gives several errors on its line; the first one tells the most.
        if !broken
            .problems
            .iter()
            .any(|known| known.line == problem.line)
        {
            broken.problems.push(problem);
        }
    }
    (root, broken)
}

/// Whether an error spoils its own value only, so that all other keys are where they belong.
fn is_local(message: &str) -> bool {
    [
        "duplicate key",
        "string values must be quoted",
        "invalid date",
    ]
    .iter()
    .any(|start| message.starts_with(start))
}

fn reworded(message: &str, found: &str) -> (String, Option<String>) {
    if message.starts_with("string values must be quoted") {
        // Only a plain word is repeated: anything longer may hold a password.
        let word = found.trim();
        let plain = word.chars().all(|c| c.is_alphanumeric() || c == '-');
        let hint = if plain && !word.is_empty() {
            format!("write `\"{word}\"`")
        } else {
            "put it between quotes".to_owned()
        };
        return ("a string needs quotes".to_owned(), Some(hint));
    }
    if message == "duplicate key" {
        return (format!("`{}` is there twice", found.trim()), None);
    }
    (message.to_owned(), None)
}
