//! Everything that can happen to the dashboard.

use std::sync::Arc;

use crate::domain::event::{FleetEvent, HostIndex, HostReport};

use super::key::Key;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// It is this time: milliseconds since 1970-01-01 UTC. The only way time comes in.
    Tick(i64),
    /// The sweep tells something.
    Fleet(FleetEvent),
    /// The whole report of a host, asked for by [`super::effect::Effect::OpenHost`].
    Opened(HostIndex, Arc<HostReport>),
    /// Something to tell the person.
    Notice(String),
}

/// What the application sends to the dashboard.
#[derive(Debug, Clone)]
pub enum News {
    /// An event of a sweep.
    Fleet(FleetEvent),
    /// The whole report of a host with passes and evidence.
    Opened(HostIndex, Arc<HostReport>),
    /// A line to show.
    Notice(String),
}

impl From<News> for Msg {
    fn from(news: News) -> Self {
        match news {
            News::Fleet(event) => Self::Fleet(event),
            News::Opened(host, report) => Self::Opened(host, report),
            News::Notice(text) => Self::Notice(text),
        }
    }
}
