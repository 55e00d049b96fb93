//! One path of the host: who owns it, who may use it, and what each control says.

use crate::domain::control::{Owner, Rule};
use crate::domain::evidence::HostEvidence;
use crate::domain::evidence::host::{Audit, FileStat};
use crate::domain::gap::Known;
use crate::domain::outcome::SubjectKind;

use super::super::fleet::Row;
use super::super::line::{Line, labelled};
use super::super::model::Model;
use super::super::screen::host::HostScreen;
use super::super::screen::items::Item;
use super::super::theme::Role;
use super::super::words;
use super::evidence;

/// The line under the cursor of the permissions.
pub fn lines(model: &Model, screen: &HostScreen, columns: usize) -> Vec<Line> {
    let Some(item) = screen.selected() else {
        return Vec::new();
    };
    let mut lines = vec![Line::of(Role::Strong, &item.name)];
    if let Some(stat) = stat(screen, item) {
        lines.extend(state(&stat, columns));
    }
    if let Some(evidence) = loaded(screen) {
        let audited = audited(&evidence.host.audit, &item.name);
        if is_file(screen, item) {
            lines.extend(labelled("Audited", Role::Text, audited, columns));
        }
        let group = item.rows.first().and_then(|index| screen.rows.get(*index));
        if let Some(row) = group {
            lines.extend(members(evidence, &row.result.subject.name, columns));
        }
    }
    let hint = model.fleet.hosts.get(screen.host).and_then(evidence::hint);
    for index in &item.rows {
        if let Some(row) = screen.rows.get(*index) {
            lines.push(Line::default());
            lines.extend(evidence::row_lines(model, &row.result, hint, columns));
        }
    }
    lines
}

fn state(stat: &Known<Option<FileStat>>, columns: usize) -> Vec<Line> {
    match stat {
        Err(gap) => {
            let text = format!("{}: {}", gap.class.word(), gap.message);
            labelled("Gap", Role::Unknown, &text, columns)
        }
        Ok(None) => labelled("State", Role::Muted, "not there", columns),
        Ok(Some(stat)) => {
            let mut lines = labelled(
                "State",
                Role::Text,
                &format!("{} {}, mode {}", stat.kind, owner(stat), mode(stat.mode)),
                columns,
            );
            if let Some(target) = &stat.target {
                lines.extend(labelled("Leads to", Role::Text, target, columns));
            }
            if let Some(acl) = stat.acl.as_ref().filter(|acl| !acl.is_empty()) {
                lines.extend(labelled("ACL", Role::Text, &acl.join(", "), columns));
            }
            lines
        }
    }
}

fn members(evidence: &HostEvidence, name: &str, columns: usize) -> Vec<Line> {
    let Ok(accounts) = &evidence.host.accounts else {
        return Vec::new();
    };
    accounts
        .groups
        .iter()
        .filter(|group| group.name == name)
        .flat_map(|group| {
            let members = if group.members.is_empty() {
                "nobody".to_owned()
            } else {
                group.members.join(", ")
            };
            labelled("Members", Role::Text, &members, columns)
        })
        .collect()
}

/// The evidence of the open host, once it is loaded.
pub fn loaded(screen: &HostScreen) -> Option<&HostEvidence> {
    screen.report.as_ref()?.evidence.as_deref()
}

/// Whether a line of the permissions is about a file.
pub fn is_file(screen: &HostScreen, item: &Item) -> bool {
    item.rows
        .first()
        .and_then(|index| screen.rows.get(*index))
        .is_some_and(|row| row.result.subject.kind == SubjectKind::File)
}

/// The state of the file of a line, where the evidence is loaded and it is about a file.
pub fn stat(screen: &HostScreen, item: &Item) -> Option<Known<Option<FileStat>>> {
    if !is_file(screen, item) {
        return None;
    }
    let host = &loaded(screen)?.host;
    Some(host.file(&item.name).map(Option::<&FileStat>::cloned))
}

/// Whether a loaded audit rule covers `path`.
pub fn audited(audit: &Known<Audit>, path: &str) -> &'static str {
    let Ok(Audit {
        rules: Ok(rules), ..
    }) = audit
    else {
        return "?";
    };
    let covered = rules.iter().any(|rule| {
        rule.path == path
            || (rule.folder
                && path
                    .strip_prefix(rule.path.as_str())
                    .is_some_and(|rest| rest.starts_with('/')))
    });
    words::yes(covered)
}

/// Owner and group as names, with the number where there is no name.
pub fn owner(stat: &FileStat) -> String {
    let name = |name: &str, number: u32| {
        if name.is_empty() {
            number.to_string()
        } else {
            name.to_owned()
        }
    };
    format!(
        "{}:{}",
        name(&stat.user, stat.uid),
        name(&stat.group, stat.gid)
    )
}

/// A mode in four octal digits.
pub fn mode(mode: u32) -> String {
    format!("{mode:04o}")
}

/// What the controls of a line want, in a few letters.
pub fn wanted(model: &Model, screen: &HostScreen, item: &Item) -> String {
    let mut owner = "";
    let mut bits: Option<u32> = None;
    for row in item.rows.iter().filter_map(|index| screen.rows.get(*index)) {
        match (model.setup.lookup)(row.result.control).map(|control| &control.rule) {
            Some(Rule::FileOwner(_, Owner::Root)) => owner = "root:root",
            Some(Rule::FileOwner(_, Owner::RootAndEngineGroup)) => owner = "root:docker",
            Some(Rule::FileMode { at_most, .. }) => {
                bits = Some(bits.unwrap_or(0o7777) & at_most);
            }
            _ => {}
        }
    }
    let bits = bits.map_or(String::new(), mode);
    let text = format!("{owner} {bits}").trim().to_owned();
    if text.is_empty() {
        expected(screen, item)
    } else {
        text
    }
}

fn expected(screen: &HostScreen, item: &Item) -> String {
    item.rows
        .iter()
        .filter_map(|index| screen.rows.get(*index))
        .map(|row: &Row| row.result.expected.as_str())
        .find(|text| !text.is_empty())
        .unwrap_or("-")
        .to_owned()
}
