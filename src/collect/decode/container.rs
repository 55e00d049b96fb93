//! `/containers/json`, with inspect and processes of each.

use std::collections::HashMap;

use bollard::models::{ContainerSummary, ContainerTopResponse};
use serde_json::Value;

use super::super::answers::Answers;
use super::{inspect, json, list, object, session, text};
use crate::domain::evidence::container::{Container, Owner, Process, Usage};
use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;
use crate::redact::Redactor;

const PATH: &str = "/containers/json";

/// A container as the list has it: enough to ask for the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Id, not yet checked for its form.
    pub id: String,
    /// Id of its image, not yet checked for its form.
    pub image_id: String,
    /// Whether its main process is alive.
    pub running: bool,
}

pub(super) fn listed(body: &[u8]) -> Known<Vec<Listed>> {
    let value = json::parse(PATH, body, json::MOST_IN_LIST)?;
    Ok(json::members(PATH, value)?
        .iter()
        .map(|member| Listed {
            id: json::peek(member, "/Id"),
            image_id: json::peek(member, "/ImageID"),
            running: matches!(
                json::peek(member, "/State").as_str(),
                "running" | "paused" | "restarting"
            ),
        })
        .collect())
}

pub(super) fn containers(answers: &Answers, redactor: &Redactor) -> Known<Vec<Container>> {
    list(answers, PATH)?
        .into_iter()
        .map(|value| one(value, answers, redactor))
        .collect()
}

/// One container of the list; only one without an id spoils the list, because nobody could say which it is.
fn one(mut value: Value, answers: &Answers, redactor: &Redactor) -> Known<Container> {
    let id = json::peek(&value, "/Id");
    if id.is_empty() {
        return Err(Gap::protocol(format!(
            "answer to GET {PATH} has a container without id"
        )));
    }
    let state = json::take_word(&mut value, "/State").unwrap_or_default();
    json::take_word(&mut value, "/Health/Status");
    json::take_words(&mut value, "/Mounts", "/Type");
    json::take_words(&mut value, "/Ports", "/Type");
    let fallback = Container {
        name: json::peek(&value, "/Names/0")
            .trim_start_matches('/')
            .to_owned(),
        image: json::peek(&value, "/Image"),
        image_id: json::peek(&value, "/ImageID"),
        created: value
            .pointer("/Created")
            .and_then(Value::as_i64)
            .unwrap_or_default(),
        owner: Owner::Nobody,
        labels: Vec::new(),
        compose_files: Vec::new(),
        compose_env: Vec::new(),
        detail: inspect::detail(answers, &id, redactor),
        processes: Ok(Vec::new()),
        execs: Ok(Vec::new()),
        usage: Ok(None),
        id,
        state,
    };
    let mut container = match json::model::<ContainerSummary>(PATH, value) {
        Ok(said) => told(said, fallback, redactor),
        // Its labels are unknown, so nothing may be said that rests on them.
        Err(gap) => Container {
            detail: Err(gap),
            ..fallback
        },
    };
    if container.is_running() {
        container.processes = processes(answers, &container.id);
        container.execs = session::execs(answers, &container.id);
        container.usage = usage(answers, &container.id).map(Some);
    }
    Ok(container)
}

fn told(said: ContainerSummary, base: Container, redactor: &Redactor) -> Container {
    let labels = said.labels.unwrap_or_default();
    Container {
        // A linked container has further names of the form `/other/alias`.
        name: said
            .names
            .unwrap_or_default()
            .iter()
            .map(|name| name.trim_start_matches('/'))
            .find(|name| !name.contains('/'))
            .map_or(base.name, clean),
        image: text(said.image),
        owner: owner(&labels),
        compose_files: compose_files(&labels),
        compose_env: compose_env(&labels),
        labels: redactor.pairs(labels.iter().map(|(k, v)| (k.as_str(), v.as_str()))),
        ..base
    }
}

