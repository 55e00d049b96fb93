//! State of each screen and what actions do to it. Drawing is in `view`, under the same names.

pub mod across;
pub mod causes;
pub mod facts;
pub mod fleet;
pub mod host;
pub mod items;
pub mod overlay;
pub mod palette;
pub mod question;
pub mod repair;
pub mod tab;
