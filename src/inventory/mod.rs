//! Who is in the fleet and how each host is reached: the inventory, parsed, validated and resolved.
//!
//! Takes text, never paths; contacts nothing. Start with [`spec::HostSpec`], what all later modules work from.

pub mod problem;
pub mod spec;
