//! What may be done on an open connection, and doing no more than that.
//!
//! Reading needs nothing but a [`link::Link`]; writing needs a grant that an auditor's process never has
//! ([`authority`]). On a read-only link every request is held against a list of harmless ones ([`gate`]) after it was
//! written down and before it leaves. [`engine`] asks in waves over a few streams, [`http`] reads what comes back and
//! trusts none of it. Nothing here knows what the answers mean.

pub mod authority;
pub mod engine;
pub mod gate;
pub mod http;
pub mod ledger;
pub mod link;
pub mod question;
mod trouble;