fn owner(labels: &HashMap<String, String>) -> Owner {
    let label = |name: &str| labels.get(name).map(|value| clean(value));
    if let Some(service) = label("com.docker.swarm.service.name") {
        return Owner::Swarm { service };
    }
    match (
        label("com.docker.compose.project"),
        label("com.docker.compose.service"),
    ) {
        (Some(project), Some(service)) => Owner::Compose {
            project,
            service,
            number: label("com.docker.compose.container-number").unwrap_or_default(),
        },
        _ => Owner::Nobody,
    }
}

/// Files of its compose project that the entry of a list names.
pub(super) fn compose_paths(listed: &Value) -> Vec<String> {
    let labels: HashMap<String, String> = listed
        .pointer("/Labels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    if !labels.contains_key("com.docker.compose.project") {
        return Vec::new();
    }
    let mut paths = compose_files(&labels);
    paths.extend(compose_env(&labels));
    paths
}

/// The project's files as absolute paths.
fn compose_files(labels: &HashMap<String, String>) -> Vec<String> {
    let folder = labels.get("com.docker.compose.project.working_dir");
    let Some(files) = labels.get("com.docker.compose.project.config_files") else {
        return Vec::new();
    };
    files
        .split(',')
        .filter(|file| !file.is_empty())
        .filter_map(|file| match folder {
            _ if file.starts_with('/') => Some(clean(file)),
            Some(folder) => Some(clean(&format!("{folder}/{file}"))),
            None => None,
        })
        .collect()
}

/// Files that give the project's variables: those that were named, else the one that compose looks for.
fn compose_env(labels: &HashMap<String, String>) -> Vec<String> {
    let folder = labels.get("com.docker.compose.project.working_dir");
    let named = labels.get("com.docker.compose.project.environment_file");
    named
        .map_or(".env", String::as_str)
        .split(',')
        .filter(|file| !file.is_empty())
        .filter_map(|file| match folder {
            _ if file.starts_with('/') => Some(clean(file)),
            Some(folder) if folder.starts_with('/') => Some(clean(&format!("{folder}/{file}"))),
            _ => None,
        })
        .collect()
}

/// What a container uses, as the command line client counts it: pages that can be given back at once do not count.
fn usage(answers: &Answers, id: &str) -> Known<Usage> {
    let path = format!("/containers/{id}/stats");
    let value = object(answers, &path)?;
    let number = |pointer: &str| value.pointer(pointer).and_then(Value::as_u64);
    let idle = number("/memory_stats/stats/inactive_file")
        .or_else(|| number("/memory_stats/stats/total_inactive_file"))
        .unwrap_or_default();
    Ok(Usage {
        memory: number("/memory_stats/usage").map(|used| used.saturating_sub(idle)),
        pids: number("/pids_stats/current"),
    })
}

/// What `ps -eo pid,uid,comm` said of one container.
fn processes(answers: &Answers, id: &str) -> Known<Vec<Process>> {
    let path = format!("/containers/{id}/top");
    let said: ContainerTopResponse = json::model(&path, object(answers, &path)?)?;
    let malformed = || Gap::protocol(format!("answer to GET {path} is not a table of processes"));
    let titles = said.titles.unwrap_or_default();
    let column = |names: &[&str]| {
        titles
            .iter()
            .position(|title| names.contains(&title.as_str()))
            .ok_or_else(malformed)
    };
    let (pid, uid) = (column(&["PID"])?, column(&["UID"])?);
    let program = column(&["COMMAND", "CMD", "COMM"])?;
    let rows = said.processes.unwrap_or_default();
    if rows.is_empty() {
        // What runs has at least one process.
        return Err(malformed());
    }
    rows.iter()
        .map(|row| {
            let cell = |at: usize| row.get(at).map(|cell| cell.trim()).ok_or_else(malformed);
            let number = |_| malformed();
            Ok(Process {
                pid: cell(pid)?.parse().map_err(number)?,
                uid: cell(uid)?.parse().map_err(number)?,
                program: clean(cell(program)?),
            })
        })
        .collect()
}
