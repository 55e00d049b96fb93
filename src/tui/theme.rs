//! Themes: what each role of the screen looks like.
//!
//! Views name roles, never colours. A theme gives every role its colours and attributes; the colours of a terminal
//! without colour are taken away here, so that nothing below ever sends one (the terminal library would otherwise
//! reset bold and reverse together with the colour).

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};
use serde::Deserialize;

use super::color::{self, Depth};

/// What a piece of text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words say it all; themes/ shows each")]
pub enum Role {
    Text,
    Strong,
    Muted,
    Bar,
    Title,
    Head,
    Line,
    Key,
    Selected,
    Notice,
    Error,
    Gauge,
    Operator,
    Auditor,
    Critical,
    High,
    Medium,
    Low,
    Info,
    Pass,
    Unknown,
    Manual,
    Blocked,
    Waived,
    Running,
    Stale,
}

impl Role {
    /// All roles with their names in theme files.
    pub const ALL: [(Self, &'static str); 26] = [
        (Self::Text, "text"),
        (Self::Strong, "strong"),
        (Self::Muted, "muted"),
        (Self::Bar, "bar"),
        (Self::Title, "title"),
        (Self::Head, "head"),
        (Self::Line, "line"),
        (Self::Key, "key"),
        (Self::Selected, "selected"),
        (Self::Notice, "notice"),
        (Self::Error, "error"),
        (Self::Gauge, "gauge"),
        (Self::Operator, "operator"),
        (Self::Auditor, "auditor"),
        (Self::Critical, "critical"),
        (Self::High, "high"),
        (Self::Medium, "medium"),
        (Self::Low, "low"),
        (Self::Info, "info"),
        (Self::Pass, "pass"),
        (Self::Unknown, "unknown"),
        (Self::Manual, "manual"),
        (Self::Blocked, "blocked"),
        (Self::Waived, "waived"),
        (Self::Running, "running"),
        (Self::Stale, "stale"),
    ];
}

/// What every role looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The name given by `--theme`.
    pub name: String,
    /// One line about it.
    pub about: String,
    styles: BTreeMap<Role, Style>,
}

/// Why a theme file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// It is not TOML of the expected form.
    #[error("theme {file} cannot be read: {message}")]
    Form {
        /// The file.
        file: String,
        /// What the reader said.
        message: String,
    },
    /// It names something that is not known.
    #[error("theme {file}: {what} {name:?} is not known")]
    Unknown {
        /// The file.
        file: String,
        /// `role`, `colour` or `style`.
        what: &'static str,
        /// What was written.
        name: String,
    },
    /// It leaves roles out.
    #[error("theme {file} lacks the roles {}", roles.join(", "))]
    Incomplete {
        /// The file.
        file: String,
        /// Their names.
        roles: Vec<&'static str>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    about: String,
    roles: BTreeMap<String, Look>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    style: Vec<String>,
}

/// A file of the `themes` folder.
macro_rules! built_in {
    ($file:literal) => {
        ($file, include_str!(concat!("../../themes/", $file)))
    };
}

const BUILT_IN: [(&str, &str); 12] = [
    built_in!("default.toml"),
    built_in!("dark.toml"),
    built_in!("light.toml"),
    built_in!("high-contrast.toml"),
    built_in!("colour-blind.toml"),
    built_in!("catppuccin-mocha.toml"),
    built_in!("gruvbox-dark.toml"),
    built_in!("nord.toml"),
    built_in!("solarized-dark.toml"),
    built_in!("solarized-light.toml"),
    built_in!("tokyo-night.toml"),
    built_in!("mono.toml"),
];

impl Theme {
    /// The themes that come with the program, the default first and the colourless one last.
    pub fn built_in() -> Result<Vec<Self>, ThemeError> {
        BUILT_IN
            .into_iter()
            .map(|(file, text)| Self::parse(file, text))
            .collect()
    }

