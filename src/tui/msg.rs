//! Everything that can happen to the dashboard.

use std::sync::Arc;

use crate::domain::event::{FleetEvent, HostIndex, HostReport};
use crate::domain::question::{Question, QuestionId};
use crate::domain::repair::RepairNews;

use super::key::Key;
use super::mouse::Mouse;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// Something was done with the mouse.
    Mouse(Mouse),
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
    /// The person is asked something.
    Asked(QuestionId, Question),
    /// A question needs no answer any more.
    Withdrawn(QuestionId),
    /// A repair of a host tells something.
    Repair(HostIndex, RepairNews),
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
    /// A question to the person; its answer comes back as [`super::effect::Effect::Answer`].
    Asked(QuestionId, Question),
    /// A question that needs no answer any more.
    Withdrawn(QuestionId),
    /// A repair of a host tells something.
    Repair(HostIndex, RepairNews),
}

impl From<News> for Msg {
    fn from(news: News) -> Self {
        match news {
            News::Fleet(event) => Self::Fleet(event),
            News::Opened(host, report) => Self::Opened(host, report),
            News::Notice(text) => Self::Notice(text),
            News::Asked(id, question) => Self::Asked(id, question),
            News::Withdrawn(id) => Self::Withdrawn(id),
            News::Repair(host, news) => Self::Repair(host, news),
        }
    }
}
