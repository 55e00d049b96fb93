//! The tabs of a host, and the list that each holds.

use super::super::action::Action;
use super::super::cursor::Cursor;
use super::items::Item;

/// The tabs of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[expect(missing_docs, reason = "the words say it all")]
pub enum Tab {
    #[default]
    Findings,
    Containers,
    Images,
    Daemon,
    Permissions,
    Host,
    Swarm,
}

impl Tab {
    /// All of them in order.
    pub const ALL: [Self; 7] = [
        Self::Findings,
        Self::Containers,
        Self::Images,
        Self::Daemon,
        Self::Permissions,
        Self::Host,
        Self::Swarm,
    ];

    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Findings => "Findings",
            Self::Containers => "Containers",
            Self::Images => "Images",
            Self::Daemon => "Daemon",
            Self::Permissions => "Permissions",
            Self::Host => "Host",
            Self::Swarm => "Swarm",
        }
    }

    /// The tab that `action` shows.
    pub fn of(action: Action) -> Option<Self> {
        Some(match action {
            Action::ShowFindings => Self::Findings,
            Action::ShowContainers => Self::Containers,
            Action::ShowImages => Self::Images,
            Action::ShowDaemon => Self::Daemon,
            Action::ShowPermissions => Self::Permissions,
            Action::ShowHost => Self::Host,
            Action::ShowSwarm => Self::Swarm,
            _ => return None,
        })
    }
}

/// One tab's list.
#[derive(Debug, Default)]
pub struct TabList {
    /// Its lines.
    pub items: Vec<Item>,
    /// Where the person is.
    pub cursor: Cursor,
    /// Whether only problems are listed.
    pub problems: bool,
    /// Lines there would be without filter and with everything shown.
    pub total: usize,
    /// Lines with a problem.
    pub bad: usize,
}

/// The lists of all tabs.
#[derive(Debug, Default)]
pub struct Lists([TabList; Tab::ALL.len()]);

impl Lists {
    // There is a list for each tab, in the order of `Tab::ALL`: the first is what is left where none is found.

    /// The list of `tab`.
    pub fn of(&self, tab: Tab) -> &TabList {
        let [first, ..] = &self.0;
        self.0.get(tab as usize).unwrap_or(first)
    }

    /// The list of `tab`, to be changed.
    pub fn of_mut(&mut self, tab: Tab) -> &mut TabList {
        let [first, others @ ..] = &mut self.0;
        let other = (tab as usize).checked_sub(1);
        other.and_then(|at| others.get_mut(at)).unwrap_or(first)
    }
}
