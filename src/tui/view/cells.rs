//! The cells of the tables of a host's tabs.

use crate::domain::evidence::container::Container;
use crate::domain::evidence::host::Discovery;
use crate::domain::outcome::{Outcome, SubjectKind};
use crate::domain::severity::Severity;
use crate::domain::text::{clean, fit_middle};

use super::super::fleet::Row;
use super::super::pane::container::containers;
use super::super::pane::image::images;
use super::super::pane::path;
use super::super::screen::facts::Fact;
use super::super::screen::items::{Item, badness, is_problem};
use super::super::screen::tab::Tab;
use super::super::theme::Role;
use super::super::widget::table::{Cell, Column, TableRow};
use super::super::words::{self, memory, yes};
use super::tabs::{Col, Sheet};

impl<'a> Sheet<'a> {
    /// The row at `position` of the tab's list.
    pub fn row(&self, position: usize, columns: &[(Col, Column)]) -> TableRow {
        let Some(item) = self.screen.list().items.get(position) else {
            return TableRow::default();
        };
        let change = self.model.fleet.hosts.get(self.screen.host);
        let is_new =
            |row: &Row| change.is_some_and(|host| host.change.new.contains(&row.result.id));
        TableRow {
            marked: self.first(item).is_some_and(is_new),
            cells: columns
                .iter()
                .map(|(col, column)| self.cell(item, *col, column.width))
                .collect(),
        }
    }

