//! What `y` puts on the clipboard: never more than is shown, and cleaned like it.

use serde_json::json;

use crate::domain::outcome::ControlResult;
use crate::domain::text::clean;

use super::action::Action;
use super::effect::Effect;
use super::fleet::Host;
use super::model::{Model, Screen};
use super::words;

/// Copies what `action` names and closes the choice.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    model.overlay = None;
    let Some(host) = model.host() else {
        return Vec::new();
    };
    let row = match &model.screen {
        Screen::Fleet => None,
        Screen::Host(screen) => screen.selected_row().map(|row| &row.result),
    };
    let text = match (action, row) {
        (Action::CopyRow, Some(row)) => safe(&row_text(host, row)),
        (Action::CopyRow, None) => safe(&host_text(host)),
        (Action::CopyId, Some(row)) => row.id.clone(),
        (Action::CopyJson, Some(row)) => row_json(host, row),
        (Action::CopyJson, None) => host_json(host),
        (Action::CopyCommand, _) => safe(&words::command(&host.header)),
        _ => safe(&host.header.name),
    };
    model.tell(format!("copied: {text}"));
    vec![Effect::Copy(text)]
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
