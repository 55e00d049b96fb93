//! `/swarm`, `/nodes`, `/services`, `/secrets` and `/configs`, which only managers answer.

use bollard::models as api;
use serde_json::Value;

use super::super::answers::Answers;
use super::{capabilities, inspect, json, list, object, sorted, text};
use crate::domain::evidence::container::Mount;
use crate::domain::evidence::secret::Looks;
use crate::domain::evidence::swarm::{Named, Node, Service, Swarm};
use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;
use crate::redact::Redactor;

/// Whether this engine manages a swarm, or why nobody knows.
type Manager = Known<bool>;

pub(super) fn swarm(answers: &Answers, manager: &Manager) -> Known<Option<Swarm>> {
    if !manager.clone()? {
        return Ok(None);
    }
    let value = object(answers, "/swarm")?;
    json::require("/swarm", &value, &["/Spec"])?;
    let said: api::Swarm = json::model("/swarm", value)?;
    let spec = said.spec.unwrap_or_default();
    Ok(Some(Swarm {
        id: text(said.id),
        autolock: spec
            .encryption_config
            .and_then(|config| config.auto_lock_managers)
            == Some(true),
        node_cert_expiry_s: spec
            .ca_config
            .and_then(|config| config.node_cert_expiry)
            .unwrap_or_default()
            / 1_000_000_000,
        ca_rotation: said.root_rotation_in_progress == Some(true),
        data_path_port: said.data_path_port.map(i64::from).unwrap_or_default(),
        updated_at: text(said.updated_at),
    }))
}

/// The members of a list that only managers answer; none elsewhere.
fn managed(answers: &Answers, manager: &Manager, path: &str) -> Known<Vec<Value>> {
    if manager.clone()? {
        list(answers, path)
    } else {
        Ok(Vec::new())
    }
}

pub(super) fn nodes(answers: &Answers, manager: &Manager) -> Known<Vec<Node>> {
    managed(answers, manager, "/nodes")?
        .into_iter()
        .map(|mut value| {
            let role = json::take_word(&mut value, "/Spec/Role");
            let availability = json::take_word(&mut value, "/Spec/Availability");
            let state = json::take_word(&mut value, "/Status/State");
            let reachability = json::take_word(&mut value, "/ManagerStatus/Reachability");
            let said: api::Node = json::model("/nodes", value)?;
            let description = said.description.unwrap_or_default();
            Ok(Node {
                id: text(said.id),
                name: text(description.hostname),
                manager: role.as_deref() == Some("manager"),
                leader: said.manager_status.and_then(|status| status.leader) == Some(true),
                reachable: reachability.as_deref() == Some("reachable"),
                state: state.unwrap_or_default(),
                availability: availability.unwrap_or_default(),
                engine: text(description.engine.and_then(|engine| engine.engine_version)),
                address: text(said.status.and_then(|status| status.addr)),
            })
        })
        .collect()
}

pub(super) fn services(
    answers: &Answers,
    redactor: &Redactor,
    manager: &Manager,
) -> Known<Vec<Service>> {
    managed(answers, manager, "/services")?
        .into_iter()
        .map(|value| service(value, redactor))
        .collect()
}

fn service(mut value: Value, redactor: &Redactor) -> Known<Service> {
    const TEMPLATE: &str = "/Spec/TaskTemplate";
    json::take_word(&mut value, "/UpdateStatus/State");
    json::take_word(&mut value, "/Spec/UpdateConfig/FailureAction");
    json::take_word(&mut value, "/Spec/RollbackConfig/FailureAction");
    let condition = json::take_word(&mut value, &format!("{TEMPLATE}/RestartPolicy/Condition"));
    json::take_word(&mut value, &format!("{TEMPLATE}/ContainerSpec/Isolation"));
    let mounts = format!("{TEMPLATE}/ContainerSpec/Mounts");
    let kinds = json::take_words(&mut value, &mounts, "/Type");
    let propagations = json::take_words(&mut value, &mounts, "/BindOptions/Propagation");
    let ports = ports(&value);
    // Ports hold words the models know only some of, and are already read.
    for pointer in ["/Endpoint", "/Spec/EndpointSpec"] {
        if let Some(place) = value.pointer_mut(pointer) {
            place.take();
        }
    }
    let said: api::Service = json::model("/services", value)?;
    let spec = said.spec.unwrap_or_default();
    let task = spec.task_template.unwrap_or_default();
    let container = task.container_spec.unwrap_or_default();
    let limits = task
        .resources
        .unwrap_or_default()
        .limits
        .unwrap_or_default();
    let words = [
        container.command.unwrap_or_default(),
        container.args.unwrap_or_default(),
    ]
    .concat();
    let command = redactor.command(&words);
    let mut labels = redactor.pairs(sorted(&spec.labels.unwrap_or_default()));
    labels.extend(redactor.pairs(sorted(&container.labels.unwrap_or_default())));
    Ok(Service {
        id: text(said.id),
        name: text(spec.name),
        image: text(container.image),
        mode: mode(spec.mode).to_owned(),
        user: text(container.user),
        read_only: container.read_only == Some(true),
        cap_add: capabilities(container.capability_add),
        cap_drop: capabilities(container.capability_drop),
        memory: limits.memory_bytes.unwrap_or_default(),
        nano_cpus: limits.nano_cpus.unwrap_or_default(),
        pids_limit: limits.pids.unwrap_or_default(),
        restart_condition: condition.unwrap_or_default(),
        restart_tries: task.restart_policy.and_then(|policy| policy.max_attempts),
        mounts: container
            .mounts
            .unwrap_or_default()
            .into_iter()
            .zip(kinds.into_iter().zip(propagations))
            .map(|(mount, (kind, propagation))| Mount {
                kind: kind.unwrap_or_default(),
                source: redactor.text(&mount.source.unwrap_or_default()).shown,
                target: text(mount.target),
                writable: mount.read_only != Some(true),
                propagation: propagation.unwrap_or_default(),
            })
            .collect(),
        ports,
        secrets: container
            .secrets
            .unwrap_or_default()
            .into_iter()
            .map(|secret| text(secret.secret_name))
            .collect(),
        configs: container
            .configs
            .unwrap_or_default()
            .into_iter()
            .map(|config| text(config.config_name))
            .collect(),
        env: redactor.environment(&container.env.unwrap_or_default()),
        labels,
        command: command.shown,
        secret_arguments: command.secrets,
        healthcheck: inspect::has_check(container.health_check.and_then(|check| check.test)),
    })
}