    /// The first row of a line.
    pub fn first(&self, item: &Item) -> Option<&'a Row> {
        self.screen.rows.get(*item.rows.first()?)
    }

    fn cell(&self, item: &Item, col: Col, width: usize) -> Cell {
        let row = self.first(item);
        let text = |text: String| (Role::Text, text);
        let muted = |text: &str| (Role::Muted, text.to_owned());
        if let Some(fact) = &item.fact {
            match col {
                Col::Topic => return text(fit_middle(&item.name, width)),
                Col::Value => return fact_value(fact),
                Col::Object => return muted(""),
                _ => {}
            }
        }
        let Some(row) = row.map(|row| &row.result) else {
            return match col {
                Col::Sign | Col::Word if item.fact.is_some() => self.fact_badge(item, col),
                Col::Sign => (Role::Muted, "-".into()),
                Col::Name | Col::Path => text(fit_middle(&item.name, width)),
                Col::Findings => muted("-"),
                _ => self.thing_cell(item, col),
            };
        };
        let badge = self.model.setup.glyphs.outcome(row.outcome, row.severity);
        let control = (self.model.setup.lookup)(row.control);
        let remedy = || {
            control
                .and_then(|control| control.remedies.first())
                .map_or_else(|| muted("-"), |remedy| muted(short(remedy.class.word())))
        };
        match col {
            Col::Sign => (badge.role, badge.sign.to_owned()),
            Col::Word => (badge.role, badge.word.to_owned()),
            Col::Control => {
                let indent = if item.under { "  " } else { "" };
                let folded = match item.folded.len() {
                    0 => String::new(),
                    count => format!(" +{count}"),
                };
                text(fit_middle(
                    &format!("{indent}{}{folded}", row.control),
                    width,
                ))
            }
            Col::Object => (Role::Muted, fit_middle(&row.subject.name, width)),
            Col::Observed | Col::Effective | Col::Value => (Role::Text, said(row)),
            Col::Topic => text(fit_middle(row.control, width)),
            Col::Remedy | Col::Apply => remedy(),
            Col::Setting => {
                let name = row.control.strip_prefix("daemon-").unwrap_or(row.control);
                text(fit_middle(name, width))
            }
            Col::From => muted(self.origin(row.control)),
            Col::Wanted => match (row.expected.as_str(), control) {
                ("", Some(control)) => muted(control.passes),
                ("", None) => muted("-"),
                (expected, _) => text(expected.to_owned()),
            },
            Col::Name | Col::Path => text(fit_middle(&item.name, width)),
            Col::Findings => self.findings(item),
            Col::Verdict => self.verdict(item),
            Col::Kind | Col::Owner | Col::Mode | Col::WantedMode | Col::Audited => {
                self.path_cell(item, col)
            }
            _ => self.thing_cell(item, col),
        }
    }

    /// What stands for a verdict where no control looks: nothing, or that it could not be read.
    fn fact_badge(&self, item: &Item, col: Col) -> Cell {
        let unread = item.fact.as_ref().is_some_and(|fact| fact.value.is_err());
        let badge = self.model.setup.glyphs.unknown();
        match (unread, col) {
            (false, _) => (Role::Muted, String::new()),
            (true, Col::Sign) => (badge.role, badge.sign.to_owned()),
            (true, _) => (badge.role, badge.word.to_owned()),
        }
    }

    /// A cell about a container or an image.
    fn thing_cell(&self, item: &Item, col: Col) -> Cell {
        match self.screen.tab {
            Tab::Images => self.image_cell(item, col),
            _ => self.container_cell(item, col),
        }
    }

    fn image_cell(&self, item: &Item, col: Col) -> Cell {
        let muted = |text: &str| (Role::Muted, text.to_owned());
        let image = item.position.and_then(|at| images(self.screen)?.get(at));
        let Some(image) = image else {
            return muted("-");
        };
        match (col, &image.detail) {
            (Col::Size, _) => muted(&words::size(image.size)),
            (Col::Age, _) => muted(&words::age(
                self.model.now - image.created.saturating_mul(1_000),
            )),
            (Col::UsedBy, _) if image.used_by.is_empty() => muted("nothing"),
            (Col::UsedBy, _) => (Role::Text, clean(&image.used_by.join(", "))),
            (Col::User, Ok(detail)) => user(&detail.user),
            (Col::User, Err(_)) if image.used_by.is_empty() => muted("-"),
            (Col::User, Err(_)) => (Role::Unknown, "?".into()),
            _ => muted("-"),
        }
    }

    /// The findings of a container by severity, such as `2C 1H`.
    fn findings(&self, item: &Item) -> Cell {
        let rows = || {
            item.rows
                .iter()
                .filter_map(|index| self.screen.rows.get(*index))
                .filter(|row| row.result.outcome == Outcome::Fail)
        };
        let mut parts = Vec::new();
        for (severity, letter) in [
            (Severity::Critical, 'C'),
            (Severity::High, 'H'),
            (Severity::Medium, 'M'),
            (Severity::Low, 'L'),
        ] {
            let count = rows().filter(|row| row.result.severity == severity).count();
            if count > 0 {
                parts.push(format!("{count}{letter}"));
            }
        }
        if parts.is_empty() {
            (Role::Muted, "-".into())
        } else {
            (Role::Text, parts.join(" "))
        }
    }

    /// The verdicts on a path: each control that is not passed, or `pass`.
    fn verdict(&self, item: &Item) -> Cell {
        let mut rows: Vec<_> = item
            .rows
            .iter()
            .filter_map(|index| self.screen.rows.get(*index))
            .map(|row| &row.result)
            .collect();
        rows.sort_by_key(|row| badness(row));
        let Some(worst) = rows.first() else {
            return (Role::Muted, "-".into());
        };
        let badge = self
            .model
            .setup
            .glyphs
            .outcome(worst.outcome, worst.severity);
        let bad: Vec<&str> = rows
            .iter()
            .filter(|result| is_problem(result))
            .map(|result| result.control)
            .collect();
        if bad.is_empty() {
            (badge.role, badge.word.to_lowercase())
        } else {
            (badge.role, format!("{} {}", badge.word, bad.join(", ")))
        }
    }

    fn path_cell(&self, item: &Item, col: Col) -> Cell {
        let stat = path::stat(self.screen, item);
        let known = stat.as_ref().and_then(|stat| stat.as_ref().ok());
        let muted = |text: &str| (Role::Muted, text.to_owned());
        match col {
            Col::WantedMode => muted(&path::wanted(self.model, self.screen, item)),
            Col::Audited => match path::loaded(self.screen) {
                Some(evidence) if path::is_file(self.screen, item) => {
                    muted(path::audited(&evidence.host.audit, &item.name))
                }
                _ => muted("-"),
            },
            _ => match (known, stat.is_some()) {
                (Some(Some(stat)), _) => match col {
                    Col::Kind => muted(&stat.kind),
                    Col::Owner => (Role::Text, path::owner(stat)),
                    _ => (Role::Text, path::mode(stat.mode)),
                },
                (Some(None), _) => muted(if col == Col::Kind { "absent" } else { "-" }),
                (None, true) => (Role::Unknown, "?".into()),
                (None, false) if col == Col::Kind => {
                    let kind = self.first(item).map(|row| row.result.subject.kind);
                    muted(kind.map_or("-", SubjectKind::word))
                }
                (None, false) => muted("-"),
            },
        }
    }

    fn container(&self, item: &Item) -> Option<&'a Container> {
        containers(self.screen)?.get(item.position?)
    }

    fn container_cell(&self, item: &Item, col: Col) -> Cell {
        let muted = |text: &str| (Role::Muted, text.to_owned());
        let Some(container) = self.container(item) else {
            return muted("-");
        };
        match col {
            Col::Image => return muted(&fit_middle(&clean(&container.image), 44)),
            Col::State => return (Role::Text, clean(&container.state)),
            _ => {}
        }
        let Ok(detail) = &container.detail else {
            return (Role::Unknown, "?".into());
        };
        let alarm = |bad: bool| if bad { Role::Strong } else { Role::Muted };
        match col {
            Col::User => user(&detail.user),
            Col::Privileged => (alarm(detail.privileged), yes(detail.privileged).into()),
            Col::Caps => {
                let caps = match (detail.cap_add.as_slice(), detail.cap_drop.is_empty()) {
                    ([], true) => "default".to_owned(),
                    ([], false) => format!("-{}", detail.cap_drop.join(",")),
                    (added, _) => format!("+{}", added.join(",")),
                };
                (alarm(!detail.cap_add.is_empty()), caps)
            }
            Col::ReadOnly => muted(yes(detail.read_only)),
            Col::Net => (
                alarm(detail.network_mode == "host"),
                detail.network_mode.clone(),
            ),
            Col::Memory => muted(&memory(detail.memory)),
            _ => muted("-"),
        }
    }

    /// Where a daemon setting comes from, once the evidence is loaded.
    fn origin(&self, control: &str) -> &'static str {
        let found = path::loaded(self.screen).map(|evidence| &evidence.host.found);
        match found {
            None => "-",
            Some(Err(_)) => "?",
            Some(Ok(found)) => setting(control).map_or("-", |key| origin(found, key)),
        }
    }
}

