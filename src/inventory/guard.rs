//! Guardrails: what limits changes, one level's and the strictest of several.

use super::Environment;
use super::keys;
use super::layer::checked;
use super::read::{At, Log, Table};
use super::spec::{Confirm, Guardrails};
use super::values::{self, Wrong, glob, is_glob};
use super::words::did_you_mean;
use crate::domain::control::RemedyClass;

/// The classes that a guardrail may deny.
const CLASSES: [RemedyClass; 6] = [
    RemedyClass::Live,
    RemedyClass::Reload,
    RemedyClass::RecreateContainer,
    RemedyClass::RestartDaemon,
    RemedyClass::RebuildImage,
    RemedyClass::Manual,
];

/// Reads the guardrails of one level.
pub(super) fn read(
    log: &mut Log<'_>,
    table: &Table<'_>,
    environment: &Environment<'_>,
) -> Guardrails {
    table.check_keys(log, &[keys::GUARDRAILS]);
    let deny = table.texts(log, "deny").unwrap_or_default();
    let window = checked(log, table, "window", |text| {
        values::window(text).map(|_| ())
    });
    Guardrails {
        deny: deny
            .into_iter()
            .filter(|word| is_deniable(log, word, environment))
            .map(|word| word.value)
            .collect(),
        confirm: table.word(
            log,
            "confirm",
            &[("ask", Confirm::Ask), ("type-host", Confirm::TypeHost)],
        ),
        max_batch: max_batch(log, table),
        windows: window
            .and_then(|text| values::window(&text.value).ok())
            .into_iter()
            .collect(),
        reason: table.text(log, "reason").map(|reason| reason.value),
    }
}

fn is_deniable(log: &mut Log<'_>, word: &At<String>, environment: &Environment<'_>) -> bool {
    let classes = CLASSES.map(RemedyClass::word);
    let known = || classes.iter().chain(environment.controls).copied();
    let wrong = if is_glob(&word.value) {
        match glob(&word.value) {
            Ok(glob) if known().any(|name| glob.is_match(name)) => return true,
            Ok(_) => Wrong::new(format!("`{}` matches no class and no control", word.value)),
            Err(wrong) => wrong,
        }
    } else if known().any(|name| name == word.value) {
        return true;
    } else {
        Wrong {
            message: format!("`{}` is no class and no control", word.value),
            hint: did_you_mean(&word.value, known())
                .or_else(|| Some(format!("classes are {}", classes.join(", ")))),
        }
    };
    log.add(&word.span, wrong.message, wrong.hint);
    false
}

fn max_batch(log: &mut Log<'_>, table: &Table<'_>) -> Option<u32> {
    let number = table.number(log, "max_batch")?;
    match u32::try_from(number.value) {
        Ok(most) if most > 0 => Some(most),
        _ => {
            log.add(&number.span, "`max_batch` must be 1 or more", None);
            None
        }
    }
}

/// The strictest of several levels, nearest first.
pub(super) fn strictest<'g>(levels: impl IntoIterator<Item = &'g Guardrails>) -> Guardrails {
    let mut all = Guardrails::default();
    let mut reasons: Vec<&str> = Vec::new();
    for level in levels {
        for word in &level.deny {
            if !all.deny.contains(word) {
                all.deny.push(word.clone());
            }
        }
        for window in &level.windows {
            if !all.windows.contains(window) {
                all.windows.push(window.clone());
            }
        }
        all.confirm = all.confirm.max(level.confirm);
        all.max_batch = match (all.max_batch, level.max_batch) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if let Some(reason) = level
            .reason
            .as_deref()
            .filter(|reason| !reasons.contains(reason))
        {
            reasons.push(reason);
        }
    }
    if !reasons.is_empty() {
        all.reason = Some(reasons.join("; "));
    }
    all
}
