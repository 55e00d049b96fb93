//! Files of `ssh_config` with what they include, as a tree of lines.

use std::path::{Path, PathBuf};

use super::block::Block;
use super::lex;

/// Files deep that may include each other, as OpenSSH has it.
const DEEPEST: usize = 16;

/// Opens files for the reader.
pub trait Source {
    /// The files that `pattern` (absolute, wildcards expanded by the source) names, in order, with their contents.
    /// Files that do not exist are left out.
    fn open(&self, pattern: &Path) -> Result<Vec<(PathBuf, String)>, String>;
}

/// The settings of all files, in the order in which they count.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub(super) files: Vec<Vec<Item>>,
}

#[derive(Debug, Clone)]
pub(super) enum Item {
    /// What follows applies only where this does.
    Block(Block),
    /// Files read at this place, each with what it applies to.
    Include(Vec<Vec<Self>>),
    Setting {
        keyword: String,
        words: Vec<String>,
        /// File and line, for messages.
        at: String,
    },
    /// What could not be read, in words.
    Broken(String),
}

impl Config {
    /// Adds a file called `name` with the text `text`; relative includes start in `folder`, `~` is `home`.
    pub fn add(
        &mut self,
        name: &Path,
        text: &str,
        folder: &Path,
        home: Option<&Path>,
        source: &dyn Source,
    ) {
        let reader = Reader {
            folder,
            home,
            source,
        };
        let items = reader.items(name, text, 0);
        self.files.push(items);
    }

    /// The configuration that `ssh -G` printed: a value is the rest of its line, without quotes around blanks.
    pub fn printed(text: &str) -> Self {
        let setting = |line: &str| {
            let (keyword, value) = line.split_once(' ')?;
            let list = matches!(keyword, "userknownhostsfile" | "globalknownhostsfile");
            let words = if list {
                value.split(' ').map(str::to_owned).collect()
            } else {
                vec![value.to_owned()]
            };
            (keyword != "host").then(|| Item::Setting {
                keyword: keyword.to_owned(),
                words,
                at: "ssh -G".to_owned(),
            })
        };
        Self {
            files: vec![text.lines().filter_map(setting).collect()],
        }
    }

    /// Whether nothing at all is set.
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(Vec::is_empty)
    }

    /// Whether a block is meant for `alias` in particular: some pattern of it names the alias with more than wildcards.
    pub fn knows(&self, alias: &str) -> bool {
        fn knows(items: &[Item], alias: &str) -> bool {
            items.iter().any(|item| match item {
                Item::Block(block) => block.names(alias),
                Item::Include(files) => files.iter().any(|items| knows(items, alias)),
                Item::Setting { .. } | Item::Broken(_) => false,
            })
        }
        self.files.iter().any(|items| knows(items, alias))
    }

    /// The patterns of all `Host` lines in their order, each once; names among them.
    pub fn names(&self) -> Vec<String> {
        fn names(items: &[Item], found: &mut Vec<String>) {
            for item in items {
                match item {
                    Item::Block(block) => {
                        for pattern in block.patterns() {
                            if !found.contains(pattern) {
                                found.push(pattern.clone());
                            }
                        }
                    }
                    Item::Include(files) => files.iter().for_each(|items| names(items, found)),
                    Item::Setting { .. } | Item::Broken(_) => {}
                }
            }
        }
        let mut found = Vec::new();
        self.files.iter().for_each(|items| names(items, &mut found));
        found
    }

    /// What decides which settings `alias` gets: two names with the same marks have the same settings, but for their
    /// own names in them. Nothing where more than `Host` lines decides.
    pub fn marks(&self, alias: &str) -> Option<Vec<bool>> {
        fn mark(items: &[Item], alias: &str, marks: &mut Vec<bool>) -> Option<()> {
            for item in items {
                match item {
                    Item::Block(block) => marks.push(block.by_name_alone(alias)?),
                    Item::Include(files) => {
                        for items in files {
                            mark(items, alias, marks)?;
                        }
                    }
                    Item::Broken(_) => return None,
                    Item::Setting { keyword, words, .. } => {
                        // The program prints keys and certificates as they are written, everything else with its
                        // tokens replaced.
                        let varies = match keyword.as_str() {
                            "canonicalizehostname" => true,
                            "identityfile" | "certificatefile" => false,
                            _ => words.iter().any(|word| word.contains('%')),
                        };
                        if varies {
                            return None;
                        }
                    }
                }
            }
            Some(())
        }
        let mut marks = Vec::new();
        for items in &self.files {
            mark(items, alias, &mut marks)?;
        }
        Some(marks)
    }
}

struct Reader<'a> {
    folder: &'a Path,
    home: Option<&'a Path>,
    source: &'a dyn Source,
}

impl Reader<'_> {
    fn items(&self, name: &Path, text: &str, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        for (index, text) in text.lines().enumerate() {
            let Some((keyword, words)) = lex::line(text) else {
                continue;
            };
            let at = format!("{}:{}", name.display(), index + 1);
            match keyword.as_str() {
                "host" => items.push(Item::Block(Block::host(words))),
                "match" => items.push(match Block::criteria(&words, &at) {
                    Ok(block) => Item::Block(block),
                    Err(broken) => Item::Broken(broken),
                }),
                "include" => {
                    for word in &words {
                        items.push(self.include(word, &at, depth));
                    }
                }
                _ => items.push(Item::Setting { keyword, words, at }),
            }
        }
        items
    }

    fn include(&self, word: &str, at: &str, depth: usize) -> Item {
        if depth >= DEEPEST {
            return Item::Broken(format!("{at}: files include each other too deep"));
        }
        let pattern = match (word.strip_prefix("~/"), self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ if word.contains(['~', '$', '%']) => {
                return Item::Broken(format!("{at}: `Include {word}` is not understood"));
            }
            _ => self.folder.join(word),
        };
        match self.source.open(&pattern) {
            Ok(files) => Item::Include(
                files
                    .iter()
                    .map(|(name, text)| self.items(name, text, depth + 1))
                    .collect(),
            ),
            Err(why) => Item::Broken(format!("{at}: `Include {word}`: {why}")),
        }
    }
}
