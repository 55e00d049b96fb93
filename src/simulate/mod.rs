//! Hosts played back from recordings of real ones, for the demo and for tests.
//!
//! A simulated host answers on byte streams, so everything above the transport is the program's real code. It knows
//! nothing but what was recorded in the lab of real engines, and what repairs changed since; faults happen where real ones do.

pub mod apply;
pub mod demo;
pub mod dial;
pub mod engine;
pub mod files;
pub mod probe;
pub mod recording;
pub mod scenario;