    /// The themes that come with the program and a person's `own`: one of the same name takes the place of ours, others
    /// stand before the colourless one, which stays the last.
    pub fn with_own(own: Vec<Self>) -> Result<Vec<Self>, ThemeError> {
        let mut all = Self::built_in()?;
        for theme in own {
            match all.iter_mut().find(|known| known.name == theme.name) {
                Some(known) => *known = theme,
                None => all.insert(all.len().saturating_sub(1), theme),
            }
        }
        Ok(all)
    }

    /// Reads a theme file; `file` is named in errors. Every role must be there, nothing else may.
    pub fn parse(file: &str, text: &str) -> Result<Self, ThemeError> {
        let read: File = toml::from_str(text).map_err(|error| ThemeError::Form {
            file: file.to_owned(),
            message: place(text, &error),
        })?;
        let mut styles = BTreeMap::new();
        for (name, look) in &read.roles {
            let role = Role::ALL
                .into_iter()
                .find(|(_, known)| known == name)
                .map(|(role, _)| role)
                .ok_or_else(|| unknown(file, "role", name))?;
            styles.insert(role, look.style(file)?);
        }
        let missing: Vec<_> = Role::ALL
            .into_iter()
            .filter(|(role, _)| !styles.contains_key(role))
            .map(|(_, name)| name)
            .collect();
        if missing.is_empty() {
            Ok(Self {
                name: read.name,
                about: read.about,
                styles,
            })
        } else {
            Err(ThemeError::Incomplete {
                file: file.to_owned(),
                roles: missing,
            })
        }
    }

    /// What `role` looks like, on top of plain text.
    pub fn style(&self, role: Role) -> Style {
        let base = self.own(Role::Text);
        if role == Role::Text {
            base
        } else {
            base.patch(self.own(role))
        }
    }

    /// What `role` adds to the text below it.
    pub fn own(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// This theme for a terminal of `depth`: `all[0]` stands in where sixteen colours cannot show fixed ones, the
    /// last of `all` where there is no colour.
    #[must_use]
    pub fn at(&self, depth: Depth, all: &[Self]) -> Self {
        match depth {
            Depth::Many => self.map(|style| Style {
                fg: style.fg.map(color::quantise),
                bg: style.bg.map(color::quantise),
                ..style
            }),
            Depth::Sixteen if self.is_fixed() => all.first().unwrap_or(self).clone(),
            Depth::Sixteen | Depth::True => self.clone(),
            Depth::None => all.last().unwrap_or(self).map(|style| Style {
                fg: None,
                bg: None,
                ..style
            }),
        }
    }

    /// Whether it sets colours by value and so does not follow the terminal.
    pub fn is_fixed(&self) -> bool {
        let fixed = |style: &Style| {
            [style.fg, style.bg]
                .into_iter()
                .flatten()
                .any(|color| matches!(color, ratatui::style::Color::Rgb(..)))
        };
        self.styles.values().any(fixed)
    }

    fn map(&self, change: impl Fn(Style) -> Style) -> Self {
        Self {
            styles: self
                .styles
                .iter()
                .map(|(role, style)| (*role, change(*style)))
                .collect(),
            ..self.clone()
        }
    }
}

impl Look {
    fn style(&self, file: &str) -> Result<Style, ThemeError> {
        let color = |name: &Option<String>| {
            name.as_ref()
                .map(|name| color::parse(name).ok_or_else(|| unknown(file, "colour", name)))
                .transpose()
        };
        let mut style = Style {
            fg: color(&self.fg)?,
            bg: color(&self.bg)?,
            ..Style::default()
        };
        for name in &self.style {
            style = style.add_modifier(match name.as_str() {
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "italic" => Modifier::ITALIC,
                "underline" => Modifier::UNDERLINED,
                "reverse" => Modifier::REVERSED,
                _ => return Err(unknown(file, "style", name)),
            });
        }
        Ok(style)
    }
}

/// What the reader of TOML says, with the line that it says it of.
fn place(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => format!("line {}: {}", before.split('\n').count(), error.message()),
        None => error.message().to_owned(),
    }
}

fn unknown(file: &str, what: &'static str, name: &str) -> ThemeError {
    ThemeError::Unknown {
        file: file.to_owned(),
        what,
        name: name.to_owned(),
    }
}
