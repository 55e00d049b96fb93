//! The dashboard with everything it needs around it.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::conduct::Conductor;
use super::environment::{self, Environment};
use super::error::Error;
use super::log::Log;
use super::run::{Notices, WAITING};
use crate::controls;
use crate::domain::filter::Filter;
use crate::sweep::Sweep;
use crate::tui::color::Depth;
use crate::tui::glyph::Glyphs;
use crate::tui::model::{Filtering, Setup};
use crate::tui::theme::Theme;
use crate::tui::{self, Settings};

/// Effects that may wait for the application.
const EFFECTS: usize = 64;

/// How the dashboard shall look.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// `--theme`.
    pub theme: Option<String>,
    /// `--color`: always, never, or as the terminal says.
    pub color: Option<bool>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--filter`.
    pub filter: Option<String>,
    /// What is swept, in a word or two.
    pub scope: String,
    /// `--read-only`.
    pub read_only: bool,
}

/// Opens the dashboard on `sweep` and stays until it is left; gives the exit code. Questions come with
/// `notices`; events go to `log` too.
pub async fn run(
    sweep: Arc<Sweep>,
    look: &Look,
    notices: Option<Notices>,
    log: Option<Log>,
    environment: &Environment,
) -> Result<u8, Error> {
    let settings = settings(look, environment)?;
    let (news, heard) = mpsc::channel(WAITING);
    let (effects, asked) = mpsc::channel(EFFECTS);
    let clock = Arc::clone(&sweep.clock);
    let conductor = Conductor::new(sweep, news)
        .with_log(log)
        .with_questions(notices);
    let conductor = tokio::spawn(conductor.run(asked));
    let code = tui::run(settings, heard, effects, clock)
        .await
        .map_err(|e| {
            Error::usage("cannot use this terminal")
                .hint("plimsoll sweep needs none")
                .source(e)
        });
    conductor.abort();
    code
}

/// The settings of the dashboard for this terminal.
pub fn settings(look: &Look, environment: &Environment) -> Result<Settings, Error> {
    let themes =
        Theme::built_in().map_err(|e| Error::internal("a theme of our own is broken").source(e))?;
    let theme = match &look.theme {
        Some(name) => themes
            .iter()
            .position(|theme| &theme.name == name)
            .ok_or_else(|| unknown_theme(name, &themes))?,
        None => 0,
    };
    let filter = match &look.filter {
        Some(text) => {
            let filter = Filter::parse(text).map_err(|e| Error::usage(format!("--filter: {e}")))?;
            Some(Filtering {
                text: text.clone(),
                filter,
            })
        }
        None => None,
    };
    let setup = Setup {
        scope: look.scope.clone(),
        read_only: look.read_only,
        glyphs: Glyphs::choose(
            look.ascii,
            environment.utf8,
            &environment.term,
            &environment.language,
        ),
        themes: Vec::new(),
        theme,
        utc_offset_s: environment::utc_offset_s(),
        lookup: controls::by_id,
        filter,
    };
    Ok(Settings {
        setup,
        depth: Depth::choose(
            look.color,
            environment.no_color,
            environment.true_color,
            &environment.term,
        ),
        themes,
    })
}

fn unknown_theme(name: &str, themes: &[Theme]) -> Error {
    let names: Vec<&str> = themes.iter().map(|theme| theme.name.as_str()).collect();
    Error::usage(format!("there is no theme called {name}"))
        .hint(format!("there are {}", names.join(", ")))
}
