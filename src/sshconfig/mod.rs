//! What `ssh_config` says about a host, read as OpenSSH reads it: the first value wins.
//!
//! Pure: takes text, never paths; whoever opens files hands their contents in. Where an `ssh` program exists, its own
//! answer (`ssh -G`) is the truth and comes in through the same reader, because it is the same language; on its own the
//! reader is the fallback. What it cannot decide it refuses with a word instead of guessing.

mod block;
mod expand;
mod file;
mod lex;
mod settings;

pub use self::file::{Config, Source};
pub use self::settings::{Agent, Settings, Strictness, resolve};

/// Who asks about which host.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The name as given on the command line of `ssh`.
    pub alias: &'a str,
    /// The user, where one is given.
    pub user: Option<&'a str>,
    /// The port, where one is given.
    pub port: Option<u16>,
    /// The user of this process.
    pub local_user: &'a str,
    /// The home folder, for `~`.
    pub home: Option<&'a str>,
    /// The variables of this process's environment.
    pub variable: &'a dyn VariableOf,
}

/// Looks variables of the environment up.
pub trait VariableOf: std::fmt::Debug {
    /// The value of `name`.
    fn get(&self, name: &str) -> Option<String>;
}

/// An environment without variables.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVariables;

impl VariableOf for NoVariables {
    fn get(&self, _name: &str) -> Option<String> {
        None
    }
}

/// What the reader does not decide, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);
