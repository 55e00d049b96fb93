//! Small drawn things that screens share.

pub mod footer;
pub mod gauge;
pub mod table;
