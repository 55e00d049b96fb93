//! How findings are put right: planned purely, applied step by step through one fixed script, verified by the control
//! itself, written down, and taken back.
//!
//! [`plan`] makes a plan out of evidence and asks nobody. [`apply`](apply::host) carries one out on one host: it reads
//! again, compares, locks, changes, reads anew over a new connection and lets the rules judge; whatever goes wrong is
//! rolled back. [`journal`] holds the intent before each step and the result after it, and the way back. Each kind of step
//! has a file in [`steps`].

pub mod apply;
pub mod document;
pub mod guard;
pub mod journal;
pub mod operation;
pub mod plan;
pub mod reading;
pub mod script;
pub mod session;
pub mod steps;
pub mod undo;
mod wire;
