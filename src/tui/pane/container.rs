//! One container: its effective security configuration and its findings.

use crate::domain::evidence::container::{Container, Detail, Mount};
use crate::domain::evidence::secret::Looks;

use super::super::fleet::Row;
use super::super::line::{Line, labelled, paragraph};
use super::super::model::Model;
use super::super::screen::host::HostScreen;
use super::super::theme::Role;

/// The container under the cursor.
pub fn lines(model: &Model, screen: &HostScreen, columns: usize) -> Vec<Line> {
    let Some(item) = screen.selected() else {
        return Vec::new();
    };
    let container = item
        .container
        .and_then(|index| containers(screen)?.get(index));
    let mut lines = vec![Line::of(Role::Strong, &item.name)];
    let rows: Vec<&Row> = item
        .rows
        .iter()
        .filter_map(|index| screen.rows.get(*index))
        .collect();
    lines.extend(findings(model, &rows, columns));
    match container.map(|container| (container, &container.detail)) {
        Some((container, Ok(detail))) => {
            lines.extend(configuration(container, detail, columns));
        }
        Some((_, Err(gap))) => {
            let text = format!("{}: {}", gap.class.word(), gap.message);
            lines.extend(labelled("Gap", Role::Unknown, &text, columns));
        }
        None => lines.extend(paragraph(
            Role::Muted,
            "Its configuration is shown once the host's evidence is loaded.",
            columns,
            0,
        )),
    }
    lines
}

/// The containers of the open host's evidence.
pub fn containers(screen: &HostScreen) -> Option<&Vec<Container>> {
    let evidence = screen.report.as_ref()?.evidence.as_ref()?;
    evidence.engine.containers.as_ref().ok()
}

fn findings(model: &Model, rows: &[&Row], columns: usize) -> Vec<Line> {
    let bad: Vec<&&Row> = rows
        .iter()
        .filter(|row| super::super::screen::items::is_problem(&row.result))
        .collect();
    let mut lines = Vec::new();
    if bad.is_empty() {
        let text = match rows.len() {
            0 => "no control judges it".to_owned(),
            count => format!("all {count} rows passed or do not apply"),
        };
        lines.extend(labelled("Findings", Role::Pass, &text, columns));
    }
    for row in bad.iter().take(24) {
        let row = &row.result;
        let badge = model.setup.glyphs.outcome(row.outcome, row.severity);
        lines.push(
            badge
                .line("")
                .and(Role::Text, row.control)
                .and(Role::Muted, format!("  {}", row.observed)),
        );
    }
    lines.push(Line::default());
    lines
}

fn configuration(container: &Container, detail: &Detail, columns: usize) -> Vec<Line> {
    let health = detail.health.as_deref().unwrap_or("no health check");
    let mounts: Vec<String> = detail.mounts.iter().map(mount).collect();
    let ports: Vec<String> = detail
        .ports
        .iter()
        .map(|port| {
            format!(
                "{}:{} to {}",
                or(&port.address, "*"),
                port.port,
                port.inside
            )
        })
        .collect();
    let pids = detail
        .pids_limit
        .filter(|limit| *limit > 0)
        .map_or("none".into(), |limit| limit.to_string());
    let secret = detail
        .env
        .iter()
        .filter(|value| value.looks != Looks::Harmless)
        .count();
    let files = if detail.read_only {
        "read-only"
    } else {
        "writable"
    };
    [
        ("Image", container.image.clone()),
        ("State", format!("{}, {health}", container.state)),
        ("User", or(&detail.user, "root (not set)").to_owned()),
        ("Privileged", yes(detail.privileged).to_owned()),
        (
            "Caps",
            format!(
                "added {}; dropped {}",
                list(&detail.cap_add),
                list(&detail.cap_drop)
            ),
        ),
        ("Security", list(&detail.security_opt)),
        ("AppArmor", or(&detail.apparmor_profile, "none").to_owned()),
        ("Spaces", spaces(detail)),
        ("Root files", files.to_owned()),
        ("Mounts", list(&mounts)),
        ("Ports", list(&ports)),
        (
            "Limits",
            format!(
                "memory {}, processes {pids}, restart {}",
                memory(detail.memory),
                or(&detail.restart_policy, "no")
            ),
        ),
        ("Logs", or(&detail.log_driver, "default").to_owned()),
        (
            "Variables",
            format!(
                "{}, {secret} of them look secret; values are never kept",
                detail.env.len()
            ),
        ),
    ]
    .into_iter()
    .flat_map(|(label, text)| labelled(label, Role::Text, &text, columns))
    .collect()
}

fn spaces(detail: &Detail) -> String {
    format!(
        "network {}, pid {}, ipc {}, user {}",
        or(&detail.network_mode, "default"),
        or(&detail.pid_mode, "private"),
        or(&detail.ipc_mode, "private"),
        or(&detail.userns_mode, "default"),
    )
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.join(", ")
    }
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

fn mount(mount: &Mount) -> String {
    let way = if mount.writable { "rw" } else { "ro" };
    format!("{} on {} ({way})", mount.source, mount.target)
}

/// `yes` or `no`.
pub fn yes(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}

/// A memory limit in a few letters.
pub fn memory(bytes: i64) -> String {
    const MEBIBYTE: i64 = 1 << 20;
    match bytes {
        ..=0 => "none".into(),
        bytes if bytes >= 1024 * MEBIBYTE && bytes % (1024 * MEBIBYTE) == 0 => {
            format!("{}G", bytes / (1024 * MEBIBYTE))
        }
        bytes if bytes >= MEBIBYTE => format!("{}M", bytes / MEBIBYTE),
        bytes => format!("{}K", bytes / 1024),
    }
}
