//! The vocabulary of plimsoll: plain data that every other module speaks.
//!
//! Nothing here is asynchronous, reads a clock, a file or a socket, or knows how a host is reached.
//! Start with [`control`] (what is wanted), [`evidence`] (what was read) and [`outcome`] (what follows).

pub mod capability;
pub mod context;
pub mod control;
pub mod diagnosis;
pub mod event;
pub mod evidence;
pub mod failure;
pub mod filter;
pub mod gap;
pub mod host;
pub mod nodeset;
pub mod outcome;
pub mod past;
pub mod pattern;
pub mod place;
pub mod plan;
pub mod policy;
pub mod posture;
pub mod profile;
pub mod question;
pub mod repair;
pub mod severity;
pub mod tables;
pub mod text;
pub mod version;
pub mod waiver;