fn mode(mode: Option<api::ServiceSpecMode>) -> &'static str {
    let mode = mode.unwrap_or_default();
    if mode.global.is_some() {
        "global"
    } else if mode.replicated_job.is_some() {
        "replicated-job"
    } else if mode.global_job.is_some() {
        "global-job"
    } else {
        "replicated"
    }
}

/// Published ports, by hand: mode, port on the host, port and protocol inside.
fn ports(service: &Value) -> Vec<(String, u16, String)> {
    service
        .pointer("/Endpoint/Ports")
        .or_else(|| service.pointer("/Spec/EndpointSpec/Ports"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|port| {
            let number = |name: &str| {
                port.pointer(name)
                    .and_then(Value::as_u64)
                    .and_then(|port| u16::try_from(port).ok())
                    .unwrap_or_default()
            };
            let protocol = json::peek(port, "/Protocol");
            (
                json::peek(port, "/PublishMode"),
                number("/PublishedPort"),
                format!("{}/{protocol}", number("/TargetPort")),
            )
        })
        .collect()
}

/// Secrets have no data to tell; nothing but their names is looked at.
pub(super) fn secrets(answers: &Answers, manager: &Manager) -> Known<Vec<Named>> {
    managed(answers, manager, "/secrets")?
        .iter()
        .map(|value| named("/secrets", value, Looks::Harmless))
        .collect()
}

/// The data of configs is looked at in memory, and only what it looked like is kept.
pub(super) fn configs(
    answers: &Answers,
    manager: &Manager,
    redactor: &Redactor,
) -> Known<Vec<Named>> {
    managed(answers, manager, "/configs")?
        .iter()
        .map(|value| {
            let data = value.pointer("/Spec/Data").and_then(Value::as_str);
            let looks = data.and_then(unpacked).map_or(Looks::Harmless, |data| {
                let scrubbed = redactor.text(&data);
                if redactor.hidden("", &data).looks == Looks::Secret {
                    return Looks::Secret;
                }
                scrubbed
                    .secrets
                    .iter()
                    .map(|secret| secret.looks)
                    .max_by_key(|looks| *looks as u8)
                    .unwrap_or(Looks::Harmless)
            });
            named("/configs", value, looks)
        })
        .collect()
}

fn named(path: &str, value: &Value, looks: Looks) -> Known<Named> {
    let name = json::peek(value, "/Spec/Name");
    if name.is_empty() {
        return Err(Gap::protocol(format!(
            "answer to GET {path} has an entry without name"
        )));
    }
    Ok(Named {
        id: json::peek(value, "/ID"),
        name,
        created_at: json::peek(value, "/CreatedAt"),
        looks,
    })
}

/// The text that base64 stands for; nothing where it is no text.
fn unpacked(base64: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(base64.len() / 4 * 3);
    let mut held: u32 = 0;
    let mut bits = 0_u8;
    for byte in base64.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        held = (held << 6) | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    String::from_utf8(bytes).ok().map(|text| clean_lines(&text))
}

/// Only the first lines matter, and none may break out.
fn clean_lines(text: &str) -> String {
    text.lines()
        .take(2000)
        .map(clean)
        .collect::<Vec<_>>()
        .join("\n")
}
