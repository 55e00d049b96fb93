//! What the first page of a report states, so that an auditor can tell what the figures are about.

use super::explain::shown;
use super::{Setting, scope, time};
use crate::domain::text;

/// A statement of the first page: what it is about, and what is the case.
pub(super) type Fact = (&'static str, String);

/// The statements in order. Those that could be empty say so: silence would not show that nothing was left out.
pub(super) fn facts(setting: &Setting, started: i64) -> Vec<Fact> {
    let scope = &setting.scope;
    let mut facts = vec![
        ("started", time::readable(started)),
        ("program", format!("plimsoll {}", setting.version)),
        ("program's hash", hash(&scope.program, "unknown")),
        ("catalogue", setting.catalogue.digest()),
        ("script on hosts", hash(&scope.script, "unknown")),
        ("inventory", hash(&scope.inventory, "no inventory file")),
        ("policy", hash(&scope.policy, "unknown")),
        (
            "limit",
            scope
                .limit
                .clone()
                .unwrap_or_else(|| "every host".to_owned()),
        ),
        (
            "excluded controls",
            or_none(scope.excluded_controls.join(", ")),
        ),
    ];
    let overrides: Vec<String> = (scope.severity_overrides.iter())
        .map(|(control, severity)| format!("{control}: {}", severity.word()))
        .collect();
    facts.push(("severities changed", or_none(overrides.join(", "))));
    facts.push(("waivers in the inventory", scope.waivers.to_string()));
    if scope.parameters.count() == 0 {
        facts.push(("parameters changed", "none".to_owned()));
    }
    for (name, value) in &scope.parameters.everywhere {
        facts.push(("parameter", format!("{name} = {}", shown(value))));
    }
    for (name, settings) in &scope.parameters.by_host {
        for setting in settings {
            let value = shown(&setting.value);
            facts.push((
                "parameter",
                format!("{name} = {value} on {}", setting.hosts),
            ));
        }
    }
    for (_, said) in &mut facts {
        *said = text::clean_whole(said);
    }
    facts
}

fn hash(hex: &str, instead: &str) -> String {
    scope::hash(hex).unwrap_or_else(|| instead.to_owned())
}

fn or_none(text: String) -> String {
    if text.is_empty() {
        "none".to_owned()
    } else {
        text
    }
}
