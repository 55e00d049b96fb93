//! The composition root: reads the environment, opens files and puts the parts together.
//!
//! The only module that knows all others (but the command line). Start with [`environment::Environment`].

pub mod assess;
pub mod conduct;
pub mod config;
pub mod dashboard;
pub mod demo;
pub mod doctor;
pub mod environment;
pub mod error;
pub mod evidence;
pub mod fleet;
pub mod history;
pub mod identity;
pub mod import;
pub mod keep;
pub mod log;
mod mend;
pub mod paths;
pub mod profiles;
pub mod records;
pub mod relay;
pub mod repair;
pub mod replay;
pub mod resume;
pub mod run;
pub mod ssh;
pub mod state;
mod talk;
mod tty;
pub mod waive;
