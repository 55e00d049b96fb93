//! The dashboard with everything it needs around it.

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use tokio::sync::mpsc;

use super::conduct::Conductor;
use super::config;
use super::environment::{self, Environment};
use super::error::Error;
use super::keep::Files;
use super::log::Log;
use super::repair::Workshop;
use super::run::{Notices, WAITING};
use crate::controls;
use crate::domain::filter::Filter;
use crate::domain::waiver::Waiver;
use crate::sweep::{Clock, Sweep};
use crate::tui::color::Depth;
use crate::tui::effect::Effect;
use crate::tui::glyph::Glyphs;
use crate::tui::keeper::Clipboard;
use crate::tui::model::{Filtering, Setup};
use crate::tui::msg::News;
use crate::tui::theme::Theme;
use crate::tui::views::Views;
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
    /// The waivers of the inventory.
    pub waivers: Vec<Waiver>,
}

/// Opens the dashboard on `sweep` and stays until it is left; gives the exit code. Questions come with
/// `notices`; events go to `log` too; repairs are done in `workshop`.
pub async fn run(
    sweep: Arc<Sweep>,
    look: &Look,
    notices: Option<Notices>,
    log: Option<Log>,
    workshop: Option<Workshop>,
    environment: &Environment,
) -> Result<u8, Error> {
    let (news, heard) = mpsc::channel(WAITING);
    let clock = Arc::clone(&sweep.clock);
    let conductor = Conductor::new(sweep, news)
        .with_log(log)
        .with_questions(notices)
        .with_repairs(workshop);
    show(look, environment, heard, clock, |asked| {
        conductor.run(asked)
    })
    .await
}

/// Shows what `heard` brings until the dashboard is left; `behind` serves its effects meanwhile. Gives the exit code.
pub(super) async fn show<F: Future<Output = ()> + Send + 'static>(
    look: &Look,
    environment: &Environment,
    heard: mpsc::Receiver<News>,
    clock: Clock,
    behind: impl FnOnce(mpsc::Receiver<Effect>) -> F,
) -> Result<u8, Error> {
    let files = Files::new(environment.state.as_deref());
    let settings = settings(look, &files.views(), environment)?;
    let (effects, asked) = mpsc::channel(EFFECTS);
    let behind = tokio::spawn(behind(asked));
    let code = tui::run(settings, heard, effects, clock, Box::new(files))
        .await
        .map_err(|e| {
            Error::usage("cannot use this terminal")
                .hint("plimsoll sweep needs none")
                .source(e)
        });
    behind.abort();
    code
}

/// The settings of the dashboard for this terminal.
pub fn settings(look: &Look, views: &Views, environment: &Environment) -> Result<Settings, Error> {
    let themes = themes(environment)?;
    let names: Vec<&str> = themes.iter().map(|theme| theme.name.as_str()).collect();
    let choices = config::load(environment, &names)?;
    let configured = look.theme.as_ref().or(choices.theme.as_ref());
    let theme = match configured {
        Some(name) => themes
            .iter()
            .position(|theme| &theme.name == name)
            .ok_or_else(|| unknown_theme(name, &themes))?,
        // What was chosen in the dashboard counts where nothing else was said; it may be gone since.
        None => views
            .theme
            .as_ref()
            .and_then(|name| themes.iter().position(|theme| &theme.name == name))
            .unwrap_or_default(),
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
            look.ascii || choices.ascii,
            environment.utf8,
            &environment.term,
            &environment.language,
        ),
        themes: Vec::new(),
        theme,
        utc_offset_s: environment::utc_offset_s(),
        lookup: controls::by_id,
        catalogue: || controls::all().collect(),
        filter,
        mouse: choices.mouse,
        refresh: choices
            .refresh
            .and_then(|every| i64::try_from(every.as_millis()).ok()),
        keymap: choices.keymap,
        views: views.clone(),
        waivers: look.waivers.clone(),
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
        clipboard: Clipboard::choose(&environment.term, environment.tmux, environment.screen),
    })
}

/// Our themes and those of the configuration folder.
fn themes(environment: &Environment) -> Result<Vec<Theme>, Error> {
    let folder = environment
        .config
        .as_ref()
        .map(|config| config.join("themes"));
    let own = match &folder {
        Some(folder) => own_themes(folder)?,
        None => Vec::new(),
    };
    Theme::with_own(own).map_err(|e| Error::internal("a theme of our own is broken").source(e))
}

/// The themes in `folder`, by file name; none where there is no such folder.
fn own_themes(folder: &Path) -> Result<Vec<Theme>, Error> {
    let broken = |path: &Path, e: io::Error| {
        Error::usage(format!("cannot read {}", path.display()))
            .hint("make it readable, or take it away")
            .source(e)
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(broken(folder, e)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| broken(folder, e))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).map_err(|e| broken(path, e))?;
            Theme::parse(&path.display().to_string(), &text).map_err(|e| {
                Error::usage(e.to_string())
                    .hint("themes/dark.toml of the program's source names every role")
            })
        })
        .collect()
}

fn unknown_theme(name: &str, themes: &[Theme]) -> Error {
    let names: Vec<&str> = themes.iter().map(|theme| theme.name.as_str()).collect();
    Error::usage(format!("there is no theme called {name}"))
        .hint(format!("there are {}", names.join(", ")))
}
