//! From an open link to evidence: what the engine answered and what the probe found, redacted and typed.
//!
//! [`decode`] is pure and shared with recordings and case files.

pub mod answers;
pub mod decode;
