//! The manifest: a line for each file, each holding the hash of the line before.

use serde::{Deserialize, Serialize};

use super::{SCHEMA, is_part, sha256};

/// A line of a manifest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    /// The first one.
    Evidence {
        schema: String,
        tool: String,
        catalogue: String,
        started: String,
    },
    /// A file.
    Part(Entry),
    /// The last one.
    End { parts: usize, previous: String },
}

/// What the manifest says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name in the folder.
    pub file: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// The host that it is of; none for what belongs to all.
    pub host: Option<String>,
    /// When that was read.
    pub read: Option<String>,
    /// How it was reached.
    pub transport: Option<String>,
    /// Its engine.
    pub engine: Option<String>,
    /// SHA-256 of the line before, in hex; set when the line is added.
    #[serde(default)]
    pub previous: String,
}

/// A manifest that is being written.
#[derive(Debug)]
pub struct Chain {
    text: String,
    last: String,
    parts: usize,
}

impl Chain {
    /// Begins with who read it, by which catalogue it was judged, and when.
    pub fn begin(tool: &str, catalogue: &str, started: &str) -> Self {
        let mut chain = Self {
            text: String::new(),
            last: String::new(),
            parts: 0,
        };
        chain.add(&Line::Evidence {
            schema: SCHEMA.to_owned(),
            tool: tool.to_owned(),
            catalogue: catalogue.to_owned(),
            started: started.to_owned(),
        });
        chain
    }

    /// Adds a file.
    pub fn part(&mut self, entry: Entry) {
        let previous = self.last.clone();
        self.parts += 1;
        self.add(&Line::Part(Entry { previous, ..entry }));
    }

    /// The whole text, its last line among it.
    pub fn end(mut self) -> String {
        let (parts, previous) = (self.parts, self.last.clone());
        self.add(&Line::End { parts, previous });
        self.text
    }

    fn add(&mut self, line: &Line) {
        // The shape has nothing that JSON cannot say.
        let line = serde_json::to_string(line).unwrap_or_default();
        self.last = sha256(line.as_bytes());
        self.text.push_str(&line);
        self.text.push('\n');
    }
}

/// A manifest whose lines hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The program that read it.
    pub tool: String,
    /// The catalogue that judged it then.
    pub catalogue: String,
    /// When the sweep began.
    pub started: String,
    /// The files.
    pub parts: Vec<Entry>,
}

/// Why a manifest is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Broken {
    /// A line is no line of a manifest.
    #[error("line {0} is none of a manifest: {1}")]
    Shape(usize, String),
    /// It is of a version that this program does not know.
    #[error("it has the schema {0}; this program reads {SCHEMA}")]
    Version(String),
    /// A line does not follow from the one before: something was changed, added or taken away.
    #[error("line {0} does not follow from the line before")]
    Chain(usize),
    /// Its end is missing.
    #[error("its last line is missing")]
    Cut,
    /// It names a file that no bundle has.
    #[error("line {0} names a file that no bundle has: {1}")]
    Place(usize, String),
}

impl Manifest {
    /// Reads a manifest and follows its chain.
    pub fn read(text: &str) -> Result<Self, Broken> {
        let mut manifest: Option<Self> = None;
        let mut last = String::new();
        let mut ended = false;
        for (number, line) in (1..).zip(text.lines()) {
            let read: Line =
                serde_json::from_str(line).map_err(|e| Broken::Shape(number, e.to_string()))?;
            let follows = |previous: &str| {
                if previous == last && !ended {
                    Ok(())
                } else {
                    Err(Broken::Chain(number))
                }
            };
            match (read, &mut manifest) {
                (
                    Line::Evidence {
                        schema,
                        tool,
                        catalogue,
                        started,
                    },
                    None,
                ) => {
                    known(&schema)?;
                    manifest = Some(Self {
                        tool,
                        catalogue,
                        started,
                        parts: Vec::new(),
                    });
                }
                (Line::Part(entry), Some(manifest)) => {
                    follows(&entry.previous)?;
                    if !is_part(&entry.file) {
                        let shown = crate::domain::text::clean(&entry.file);
                        return Err(Broken::Place(number, shown));
                    }
                    manifest.parts.push(entry);
                }
                (Line::End { parts, previous }, Some(manifest)) => {
                    follows(&previous)?;
                    if parts != manifest.parts.len() {
                        return Err(Broken::Chain(number));
                    }
                    ended = true;
                }
                _ => return Err(Broken::Chain(number)),
            }
            last = sha256(line.as_bytes());
        }
        manifest.filter(|_| ended).ok_or(Broken::Cut)
    }
}

fn known(schema: &str) -> Result<(), Broken> {
    match schema.strip_prefix("plimsoll.evidence/") {
        Some(version) if version.split('.').next() == Some("1") => Ok(()),
        _ => Err(Broken::Version(crate::domain::text::clean(schema))),
    }
}
