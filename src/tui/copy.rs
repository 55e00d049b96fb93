//! What `y` puts on the clipboard: never more than is shown, and cleaned like it.

use serde_json::json;

use crate::domain::outcome::ControlResult;
use crate::domain::text::clean;

use super::action::Action;
use super::effect::Effect;
use super::fleet::Host;
use super::model::{Model, Screen};
use super::screen::across::{About, Folded, node_set};
use super::screen::causes::Cause;
use super::words;

/// Copies what `action` names and closes the choice.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    model.overlay = None;
    let Some(text) = text(model, action) else {
        return Vec::new();
    };
    model.tell(format!("copied: {text}"));
    vec![Effect::Copy(text)]
}

/// The text that `action` names, of what is selected.
fn text(model: &Model, action: Action) -> Option<String> {
    let row = match &model.screen {
        Screen::Causes(screen) => return Some(cause_text(model, screen.selected()?, action)),
        Screen::Across(screen) => {
            return Some(folded_text(model, screen.about, screen.selected()?, action));
        }
        Screen::Fleet => None,
        Screen::Host(screen) => screen.selected_row().map(|row| &row.result),
    };
    let host = model.host()?;
    Some(match (action, row) {
        (Action::CopyRow, Some(row)) => safe(&row_text(host, row)),
        (Action::CopyRow, None) => safe(&host_text(host)),
        (Action::CopyId, Some(row)) => row.id.clone(),
        (Action::CopyJson, Some(row)) => row_json(host, row),
        (Action::CopyJson, None) => host_json(host),
        (Action::CopyCommand, _) => safe(&words::command(&host.header)),
        _ => safe(&host.header.name),
    })
}

/// What is copied of a cause: the command lists its findings, the host is the node set of all that have it.
fn cause_text(model: &Model, cause: &Cause, action: Action) -> String {
    let hosts = safe(&node_set(&model.fleet, &cause.hosts));
    match action {
        Action::CopyId => cause.control.to_owned(),
        Action::CopyHost => hosts,
        Action::CopyCommand => format!(
            "plimsoll sweep --group-by control --limit '{hosts}' --filter 'rule:{}'",
            cause.control
        ),
        Action::CopyJson => json!({
            "control": cause.control,
            "severity": cause.severity.word(),
            "findings": cause.findings,
            "follow": cause.follow,
            "hosts": hosts,
        })
        .to_string(),
        _ => format!(
            "{} {}; {} findings on {hosts}",
            cause.severity.word(),
            cause.control,
            cause.findings
        ),
    }
}

/// What is copied of a line across the fleet: the host is the node set of all that have it.
fn folded_text(model: &Model, about: About, line: &Folded, action: Action) -> String {
    let hosts = safe(&node_set(&model.fleet, &line.hosts));
    match action {
        Action::CopyId => safe(match about {
            About::Control(id) => id,
            About::Images => &line.said,
            About::Waivers => &line.what,
        }),
        Action::CopyHost => hosts,
        Action::CopyCommand => match about {
            About::Control(id) => format!("plimsoll explain {id}"),
            About::Images => format!("docker image inspect {}", safe(&line.what)),
            About::Waivers => format!("plimsoll explain {}", safe(&line.what)),
        },
        Action::CopyJson => json!({
            "about": about.word(),
            "what": safe(&line.what),
            "said": safe(&line.said),
            "outcome": line.worst.map(|(outcome, _)| outcome.word()),
            "severity": line.worst.map(|(_, severity)| severity.word()),
            "count": line.count,
            "hosts": hosts,
        })
        .to_string(),
        _ => safe(&format!("{}: {}; {hosts}", line.what, line.said)),
    }
}

/// Longer lines than a screen shows may be copied, control characters may not.
fn safe(text: &str) -> String {
    text.split(' ').map(clean).collect::<Vec<_>>().join(" ")
}

fn row_text(host: &Host, row: &ControlResult) -> String {
    let mut parts = vec![format!(
        "{} {} {} {} {}",
        host.header.name,
        row.severity.word(),
        row.outcome.word(),
        row.control,
        row.subject.id
    )];
    for (label, value) in [("observed", &row.observed), ("expected", &row.expected)] {
        if !value.is_empty() {
            parts.push(format!("{label} {value}"));
        }
    }
    if let Some(gap) = &row.gap {
        parts.push(format!("{}: {}", gap.class.word(), gap.message));
    }
    parts.join("; ")
}

fn host_text(host: &Host) -> String {
    let mut parts = vec![format!("{} {}", host.header.name, host.header.endpoint)];
    if let Some(failure) = &host.failure {
        parts.push(format!(
            "{} at {}: {}",
            failure.class.word(),
            failure.stage.word(),
            failure.message
        ));
    }
    if let Some(result) = &host.result {
        let findings: u32 = result.posture.findings.values().sum();
        parts.push(format!("{}, {findings} findings", result.state.word()));
        if let (Some(score), Some(coverage)) = (result.posture.score, result.posture.coverage) {
            let coverage = words::percent(coverage);
            parts.push(format!("score {score} with {coverage} answered"));
        }
    }
    parts.join("; ")
}

fn row_json(host: &Host, row: &ControlResult) -> String {
    json!({
        "host": host.header.name,
        "id": row.id,
        "control": row.control,
        "severity": row.severity.word(),
        "outcome": row.outcome.word(),
        "subject": {
            "kind": row.subject.kind.word(),
            "id": clean(&row.subject.id),
            "name": clean(&row.subject.name),
        },
        "observed": clean(&row.observed),
        "expected": clean(&row.expected),
        "gap": row.gap.as_ref().map(|gap| json!({
            "class": gap.class.word(),
            "message": clean(&gap.message),
        })),
        "caused_by": row.caused_by,
    })
    .to_string()
}

fn host_json(host: &Host) -> String {
    let result = host.result.as_ref();
    json!({
        "name": host.header.name,
        "groups": host.header.groups,
        "endpoint": host.header.endpoint,
        "transport": host.header.transport.word(),
        "state": host.failure.as_ref().map_or_else(
            || result.map(|result| result.state.word()),
            |_| Some("failed"),
        ),
        "error": host.error().map(|failure| json!({
            "class": failure.class.word(),
            "stage": failure.stage.word(),
            "message": clean(&failure.message),
            "hint": clean(&failure.hint),
        })),
        "score": result.and_then(|result| result.posture.score),
        "coverage": result.and_then(|result| result.posture.coverage),
    })
    .to_string()
}
