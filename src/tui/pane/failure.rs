//! Why a host has no result: the failure with its whole chain, or what is being done.

use super::super::fleet::Work;
use super::super::line::{Line, labelled, paragraph};
use super::super::model::Model;
use super::super::theme::Role;
use super::super::words;
use super::peek;

/// Everything about a host without a result.
pub fn lines(model: &Model, columns: usize) -> Vec<Line> {
    let Some(host) = model.host() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    match host.work {
        Work::At(stage, done, total) => {
            lines.push(Line::of(Role::Running, peek::phase(stage, done, total)));
            lines.extend(paragraph(
                Role::Muted,
                "Nothing is known of this host yet; its rows appear here when it is read.",
                columns,
                0,
            ));
        }
        Work::Queued => lines.extend(paragraph(
            Role::Muted,
            "This host waits for its turn; its rows appear here when it is read.",
            columns,
            0,
        )),
        Work::Idle if host.failure.is_none() => lines.extend(paragraph(
            Role::Muted,
            "Nothing assessed yet: press r to read this host.",
            columns,
            0,
        )),
        Work::Idle => {}
    }
    if let Some(failure) = &host.failure {
        if !lines.is_empty() {
            lines.push(Line::default());
            lines.push(Line::of(Role::Head, "The last attempt failed:"));
        }
        lines.push(
            Line::of(Role::Error, failure.class.word().to_uppercase())
                .and(Role::Text, "  at stage ")
                .and(Role::Strong, failure.stage.word()),
        );
        lines.push(Line::default());
        lines.extend(labelled("What", Role::Text, &failure.message, columns));
        for (index, cause) in failure.causes.iter().enumerate() {
            let label = if index == 0 { "Because" } else { "" };
            lines.extend(labelled(label, Role::Text, cause, columns));
        }
        lines.push(Line::default());
        lines.extend(labelled("Next", Role::Strong, &failure.hint, columns));
        lines.extend(labelled(
            "",
            Role::Muted,
            "press r to read the host again",
            columns,
        ));
    }
    let header = &host.header;
    lines.push(Line::default());
    lines.extend(labelled("Endpoint", Role::Text, &header.endpoint, columns));
    if !header.jumps.is_empty() {
        let through = header.jumps.join(", then ");
        lines.extend(labelled("Through", Role::Text, &through, columns));
    }
    lines.extend(labelled(
        "Groups",
        Role::Text,
        &words::groups(header),
        columns,
    ));
    lines.extend(labelled(
        "Try",
        Role::Text,
        &words::command(header),
        columns,
    ));
    lines.extend(labelled(
        "",
        Role::Muted,
        "the same way by hand: y, then c copies it",
        columns,
    ));
    lines
}
