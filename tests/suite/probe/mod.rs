//! The probe: its script under real shells, its answers read from garbage as from real ones.

mod answers;
mod fake_root;
mod fed;
mod named;
mod shells;
mod talk;
