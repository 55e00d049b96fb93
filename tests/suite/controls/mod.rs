//! The catalogue: its form, its rules by their case files, and judging as a whole.

mod case;
mod cases;
mod corpus;
mod counts;
mod earlier;
mod guards;
mod judging;
mod ledger;
mod missing;
mod profiles;
mod references;
mod waivers;
