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
    /// A table for spreadsheets.
    Csv,
    /// For tickets and wikis.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// For code scanners.
    Sarif,
    /// For pipelines that show tests.
    Junit,
    /// For compliance offices.
    Oscal,
    /// For collectors of security events.
    Ocsf,
    /// For the node exporter's textfile collector.
    Prometheus,
}

impl FormatKind {
    const ALL: [Self; 11] = [
        Self::Text,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
        Self::Html,
        Self::Sarif,
        Self::Junit,
        Self::Oscal,
        Self::Ocsf,
        Self::Prometheus,
    ];

    /// Whether a reader can use the report while it grows.
    pub fn streams(self) -> bool {
        matches!(self, Self::Ndjson | Self::Ocsf)
    }

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Oscal => "oscal",
            Self::Ocsf => "ocsf",
            Self::Prometheus => "prometheus",
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
