//! Waivers: accepted findings as written, and the hosts that each one is for.

use std::collections::BTreeSet;

use toml::de::DeValue;

use super::Environment;
use super::keys;
use super::layer::checked;
use super::limit::{Fleet, Misses};
use super::read::{At, Log, Table, wrong};
use super::values::{self, Wrong, glob};
use super::words::did_you_mean;
use crate::domain::waiver::Waiver;

/// A waiver as written, with the place of its host expression.
#[derive(Debug)]
pub(super) struct Written {
    /// `None` where something else about it is wrong; its hosts are looked up all the same.
    waiver: Option<Waiver>,
    hosts: Option<At<String>>,
}

/// A day, and how it was written.
struct Day {
    number: i64,
    text: String,
    span: std::ops::Range<usize>,
}

/// Reads one waiver.
pub(super) fn read(log: &mut Log<'_>, table: &Table<'_>, environment: &Environment<'_>) -> Written {
    let control = table.required(log, "control");
    let mut table = table.clone();
    if let Some(control) = &control {
        table.name = format!("the waiver of `{}`", control.value);
    }
    table.check_keys(log, &[keys::WAIVER]);
    let control = control.filter(|control| is_control(log, control, environment));
    let hosts = table.text(log, "hosts");
    let is_glob = |text: &str| glob(text).map(|_| ());
    let subject = checked(log, &table, "subject", is_glob);
    let image = checked(log, &table, "image", is_glob);
    let label = checked(log, &table, "label", check_label);
    let owner = table.required(log, "owner");
    let reason = table.required(log, "reason");
    let approved_by = table.text(log, "approved_by");
    let ticket = table.text(log, "ticket");
    let granted = day(log, &table, "granted");
    let expires = day(log, &table, "expires");
    if table.get("expires").is_none() {
        table.missing(log, "expires");
    }
    if let (Some(granted), Some(expires)) = (&granted, &expires)
        && granted.number > expires.number
    {
        log.add(&expires.span, "`expires` is before `granted`", None);
    }
    let text = |at: At<String>| at.value;
    let essential = control.zip(owner.zip(reason)).zip(expires);
    let waiver = essential.map(|((control, (owner, reason)), expires)| Waiver {
        control: control.value,
        hosts: hosts.as_ref().map(|hosts| hosts.value.clone()),
        matched_hosts: Vec::new(),
        subject: subject.map(text),
        image: image.map(text),
        label: label.map(text),
        owner: owner.value,
        reason: reason.value,
        approved_by: approved_by.map(text),
        granted: granted.map(|day| day.text),
        ticket: ticket.map(text),
        expires_day: expires.number,
        expires: expires.text,
    });
    Written { waiver, hosts }
}

fn is_control(log: &mut Log<'_>, control: &At<String>, environment: &Environment<'_>) -> bool {
    let known = environment.controls;
    if known.contains(&control.value.as_str()) {
        return true;
    }
    log.add(
        &control.span,
        format!("unknown control `{}`", control.value),
        did_you_mean(&control.value, known.iter().copied())
            .or_else(|| Some("`plimsoll controls` lists them".to_owned())),
    );
    false
}

fn check_label(text: &str) -> Result<(), Wrong> {
    match text.split_once('=') {
        Some((key, _)) if !key.trim().is_empty() => Ok(()),
        _ => Err(Wrong::new("a label is written `key=value`")),
    }
}

/// The day of `key`, which TOML writes without quotes.
fn day(log: &mut Log<'_>, table: &Table<'_>, key: &str) -> Option<Day> {
    let value = table.get(key)?;
    let hint =
        || Some("write a date without quotes and without a time, such as `2027-01-31`".to_owned());
    let DeValue::Datetime(moment) = value.get_ref() else {
        if value.get_ref().as_str().is_some() {
            log.add(
                &value.span(),
                format!("`{key}` must be a date, not a string"),
                hint(),
            );
        } else {
            wrong(log, value, key, "a date", value.get_ref());
        }
        return None;
    };
    let date = moment
        .date
        .filter(|_| moment.time.is_none() && moment.offset.is_none())
        .and_then(|date| values::day(date.year, date.month, date.day));
    let Some(number) = date else {
        log.add(
            &value.span(),
            format!("`{key}` must be a date alone"),
            hint(),
        );
        return None;
    };
    Some(Day {
        number,
        text: values::date(number),
        span: value.span(),
    })
}

/// Finds the hosts of every waiver. A glob may match none (hosts go, waivers stay), a word must exist.
pub(super) fn resolve(log: &mut Log<'_>, written: Vec<Written>, fleet: &Fleet<'_>) -> Vec<Waiver> {
    let mut waivers = Vec::new();
    for Written { waiver, hosts } in written {
        let matched_hosts = match hosts {
            None => fleet.names().map(ToOwned::to_owned).collect(),
            Some(expression) => matched(log, &expression, fleet),
        };
        waivers.extend(waiver.map(|waiver| Waiver {
            matched_hosts,
            ..waiver
        }));
    }
    waivers
}

fn matched(log: &mut Log<'_>, expression: &At<String>, fleet: &Fleet<'_>) -> Vec<String> {
    match fleet.select(&expression.value, Misses::OfWords) {
        Ok(chosen) => {
            let chosen: BTreeSet<usize> = chosen.into_iter().collect();
            fleet
                .names()
                .enumerate()
                .filter(|(index, _)| chosen.contains(index))
                .map(|(_, name)| name.to_owned())
                .collect()
        }
        Err(error) => {
            let span = log.inside(expression, error.column - 1);
            log.undefined(&span, error.message, error.hint);
            Vec::new()
        }
    }
}
