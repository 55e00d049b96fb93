//! plimsoll: the security posture of fleets of Docker hosts, in the terminal and without agents.
//!
//! One way through the code: `inventory` (who) → `transport` (how) → `access` (may I) → `collect` (evidence) →
//! `assess` (findings), driven by `sweep`, told as one stream of [`domain::event::FleetEvent`] to `tui` and `report`.
//! `app` puts the parts together, `cli` is the command line. `ARCHITECTURE.md` has the map and the invariants.

pub mod access;
pub mod app;
pub mod assess;
pub mod bundle;
pub mod cli;
pub mod collect;
pub mod controls;
pub mod doctor;
pub mod domain;
pub mod history;
pub mod import;
pub mod inventory;
pub mod probe;
pub mod record;
pub mod redact;
pub mod remedy;
pub mod report;
pub mod simulate;
pub mod sshconfig;
pub mod sweep;
pub mod transport;
pub mod tui;
