//! `/images/json`, with inspect and history of the images in use.

use bollard::models::ImageInspect;
use serde_json::Value;

use super::super::answers::Answers;
use super::{inspect, json, list, object, sorted, text, texts};
use crate::domain::evidence::container::Container;
use crate::domain::evidence::image::{Image, ImageDetail, Signature, Step};
use crate::domain::gap::{Gap, Known};
use crate::domain::text::clean;
use crate::redact::Redactor;

const PATH: &str = "/images/json";

/// Labels laid down by the OCI whose values may be shown.
const ANNOTATIONS: &[&str] = &[
    "org.opencontainers.image.title",
    "org.opencontainers.image.version",
    "org.opencontainers.image.revision",
    "org.opencontainers.image.created",
    "org.opencontainers.image.source",
    "org.opencontainers.image.vendor",
    "org.opencontainers.image.base.name",
    "org.opencontainers.image.base.digest",
];

pub(super) fn images(
    answers: &Answers,
    redactor: &Redactor,
    containers: &[Container],
) -> Known<Vec<Image>> {
    let mut images = Vec::new();
    for value in list(answers, PATH)? {
        images.push(one(&value)?);
    }
    // What runs may no longer be in the list, but it is in use all the same.
    for container in containers {
        let known = |image: &Image| bare(&image.id) == bare(&container.image_id);
        if !container.image_id.is_empty() && !images.iter().any(known) {
            images.push(Image {
                id: container.image_id.clone(),
                tags: Vec::new(),
                digests: Vec::new(),
                created: 0,
                size: 0,
                used_by: Vec::new(),
                detail: unused(),
                history: unused(),
                attestations: unused(),
            });
        }
    }
    for image in &mut images {
        image.used_by = containers
            .iter()
            .filter(|container| bare(&container.image_id) == bare(&image.id))
            .map(|container| container.name.clone())
            .collect();
        if !image.used_by.is_empty() {
            image.detail = detail(answers, &image.id, redactor);
            image.history = history(answers, &image.id, redactor);
            image.attestations = attestations(answers, &image.id);
        }
    }
    Ok(images)
}

/// An id without its `sha256:`.
fn bare(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

fn unused<T>() -> Known<T> {
    Err(Gap::no_data("only images in use are looked into"))
}

/// The models want fields here that engines may leave out, so these few are read by hand.
fn one(value: &Value) -> Known<Image> {
    let id = json::peek(value, "/Id");
    if id.is_empty() {
        return Err(Gap::protocol(format!(
            "answer to GET {PATH} has an image without id"
        )));
    }
    let number = |pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_i64)
            .unwrap_or_default()
    };
    Ok(Image {
        id,
        tags: names(value, "/RepoTags", "<none>:<none>"),
        digests: names(value, "/RepoDigests", "<none>@<none>"),
        created: number("/Created"),
        size: number("/Size"),
        used_by: Vec::new(),
        detail: unused(),
        history: unused(),
        attestations: unused(),
    })
}

fn names(value: &Value, pointer: &str, nothing: &str) -> Vec<String> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|name| *name != nothing)
        .map(clean)
        .collect()
}

fn detail(answers: &Answers, id: &str, redactor: &Redactor) -> Known<ImageDetail> {
    let path = format!("/images/{id}/json");
    let value = object(answers, &path)?;
    json::require(&path, &value, &["/Id"])?;
    let signatures = signatures(&value);
    let layers = layers(&value);
    let said: ImageInspect = json::model(&path, value)?;
    let config = said.config.unwrap_or_default();
    let labels = config.labels.unwrap_or_default();
    let mut exposed_ports = texts(config.exposed_ports);
    exposed_ports.sort();
    let words = [
        config.entrypoint.unwrap_or_default(),
        config.cmd.unwrap_or_default(),
    ]
    .concat();
    Ok(ImageDetail {
        user: text(config.user),
        created: text(said.created),
        healthcheck: inspect::has_check(config.healthcheck.and_then(|check| check.test)),
        exposed_ports,
        env: redactor.environment(&config.env.unwrap_or_default()),
        annotations: sorted(&labels)
            .into_iter()
            .filter(|(name, _)| ANNOTATIONS.contains(name))
            .map(|(name, value)| (name.to_owned(), redactor.option(name, value)))
            .collect(),
        labels: redactor.pairs(sorted(&labels)),
        command: redactor.command(&words).shown,
        workdir: text(config.working_dir),
        architecture: text(said.architecture),
        os: text(said.os),
        layers,
        signatures,
    })
}

/// Folders of the layers, for stores that keep each layer as a folder.
pub(super) fn layers(inspect: &Value) -> Vec<String> {
    ["UpperDir", "LowerDir"]
        .iter()
        .filter_map(|name| inspect.pointer("/GraphDriver/Data")?.get(name)?.as_str())
        .flat_map(|folders| folders.split(':'))
        .filter(|folder| folder.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

/// What the engine says of the image's signatures. It says nothing where it could not look.
fn signatures(inspect: &Value) -> Option<Vec<Signature>> {
    let identity = inspect.pointer("/Identity")?;
    let all = identity.get("Signature").and_then(Value::as_array);
    Some(
        all.into_iter()
            .flatten()
            .map(|one| {
                let named = ["/Signer/SubjectAlternativeName", "/Name"]
                    .iter()
                    .map(|pointer| json::peek(one, pointer))
                    .find(|name| !name.is_empty());
                let error = json::peek(one, "/Error");
                Signature {
                    signer: named.unwrap_or_default(),
                    error: (!error.is_empty()).then_some(error),
                }
            })
            .collect(),
    )
}

/// Kinds of the statements attached to an image, such as `https://slsa.dev/provenance/v1`.
fn attestations(answers: &Answers, id: &str) -> Known<Vec<String>> {
    let path = format!("/images/{id}/attestations");
    let mut kinds: Vec<String> = list(answers, &path)?
        .iter()
        .map(|statement| json::peek(statement, "/PredicateType"))
        .filter(|kind| !kind.is_empty())
        .collect();
    kinds.sort();
    kinds.dedup();
    Ok(kinds)
}

/// The engine tells the newest step first.
fn history(answers: &Answers, id: &str, redactor: &Redactor) -> Known<Vec<Step>> {
    let path = format!("/images/{id}/history");
    let mut steps = list(answers, &path)?
        .into_iter()
        .map(|value| {
            json::require(&path, &value, &["/CreatedBy"])?;
            let created_by = value.pointer("/CreatedBy").and_then(Value::as_str);
            let step = redactor.step(created_by.unwrap_or_default());
            Ok(Step {
                created_by: step.shown,
                size: value
                    .pointer("/Size")
                    .and_then(Value::as_i64)
                    .unwrap_or_default(),
                secrets: step.secrets,
            })
        })
        .collect::<Known<Vec<Step>>>()?;
    steps.reverse();
    Ok(steps)
}
