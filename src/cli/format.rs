//! `--format F[=FILE],…`.

use std::path::PathBuf;
use std::str::FromStr;

/// One format and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatArg {
    /// The format.
    pub kind: FormatKind,
    /// The file, or none for the common output.
    pub file: Option<PathBuf>,
}

/// The formats of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatKind {
    /// For people.
    Text,
    /// One document.
    Json,
    /// One line a host.
    Ndjson,
}

impl FormatKind {
    const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Ndjson];

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }
}

impl FromStr for FormatArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, file) = match text.split_once('=') {
            Some((word, file)) => (word, Some(file)),
            None => (text, None),
        };
        let kind = FormatKind::ALL.into_iter().find(|kind| kind.word() == word);
        let Some(kind) = kind else {
            let known = FormatKind::ALL.map(FormatKind::word).join(", ");
            return Err(format!(
                "the formats are {known}, each with =FILE if wanted"
            ));
        };
        if file == Some("") {
            return Err(format!("{word}= needs the name of a file"));
        }
        Ok(Self {
            kind,
            file: file.map(PathBuf::from),
        })
    }
}
