//! Sessions into containers: `/exec/{id}/json` of those that are alive, `/events` of those that were.

use serde_json::Value;

use super::super::answers::Answers;
use super::{json, object};
use crate::domain::evidence::container::Exec;
use crate::domain::evidence::engine::{Session, Sessions};
use crate::domain::gap::{Gap, GapClass, Known};
use crate::domain::text::clean;

/// Seconds of the past that are asked for.
pub(in crate::collect) const WINDOW_S: i64 = 86_400;

/// How many events an engine keeps: where so many came, older ones may have been forgotten.
const KEPT: usize = 256;

/// Most events that are read.
const MOST: usize = 10_000;

/// Ids of the commands that run in a container, by its inspect.
pub(in crate::collect) fn exec_ids(answers: &Answers, container: &str) -> Known<Vec<String>> {
    let value = object(answers, &format!("/containers/{container}/json"))?;
    let ids = value.pointer("/ExecIDs").and_then(Value::as_array);
    Ok(ids
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect())
}

/// The commands that run in a container. One that ended before it was looked at is in the events.
pub(super) fn execs(answers: &Answers, container: &str) -> Known<Vec<Exec>> {
    let check = health_check(answers, container);
    let mut found = Vec::new();
    for id in exec_ids(answers, container)? {
        match object(answers, &format!("/exec/{id}/json")) {
            Ok(value) => found.push(exec(&value, check.as_deref())),
            Err(gap) if gap.class == GapClass::NoData => {}
            Err(gap) => return Err(gap),
        }
    }
    Ok(found)
}

fn exec(value: &Value, check: Option<&str>) -> Exec {
    let program = json::peek(value, "/ProcessConfig/entrypoint");
    let arguments = value
        .pointer("/ProcessConfig/arguments")
        .and_then(Value::as_array);
    let line = std::iter::once(program.as_str())
        .chain(arguments.into_iter().flatten().filter_map(Value::as_str))
        .collect::<Vec<_>>()
        .join(" ");
    Exec {
        probe: check == Some(line.trim()),
        privileged: value
            .pointer("/ProcessConfig/privileged")
            .and_then(Value::as_bool)
            == Some(true),
        user: json::peek(value, "/ProcessConfig/user"),
        program: name_of(&program),
    }
}

/// The name of a program without folders and arguments, which may hold secrets.
fn name_of(line: &str) -> String {
    let word = line.split_whitespace().next().unwrap_or_default();
    clean(word.rsplit('/').next().unwrap_or_default())
}

/// The command line of a container's own health check, as the engine puts it together.
fn health_check(answers: &Answers, container: &str) -> Option<String> {
    let value = object(answers, &format!("/containers/{container}/json")).ok()?;
    let words = |pointer: &str| -> Vec<String> {
        value
            .pointer(pointer)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let test = words("/Config/Healthcheck/Test");
    let (kind, rest) = test.split_first()?;
    let mut line = match kind.as_str() {
        "CMD" => Vec::new(),
        "CMD-SHELL" => match words("/Config/Shell") {
            shell if shell.is_empty() => vec!["/bin/sh".to_owned(), "-c".to_owned()],
            shell => shell,
        },
        _ => return None,
    };
    line.extend_from_slice(rest);
    Some(line.join(" ").trim().to_owned())
}

/// Sessions among the events. `window` is what was asked for.
pub(super) fn sessions(answers: &Answers) -> Known<Sessions> {
    let (since, until) = answers
        .window
        .ok_or_else(|| Gap::no_data("GET /events was not asked"))?;
    let body = answers.get("/events")?;
    let mut found = Sessions {
        since,
        until,
        seen: Vec::new(),
    };
    let mut oldest = until;
    let mut count = 0;
    for event in serde_json::Deserializer::from_slice(body).into_iter::<Value>() {
        let event = event
            .map_err(|_quotes_the_answer| Gap::protocol("answer to GET /events is not JSON"))?;
        count += 1;
        if count > MOST {
            return Err(Gap::protocol(format!(
                "answer to GET /events holds more than {MOST} events"
            )));
        }
        let at = event
            .pointer("/time")
            .and_then(Value::as_i64)
            .unwrap_or(until);
        oldest = oldest.min(at);
        found.seen.extend(session(answers, &event, at));
    }
    if count >= KEPT {
        found.since = oldest.max(since);
    }
    Ok(found)
}

fn session(answers: &Answers, event: &Value, at: i64) -> Option<Session> {
    if event.pointer("/Type").and_then(Value::as_str) != Some("container") {
        return None;
    }
    let action = event.pointer("/Action").and_then(Value::as_str)?;
    let container = json::peek(event, "/Actor/ID");
    let (kind, line) = match action.split_once(": ") {
        Some(("exec_create", line)) => ("exec", line.trim()),
        None if action == "attach" => ("attach", ""),
        _ => return None,
    };
    if kind == "exec" && health_check(answers, &container).as_deref() == Some(line) {
        return None;
    }
    Some(Session {
        at,
        container,
        kind: kind.to_owned(),
        program: name_of(line),
    })
}

/// Bytes of the build cache; what several records share counts once.
pub(super) fn build_cache(answers: &Answers) -> Known<u64> {
    let value = object(answers, "/system/df")?;
    let records = value
        .pointer("/BuildCache")
        .ok_or_else(|| Gap::protocol("answer to GET /system/df lacks BuildCache"))?;
    let sizes = records
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|record| {
            let shared = record.pointer("/Shared").and_then(Value::as_bool) == Some(true);
            (!shared).then(|| record.pointer("/Size").and_then(Value::as_u64))?
        });
    Ok(sizes.fold(0, u64::saturating_add))
}