fn fact_value(fact: &Fact) -> Cell {
    match &fact.value {
        Ok(value) => (Role::Text, value.clone()),
        Err(gap) => (
            Role::Unknown,
            format!("{}: {}", gap.class.word(), gap.message),
        ),
    }
}

/// The name of a user as a container or an image gives it; root stands out.
fn user(given: &str) -> Cell {
    match given.split(':').next().unwrap_or_default() {
        "" | "0" | "root" => (Role::Strong, "root".to_owned()),
        name => (Role::Muted, name.to_owned()),
    }
}

fn origin(found: &Discovery, key: &str) -> &'static str {
    let in_file = found
        .config
        .as_ref()
        .is_some_and(|config| config.values.contains_key(key));
    if found.flags.values.contains_key(key) {
        "command line"
    } else if in_file {
        "daemon.json"
    } else {
        "default"
    }
}

/// The daemon's setting that a control looks at, where there is exactly one.
fn setting(control: &str) -> Option<&str> {
    Some(match control {
        "daemon-debug-off" => "debug",
        "daemon-tls-verify" => "tlsverify",
        "daemon-log-rotation" => "log-opts",
        "daemon-remote-logging" => "log-driver",
        "daemon-default-bind-address" => "ip",
        "daemon-authz-plugin" => "authorization-plugins",
        "daemon-address-pools" => "default-address-pools",
        "daemon-cors" => "api-cors-header",
        "daemon-network-diagnostic" => "network-diagnostic-port",
        "daemon-icc"
        | "daemon-log-level"
        | "daemon-iptables"
        | "daemon-ip6tables"
        | "daemon-insecure-registries"
        | "daemon-registry-mirrors"
        | "daemon-storage-driver"
        | "daemon-default-ulimits"
        | "daemon-userns-remap"
        | "daemon-cgroup-parent"
        | "daemon-no-new-privileges"
        | "daemon-live-restore"
        | "daemon-userland-proxy"
        | "daemon-seccomp-profile"
        | "daemon-experimental"
        | "daemon-metrics-addr"
        | "daemon-selinux-enabled"
        | "daemon-runtimes"
        | "daemon-shutdown-timeout" => control.strip_prefix("daemon-")?,
        _ => return None,
    })
}

/// What a row says in a line: the value, or why there is none.
fn said(row: &crate::domain::outcome::ControlResult) -> String {
    match (&row.gap, &row.waiver) {
        (Some(gap), _) => format!("{}: {}", gap.class.word(), gap.message),
        (None, Some(waiver)) => format!("{} (until {})", row.observed, waiver.expires),
        (None, None) => row.observed.clone(),
    }
}

/// A remedy's class in nine letters.
fn short(class: &'static str) -> &'static str {
    match class {
        "recreate-container" => "recreate",
        "restart-daemon" => "restart",
        "rebuild-image" => "rebuild",
        other => other,
    }
}
