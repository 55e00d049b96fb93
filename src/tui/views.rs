//! What is remembered of how a person looks at things, from one run to the next.

use serde::{Deserialize, Serialize};

use super::model::{Model, Screen};
use super::screen::fleet::FleetSort;
use super::screen::host::HostSort;

/// Orders of lists and the theme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Views {
    /// Order of the list of hosts, and whether it is turned round.
    pub fleet: (FleetSort, bool),
    /// Order of the lists of a host.
    pub host: (HostSort, bool),
    /// The theme's name, once one was chosen in the dashboard.
    pub theme: Option<String>,
}

/// As it stands in the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Written {
    fleet_sort: String,
    fleet_reverse: bool,
    host_sort: String,
    host_reverse: bool,
    theme: Option<String>,
}

impl Views {
    /// Reads what was remembered. Words that are not known any more are as good as none: nobody wrote them by hand.
    pub fn parse(text: &str) -> Self {
        let written: Written = toml::from_str(text).unwrap_or_default();
        let fleet = FleetSort::ALL
            .into_iter()
            .find(|sort| sort.word() == written.fleet_sort);
        let host = HostSort::ALL
            .into_iter()
            .find(|sort| sort.word() == written.host_sort);
        Self {
            fleet: (fleet.unwrap_or_default(), written.fleet_reverse),
            host: (host.unwrap_or_default(), written.host_reverse),
            theme: written.theme,
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let written = Written {
            fleet_sort: self.fleet.0.word().to_owned(),
            fleet_reverse: self.fleet.1,
            host_sort: self.host.0.word().to_owned(),
            host_reverse: self.host.1,
            theme: self.theme.clone(),
        };
        toml::to_string(&written).unwrap_or_default()
    }

    /// Takes over what is in force now; whether that is something else than before.
    pub fn follow(model: &mut Model) -> bool {
        let mut views = model.views.clone();
        views.fleet = (model.list.sort, model.list.reverse);
        if let Screen::Host(screen) = &model.screen {
            views.host = (screen.sort, screen.reverse);
        }
        if model.theme_chosen {
            views.theme = model.setup.themes.get(model.theme).cloned();
        }
        let changed = views != model.views;
        model.views = views;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::Views;
    use crate::tui::screen::fleet::FleetSort;

    #[test]
    fn what_is_written_is_read_back_and_nonsense_is_nothing() {
        let views = Views {
            fleet: (FleetSort::Score, true),
            theme: Some("nord".into()),
            ..Views::default()
        };
        assert_eq!(Views::parse(&views.text()), views);
        assert_eq!(Views::parse("fleet_sort = 3"), Views::default());
        assert_eq!(Views::parse("fleet_sort = \"colour\""), Views::default());
    }
}
