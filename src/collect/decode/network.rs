//! `/networks` and `/volumes`.

use std::collections::HashMap;

use bollard::models as api;

use super::super::answers::Answers;
use super::{json, list, object, pairs, sorted, text};
use crate::domain::evidence::network::{Network, Volume};
use crate::domain::evidence::secret::Hidden;
use crate::domain::gap::Known;
use crate::redact::Redactor;

pub(super) fn networks(answers: &Answers, redactor: &Redactor) -> Known<Vec<Network>> {
    let path = "/networks";
    let mut networks = list(answers, path)?
        .into_iter()
        .map(|value| {
            json::require(path, &value, &["/Name", "/Driver"])?;
            let said: api::Network = json::model(path, value)?;
            Ok(Network {
                id: text(said.id),
                name: text(said.name),
                driver: text(said.driver),
                scope: text(said.scope),
                options: pairs(said.options, redactor),
                ipv6: said.enable_ipv6 == Some(true),
                internal: said.internal == Some(true),
                attachable: said.attachable == Some(true),
                ingress: said.ingress == Some(true),
                subnets: said
                    .ipam
                    .unwrap_or_default()
                    .config
                    .unwrap_or_default()
                    .into_iter()
                    .map(|pool| text(pool.subnet))
                    .collect(),
                labels: hidden(&said.labels.unwrap_or_default(), redactor),
            })
        })
        .collect::<Known<Vec<Network>>>()?;
    // The engine lists them in another order each time.
    networks.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(networks)
}

pub(super) fn volumes(answers: &Answers, redactor: &Redactor) -> Known<Vec<Volume>> {
    let path = "/volumes";
    let mut value = object(answers, path)?;
    let volumes = value
        .pointer_mut("/Volumes")
        .map(serde_json::Value::take)
        .unwrap_or_default();
    let mut volumes = json::members(path, volumes)?
        .into_iter()
        .map(|mut value| {
            json::require(path, &value, &["/Name", "/Driver"])?;
            // A plugin's own words, of any form.
            json::take_word(&mut value, "/Status");
            json::take_word(&mut value, "/Scope");
            let name = json::peek(&value, "/Name");
            let driver = json::peek(&value, "/Driver");
            let mountpoint = json::peek(&value, "/Mountpoint");
            let map = |pointer: &str| -> Known<HashMap<String, String>> {
                let map = value.pointer(pointer).cloned().unwrap_or_default();
                Ok(json::model::<Option<HashMap<String, String>>>(path, map)?.unwrap_or_default())
            };
            let (options, labels) = (map("/Options")?, map("/Labels")?);
            Ok(Volume {
                name,
                driver,
                device: device(&options).map(|device| redactor.text(device).shown),
                mountpoint,
                options: hidden(&options, redactor),
                labels: hidden(&labels, redactor),
            })
        })
        .collect::<Known<Vec<Volume>>>()?;
    volumes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(volumes)
}

/// The host path behind a volume: one that binds a folder, or a file system made of a device or file of the host.
fn device(options: &HashMap<String, String>) -> Option<&str> {
    let device = options.get("device")?;
    // `//server/share` is elsewhere.
    (device.starts_with('/') && !device.starts_with("//")).then_some(device)
}

fn hidden(map: &HashMap<String, String>, redactor: &Redactor) -> Vec<Hidden> {
    redactor.pairs(sorted(map))
}
